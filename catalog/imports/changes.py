"""What an item changes in the catalog: compared in memory, with nothing read or written."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model

from catalog.catalogue.attributes import PRODUCT_TYPES
from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.catalogue.queries import contradictions_of, declared_problems
from catalog.catalogue.rules import MAX_CATEGORY_DEPTH, variant_title
from catalog.catalogue.stones import plain_stone
from catalog.imports.items import Problem, ProductItem, VariantItem
from catalog.imports.queries import Known
from catalog.inventory.services import changes_stock
from catalog.partner.models import Partner, StockRecord
from shop.errors import FieldError

Row = TypeVar("Row", bound=Model)
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
    category_ids: list[int] | None = None
    to_fetch: bool = False
    # What its words say against what it declares; then it stays a draft.
    contradictions: list[FieldError] = field(default_factory=list)

    @property
    def any_row(self) -> bool:
        return bool(self.pieces or self.pictures or self.variants or self.records or self.counts or self.to_category)


def changes_of(item: ProductItem, known: Known, *, maker: Partner, category_ids: list[int] | None) -> Changes:
    """What differs between the item and what is known of it. Raises NotImported.

    `category_ids` is None where the item names a category that has to be made. Variants and pictures that the item
    does not have stay: an import never deletes.
    """
    names = category_path(item)
    if len(names) > MAX_CATEGORY_DEPTH:
        reason = f"The category is {len(names)} levels deep; at most {MAX_CATEGORY_DEPTH} are kept."
        raise NotImported(Problem(item.line, "Category", reason))
    piece = known.piece or Product(structure=Product.PARENT, maker=maker, source_handle=item.handle, slug=known.slug)
    found = Changes(piece, category_ids=category_ids)
    values = _piece_values(item, piece)
    said = _spoken(item, piece, values)
    if _decides(item, piece):
        found.contradictions = _contradictions(item, values, said, known, maker=maker)
        said["is_public"] = item.published and not found.contradictions
    _compare(piece, said, found.pieces)
    is_said = bool(names) or item.categories is not None
    found.to_category = is_said and (category_ids is None or set(known.category_ids) != set(category_ids))
    pictures = _compare_pictures(item, known, found)
    for position, variant in enumerate(item.variants):
        _compare_variant(variant, position, known, pictures, maker, found)
    return found


def _decides(item: ProductItem, piece: Product) -> bool:
    """Whether the item says if the piece is shown; else it stays as it is, held to what a published piece keeps."""
    return piece.pk is None or "is_public" not in item.silent


def _contradictions(
    item: ProductItem, values: Mapping[str, Any], said: Mapping[str, Any], known: Known, *, maker: Partner
) -> list[FieldError]:
    """Of the piece as it will be: what the file does not declare is as the catalog has it."""
    there = known.piece or Product()
    kept = {name: getattr(there, name) for name in ("facts", "parts", *values)}
    piece = Product(**{**kept, **said})
    made = [_made(variant, known.records.get(variant.sku)) for variant in item.variants]
    alts = [image.alt for image in item.images]
    return [*declared_problems(piece, made), *contradictions_of(piece, made=made, alts=alts, maker=maker.name)]


def _made(variant: VariantItem, record: StockRecord | None) -> Product:
    """What the variant will be made of and called."""
    silent = variant.silent if record else frozenset()
    there = record.product if record else Product()
    metal = there.metal if "metal" in silent else variant.metal
    parts = there.parts if "parts" in silent or variant.parts is None else list(variant.parts)
    title = variant.title or variant_title(variant.options)
    return Product(metal=metal, parts=parts, title=title, options=dict(variant.options))


def category_path(item: ProductItem) -> tuple[str, ...]:
    """`Rings > Bands` as its names; empty where the item has no category."""
    return tuple(name for part in item.category.split(">") if (name := " ".join(part.split())))


def _spoken(item: ProductItem | VariantItem, row: Model, values: dict[str, Any]) -> dict[str, Any]:
    """What the file has a word of; a new row takes all."""
    return {name: value for name, value in values.items() if row.pk is None or name not in item.silent}


def _compare(row: Row, values: Mapping[str, Any], differing: "Differing[Row]") -> None:
    """Set what differs, and note the row if anything does."""
    is_new = row.pk is None
    names = [name for name, value in values.items() if is_new or getattr(row, name) != value]
    for name in names:
        setattr(row, name, values[name])
    if names:
        differing.append((row, names))


def _piece_values(item: ProductItem, piece: Product) -> dict[str, Any]:
    # Oscar keeps null where nobody ever wrote a text for search engines.
    blank = {name: None if getattr(piece, name) is None else "" for name in ("meta_title", "meta_description")}
    return {
        "title": item.title,
        "subtitle": item.subtitle,
        "description": item.description,
        "product_type": item.product_type if item.product_type in PRODUCT_TYPES else "other",
        "tags": list(item.tags),
        "one_of_a_kind": item.one_of_a_kind,
        "stones": [plain_stone(asdict(stone)) for stone in item.stones],
        "meta_title": item.seo_title or blank["meta_title"],
        "meta_description": item.seo_description or blank["meta_description"],
        **_declared(
            facts=item.attributes, parts=item.parts, personalization=item.personalization, final_sale=item.final_sale
        ),
        **({} if item.ring_sizes is None else {"ring_sizes": item.ring_sizes or None}),
    }


def _declared(**values: Any) -> dict[str, Any]:
    """What the file says; of what it does not the maker's own word stays."""
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value is not None
    }


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
        _compare(record, _spoken(variant, record, prices), found.records)
        if "stock" not in variant.silent and changes_stock(record, count=variant.stock, policy=variant.policy):
            found.counts.append((record, variant))
    values = _variant_values(child, variant, position, pictures)
    _compare(child, _spoken(variant, child, values), found.variants)


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
        "title": variant.title or variant_title(variant.options),
        "options": dict(variant.options),
        "metal": variant.metal,
        "weight_g": variant.weight_g,
        "lead_time_days": variant.lead_time_days,
        "barcode": variant.barcode,
        "position": position if variant.position is None else variant.position,
        "is_public": variant.active,
        **_declared(parts=variant.parts),
    }
    picture = pictures.get(variant.image_url)
    # By id, for reading `child.picture` would be a query for each variant.
    if child.picture_id != (picture and picture.pk) or (picture and picture.pk is None):
        values["picture"] = picture
    return values
