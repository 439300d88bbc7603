"""The catalog that `make bench` measures: pieces of three variants in ten categories, the same each time.

The first `GOLD_RINGS` rings are gold and no later ring is: `gold ring` finds as many pieces among 100,000 as among
1,000. Of the later rings the first `SILVER_RINGS` are silver, so that `silver ring` finds 15,000 among 100,000.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.management import call_command, get_commands
from django.db import connection, transaction

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.catalogue.slugs import slug
from catalog.imports.changes import Changes, changes_of
from catalog.imports.items import ImageItem, ProductItem, StoneItem, VariantItem
from catalog.imports.queries import Known
from catalog.imports.services import make_category
from catalog.partner.models import Partner

# Its name, the product type, and what a piece in it is called.
CATEGORIES = (
    ("Rings", "ring", "Ring"),
    ("Wedding Bands", "ring", "Band Ring"),
    ("Earrings", "earrings", "Earrings"),
    ("Necklaces", "necklace", "Necklace"),
    ("Pendants", "pendant", "Pendant"),
    ("Bracelets", "bracelet", "Bracelet"),
    ("Bangles", "bangle", "Bangle"),
    ("Anklets", "anklet", "Anklet"),
    ("Brooches", "brooch", "Brooch"),
    ("Cufflinks", "cufflinks", "Cufflinks"),
)
RING_CATEGORIES = 2
GOLD_RINGS, SILVER_RINGS = 200, 15_000
KARATS = ("14k", "18k")
COLOURS = ("yellow", "white", "rose")
GOLDS = tuple(f"{karat}-{colour}-gold" for karat in KARATS for colour in COLOURS)
SILVER, PLATINUM = "sterling-silver", "platinum-950"
METAL_WORDS = {SILVER: "Sterling Silver", PLATINUM: "Platinum"}
FINISHES = ("Hammered", "Brushed", "Polished", "Engraved", "Twisted", "Granulated", "Satin", "Milgrain", "Faceted")
STONES = ("Sapphire", "Garnet", "Opal", "Moonstone", "Tourmaline", "Turquoise", "Aquamarine")
CUTS = ("oval", "round", "pear", "cushion")
MAKERS = 20
VARIANTS, PICTURES = 3, 2
BATCH = 1_000


class Metals(NamedTuple):
    """The metal of each variant, and the words for them in a title."""

    codes: tuple[str, ...]
    words: str


def grow(pieces: int) -> None:
    """Let the catalog have that many pieces: those that are missing are put in, a thousand at a time."""
    makers = [_maker(number) for number in range(MAKERS)]
    category_ids = [make_category([name]).pk for name, _, _ in CATEGORIES]
    # Not the piece of the rush, which another maker has.
    there = Product.objects.pieces().filter(maker__in=makers).count()
    for start in range(there, pieces, BATCH):
        _write(range(start, min(start + BATCH, pieces)), makers, category_ids)
    if "rebuild_documents" in get_commands():
        call_command("rebuild_documents", verbosity=0)


def tidy() -> None:
    """What a server does in quiet hours, so that both sizes are measured as found on another day."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def item(number: int) -> ProductItem:
    """The piece of this number, as an import would read it."""
    row, place = divmod(number, len(CATEGORIES))
    category, product_type, noun = CATEGORIES[place]
    metals = metals_of(number)
    finish, stone = FINISHES[row % len(FINISHES)], STONES[row // 2 % len(STONES)]
    title = f"{finish} {stone} {noun} in {metals.words}"
    return ProductItem(
        handle=f"{slug(title)}-{number}",
        line=0,
        title=title,
        subtitle=f"{finish} by hand, set with a {stone.lower()}",
        description=(
            f"<p>A {finish.lower()} {noun.lower()} of {metals.words.lower()}, made to be worn every day. The "
            f"{stone.lower()} is chosen for its colour and set low, so that it does not catch.</p>"
            "<p>Each piece is sawn, filed and finished at the bench, and comes in a box of recycled card.</p>"
        ),
        product_type=product_type,
        category=category,
        tags=(finish.lower(), stone.lower()),
        stones=(StoneItem(kind=stone.lower(), origin="natural", cut=CUTS[row % len(CUTS)], carat=Decimal("0.75")),),
        images=tuple(ImageItem(f"bench:{number}-{position}", position, title) for position in range(1, PICTURES + 1)),
        variants=tuple(_variant(number, position, metals) for position in range(VARIANTS)),
    )


def metals_of(number: int) -> Metals:
    row, place = divmod(number, len(CATEGORIES))
    if place < RING_CATEGORIES:
        ring = row * RING_CATEGORIES + place
        is_gold, is_silver = ring < GOLD_RINGS, ring < GOLD_RINGS + SILVER_RINGS
    else:
        is_gold, is_silver = row % 8 < 2, row % 8 < 6
    if is_gold:
        karat = KARATS[row % len(KARATS)]
        return Metals(tuple(f"{karat}-{colour}-gold" for colour in COLOURS), f"{karat} Gold")
    metal = SILVER if is_silver else PLATINUM
    return Metals((metal,) * VARIANTS, METAL_WORDS[metal])


def _variant(number: int, position: int, metals: Metals) -> VariantItem:
    """Of one metal in three sizes, or in three metals of one size. Every fifth is sold out."""
    metal = metals.codes[position]
    size = "7" if metal in GOLDS else str(6 + position)
    return VariantItem(
        line=0,
        sku=sku(number, position),
        price=Decimal(80 + number * 7 % 900 + position * 15),
        options={"metal": metal.replace("-", " "), "size": size},
        stock=0 if (number + position) % 5 == 0 else 5_000,
        weight_g=Decimal("3.20") + position,
        metal=metal,
        lead_time_days=3,
    )


def rings(pieces: int) -> int:
    """How many of the first pieces are rings; whole tens."""
    return pieces // len(CATEGORIES) * RING_CATEGORIES


def place_of(handle: str) -> int:
    """Which of `CATEGORIES` a piece is in."""
    return int(handle.rpartition("-")[2]) % len(CATEGORIES)


def sku(number: int, position: int) -> str:
    return f"B{number}-{position}"


def _maker(number: int) -> Partner:
    words = {"name": f"Atelier {number}", "city": "Portland", "state": "OR", "returns_policy": "Within 30 days."}
    return Partner.objects.get_or_create(code=f"atelier-{number}", defaults=words)[0]


@transaction.atomic
def _write(numbers: Iterable[int], makers: list[Partner], category_ids: list[int]) -> None:
    """The rows that an import would make of these pieces, in one statement a table and some hundred rows."""
    rows: dict[str, list[Any]] = defaultdict(list)
    for number in numbers:
        row, place = divmod(number, len(CATEGORIES))
        piece, maker = item(number), makers[row % MAKERS]
        found = changes_of(piece, Known({}, slug=piece.handle), maker=maker, category_ids=[category_ids[place]])
        for table in ("pieces", "pictures", "variants"):
            rows[table] += [entry for entry, _ in getattr(found, table)]
        rows["records"] += found.opened
        rows["links"].append(_link(found))
    for picture in rows["pictures"]:
        _keep(picture)
    for table in rows.values():
        type(table[0])._default_manager.bulk_create(table, batch_size=BATCH)


def _link(found: Changes) -> Any:
    [category_id] = found.category_ids
    return Product.categories.through(product=found.piece, category_id=category_id)


def _keep(picture: ProductImage) -> None:
    """As fetched and checked; there is no file, for nobody looks at it."""
    picture.original.name = f"bench/{picture.source_url.removeprefix('bench:')}.webp"
    picture.status, picture.width, picture.height = ImageStatus.READY, 1200, 1200
