"""What happens to a person's account, for those who keep something of theirs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmailVerified:
    """The person has shown that they read the mail of this address."""

    user_id: int
    email: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person has signed in, second factor included."""

    user_id: int
