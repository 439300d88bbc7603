"""A basket as it stands now: today's prices and stock, and what is wrong with it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.partner.models import Partner, StockPolicy, StockRecord
from catalog.personalization.queries import known_of, options_of
from catalog.personalization.rules import Known, Personalization, Wish, as_wishes, asked_uploads, read_wishes
from orders.basket import rules
from orders.basket.models import Basket, Line
from orders.basket.rules import Problem, ShownLine, Totals
from orders.discounts.queries import MAY_HAVE_DEALS, NO_DEALS, Deals, Wanted, deals_for, kept_discounts
from orders.offer.queries import Customer
from orders.offer.rules import Discount, Item, discounts_on_items, discounts_on_shipping
from orders.shipping.queries import options_for
from orders.shipping.rules import ShippingOption
from orders.voucher.queries import VoucherState
from shop.accounts.models import User
from shop.actors import Actor
from shop.errors import DomainError, FieldError, NotFound
from shop.prepared import Part, columns, fetch
from shop.storefronts.models import Storefront
from shop.storefronts.queries import HAS_BASKET, IS_AS_READ, SHOWS_MAKER, as_values, check_as_read

BASKET = Part(Basket, "basket")
ONE_BASKET = f"""
    SELECT {BASKET.columns} FROM basket_basket AS basket
    WHERE public_id = %(id)s AND (status = '{Basket.OPEN}' AND expires_at > %(now)s OR status = '{Basket.FROZEN}')
        AND (owner_id IS NULL OR owner_id = %(reader)s) AND {HAS_BASKET} AND {IS_AS_READ}
"""
LINE = Part(Line, "line")
RECORD = Part(StockRecord, "record")
VARIANT = Part(Product, "variant", "id", "public_id", "is_public", "parent", "options", "metal", "lead_time_days")
PIECE = Part(
    Product, "piece", "id", "slug", "title", "is_public", "maker", "final_sale", "personalization", "ring_sizes"
)  # fmt: skip
MAKER = Part(Partner, "maker", "id", "code", "name", "is_public")
PICTURE = Part(
    ProductImage, "picture", "id", "original", "width", "height", "alt", "focal_x", "focal_y", "renditions",
    "placeholder",
)  # fmt: skip
SOLD = """
    JOIN catalogue_product AS variant ON variant.id = record.product_id
    JOIN catalogue_product AS piece ON piece.id = variant.parent_id
    JOIN partner_partner AS maker ON maker.id = piece.maker_id
"""
LINE_PARTS = f"{columns(LINE, RECORD, VARIANT, PIECE, MAKER)}, {SHOWS_MAKER}, {PICTURE.columns}, {MAY_HAVE_DEALS}"
# What there is of each line, where `line` says which stock record is its.
OF_LINE = f"""
    JOIN partner_stockrecord AS record ON record.id = line.stockrecord_id {SOLD}
    LEFT JOIN LATERAL (
        SELECT * FROM catalogue_productimage WHERE product_id = piece.id AND status = '{ImageStatus.READY}'
        ORDER BY display_order, id LIMIT 1
    ) AS picture ON TRUE
"""
LINES = f"""
    SELECT {LINE_PARTS} FROM basket_line AS line {OF_LINE}
    WHERE line.basket_id = %(basket)s ORDER BY line.id
"""
# The basket's lines, and after them, as lines of no basket, the variants in the storefront that are `wanted`.
NO_LINE = ", ".join("record.id" if name == "stockrecord_id" else "NULL" for name in LINE.names)
WITH_WANTED = f"""
    SELECT {LINE_PARTS} FROM (
        SELECT {LINE.columns} FROM basket_line AS line WHERE line.basket_id = %(basket)s
        UNION ALL
        (SELECT {NO_LINE} FROM partner_stockrecord AS record {SOLD}
        WHERE {{is_wanted}} AND {SHOWS_MAKER} ORDER BY record.id LIMIT 100)
    ) AS line {OF_LINE}
    ORDER BY line.id
"""
WITH_VARIANT = WITH_WANTED.format(is_wanted="variant.public_id = %(wanted)s")
WITH_SKU = WITH_WANTED.format(is_wanted="record.partner_sku = %(wanted)s")


class UnknownVariant(DomainError):
    code = "unknown_variant"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "This variant is not for sale"
    detail = "Take `variants[].id` or `sku` from the product; it may have been withdrawn."


class AmbiguousSku(DomainError):
    code = "ambiguous_sku"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "Several makers use this SKU"
    detail = "Name the variant by its id instead."


class Lines(NamedTuple):
    """The lines of a basket, and whether any offer or voucher may be open to it."""

    rows: list[Line]
    may_have_deals: bool


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with the price it has now."""

    line: Line
    variant: Product
    record: StockRecord
    unit_price: Decimal
    personalization: Personalization
    # What keeps its wishes from being met today.
    refused: Sequence[FieldError] = ()

    @property
    def piece(self) -> Product:
        parent: Product = self.variant.parent
        return parent

    @property
    def lead_time_days(self) -> int:
        """Days at the bench: none for what lies on the shelf, the shop's usual time where the maker gave none.

        A ship date is a promise by law (16 CFR 435), so an unknown time is never taken for none.
        """
        extra = self.personalization.lead_time_days
        if self.record.policy == StockPolicy.STOCK or self.record.on_shelf >= self.line.quantity:
            return extra
        days = self.variant.lead_time_days
        return extra + (settings.DEFAULT_LEAD_TIME_DAYS if days is None else int(days))

    @property
    def final_sale(self) -> bool:
        return bool(self.piece.final_sale or self.personalization.final_sale)

    @property
    def line_total(self) -> Decimal:
        """Before discounts."""
        return self.unit_price * self.line.quantity

    @property
    def compare_at_price(self) -> Decimal | None:
        """What the maker says it cost before, with what is asked of it; None where that is not more."""
        before = self.record.compare_at_price
        if before is None or self.record.price is None or before <= self.record.price:
            return None
        return Decimal(before + self.personalization.price)

    @property
    def wanted(self) -> Wanted:
        item = Item(self.line.pk, self.unit_price, self.line.quantity)
        return Wanted(item, self.piece.pk, self.piece.maker_id)


@dataclass(frozen=True, slots=True)
class BasketView:
    """Everything a basket answer needs."""

    basket: Basket
    lines: Sequence[PricedLine]
    problems: Sequence[Problem]
    options: Sequence[ShippingOption]
    totals: Totals
    discounts: Sequence[Discount]
    vouchers: Sequence[VoucherState]

    def discount_of(self, line: PricedLine) -> Decimal:
        """What all offers together take off the line."""
        return sum((each.by_line.get(line.line.pk, Decimal(0)) for each in self.discounts), Decimal(0))

    def promotion_of(self, line: PricedLine) -> Decimal:
        """What of that the platform bears."""
        borne = [each for each in self.discounts if each.offer.maker is None]
        return sum((each.by_line.get(line.line.pk, Decimal(0)) for each in borne), Decimal(0))

    @property
    def fingerprint(self) -> str:
        shown = [
            ShownLine(each.line.public_id, each.line.quantity, each.unit_price, self.discount_of(each))
            for each in self.lines
        ]
        return rules.fingerprint(shown, self.totals)

    @property
    def is_as_shown(self) -> bool:
        """Whether it is what this version has shown."""
        return self.basket.status != Basket.OPEN or self.basket.shown == self.fingerprint

    @property
    def shipping_option(self) -> ShippingOption | None:
        return next((option for option in self.options if option.code == self.basket.shipping_option), None)


def get_basket(public_id: str, *, actor: Actor, storefront: Storefront, lock: bool = False) -> Basket:
    """The basket with this id, neither expired nor merged, of this storefront. Raises NotFound and StorefrontChanged.

    A guest's basket is opened by its id alone; a customer's needs their sign-in besides.
    """
    reader = actor.user.pk if actor.user and actor.is_person else None
    values = as_values(storefront) | {"id": public_id, "reader": reader, "now": timezone.now()}
    rows = fetch(f"{ONE_BASKET} FOR NO KEY UPDATE" if lock else ONE_BASKET, values)
    if not rows:
        check_as_read(storefront)
        raise NotFound
    basket = BASKET.read(iter(rows[0]))
    basket.reader_id = reader
    return basket


def open_basket_of(user: User, *, storefront: Storefront) -> Basket | None:
    """The customer's open basket in this storefront: the one they changed last."""
    open_ones = Basket.objects.filter(storefront.belongings, owner=user, status=Basket.OPEN)
    return open_ones.filter(expires_at__gt=timezone.now()).order_by("-expires_at", "-pk").first()


def view_basket(basket: Basket, storefront: Storefront, found: Lines | None = None) -> BasketView:
    """The basket at today's prices: one query, however many lines, and one more where files are named.

    Where offers may be open to it, eight more at most, however many. `found` are its lines where they have been read.
    """
    is_open = basket.status == Basket.OPEN
    found = found or lines_of(basket, storefront)
    known = known_of(basket.pk, _uploads_of(found.rows) if is_open else ())
    lines = [_priced(line, known, is_open=is_open) for line in found.rows]
    wanted: Counter[int] = Counter()
    for line in lines:
        wanted[line.record.pk] += line.line.quantity
    problems = [each for line in lines for each in line_problems(line, wanted[line.record.pk])] if is_open else []
    if is_open:
        deals = _deals(basket, storefront, lines) if found.may_have_deals else NO_DEALS
        return _with_deals(basket, lines, problems, deals)
    kept = kept_discounts(basket.pk, [line.line.pk for line in lines])
    vouchers = [VoucherState(row.pk, row.code, row.name, frozenset(), "") for row in basket.vouchers.order_by("code")]
    options = _options(basket, lines, kept)
    shipping = _shipping(basket, lines, options)
    return BasketView(basket, lines, problems, options, _totals(lines, kept, shipping), kept, vouchers)


def new_view(basket: Basket) -> BasketView:
    """Of a basket that has just begun, and so has nothing in it: no query."""
    return _with_deals(basket, [], [], NO_DEALS)


def _deals(basket: Basket, storefront: Storefront, lines: Sequence[PricedLine]) -> Deals:
    return deals_for(
        basket_id=basket.pk,
        storefront=storefront,
        customer=Customer(basket.buyer_id, basket.email),
        wanted=[line.wanted for line in lines],
    )


def _with_deals(basket: Basket, lines: Sequence[PricedLine], problems: Sequence[Problem], deals: Deals) -> BasketView:
    """Items are discounted first: what they come to then says what shipping costs, which is discounted last."""
    items = [line.wanted.item for line in lines]
    on_items = discounts_on_items(deals.offers, items, basket.currency)
    options = _options(basket, lines, on_items)
    shipping = _shipping(basket, lines, options)
    discounts = [*on_items, *discounts_on_shipping(deals.offers, items, shipping, basket.currency)]
    totals = _totals(lines, discounts, shipping)
    return BasketView(basket, lines, problems, options, totals, discounts, deals.vouchers)


def _options(basket: Basket, lines: Sequence[PricedLine], discounts: Sequence[Discount]) -> tuple[ShippingOption, ...]:
    off = sum((each.amount for each in discounts if not each.is_on_shipping), Decimal(0))
    return options_for(
        items_total=sum((line.line_total for line in lines), Decimal(0)) - off,
        lead_time_days=max((line.lead_time_days for line in lines), default=0),
        address=basket.shipping_address,
    )


def _shipping(basket: Basket, lines: Sequence[PricedLine], options: Sequence[ShippingOption]) -> Decimal:
    chosen = next((option.price for option in options if option.code == basket.shipping_option), Decimal(0))
    return chosen if lines else Decimal(0)


def _totals(lines: Sequence[PricedLine], discounts: Sequence[Discount], shipping: Decimal) -> Totals:
    return rules.totals(
        line_totals=[line.line_total for line in lines],
        discounts=[each.amount for each in discounts],
        shipping=shipping,
    )


def lines_of(basket: Basket, storefront: Storefront) -> Lines:
    """Lines with stock record, variant, piece, maker and first picture, and whether the maker is shown: `is_shown`."""
    return _read_lines(LINES, as_values(storefront) | {"basket": basket.pk})


def lines_and_record(
    basket: Basket, storefront: Storefront, *, variant: str | None, sku: str | None
) -> tuple[Lines, StockRecord]:
    """The same, and the stock record, with as much, of the variant on sale in the storefront that is wanted.

    Raises UnknownVariant and AmbiguousSku.
    """
    values = as_values(storefront) | {"basket": basket.pk, "wanted": variant or sku}
    found = _read_lines(WITH_VARIANT if variant else WITH_SKU, values)
    candidates = [line.stockrecord for line in found.rows if line.pk is None]
    records = [record for record in candidates if _is_on_sale(record.product, record, storefront.currency)]
    if not records:
        raise UnknownVariant
    if len(records) > 1:
        raise AmbiguousSku
    return found._replace(rows=[line for line in found.rows if line.pk is not None]), records[0]


def _read_lines(query: str, values: Mapping[str, Any]) -> Lines:
    rows = fetch(query, values)
    # Vouchers may be in a basket without lines.
    return Lines([_read_line(iter(row)) for row in rows], may_have_deals=rows[0][-1] if rows else True)


def _read_line(row: Iterator[Any]) -> Line:
    line: Line = LINE.read(row)
    line.stockrecord = RECORD.read(row)
    line.product = line.stockrecord.product = variant = VARIANT.read(row)
    variant.parent = piece = PIECE.read(row)
    piece.maker = MAKER.read(row)
    line.is_shown = next(row)
    picture = PICTURE.read(row)
    piece.pictures = [picture] if picture.pk else []
    return line


def _uploads_of(lines: Sequence[Line]) -> set[str]:
    found = [asked_uploads(options_of(line.product.parent), as_wishes(line.personalization)) for line in lines]
    return set().union(*found)


def _priced(line: Line, known: Known, *, is_open: bool) -> PricedLine:
    """Today's price while the basket is open; what was ordered afterwards."""
    seen: Decimal = line.price_excl_tax
    record = line.stockrecord
    if not is_open or record.price is None:
        return PricedLine(line, line.product, record, seen, as_kept(line))
    personalization, refused = todays(line.product, record, as_wishes(line.personalization), known)
    return PricedLine(line, line.product, record, record.price + personalization.price, personalization, refused)


def as_kept(line: Line) -> Personalization:
    """The wishes as they were when the line was last changed or ordered."""
    options = {option["code"]: option for option in options_of(line.product.parent)}
    found = [options[wish["option"]] for wish in line.personalization if wish["option"] in options]
    return Personalization(
        wishes=tuple(line.personalization),
        price=sum((Decimal(wish["price"]) for wish in line.personalization), Decimal(0)),
        lead_time_days=sum(option["lead_time_days"] for option in found),
        final_sale=any(option["final_sale"] for option in found),
    )


def todays(
    variant: Product, record: StockRecord, wishes: Sequence[Wish], known: Known
) -> tuple[Personalization, list[FieldError]]:
    """The wishes against what the piece offers and asks today."""
    return read_wishes(
        options_of(variant.parent),
        wishes,
        variant_price=record.price or Decimal(0),
        currency=record.price_currency,
        known=known,
    )


def line_problems(priced: PricedLine, wanted: int) -> list[Problem]:
    """What keeps the line from being ordered, or has changed since the shopper saw it.

    `wanted` is how many of the variant the basket holds, over all its lines.
    """
    line, record = priced.line, priced.record
    if not is_for_sale(line):
        return [Problem("unavailable", line.public_id, "This piece is not for sale any more.")]
    found = []
    if record.policy == StockPolicy.STOCK and record.on_shelf < wanted:
        code = "insufficient_stock" if record.on_shelf else "out_of_stock"
        found.append(Problem(code, line.public_id, f"{record.left_in_words}."))
    for error in priced.refused:
        found.append(Problem("personalization_changed", line.public_id, f"{error['field']}: {error['message']}"))
    if priced.unit_price != line.price_excl_tax:
        change = f"The price changed from {line.price_excl_tax} to {priced.unit_price}."
        found.append(Problem("price_changed", line.public_id, change))
    return found


def is_for_sale(line: Line) -> bool:
    """Whether a line can be bought in the storefront that it was read for."""
    return bool(line.is_shown and _is_on_sale(line.product, line.stockrecord, line.price_currency))


def _is_on_sale(variant: Product, record: StockRecord, currency: str) -> bool:
    piece = variant.parent
    shown = variant.is_public and piece.is_public and piece.maker.is_public
    return bool(shown and record.price is not None and record.price_currency == currency)


def expired_before(moment: datetime) -> QuerySet[Basket]:
    """Open baskets whose time is over, and what is left of merged ones."""
    return Basket.objects.filter(status__in=(Basket.OPEN, Basket.MERGED), expires_at__lt=moment)
