"""How a storefront looks outside: to its maker, and to whoever builds on it."""

from typing import Any

from django.conf import settings

from shop.storefronts.models import Storefront


def storefront(row: Storefront) -> dict[str, Any]:
    """A maker's own storefront (with `owner`) as its team sees it."""
    return {
        "id": row.public_id,
        "name": row.name,
        "publishable_key": row.publishable_key,
        "previous_key_until": row.previous_key_until,
        "makers": [maker(row)],
        "origins": row.origins,
        "currency": row.currency,
        "providers": row.providers,
        "payment_instructions": row.payment_instructions,
        "link_templates": row.link_templates,
        "mail": {
            "from_name": row.mail_from_name,
            "footer": row.mail_footer,
            "support_email": row.support_email,
            "logo_url": row.logo_url,
        },
        "created_at": row.created_at,
        "closed_at": row.closed_at,
    }


def window(row: Storefront) -> dict[str, Any]:
    """What a storefront's page needs to know of itself before it shows anything."""
    return {
        "name": row.name,
        "maker": maker(row),
        "currency": row.currency,
        "providers": [provider(code) for code in row.providers],
        "support_email": row.support_email,
        "logo_url": row.logo_url,
    }


def maker(row: Storefront) -> dict[str, str] | None:
    """Whose own storefront it is; None for the platform's."""
    return {"slug": row.owner.code, "name": row.owner.display_name} if row.owner else None


def provider(code: str) -> dict[str, str]:
    return {"code": code, "publishable_key": settings.STRIPE_PUBLISHABLE_KEY if code == "stripe" else ""}
