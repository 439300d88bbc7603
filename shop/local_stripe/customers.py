"""Customers."""

from shop.local_stripe.errors import Json, missing, unsupported
from shop.local_stripe.state import State, apply, merged_metadata

UNSUPPORTED = (
    "cash_balance",
    "payment_method",
    "source",
    "tax_id_data",
    "test_clock",
    "validate",
    "default_source",
)
FIELDS = ("address", "description", "email", "name", "phone", "preferred_locales", "shipping", "tax_exempt")


def create(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/customers"""
    _refuse_unsupported(params)
    customer = state.new(
        "customer",
        **dict.fromkeys(FIELDS),
        balance=params.get("balance", 0),
        currency=None,
        default_source=None,
        delinquent=False,
        discount=None,
        invoice_settings={},
        metadata=merged_metadata({}, params),
    )
    customer.update(preferred_locales=[], tax_exempt="none")
    apply(customer, params, FIELDS)
    state.save(customer)
    state.emit("customer.created", customer)
    return customer


def update(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/customers/{customer}"""
    _refuse_unsupported(params)
    customer = _living(state, ids[0])
    before = {**customer}
    apply(customer, params, (*FIELDS, "balance"))
    state.save(customer)
    state.emit("customer.updated", customer, before)
    return customer


def retrieve(state: State, ids: list[str], params: Json) -> Json:
    """GET /v1/customers/{customer}: a deleted customer is answered as deleted."""
    deleted = state.store.get("deleted_customer", ids[0])
    return deleted or state.require("customer", ids[0], "customer")


def delete(state: State, ids: list[str], params: Json) -> Json:
    """DELETE /v1/customers/{customer}"""
    customer = _living(state, ids[0])
    stub = {"id": customer["id"], "object": "customer", "deleted": True}
    state.store.put("deleted_customer", stub)
    state.store.delete("customer", customer["id"])
    state.emit("customer.deleted", customer)
    return stub


def _living(state: State, customer_id: str) -> Json:
    if state.store.get("deleted_customer", customer_id):
        raise missing("customer", customer_id, "customer")
    return state.require("customer", customer_id, "customer")


def _refuse_unsupported(params: Json) -> None:
    for name in UNSUPPORTED:
        if name in params:
            raise unsupported(name)
