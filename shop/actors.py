"""Who asks: a person who signed in, a tool with a secret key, a guest, or the shop itself."""

from dataclasses import dataclass
from datetime import datetime

from shop.accounts.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller of a door, as services, permissions and audit see it. They never see the request.

    `sign_in` names the sign-in without giving it away. `scopes` and `membership_id` are a key's: what it was
    given, and whose it is.
    """

    user: User | None = None
    sign_in: str = ""
    second_factor: bool = False
    confirmed_at: datetime | None = None
    key: str = ""
    key_used_at: datetime | None = None
    scopes: frozenset[str] | None = None
    membership_id: int | None = None
    address: str = ""

    @property
    def is_person(self) -> bool:
        return self.user is not None and not self.key

    @property
    def is_anonymous(self) -> bool:
        return self.user is None

    @property
    def id(self) -> str:
        """For records: `key_...`, else `usr_...`, else what the shop itself did."""
        if self.key:
            return self.key
        return self.user.public_id if self.user else "system"


SYSTEM = Actor()
