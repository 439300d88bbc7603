"""Reads over the pictures of a piece."""

from catalog.catalogue.models import Product, ProductImage
from shop.errors import NotFound


def pictures_of(piece: Product) -> list[ProductImage]:
    """All its pictures in their order, those that are still to be fetched among them."""
    return list(ProductImage.objects.filter(product=piece).order_by("display_order", "pk"))


def find_picture(piece: Product, image: str) -> ProductImage:
    """A picture of the piece by its id. Raises NotFound."""
    picture = ProductImage.objects.filter(product=piece, public_id=image).first()
    if picture is None:
        raise NotFound
    return picture
