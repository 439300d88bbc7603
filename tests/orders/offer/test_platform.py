"""The platform's own offers and vouchers, by command; and its groups of customers, by its operators."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from orders.offer.models import ConditionalOffer
from tests.api import Api
from tests.factories import make_maker, make_offer, make_piece

pytestmark = pytest.mark.django_db


def run(tmp_path: Path, what: str, body: Any) -> str:
    file = tmp_path / "given.json"
    file.write_text(json.dumps(body))
    out = StringIO()
    call_command("platform_offers", what, str(file), stdout=out)
    return out.getvalue().strip()


def test_made_and_ended(api: Api, tmp_path: Path) -> None:
    make_piece("brooch", maker=make_maker("birch"))
    body = {"label": "All", "benefit": {"kind": "percentage", "percent": "50"}, "by_voucher": True}
    offer = run(tmp_path, "create-offer", body)
    voucher = run(tmp_path, "create-voucher", {"code": "SUMMER", "offers": [offer]})
    basket = api.basket(BROOCH_1=1)
    path = f"/store/baskets/{basket['id']}"
    assert api.post(f"{path}/vouchers", {"code": "SUMMER"}).json()["totals"]["total"]["amount"] == "90.00"
    call_command("platform_offers", "end-voucher", voucher, stdout=StringIO())
    assert api.get(path).json()["vouchers"][0]["problem"] == "voucher_expired"
    call_command("platform_offers", "end-offer", offer, stdout=StringIO())
    assert ConditionalOffer.objects.get().ended_at


@pytest.mark.parametrize(
    ("what", "body", "words"),
    [
        ("create-offer", {"label": "All"}, "benefit"),
        ("create-offer", [], "Invalid data"),
        ("create-voucher", {"code": "SUMMER", "offers": ["off_unknown"]}, "off_unknown"),
    ],
)
def test_what_is_not_right_is_said(tmp_path: Path, what: str, body: Any, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(tmp_path, what, body)


def test_a_makers_is_not_the_platforms_to_end() -> None:
    offer = make_offer(maker=make_maker())
    with pytest.raises(CommandError):
        call_command("platform_offers", "end-offer", offer.public_id)
    with pytest.raises(CommandError, match="No such file"):
        call_command("platform_offers", "create-offer", "/nowhere.json")
