"""Transfers to connected accounts, and their reversals."""

from shop.local_stripe import charges
from shop.local_stripe.errors import Json, Refused, StripeError, missing, missing_param
from shop.local_stripe.reading import page
from shop.local_stripe.state import State, apply, merged_metadata, new_id


def create(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/transfers"""
    if "amount" not in params:
        raise missing_param("amount")
    amount = params["amount"]
    if amount < 1:
        raise StripeError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    _check_destination(state, params["destination"])
    group = params.get("transfer_group")
    if params.get("source_transaction"):
        charge = _check_source(state, params, amount)
        group = group or charge["transfer_group"] or f"group_{charge['payment_intent']}"
    elif amount > charges.balance(state, params["currency"]):
        raise Refused("You have insufficient available funds in your Stripe account.", code="balance_insufficient")
    return _save_new(state, params, amount, group)


def _save_new(state: State, params: Json, amount: int, group: str | None) -> Json:
    transfer = state.new(
        "transfer",
        amount=amount,
        amount_reversed=0,
        currency=params["currency"],
        description=params.get("description"),
        destination=params["destination"],
        destination_payment=new_id("py"),
        metadata=merged_metadata({}, params),
        reversed=False,
        source_transaction=params.get("source_transaction"),
        source_type=params.get("source_type", "card"),
        transfer_group=group,
    )
    transfer["balance_transaction"] = charges.book(state, transfer, "transfer", -amount)
    transfer["reversals"] = page([], _reversals_url(transfer["id"]), {})
    state.save(transfer)
    state.emit("transfer.created", transfer)
    return transfer


def _check_destination(state: State, account_id: str) -> None:
    account = state.store.get("account", account_id)
    if account is None:
        raise missing("destination", account_id, "destination", status=400)
    if account["capabilities"].get("transfers") != "active":
        raise Refused(
            "Your destination account needs to have at least one of the following capabilities enabled: "
            "transfers, crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
            param="destination",
        )


def _check_source(state: State, params: Json, amount: int) -> Json:
    charge = state.named("charge", params, "source_transaction")
    if params["currency"] != charge["currency"]:
        raise StripeError("The currency of source_transaction's balance transaction must match.", param="currency")
    left = charges.refundable(charge) - _transferred(state, charge["id"])
    if amount > left:
        raise Refused(
            f"The transfer amount ({amount}) exceeds what is left of the source charge ({max(left, 0)}).",
            code="transfer_source_balance_parameters_mismatch" if left < 0 else "balance_insufficient",
            param="amount",
        )
    return charge


def _transferred(state: State, charge_id: str) -> int:
    return sum(
        transfer["amount"] - transfer["amount_reversed"]
        for transfer in state.store.all("transfer")
        if transfer["source_transaction"] == charge_id
    )


def update(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/transfers/{transfer}"""
    transfer = state.require("transfer", ids[0], "transfer")
    before = {**transfer}
    apply(transfer, params, ("description",))
    state.save(transfer)
    state.emit("transfer.updated", transfer, before)
    return transfer


def reverse(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/transfers/{id}/reversals"""
    transfer = state.require("transfer", ids[0])
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = params.get("amount", left)
    if left == 0:
        raise Refused(f"Transfer {transfer['id']} is already fully reversed.", param="id")
    if amount < 1:
        raise StripeError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise Refused(
            f"Reversal amount ({amount}) is greater than unreversed amount on transfer ({left})",
            param="amount",
        )
    reversal = _new_reversal(state, transfer, amount, params)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    _include_reversals(state, transfer)
    state.emit("transfer.reversed", transfer)
    return reversal


def _new_reversal(state: State, transfer: Json, amount: int, params: Json) -> Json:
    reversal = state.new(
        "transfer_reversal",
        amount=amount,
        currency=transfer["currency"],
        destination_payment_refund=new_id("pyr"),
        metadata=merged_metadata({}, params),
        source_refund=None,
        transfer=transfer["id"],
    )
    reversal.pop("livemode")
    reversal["balance_transaction"] = charges.book(state, reversal, "transfer_refund", amount)
    return state.save(reversal)


def reversals(state: State, ids: list[str], params: Json) -> Json:
    """GET /v1/transfers/{id}/reversals"""
    state.require("transfer", ids[0])
    return page(_reversals_of(state, ids[0]), _reversals_url(ids[0]), params)


def reversal(state: State, ids: list[str], params: Json) -> Json:
    """GET /v1/transfers/{transfer}/reversals/{id}"""
    found = state.require("transfer_reversal", ids[1])
    if found["transfer"] != ids[0]:
        raise missing("transfer_reversal", ids[1])
    return found


def update_reversal(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/transfers/{transfer}/reversals/{id}"""
    changed = reversal(state, ids, {})
    changed["metadata"] = merged_metadata(changed["metadata"], params)
    state.save(changed)
    _include_reversals(state, state.require("transfer", ids[0]))
    return changed


def _include_reversals(state: State, transfer: Json) -> None:
    """A transfer carries the first page of its reversals."""
    transfer["reversals"] = page(_reversals_of(state, transfer["id"]), _reversals_url(transfer["id"]), {})
    state.save(transfer)


def _reversals_of(state: State, transfer_id: str) -> list[Json]:
    return [value for value in state.store.all("transfer_reversal") if value["transfer"] == transfer_id]


def _reversals_url(transfer_id: str) -> str:
    return f"/v1/transfers/{transfer_id}/reversals"
