from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from oscar.apps.voucher.abstract_models import AbstractVoucher, AbstractVoucherApplication

from shop.ids import new_id


def new_voucher_id() -> str:
    return new_id("vch")


class VoucherQuerySet(models.QuerySet["Voucher"]):
    def for_maker(self, maker_id: int) -> "VoucherQuerySet":
        return self.filter(maker=maker_id)


class Voucher(AbstractVoucher):
    """A code that opens offers. Kept in capitals and unique over the shop, since a basket may hold several makers'.

    `max_uses` bounds the orders it is used in, over all customers; a single-use one is used in one. Oscar's own
    counters are not used: what counts are the orders that live (`VoucherApplication`).
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_voucher_id, editable=False)
    name = models.CharField(max_length=128)
    maker = models.ForeignKey("partner.Partner", models.PROTECT, null=True, blank=True, related_name="vouchers")
    start_datetime = models.DateTimeField(default=timezone.now)
    end_datetime = models.DateTimeField(null=True, blank=True)
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = VoucherQuerySet.as_manager()

    class Meta(AbstractVoucher.Meta):
        constraints = (
            models.CheckConstraint(condition=Q(code=Upper("code")), name="voucher_code_in_capitals"),
            models.CheckConstraint(
                condition=Q(end_datetime=None) | Q(end_datetime__gt=F("start_datetime")), name="voucher_times_in_order"
            ),
            models.CheckConstraint(condition=Q(max_uses=None) | Q(max_uses__gte=1), name="voucher_max_uses"),
        )


class VoucherApplication(AbstractVoucherApplication):
    """That an order used the voucher. It stays when the order ends, and does not count then."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)


from oscar.apps.voucher.models import *  # noqa: E402, F403
