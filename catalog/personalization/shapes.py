"""How a piece's options, and what was asked of one, look outside."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from catalog.personalization import links
from catalog.personalization.models import Upload
from catalog.personalization.rules import PERCENT
from shop import money

Option = Mapping[str, Any]


def offered(options: Iterable[Option], currency: str) -> list[dict[str, Any]]:
    """The options as shoppers and makers see them: prices as money, a percentage as it is."""
    return [_option(option, currency) for option in options]


def _option(option: Option, currency: str) -> dict[str, Any]:
    return {
        **{name: option[name] for name in ("code", "label", "help", "kind", "required", "limits")},
        "choices": [{**choice, "price": _money(choice["price"], currency)} for choice in option["choices"]],
        "price": _price(option["price"], currency),
        "lead_time_days": option["lead_time_days"],
        "final_sale": option["final_sale"],
    }


def _price(price: Mapping[str, str] | None, currency: str) -> dict[str, Any] | None:
    if price is None:
        return None
    percent = price["kind"] == PERCENT
    return {
        "kind": price["kind"],
        "amount": None if percent else _money(price["amount"], currency),
        "percent": price["amount"] if percent else None,
    }


def _money(amount: str | None, currency: str) -> money.MoneyShape | None:
    return None if amount is None else money.shape(Decimal(amount), currency)


def chosen(wishes: Iterable[Mapping[str, Any]], currency: str) -> list[dict[str, Any]]:
    """The wishes of a line, with what each adds to the price of one piece."""
    return [
        {
            **{name: wish[name] for name in ("option", "label", "kind", "value", "value_label")},
            "font": wish.get("font"),
            "file": _file(wish),
            "price": money.shape(Decimal(wish["price"]), currency),
        }
        for wish in wishes
    ]


def _file(wish: Mapping[str, Any]) -> dict[str, str] | None:
    """Of a wish that is an upload, and is there still."""
    content_type = wish.get("content_type")
    return {"url": links.url(wish["value"]), "content_type": content_type} if wish["value"] and content_type else None


def upload(row: Upload) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "content_type": row.content_type,
        "bytes": row.bytes,
        "width": row.width,
        "height": row.height,
        "url": links.url(row.public_id),
        "url_expires_at": links.expiry(),
    }
