"""How a maker looks to its own team."""

from typing import Any

from catalog.partner.models import Partner


def maker(partner: Partner) -> dict[str, Any]:
    return {
        "id": partner.public_id,
        "slug": partner.code,
        "name": partner.name,
        "tagline": partner.tagline,
        "story": partner.story,
        "city": partner.city,
        "state": partner.state,
        "returns_policy": partner.returns_policy,
        "is_public": partner.is_public,
        "requires_second_factor": partner.requires_second_factor,
        "suspended": partner.suspended,
    }
