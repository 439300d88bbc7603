"""The pages that Stripe would show in the browser: the bank's authentication, a maker's onboarding.

| page                                             |                                                  |
|--------------------------------------------------|--------------------------------------------------|
| GET  /_authenticate/{intent}                     | two buttons                                      |
| POST /_authenticate/{intent}[?outcome=fail]      | the buyer authenticates, or fails to             |
| GET  /_onboard/{token}                           | one button; the token is in the account link     |
| POST /_onboard/{token}                           | the maker's account is complete                  |

After a POST the browser goes on to the return_url, if there was one.
"""

import html
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from shop.local_stripe import accounts, paying
from shop.local_stripe.errors import Json, StripeError, missing
from shop.local_stripe.state import State


@dataclass(frozen=True)
class Page:
    """A page, or the way to another one."""

    text: str
    location: str | None = None


def show(state: State, verb: str, path: str, params: Json) -> Page:
    """Answer a request for a page."""
    name, _, object_id = path.strip("/").partition("/")
    with state.store.transaction():
        if name == "_authenticate":
            return _authenticate(state, verb, object_id, params)
        return _onboard(state, verb, object_id)


def _authenticate(state: State, verb: str, intent_id: str, params: Json) -> Page:
    intent = state.require("payment_intent", intent_id, "intent")
    if intent["status"] != "requires_action":
        raise StripeError("This payment does not wait for an authentication.", status=409)
    if verb == "GET":
        question = f"Pay {intent['amount'] / 100:.2f} {intent['currency'].upper()}?"
        return Page(_form(question, ("Complete", ""), ("Fail", "?outcome=fail")))
    passed = params.get("outcome") != "fail"
    intent = paying.authenticated(state, intent, passed)
    target = intent.get("_return_url")
    if not target:
        return Page(_text(f"This payment has the status {intent['status']}."))
    answer = {
        "payment_intent": intent["id"],
        "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if intent["status"] == "succeeded" else "failed",
    }
    return Page("", f"{target}{'&' if '?' in target else '?'}{urlencode(answer)}")


def _onboard(state: State, verb: str, token: str) -> Page:
    link = state.store.get("account_link", token)
    if link is None or link["expires_at"] < state.now():
        raise missing("account link", token)
    if verb == "GET":
        return Page(_form(f"Complete the account {link['account']}?", ("Complete", "")))
    accounts.onboard(state, link["account"])
    return Page("", link["return_url"])


def _form(question: str, *buttons: tuple[str, str]) -> str:
    rows = "".join(
        f'<form method="post" action="{html.escape(query)}"><button>{label}</button></form>' for label, query in buttons
    )
    return _text(question, rows)


def _text(text: str, rows: str = "") -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Local Stripe</title>'
        f"<h1>Local Stripe</h1><p>{html.escape(text)}</p>{rows}</html>"
    )


def header_value(location: str) -> str:
    """Return a location that is safe to write into a header."""
    return quote(location, safe=":/?#[]@!$&'()*+,;=%~-._")
