"""Reads over pieces that every slice of the catalog needs."""

from collections.abc import Iterable
from functools import partial
from itertools import chain, count
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from catalog.catalogue import rules
from catalog.catalogue.attributes import attributes_of
from catalog.catalogue.metals import metal_problems, parts_of
from catalog.catalogue.models import Category, ImageStatus, Product, ProductImage
from catalog.catalogue.slugs import MAX_SLUG, SLUG_PART, slug
from catalog.catalogue.stones import origin_problems
from catalog.catalogue.truth.check import Given, contradictions, variant_contradictions
from catalog.catalogue.truth.declaration import declaration_of
from catalog.slug_history.models import Kind
from catalog.slug_history.queries import held_before, present_slug, taken
from shop.errors import FieldError, NotFound
from shop.storefronts.models import Storefront


def find_piece(maker_id: int, name: str, *, lock: bool = False) -> Product:
    """A piece of the maker, by id or slug. Raises NotFound.

    Every change of a piece, its variants, stock or pictures begins with its lock; stock records are locked after it.
    """
    pieces = Product.objects.for_maker(maker_id).named(name)
    piece = (pieces.locked() if lock else pieces).first()
    if piece is None:
        raise NotFound
    return piece


def publishing_problems(piece: Product) -> list[FieldError]:
    """What the piece lacks for shoppers to see it, or says against what it declares, as it stands in the database."""
    # "stock" as in `StockPolicy`: sold from the shelf only.
    to_order = Count("stockrecords", filter=~Q(stockrecords__policy="stock"))
    copies = Sum(F("stockrecords__num_in_stock") - F("stockrecords__num_missing"), default=0)
    sold = ~Q(stockrecords__policy="stock") | Q(stockrecords__num_in_stock__gt=F("stockrecords__num_missing"))
    priced = Q(stockrecords__price__isnull=False)
    offered = Product.objects.filter(parent=piece, is_public=True).aggregate(
        prices=Count("stockrecords__price"),
        copies=copies,
        to_order=to_order,
        to_sell=Count("stockrecords", filter=sold),
        to_sell_priced=Count("stockrecords", filter=sold & priced),
    )
    pictures = ProductImage.objects.filter(product=piece).order_by("display_order", "pk").values_list("alt", "status")
    alts, statuses = zip(*pictures, strict=True) if pictures else ((), ())
    made, maker = _made(piece)
    lacking = rules.publishing_problems(
        product_type=piece.product_type,
        stones=piece.stones,
        has_price=offered["prices"] > 0,
        has_stock=offered["to_sell_priced" if offered["prices"] else "to_sell"] > 0,
        has_picture=ImageStatus.READY in statuses,
        one_of_a_kind=piece.one_of_a_kind,
        copies=offered["copies"],
        made_to_order=offered["to_order"] > 0,
        declared=declared_problems(piece, made),
    )
    return [*lacking, *contradictions_of(piece, made=made, alts=alts, maker=maker)]


def _made(piece: Product) -> tuple[list[Product], str]:
    """What the piece's variants are made of and called, and its maker's name."""
    rows = Product.objects.filter(parent=piece, is_public=True).order_by("position", "pk")
    made = list(rows.values_list("metal", "parts", "title", "options", "parent__maker__name"))
    variants = [Product(metal=metal, parts=parts, title=title, options=opts) for metal, parts, title, opts, _ in made]
    return variants, made[0][-1] if made else ""


def declared_problems(piece: Product, made: Iterable[Product]) -> list[FieldError]:
    """The contradictions among its stones and the metals of its variants, each once."""
    found = [problem for variant, _ in _ways(made) for problem in metal_problems(piece, variant)]
    found += origin_problems(piece.stones)
    return [problem for number, problem in enumerate(found) if problem not in found[:number]]


def _ways(made: Iterable[Product]) -> list[tuple[Product, list[str]]]:
    """A variant of each way they are made, with what all that are made so are called."""
    found: dict[tuple[str, str], tuple[Product, dict[str, None]]] = {}
    for variant in made:
        _, said = found.setdefault((variant.metal, repr(variant.parts)), (variant, {}))
        said.update(dict.fromkeys(rules.said_of_variant(variant.title, variant.options)))
    return [(variant, list(said)) for variant, said in found.values()]


def contradictions_of(piece: Product, *, made: Iterable[Product], alts: Iterable[str], maker: str) -> list[FieldError]:
    """Where words of the piece contradict its stones and what its variants are `made` of; reads no database."""
    ways = [(parts_of(piece, variant), said) for variant, said in _ways(made)]
    declare = partial(declaration_of, stones=piece.stones, attributes=piece.facts, maker=maker)
    found = contradictions(words=_words_of(piece, alts), declared=declare(variants=[parts for parts, _ in ways]))
    for parts, said in ways:
        found += variant_contradictions(said, declare(variants=[parts]))
    return found


def _words_of(piece: Product, alts: Iterable[str]) -> dict[str, Given]:
    kinds = {code: attribute.kind for code, attribute in attributes_of(piece.product_type).items()}
    return {
        "title": piece.title,
        "subtitle": piece.subtitle,
        "description": piece.description,
        **{f"attributes.{name}": said for name, said in piece.facts.items() if kinds.get(name) in ("text", "texts")},
        "tags": piece.tags,
        "seo.title": piece.meta_title or "",
        "seo.description": piece.meta_description or "",
        **{f"images.{number}.alt": alt for number, alt in enumerate(alts)},
    }


def free_slug(rows: "QuerySet[Any]", kind: Kind, base: str, other: str) -> str:
    """`base`, else `other`, else `other-2` and so on: the first that no row has, and that is kept for none."""
    candidates = chain((base, other), (f"{other}-{number}" for number in count(2)))
    return next(candidate for candidate in candidates if not taken(rows, kind, [candidate]))


def free_slug_of_piece(name: str, *, maker_slug: str) -> str:
    """The name as a slug; where another piece has it, the maker's comes behind it."""
    base = slug(name)[:MAX_SLUG].strip("-") or "piece"
    return free_slug(Product.objects.pieces(), Kind.PRODUCT, base, f"{base[:SLUG_PART]}-{maker_slug}")


def present_slug_of_piece(old: str, *, storefront: Storefront) -> str | None:
    """Where the piece on sale here is that once had this slug; None where there is none."""
    pieces = Product.objects.on_sale(storefront).filter(held_before(Kind.PRODUCT, old))
    return pieces.values_list("slug", flat=True).first()


def present_slug_of_category(old: str) -> str | None:
    """The slug today of the category that once had this one; None where one has it today, or none had it."""
    return present_slug(Category.objects.all(), Kind.CATEGORY, old)
