from django.db import models

from orders.notices.rules import Notice


class SentNotice(models.Model):
    """That a buyer was told of something: once for each order, notice and what it is about, however often it is tried.

    Written in one transaction with the mail. The mail itself is not kept as long, and goes with its reader.
    """

    order = models.ForeignKey("order.Order", models.CASCADE, related_name="notices")
    notice = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Notice])
    # Of notices that an order may have several of: which one, such as a refund's id.
    about = models.CharField(max_length=32, blank=True)
    mail = models.ForeignKey("mail.Mail", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["order", "notice", "about"], name="notice_once"),)
