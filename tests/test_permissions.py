"""Who may do what: every route x every kind of caller. A route without a row fails; denied means nothing changed.

Three tables: what a capability opens (TABLE), what any person who signed in may (PERSONAL), what a place on a team or
a key's scope allows (STUDIO). A new role or scope is a name in tests/people.py.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.http import HttpResponse
from django.test import override_settings

from shop.audit.models import AuditEntry
from shop.doors import ANYONE, SIGNED_IN, Door
from shop.makers.roles import PERMISSIONS
from shop.makers.roles import ROLES as MAKER_ROLES
from shop.makers.roles import SCOPES as KEY_SCOPES
from tests.api import Api
from tests.factories import make_user
from tests.fakes.local_stripe import LocalStripe
from tests.people import SCOPES, SMUGGLER, STRANGERS, TEAM, Customers, Studio, make_customers, make_studio, undone
from tests.routes import Route, routes
from tests.scene import (
    HOOK,
    Thing,
    content_type_for,
    encoded,
    filled,
    headers_for,
    make_thing,
    open_shop,
    signed,
    snapshot,
)

pytestmark = pytest.mark.django_db

# anonymous  knows addresses and order numbers, has no token, and guesses ids
# holder     knows the basket's id and the order's token
# other      has a basket and an order of their own, and tries them on somebody else's
# expired    is the holder, too late
# forged     has the basket's id and the order's token with one character changed
ROLES = ("anonymous", "holder", "other", "expired", "forged")

# fmt: off
TABLE = {
    # what                                                        anonymous holder other expired forged
    "GET /v1/health":                                                 (200, 200, 200, 200, 200),
    "GET /v1/openapi.json":                                           (200, 200, 200, 200, 200),
    "GET /v1/docs":                                                   (200, 200, 200, 200, 200),
    "GET /v1/docs/errors":                                            (200, 200, 200, 200, 200),
    "GET /v1/store/products":                                         (200, 200, 200, 200, 200),
    "GET /v1/store/products/<str:slug>":                              (200, 200, 200, 200, 200),
    "GET /v1/store/products/<str:slug>/related":                      (200, 200, 200, 200, 200),
    "GET /v1/store/products/<str:slug>/json-ld":                      (200, 200, 200, 200, 200),
    "GET /v1/store/sitemap.xml":                                      (200, 200, 200, 200, 200),
    "GET /v1/store/search/suggestions":                               (200, 200, 200, 200, 200),
    "GET /v1/store/categories":                                       (200, 200, 200, 200, 200),
    "GET /v1/store/product-types":                                    (200, 200, 200, 200, 200),
    "GET /v1/store/makers":                                           (200, 200, 200, 200, 200),
    "GET /v1/store/makers/<str:slug>":                                (200, 200, 200, 200, 200),
    "GET /v1/store/ring-sizes":                                       (200, 200, 200, 200, 200),
    "GET /v1/store/collections":                                      (200, 200, 200, 200, 200),
    "GET /v1/store/collections/<str:slug>":                           (200, 200, 200, 200, 200),
    "GET /v1/store/storefront":                                       (200, 200, 200, 200, 200),
    # Always the same answer: a mail goes out, or none.
    "POST /v1/store/orders/lookup":                                   (202, 202, 202, 202, 202),
    # The token in the mail is the capability; these bring a made-up one.
    "POST /v1/studio/invitations/look":                               (404, 404, 404, 404, 404),
    "POST /v1/store/baskets":                                         (201, 201, 201, 201, 201),
    # Whoever knows a basket's id has the basket: another's own id opens another's own basket.
    "GET /v1/store/baskets/<str:basket_id>":                          (404, 200, 200, 404, 404),
    "PATCH /v1/store/baskets/<str:basket_id>":                        (404, 200, 200, 404, 404),
    "POST /v1/store/baskets/<str:basket_id>/lines":                   (404, 201, 201, 404, 404),
    "PATCH /v1/store/baskets/<str:basket_id>/lines/<str:line_id>":    (404, 200, 404, 404, 404),
    "DELETE /v1/store/baskets/<str:basket_id>/lines/<str:line_id>":   (404, 200, 404, 404, 404),
    "POST /v1/store/baskets/<str:basket_id>/vouchers":                (404, 201, 201, 404, 404),
    "DELETE /v1/store/baskets/<str:basket_id>/vouchers/<str:code>":   (404, 200, 200, 404, 404),
    "POST /v1/store/baskets/<str:basket_id>/uploads":                 (404, 201, 201, 404, 404),
    # The link is signed; it ends after a day.
    "GET /v1/store/uploads/<str:token>":                              (404, 200, 200, 404, 404),
    "GET /v1/store/baskets/<str:basket_id>/shipping-options":         (404, 200, 200, 404, 404),
    "POST /v1/store/baskets/<str:basket_id>/checkout":                (404, 201, 201, 404, 404),
    "GET /v1/store/orders/<str:number>":                              (401, 200, 404, 401, 404),
    "PATCH /v1/store/orders/<str:number>":                            (401, 200, 404, 401, 404),
    "POST /v1/store/orders/<str:number>/cancel":                      (401, 200, 404, 401, 404),
    "POST /v1/store/orders/<str:number>/payments":                    (401, 201, 404, 401, 404),
    "POST /v1/store/orders/<str:number>/payments/<str:payment_id>/refresh": (401, 200, 404, 401, 404),
    # Here the capability is the signature over the body.
    "POST /v1/hooks/stripe":                                          (400, 200, 400, 400, 400),
}
# fmt: on

# What any person who signed in may: nobody else, and no key. Things in the path are their own.
PERSONAL: dict[str, int] = {
    "GET /v1/studio/roles": 200,
    "GET /v1/studio/makers": 200,
    "POST /v1/studio/makers": 201,
    "POST /v1/studio/invitations/accept": 201,
    "GET /v1/store/customer": 200,
    "PATCH /v1/store/customer": 200,
    "GET /v1/store/customer/addresses": 200,
    "POST /v1/store/customer/addresses": 201,
    "GET /v1/store/customer/addresses/<str:address>": 200,
    "PATCH /v1/store/customer/addresses/<str:address>": 200,
    "DELETE /v1/store/customer/addresses/<str:address>": 204,
    "GET /v1/store/customer/ring-sizes": 200,
    "POST /v1/store/customer/ring-sizes": 201,
    "PATCH /v1/store/customer/ring-sizes/<str:ring_size>": 200,
    "DELETE /v1/store/customer/ring-sizes/<str:ring_size>": 204,
    "GET /v1/store/customer/orders": 200,
    "GET /v1/store/customer/basket": 200,
    "POST /v1/store/customer/basket": 200,
    "GET /v1/store/customer/export": 200,
    "POST /v1/store/customer/erasure": 200,
}

# Sign-in is allauth's: there a guest gets nothing but what the shop offers.
AUTH = [route for route in routes() if route.path.startswith("/v1/auth/")]
OPEN_AUTH = {"GET /v1/auth/app/v1/config", "GET /v1/auth/browser/v1/config"}
OPEN_AUTH |= {f"GET /v1/auth/{client}/v1/auth/webauthn/login" for client in ("app", "browser")}
OURS = [route for route in routes() if route not in AUTH]

# Who of the team, by letter, is let in.
LETTERS = {
    "O": "owner", "M": "manager", "J": "bench_jeweler", "S": "stock_keeper", "A": "sales_associate", "K": "marketer",
    "I": "instructor", "B": "bookkeeper",
}  # fmt: skip
ALL = "OMJSAKIB"
MAKER = "/v1/studio/makers/<str:maker>"
PIECE = f"{MAKER}/products/<str:product>"
VARIANT = f"{PIECE}/variants/<str:variant>"
ORDER = f"{MAKER}/orders/<str:number>"

# fmt: off
STUDIO = {
    # what                                                     who       key's scope           answer
    f"GET {MAKER}":                                            (ALL,     "maker.read",         200),
    f"PATCH {MAKER}":                                          ("OM",    "maker.edit",         200),
    f"GET {MAKER}/members":                                    (ALL,     "team.read",          200),
    f"GET {MAKER}/members/<str:member>":                       (ALL,     "team.read",          200),
    f"PATCH {MAKER}/members/<str:member>":                     ("OM",    "",                   200),
    f"DELETE {MAKER}/members/<str:member>":                    ("OM",    "",                   204),
    f"GET {MAKER}/invitations":                                (ALL,     "team.read",          200),
    f"POST {MAKER}/invitations":                               ("OM",    "",                   201),
    f"GET {MAKER}/invitations/<str:invitation>":               (ALL,     "team.read",          200),
    f"DELETE {MAKER}/invitations/<str:invitation>":            ("OM",    "",                   204),
    f"POST {MAKER}/invitations/<str:invitation>/resend":       ("OM",    "",                   200),
    f"GET {MAKER}/ownership-transfer":                         (ALL,     "team.read",          200),
    f"POST {MAKER}/ownership-transfer":                        ("O",     "",                   201),
    f"DELETE {MAKER}/ownership-transfer":                      ("O",     "",                   204),
    # Whom it was offered to; for the rest of the team there is nothing to accept.
    f"POST {MAKER}/ownership-transfer/accept":                 ("I",     "",                   200),
    f"POST {MAKER}/leave":                                     (ALL,     "",                   204),
    f"GET {MAKER}/keys":                                       ("OM",    "",                   200),
    f"POST {MAKER}/keys":                                      ("OM",    "",                   201),
    f"GET {MAKER}/keys/<str:key>":                             ("OM",    "",                   200),
    f"PATCH {MAKER}/keys/<str:key>":                           ("OM",    "",                   200),
    f"DELETE {MAKER}/keys/<str:key>":                          ("OM",    "",                   204),
    # A key acts in its owner's name: only they may have its new secret.
    f"POST {MAKER}/keys/<str:key>/rotate":                     ("O",     "",                   201),
    f"GET {MAKER}/storefronts":                                ("OMAK",  "storefronts.read",   200),
    f"POST {MAKER}/storefronts":                               ("OMK",   "storefronts.manage", 201),
    f"GET {MAKER}/storefronts/<str:storefront>":               ("OMAK",  "storefronts.read",   200),
    f"PATCH {MAKER}/storefronts/<str:storefront>":             ("OMK",   "storefronts.manage", 200),
    f"DELETE {MAKER}/storefronts/<str:storefront>":            ("OMK",   "storefronts.manage", 200),
    f"POST {MAKER}/storefronts/<str:storefront>/rotate-key":   ("OMK",   "storefronts.manage", 200),
    f"GET {MAKER}/audit":                                      ("OMB",   "audit.read",         200),
    f"GET {MAKER}/audit/<str:entry>":                          ("OMB",   "audit.read",         200),
    f"GET {MAKER}/collections":                                (ALL,     "products.read",      200),
    f"POST {MAKER}/collections":                               ("OMJK",  "collections.edit",   201),
    f"GET {MAKER}/collections/<str:collection>":               (ALL,     "products.read",      200),
    f"PATCH {MAKER}/collections/<str:collection>":             ("OMJK",  "collections.edit",   200),
    f"DELETE {MAKER}/collections/<str:collection>":            ("OMJK",  "collections.edit",   204),
    f"GET {MAKER}/offers":                                     ("OMK",   "offers.read",        200),
    f"POST {MAKER}/offers":                                    ("OMK",   "offers.manage",      201),
    f"GET {MAKER}/offers/<str:offer>":                         ("OMK",   "offers.read",        200),
    f"PATCH {MAKER}/offers/<str:offer>":                       ("OMK",   "offers.manage",      200),
    f"DELETE {MAKER}/offers/<str:offer>":                      ("OMK",   "offers.manage",      200),
    f"GET {MAKER}/vouchers":                                   ("OMK",   "offers.read",        200),
    f"POST {MAKER}/vouchers":                                  ("OMK",   "offers.manage",      201),
    f"GET {MAKER}/vouchers/<str:voucher>":                     ("OMK",   "offers.read",        200),
    f"PATCH {MAKER}/vouchers/<str:voucher>":                   ("OMK",   "offers.manage",      200),
    f"DELETE {MAKER}/vouchers/<str:voucher>":                  ("OMK",   "offers.manage",      200),
    f"GET {MAKER}/products":                                   (ALL,     "products.read",      200),
    f"POST {MAKER}/products":                                  ("OMJK",  "products.edit",      201),
    f"GET {MAKER}/products/export.csv":                        (ALL,     "products.read",      200),
    # Without a count; one that counts asks for `stock.edit` besides.
    f"POST {MAKER}/imports":                                   ("OMJK",  "products.edit",      200),
    f"POST {MAKER}/orders/<str:number>/payments/<str:payment_id>/receive": ("OMAB", "payments.receive", 200),
    f"GET {PIECE}":                                            (ALL,     "products.read",      200),
    f"PATCH {PIECE}":                                          ("OMJK",  "products.edit",      200),
    f"POST {PIECE}/publish":                                   ("OMK",   "products.publish",   200),
    f"POST {PIECE}/unpublish":                                 ("OMK",   "products.publish",   200),
    f"POST {PIECE}/variants":                                  ("OMJK",  "products.edit",      201),
    f"GET {VARIANT}":                                          (ALL,     "products.read",      200),
    f"PATCH {VARIANT}":                                        ("OMJK",  "products.edit",      200),
    f"DELETE {VARIANT}":                                       ("OMJK",  "products.edit",      204),
    f"GET {VARIANT}/stock":                                    (ALL,     "products.read",      200),
    f"POST {VARIANT}/stock":                                   ("OMJS",  "stock.edit",         200),
    f"GET {PIECE}/personalization":                            (ALL,     "products.read",      200),
    f"PUT {PIECE}/personalization":                            ("OMJK",  "products.edit",      200),
    f"POST {PIECE}/images":                                    ("OMJK",  "products.edit",      201),
    f"GET {PIECE}/images/<str:image>":                         (ALL,     "products.read",      200),
    f"PATCH {PIECE}/images/<str:image>":                       ("OMJK",  "products.edit",      200),
    f"DELETE {PIECE}/images/<str:image>":                      ("OMJK",  "products.edit",      204),
    f"GET {MAKER}/orders":                                     ("OMJSAB", "orders.read",       200),
    f"GET {ORDER}":                                            ("OMJSAB", "orders.read",       200),
    f"POST {ORDER}/cancel":                                    ("OM",    "orders.refund",      200),
    f"POST {ORDER}/restock":                                   ("OM",    "orders.refund",      200),
    f"GET {MAKER}/reviews":                                    ("OM",    "orders.review",      200),
    f"POST {ORDER}/review/approve":                            ("OM",    "orders.review",      200),
    f"POST {ORDER}/review/cancel":                             ("OM",    "orders.review",      200),
    f"GET {ORDER}/refunds":                                    ("OMJSAB", "orders.read",       200),
    f"POST {ORDER}/refunds":                                   ("OM",    "orders.refund",      201),
    f"GET {ORDER}/refunds/<str:refund>":                       ("OMJSAB", "orders.read",       200),
    f"POST {ORDER}/refunds/<str:refund>/given-back":           ("OM",    "orders.refund",      200),
    f"GET {MAKER}/disputes":                                   ("OMJSAB", "orders.read",       200),
    f"GET {MAKER}/disputes/<str:dispute>":                     ("OMJSAB", "orders.read",       200),
}
# fmt: on


@dataclass
class Knowledge:
    """What a caller brings: values for the path, an order token, and how it signs a webhook."""

    path: dict[str, str]
    token: str | None
    signature: Callable[[bytes], str] = signed


@pytest.fixture(scope="module")
def shared(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One studio for all: made anew for each route, it would cost more than the visits."""
    with django_db_blocker.unblock(), undone():
        with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
            made = make_studio()
        # However long the module takes, its people have signed in just now.
        with override_settings(ACCOUNT_REAUTHENTICATION_TIMEOUT=24 * 60 * 60):
            yield made


@pytest.fixture
def db(shared: Studio) -> Iterator[None]:
    """In place of pytest-django's, which would close the connection that the studio's transaction is on."""
    with undone():
        yield


@pytest.fixture
def api(db: None, stripe_server: LocalStripe) -> Api:
    return Api()


@pytest.fixture
def mine(api: Api) -> Thing:
    open_shop()
    return make_thing(api)


@pytest.fixture
def theirs(api: Api, mine: Thing) -> Thing:
    return make_thing(api)


def knowledge(role: str, mine: Thing, theirs: Thing) -> Knowledge:
    """What each role knows of `mine`."""
    match role:
        case "anonymous":
            return Knowledge({**mine.path, "basket_id": "bsk_" + "0" * 22, "token": "upl_0"}, None, lambda body: "")
        case "holder":
            return Knowledge(mine.path, mine.token)
        case "expired":
            return Knowledge(mine.path, mine.token, lambda body: signed(body, age_seconds=301))
        case "other":
            own_basket = {**mine.path, "basket_id": theirs.basket["id"], "token": theirs.path["token"]}
            return Knowledge(own_basket, theirs.token, lambda body: signed(body, secret="whsec_of_another_shop"))
        case "forged":
            path = {**mine.path, "basket_id": _forged(mine.basket["id"]), "token": _forged(mine.path["token"])}
            return Knowledge(path, _forged(mine.token), lambda body: _forged(signed(body)))
    raise ValueError(role)


def _forged(secret: str) -> str:
    return secret[:-1] + ("a" if secret[-1] != "a" else "b")


@contextmanager
def when(role: str) -> Iterator[None]:
    """The time at which the role calls: baskets live 30 days after their last change, tokens 180."""
    if role == "expired":
        with time_machine.travel(datetime.now(UTC) + timedelta(days=settings.ORDER_TOKEN_DAYS + 1), tick=True):
            yield
    else:
        yield


def call(api: Api, route: Route, known: Knowledge, basket: dict[str, Any]) -> HttpResponse:
    body = encoded(route, basket)
    headers = headers_for(route, known.token)
    if str(route) == HOOK:
        headers["Stripe-Signature"] = known.signature(body)
    path = filled(route.path, known.path)
    return api.client.generic(route.method, path, body, content_type_for(route), headers=headers)


def test_every_route_has_a_row() -> None:
    tables = [TABLE.keys(), PERSONAL.keys(), STUDIO.keys()]
    assert {str(route) for route in OURS} == set().union(*tables)
    assert sum(map(len, tables)) == len(OURS), "a route has one row"
    assert all(len(row) == len(ROLES) for row in TABLE.values())


def test_every_role_and_scope_has_its_column() -> None:
    assert set(TEAM) == MAKER_ROLES.keys()
    assert set(SCOPES) == set(KEY_SCOPES)
    assert set(LETTERS.values()) == set(TEAM)


def test_every_door_says_whom_it_lets_in() -> None:
    """And what it says is a permission that there is: a word that nobody has would lock everybody out."""
    for route in routes():
        door = route.door
        if door is not None and issubclass(door, Door):
            assert door.permission_for(route.method) in {ANYONE, SIGNED_IN, *PERMISSIONS}, str(route)


@pytest.mark.parametrize("route", [route for route in routes() if str(route) in TABLE], ids=str)
def test_access(api: Api, mine: Thing, theirs: Thing, route: Route) -> None:
    """Each role in turn, those who may change something last."""
    expected = dict(zip(ROLES, TABLE[str(route)], strict=True))
    for role in sorted(ROLES, key=lambda role: (expected[role] < 400, role == "holder")):
        known = knowledge(role, mine, theirs)
        basket = theirs.basket if role == "other" else mine.basket
        before = snapshot()
        with when(role):
            answer = call(api, route, known, basket)
        assert (role, answer.status_code) == (role, expected[role]), answer.content
        changed = before ^ snapshot()
        if answer.status_code >= 400:
            assert not changed, f"{role} was denied and yet changed something"
            assert_is_a_problem(answer)
        elif role != "holder":
            assert not any(mine.is_in(row) for row in changed), f"{role} changed what belongs to somebody else"
        if route.method == "GET":
            assert not changed


def assert_is_a_problem(answer: HttpResponse) -> None:
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "private, no-store"


def test_the_snapshot_sees_a_change(api: Api, mine: Thing) -> None:
    before = snapshot()
    api.patch(f"/store/baskets/{mine.basket['id']}", {"gift_note": "Seen"})
    changed = before ^ snapshot()
    assert len(changed) == 2
    assert all(mine.is_in(row) for row in changed)


OFFER = f"POST {MAKER}/ownership-transfer"
# Where a team member is refused for another reason than a missing permission.
OTHERWISE = {
    f"POST {MAKER}/ownership-transfer/accept": {**dict.fromkeys(TEAM, 404), "key team.read": 403, "instructor": 200},
    f"POST {MAKER}/leave": {"owner": 409, "key team.read": 403},
}


def expected_of(route: Route) -> dict[str, int]:
    """The status for everybody who may come: the table's row, and what follows for those who are not in it."""
    letters, scope, success = STUDIO[str(route)]
    found = {role: success if letter in letters else 403 for letter, role in LETTERS.items()}
    found |= {f"key {name}": success if name == scope else 403 for name in SCOPES}
    found |= dict.fromkeys(STRANGERS, 404) | {"anonymous": 401, "former key": 401}
    return found | OTHERWISE.get(str(route), {})


def visit(studio: Studio, who: str, route: Route) -> HttpResponse:
    path = studio.path | ({"maker": studio.foreign.code} if who == SMUGGLER else {})
    body, kind = studio.body_for(route)
    client = studio.callers[who]
    headers = {"Idempotency-Key": str(uuid.uuid4())} if route.method == "POST" else {}
    address = filled(route.path, path).removeprefix("/v1")
    return client.raw(route.method, address, body, kind, **headers)


@pytest.fixture
def studio(db: None, shared: Studio, route: Route) -> Studio:
    """As the route wants it: with an offer of the maker to answer, or with a piece on sale."""
    if "ownership-transfer" in route.path and str(route) != OFFER:
        shared.offer_ownership()
    if route.path.endswith("/unpublish"):
        shared.publish_the_piece()
    return shared


@pytest.mark.parametrize("route", [route for route in routes() if str(route) in STUDIO], ids=str)
def test_the_studio(studio: Studio, route: Route) -> None:
    """The denied first: together they have changed nothing. Then each of those let in, on the same things."""
    expected = expected_of(route)
    before, entries = snapshot(), AuditEntry.objects.count()
    for who in [who for who, status in expected.items() if status >= 400]:
        answer = visit(studio, who, route)
        assert (who, answer.status_code) == (who, expected[who]), answer.content
        assert_is_a_problem(answer)
    assert snapshot() == before, "a denied call has changed something"
    for who in [who for who, status in expected.items() if status < 400]:
        with undone():
            answer = visit(studio, who, route)
            assert (who, answer.status_code) == (who, expected[who]), answer.content
            if route.method == "GET":
                assert snapshot() == before, f"{who} has changed something by reading"
            else:
                assert AuditEntry.objects.count() > entries, f"{who} left no trace"


@pytest.mark.parametrize("route", [route for route in routes() if str(route) in STUDIO], ids=str)
def test_nothing_is_smuggled_through_another_makers_door(studio: Studio, route: Route) -> None:
    if route.path.count("<") == 1:
        return  # the door names nothing of this maker's
    before = snapshot()
    answer = visit(studio, SMUGGLER, route)
    assert answer.status_code == 404, answer.content
    assert snapshot() == before


@pytest.mark.parametrize("route", [route for route in routes() if str(route) in STUDIO], ids=str)
def test_a_maker_may_demand_the_second_factor(studio: Studio, route: Route) -> None:
    studio.demand_second_factor()
    before = snapshot()
    answer = visit(studio, "owner", route)
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
    assert snapshot() == before
    # With it the door is open; what the owner may not do for another reason they still may not.
    assert visit(studio, "owner with second factor", route).status_code == expected_of(route)["owner"]


@pytest.mark.parametrize("route", [route for route in routes() if str(route) in PERSONAL], ids=str)
def test_what_is_personal(db: None, route: Route) -> None:
    """Guests are asked to sign in, tools are refused, a stranger finds nothing of the person's, the person does."""
    customers, success = make_customers(), PERSONAL[str(route)]
    before = snapshot()
    expected = {"anonymous": 401, "key": 403} | ({"stranger": 404} if "<" in route.path else {})
    for who, status in expected.items():
        answer = visit_own(customers, who, route)
        assert (who, answer.status_code) == (who, status), answer.content
        assert_is_a_problem(answer)
    assert snapshot() == before, "a denied call has changed something"
    answer = visit_own(customers, "person", route)
    assert answer.status_code == success, answer.content
    assert answer["Cache-Control"] == "private, no-store"
    if route.method == "GET":
        assert snapshot() == before


def visit_own(customers: Customers, who: str, route: Route) -> HttpResponse:
    headers = {"Idempotency-Key": str(uuid.uuid4())} if route.method == "POST" else {}
    address = filled(route.path, customers.things).removeprefix("/v1")
    return customers.callers[who].raw(route.method, address, customers.body_for(route), **headers)


@pytest.mark.parametrize("route", AUTH, ids=str)
def test_a_guest_at_the_sign_in(db: None, route: Route) -> None:
    """Without a sign-in, and without anything to sign in by, nothing there is given or changed."""
    make_user("customer@example.com")
    before = snapshot()
    answer = Api().raw(route.method, filled(route.path, {"provider": "google"}).removeprefix("/v1"), b"{}")
    assert (answer.status_code < 400) == (str(route) in OPEN_AUTH), answer.content
    assert answer["Content-Type"] in ("application/json", "application/problem+json")
    changed = {row for row in before ^ snapshot() if not row.startswith("django_session ")}
    assert not changed
