"""A storefront's client for tests: JSON in, JSON out, through Django's own request handling."""

import json
import uuid
from typing import Any

from django.http import HttpResponse
from django.test import Client

ADDRESS = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "line1": "1 Main Street",
    "city": "Portland",
    "state": "OR",
    "postal_code": "97201",
    "country": "US",
}


class Api:
    """`api.get("/store/products")` and so on; answers are Django's, with `.json()`."""

    def __init__(self, **headers: str) -> None:
        """`headers` go with every request: `Api(X_Session_Token=sign_in(user))`."""
        self.client = Client()
        self.headers = headers

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.client.get(f"/v1{path}", headers=self._names(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self._send("post", path, body, headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self._send("patch", path, body, headers)

    def delete(self, path: str, **headers: str) -> HttpResponse:
        return self._send("delete", path, None, headers)

    def raw(
        self, method: str, path: str, body: bytes, content_type: str = "application/json", **headers: str
    ) -> HttpResponse:
        return self.client.generic(method, f"/v1{path}", body, content_type, headers=self._names(headers))

    def put(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self._send("put", path, body, headers)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> HttpResponse:
        data = b"" if body is None else json.dumps(body).encode()
        return self.client.generic(method.upper(), f"/v1{path}", data, "application/json", headers=self._names(headers))

    # The steps of a sale

    def basket(self, **lines: int) -> dict[str, Any]:
        """A new basket with `sku=quantity` lines (write `HB_SS_7=1` for HB-SS-7)."""
        basket = self.post("/store/baskets").json()
        for sku, quantity in lines.items():
            answer = self.post(
                f"/store/baskets/{basket['id']}/lines", {"sku": sku.replace("_", "-"), "quantity": quantity}
            )
            assert answer.status_code == 201, answer.content
            basket = answer.json()
        return basket

    def ready_basket(self, **lines: int) -> dict[str, Any]:
        """A basket that lacks nothing for checkout."""
        basket = self.basket(**lines)
        details = {"email": "ada@example.com", "shipping_address": ADDRESS, "shipping_option": "standard"}
        answer = self.patch(f"/store/baskets/{basket['id']}", details)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def checkout(
        self, basket: dict[str, Any], key: str | None = None, provider: str = "stripe", **changes: Any
    ) -> HttpResponse:
        expected = {"version": basket["version"], "total": basket["totals"]["total"], **changes}
        body = {"provider": provider, "expected": expected}
        return self.post(f"/store/baskets/{basket['id']}/checkout", body, Idempotency_Key=key or str(uuid.uuid4()))

    def placed(self, provider: str = "stripe", **lines: int) -> dict[str, Any]:
        """A placed order: `{order, payment}` as checkout answers it."""
        answer = self.checkout(self.ready_basket(**lines), provider=provider)
        assert answer.status_code == 201, answer.content
        return answer.json()

    def _names(self, headers: dict[str, str]) -> dict[str, str]:
        return {name.replace("_", "-"): value for name, value in (self.headers | headers).items()}
