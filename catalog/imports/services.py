"""Puts items into the catalog: one transaction a product, and nothing is written that did not change."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import transaction

from catalog.catalogue.models import Category, ImageStatus, Product, ProductImage
from catalog.catalogue.rules import PRODUCT_TYPES
from catalog.imports.items import Problem, ProductItem, VariantItem
from catalog.inventory.services import lock_records, set_stock
from catalog.partner.models import Partner, StockRecord
from shop.jobs.services import defer
from shop.text import slugified

Outcome = Literal["created", "changed", "unchanged"]
FILE_NAME_LENGTH = 48


@dataclass(slots=True)
class ImportReport:
    """What became of each product, and every row that did not go in."""

    outcomes: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)


class NotImported(Exception):
    """A product that the catalog cannot take; carries the row's problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def import_items(
    found: Iterable[ProductItem | Problem], *, maker: Partner, source: str, dry_run: bool = False
) -> ImportReport:
    """Import what a reader yields; with `dry_run` each product's transaction is rolled back."""
    report = ImportReport()
    for item in found:
        if isinstance(item, Problem):
            report.problems.append(item)
            continue
        try:
            with transaction.atomic():
                report.outcomes[import_product(item, maker=maker, source=source)] += 1
                transaction.set_rollback(dry_run)
        except NotImported as refused:
            report.problems.append(refused.problem)
    return report


@transaction.atomic
def import_product(item: ProductItem, *, maker: Partner, source: str) -> Outcome:
    """Create or update one product of the maker, found by its handle. Raises NotImported.

    Variants and pictures that the file no longer has stay: an import never deletes.
    """
    piece = Product.objects.select_for_update().filter(maker=maker, source_handle=item.handle).first()
    created = piece is None
    if piece is None:
        piece = Product(structure=Product.PARENT, maker=maker, source_handle=item.handle, slug=_free_slug(item, maker))
    changed = _save(piece, _piece_values(item))
    changed |= _categorise(piece, item.category)
    pictures, new_pictures = _import_pictures(piece, item)
    changed |= new_pictures
    changed |= _import_variants(piece, item, maker, pictures, source)
    if created:
        return "created"
    return "changed" if changed else "unchanged"


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


def _save(row: Any, values: Mapping[str, Any]) -> bool:
    """Set and save what differs; whether anything did."""
    changed = [name for name, value in values.items() if row.pk is None or getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if row.pk is None:
        row.save()
    elif changed:
        row.save(update_fields=[*changed, *(["date_updated"] if hasattr(row, "date_updated") else [])])
    return bool(changed)


def _free_slug(item: ProductItem, maker: Partner) -> str:
    """The handle; another maker's piece of that name gets the maker's name behind it."""
    base = slugified(item.handle) or "piece"
    candidates = [base, f"{base}-{maker.code}", *(f"{base}-{maker.code}-{number}" for number in range(2, 1000))]
    taken = set(Product.objects.pieces().filter(slug__startswith=base).values_list("slug", flat=True))
    return next(candidate for candidate in candidates if candidate not in taken)


def _categorise(piece: Product, path: str) -> bool:
    """Put the piece into its category, `Rings > Bands`, which is made where it is missing."""
    names = [name.strip() for name in path.split(">") if name.strip()]
    if not names:
        return False
    category = category_for(names)
    if list(piece.categories.values_list("pk", flat=True)) == [category.pk]:
        return False
    piece.categories.set([category])
    return True


def category_for(names: list[str]) -> Category:
    """The category at this path, made where it is missing; a slug in use elsewhere gets its parent's before it."""
    node: Category | None = None
    for name in names:
        siblings = node.get_children() if node else Category.get_root_nodes()
        found = siblings.filter(name__iexact=name).first()
        if found is None:
            slug = slugified(name) or "category"
            if Category.objects.filter(slug=slug).exists():
                slug = f"{node.slug}-{slug}" if node else f"{slug}-{Category.objects.count()}"
            found = node.add_child(name=name, slug=slug) if node else Category.add_root(name=name, slug=slug)
        node = found
    assert node is not None
    return node


def _import_pictures(piece: Product, item: ProductItem) -> tuple[dict[str, ProductImage], bool]:
    """Pictures by address, and whether any is new or moved. New ones are pending until a job has fetched them."""
    there = {picture.source_url: picture for picture in ProductImage.objects.filter(product=piece)}
    extra = [variant.image_url for variant in item.variants if variant.image_url]
    wanted = {image.url: (image.position, image.alt) for image in item.images}
    for url in extra:
        wanted.setdefault(url, (len(wanted) + 1, ""))
    changed = False
    for url, (position, alt) in wanted.items():
        picture = there.setdefault(url, ProductImage(product=piece, source_url=url))
        changed |= _save(picture, {"display_order": position, "alt": alt})
    if changed and any(picture.status == ImageStatus.PENDING and picture.is_remote for picture in there.values()):
        defer("catalog.media.fetch_pictures", once=f"pictures:{piece.pk}", product_id=piece.pk)
    return there, changed


def _import_variants(
    piece: Product, item: ProductItem, maker: Partner, pictures: Mapping[str, ProductImage], source: str
) -> bool:
    skus = [variant.sku for variant in item.variants]
    ids = StockRecord.objects.filter(partner=maker, partner_sku__in=skus).values_list("pk", flat=True)
    records = {record.partner_sku: record for record in lock_records(ids).values()}
    children = Product.objects.in_bulk([record.product_id for record in records.values()])
    changed = False
    for position, variant in enumerate(item.variants):
        record = records.get(variant.sku)
        child = children[record.product_id] if record else Product(structure=Product.CHILD, parent=piece)
        if child.parent_id != piece.pk:
            reason = f"The SKU {variant.sku} belongs to another product of this maker."
            raise NotImported(Problem(variant.line, "SKU", reason))
        changed |= _save(child, _variant_values(variant, position, pictures))
        changed |= _save_record(record, child, variant, maker, source)
    return changed


def _variant_values(variant: VariantItem, position: int, pictures: Mapping[str, ProductImage]) -> dict[str, Any]:
    return {
        "title": " / ".join(variant.options.values())[:255],
        "options": dict(variant.options),
        "metal": variant.metal,
        "weight_g": variant.weight_g,
        "lead_time_days": variant.lead_time_days,
        "barcode": variant.barcode,
        "position": position,
        "picture": pictures.get(variant.image_url),
    }


def _save_record(record: StockRecord | None, child: Product, variant: VariantItem, maker: Partner, source: str) -> bool:
    values = {"price": variant.price, "compare_at_price": variant.compare_at_price}
    changed = record is None
    if record is None:
        record = StockRecord(
            product=child,
            partner=maker,
            partner_sku=variant.sku,
            price_currency=settings.CURRENCY,
            policy=variant.policy,
        )
    before = (record.num_in_stock, record.policy)
    changed |= _save(record, values)
    set_stock(record.pk, count=variant.stock, policy=variant.policy, reference=source)
    record.refresh_from_db(fields=["num_in_stock", "policy"])
    return changed or before != (record.num_in_stock, record.policy)


def file_reference(path: Path) -> str:
    """How the stock ledger names an import."""
    return f"import:{path.name[:FILE_NAME_LENGTH]}"
