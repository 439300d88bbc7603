"""Which shop window a request looks through, and a maker's own ones."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.request import HttpHeaders
from django.utils import timezone

from shop.errors import DomainError, NotFound, Unavailable
from shop.kept.services import Memory, watch
from shop.pagination import Order, Page, paginate
from shop.prepared import Part, fetch
from shop.storefronts.models import Storefront
from shop.storefronts.rules import normal_origin

HEADER = "Benchpin-Key"
# Looked up under this name: `request.headers` goes through all of them first.
_IN_META = HttpHeaders.to_wsgi_name(HEADER)
NEWEST = Order("storefronts", "created_at", descending=True)
_FOUND = "_storefront"
# About what one takes with its texts and origins.
STOREFRONT_BYTES = 4_000
_kept: Memory[Storefront] = Memory(watch, lambda: settings.KEPT_STOREFRONTS_BYTES)
# As SQL: every request of a shopper asks one of them, and composing it takes longer than answering it.
STOREFRONT = Part(Storefront, "storefront")
# Which transaction wrote this version of the row, and where it lies.
VERSION = "({0}.xmin, {0}.ctid)::text"
STOREFRONTS = f"SELECT {STOREFRONT.columns}, {VERSION.format('storefront')} FROM storefronts_storefront AS storefront"
BY_KEY = f"""{STOREFRONTS} WHERE closed_at IS NULL
    AND (publishable_key = %(key)s OR previous_key = %(key)s AND previous_key_until > %(now)s)"""
DEFAULT = f"{STOREFRONTS} WHERE is_default"
# `Storefront.shows` and `Storefront.belongings` for queries in SQL, with the values of `as_values`: of a table `maker`,
# and of a table `basket`.
SHOWS_MAKER = """
    CASE WHEN %(all_makers)s THEN TRUE
    WHEN %(owner)s::bigint IS NOT NULL THEN maker.id = %(owner)s
    ELSE EXISTS (SELECT FROM storefronts_storefront_makers AS listed
        WHERE listed.storefront_id = %(storefront)s AND listed.partner_id = maker.id) END
"""
HAS_BASKET = """
    (basket.storefront_id = %(storefront)s OR %(is_default)s AND (basket.storefront_id IS NULL
        OR basket.storefront_id IN (SELECT id FROM storefronts_storefront WHERE closed_at IS NOT NULL)))
"""
# Whether the storefront is still as it was read: any change makes another version of its row, open or closed.
IS_AS_READ = f"""
    (%(stamp)s::text IS NULL OR EXISTS (SELECT FROM storefronts_storefront AS today
        WHERE today.id = %(storefront)s AND {VERSION.format("today")} = %(stamp)s))
"""


def as_values(storefront: Storefront) -> dict[str, Any]:
    """What `SHOWS_MAKER`, `HAS_BASKET` and `IS_AS_READ` ask of a storefront."""
    return {
        "storefront": storefront.pk,
        "stamp": storefront.stamp,
        "is_default": storefront.is_default,
        "all_makers": storefront.all_makers,
        "owner": storefront.owner_id,
    }


class InvalidStorefrontKey(DomainError):
    code = "invalid_storefront_key"
    status = HTTPStatus.UNAUTHORIZED
    title = "No open storefront has this key"
    detail = "Send the storefront's publishable key in `Benchpin-Key`, or leave the header out for the default one."


class StorefrontChanged(Unavailable):
    """It is not as it was kept in the process any more: read it and begin again."""


def storefront_of(request: HttpRequest) -> Storefront:
    """The storefront that the request names, else the default one; looked up once. Raises InvalidStorefrontKey."""
    found = found_storefront(request) or _named(request)
    remember_storefront(request, found)
    return found


def storefront_key(request: HttpRequest) -> str | None:
    """The publishable key that the request names, whether it is one or not."""
    key: str | None = request.META.get(_IN_META)
    return key


def kept_storefront_of(request: HttpRequest) -> Storefront:
    """The same without a query where it is kept: until its change is heard of. Only to be read.

    For public reads, and for who makes sure by `IS_AS_READ` in the query that counts.
    """
    key = storefront_key(request)
    found = found_storefront(request) or _kept.get(key)
    if found is not None:
        remember_storefront(request, found)
        return found
    generation = _kept.generation
    found = storefront_of(request)
    if found.pk and is_under_its_own_key(found, key):
        _kept.put(key, found, size=STOREFRONT_BYTES, generation=generation)
    return found


def read_again(request: HttpRequest) -> Storefront:
    """The request's storefront as it is now, where it was not as it was kept. Raises InvalidStorefrontKey."""
    found = _named(request)
    remember_storefront(request, found)
    return found


def check_as_read(storefront: Storefront) -> None:
    """Raises StorefrontChanged."""
    if fetch(f"SELECT 1 WHERE {IS_AS_READ}", as_values(storefront)) == []:
        raise StorefrontChanged


def is_under_its_own_key(storefront: Storefront, key: str | None) -> bool:
    """Whether what this key finds may be kept: one that was replaced ends by the clock, which tells nobody."""
    return key in (None, storefront.publishable_key)


def remember_storefront(request: HttpRequest, storefront: Storefront) -> None:
    """Spare the request the look-up."""
    vars(request)[_FOUND] = storefront


def found_storefront(request: HttpRequest) -> Storefront | None:
    """The request's storefront where somebody has asked for it; no query."""
    found: Storefront | None = vars(request).get(_FOUND)
    return found


def _named(request: HttpRequest) -> Storefront:
    key = storefront_key(request)
    if key is None:
        return default_storefront()
    # PostgreSQL cannot hold NUL.
    storefront = _first(BY_KEY, {"key": key, "now": timezone.now()}) if "\0" not in key else None
    if storefront is None:
        raise InvalidStorefrontKey
    return storefront


def default_storefront() -> Storefront:
    """The one for single-shop use; without a row, an unsaved one that shows every maker."""
    return _first(DEFAULT, {}) or Storefront(name="Shop", is_default=True, all_makers=True)


def _first(query: str, values: dict[str, Any]) -> Storefront | None:
    rows = fetch(query, values)
    if not rows:
        return None
    row = iter(rows[0])
    found = STOREFRONT.read(row)
    found.stamp = next(row)
    return found


def origin_is_listed(origin: str) -> bool:
    """Whether an open storefront lists this origin, written exactly as browsers write it."""
    return normal_origin(origin) == origin and Storefront.objects.open().with_origin(origin).exists()


def own_storefronts(maker_id: int, *, limit: int, cursor: str | None) -> Page[Storefront]:
    """A maker's own storefronts with the maker, closed ones too, newest first. Raises InvalidCursor."""
    own = Storefront.objects.for_maker(maker_id).select_related("owner")
    return paginate(own, order=NEWEST, limit=limit, cursor=cursor)


def own_storefront(maker_id: int, public_id: str, *, lock: bool = False) -> Storefront:
    """One of a maker's own, closed or not. Raises NotFound, also for the platform's and other makers'."""
    own = Storefront.objects.for_maker(maker_id).select_related("owner")
    rows = own.select_for_update(of=("self",)) if lock else own
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
