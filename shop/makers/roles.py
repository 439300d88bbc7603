"""The one table: role -> permissions. Pure; readable at GET /v1/studio/roles."""

from collections.abc import Iterable
from dataclasses import dataclass

# What may be done for a maker. A door names one of these; a key's scopes are some of them.
PERMISSIONS: dict[str, str] = {
    "maker.read": "See the maker's own page as the team does.",
    "maker.edit": "Change the maker's page, open or close it, demand the second factor.",
    "team.read": "See who is on the team, and open invitations.",
    "team.manage": "Invite, give and take roles, remove members.",
    "ownership.transfer": "Hand the maker over to another member.",
    "keys.manage": "See, make, rotate and revoke secret keys.",
    "storefronts.read": "See the maker's storefronts.",
    "storefronts.manage": "Open, change and close the maker's storefronts.",
    "audit.read": "See who did what.",
    "products.read": "See pieces, published or not, with stock.",
    "products.edit": "Create and change pieces, variants, prices and pictures.",
    "collections.edit": "Make, change, publish and delete collections.",
    "products.publish": "Put pieces on sale and take them off.",
    "payments.receive": "Mark a payment by hand (bank transfer, cash, invoice) as received.",
    "offers.read": "See offers and vouchers, and how often they have been used.",
    "offers.manage": "Make, change and end offers and vouchers.",
    "stock.edit": "Count stock and say how a variant is sold.",
    "orders.read": "See what was sold: the maker's own lines, where they go, its money, refunds and disputes.",
    "orders.refund": "Give money back, cancel paid orders, put pieces back on the shelf.",
    "orders.review": "See which orders are held for review, let them go, or cancel and refund them.",
}

# A key that could make keys or members would outlive whoever made it.
NOT_FOR_KEYS = frozenset({"team.manage", "ownership.transfer", "keys.manage"})
SCOPES: tuple[str, ...] = tuple(name for name in PERMISSIONS if name not in NOT_FOR_KEYS)

OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Role:
    """What somebody is on a team."""

    code: str
    label: str
    permissions: frozenset[str]


_EVERYBODY = frozenset({"maker.read", "team.read", "products.read"})


def _role(code: str, label: str, *more: str) -> Role:
    return Role(code, label, _EVERYBODY | frozenset(more))


ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        Role(OWNER, "Owner", frozenset(PERMISSIONS)),
        Role("manager", "Manager", frozenset(PERMISSIONS) - {"ownership.transfer"}),
        _role("bench_jeweler", "Bench jeweler", "products.edit", "stock.edit", "collections.edit", "orders.read"),
        _role("stock_keeper", "Stock keeper", "stock.edit", "orders.read"),
        _role("sales_associate", "Sales associate", "storefronts.read", "orders.read", "payments.receive"),
        _role(
            "marketer",
            "Marketer",
            "products.edit",
            "products.publish",
            "collections.edit",
            "storefronts.read",
            "storefronts.manage",
            "offers.read",
            "offers.manage",
        ),
        _role("instructor", "Instructor"),
        _role("bookkeeper", "Bookkeeper", "audit.read", "orders.read", "payments.receive"),
    )
}


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """What these roles may do together. A role that is not in the table any more gives nothing."""
    return frozenset[str]().union(*(ROLES[role].permissions for role in roles if role in ROLES))


def may_grant(own: Iterable[str], granted: Iterable[str]) -> bool:
    """Nobody gives what they do not have."""
    return permissions_of(granted) <= permissions_of(own)
