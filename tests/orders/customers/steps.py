"""What customers do in tests."""

from typing import Any

from allauth.usersessions.models import UserSession

from orders.basket.models import Basket
from shop.accounts.models import User
from tests.factories import make_user, sign_in
from tests.orders.documented import DocumentedApi


def customer(email: str = "ada@example.com", **headers: str) -> DocumentedApi:
    """A client that is signed in as this person, as /v1/auth signs people in."""
    user = make_user(email)
    token = sign_in(user)
    UserSession.objects.create(user=user, session_key=token, ip="192.0.2.7", user_agent="A browser")
    return DocumentedApi(X_Session_Token=token, **headers)


def person(email: str = "ada@example.com") -> User:
    return User.objects.get(email=email)


def bought(api: DocumentedApi, email: str = "ada@example.com", **lines: int) -> dict[str, Any]:
    """An order placed with this mail address."""
    basket = api.ready_basket(**lines)
    changed = api.patch(f"/store/baskets/{basket['id']}", {"email": email}).json()
    answer = api.checkout(changed)
    assert answer.status_code == 201, answer.content
    return dict(answer.json()["order"])


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def told(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def quantities(basket: dict[str, Any]) -> dict[str, int]:
    return {line["sku"]: line["quantity"] for line in basket["lines"]}


def row_of(basket: dict[str, Any]) -> Basket:
    return Basket.objects.get(public_id=basket["id"])
