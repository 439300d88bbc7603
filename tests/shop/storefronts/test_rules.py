"""Origins and links: what is one, and what only looks like one."""

import pytest

from shop.storefronts.rules import LINK_FIELDS, filled_link, is_picture_address, link_error, normal_origin

ORIGINS = ["https://alder.example", "http://localhost:3000"]


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("https://alder.example", "https://alder.example"),
        ("HTTPS://Alder.Example", "https://alder.example"),
        ("https://alder.example:443", "https://alder.example"),
        ("https://alder.example:8443", "https://alder.example:8443"),
        ("https://alder.example:80", "https://alder.example:80"),
        ("https://shop.alder-rings.co.uk", "https://shop.alder-rings.co.uk"),
        ("https://xn--bckerei-5wa.example", "https://xn--bckerei-5wa.example"),
        ("https://192.0.2.1", "https://192.0.2.1"),
        ("https://localhost:3000", "https://localhost:3000"),
        ("http://localhost", "http://localhost"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:5173", "http://127.0.0.1:5173"),
    ],
)
def test_an_origin_as_browsers_write_it(given: str, normal: str) -> None:
    assert normal_origin(given) == normal
    assert normal_origin(normal) == normal


@pytest.mark.parametrize(
    "given",
    [
        "", "null", "*", "https://*", "https://*.alder.example", "https://", "https:", "alder.example",
        "//alder.example", "http://alder.example", "http://localhost.evil.example", "http://127.0.0.2", "ftp://alder.example",
        "javascript://alder.example", "chrome-extension://abc", "file://", "data:text/html,x",
        "https://alder.example/", "https://alder.example/shop", "https://alder.example?", "https://alder.example#",
        "https://ada@alder.example", "https://ada:x@alder.example", "https://alder.example:", "https://alder.example:0",
        "https://alder.example:0443", "https://alder.example:65536", "https://alder.example:443:443",
        "https://alder.example:x", "https://alder", "https://alder..example", "https://.alder.example",
        "https://alder.example.", "https://-alder.example", "https://alder-.example", "https://al_der.example",
        "https://[::1]", "https://alder.example\\@evil.example", "https://alder.example\n", " https://alder.example",
        "https://alder .example", "https://alder.example\0", "https://bäckerei.example", "https://\u212aelvin.example",
        "https://alder.example,https://birch.example", "https://alder.example https://birch.example",
        "https://" + "a" * 64 + ".example", "https://" + "a." * 130 + "example",
    ],
)  # fmt: skip
def test_what_is_no_origin(given: str) -> None:
    assert normal_origin(given) is None


@pytest.mark.parametrize(
    ("kind", "template"),
    [
        ("verify", "https://alder.example/verify?key={key}"),
        ("verify", "https://alder.example/verify/{key}"),
        ("verify", "https://alder.example#{key}"),
        ("reset", "https://alder.example:443/reset?key={key}&lang=en"),
        ("reset", "HTTPS://ALDER.example/reset/{key}"),
        ("order", "https://alder.example/orders/{number}#token={token}"),
        ("pay", "http://localhost:3000/pay/{number}/{token}"),
        ("invite", "https://alder.example/a%20b?x=%7Btoken%7D&t={token}"),
    ],
)
def test_a_link_on_an_origin_of_the_storefront(kind: str, template: str) -> None:
    assert link_error(kind, template, ORIGINS) is None


@pytest.mark.parametrize(
    ("kind", "template"),
    [
        ("verify", "https://alder.example/verify"),
        ("verify", "https://alder.example/{key}/{key}"),
        ("verify", "https://alder.example/{key}?t={token}"),
        ("verify", "https://alder.example/{Key}"),
        ("verify", "https://alder.example/{ key}"),
        ("verify", "https://alder.example/{key"),
        ("verify", "https://alder.example/{{key}}"),
        ("verify", "https://alder.example/{key}}"),
        ("verify", "https://alder.example/{key}{}"),
        ("verify", "https://alder.example/%s{key}"),
        ("verify", "https://alder.example/%{key}"),
        ("order", "https://alder.example/{number}"),
        ("order", "https://alder.example/{token}"),
        ("order", "https://alder.example/{number}{token}{0}"),
        ("verify", "https://evil.example/{key}"),
        ("verify", "https://www.alder.example/{key}"),
        ("verify", "https://alder.example.evil.example/{key}"),
        ("verify", "https://alder.example:8443/{key}"),
        ("verify", "http://alder.example/{key}"),
        ("verify", "http://localhost/{key}"),
        ("verify", "https://{key}.alder.example/"),
        ("verify", "https://alder.example{key}"),
        ("verify", "https://alder.example@evil.example/{key}"),
        ("verify", "https://ada:x@alder.example/{key}"),
        ("verify", "https://alder.example\\@evil.example/{key}"),
        ("verify", "https://evil.example/https://alder.example/{key}"),
        ("verify", "https://evil.example#https://alder.example/{key}"),
        ("verify", "//alder.example/{key}"),
        ("verify", "/verify/{key}"),
        ("verify", "javascript:alert({key})"),
        ("verify", "javascript://alder.example/%0aalert({key})"),
        ("verify", "https://alder.example/{key}\r\nBcc: eve@evil.example"),
        ("verify", "https://alder.example/a b{key}"),
        ("verify", 'https://alder.example/"><script>{key}'),
        ("verify", "https://alder.example/\u202e{key}"),
        ("verify", ""),
        ("verify", "null/{key}"),
    ],
)
def test_a_link_that_is_refused(kind: str, template: str) -> None:
    assert link_error(kind, template, ORIGINS)


def test_every_kind_has_a_right_form() -> None:
    for kind, names in LINK_FIELDS.items():
        template = "https://alder.example/?" + "&".join(f"{name}={{{name}}}" for name in names)
        assert link_error(kind, template, ORIGINS) is None
        assert link_error(kind, template, []) is not None


def test_values_are_quoted_for_an_address() -> None:
    assert filled_link("https://alder.example/{key}", {"key": "a/b?c#d&e=f {key}"}) == (
        "https://alder.example/a%2Fb%3Fc%23d%26e%3Df%20%7Bkey%7D"
    )


@pytest.mark.parametrize(
    "good", ["https://alder.example/a.png", "https://cdn.example/x?v=1&w=2", "https://cdn.example"]
)
def test_a_picture_address(good: str) -> None:
    assert is_picture_address(good)


@pytest.mark.parametrize(
    "bad",
    [
        "http://alder.example/a.png", "http://localhost/a.png", "//alder.example/a.png", "a.png",
        "data:image/png;base64,x",
        "javascript:alert(1)", "https://ada:x@alder.example/a.png", 'https://alder.example/a.png" onload="x',
        "https://alder.example/a.png\n", "https://alder.example/{key}", "https://alder.example/a'b", "https://alder",
    ],
)  # fmt: skip
def test_no_picture_address(bad: str) -> None:
    assert not is_picture_address(bad)
