"""An offer as it is given: at the maker's door, by command, and in the operators' form."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from catalog.catalogue.inputs import PriceInput
from orders.offer.rules import IN_PERCENT, KINDS, MAX_NAMED, MAX_PRIORITY, MAX_USES, MULTIBUY
from shop.inputs import Choice, DecimalText, Flag, Line, Moment, StrictSerializer, WholeNumber

CENT, HUNDRED = Decimal("0.01"), Decimal(100)
# As far as a count in Oscar's columns goes.
MAX_QUANTITY = 10_000
BENEFIT_HELP = (
    "`percentage` and `amount` come off the pieces, the amount once for each time the condition is met; of as many "
    "pieces as the condition asks for a `multibuy` gives the cheapest free. `shipping_fixed` makes shipping cost "
    "that at most. A maker's offer on shipping needs a basket of that maker's pieces only."
)
APPLIES_HELP = "Empty: all of the maker's pieces. What is below a category counts with it; exceptions come last."


def _count(help_text: str = "") -> WholeNumber:
    return WholeNumber(min_value=1, max_value=MAX_USES, default=None, allow_null=True, help_text=help_text)


def _names(max_length: int) -> serializers.ListField:
    return serializers.ListField(child=Line(max_length=max_length), max_length=MAX_NAMED, default=list)


class BenefitInput(StrictSerializer):
    kind = Choice(KINDS)
    percent = DecimalText(
        max_digits=5, decimal_places=2, min_value=CENT, max_value=HUNDRED, default=None, allow_null=True
    )
    amount = PriceInput(default=None, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = attrs["kind"]
        asked = {"percent": kind in IN_PERCENT, "amount": kind not in (*IN_PERCENT, MULTIBUY)}
        wrong = {
            name: [f"A {kind} needs it." if is_asked else f"A {kind} has none."]
            for name, is_asked in asked.items()
            if is_asked != (attrs[name] is not None)
        }
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


class ConditionInput(StrictSerializer):
    min_quantity = WholeNumber(min_value=1, max_value=MAX_QUANTITY, default=None, allow_null=True)
    min_amount = PriceInput(default=None, allow_null=True, help_text="Of the pieces it applies to, before discounts.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["min_quantity"] is not None and attrs["min_amount"] is not None:
            raise serializers.ValidationError({"min_amount": ["Give one of the two."]})
        return attrs


class AppliesToInput(StrictSerializer):
    products = _names(32)
    categories = _names(255)
    except_products = _names(32)
    except_categories = _names(255)


class OfferLimitsInput(StrictSerializer):
    uses = _count("Over all customers.")
    uses_per_customer = _count("By account or mail address.")
    uses_per_order = _count("Of an amount or a multibuy, which may come several times.")
    discount = PriceInput(default=None, allow_null=True, help_text="What it may take off over all orders.")


class OfferInput(StrictSerializer):
    """What is left out stays as it is; `benefit`, `condition`, `applies_to` and `limits` are given whole."""

    label = Line(max_length=128, required=False, help_text="As shoppers read it.")  # type: ignore[assignment]
    benefit = BenefitInput(required=False, help_text=BENEFIT_HELP)
    condition = ConditionInput(required=False, help_text="Empty: one piece.")
    applies_to = AppliesToInput(required=False, help_text=APPLIES_HELP)
    customer_group = Line(
        max_length=100, required=False, allow_null=True, help_text="The name of a group that the platform keeps."
    )
    exclusive = Flag(required=False, help_text="Whether it shares no line with another offer. false where left out.")
    priority = WholeNumber(
        min_value=-MAX_PRIORITY, max_value=MAX_PRIORITY, required=False, help_text="The highest comes first; 0."
    )
    starts_at = Moment(required=False, allow_null=True)
    ends_at = Moment(required=False, allow_null=True)
    limits = OfferLimitsInput(required=False, help_text="null: none.")


class NewOfferInput(OfferInput):
    """It runs from `starts_at` on, or at once."""

    label = Line(max_length=128, help_text="As shoppers read it.")
    benefit = BenefitInput(help_text=BENEFIT_HELP)
    by_voucher = Flag(default=False, help_text="Whether it takes a voucher to get it.")
