"""Makers and pieces for tests, put in by the same services as everybody's."""

from decimal import Decimal
from typing import Any

from catalog.catalogue.models import Product
from catalog.imports.items import ProductItem, VariantItem
from catalog.imports.services import import_product
from catalog.partner.models import Partner, StockRecord


def make_maker(slug: str = "alder", **values: Any) -> Partner:
    return Partner.objects.get_or_create(code=slug, defaults={"name": slug.title()} | values)[0]


def make_variant(sku: str, price: str = "180.00", stock: int = 5, **values: Any) -> VariantItem:
    return VariantItem(line=0, sku=sku, price=Decimal(price), stock=stock, **values)


def make_piece(handle: str = "band", *variants: VariantItem, maker: Partner | None = None, **values: Any) -> Product:
    """A piece on sale; without variants given it has one, with the SKU `<HANDLE>-1`, 180.00, five in stock."""
    item = ProductItem(
        handle=handle,
        line=0,
        title=values.pop("title", handle.replace("-", " ").title()),
        variants=variants or (make_variant(f"{handle.upper()}-1"),),
        **values,
    )
    maker = maker or make_maker()
    import_product(item, maker=maker, source="test")
    return Product.objects.get(maker=maker, source_handle=handle)


def stock(sku: str) -> StockRecord:
    """The stock record as it stands in the database now."""
    return StockRecord.objects.get(partner_sku=sku)
