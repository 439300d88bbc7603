"""What an item changes in the catalog: compared in memory, with nothing read or written."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.catalogue.rules import PRODUCT_TYPES
from catalog.imports.items import Problem, ProductItem, VariantItem
from catalog.imports.queries import Known
from catalog.inventory.services import changes_stock
from catalog.partner.models import Partner, StockRecord

Row = TypeVar("Row", bound=Model)
MAX_DEPTH = 20
# Rows as they shall be, each with the names of the fields that differ; of a new row all do.
Differing = list[tuple[Row, list[str]]]


class NotImported(Exception):
    """A product that the catalog cannot take; carries the row's problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


@dataclass(slots=True)
class Changes:
    """Rows to write for one item. Rows that refer to each other do so before any has an id."""

    piece: Product
    pieces: "Differing[Product]" = field(default_factory=list)  # the piece itself, or nothing
    pictures: "Differing[ProductImage]" = field(default_factory=list)
    variants: "Differing[Product]" = field(default_factory=list)
    opened: list[StockRecord] = field(default_factory=list)
    records: "Differing[StockRecord]" = field(default_factory=list)
    counts: list[tuple[StockRecord, VariantItem]] = field(default_factory=list)
    to_category: bool = False
    category_id: int | None = None
    to_fetch: bool = False

    @property
    def any_row(self) -> bool:
        return bool(self.pieces or self.pictures or self.variants or self.records or self.counts or self.to_category)


def changes_of(item: ProductItem, known: Known, *, maker: Partner, category_id: int | None) -> Changes:
    """What differs between the item and what is known of it. Raises NotImported.

    `category_id` is None where the item names a category that has to be made. Variants and pictures that the item
    does not have stay: an import never deletes.
    """
    names = category_path(item)
    if len(names) > MAX_DEPTH:
        reason = f"The category is {len(names)} levels deep; at most {MAX_DEPTH} are kept."
        raise NotImported(Problem(item.line, "Category", reason))
    piece = known.piece or Product(structure=Product.PARENT, maker=maker, source_handle=item.handle, slug=known.slug)
    found = Changes(piece, category_id=category_id)
    _compare(piece, _piece_values(item), found.pieces)
    found.to_category = bool(names) and known.category_ids != [category_id]
    pictures = _compare_pictures(item, known, found)
    for position, variant in enumerate(item.variants):
        _compare_variant(variant, position, known, pictures, maker, found)
    return found


def category_path(item: ProductItem) -> tuple[str, ...]:
    """`Rings > Bands` as its names; empty where the item has no category."""
    return tuple(name for part in item.category.split(">") if (name := " ".join(part.split())))


def _compare(row: Row, values: Mapping[str, Any], differing: "Differing[Row]") -> None:
    """Set what differs, and note the row if anything does."""
    is_new = row.pk is None
    names = [name for name, value in values.items() if is_new or getattr(row, name) != value]
    for name in names:
        setattr(row, name, values[name])
    if names:
        differing.append((row, names))


def _piece_values(item: ProductItem) -> dict[str, Any]:
    return {
        "title": item.title,
        "subtitle": item.subtitle,
        "description": item.description,
        "product_type": item.product_type if item.product_type in PRODUCT_TYPES else "other",
        "tags": list(item.tags),
        "is_public": item.published,
        "one_of_a_kind": item.one_of_a_kind,
        "stones": [_plain(asdict(stone)) for stone in item.stones],
        "meta_title": item.seo_title,
        "meta_description": item.seo_description,
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON as it will come back from the database: decimals as strings."""
    return {name: f"{value:f}" if name == "carat" and value is not None else value for name, value in values.items()}


def _compare_pictures(item: ProductItem, known: Known, found: Changes) -> dict[str, ProductImage]:
    """Pictures by address. New ones are pending until a job has fetched them."""
    wanted = {image.url: (image.position, image.alt) for image in item.images}
    last = max((image.position for image in item.images), default=0)
    for variant in item.variants:
        if variant.image_url and variant.image_url not in wanted:
            last += 1
            wanted[variant.image_url] = (last, "")
    pictures = {}
    for url, (position, alt) in wanted.items():
        picture = known.pictures.get(url) or ProductImage(product=found.piece, source_url=url)
        # One that could not be fetched before is tried again, even if nobody touched it.
        is_waiting = picture.is_remote and picture.status == ImageStatus.PENDING
        found.to_fetch |= is_waiting and (picture.pk is None or bool(picture.refusal))
        _compare(picture, {"display_order": position, "alt": alt}, found.pictures)
        pictures[url] = picture
    return pictures


def _compare_variant(
    variant: VariantItem,
    position: int,
    known: Known,
    pictures: Mapping[str, ProductImage],
    maker: Partner,
    found: Changes,
) -> None:
    record = known.records.get(variant.sku)
    prices = {"price": variant.price, "compare_at_price": variant.compare_at_price}
    if record is None:
        child = Product(structure=Product.CHILD, parent=found.piece)
        found.opened.append(_new_record(variant, child, maker, prices))
    else:
        child = record.product
        if child.parent_id != found.piece.pk:
            reason = f"The SKU {variant.sku} belongs to another product of this maker."
            raise NotImported(Problem(variant.line, "SKU", reason))
        _compare(record, prices, found.records)
        if changes_stock(record, count=variant.stock, policy=variant.policy):
            found.counts.append((record, variant))
    _compare(child, _variant_values(child, variant, position, pictures), found.variants)


def _new_record(variant: VariantItem, child: Product, maker: Partner, prices: Mapping[str, Any]) -> StockRecord:
    return StockRecord(
        product=child,
        partner=maker,
        partner_sku=variant.sku,
        price_currency=settings.CURRENCY,
        num_in_stock=variant.stock,
        policy=variant.policy,
        **prices,
    )


def _variant_values(
    child: Product, variant: VariantItem, position: int, pictures: Mapping[str, ProductImage]
) -> dict[str, Any]:
    values = {
        "title": " / ".join(variant.options.values())[:255],
        "options": dict(variant.options),
        "metal": variant.metal,
        "weight_g": variant.weight_g,
        "lead_time_days": variant.lead_time_days,
        "barcode": variant.barcode,
        "position": position,
    }
    picture = pictures.get(variant.image_url)
    # By id, for reading `child.picture` would be a query for each variant.
    if child.picture_id != (picture and picture.pk) or (picture and picture.pk is None):
        values["picture"] = picture
    return values
