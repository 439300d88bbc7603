"""How a refund is documented, wherever it is shown."""

from typing import Any

from rest_framework import serializers

from orders.refunds.models import REASONS
from orders.refunds.status import RefundStatus
from shop.schema import MoneyOutput

STATUS_HELP = (
    "`requires_action`: the buyer has to tell the provider where the money goes. `failed` and `cancelled`: it did not "
    "reach them, and may be given back again."
)


class RefundOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    payment = serializers.CharField()
    amount = MoneyOutput()
    status = serializers.ChoiceField(choices=RefundStatus.choices, help_text=STATUS_HELP)
    reason = serializers.ChoiceField(choices=REASONS)
    created_at = serializers.DateTimeField()
