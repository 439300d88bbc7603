"""Every mail there is: what its templates are told, by example. The previews show these."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

EXPIRES = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
TOKEN = "tok_2c8n4v7k0q5x9m3h6w1r8d"  # noqa: S105  an example
SHOP = "https://alder.example"

NUMBER = "7K3M-92QX-H4TD"
WAY_TO_ORDER = {
    "number": NUMBER,
    "link": f"{SHOP}/orders/{NUMBER}?token={TOKEN}",
    "token": TOKEN,
    "good_until": datetime(2026, 6, 7, 12, 0, tzinfo=UTC),
}
RING = {"quantity": "1", "title": "Moon ring", "details": ["Metal: 14k yellow gold"], "amount": "$1,250.00"}
TO_PAY = {
    **WAY_TO_ORDER,
    "link": f"{SHOP}/pay/{NUMBER}?token={TOKEN}",
    "lines": [RING],
    "due": "$1,262.00",
    # None where a part is paid: the order then does not end by itself.
    "hold_until": EXPIRES,
    # The storefront's own words, where no card is asked for.
    "instructions": ["Transfer the amount to Alder & Anvil, account 12-3456-7.", f"Write {NUMBER} on it."],
}
DELIVERY = {"shipping": "Insured ground, 3-5 days", "carrier": "USPS", "ship_by": date(2026, 4, 6)}
SHIP_TO = ["Ada Lovelace", "1 Main Street", "Portland, OR 97201", "US"]

# Each line of a mail's context: strings are put on one line, times are shown in UTC. A link is "" where the storefront
# has no address for it; the key, code or token then does.
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "verify_email": {"link": f"{SHOP}/verify?key=MQ%3A1vKx3d%3AfQ7", "key": "MQ:1vKx3d:fQ7"},
    "password_reset": {"link": f"{SHOP}/reset?key=4-cz2k1p-93f1", "key": "4-cz2k1p-93f1"},
    "already_registered": {},
    # A sentence of its own.
    "security_notice": {"what": "Your password was changed."},
    "sign_in_code": {"code": "KT7-2QX"},
    "invitation": {
        "maker_name": "Alder & Anvil",
        "inviter_name": "Ada Lovelace",
        "roles": ["Bench jeweler", "Stock keeper"],
        "link": f"{SHOP}/invitation?token={TOKEN}",
        "token": TOKEN,
        "expires_at": EXPIRES,
    },
    "ownership_offer": {"maker_name": "Alder & Anvil", "giver_name": "Ada Lovelace", "expires_at": EXPIRES},
    "order_link": WAY_TO_ORDER,
    "order_placed": {
        **TO_PAY,
        **DELIVERY,
        "totals": [
            {"label": "Pieces", "amount": "$1,250.00"},
            {"label": "Shipping", "amount": "$12.00"},
            {"label": "Total", "amount": "$1,262.00"},
        ],
    },
    "order_reminder": TO_PAY,
    "order_paid": {
        **WAY_TO_ORDER,
        **DELIVERY,
        "placed_at": EXPIRES,
        "lines": [
            {
                "quantity": "1",
                "title": "Moon ring",
                "details": [
                    "Metal: 14k yellow gold",
                    "Ring size: 7",
                    "Inside of the band: Ada & Charles, 'til the stars go out",
                    "Made by: Alder & Anvil",
                    "Made to order: about 21 days",
                    "Final sale: it cannot be returned",
                ],
                "amount": "$1,250.00",
            },
            {"quantity": "2", "title": "Polishing cloth", "details": ["Made by: Alder & Anvil"], "amount": "$10.00"},
        ],
        "totals": [
            {"label": "Pieces", "amount": "$1,260.00"},
            {"label": "A welcome (WELCOME)", "amount": "-$10.00"},
            {"label": "Shipping", "amount": "$12.00"},
            {"label": "Total", "amount": "$1,262.00"},
            {"label": "Paid", "amount": "$1,262.00"},
        ],
        "ship_to": SHIP_TO,
        # "" where there is none.
        "gift_note": "Happy birthday!",
    },
    "order_lapsed": {**WAY_TO_ORDER, "lines": [RING]},
    # Whether there is money to go back.
    "order_cancelled": {**WAY_TO_ORDER, "lines": [RING], "was_paid": True},
    "order_refunded": {
        **WAY_TO_ORDER,
        "amount": "$1,262.00",
        # What it is for; of money that came too late nothing.
        "parts": [
            {"label": "1 x Moon ring (Metal: 14k yellow gold)", "amount": "$1,250.00"},
            {"label": "Shipping", "amount": "$12.00"},
        ],
        "is_late": False,
    },
    "order_shipped": {**WAY_TO_ORDER, **DELIVERY, "lines": [RING], "ship_to": SHIP_TO},
}
