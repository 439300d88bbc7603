"""The search of payment intents, a part of Stripe's search language: clauses joined by AND."""

import re

from shop.local_stripe.errors import Json, StripeError
from shop.local_stripe.reading import page_size
from shop.local_stripe.state import State

CLAUSE = re.compile(
    r"""\s*(?P<no>-)?
    (?:metadata\[["'](?P<key>[^"']+)["']\]|(?P<field>amount|created|currency|customer|status))
    (?P<sign>:|>=|<=|>|<)
    (?:["'](?P<text>(?:[^"'\\]|\\.)*)["']|(?P<number>[0-9]+)|(?P<null>null))\s*""",
    re.VERBOSE,
)
AND = re.compile(r"\s*AND\s+", re.IGNORECASE)


def payment_intents(state: State, ids: list[str], params: Json) -> Json:
    """GET /v1/payment_intents/search. Stripe may need a minute to find a new object, this server does not."""
    clauses = _clauses(params["query"])
    found = [
        intent
        for intent in reversed(state.store.all("payment_intent"))
        if all(_holds(clause, intent) for clause in clauses)
    ]
    start, limit = _start(params), page_size(params)
    more = len(found) > start + limit
    return {
        "object": "search_result",
        "url": "/v1/payment_intents/search",
        "has_more": more,
        "next_page": str(start + limit) if more else None,
        "data": found[start : start + limit],
    }


def _start(params: Json) -> int:
    page = params.get("page", "0")
    if not page.isdecimal():
        raise StripeError("Invalid page.", param="page")
    return int(page)


def _clauses(query: str) -> list[re.Match[str]]:
    clauses, position = [], 0
    while True:
        clause = CLAUSE.match(query, position)
        if not clause:
            raise StripeError(
                "The local Stripe searches metadata['key']:'value', status, currency, customer, amount and "
                "created, joined by AND.",
                param="query",
            )
        clauses.append(clause)
        if clause.end() == len(query):
            return clauses
        joint = AND.match(query, clause.end())
        position = joint.end() if joint else len(query)


def _holds(clause: re.Match[str], intent: Json) -> bool:
    found = intent["metadata"].get(clause["key"]) if clause["key"] else intent[clause["field"]]
    return _compare(clause, found) != bool(clause["no"])


def _compare(clause: re.Match[str], found: object) -> bool:
    if clause["null"]:
        return found is None
    if clause["number"] and isinstance(found, int):
        wish = int(clause["number"])
        signs = {">": found > wish, "<": found < wish, ">=": found >= wish, "<=": found <= wish}
        return signs.get(clause["sign"], found == wish)
    wish_text = clause["number"] or re.sub(r"\\(.)", r"\1", clause["text"] or "")
    return clause["sign"] == ":" and str(found) == wish_text
