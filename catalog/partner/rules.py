"""What a maker may be called in addresses, and how many one person may begin. Pure."""

import re

MAX_MAKERS = 5
MAX_SLUG = 64
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_HINT = "Use 2 to 64 small letters, digits and single hyphens between them: alder-and-ash."
# Storefronts put slugs into their own addresses, beside pages of these names.
RESERVED = frozenset({
    "about", "account", "accounts", "admin", "all", "api", "app", "auth", "basket", "benchpin", "blog", "cart",
    "checkout", "collections", "contact", "dev", "docs", "health", "help", "hooks", "legal", "login", "logout",
    "mail", "maker", "makers", "me", "media", "new", "news", "none", "null", "operator", "operators", "order",
    "orders", "platform", "privacy", "products", "root", "search", "shop", "sign-in", "sign-up", "sitemap", "static",
    "store", "storefront", "storefronts", "studio", "support", "system", "terms", "test", "undefined", "v1", "www",
})  # fmt: skip


def slug_error(slug: str) -> str | None:
    """What is wrong with a maker's slug, in words; None where it is right."""
    if not (2 <= len(slug) <= MAX_SLUG and SLUG.fullmatch(slug)):
        return SLUG_HINT
    if slug in RESERVED:
        return "This word is kept for the platform. Take another."
    return None
