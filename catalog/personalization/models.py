from django.db import models
from django.db.models import Q

from shop.ids import new_id


def new_upload_id() -> str:
    return new_id("upl")


class Upload(models.Model):
    """A picture or a drawing that a shopper sent to a basket, for an option of the kind `upload`.

    `order` is the one that it was ordered with, the latest where an earlier one came to nothing. `width` and `height`
    are pixels; a drawing has none.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_upload_id, editable=False)
    basket = models.ForeignKey("basket.Basket", models.SET_NULL, null=True, related_name="uploads")
    order = models.ForeignKey("order.Order", models.SET_NULL, null=True, related_name="uploads")
    file = models.CharField(max_length=64)
    content_type = models.CharField(max_length=32)
    bytes = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(width__isnull=True, height__isnull=True) | Q(width__gt=0, height__gt=0),
                name="upload_size_whole",
            ),
        )

    def __str__(self) -> str:
        return str(self.public_id)
