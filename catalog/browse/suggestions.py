"""What a shopper may mean who has only begun to write: three queries, whatever there is."""

import re
from dataclasses import dataclass

from catalog.browse.asking import Term, strict_query, understood
from catalog.browse.conditions import ProductFilter, Sql, listed_in, rows_of
from catalog.browse.queries import Item, list_products
from catalog.browse.vocabulary import STONES
from catalog.browse.words import folded
from catalog.catalogue.attributes import PRODUCT_TYPES
from catalog.catalogue.metals import METALS
from shop.storefronts.models import Storefront

SHOWN = 5
TRIED = 12
# What a request may go on with.
ENDINGS = (
    *(name.replace("_", " ") + ("" if name.endswith("s") else "s") for name in PRODUCT_TYPES if name != "other"),
    *("hoops", "studs", "wedding band", "engagement ring", "signet ring", "chain"),
    *(metal.label.lower() for metal in METALS.values()),
    *("yellow gold", "white gold", "rose gold", "silver", "platinum"),
    *sorted(STONES - {"motherofpearl", "zirconia"}), "mother of pearl", "cubic zirconia", "lab-grown diamond",
    "lab-grown sapphire", "lab-grown emerald", "lab-grown ruby",
)  # fmt: skip
# Branches and makers that have something on sale here, with a word in their name that begins so.
PLACES = """
    SELECT 'category', slug, name FROM catalogue_category AS category
    WHERE is_public AND ancestors_are_public AND name ~* %s AND EXISTS (
        SELECT FROM browse_productdocument WHERE {listed} AND categories @> ARRAY[category.slug::text]
    )
    UNION ALL
    SELECT 'maker', code, name FROM partner_partner AS maker
    WHERE is_public AND name ~* %s AND EXISTS (
        SELECT FROM browse_productdocument WHERE {listed} AND maker_id = maker.id
    )
    ORDER BY 1, 3
"""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Requests that find something, then pieces, and `(slug, name)` of branches and makers."""

    queries: list[str]
    products: list[Item]
    categories: list[tuple[str, str]]
    makers: list[tuple[str, str]]


def suggest(q: str, *, storefront: Storefront) -> Suggestions:
    """Nothing where nothing that could be found has been written."""
    listed, words = listed_in(storefront), folded(q)
    if not words:
        return Suggestions([], [], [], [])
    pieces = list_products(ProductFilter(), storefront=storefront, q=q, limit=SHOWN, cursor=None)
    begins = rf"(^|\W){re.escape(' '.join(words))}"
    found = rows_of(Sql(PLACES.format(listed=listed.text), (begins, *listed.params, begins, *listed.params)))
    places: dict[str, list[tuple[str, str]]] = {"category": [], "maker": []}
    for kind, slug, name in found:
        places[kind].append((slug, name))
    products = pieces.page.rows if not pieces.reading.is_loose else []
    return Suggestions(_completed(q, words, listed), products, places["category"][:SHOWN], places["maker"][:SHOWN])


def _completed(q: str, words: list[str], listed: Sql) -> list[str]:
    """The request gone on with what it may be the beginning of, where that finds something."""
    candidates = [text for start in range(len(words)) for text in _endings(words, start)]
    tried = [(text, terms) for text in dict.fromkeys(candidates) if (terms := understood(f"{text} ").terms)][:TRIED]
    if not tried:
        return []
    queries = Sql(", ".join(["(%s)"] * len(tried)), tuple(_exactly(terms) for _, terms in tried))
    exists = f"SELECT FROM browse_productdocument WHERE {listed.text} AND words @@ asked.query::tsquery"
    found = rows_of(
        Sql(
            f"SELECT EXISTS ({exists}) FROM (VALUES {queries.text}) AS asked (query)", (*listed.params, *queries.params)
        )
    )
    return [text for (text, _), (is_there,) in zip(tried, found, strict=True) if is_there][:SHOWN]


def _endings(words: list[str], start: int) -> list[str]:
    """The endings that begin with the words from `start` on, each behind the words before."""
    begun, before = " ".join(words[start:]), " ".join(words[:start])
    fitting = [ending for ending in ENDINGS if " ".join(folded(ending)).startswith(begun) and ending not in before]
    return [f"{before} {ending}".strip() for ending in fitting]


def _exactly(terms: tuple[Term, ...]) -> str:
    return strict_query([Term(term.word, term.written) for term in terms])
