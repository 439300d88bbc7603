"""What a storefront may say: its key, its origins, its payment providers, and where its mails point to. Pure."""

import re
import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import quote

MAX_OPEN = 20
MAX_ORIGINS = 20
MAX_OVERLAP_HOURS = 168
OVERLAP_HOURS = 24

# What a storefront may switch on: what checkout can take. `manual` is paid by hand: bank transfer, cash, invoice.
PROVIDERS = ("stripe", "manual")


def new_publishable_key() -> str:
    """Stands in every page of the storefront: it names, it does not prove."""
    return f"pk_{secrets.token_urlsafe(24)}"


# What mails and sitemaps may point to, and the values that each address is given.
LINK_FIELDS: dict[str, tuple[str, ...]] = {
    "order": ("number", "token"),
    "pay": ("number", "token"),
    "quote": ("number", "token"),
    "verify": ("key",),
    "reset": ("key",),
    "invite": ("token",),
    "product": ("slug",),
    "collection": ("slug",),
    "maker": ("slug",),
    "sitemap": ("page",),
}


def filled_link(template: str, values: Mapping[str, str]) -> str:
    """`https://alder.example/verify?key={key}` with its values, each quoted for an address."""
    for name, value in values.items():
        template = template.replace("{" + name + "}", quote(value, safe=""))
    return template


LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
ORIGIN = re.compile(rf"(?P<scheme>https?)://(?P<host>{LABEL}(?:\.{LABEL})*)(?::(?P<port>[1-9][0-9]{{0,4}}))?")
# With them a browser may leave https out: they are the developer's own machine (W3C Secure Contexts, 3.1).
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1"})
DEFAULT_PORTS = {"https": 443, "http": 80}
MAX_HOST_LENGTH = 253
MAX_PORT = 65535


def normal_origin(text: str) -> str | None:
    """The origin as browsers write it in `Origin` (RFC 6454): lower case, without its scheme's own port.

    None for what is none: a path, a wildcard, `null`, plain http elsewhere than on the developer's machine, a name
    in another script than ASCII (browsers write it as `xn--...`).
    """
    found = ORIGIN.fullmatch(text.lower()) if text.isascii() else None
    if found is None:
        return None
    scheme, host, port = found["scheme"], found["host"], int(found["port"] or DEFAULT_PORTS[found["scheme"]])
    named = host in LOCAL_HOSTS or ("." in host and len(host) <= MAX_HOST_LENGTH)
    if not named or port > MAX_PORT or (scheme == "http" and host not in LOCAL_HOSTS):
        return None
    return f"{scheme}://{host}" if port == DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"


# Origin and the rest; only characters that stand in an address as they are (RFC 3986), and a template's braces.
ADDRESS = re.compile(r"([A-Za-z]+://[^/?#]+)((?:[/?#](?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;={}]|%[0-9A-Fa-f]{2})*)?)")
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def link_error(kind: str, template: str, origins: Sequence[str]) -> str | None:
    """What is wrong with the address of a page of the storefront's, in words; None where it is right."""
    found = ADDRESS.fullmatch(template)
    if found is None:
        return "Give an address such as https://alder.example/verify?key={key}."
    if normal_origin(found[1]) not in origins:
        return "Its scheme, host and port must be one of the storefront's `origins`."
    fields, rest = LINK_FIELDS[kind], PLACEHOLDER.sub("", found[2])
    if sorted(PLACEHOLDER.findall(found[2])) != sorted(fields) or "{" in rest or "}" in rest:
        names = " and ".join("{" + name + "}" for name in fields)
        return f"It must hold {names} once each, and nothing else in braces."
    return None


def is_picture_address(text: str) -> bool:
    """Whether mails may show a picture from there: https, no name or password, no characters to be escaped."""
    found = ADDRESS.fullmatch(text)
    origin = normal_origin(found[1]) if found else None
    return bool(found and origin and origin.startswith("https://") and not set("{}'()") & set(found[2]))
