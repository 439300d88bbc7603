from django.db import migrations
from django.db.models import F, Q

from shop.ids import new_id


def refunds_of_late_money(apps, schema_editor):
    """What payments said themselves of money that came too late becomes refunds like all others.

    What has gone back stands in the ledger already; what has not, the job of every ten minutes asks Stripe for.
    """
    Payment = apps.get_model("payment", "Payment")
    Refund = apps.get_model("refunds", "Refund")
    late = Payment.objects.filter(Q(refund_due=True) | ~Q(refund_id=""), status="paid")
    for payment in late.iterator():
        public_id = new_id("rfd")
        Refund.objects.create(
            public_id=public_id, order_id=payment.order_id, payment=payment, amount=payment.amount,
            currency=payment.currency, reason="late_payment", key=f"refund:{public_id}",
            stripe_id=payment.refund_id or None, status="succeeded" if payment.refund_id else "pending",
            succeeded_at=payment.paid_at if payment.refund_id else None,
        )  # fmt: skip
    late.update(refunded=F("amount"))


class Migration(migrations.Migration):
    dependencies = [("refunds", "0001_benchpin"), ("payment", "0009_refunded")]

    operations = [migrations.RunPython(refunds_of_late_money, migrations.RunPython.noop, elidable=False)]
