"""What operators see of everything, and that seeing is all they can do where a service owns the change."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.catalogue.models import Category
from catalog.partner.models import Partner
from config.admin import site as pages
from orders.disputes.models import Dispute
from orders.ledger.rules import Account, Kind, late_charge
from orders.ledger.services import post
from orders.offer.models import ConditionalOffer, CustomerGroup
from orders.order.models import Order
from orders.payment.models import Payment, StripeEvent
from orders.reconcile.models import StripeMovement
from orders.refunds.models import Refund, RefundPart
from shop.accounts.models import User
from shop.actors import SYSTEM
from shop.audit import services as audit
from shop.audit.models import AuditEntry
from shop.jobs.models import DeadLetter
from shop.jobs.services import defer
from shop.keys.models import SecretKey
from shop.mail.models import Mail
from shop.makers.models import Invitation, Membership, OwnershipTransfer
from shop.operators.admin import AuditedAdmin, ReadOnlyAdmin
from shop.storefronts.models import Storefront
from tests.api import Api
from tests.factories import make_key, make_maker, make_member, make_piece, make_storefront, make_variant, make_voucher
from tests.fakes.local_stripe import LocalStripe
from tests.scene import snapshot
from tests.shop.operators.steps import EMAIL

pytestmark = pytest.mark.django_db
MODELS = tuple(pages._registry)
WRITABLE = {User, Partner, Category, Storefront, CustomerGroup, ConditionalOffer}
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)

ACTIONS = {
    ConditionalOffer: {"end"},
    DeadLetter: {"try_again"},
    Mail: {"send_again"},
    Order: {"approve_review", "cancel_order"},
    Payment: {"mark_received"},
    Refund: {"mark_given_back"},
}
# Names of columns that hold a secret, its hash, or what a mail tells its reader.
SECRET = {"password", "digest", "token_hash", "client_secret", "text", "html", "subject"}


def address(model: type[Model], *rest: Any) -> str:
    meta = model._meta
    return "/".join(["/admin", meta.app_label, str(meta.model_name), *(str(quote(part)) for part in rest), ""])


def add_one_of_each(api: Api, stripe_server: LocalStripe, number: int) -> None:
    """A shop's rows, `number` telling them apart."""
    maker = make_maker(f"maker-{number}")
    make_piece(f"ring-{number}", make_variant(f"RING-{number}"), maker=maker, category=f"Rings > Ring {number}")
    owner = make_member(f"owner-{number}@example.com", maker=maker)
    taker = make_member(f"taker-{number}@example.com", "manager", maker=maker)
    make_key(owner, "products.read")
    make_storefront(owner=maker)
    Invitation.objects.create(
        maker=maker, email=f"new-{number}@example.com", roles=["manager"], token_hash=str(number), invited_by=owner.user
    )
    OwnershipTransfer.objects.create(maker=maker, giver=owner, taker=taker)
    Mail.objects.create(
        message_id=f"<{number}@test>", template="verify_email", to="ada@example.com", from_email="shop@localhost",
        subject="Your code is 123456", text="123456", html="<p>123456</p>",
    )  # fmt: skip
    placed = api.placed(**{f"RING_{number}": 1})
    payment = Payment.objects.get(order__number=placed["order"]["number"])
    money = {"payment": payment, "amount": 1, "currency": "USD"}
    refund = Refund.objects.create(order=payment.order, reason="goodwill", key=f"refund:{number}", **money)
    RefundPart.objects.create(refund=refund, kind="goodwill", maker=maker, amount=1)
    Dispute.objects.create(stripe_id=f"dp_{number}", status="won", opened_at=timezone.now(), **money)
    StripeEvent.objects.create(event_id=f"evt_{number}", type="ping")
    StripeMovement.objects.create(
        movement_id=f"txn_{number}", kind="charge", net="17.53", currency="USD", created_at=timezone.now()
    )
    post(
        key=f"charge:{number}", kind=Kind.LATE_CHARGE, order=Order.objects.latest("pk"),
        entries=late_charge(Account.STRIPE, Decimal(5)),
    )  # fmt: skip
    make_dead_letter()
    make_voucher(f"CODE-{number}")
    CustomerGroup.objects.create(name=f"Group {number}").members.add(owner.user)
    audit.record(SYSTEM, "test.made", maker=maker.public_id, object=maker.public_id, after={"number": number})


def make_dead_letter() -> int:
    """A job that has failed for good; its id."""
    known = set(ProcrastinateJob.objects.values_list("pk", flat=True))
    defer("orders.payment.cancel_intent", payment_id=0)
    job = ProcrastinateJob.objects.exclude(pk__in=known).get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 5 WHERE id = %s", [job.pk])
    return job.pk


@pytest.fixture
def shop(api: Api, stripe_server: LocalStripe) -> None:
    add_one_of_each(api, stripe_server, 1)


def facts() -> set[str]:
    """All rows, but for the sessions, in which it is noted that somebody was there."""
    return {row for row in snapshot() if not row.startswith("django_session ")}


def rows(model: type[Model]) -> Iterator[Any]:
    return model._default_manager.order_by("pk")


class TestTheTable:
    @each_model
    def test_each_page_only_shows_or_writes_down(self, model: type[Model]) -> None:
        page = pages.get_model_admin(model)
        assert isinstance(page, ReadOnlyAdmin)
        assert isinstance(page, AuditedAdmin) == (model in WRITABLE)

    @each_model
    def test_each_names_what_it_shows_and_no_secret_is_among_it(self, model: type[Model]) -> None:
        page = pages.get_model_admin(model)
        assert page.fields
        assert not SECRET & {*page.fields, *page.list_display}
        for inline in page.inlines:
            assert inline.fields
            assert not SECRET & set(inline.fields)

    @each_model
    def test_nothing_is_deleted_and_few_have_an_action(self, model: type[Model], rf: Any) -> None:
        page = pages.get_model_admin(model)
        request = rf.get("/")
        assert not page.has_delete_permission(request)
        assert set(page.actions) == ACTIONS.get(model, set())
        assert not page.list_editable
        assert list(pages.actions) == []

    def test_every_page_is_here(self) -> None:
        assert {model.__name__ for model in MODELS} == {
            "AuditEntry", "Category", "ConditionalOffer", "CustomerGroup", "DeadLetter", "Dispute", "Invitation",
            "LedgerTransaction", "Mail", "Membership", "Order", "OwnershipTransfer", "Partner", "Payment",
            "ProcrastinateJob", "Refund", "SecretKey", "StockRecord", "Storefront", "StripeCommand", "StripeEvent",
            "StripeMovement", "User", "Voucher",
        }  # fmt: skip


@pytest.mark.usefixtures("shop")
class TestShowing:
    def test_the_first_page_names_them_all(self, site: Client) -> None:
        text = site.get("/admin/").text
        assert all(address(model) in text for model in MODELS)

    @each_model
    def test_list_and_details(self, site: Client, model: type[Model]) -> None:
        assert rows(model).count() > 0
        assert site.get(address(model)).status_code == 200
        assert site.get(address(model), {"q": "x"}).status_code == 200
        for name in pages.get_model_admin(model).filters:
            for lookup in ("", "__exact", "__isempty"):
                assert site.get(address(model), {name + lookup: "1"}).status_code in (200, 302)
        for row in rows(model):
            answer = site.get(address(model, row.pk, "change"))
            assert answer.status_code == 200, row
            assert answer.context["original"] == row

    def test_jobs_by_status(self, site: Client) -> None:
        for status, number in [("failed", 1), ("succeeded", 0), ("of nobody", 1), ("1", 1)]:
            answer = site.get(address(ProcrastinateJob), {"state": status})
            assert len([job for job in answer.context["cl"].result_list if job.status == "failed"]) == number

    @each_model
    def test_its_history_is_in_the_audit(self, site: Client, model: type[Model]) -> None:
        row = rows(model).first()
        answer = site.get(address(model, row.pk, "history"), follow=True)
        assert answer.status_code == 200
        assert answer.redirect_chain[0][0].startswith("/admin/audit/auditentry/?object=")

    def test_a_makers_history(self, site: Client) -> None:
        row = Partner.objects.get(code="maker-1")
        answer = site.get(address(Partner, row.pk, "history"), follow=True)
        assert [entry.action for entry in answer.context["cl"].result_list] == ["test.made"]

    @each_model
    def test_a_row_that_is_not_there(self, site: Client, model: type[Model]) -> None:
        assert site.get(address(model, 987654321, "change"))["Location"] == "/admin/"
        assert site.get(address(model, 987654321, "history")).status_code == 404

    @each_model
    def test_no_secret_is_on_any_page(self, site: Client, model: type[Model]) -> None:
        key, invitation, mail, payment = (made.objects.get() for made in (SecretKey, Invitation, Mail, Payment))
        assert payment.client_secret
        secrets = [key.digest, payment.client_secret, mail.text, mail.subject]
        secrets += [user.password for user in User.objects.all()]
        texts = [
            site.get(address(model)).text,
            *(site.get(address(model, row.pk, "change")).text for row in rows(model)),
        ]
        assert not [secret for secret in secrets for text in texts if secret in text]
        assert f">{invitation.token_hash}<" not in "".join(texts) or model is not Invitation

    @pytest.mark.parametrize(
        "query",
        [
            "accounts/user/?password__startswith=argon2",
            "accounts/user/?authenticator__data__contains=A",
            "keys/secretkey/?digest__startswith=a",
            "keys/secretkey/?membership__user__password__startswith=a",
            "keys/secretkey/?maker__memberships__user__password__startswith=a",
            "mail/mail/?text__contains=1",
            "makers/invitation/?token_hash=1",
            "payment/payment/?client_secret__startswith=pi",
            "audit/auditentry/?after__regex=a",
        ],
    )
    def test_what_is_not_shown_cannot_be_guessed_at(self, site: Client, query: str) -> None:
        # Django answers an address that it does not allow as a bad one.
        assert site.get(f"/admin/{query}").status_code == 400


@each_model
def test_a_list_takes_as_many_queries_for_more_rows(
    site: Client, api: Api, stripe_server: LocalStripe, model: type[Model]
) -> None:
    site.get("/admin/")  # the moment of the last request is written down now
    add_one_of_each(api, stripe_server, 1)
    with CaptureQueriesContext(connection) as few:
        assert site.get(address(model)).status_code == 200
    for number in (2, 3, 4):
        add_one_of_each(api, stripe_server, number)
    with CaptureQueriesContext(connection) as many:
        assert site.get(address(model)).status_code == 200
    assert len(many) == len(few) <= 8


@pytest.mark.usefixtures("shop")
class TestReadOnly:
    """Forms that nobody was shown."""

    @each_model
    def test_a_forged_change(self, site: Client, model: type[Model]) -> None:
        if model in WRITABLE:
            pytest.skip("see the tests of what is written")
        form = {field.name: "1" for field in model._meta.concrete_fields} | {"status": "paid", "roles": '["owner"]'}
        before = facts()
        for row in rows(model):
            assert site.post(address(model, row.pk, "change"), form).status_code == 403
        assert site.post(address(model, "add"), form).status_code == 403
        assert site.post(address(model), {"form-0-status": "paid", "_save": "Save"} | form).status_code == 200
        assert facts() == before

    @each_model
    def test_a_forged_deletion(self, site: Client, model: type[Model]) -> None:
        before = facts()
        for row in rows(model):
            assert site.post(address(model, row.pk, "delete"), {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows(model)], "post": "yes"}
        assert site.post(address(model), chosen).status_code in (200, 302)
        assert facts() == before

    @each_model
    def test_a_stranger_with_a_forged_form(self, model: type[Model]) -> None:
        owner = Client()
        owner.force_login(Membership.objects.first().user)
        operator_without_factor = Client()
        User.objects.filter(email="taker-1@example.com").update(is_staff=True, is_superuser=True)
        operator_without_factor.force_login(User.objects.get(email="taker-1@example.com"))
        before = facts()
        for client in (Client(), owner, operator_without_factor):
            for row in rows(model):
                assert (
                    client.post(address(model, row.pk, "change"), {"name": "Forged", "is_staff": "on"}).status_code
                    == 302
                )
            assert client.post(address(model, "add"), {"name": "Forged", "slug": "forged"}).status_code == 302
            assert client.post(address(model), {"action": "try_again", "_selected_action": ["1"]}).status_code == 302
        assert facts() == before

    def test_the_audit_is_as_it_was(self, site: Client) -> None:
        """The operator's own log of Django's, which would keep addresses, is not written either."""
        entries = AuditEntry.objects.count()
        user = User.objects.get(email="owner-1@example.com")
        site.post(address(User, user.pk, "change"), {"is_staff": "on", "is_active": "on"})
        assert AuditEntry.objects.count() == entries + 1
        assert not [row for row in snapshot() if row.startswith("django_admin_log ")]
        assert EMAIL not in str(list(AuditEntry.objects.values()))
