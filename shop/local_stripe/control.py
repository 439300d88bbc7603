"""What only a test may do, under /_control. Bodies and answers are JSON; only this machine is answered.

| request                                 | body, optional but for what is marked (must)                 |
|-----------------------------------------|--------------------------------------------------------------|
| POST reset                              | forgets everything; the webhook's url and secret stay        |
| GET, DELETE requests                    | the requests received under /v1                              |
| GET, DELETE faults                      | the faults still to come                                     |
| POST faults                             | action (must), method, path (regex), times=1, seconds,       |
|                                         | status, type, code, message                                  |
| POST down                               | mode: "close", "503", or null for up again                   |
| GET webhooks                            | the settings, what is pending, what was sent                 |
| POST webhooks                           | mode: "deliver" or "hold"; url; secret                       |
| POST webhooks/release                   | sends pending events at once, and answers what the endpoint  |
|                                         | said. ids (in this order) or types; order: "oldest_first",   |
|                                         | "newest_first", "shuffled"; copies=1; secret                 |
| POST webhooks/drop                      | ids or types; neither: all that is pending                   |
| POST webhooks/retry                     | makes failed deliveries due again                            |
| POST events/{id}/send                   | copies=1, secret: sends an event again                       |
| POST processing                         | delay (must): seconds until `processing` ends by itself;     |
|                                         | null for never                                               |
| POST payment_intents/{id}/finish        | ends `processing`. outcome: "succeed" or "fail"; neither: as |
|                                         | the payment method has it                                    |
| POST payment_intents/{id}/authenticate  | outcome: "pass" or "fail"                                    |
| POST refunds                            | next_status (must): what new refunds begin with              |
| POST refunds/{id}                       | status (must), failure_reason                                |
| POST disputes                           | payment_intent or charge (must), amount, reason              |
| POST disputes/{id}/close                | outcome (must): "won" or "lost"                              |
| POST accounts/{id}/onboard              |                                                              |
| POST clock                              | advance (must): seconds                                      |

Actions of a fault: "error" answers status (500), type, code and message without doing the work; "hang" waits
`seconds`, then works and answers; "hang_after" works, waits, then answers; "drop" closes the connection
before the work; "drop_after" does the work, keeps it, and closes the connection without an answer.
"""

import random
import re
from collections.abc import Callable
from typing import Any

from shop.local_stripe import accounts, disputes, paying, refunds
from shop.local_stripe.errors import Json, StripeError, missing_param
from shop.local_stripe.faults import Faults
from shop.local_stripe.state import State
from shop.local_stripe.webhooks import Deliverer, check_url

Action = Callable[["Control", list[str], Json], Any]


class Control:
    """The doors under /_control."""

    def __init__(self, state: State, faults: Faults, deliverer: Deliverer) -> None:
        self.state = state
        self.faults = faults
        self.deliverer = deliverer

    def answer(self, verb: str, path: str, body: Any) -> Any:
        """Do what a control request asks for, and return the JSON to answer."""
        for pattern, (names, action) in _ROUTES.items():
            found = pattern.fullmatch(f"{verb} {path}")
            if found:
                return action(self, list(found.groups()), _checked(body, names))
        raise StripeError(f"Unrecognized control URL ({verb}: {path}).", status=404)


def _checked(body: Any, names: str) -> Json:
    if not isinstance(body, dict):
        raise StripeError("The body must be a JSON object.")
    known = {name.rstrip("!") for name in names.split()}
    for name in body:
        if name not in known:
            raise StripeError(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    for name in names.split():
        if name.endswith("!") and name.rstrip("!") not in body:
            raise missing_param(name.rstrip("!"))
    return body


def _one_of(body: Json, name: str, allowed: tuple[Any, ...]) -> Any:
    value = body.get(name, allowed[0])
    if value not in allowed:
        raise StripeError(f"{name} must be one of {allowed}.", code="parameter_invalid_enum", param=name)
    return value


def _reset(control: Control, ids: list[str], body: Json) -> Json:
    target = control.state.setting("webhooks")
    with control.state.store.transaction():
        control.state.store.clear()
        control.state.change_setting("webhooks", url=target["url"], secret=target["secret"])
    control.faults.reset()
    control.deliverer.sent.clear()
    return {}


def _requests(control: Control, ids: list[str], body: Json) -> list[Json]:
    return list(control.faults.requests)


def _clear_requests(control: Control, ids: list[str], body: Json) -> Json:
    control.faults.requests.clear()
    return {}


def _faults(control: Control, ids: list[str], body: Json) -> list[Json]:
    return control.faults.coming()


def _clear_faults(control: Control, ids: list[str], body: Json) -> Json:
    control.faults.clear()
    return {}


def _add_fault(control: Control, ids: list[str], body: Json) -> Json:
    control.faults.add(body)
    return {}


def _down(control: Control, ids: list[str], body: Json) -> Json:
    control.faults.down = _one_of(body, "mode", (None, "close", "503"))
    return {"mode": control.faults.down}


def _webhooks(control: Control, ids: list[str], body: Json) -> Json:
    with control.state.store.transaction():
        pending = [
            {**delivery, "type": control.state.require("event", delivery["id"])["type"]}
            for delivery in control.state.store.all("delivery")
        ]
    return {**control.state.setting("webhooks"), "pending": pending, "sent": list(control.deliverer.sent)}


def _set_webhooks(control: Control, ids: list[str], body: Json) -> Json:
    if "mode" in body:
        _one_of(body, "mode", ("deliver", "hold"))
    if body.get("url"):
        check_url(body["url"])
    control.state.change_setting("webhooks", **body)
    control.state.news.set()
    return _webhooks(control, ids, {})


def _chosen(control: Control, body: Json) -> list[str]:
    """Return the ids of the pending events that a request is about."""
    pending = _webhooks(control, [], {})["pending"]
    if "ids" in body:
        known = {delivery["id"] for delivery in pending}
        return [event_id for event_id in body["ids"] if event_id in known]
    types = body.get("types")
    chosen = [delivery["id"] for delivery in pending if types is None or delivery["type"] in types]
    order = _one_of(body, "order", ("oldest_first", "newest_first", "shuffled"))
    if order == "shuffled":
        random.shuffle(chosen)
    return chosen[::-1] if order == "newest_first" else chosen


def _release(control: Control, ids: list[str], body: Json) -> list[Json]:
    return [
        {"id": event_id, "status": control.deliverer.deliver(event_id, body.get("secret"))}
        for event_id in _chosen(control, body)
        for _ in range(body.get("copies", 1))
    ]


def _drop(control: Control, ids: list[str], body: Json) -> Json:
    chosen = _chosen(control, body)
    with control.state.store.transaction():
        for event_id in chosen:
            control.state.store.delete("delivery", event_id)
    return {"dropped": chosen}


def _retry(control: Control, ids: list[str], body: Json) -> Json:
    control.deliverer.retry()
    return {}


def _send(control: Control, ids: list[str], body: Json) -> list[Json]:
    copies = range(body.get("copies", 1))
    return [{"id": ids[0], "status": control.deliverer.deliver(ids[0], body.get("secret"))} for _ in copies]


def _processing(control: Control, ids: list[str], body: Json) -> Json:
    return control.state.change_setting("processing", delay=body["delay"])


def _finish(control: Control, ids: list[str], body: Json) -> Json:
    outcome = _one_of(body, "outcome", (None, "succeed", "fail"))
    with control.state.store.transaction():
        intent = control.state.require("payment_intent", ids[0])
        if intent["status"] != "processing":
            raise StripeError(f"The intent is {intent['status']}, not processing.", status=409)
        return paying.finish_processing(control.state, intent, None if outcome is None else outcome == "succeed")


def _authenticate(control: Control, ids: list[str], body: Json) -> Json:
    outcome = _one_of(body, "outcome", ("pass", "fail"))
    with control.state.store.transaction():
        intent = control.state.require("payment_intent", ids[0])
        if intent["status"] != "requires_action":
            raise StripeError(f"The intent is {intent['status']}, not requires_action.", status=409)
        return paying.authenticated(control.state, intent, outcome == "pass")


def _refund_setting(control: Control, ids: list[str], body: Json) -> Json:
    _one_of(body, "next_status", refunds.STATUSES)
    return control.state.change_setting("refunds", next_status=body["next_status"])


def _refund(control: Control, ids: list[str], body: Json) -> Json:
    with control.state.store.transaction():
        return refunds.move(control.state, ids[0], body["status"], body.get("failure_reason"))


def _dispute(control: Control, ids: list[str], body: Json) -> Json:
    state = control.state
    with state.store.transaction():
        charge_id = body.get("charge") or state.named("payment_intent", body, "payment_intent")["latest_charge"]
        charge = state.require("charge", str(charge_id), "charge", status=400)
        amount = body["amount"] if "amount" in body else charge["amount_captured"]
        return disputes.open_dispute(state, charge["id"], amount, body.get("reason", "fraudulent"))


def _close_dispute(control: Control, ids: list[str], body: Json) -> Json:
    outcome = _one_of(body, "outcome", ("won", "lost"))
    with control.state.store.transaction():
        return disputes.settle(control.state, ids[0], won=outcome == "won")


def _onboard(control: Control, ids: list[str], body: Json) -> Json:
    with control.state.store.transaction():
        return accounts.onboard(control.state, ids[0])


def _clock(control: Control, ids: list[str], body: Json) -> Json:
    with control.state.store.transaction():
        offset = control.state.setting("clock")["offset"] + body["advance"]
        control.state.change_setting("clock", offset=offset)
    control.state.news.set()
    return {"now": control.state.now()}


_TABLE: dict[str, tuple[str, Action]] = {
    "POST reset": ("", _reset),
    "GET requests": ("", _requests),
    "DELETE requests": ("", _clear_requests),
    "GET faults": ("", _faults),
    "DELETE faults": ("", _clear_faults),
    "POST faults": ("action! method path times seconds status type code message", _add_fault),
    "POST down": ("mode", _down),
    "GET webhooks": ("", _webhooks),
    "POST webhooks": ("mode url secret", _set_webhooks),
    "POST webhooks/release": ("ids types order copies secret", _release),
    "POST webhooks/drop": ("ids types", _drop),
    "POST webhooks/retry": ("", _retry),
    "POST events/{id}/send": ("copies secret", _send),
    "POST processing": ("delay!", _processing),
    "POST payment_intents/{id}/finish": ("outcome", _finish),
    "POST payment_intents/{id}/authenticate": ("outcome", _authenticate),
    "POST refunds": ("next_status!", _refund_setting),
    "POST refunds/{id}": ("status! failure_reason", _refund),
    "POST disputes": ("payment_intent charge amount reason", _dispute),
    "POST disputes/{id}/close": ("outcome!", _close_dispute),
    "POST accounts/{id}/onboard": ("", _onboard),
    "POST clock": ("advance!", _clock),
}

_ROUTES = {
    re.compile(name.replace(" ", " /_control/").replace("{id}", "([^/]+)")): entry for name, entry in _TABLE.items()
}
