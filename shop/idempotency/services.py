"""Same key, same request: the same answer, once in effect. The rules stand in the API conventions."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from django.db.models import F, Func, QuerySet, TextField, Value
from django.utils import timezone

from shop.errors import DomainError
from shop.idempotency.models import IdempotentRequest
from shop.prepared import fetch

CLAIM = """
    INSERT INTO idempotency_idempotentrequest (claim, fingerprint, owner, lease_until, content_type, created_at)
    VALUES (%s, %s, %s, %s, '', %s) ON CONFLICT (claim) DO NOTHING RETURNING id
"""
ANSWERED = """
    UPDATE idempotency_idempotentrequest SET status = %s, content_type = %s, body = %s
    WHERE claim = %s AND owner = %s RETURNING id
"""
LEASE = timedelta(seconds=60)
KEPT = timedelta(hours=24)
# A stranger's request leaves nothing behind.
NOT_KEPT = {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS}


class IdempotencyKeyReused(DomainError):
    code = "idempotency_key_reused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "This Idempotency-Key belongs to another request"
    detail = "Send a new key with a new request; send the same body with the same key."


class IdempotencyInProgress(DomainError):
    code = "idempotency_in_progress"
    status = HTTPStatus.CONFLICT
    title = "The first request with this Idempotency-Key is still running"
    detail = "Send it again after `Retry-After` seconds to get its answer."
    retry_after = 1


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """Our right to run the request until the lease ends. `id` is unique over scopes and keys."""

    id: str
    owner: str


def claim_id(scope: str, key: str) -> str:
    """One claim for a scope and key; also stored, unique, on what the request creates."""
    return hashlib.sha256(f"{scope}\0{key}".encode()).hexdigest()


def claim_request(*, scope: str, key: str, fingerprint: str) -> Claim | StoredAnswer:
    """Claim the request, or return the answer it already had.

    Commits by itself, so call it outside a transaction. Raises IdempotencyKeyReused and IdempotencyInProgress.
    """
    identity, owner, now = claim_id(scope, key), secrets.token_hex(16), timezone.now()
    if fetch(CLAIM, [identity, fingerprint, owner, now + LEASE, now]):
        return Claim(identity, owner)
    row = IdempotentRequest.objects.filter(claim=identity).first()
    if row is None or row.created_at < now - KEPT:
        # Freed by its run just now, or kept long enough: begin again.
        IdempotentRequest.objects.filter(claim=identity, created_at__lt=now - KEPT).delete()
        return claim_request(scope=scope, key=key, fingerprint=fingerprint)
    if row.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if row.status is not None:
        return StoredAnswer(row.status, row.content_type, bytes(row.body or b""))
    if not _take_over(row, owner):
        raise IdempotencyInProgress
    return Claim(identity, owner)


def _take_over(row: IdempotentRequest, owner: str) -> bool:
    """A run whose lease has ended died: exactly one retry takes its place."""
    now = timezone.now()
    dead = IdempotentRequest.objects.filter(pk=row.pk, owner=row.owner, status=None, lease_until__lte=now)
    return bool(dead.update(owner=owner, lease_until=now + LEASE))


def store_answer(claim: Claim, answer: StoredAnswer) -> bool:
    """Keep the answer for replays; refusals of the moment, and of strangers, free the key instead.

    False where the run has lost its claim: then nothing is kept.
    """
    if answer.status in NOT_KEPT or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return free(claim)
    return bool(fetch(ANSWERED, [answer.status, answer.content_type, answer.body, claim.id, claim.owner]))


def free(claim: Claim) -> bool:
    """Let the next try with this key run. False where the claim is another run's by now."""
    return bool(_owned(claim).delete()[0])


def _owned(claim: Claim) -> QuerySet[IdempotentRequest]:
    return IdempotentRequest.objects.filter(claim=claim.id, owner=claim.owner)


def forget_answers(naming: Iterable[str]) -> None:
    """Delete the stored answers that name one of these ids or addresses: a person is to be forgotten."""
    words = "|".join(re.escape(word) for word in sorted(naming))
    text = Func(F("body"), Value("escape"), function="encode", output_field=TextField())
    IdempotentRequest.objects.annotate(text=text).filter(text__iregex=words).delete()


def forget_old_requests() -> int:
    """Delete what is older than a day; returns how many."""
    return IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
