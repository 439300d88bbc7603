"""Reading: one object, a page of a list, expanded references."""

import copy
import fnmatch
from collections.abc import Callable
from typing import Any

from shop.local_stripe.errors import Json, StripeError, missing
from shop.local_stripe.state import State, visible

Handler = Callable[[State, list[str], Json], Json]

MOST = 100
USUAL = 10
DEEPEST_EXPAND = 4
PAGING = {"limit", "starting_after", "ending_before", "expand", "created", "types", "delivery_success"}

# Which kind of object a field refers to.
REFERENCES = {
    "balance_transaction": ("balance_transaction",),
    "charge": ("charge",),
    "customer": ("customer",),
    "destination": ("account",),
    "failure_balance_transaction": ("balance_transaction",),
    "latest_charge": ("charge",),
    "payment_intent": ("payment_intent",),
    "payment_method": ("payment_method",),
    "source": ("charge", "refund", "transfer", "transfer_reversal", "dispute"),
    "source_transaction": ("charge",),
    "transfer": ("transfer",),
}


def retrieving(kind: str, param: str = "id") -> Handler:
    """Return a handler that answers one object of this kind."""

    def handler(state: State, ids: list[str], params: Json) -> Json:
        return state.require(kind, ids[-1], param)

    return handler


def listing(kind: str, url: str) -> Handler:
    """Return a handler that answers a page of this kind, newest first, filtered by the given parameters."""

    def handler(state: State, ids: list[str], params: Json) -> Json:
        return page([value for value in state.store.all(kind) if _wanted(value, params)], url, params)

    return handler


def page(values: list[Json], url: str, params: Json) -> Json:
    """Return Stripe's list object with the part of `values` (oldest first) that the cursors ask for."""
    limit = page_size(params)
    newest_first = values[::-1]
    if "ending_before" in params:
        older = newest_first[: _position(newest_first, params, "ending_before")]
        chosen, more = older[-limit:], len(older) > limit
    else:
        start = _position(newest_first, params, "starting_after") + 1 if "starting_after" in params else 0
        rest = newest_first[start:]
        chosen, more = rest[:limit], len(rest) > limit
    return {"object": "list", "url": url, "has_more": more, "data": chosen}


def page_size(params: Json) -> int:
    """Return how many objects a page may have."""
    limit: int = params.get("limit", USUAL)
    if not 1 <= limit <= MOST:
        raise StripeError(
            f"Invalid integer: limit must be between 1 and {MOST}",
            code="parameter_invalid_integer",
            param="limit",
        )
    return limit


def _position(values: list[Json], params: Json, param: str) -> int:
    for position, value in enumerate(values):
        if value["id"] == params[param]:
            return position
    raise missing("object", params[param], param, status=400)


def _wanted(value: Json, params: Json) -> bool:
    for name, wish in params.items():
        if name not in PAGING and not _matches(value.get(name), wish):
            return False
    if "types" in params and value["type"] not in params["types"]:
        return False
    return in_range(value["created"], params.get("created"))


def _matches(found: Any, wish: Any) -> bool:
    if isinstance(wish, str) and isinstance(found, str) and "*" in wish:
        return fnmatch.fnmatchcase(found, wish)
    return bool(found == wish)


def in_range(moment: int, wish: Any) -> bool:
    """Tell whether a moment is the wished one, or within {"gt": ..., "lte": ...}."""
    if wish is None:
        return True
    if isinstance(wish, int):
        return moment == wish
    tests = {
        "gt": moment > wish.get("gt", moment - 1),
        "gte": moment >= wish.get("gte", moment),
        "lt": moment < wish.get("lt", moment + 1),
        "lte": moment <= wish.get("lte", moment),
    }
    return all(tests.values())


def shown(state: State, value: Json, expand: list[str]) -> Json:
    """Return the object or list as the answer shows it, with the wished references expanded."""
    if value.get("object") in ("list", "search_result"):
        answer = {**value, "data": [visible(part) for part in value["data"]]}
    else:
        answer = visible(value)
    if expand:
        answer = copy.deepcopy(answer)
    for path in expand:
        parts = path.split(".")
        if len(parts) > DEEPEST_EXPAND:
            raise StripeError(f"You cannot expand more than {DEEPEST_EXPAND} levels of a property.", param="expand")
        _expand(state, answer, parts, path)
    return answer


def _expand(state: State, value: Any, parts: list[str], path: str) -> None:
    if isinstance(value, list):
        for position, part in enumerate(value):
            value[position] = dict(part)
            _expand(state, value[position], parts, path)
        return
    name, rest = parts[0], parts[1:]
    if isinstance(value.get(name), str):
        value[name] = _referred(state, name, value[name], path)
    elif name == "refunds" and value.get("object") == "charge":
        value[name] = _refunds_of(state, value)
    elif name not in value or not isinstance(value[name], dict | list | None):
        raise _not_expandable(path)
    if rest and value[name] is not None:
        _expand(state, value[name], rest, path)


def _referred(state: State, name: str, object_id: str, path: str) -> Json:
    for kind in REFERENCES.get(name, ()):
        found = state.store.get(kind, object_id)
        if found:
            return visible(found)
    raise _not_expandable(path)


def _refunds_of(state: State, charge: Json) -> Json:
    refunds = [visible(refund) for refund in state.store.all("refund") if refund["charge"] == charge["id"]]
    return page(refunds, f"/v1/charges/{charge['id']}/refunds", {})


def _not_expandable(path: str) -> StripeError:
    return StripeError(f"This property cannot be expanded ({path}).", param="expand")
