"""Fetching a file from an address that somebody gave us.

Our server reaches what the internet does not: its own network and the machines' metadata. So a host is
resolved once, every address it has is checked, and the connection goes to a checked address, never by name.
"""

import io
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, cast
from urllib.parse import urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from catalog.media.rules import MAX_BYTES

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[Address]]

PORTS = {"http": 80, "https": 443}
REDIRECTS = {301, 302, 303, 307, 308}
PERHAPS_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
CHUNK = 64 * 1024

# The registries of special addresses (RFC 6890), and one of Azure's that only looks public.
NOT_PUBLIC = [
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
        *("2001::/23", "2001:db8::/32", "3fff::/20"),
    )
]
GLOBAL_UNICAST = ip_network("2000::/3")
NAT64 = ip_network("64:ff9b::/96")


class FetchRefused(Exception):
    """This address will not give us the file, however often we ask; the text says why."""


class Unreachable(Exception):
    """There is no answer now; there may be one later."""


@dataclass(frozen=True, slots=True)
class Limits:
    size: int = MAX_BYTES
    seconds: float = 20
    connect_seconds: float = 5
    redirects: int = 3


LIMITS = Limits()


class Deadline:
    """The moment by which all must be done, redirects included."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def is_public(address: Address) -> bool:
    """Whether an address is out on the internet. One that wraps an IPv4 address is judged by that."""
    if isinstance(address, IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            wrapped = IPv4Address(int(address) & 0xFFFF_FFFF)
        if wrapped is not None:
            return is_public(wrapped)
        if address not in GLOBAL_UNICAST:
            return False
    return not any(address in network for network in NOT_PUBLIC)


def resolve_host(host: str, port: int) -> list[Address]:
    """All addresses of a host. A number in any of its spellings (`2130706433`) comes out as what it means."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise FetchRefused("The address names no proper host.") from error
    except OSError as error:
        raise Unreachable(f"The host {host} was not found.") from error
    return [ip_address(entry[4][0]) for entry in found]


def fetch(
    url: str,
    *,
    is_allowed: Callable[[Address], bool] = is_public,
    resolve: Resolve = resolve_host,
    ports: frozenset[int] = frozenset(PORTS.values()),
    limits: Limits = LIMITS,
) -> bytes:
    """The file at an address. Raises Unreachable when asking later may help, else FetchRefused."""
    deadline = Deadline(limits.seconds)
    for _ in range(limits.redirects + 1):
        target = _parse(url)
        addresses = _checked_addresses(target, is_allowed, resolve, ports)
        with _answer(target, addresses, deadline, limits) as response:
            if response.status not in REDIRECTS:
                return _body(response, limits)
            url = _redirected(url, response)
    raise FetchRefused(f"The address leads on more than {limits.redirects} times.")


def _parse(url: str) -> Url:
    try:
        target = parse_url(url.strip())
    except LocationParseError as error:
        raise FetchRefused("The address is not well-formed.") from error
    if target.scheme not in PORTS or not target.host:
        raise FetchRefused("The address must begin with https:// or http:// and name a host.")
    if target.auth is not None:
        raise FetchRefused("The address must not have a user name or a password in it.")
    return target


def _port(target: Url) -> int:
    return PORTS[str(target.scheme)] if target.port is None else target.port


def _host(target: Url) -> str:
    return str(target.host).strip("[]")


def _checked_addresses(
    target: Url, is_allowed: Callable[[Address], bool], resolve: Resolve, ports: frozenset[int]
) -> Sequence[Address]:
    port = _port(target)
    if port not in ports:
        raise FetchRefused(f"The port {port} is not one for pictures.")
    addresses = resolve(_host(target), port)
    # One private address among public ones is refused too: it would be a way in.
    if not addresses or not all(is_allowed(address) for address in addresses):
        raise FetchRefused("The address does not lead to the public internet.")
    return addresses


@contextmanager
def _answer(target: Url, addresses: Sequence[Address], deadline: Deadline, limits: Limits) -> Iterator[HTTPResponse]:
    """Ask, and hold the connection while the answer is read."""
    host = _host(target)
    try:
        with (
            closing(_connect(addresses, _port(target), deadline, limits)) as plain,
            closing(_secured(plain, target, deadline)) as connection,
        ):
            timed = _TimedSocket(connection, deadline)
            timed.sendall(_request(target))
            response = HTTPResponse(cast(Any, timed), method="GET")
            response.begin()
            yield response
    except TimeoutError as error:
        raise Unreachable(f"{host} took too long to answer.") from error
    except ssl.SSLError as error:
        raise Unreachable(f"There is no secure connection to {host}.") from error
    except (OSError, HTTPException) as error:
        raise Unreachable(f"{host} could not be reached, or broke off.") from error


def _connect(addresses: Sequence[Address], port: int, deadline: Deadline, limits: Limits) -> socket.socket:
    """To the first address that answers; all have been checked."""
    failure = OSError()
    for address in addresses:
        try:
            return socket.create_connection((str(address), port), min(limits.connect_seconds, deadline.left()))
        except OSError as error:
            failure = error
    raise failure


def _secured(plain: socket.socket, target: Url, deadline: Deadline) -> socket.socket:
    if target.scheme == "http":
        return plain
    plain.settimeout(deadline.left())
    return ssl.create_default_context().wrap_socket(plain, server_hostname=_host(target).rstrip("."))


def _request(target: Url) -> bytes:
    lines = (
        f"GET {target.request_uri} HTTP/1.1",
        f"Host: {target.netloc}",
        "User-Agent: Benchpin",
        "Accept: image/*",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


class _TimedSocket(io.RawIOBase):
    """A socket as `HTTPResponse` reads it, where each wait is at most the time that is left.

    The socket's own time-out would begin anew with each byte that drips in.
    """

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._deadline.left())
        return self._connection.recv_into(buffer)

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(self._deadline.left())
        self._connection.sendall(data)


def _redirected(url: str, response: HTTPResponse) -> str:
    try:
        return urljoin(url, response.headers.get("Location", ""))
    except ValueError as error:
        raise FetchRefused("The address leads on to one that is not well-formed.") from error


def _body(response: HTTPResponse, limits: Limits) -> bytes:
    _check_status(response.status)
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        # A picture is compressed already; unpacking what we did not ask for is a way to fill our memory.
        raise FetchRefused("The answer is packed, which we did not ask for.")
    body = bytearray()
    _check_length(response.length or 0, limits)
    while chunk := response.read(CHUNK):
        body += chunk
        _check_length(len(body), limits)
    if response.length:
        raise Unreachable("The answer broke off.")
    return bytes(body)


def _check_status(status: int) -> None:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in PERHAPS_LATER:
        raise Unreachable(f"The address answers with status {status}.")
    if status != HTTPStatus.OK:
        raise FetchRefused(f"The address answers with status {status}.")


def _check_length(length: int, limits: Limits) -> None:
    if length > limits.size:
        raise FetchRefused(f"The file is larger than {limits.size // 1024**2} MB.")
