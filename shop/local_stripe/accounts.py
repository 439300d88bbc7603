"""Connected accounts and the links that onboard them."""

import secrets

from shop.local_stripe.errors import Json, missing_param, unsupported
from shop.local_stripe.state import State, apply, merged_metadata

UNSUPPORTED = ("account_token", "documents", "external_account", "groups")
LINK_LIFETIME = 300
DUE = ["business_profile.url", "external_account", "tos_acceptance.date", "tos_acceptance.ip"]
FIELDS = (
    "business_profile",
    "business_type",
    "company",
    "default_currency",
    "email",
    "individual",
    "settings",
)


def create(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/accounts"""
    _refuse_unsupported(params)
    account = state.new(
        "account",
        business_profile=None,
        business_type=None,
        capabilities={},
        charges_enabled=False,
        controller={"type": "application", "is_controller": True, **params.get("controller", {})},
        country=params.get("country", "US"),
        default_currency="usd",
        details_submitted=False,
        email=None,
        external_accounts={
            "object": "list",
            "data": [],
            "has_more": False,
            "url": "/v1/accounts/external_accounts",
        },
        future_requirements=_requirements([]),
        metadata=merged_metadata({}, params),
        payouts_enabled=False,
        requirements=_requirements(DUE),
        settings={},
        tos_acceptance={},
        type=params.get("type", "none" if "controller" in params else "standard"),
    )
    account.pop("livemode")
    apply(account, params, FIELDS)
    _request_capabilities(account, params)
    return state.save(account)


def update(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/accounts/{account}"""
    _refuse_unsupported(params)
    account = state.require("account", ids[0], "account")
    before = {**account, "capabilities": dict(account["capabilities"])}
    apply(account, params, FIELDS)
    _request_capabilities(account, params)
    state.save(account)
    state.emit("account.updated", account, before)
    return account


def onboard(state: State, account_id: str) -> Json:
    """The maker has told Stripe everything: the account works from now on."""
    account = state.require("account", account_id, "account")
    before = {**account}
    account.update(details_submitted=True, charges_enabled=True, payouts_enabled=True, requirements=_requirements([]))
    wanted = {*account["capabilities"], "transfers"}
    account["capabilities"] = dict.fromkeys(sorted(wanted), "active")
    state.save(account)
    state.emit("account.updated", account, before)
    return account


def create_link(state: State, ids: list[str], params: Json) -> Json:
    """POST /v1/account_links"""
    account = state.named("account", params, "account")
    for name in ("refresh_url", "return_url"):
        if not params.get(name):
            raise missing_param(name)
    token = secrets.token_hex(12)
    now = state.now()
    link = {"id": token, "account": account["id"], "return_url": params["return_url"]}
    state.store.put("account_link", {**link, "expires_at": now + LINK_LIFETIME})
    return {
        "object": "account_link",
        "created": now,
        "expires_at": now + LINK_LIFETIME,
        "url": f"{state.url}/_onboard/{token}",
    }


def _refuse_unsupported(params: Json) -> None:
    for name in UNSUPPORTED:
        if name in params:
            raise unsupported(name)


def _request_capabilities(account: Json, params: Json) -> None:
    """A requested capability is active once the account is onboarded."""
    status = "active" if account["details_submitted"] else "inactive"
    for name, wish in params.get("capabilities", {}).items():
        if wish.get("requested"):
            account["capabilities"].setdefault(name, status)


def _requirements(due: list[str]) -> Json:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": due,
        "disabled_reason": "requirements.past_due" if due else None,
        "errors": [],
        "eventually_due": due,
        "past_due": due,
        "pending_verification": [],
    }
