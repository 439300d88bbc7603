"""Everything we know of a customer, as files of JSON in a zip."""

import io
import zipfile
from typing import Any

import orjson
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from orders.basket.queries import view_basket
from orders.basket.shapes import basket as basket_shape
from orders.checkout.shapes import order as order_shape
from orders.customers import queries
from shop.accounts import shapes as accounts
from shop.accounts.models import User
from shop.accounts.queries import addresses_of, ring_sizes_of, verified_emails
from shop.mail.models import Mail
from shop.makers.models import Membership
from shop.storefronts.queries import default_storefront


def archive(person: User) -> bytes:
    """A zip of JSON files. What is secret, as a password's hash or a second factor's key, is not in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in contents(person).items():
            file.writestr(f"{name}.json", orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z))
    return packed.getvalue()


def contents(person: User) -> dict[str, Any]:
    """What stands in each file."""
    emails = list(EmailAddress.objects.filter(user=person).order_by("pk").values("email", "verified", "primary"))
    is_verified = person.email.lower() in verified_emails(person)
    return {
        "profile": {
            **accounts.profile(person, email_verified=is_verified),
            "last_login": person.last_login,
            "emails": emails,
            "customer_groups": list(person.customer_groups.order_by("name").values_list("name", flat=True)),
            "social_accounts": list(
                SocialAccount.objects.filter(user=person).order_by("pk").values("provider", "uid", "date_joined")
            ),
        },
        "addresses": [accounts.address(row) for row in addresses_of(person)],
        "ring_sizes": [accounts.ring_size(row) for row in ring_sizes_of(person)],
        "orders": [order_shape(row) for row in queries.all_orders(person)],
        "baskets": [
            basket_shape(view_basket(row, row.storefront or default_storefront()))
            for row in queries.open_baskets(person)
        ],
        "sign_ins": list(
            UserSession.objects.filter(user=person)
            .order_by("pk")
            .values("ip", "user_agent", "created_at", "last_seen_at")
        ),
        "teams": [
            {"maker": row.maker.code, "name": row.maker.name, "roles": row.roles, "joined_at": row.joined_at}
            for row in Membership.objects.filter(user=person).select_related("maker").order_by("pk")
        ],
        "second_factors": list(
            Authenticator.objects.filter(user=person).order_by("pk").values("type", "created_at", "last_used_at")
        ),
        "mails": [
            mail
            for email in emails
            if email["verified"]
            for mail in Mail.objects.to_address(email["email"])
            .order_by("pk")
            .values("template", "to", "subject", "text", "created_at", "sent_at")
        ],
    }
