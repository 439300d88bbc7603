"""What every shopper's door to one order shares: its access token opens it, or its customer's sign-in."""

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from orders.order.models import Order
from orders.order.queries import get_order
from orders.order.tokens import AccessTokenExpired, AccessTokenMissing
from shop.errors import DomainError
from shop.storefronts.doors import StorefrontDoor

HEADER = "Benchpin-Order-Token"
ORDER_TOKEN = OpenApiParameter(
    HEADER, str, OpenApiParameter.HEADER,
    description="The `access_token` that checkout answered; the order's customer, signed in, needs none.",
)  # fmt: skip
TOKEN_ERRORS = (AccessTokenMissing, AccessTokenExpired)


class OrderDoor(StorefrontDoor):
    """A door to the order whose number is in the path: its token, or its customer's sign-in, is the way in."""

    errors: tuple[type[DomainError], ...] = TOKEN_ERRORS

    def idempotency_scope(self, request: HttpRequest, **path: str) -> str | None:
        # What lets in belongs to the scope, so that a stored answer is not repeated to whoever knows the key only.
        signed_in = f":{self.actor.id}" if self.actor.is_person else ""
        return f"{path['number']}:{request.headers.get(HEADER, '')}{signed_in}"

    def order(self, request: Request, number: str) -> Order:
        token = request.headers.get(HEADER)
        return get_order(number.upper(), token=token, actor=self.actor, storefront=self.storefront)
