"""Fetching from addresses that strangers give us."""

import gzip
import itertools
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from catalog.media.fetching import Address, FetchRefused, Limits, Unreachable, fetch, is_public
from tests.catalog.media.outside import HERE, Outside, body, picture, raw, redirect, status

QUICK = Limits(seconds=0.5, connect_seconds=0.3)
HEAD = b"HTTP/1.1 200 OK\r\n"


def pause() -> None:
    time.sleep(0.05)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "100.63.255.255", "172.32.0.1", "2606:4700::1111",
    "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"])  # fmt: skip
def test_public_addresses(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "127.0.0.1", "127.8.8.8", "192.168.1.1"),
        *("172.16.0.1", "172.31.255.255", "169.254.169.254", "169.254.0.1", "168.63.129.16"),
        *("100.64.0.1", "100.100.100.200", "100.127.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1"),
        *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1"),
        *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::8.8.8.8", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808"),
        *("2002:7f00:1::1", "2002:a00:1::1", "2002:a9fe:a9fe::1"),
        *("2001::1", "2001:10::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1", "4000::1"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


def test_a_file_comes_as_it_is(outside: Outside) -> None:
    data = picture()
    outside.answers["/a%20ring.jpg?size=2"] = body(data)
    assert outside.fetcher()(f" {outside.url}/a ring.jpg?size=2#top ") == data
    asked = outside.headers[0]
    assert asked["Host"] == f"127.0.0.1:{outside.port}"
    assert asked["Accept-Encoding"] == "identity"


def test_a_file_in_chunks_or_until_the_end_comes_too(outside: Outside) -> None:
    outside.answers["/chunks"] = raw(
        HEAD, b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n"
    )
    outside.answers["/end"] = raw(HEAD, b"\r\nabc", b"de")
    assert outside.fetcher()(f"{outside.url}/chunks") == b"abcde"
    assert outside.fetcher()(f"{outside.url}/end") == b"abcde"


def test_no_proxy_of_the_environment_is_used(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    outside.answers["/"] = body(b"here")
    assert outside.fetcher()(outside.url) == b"here"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ring.jpg",
        "//pictures.example/ring.jpg",
        "http:///ring.jpg",
        "ftp://pictures.example/ring.jpg",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_INFO",
        "data:image/png;base64,iVBORw0KGgo=",
        "http://maker:secret@pictures.example/ring.jpg",
        "http://pictures.example:22/",
        "http://pictures.example:8000/",
        "http://pictures.example:0/",
        "http://pictures.example:99999/",
        "http://pictures.example\r\nHost: other/",
        "http://[::1/",
        f"http://{'a' * 64}.example/",
        "http://a..example/",
    ],
)
def test_addresses_refused_as_they_stand(url: str) -> None:
    with pytest.raises(FetchRefused):
        fetch(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "127.1", "localhost", "0",
    "[::1]", "[::ffff:127.0.0.1]", "127.0.0.1.", "%31%32%37.0.0.1", "１２７.0.0.1"])  # fmt: skip
def test_our_own_machine_is_refused_in_every_spelling(outside: Outside, host: str) -> None:
    with pytest.raises((FetchRefused, Unreachable)):
        fetch(f"http://{host}:{outside.port}/", ports=frozenset({outside.port}))
    assert outside.asked == []


def test_one_private_address_among_public_ones_is_refused() -> None:
    def resolve(host: str, port: int) -> list[Address]:
        return [ip_address("93.184.215.14"), ip_address("10.0.0.1")]

    with pytest.raises(FetchRefused, match="public internet"):
        fetch("https://pictures.example/", resolve=resolve)
    with pytest.raises(FetchRefused, match="public internet"):
        fetch("https://pictures.example/", resolve=lambda host, port: [])


def test_a_host_that_changes_its_address_gains_nothing(outside: Outside) -> None:
    """The first answer is checked and used; the second, to our own network, is never asked for."""
    outside.answers["/ring.jpg"] = body(b"from the checked address")
    answers = itertools.chain([[HERE]], itertools.repeat([ip_address("127.0.0.2")]))
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[Address]:
        asked.append(host)
        return next(answers)

    look = outside.fetcher(resolve=resolve)
    assert look(f"http://rebinding.test:{outside.port}/ring.jpg") == b"from the checked address"
    assert asked == ["rebinding.test"]
    assert outside.headers[0]["Host"] == f"rebinding.test:{outside.port}"
    # Asked anew, it is checked anew.
    with pytest.raises(FetchRefused, match="public internet"):
        look(f"http://rebinding.test:{outside.port}/ring.jpg")


def test_the_next_address_is_tried_where_one_does_not_answer(outside: Outside) -> None:
    outside.answers["/"] = body(b"second")
    look = outside.fetcher(
        is_allowed=lambda address: True, resolve=lambda host, port: [ip_address("127.0.0.9"), HERE], limits=QUICK
    )
    assert look(f"http://two.test:{outside.port}/") == b"second"


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(outside: Outside, code: int) -> None:
    outside.answers["/old/ring.jpg"] = redirect("../new.jpg", code)
    outside.answers["/new.jpg"] = body(b"new")
    assert outside.fetcher()(f"{outside.url}/old/ring.jpg") == b"new"


def test_a_redirect_into_our_network_is_refused(outside: Outside) -> None:
    inside = Outside("127.0.0.2")
    outside.answers["/"] = redirect(f"{inside.url}/admin")
    with pytest.raises(FetchRefused, match="public internet"):
        outside.fetcher(ports=frozenset({outside.port, inside.port}))(outside.url)
    inside.close()
    assert inside.asked == []


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/", "file:///etc/passwd", "http://a:b@127.0.0.1/", "http://127.0.0.1:22/",
        "http://[", ""]
)  # fmt: skip
def test_a_redirect_is_checked_like_any_address(outside: Outside, location: str) -> None:
    outside.answers["/"] = redirect(location)
    with pytest.raises(FetchRefused):
        outside.fetcher(ports=frozenset({80, outside.port}))(outside.url)


def test_three_redirects_are_followed_and_no_more(outside: Outside) -> None:
    outside.answers |= {f"/{step}": redirect(f"/{step + 1}") for step in range(4)} | {"/4": body(b"there")}
    assert outside.fetcher()(f"{outside.url}/1") == b"there"
    with pytest.raises(FetchRefused, match="more than 3 times"):
        outside.fetcher()(f"{outside.url}/0")


def test_a_loop_ends(outside: Outside) -> None:
    outside.answers["/"] = redirect("/")
    with pytest.raises(FetchRefused, match="more than 3 times"):
        outside.fetcher()(outside.url)
    assert len(outside.asked) == 4


@pytest.mark.parametrize("code", [204, 206, 304, 400, 401, 403, 404, 410, 451])
def test_an_answer_that_will_not_change_is_final(outside: Outside, code: int) -> None:
    outside.answers["/"] = status(code)
    with pytest.raises(FetchRefused, match=str(code)):
        outside.fetcher()(outside.url)


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
def test_an_answer_that_may_change_is_asked_for_again(outside: Outside, code: int) -> None:
    outside.answers["/"] = status(code)
    with pytest.raises(Unreachable, match=str(code)):
        outside.fetcher()(outside.url)


def test_a_file_that_says_it_is_too_large_is_not_read(outside: Outside) -> None:
    sent: list[int] = []
    outside.answers["/"] = raw(
        HEAD + b"Content-Length: 20971520\r\n\r\n", *[bytes(65536)] * 320, pause=lambda: sent.append(1)
    )
    with pytest.raises(FetchRefused, match="larger than 15 MB"):
        outside.fetcher()(outside.url)
    assert len(sent) < 320


def test_a_file_that_does_not_say_so_is_read_to_the_limit_only(outside: Outside) -> None:
    sent: list[int] = []
    outside.answers["/"] = raw(HEAD + b"\r\n", *[bytes(1024**2)] * 60, pause=lambda: sent.append(1))
    with pytest.raises(FetchRefused, match="larger than 15 MB"):
        outside.fetcher()(outside.url)
    assert len(sent) < 40


def test_a_packed_answer_is_refused_unread(outside: Outside) -> None:
    outside.answers["/"] = body(gzip.compress(bytes(10**6)), Content_Encoding="gzip")
    with pytest.raises(FetchRefused, match="packed"):
        outside.fetcher()(outside.url)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([HEAD + b"Content-Length: 900\r\n\r\n", *[b"x"] * 900], id="body"),
        pytest.param([HEAD, *[b"X-Header: 1\r\n"] * 900], id="headers"),
        pytest.param([b"H"] * 900, id="status line"),
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n"] * 900, id="continues"),
        pytest.param([HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 900], id="chunks"),
    ],
)
def test_one_who_drips_gets_no_more_than_the_time_there_is(outside: Outside, pieces: list[bytes]) -> None:
    outside.answers["/"] = raw(*pieces, pause=pause)
    began = time.monotonic()
    with pytest.raises(Unreachable, match="too long"):
        outside.fetcher(limits=QUICK)(outside.url)
    assert time.monotonic() - began < 2


def test_redirects_share_the_time(outside: Outside) -> None:
    outside.answers["/"] = raw(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", pause=pause)
    patient = Limits(seconds=0.5, redirects=10_000)
    with pytest.raises(Unreachable, match="too long"):
        outside.fetcher(limits=patient)(outside.url)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([HEAD + b"Content-Length: 100\r\n\r\nshort"], id="body"),
        pytest.param([HEAD + b"Transfer-Encoding: chunked\r\n\r\n64\r\nshort"], id="chunk"),
        pytest.param([b"220 mail.example ESMTP\r\n"], id="not http"),
        pytest.param([HEAD, b"X: " + b"x" * 70_000], id="endless header"),
        pytest.param([HEAD, b"X: 1\r\n" * 200, b"\r\n"], id="many headers"),
        pytest.param([], id="nothing"),
    ],
)
def test_an_answer_that_breaks_off_may_come_whole_later(outside: Outside, pieces: list[bytes]) -> None:
    outside.answers["/"] = raw(*pieces)
    with pytest.raises(Unreachable):
        outside.fetcher()(outside.url)


def test_nobody_there_may_be_there_later(outside: Outside) -> None:
    outside.close()
    with pytest.raises(Unreachable, match="could not be reached"):
        outside.fetcher()(outside.url)


def test_a_host_without_an_address_may_have_one_later() -> None:
    with pytest.raises(Unreachable, match="not found"):
        fetch("https://nowhere.invalid/ring.jpg")


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    """A server with a certificate for pictures.test, which we trust for the test's length."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    subject = ["-days", "1", "-subj", "/CN=pictures.test", "-addext", "subjectAltName=DNS:pictures.test"]
    subprocess.run([*command, *subject], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = Outside(tls=context)
    yield server
    server.close()


def test_a_certificate_must_be_for_the_name_in_the_address(secure: Outside) -> None:
    secure.answers["/ring.jpg"] = body(b"in secret")
    look = secure.fetcher(resolve=lambda host, port: [HERE])
    assert look(f"https://pictures.test:{secure.port}/ring.jpg") == b"in secret"
    with pytest.raises(Unreachable, match="secure connection"):
        look(f"https://other.test:{secure.port}/ring.jpg")
    with pytest.raises(Unreachable, match="secure connection"):
        look(f"https://127.0.0.1:{secure.port}/ring.jpg")


def test_a_certificate_must_be_one_we_trust(secure: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Unreachable, match="secure connection"):
        secure.fetcher(resolve=lambda host, port: [HERE])(f"https://pictures.test:{secure.port}/ring.jpg")
    assert secure.asked == []
