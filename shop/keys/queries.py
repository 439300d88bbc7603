"""Finding the key that a request brings, and the keys of a maker."""

from django.db import connection

from shop.errors import NotFound
from shop.keys.models import SecretKey
from shop.keys.rules import digest
from shop.pagination import Order, Page, paginate

NEWEST = Order("newest", "created_at", descending=True)


def usable_key(secret: str) -> SecretKey | None:
    """The key of this secret with its owner, if it can be used now: one query.

    Asked in a transaction, it also holds the key until the end of it: who revokes the key waits.
    """
    name = digest(secret)
    if connection.in_atomic_block:
        _hold(name)
    keys = SecretKey.objects.usable().select_related("membership__user", "membership__maker")
    return keys.filter(digest=name, membership__user__is_active=True).first()


def _hold(name: str) -> None:
    """Shared, so that a key's requests do not wait for each other, nor for the noting of its last use."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM keys_secretkey WHERE digest = %s FOR KEY SHARE", [name])


def list_keys(maker_id: int, *, limit: int, cursor: str | None) -> Page[SecretKey]:
    """A maker's keys, the newest first, ended ones too: one query. Raises InvalidCursor."""
    return paginate(SecretKey.objects.for_maker(maker_id).with_parts(), order=NEWEST, limit=limit, cursor=cursor)


def get_key(maker_id: int, key_id: str) -> SecretKey:
    """A key of this maker. Raises NotFound."""
    key = SecretKey.objects.for_maker(maker_id).with_parts().filter(public_id=key_id).first()
    if key is None:
        raise NotFound
    return key
