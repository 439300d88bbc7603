"""Makers and pieces for tests, put in by the same services as everybody's."""

import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from catalog.browse.services import rebuild_documents
from catalog.catalogue.models import Product
from catalog.imports.items import ProductItem, VariantItem
from catalog.imports.services import import_product
from catalog.partner.models import Partner, StockRecord
from orders.offer.models import ConditionalOffer
from orders.offer.rules import IN_PERCENT
from orders.offer.services import create_offer
from orders.voucher.models import Voucher
from orders.voucher.services import create_voucher
from shop.accounts.models import User
from shop.actors import SYSTEM
from shop.keys import rules as key_rules
from shop.keys.models import SecretKey
from shop.makers.models import Membership
from shop.storefronts.models import Storefront
from tests.api import Api

PASSWORD = "bench-pin-and-saw-frame"


def make_maker(slug: str = "alder", **values: Any) -> Partner:
    return Partner.objects.get_or_create(code=slug, defaults={"name": slug.title()} | values)[0]


def make_variant(sku: str, price: str = "180.00", stock: int = 5, **values: Any) -> VariantItem:
    return VariantItem(line=0, sku=sku, price=Decimal(price), stock=stock, **values)


def make_piece(handle: str = "band", *variants: VariantItem, maker: Partner | None = None, **values: Any) -> Product:
    """A piece on sale; without variants given it has one, with the SKU `<HANDLE>-1`, 180.00, five in stock."""
    item = ProductItem(
        handle=handle,
        line=0,
        title=values.pop("title", handle.replace("-", " ").title()),
        variants=variants or (make_variant(f"{handle.upper()}-1"),),
        **values,
    )
    maker = maker or make_maker()
    import_product(item, maker=maker, source="test")
    return Product.objects.get(maker=maker, source_handle=handle)


def make_offer(
    kind: str = "percentage", value: str | None = "10", *, maker: Partner | None = None, **values: Any
) -> ConditionalOffer:
    """An offer as the studio makes it; the platform's without a maker. Of `condition`, `limits` and `applies_to` only
    what is given has to be named.
    """
    number = Decimal(value) if value is not None else None
    in_percent = kind in IN_PERCENT
    nothing = {
        "condition": {"min_quantity": None, "min_amount": None},
        "limits": {"uses": None, "uses_per_customer": None, "uses_per_order": None, "discount": None},
        "applies_to": {"products": [], "categories": [], "except_products": [], "except_categories": []},
    }
    given = {name: parts | values.pop(name, {}) for name, parts in nothing.items()}
    benefit = {"kind": kind, "percent": number if in_percent else None, "amount": None if in_percent else number}
    values = {"label": "Ten percent", "by_voucher": False, "benefit": benefit, **given, **values}
    return create_offer(maker=maker, values=values, actor=SYSTEM)


def make_voucher(code: str = "WELCOME", *offers: ConditionalOffer, **values: Any) -> Voucher:
    """A voucher as the studio makes it; without an offer named it opens one of ten percent, the platform's."""
    opened = offers or (make_offer(by_voucher=True),)
    values = {"code": code, "offers": [offer.public_id for offer in opened], **values}
    return create_voucher(maker=opened[0].maker, values=values, actor=SYSTEM)


def stock(sku: str) -> StockRecord:
    """The stock record as it stands in the database now."""
    return StockRecord.objects.get(partner_sku=sku)


def written_past_services() -> None:
    """What a test has written into the tables itself is told to nobody: the documents are written anew."""
    rebuild_documents()


def make_user(email: str = "ada@example.com", **values: Any) -> User:
    """A person whose address is verified, with the password PASSWORD."""
    if found := User.objects.filter(email=email).first():
        return found
    user = User.objects.create_user(email, PASSWORD)
    for name, value in values.items():
        setattr(user, name, value)
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def make_member(email: str, *roles: str, maker: Partner | None = None) -> Membership:
    """A person on the maker's team; without roles an owner."""
    maker, user = maker or make_maker(), make_user(email)
    return Membership.objects.get_or_create(maker=maker, user=user, defaults={"roles": list(roles) or ["owner"]})[0]


def make_key(membership: Membership, *scopes: str) -> str:
    """The secret of a new key; it counts as used just now, so that its use changes nothing."""
    secret = key_rules.new_secret()
    SecretKey.objects.create(
        maker=membership.maker, membership=membership, name="Test", scopes=list(scopes),
        digest=key_rules.digest(secret), hint=key_rules.hint(secret), last_used_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    return secret


def make_storefront(*, owner: Partner | None = None, **values: Any) -> Storefront:
    """An own storefront of a maker, or one of the platform's that shows every maker."""
    return Storefront.objects.create(name="Window", owner=owner, all_makers=owner is None, **values)


def sign_in(user: User, *, second_factor: bool = False) -> str:
    """The session token of a sign-in by password, as /v1/auth gives it."""
    session = SessionStore()
    records = [{"method": "password", "at": time.time(), "email": user.email, "reauthenticated": True}]
    if second_factor:
        records.append({"method": "mfa", "at": time.time(), "type": "totp", "reauthenticated": True})
    session.update({
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "allauth.account.auth_backends.AuthenticationBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
        "account_authentication_methods": records,
        "account_authentication_methods_user": str(user.pk),
    })  # fmt: skip
    session.save()
    return str(session.session_key)


def api_of(who: User | Membership | str, *, second_factor: bool = False, **headers: str) -> Api:
    """A client for a person, a member, or the secret of a key."""
    if isinstance(who, str):
        return Api(Authorization=f"Bearer {who}", **headers)
    user = who.user if isinstance(who, Membership) else who
    return Api(X_Session_Token=sign_in(user, second_factor=second_factor), **headers)
