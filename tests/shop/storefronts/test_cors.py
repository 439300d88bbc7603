"""Whose pages may read our answers: the matrix of origins and storefronts, and no cookie for any."""

from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from shop.storefronts.models import Storefront
from tests.api import Api
from tests.factories import api_of, make_maker, make_member, make_piece, make_storefront
from tests.shop.storefronts.windows import default, through

pytestmark = pytest.mark.django_db

ALDER, BIRCH = "https://alder.example", "https://birch.example"
READ = "/store/products"
ASKING = {"Access_Control_Request_Method": "GET", "Access_Control_Request_Headers": "benchpin-key"}
CORS = ("Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Access-Control-Allow-Methods",
        "Access-Control-Allow-Headers", "Access-Control-Max-Age", "Access-Control-Allow-Credentials")  # fmt: skip


@pytest.fixture
def alder() -> Storefront:
    make_piece("band")
    return make_storefront(owner=make_maker("alder"), origins=[ALDER, "https://www.alder.example:8443"])


@pytest.fixture
def birch() -> Storefront:
    return make_storefront(owner=make_maker("birch"), origins=[BIRCH])


def allowed(answer: Any) -> str | None:
    """The origin that may read the answer; in any case nobody's cookies, and never everybody."""
    origin: str | None = answer.headers.get("Access-Control-Allow-Origin")
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert origin != "*"
    assert "Origin" in answer.headers["Vary"]
    return origin


@pytest.mark.usefixtures("birch")
class TestAnAnswer:
    @pytest.mark.parametrize("origin", [ALDER, "https://www.alder.example:8443"])
    def test_is_for_the_storefronts_own_pages(self, alder: Storefront, origin: str) -> None:
        answer = through(alder).get(READ, Origin=origin)
        assert (answer.status_code, allowed(answer)) == (200, origin)
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"ETag", "RateLimit", "Retry-After", "Idempotent-Replayed", "X-Request-Id"} <= set(exposed)

    @pytest.mark.parametrize(
        "origin",
        [
            BIRCH, "https://evil.example", "http://alder.example", "https://alder.example:8443",
            "https://www.alder.example", "https://shop.alder.example", "https://alder.example.evil.example",
            "https://evilalder.example", "https://alder.example.", "https://alder.example/", "HTTPS://ALDER.EXAMPLE",
            "https://Alder.example", "https://alder.example:443", f"{ALDER}, {BIRCH}", f"{ALDER} {ALDER}",
            "alder.example", "null", "*", "", "\0", "a" * 5000, "é",
        ],
    )  # fmt: skip
    def test_is_for_nobody_elses(self, alder: Storefront, origin: str) -> None:
        answer = through(alder).get(READ, Origin=origin)
        assert (answer.status_code, allowed(answer)) == (200, None)
        assert not [name for name in CORS if name in answer.headers]

    def test_without_a_key_is_for_the_default_storefronts_pages(self, alder: Storefront) -> None:
        Storefront.objects.filter(is_default=True).update(origins=["https://shop.example"])
        assert allowed(Api().get(READ, Origin="https://shop.example")) == "https://shop.example"
        assert allowed(through(default()).get(READ, Origin="https://shop.example")) == "https://shop.example"
        assert allowed(Api().get(READ, Origin=ALDER)) is None
        assert allowed(through(alder).get(READ, Origin="https://shop.example")) is None

    def test_to_a_wrong_key_is_for_nobody(self, alder: Storefront) -> None:
        answer = Api(Benchpin_Key="pk_of_nobody").get(READ, Origin=ALDER)
        assert (answer.status_code, allowed(answer)) == (401, None)

    def test_of_a_closed_storefront_is_for_nobody(self, alder: Storefront) -> None:
        Storefront.objects.filter(pk=alder.pk).update(closed_at=timezone.now())
        answer = through(alder).get(READ, Origin=ALDER)
        assert (answer.status_code, allowed(answer)) == (401, None)

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/store/products/band", 200), ("HEAD", READ, 200), ("GET", "/store/products/nowhere", 404),
            ("GET", "/store/nowhere", 404), ("GET", "/store/products?limit=0", 422), ("POST", "/store/baskets", 201),
            ("PATCH", "/store/products", 405), ("POST", "/store/baskets/bsk_none/lines", 422),
            ("GET", "/store/orders/NONE", 401), ("GET", "/store/storefront", 200),
        ],
    )  # fmt: skip
    def test_can_be_read_whatever_it_is(self, alder: Storefront, method: str, path: str, status: int) -> None:
        answer = through(alder).raw(method, path, b"" if method == "GET" else b"{}", Origin=ALDER)
        assert (answer.status_code, allowed(answer)) == (status, ALDER)

    def test_can_be_read_where_nothing_changed(self, alder: Storefront) -> None:
        api = through(alder, Origin=ALDER)
        answer = api.get(READ, If_None_Match=api.get(READ)["ETag"])
        assert (answer.status_code, allowed(answer)) == (304, ALDER)

    def test_can_be_read_at_the_limit(self, alder: Storefront, settings: Any) -> None:
        settings.LIMITS = True
        settings.RATE_LIMITS = {"read": 1, "write": 1}
        cache.clear()
        api = through(alder, Origin=ALDER)
        answers = [api.get(READ) for _ in range(2)]
        cache.clear()
        assert [(answer.status_code, allowed(answer)) for answer in answers] == [(200, ALDER), (429, ALDER)]
        assert answers[1].headers["Retry-After"]

    def test_of_sign_in_is_for_the_storefronts_pages_as_well(self, alder: Storefront) -> None:
        assert allowed(through(alder).get("/auth/app/v1/config", Origin=ALDER)) == ALDER
        assert allowed(through(alder).get("/auth/app/v1/config", Origin=BIRCH)) is None

    @pytest.mark.parametrize("path", ["/studio/roles", "/studio/makers/alder/storefronts", "/openapi.json", "/health"])
    def test_of_another_place_is_for_no_other_page(self, alder: Storefront, path: str) -> None:
        answer = through(alder).get(path, Origin=ALDER)
        assert not [name for name in CORS if name in answer.headers]


def test_without_an_origin_nothing_is_looked_up(alder: Storefront, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = Api().get("/store/nowhere")
    assert answer.headers["Vary"] == "Origin"


def test_a_door_and_the_middleware_look_the_storefront_up_once(
    alder: Storefront, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):  # the storefront; the makers
        assert allowed(through(alder).get("/store/makers", Origin=ALDER)) == ALDER


@pytest.mark.usefixtures("alder", "birch")
class TestAPreflight:
    @pytest.mark.parametrize("path", [READ, "/store/baskets", "/store/nowhere", "/auth/app/v1/auth/login"])
    @pytest.mark.parametrize("origin", [ALDER, BIRCH])
    def test_is_granted_to_a_page_of_any_open_storefront(self, api: Api, path: str, origin: str) -> None:
        """It carries no key, so that it cannot be known which one is meant."""
        answer = api.raw("OPTIONS", path, b"", Origin=origin, **ASKING)
        assert (answer.status_code, answer.content, allowed(answer)) == (204, b"", origin)
        methods = answer.headers["Access-Control-Allow-Methods"].split(", ")
        assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(methods)
        headers = {name.lower() for name in answer.headers["Access-Control-Allow-Headers"].split(", ")}
        assert headers >= {
            "benchpin-key", "benchpin-order-token", "x-session-token", "authorization", "content-type",
            "idempotency-key", "if-match", "if-none-match", "x-request-id", "x-email-verification-key",
            "x-password-reset-key",
        }  # fmt: skip
        assert "*" not in "".join(answer.headers[name] for name in CORS if name in answer.headers)
        assert answer.headers["Access-Control-Max-Age"] == "7200"

    @pytest.mark.parametrize(
        "origin",
        ["https://evil.example", "http://alder.example", "https://shop.alder.example", "null", "*", "", "\0",
         "a" * 5000, "HTTPS://ALDER.EXAMPLE", f"{ALDER}/"],
    )  # fmt: skip
    def test_is_refused_like_any_options_otherwise(self, api: Api, origin: str) -> None:
        answer = api.raw("OPTIONS", READ, b"", Origin=origin, **ASKING)
        assert (answer.status_code, answer.json()["code"], allowed(answer)) == (405, "method_not_allowed", None)

    def test_is_refused_once_the_storefront_is_closed(self, api: Api, alder: Storefront) -> None:
        Storefront.objects.filter(pk=alder.pk).update(closed_at=timezone.now())
        assert api.raw("OPTIONS", READ, b"", Origin=ALDER, **ASKING).status_code == 405

    @pytest.mark.parametrize("path", ["/studio/roles", "/studio/makers/alder/storefronts", "/health"])
    def test_is_refused_in_another_place(self, api: Api, path: str) -> None:
        answer = api.raw("OPTIONS", path, b"", Origin=ALDER, **ASKING)
        assert answer.status_code in (401, 405)
        assert not [name for name in CORS if name in answer.headers]

    def test_what_asks_for_nothing_is_none(self, api: Api) -> None:
        assert api.raw("OPTIONS", READ, b"", Origin=ALDER).status_code == 405
        assert api.raw("OPTIONS", READ, b"", **ASKING).status_code == 405

    def test_is_counted_as_a_read(self, api: Api, settings: Any) -> None:
        settings.LIMITS = True
        settings.RATE_LIMITS = {"read": 1, "write": 1}
        cache.clear()
        answers = [api.raw("OPTIONS", READ, b"", Origin=ALDER, **ASKING) for _ in range(2)]
        cache.clear()
        assert [answer.status_code for answer in answers] == [204, 429]


def test_no_origin_opens_the_studio(alder: Storefront) -> None:
    """A studio answer is read by pages of our own origin only, whoever is signed in."""
    answer = api_of(make_member("ada@example.com")).get("/studio/makers/alder/storefronts", Origin=ALDER)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers
