"""What every shopper's door to one order shares: it is opened by the order's access token."""

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from orders.order.models import Order
from orders.order.queries import get_order
from orders.order.tokens import AccessTokenExpired, AccessTokenMissing
from shop.doors import Door
from shop.errors import DomainError

HEADER = "Benchpin-Order-Token"
ORDER_TOKEN = OpenApiParameter(
    HEADER, str, OpenApiParameter.HEADER, description="The `access_token` that checkout answered."
)
TOKEN_ERRORS = (AccessTokenMissing, AccessTokenExpired)


class OrderDoor(Door):
    """A door to the order whose number is in the path."""

    errors: tuple[type[DomainError], ...] = TOKEN_ERRORS

    def idempotency_scope(self, request: HttpRequest, **path: str) -> str | None:
        # The token belongs to the scope, so that a stored answer is not repeated to whoever knows the key only.
        return f"{path['number']}:{request.headers.get(HEADER, '')}"

    def order(self, request: Request, number: str) -> Order:
        return get_order(number.upper(), token=request.headers.get(HEADER))
