"""What every object needs: ids, the clock, saving, events."""

import secrets
import string
import threading
import time
from pathlib import Path
from typing import Any

from shop.local_stripe import contract
from shop.local_stripe.errors import Json, StripeError, missing, missing_param
from shop.local_stripe.store import Store

ALPHABET = string.ascii_letters + string.digits

PREFIXES = {
    "customer": "cus",
    "payment_intent": "pi",
    "payment_method": "pm",
    "charge": "ch",
    "refund": "re",
    "transfer": "tr",
    "transfer_reversal": "trr",
    "balance_transaction": "txn",
    "account": "acct",
    "dispute": "dp",
    "event": "evt",
}

MOST_METADATA = 50
LONGEST_METADATA_KEY = 40
LONGEST_METADATA_VALUE = 500

NO_REQUEST: Json = {"id": None, "idempotency_key": None}


class State:
    """The objects and the settings of one local Stripe."""

    def __init__(self, path: Path | None = None, url: str = "http://127.0.0.1") -> None:
        self.store = Store(path)
        self.url = url
        # What started the change, named by the events. Set and read inside a transaction only.
        self.request = NO_REQUEST
        # Set whenever there may be something new to deliver.
        self.news = threading.Event()

    def now(self) -> int:
        """Return the server's clock in seconds. A test can set it forward."""
        return int(self.moment())

    def moment(self) -> float:
        """Return the server's clock with its fraction of a second."""
        offset: float = self.setting("clock")["offset"]
        return time.time() + offset

    def setting(self, name: str) -> Json:
        """Return a group of settings; they live in the state and survive a restart."""
        return {**DEFAULT_SETTINGS[name], **(self.store.get("setting", name) or {}), "id": name}

    def change_setting(self, name: str, **values: Any) -> Json:
        """Change some of a group's settings and return the group."""
        changed = {**self.setting(name), **values}
        self.store.put("setting", changed)
        return changed

    def new(self, kind: str, **values: Any) -> Json:
        """Return a new object with an id and a date; it is not saved yet."""
        return {
            "id": new_id(PREFIXES[kind]),
            "object": kind,
            "created": self.now(),
            "livemode": False,
            **values,
        }

    def save(self, value: Json) -> Json:
        """Save an object under its own kind and return it."""
        self.store.put(value["object"], value)
        return value

    def require(self, kind: str, object_id: str, param: str = "id", status: int = 404) -> Json:
        """Return a copy of the object, or raise Stripe's resource_missing."""
        found = self.store.get(kind, object_id)
        if found is None:
            raise missing(kind, object_id, param, status)
        return found

    def named(self, kind: str, params: Json, param: str) -> Json:
        """Return the object that a parameter names, or raise."""
        if not params.get(param):
            raise missing_param(param)
        return self.require(kind, params[param], param, status=400)

    def emit(self, event_type: str, value: Json, before: Json | None = None) -> None:
        """Record an event about an object and queue its delivery. `before` is the object before an update."""
        data: Json = {"object": visible(value)}
        if before is not None:
            data["previous_attributes"] = _changed(visible(before), data["object"])
        target = self.setting("webhooks")["url"]
        event = self.new(
            "event",
            type=event_type,
            api_version=contract.API_VERSION,
            data=data,
            pending_webhooks=1 if target else 0,
            request=self.request,
        )
        self.save(event)
        if target:
            self.store.put("delivery", {"id": event["id"], "attempts": 0, "next_at": 0.0, "failed": False})
            self.news.set()


# The mode of the webhooks is deliver or hold. The delay of processing is in seconds, None waits for the test.
DEFAULT_SETTINGS: Json = {
    "clock": {"offset": 0},
    "webhooks": {"url": None, "secret": None, "mode": "deliver"},
    "processing": {"delay": None},
    "refunds": {"next_status": "succeeded"},
}


def new_id(prefix: str) -> str:
    """Return an id such as pi_ and 24 letters and digits."""
    return f"{prefix}_" + "".join(secrets.choice(ALPHABET) for _ in range(24))


def visible(value: Json) -> Json:
    """Return the object as it looks from outside: names with an underscore in front are our own notes."""
    return {key: part for key, part in value.items() if not key.startswith("_")}


def _changed(before: Json, after: Json) -> Json:
    return {key: part for key, part in before.items() if after.get(key) != part}


def merged_metadata(old: Json, params: Json) -> Json:
    """Return metadata after an update: given keys are set, a key given as "" goes, "" for all clears."""
    if "metadata" not in params:
        return old
    given = params["metadata"]
    if given in ("", {}):
        return {}
    merged = {**old, **given}
    _check_metadata(merged)
    return {key: value for key, value in merged.items() if value != ""}


def _check_metadata(metadata: Json) -> None:
    if len(metadata) > MOST_METADATA:
        raise StripeError(f"Metadata can have up to {MOST_METADATA} keys.", param="metadata")
    for key, value in metadata.items():
        param = f"metadata[{key}]"
        if not isinstance(value, str):
            raise StripeError(f"Invalid string: {param}", code="parameter_invalid_string", param=param)
        if len(key) > LONGEST_METADATA_KEY:
            raise StripeError(f"Metadata keys must be under {LONGEST_METADATA_KEY} characters long.", param=param)
        if len(value) > LONGEST_METADATA_VALUE:
            raise StripeError(
                f"Metadata values can have up to {LONGEST_METADATA_VALUE} characters.",
                code="parameter_invalid_string_too_long",
                param=param,
            )


def apply(value: Json, params: Json, fields: tuple[str, ...]) -> None:
    """Copy the given fields onto the object; "" unsets one. Metadata is merged."""
    for field in fields:
        if field in params:
            value[field] = None if params[field] == "" else params[field]
    value["metadata"] = merged_metadata(value["metadata"], params)
