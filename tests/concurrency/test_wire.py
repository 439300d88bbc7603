"""What only a real connection can send: bodies in chunks, broken lines, lengths that are not true."""

import json
import socket

import pytest

from tests.concurrency.shop import Shop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

PATIENCE_SECONDS = 10
POST = b"POST /v1/store/baskets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
GET = b"GET /v1/store/products HTTP/1.1\r\nConnection: close\r\n"


def chunked(*parts: bytes) -> bytes:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))
    return POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks


def exchange(shop: Shop, request: bytes) -> tuple[int, bytes, bytes]:
    """Status, head and body of the answer to these very bytes."""
    with socket.create_connection(("127.0.0.1", shop.web.port), PATIENCE_SECONDS) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head, body


def test_a_body_in_chunks_is_read(shop: Shop) -> None:
    assert exchange(shop, chunked(b"{", b"}"))[0] == 201
    status, _, body = exchange(shop, chunked(b'{"surprise"', b": 1}"))
    assert (status, json.loads(body)["errors"][0]["field"]) == (422, "surprise")


def test_a_body_in_chunks_may_be_too_large(shop: Shop) -> None:
    status, _, body = exchange(shop, chunked(*[b" " * 10_000] * 30))
    assert (status, json.loads(body)["code"]) == (413, "body_too_large")


BROKEN = {
    "no host": (GET + b"\r\n", 400),
    "two hosts": (GET + b"Host: localhost\r\nHost: evil.example\r\n\r\n", 400),
    "NUL in the path": (b"GET /v1/\0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400),
    "bare byte in the path": (b"GET /v1/\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400),
    "negative length": (POST + b"Content-Length: -5\r\n\r\n", 400),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    "a megabyte of header": (GET + b"Host: localhost\r\nX-A: " + b"x" * 1_000_000 + b"\r\n\r\n", 431),
    "two hundred headers": (
        GET + b"Host: localhost\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(200)) + b"\r\n",
        431,
    ),
    "not HTTP": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    "all of the server": (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
    "a proxy's request": (b"CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 405),
    "letters beyond ASCII in a key": (POST + "Idempotency-Key: ☃☃☃☃☃☃\r\nContent-Length: 0\r\n\r\n".encode(), 400),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused(shop: Shop, name: str) -> None:
    request, expected = BROKEN[name]
    status, head, body = exchange(shop, request)
    assert status == expected
    assert b"<" not in head + body
    with shop.caller() as caller:
        assert caller.call("GET", "/health").status == 200
