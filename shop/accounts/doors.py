"""What every door of a customer has in common: it opens to the person who signed in, and shows what is theirs."""

from shop.accounts.models import User
from shop.doors import SIGNED_IN
from shop.makers.permissions import SignInRequired
from shop.storefronts.doors import StorefrontDoor


class CustomerDoor(StorefrontDoor):
    permission = SIGNED_IN

    @property
    def person(self) -> User:
        """Who signed in."""
        if self.actor.user is None:
            raise SignInRequired
        return self.actor.user
