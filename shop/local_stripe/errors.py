"""Errors in Stripe's shape."""

from typing import Any

Json = dict[str, Any]


class StripeError(Exception):
    """A request that is answered with an error.

    `keep_answer`: the answer belongs to the idempotency key, a retry gets the same. Stripe keeps the answer
    of everything that began to execute, and forgets what failed the checks before that.
    `keep_changes`: the state that the request left behind stays (a declined card leaves its trace).
    """

    status = 400
    type = "invalid_request_error"
    keep_answer = False
    keep_changes = False

    def __init__(
        self, message: str, *, code: str | None = None, param: str | None = None, status: int = 0, **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status or self.status
        fields = {"type": self.type, "message": message, "code": code, "param": param, **more}
        self.error = {key: value for key, value in fields.items() if value is not None}

    def body(self) -> Json:
        """Return the answer's body."""
        return {"error": self.error}


class Refused(StripeError):
    """The request was sound, but the state of an object forbids it."""

    keep_answer = True


class CardError(StripeError):
    """The bank said no."""

    status = 402
    type = "card_error"
    keep_answer = True
    keep_changes = True


class KeyReused(StripeError):
    """An idempotency key came with other parameters than the first time."""

    type = "idempotency_error"


def missing(kind: str, object_id: str, param: str = "id", status: int = 404) -> StripeError:
    """No such object. Stripe answers 404 for the object in the path and 400 for one named by a parameter."""
    return StripeError(f"No such {kind}: '{object_id}'", code="resource_missing", param=param, status=status)


def missing_param(name: str) -> StripeError:
    """A parameter that has to be there is not."""
    return StripeError(f"Missing required param: {name}.", code="parameter_missing", param=name)


def unsupported(name: str) -> StripeError:
    """Stripe knows this parameter, the local Stripe does not: better to say so than to ignore it."""
    return StripeError(f"The local Stripe does not support {name}.", code="local_stripe_unsupported", param=name)
