"""A basket as it stands now: today's prices and stock, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.partner.models import StockPolicy, StockRecord
from orders.basket import rules
from orders.basket.models import Basket, Line
from orders.basket.rules import Problem, Totals
from orders.shipping.queries import options_for
from orders.shipping.rules import ShippingOption
from shop.errors import DomainError, NotFound


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


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with the price it has now."""

    line: Line
    variant: Product
    record: StockRecord
    unit_price: Decimal

    @property
    def piece(self) -> Product:
        parent: Product = self.variant.parent
        return parent

    @property
    def lead_time_days(self) -> int:
        """Days at the bench: none for what lies on the shelf, the shop's usual time where the maker gave none.

        A ship date is a promise by law (16 CFR 435), so an unknown time is never taken for none.
        """
        if self.record.policy == StockPolicy.STOCK or self.record.on_shelf >= self.line.quantity:
            return 0
        days = self.variant.lead_time_days
        return settings.DEFAULT_LEAD_TIME_DAYS if days is None else int(days)

    @property
    def line_total(self) -> Decimal:
        return self.unit_price * self.line.quantity


@dataclass(frozen=True, slots=True)
class BasketView:
    """Everything a basket answer needs."""

    basket: Basket
    lines: Sequence[PricedLine]
    problems: Sequence[Problem]
    options: Sequence[ShippingOption]
    totals: Totals

    @property
    def shipping_option(self) -> ShippingOption | None:
        return next((option for option in self.options if option.code == self.basket.shipping_option), None)


def get_basket(public_id: str, *, lock: bool = False) -> Basket:
    """The basket with this id that has not expired. Raises NotFound."""
    baskets = Basket.objects.select_for_update(no_key=True) if lock else Basket.objects.all()
    alive = Q(expires_at__gt=timezone.now()) | ~Q(status=Basket.OPEN)
    basket = baskets.filter(alive, public_id=public_id).first()
    if basket is None:
        raise NotFound
    return basket


def view_basket(basket: Basket) -> BasketView:
    """The basket at today's prices: three queries, however many lines."""
    lines = [_priced(line, is_open=basket.status == Basket.OPEN) for line in _lines(basket)]
    problems = [problem for line in lines for problem in line_problems(line)] if basket.status == Basket.OPEN else []
    return assemble(basket, lines, problems)


def assemble(basket: Basket, lines: Sequence[PricedLine], problems: Sequence[Problem]) -> BasketView:
    """The view over lines that are already priced."""
    line_totals = [line.line_total for line in lines]
    options = options_for(
        items_total=sum(line_totals, Decimal(0)),
        lead_time_days=max((line.lead_time_days for line in lines), default=0),
        address=basket.shipping_address,
    )
    chosen = next((option.price for option in options if option.code == basket.shipping_option), Decimal(0))
    totals = rules.totals(line_totals=line_totals, shipping=chosen if lines else Decimal(0))
    return BasketView(basket, lines, problems, options, totals)


def _lines(basket: Basket) -> QuerySet[Line]:
    ready = ProductImage.objects.filter(status=ImageStatus.READY)
    return (
        Line.objects.filter(basket=basket)
        .select_related("stockrecord", "product__parent__maker")
        .prefetch_related(Prefetch("product__parent__images", ready, to_attr="pictures"))
        .order_by("pk")
    )


def _priced(line: Line, *, is_open: bool) -> PricedLine:
    """Today's price while the basket is open; what was ordered afterwards."""
    seen: Decimal = line.price_excl_tax
    now = line.stockrecord.price if is_open else seen
    return PricedLine(line, line.product, line.stockrecord, now if now is not None else seen)


def line_problems(priced: PricedLine) -> list[Problem]:
    """What keeps the line from being ordered, or has changed since the shopper saw it."""
    line, record = priced.line, priced.record
    if not is_on_sale(priced.variant, record):
        return [Problem("unavailable", line.public_id, "This piece is not for sale any more.")]
    found = []
    if record.policy == StockPolicy.STOCK and record.on_shelf < line.quantity:
        code = "insufficient_stock" if record.on_shelf else "out_of_stock"
        found.append(Problem(code, line.public_id, f"{record.left_in_words}."))
    if priced.unit_price != line.price_excl_tax:
        change = f"The price changed from {line.price_excl_tax} to {priced.unit_price}."
        found.append(Problem("price_changed", line.public_id, change))
    return found


def is_on_sale(variant: Product, record: StockRecord) -> bool:
    piece = variant.parent
    shown = variant.is_public and piece.is_public and piece.maker.is_public
    return bool(shown and record.price is not None and record.price_currency == settings.CURRENCY)


def find_record(*, variant: str | None, sku: str | None) -> StockRecord:
    """The stock record of a variant on sale. Raises UnknownVariant and AmbiguousSku."""
    wanted: dict[str, Any] = {"product__public_id": variant} if variant else {"partner_sku": sku}
    candidates = StockRecord.objects.filter(**wanted).select_related("product__parent__maker").order_by("pk")[:100]
    records = [record for record in candidates if is_on_sale(record.product, record)]
    if not records:
        raise UnknownVariant
    if len(records) > 1:
        raise AmbiguousSku
    return records[0]


def expired_before(moment: datetime) -> QuerySet[Basket]:
    """Open baskets whose time is over."""
    return Basket.objects.filter(status=Basket.OPEN, expires_at__lt=moment)
