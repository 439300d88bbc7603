"""Where allauth asks the project: mails, links, addresses, and what a sign-in sets off."""

import ipaddress
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.account.utils import user_display
from allauth.core import context
from allauth.headless.adapter import DefaultHeadlessAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from shop.accounts.events import EmailVerified, SignedIn
from shop.accounts.models import User
from shop.accounts.rules import is_unmistakable
from shop.events.services import publish
from shop.mail.services import send
from shop.requests import client_address
from shop.storefronts.models import Storefront
from shop.storefronts.queries import storefront_of

# What allauth tells a person of: the mail it names -> what we say.
NOTICES = {
    "account/email/email_changed": "The mail address of your account was changed.",
    "account/email/email_deleted": "A mail address was removed from your account.",
    "account/email/password_changed": "Your password was changed.",
    "account/email/password_reset": "A new password was set, by a key that was mailed to you.",
    "account/email/password_set": "A password was set.",
    "mfa/email/recovery_codes_generated": "New recovery codes were made. The ones before are worth nothing now.",
    "mfa/email/totp_activated": "An authenticator app was set up as your second factor.",
    "mfa/email/totp_deactivated": "The authenticator app was removed. It is no second factor any more.",
    "mfa/email/webauthn_added": "A passkey or security key was added.",
    "mfa/email/webauthn_removed": "A passkey or security key was removed.",
    "socialaccount/email/account_connected": "An account elsewhere was connected: one can sign in with it.",
    "socialaccount/email/account_disconnected": "An account elsewhere was disconnected.",
}
# What allauth would write to an address that nobody has signed up with.
UNKNOWN_ACCOUNT = "account/email/unknown_account"
OTHER_NOTICE = "The way in which you sign in was changed."
# allauth keeps an address with each sign-in; a web server on a Unix socket knows none.
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104


def this_storefront() -> Storefront:
    """The shop window of the request that allauth is working on."""
    return storefront_of(context.request)


class AccountAdapter(DefaultAccountAdapter):
    """Mails lead to the addresses of the request's storefront, never to the Host header's."""

    def clean_email(self, email: str) -> str:
        if not is_unmistakable(email):
            raise ValidationError("Give an address in plain Latin letters, such as ada@example.com.", code="invalid")
        return email

    def is_reauthentication_required(self, *, app: str, **values: Any) -> bool:
        """Not of who has signed in just now."""
        records = get_authentication_records(self.request, self.request.user)
        just_now = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        required: bool = super().is_reauthentication_required(app=app, **values)
        return required and all(record["at"] < just_now for record in records)

    def get_client_ip(self, request: HttpRequest) -> str:
        try:
            return str(ipaddress.ip_address(client_address(request)))
        except ValueError:
            return UNKNOWN_ADDRESS

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        # A savepoint: allauth still has its session to save if somebody else takes the address this very moment.
        with transaction.atomic():
            saved: User = super().save_user(request, user, form, commit)
        return saved

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed:
            publish(EmailVerified(email_address.user_id, email_address.email))
        return confirmed

    def post_login(self, request: HttpRequest, user: User, **values: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **values)
        publish(SignedIn(user.pk))
        return response

    def get_reset_password_from_key_url(self, key: str) -> str:
        return this_storefront().link("reset", key=key)

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        key = f"{context['uid']}-{context['key']}"
        self._send("password_reset", email, link=context["password_reset_url"], key=key)

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        key = emailconfirmation.key
        link = this_storefront().link("verify", key=key)
        self._send("verify_email", emailconfirmation.email_address.email, link=link, key=key)

    def send_account_already_exists_mail(self, email: str) -> None:
        # A new account's password would have been hashed: who listens to the clock must not tell the two apart.
        make_password(email)
        self._send("already_registered", email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        if template_prefix == UNKNOWN_ACCOUNT:
            self._send_nothing()
            return
        self._send("security_notice", email, what=NOTICES.get(template_prefix, OTHER_NOTICE))

    def _send_nothing(self) -> None:
        """As much work as a mail: who listens to the clock must not tell who is there by a password forgotten."""
        with transaction.atomic():
            self._send("password_reset", "nobody@example.com", link="", key="")
            transaction.set_rollback(True)

    def _send(self, template: str, to: str, **values: str) -> None:
        send(template, to=to, context=values, storefront=this_storefront())


def _shown(description: str, example: object) -> Any:
    """A field as allauth's API document takes it."""
    return field(metadata={"description": description, "example": example})


@dataclass(frozen=True)
class Person:
    """Whoever signs in, as /v1/auth shows them."""

    id: str = _shown("Stands for the person wherever the API names them.", "usr_3k9v2c8n4x7q")
    display: str = _shown("A name to greet them by.", "Ada Lovelace")
    email: str | None = _shown("The address they sign in with.", "ada@example.com")
    has_usable_password: bool = _shown("Whether they can sign in by password.", True)


class HeadlessAdapter(DefaultHeadlessAdapter):
    def get_frontend_url(self, urlname: str, **values: Any) -> str:
        """Our mails do without, theirs are the storefront's; without any allauth looks for pages that are not there."""
        return str(settings.PUBLIC_URL)

    def get_user_dataclass(self) -> type[Person]:
        return Person

    def user_as_dataclass(self, user: User) -> Person:
        email = EmailAddress.objects.get_primary_email(user)
        return Person(user.public_id, user_display(user), email or None, user.has_usable_password())


class MfaAdapter(DefaultMFAAdapter):
    def get_totp_issuer(self) -> str:
        """The name that authenticator apps show."""
        return this_storefront().name

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """A passkey lives at the host of the page that asks for it: one of the storefront's origins, else ours."""
        storefront = this_storefront()
        origin = context.request.headers.get("Origin", "")
        home = origin if origin in storefront.origins else settings.PUBLIC_URL
        return {"id": urlsplit(home).hostname or "", "name": storefront.name}


class SocialAdapter(DefaultSocialAccountAdapter):
    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Whether the provider's word is enough; else the person is asked for an address."""
        known: bool = super().is_auto_signup_allowed(request, sociallogin)
        return known and all(is_unmistakable(address.email.lower()) for address in sociallogin.email_addresses)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        user: User = super().save_user(request, sociallogin, form)
        # The provider has verified these.
        for address in EmailAddress.objects.filter(user=user, verified=True):
            publish(EmailVerified(user.pk, address.email))
        return user
