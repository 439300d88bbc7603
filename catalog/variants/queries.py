"""Reads over the variants of a piece."""

from collections.abc import Sequence

from django.db.models import Prefetch

from catalog.catalogue.models import PieceQuerySet, Product
from catalog.partner.models import StockRecord
from shop.errors import NotFound


def with_records() -> PieceQuerySet:
    """Variants in their order, each with its stock record in `records`."""
    records = Prefetch("stockrecords", StockRecord.objects.order_by("pk"), to_attr="records")
    return Product.objects.filter(structure=Product.CHILD).order_by("position", "pk").prefetch_related(records)


def variants_of(piece: Product) -> list[Product]:
    """All variants of the piece, those withdrawn among them: two queries."""
    return list(with_records().filter(parent=piece))


def find_variant(piece: Product, variant: str) -> Product:
    """A variant of the piece by its id, with its stock record. Raises NotFound."""
    found = with_records().filter(parent=piece, public_id=variant).first()
    if found is None:
        raise NotFound
    return found


def record_of(variant: Product) -> StockRecord:
    """The stock record of a variant that was read with it."""
    record: StockRecord = variant.records[0]
    return record


def is_in_a_basket(variant: Product) -> bool:
    # By the name of the relation: baskets stand above the catalog.
    return Product.objects.filter(pk=variant.pk, basket_lines__isnull=False).exists()


def skus_taken(maker_id: int, skus: Sequence[str]) -> dict[str, str]:
    """Those of the SKUs that variants of the maker have, each with the variant's id."""
    records = StockRecord.objects.filter(partner=maker_id, partner_sku__in=skus)
    return dict(records.values_list("partner_sku", "product__public_id"))
