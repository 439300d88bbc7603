"""The customer's door to themselves: profile, addresses, ring sizes."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.request import Request
from rest_framework.response import Response

from shop import versions
from shop.accounts import queries, services, shapes
from shop.accounts.doors import CustomerDoor
from shop.accounts.models import User
from shop.accounts.rules import LARGEST_RING_MM, SMALLEST_RING_MM
from shop.accounts.services import TooManyAddresses, TooManyRingSizes
from shop.addresses import PHONE, PHONE_HINT, AddressInput, AddressOutput
from shop.errors import StaleVersion
from shop.inputs import Flag, Line, Pattern, StrictSerializer, Text, read_body
from shop.pagination import PageOutput
from shop.schema import IF_MATCH

LENGTH_HINT = f"A decimal string from {SMALLEST_RING_MM} to {LARGEST_RING_MM} with at most two decimals, e.g. `54.40`."


class ProfileInput(StrictSerializer):
    """What is left out stays. The mail address changes at /v1/auth, where it is verified."""

    first_name = Line(max_length=100, allow_blank=True, required=False)
    last_name = Line(max_length=100, allow_blank=True, required=False)
    phone = Pattern(PHONE, hint=PHONE_HINT, allow_blank=True, required=False)


class NewAddressInput(AddressInput):
    label = Line(max_length=50, allow_blank=True, required=False)  # type: ignore[assignment]
    default_shipping = Flag(required=False)
    default_billing = Flag(required=False)


class AddressChangesInput(NewAddressInput):
    """What is left out stays."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return attrs


class Circumference(Pattern):
    """A length as a decimal string."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"^[0-9]{2}(\.[0-9]{1,2})?\Z", hint=LENGTH_HINT, **options)

    def run_validation(self, data: Any = empty) -> Any:
        length = Decimal(super().run_validation(data))
        if not SMALLEST_RING_MM <= length <= LARGEST_RING_MM:
            self.fail("invalid")
        return length


class NewRingSizeInput(StrictSerializer):
    label = Line(max_length=50)  # type: ignore[assignment]
    inner_circumference_mm = Circumference()
    note = Text(max_length=200, allow_blank=True, required=False)


class RingSizeChangesInput(StrictSerializer):
    """What is left out stays."""

    label = Line(max_length=50, required=False)  # type: ignore[assignment]
    inner_circumference_mm = Circumference(required=False)
    note = Text(max_length=200, allow_blank=True, required=False)


class ProfileOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    email = serializers.EmailField()
    email_verified = serializers.BooleanField()
    first_name = serializers.CharField(allow_blank=True)
    last_name = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class CustomerAddressOutput(AddressOutput):
    id = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    default_shipping = serializers.BooleanField()
    default_billing = serializers.BooleanField()


class AddressesOutput(PageOutput):
    results = CustomerAddressOutput(many=True)


class RingSizeOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    inner_circumference_mm = serializers.CharField(help_text="The inside of a ring that fits, in millimeters.")
    note = serializers.CharField(allow_blank=True)


class RingSizesOutput(PageOutput):
    results = RingSizeOutput(many=True)


def answer(shape: dict[str, Any], status: int = 200) -> Response:
    return Response(shape, status=status, headers={"ETag": versions.of(shape)})


def whole_list(shapes_of_all: list[dict[str, Any]]) -> Response:
    """A list that is short by nature, in one page."""
    return Response({"results": shapes_of_all, "next": None, "previous": None})


class Profile(CustomerDoor):
    """Who is signed in."""

    errors = (StaleVersion,)

    @extend_schema(operation_id="store_customer_retrieve", tags=["customer"], responses=ProfileOutput)
    def get(self, request: Request) -> Response:
        return self._answer_with(self.person)

    @extend_schema(
        operation_id="store_customer_update", tags=["customer"], parameters=[IF_MATCH], request=ProfileInput,
        responses=ProfileOutput,
    )  # fmt: skip
    def patch(self, request: Request) -> Response:
        """Set names and phone. The mail address changes at /v1/auth, where it is verified."""
        changes = read_body(ProfileInput, request.data)
        if_match = request.headers.get("If-Match")
        return self._answer_with(services.update_profile(actor=self.actor, changes=changes, if_match=if_match))

    def _answer_with(self, person: User) -> Response:
        is_verified = person.email.lower() in queries.verified_emails(person)
        return answer(shapes.profile(person, email_verified=is_verified))


class Addresses(CustomerDoor):
    errors = (TooManyAddresses,)

    @extend_schema(operation_id="store_customer_addresses_list", tags=["customer"], responses=AddressesOutput)
    def get(self, request: Request) -> Response:
        """The addresses that the customer keeps, oldest first."""
        return whole_list([shapes.address(row) for row in queries.addresses_of(self.person)])

    @extend_schema(
        operation_id="store_customer_addresses_create", tags=["customer"], request=NewAddressInput,
        responses={201: CustomerAddressOutput},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Keep an address. As a default it takes the place of the one before."""
        values = read_body(NewAddressInput, request.data)
        return answer(shapes.address(services.add_address(actor=self.actor, values=values)), status=201)


class AddressDetail(CustomerDoor):
    errors = (StaleVersion,)

    @extend_schema(operation_id="store_customer_addresses_retrieve", tags=["customer"], responses=CustomerAddressOutput)
    def get(self, request: Request, address: str) -> Response:
        return answer(shapes.address(queries.get_address(self.person, address)))

    @extend_schema(
        operation_id="store_customer_addresses_update", tags=["customer"], parameters=[IF_MATCH],
        request=AddressChangesInput, responses=CustomerAddressOutput,
    )  # fmt: skip
    def patch(self, request: Request, address: str) -> Response:
        """Change an address; what is not named stays."""
        changes = read_body(AddressChangesInput, request.data)
        if_match = request.headers.get("If-Match")
        changed = services.change_address(address, actor=self.actor, changes=changes, if_match=if_match)
        return answer(shapes.address(changed))

    @extend_schema(
        operation_id="store_customer_addresses_delete", tags=["customer"], parameters=[IF_MATCH], responses={204: None}
    )
    def delete(self, request: Request, address: str) -> Response:
        services.remove_address(address, actor=self.actor, if_match=request.headers.get("If-Match"))
        return Response(status=204)


class RingSizes(CustomerDoor):
    errors = (TooManyRingSizes,)

    @extend_schema(operation_id="store_customer_ring_sizes_list", tags=["customer"], responses=RingSizesOutput)
    def get(self, request: Request) -> Response:
        """The sizes that the customer keeps, oldest first."""
        return whole_list([shapes.ring_size(row) for row in queries.ring_sizes_of(self.person)])

    @extend_schema(
        operation_id="store_customer_ring_sizes_create", tags=["customer"], request=NewRingSizeInput,
        responses={201: RingSizeOutput},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Keep a finger's size, as the inner circumference of a ring that fits it."""
        values = read_body(NewRingSizeInput, request.data)
        return answer(shapes.ring_size(services.add_ring_size(actor=self.actor, values=values)), status=201)


class RingSizeDetail(CustomerDoor):
    errors = (StaleVersion,)

    @extend_schema(
        operation_id="store_customer_ring_sizes_update", tags=["customer"], parameters=[IF_MATCH],
        request=RingSizeChangesInput, responses=RingSizeOutput,
    )  # fmt: skip
    def patch(self, request: Request, ring_size: str) -> Response:
        """Change a size; what is not named stays."""
        changes = read_body(RingSizeChangesInput, request.data)
        if_match = request.headers.get("If-Match")
        changed = services.change_ring_size(ring_size, actor=self.actor, changes=changes, if_match=if_match)
        return answer(shapes.ring_size(changed))

    @extend_schema(
        operation_id="store_customer_ring_sizes_delete", tags=["customer"], parameters=[IF_MATCH], responses={204: None}
    )
    def delete(self, request: Request, ring_size: str) -> Response:
        services.remove_ring_size(ring_size, actor=self.actor, if_match=request.headers.get("If-Match"))
        return Response(status=204)
