"""A guest's orders become those of whoever has shown to read their mail."""

import pytest
from allauth.account.models import EmailAddress

from orders.order.models import Order
from shop.accounts.events import EmailVerified, SignedIn
from shop.accounts.models import User
from shop.events.services import publish
from tests.factories import make_piece, make_user
from tests.fakes.local_stripe import LocalStripe
from tests.orders.customers.steps import bought, customer
from tests.orders.documented import DocumentedApi

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def piece(stripe_server: LocalStripe) -> None:
    make_piece("band")


def owner_of(order: dict[str, str]) -> User | None:
    return Order.objects.get(number=order["number"]).user


def also_reads(user: User, email: str, *, verified: bool) -> None:
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=False)


@pytest.mark.parametrize("happened", [lambda user: EmailVerified(user.pk, user.email), lambda user: SignedIn(user.pk)])
def test_orders_of_a_verified_address_are_claimed(api: DocumentedApi, happened: object) -> None:
    order = bought(api, email="Ada@Example.com", BAND_1=1)
    other = bought(api, email="eve@example.com", BAND_1=1)
    ada = make_user()
    assert callable(happened)
    publish(happened(ada))
    assert (owner_of(order), owner_of(other)) == (ada, None)
    assert [row["number"] for row in customer().get("/store/customer/orders").json()["results"]] == [order["number"]]


def test_every_verified_address_counts_and_no_other(api: DocumentedApi) -> None:
    work, hoped = bought(api, email="ada@work.example", BAND_1=1), bought(api, email="eve@example.com", BAND_1=1)
    ada = make_user()
    also_reads(ada, "ada@work.example", verified=True)
    also_reads(ada, "eve@example.com", verified=False)
    publish(SignedIn(ada.pk))
    assert (owner_of(work), owner_of(hoped)) == (ada, None)


def test_an_unverified_person_claims_nothing(api: DocumentedApi) -> None:
    order = bought(api, BAND_1=1)
    ada = make_user()
    EmailAddress.objects.update(verified=False)
    publish(SignedIn(ada.pk))
    publish(EmailVerified(ada.pk, "ada@example.com"))
    assert owner_of(order) is None


@pytest.mark.parametrize("email", ["ada@example.com.evil.example", "xada@example.com", "ada+x@example.com"])
def test_an_address_that_is_only_like_it_is_another(api: DocumentedApi, email: str) -> None:
    order = bought(api, email=email, BAND_1=1)
    publish(SignedIn(make_user().pk))
    assert owner_of(order) is None


def test_a_customers_order_stays_theirs(api: DocumentedApi) -> None:
    """Eve bought it signed in, with Ada's address on it."""
    order = bought(customer("eve@example.com"), email="ada@example.com", BAND_1=1)
    publish(SignedIn(make_user().pk))
    assert owner_of(order) == User.objects.get(email="eve@example.com")


def test_who_is_gone_claims_nothing(api: DocumentedApi) -> None:
    order = bought(api, BAND_1=1)
    publish(SignedIn(0))
    assert owner_of(order) is None
