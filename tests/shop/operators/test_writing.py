"""What operators may write, each write in the audit with what it changed."""

from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.partner.models import Partner
from shop.accounts.models import User
from shop.audit.models import AuditEntry
from shop.jobs.services import NotTriedAgain, defer, try_again
from shop.mail.models import Mail
from shop.mail.services import deliver
from shop.operators.sessions import operator_of
from shop.storefronts.models import Storefront
from tests.factories import api_of, make_key, make_maker, make_member, make_piece, make_storefront, make_user, sign_in
from tests.shop.mail.steps import write_mail
from tests.shop.operators.steps import is_let_in, make_operator, operator, signed_in
from tests.shop.operators.test_pages import address, facts, make_dead_letter

pytestmark = pytest.mark.django_db


def last_entry() -> AuditEntry:
    """The newest, which an operator has made."""
    entry = AuditEntry.objects.order_by("-id")[0]
    assert (entry.user, entry.actor, entry.address) == (operator().public_id, operator().public_id, "127.0.0.1")
    assert entry.sign_in.startswith("sin_")
    assert entry.request_id.startswith("req_")
    return entry


def errors_of(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


class TestMakers:
    NEW = {"slug": "alder-and-ash", "name": "Alder & Ash", "is_public": "on"}

    def test_a_new_one(self, site: Client) -> None:
        assert site.post(address(Partner, "add"), self.NEW).status_code == 302
        maker = Partner.objects.get()
        assert (maker.code, maker.name, maker.is_public) == ("alder-and-ash", "Alder & Ash", True)
        entry = last_entry()
        assert (entry.action, entry.object, entry.maker) == ("maker.created", maker.public_id, maker.public_id)
        assert (entry.before, entry.after) == (
            None,
            {
                "slug": "alder-and-ash",
                "name": "Alder & Ash",
                "is_public": True,
                "suspended": False,
                "requires_second_factor": False,
            },
        )

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"slug": "Alder"}, "slug"),
            ({"slug": "admin"}, "slug"),
            ({"slug": "mkr_1"}, "slug"),
            ({"slug": ""}, "slug"),
            ({"slug": "taken"}, "slug"),
            ({"name": ""}, "name"),
            ({"name": "Alder\nBcc: everybody"}, "name"),
            ({"name": "x" * 101}, "name"),
        ],
    )
    def test_one_that_cannot_be(self, site: Client, values: dict[str, str], field: str) -> None:
        make_maker("taken")
        before = facts()
        assert list(errors_of(site.post(address(Partner, "add"), self.NEW | values))) == [field]
        assert facts() == before

    def test_a_change_is_of_what_was_changed(self, site: Client) -> None:
        maker = make_maker("alder", story="<p>Old.</p>")
        form = {"name": maker.name, "code": "stolen", "story": "Forged", "tagline": "Forged", "public_id": "mkr_x"}
        assert site.post(address(Partner, maker.pk, "change"), form).status_code == 302
        maker.refresh_from_db()
        assert (maker.code, maker.story, maker.tagline, maker.is_public) == ("alder", "<p>Old.</p>", "", False)
        entry = last_entry()
        assert (entry.action, entry.maker) == ("maker.changed", maker.public_id)
        assert (entry.before, entry.after) == ({"is_public": True}, {"is_public": False})

    def test_a_closed_one_sells_nothing(self, site: Client, api: Any) -> None:
        make_piece("band")
        assert len(api.get("/store/products").json()["results"]) == 1
        site.post(address(Partner, make_maker().pk, "change"), {"name": "Alder"})
        assert api.get("/store/products").json()["results"] == []

    def test_a_suspended_one_cannot_open_itself(self, site: Client, api: Any) -> None:
        make_piece("band")
        maker, path = make_maker(), address(Partner, make_maker().pk, "change")
        owner = api_of(make_member("owner@example.com"))
        assert list(errors_of(site.post(path, {"name": "Alder", "is_public": "on", "suspended": "on"}))) == [
            "suspended"
        ]
        assert site.post(path, {"name": "Alder", "suspended": "on"}).status_code == 302
        entry = last_entry()
        assert entry.after == {"is_public": False, "suspended": True}
        tool = api_of(make_key(make_member("owner@example.com"), "maker.edit"))
        before = facts()
        for opening in (owner, tool):
            answer = opening.patch("/studio/makers/alder", {"is_public": True})
            assert (answer.status_code, answer.json()["code"]) == (409, "maker_suspended")
        assert facts() == before
        assert (owner.get("/studio/makers/alder").json()["suspended"], maker.is_public) == (True, True)
        assert owner.patch("/studio/makers/alder", {"tagline": "Silver"}).status_code == 200
        assert owner.patch("/studio/makers/alder", {"suspended": False}).status_code == 422
        assert api.get("/store/products").json()["results"] == []

        # Lifted, it is for the maker to open.
        assert site.post(path, {"name": "Alder"}).status_code == 302
        assert api.get("/store/products").json()["results"] == []
        assert owner.patch("/studio/makers/alder", {"is_public": True}).status_code == 200
        assert len(api.get("/store/products").json()["results"]) == 1

    def test_no_path_opens_a_suspended_one(self) -> None:
        maker = make_maker("alder", is_public=False, suspended=True)
        with pytest.raises(IntegrityError, match="partner_suspended_is_not_public"), transaction.atomic():
            Partner.objects.filter(pk=maker.pk).update(is_public=True)

    def test_saving_what_is_there_is_no_change(self, site: Client) -> None:
        maker = make_maker("alder")
        before = facts()
        assert (
            site.post(address(Partner, maker.pk, "change"), {"name": maker.name, "is_public": "on"}).status_code == 302
        )
        assert facts() == before


class TestPeople:
    def test_switched_off_and_signed_out(self, site: Client) -> None:
        member = make_member("owner@example.com")
        api = api_of(member)
        assert api.get("/studio/makers").status_code == 200
        assert site.post(address(User, member.user.pk, "change"), {"email": "forged@example.com"}).status_code == 302
        user = User.objects.get(pk=member.user.pk)
        assert (user.email, user.is_active) == ("owner@example.com", False)
        assert api.get("/studio/makers").status_code == 401
        entry = last_entry()
        assert (entry.action, entry.object, entry.maker) == ("user.changed", user.public_id, "")
        assert (entry.before, entry.after) == ({"is_active": True}, {"is_active": False})

    def test_switched_on_again_their_old_sign_ins_stay_ended(self, site: Client) -> None:
        other = signed_in("other@example.com")
        path = address(User, operator("other@example.com").pk, "change")
        site.post(path, {"is_staff": "on"})
        site.post(path, {"is_staff": "on", "is_active": "on"})
        assert operator("other@example.com").is_active
        assert not is_let_in(other)

    def test_made_an_operator(self, site: Client) -> None:
        user = make_user()
        site.post(address(User, user.pk, "change"), {"is_staff": "on", "is_active": "on", "is_superuser": "on"})
        user.refresh_from_db()
        assert (user.is_staff, user.is_superuser) == (True, False)
        assert last_entry().after == {"is_staff": True}
        browser = Client()
        browser.cookies["sessionid"] = sign_in(user)
        assert not is_let_in(browser), "not without a second factor"

    def test_nobody_changes_themselves(self, site: Client) -> None:
        before = facts()
        assert site.post(address(User, operator().pk, "change"), {"is_active": "on"}).status_code == 403
        assert facts() == before

    def test_nobody_is_added(self, site: Client) -> None:
        assert site.post(address(User, "add"), {"email": "new@example.com", "is_staff": "on"}).status_code == 403


class TestStorefronts:
    NEW = {
        "name": "Market", "currency": "USD", "origins": '["https://market.example"]', "providers": '["stripe"]',
        "link_templates": '{"order": "https://market.example/orders/{number}?token={token}"}',
    }  # fmt: skip

    def test_a_new_one_shows_the_makers_chosen(self, site: Client, api: Any) -> None:
        one, other = make_maker("one"), make_maker("other")
        make_piece("band", maker=one)
        make_piece("bead", maker=other)
        assert site.post(address(Storefront, "add"), self.NEW | {"makers": [one.pk]}).status_code == 302
        storefront = Storefront.objects.get(name="Market")
        shown = api.get("/store/products", Benchpin_Key=storefront.publishable_key).json()["results"]
        assert [item["slug"] for item in shown] == ["band"]
        entry = last_entry()
        assert (entry.action, entry.object, entry.maker) == ("storefront.created", storefront.public_id, "")
        assert entry.after is not None
        assert entry.after["makers"] == [one.public_id]
        assert entry.after["origins"] == ["https://market.example"]

    def test_other_makers_are_a_change(self, site: Client) -> None:
        one, other = make_maker("one"), make_maker("other")
        site.post(address(Storefront, "add"), self.NEW | {"makers": [one.pk]})
        storefront = Storefront.objects.get(name="Market")
        site.post(address(Storefront, storefront.pk, "change"), self.NEW | {"makers": [other.pk], "owner": one.pk})
        assert (last_entry().before, last_entry().after) == ({"makers": [one.public_id]}, {"makers": [other.public_id]})
        storefront.refresh_from_db()
        assert storefront.owner is None

    def test_origins_in_one_form(self, site: Client) -> None:
        site.post(address(Storefront, "add"), self.NEW | {"origins": '["HTTPS://Market.Example:443"]'})
        assert Storefront.objects.get(name="Market").origins == ["https://market.example"]

    def test_it_is_closed(self, site: Client, api: Any) -> None:
        storefront = make_storefront()
        form = self.NEW | {"closed_at_0": "2026-01-01", "closed_at_1": "12:00:00"}
        assert site.post(address(Storefront, storefront.pk, "change"), form).status_code == 302
        assert api.get("/store/products", Benchpin_Key=storefront.publishable_key).status_code == 401

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "Market\r\nBcc: x"}, "name"),
            ({"mail_from_name": "Market\x07"}, "mail_from_name"),
            ({"currency": "EUR"}, "currency"),
            ({"origins": "not json"}, "origins"),
            ({"origins": '"https://market.example"'}, "origins"),
            ({"origins": "[1]"}, "origins"),
            ({"origins": '["*"]', "link_templates": "{}"}, "origins"),
            ({"origins": '["https://market.example/path"]', "link_templates": "{}"}, "origins"),
            ({"providers": '["paypal"]'}, "providers"),
            ({"providers": '{"stripe": 1}'}, "providers"),
            ({"link_templates": '["order"]'}, "link_templates"),
            ({"link_templates": '{"nothing": "https://market.example/"}'}, "link_templates"),
            ({"link_templates": '{"order": 1}'}, "link_templates"),
            ({"link_templates": '{"verify": "https://evil.example/{key}"}'}, "link_templates"),
            ({"logo_url": "http://market.example/logo.png"}, "logo_url"),
            ({"support_email": "nobody"}, "support_email"),
            ({"is_default": "on"}, "__all__"),
        ],
    )
    def test_the_makers_rules_hold(self, site: Client, values: dict[str, str], field: str) -> None:
        Storefront.objects.filter(is_default=True).delete()
        Storefront.objects.create(name="Shop", is_default=True, all_makers=True)
        before = facts()
        given = {"link_templates": ""} if field == "__all__" else {}
        errors = errors_of(site.post(address(Storefront, "add"), self.NEW | given | values))
        assert [name for name in errors if name != "link_templates" or field == name] == [field]
        assert facts() == before

    def test_a_makers_own_is_only_shown(self, site: Client) -> None:
        storefront = make_storefront(owner=make_maker())
        before = facts()
        assert site.get(address(Storefront, storefront.pk, "change")).status_code == 200
        assert site.post(address(Storefront, storefront.pk, "change"), self.NEW).status_code == 403
        assert facts() == before


class TestDeadLetters:
    def retry(self, site: Client, *ids: int) -> list[str]:
        path = "/admin/jobs/deadletter/"
        answer = site.post(path, {"action": "try_again", "_selected_action": ids}, follow=True)
        assert answer.redirect_chain == [(path, 302)]
        return [str(message) for message in answer.context["messages"]]

    def test_tried_again(self, site: Client) -> None:
        job_id, other = make_dead_letter(), make_dead_letter()
        assert self.retry(site, job_id) == ["1 will be tried again."]
        jobs = ProcrastinateJob.objects.in_bulk([job_id, other])
        assert (jobs[job_id].status, jobs[job_id].args) == ("todo", {"payment_id": 0})
        assert jobs[other].status == "failed"
        entry = last_entry()
        assert (entry.action, entry.object) == ("job.tried_again", f"job_{job_id}")
        history = site.get(address(ProcrastinateJob, job_id, "history"), follow=True)
        assert [each.pk for each in history.context["cl"].result_list] == [entry.pk]

    def test_many_at_once_and_one_of_a_kind_that_waits(self, site: Client) -> None:
        ids = [make_dead_letter(), make_dead_letter(), make_dead_letter()]
        defer("orders.payment.cancel_intent", payment_id=1)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET queueing_lock = 'one' WHERE id = %s OR status = 'todo'", ids[:1]
            )
        told = self.retry(site, *ids)
        assert told == [
            f"Job {ids[0]}: Another one of its kind waits already, and will do the work.",
            "2 will be tried again.",
        ]
        assert ProcrastinateJob.objects.get(pk=ids[0]).status == "failed"
        assert AuditEntry.objects.filter(action="job.tried_again").count() == 2

    @pytest.mark.parametrize("status", ["todo", "doing", "succeeded", "cancelled"])
    def test_no_other_job(self, site: Client, status: str) -> None:
        """A job that a worker does just now would be done twice."""
        job_id = make_dead_letter()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'todo' WHERE id = %s", [job_id])
            cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job_id])
        before = facts()
        self.retry(site, job_id)
        request = site.get("/admin/").wsgi_request
        with pytest.raises(NotTriedAgain):
            try_again(job_id, actor=operator_of(request))
        assert facts() == before


class TestMails:
    def send(self, site: Client, mail: Mail) -> list[str]:
        path = "/admin/mail/mail/"
        answer = site.post(path, {"action": "send_again", "_selected_action": [mail.pk]}, follow=True)
        assert answer.redirect_chain == [(path, 302)]
        return [str(message) for message in answer.context["messages"]]

    def test_one_that_was_given_up_is_sent(self, site: Client, settings: Any) -> None:
        """As after two days with a wrong password of the mail server's."""
        mail = write_mail()
        Mail.objects.update(failed_at=timezone.now(), failure="535", tries=20)
        assert self.send(site, mail) == ["1 will be sent."]
        entry = last_entry()
        assert (entry.action, entry.object, entry.before) == (
            "mail.sent_again", mail.public_id, {"failure": "535", "tries": 20},
        )  # fmt: skip
        assert ProcrastinateJob.objects.filter(task_name="shop.mail.deliver", args={"mail_id": mail.pk}).count() == 2
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        deliver(mail.pk)
        assert [sent.to for sent in django_mail.outbox] == [[mail.to]]

    def test_what_has_gone_out_does_not_go_again(self, site: Client) -> None:
        mail = write_mail()
        Mail.objects.update(sent_at=timezone.now())
        before = facts()
        assert self.send(site, mail) == [f"{mail.public_id}: It has been sent.", "0 will be sent."]
        assert facts() == before


def test_two_operators_are_told_apart() -> None:
    first, second = signed_in(), signed_in("other@example.com")
    for client in (first, second):
        client.post(address(Partner, make_maker().pk, "change"), {"name": f"Alder {client.session.session_key}"})
    entries = AuditEntry.objects.filter(action="maker.changed").order_by("id")
    assert [entry.user for entry in entries] == [operator().public_id, operator("other@example.com").public_id]
    assert len({entry.sign_in for entry in entries}) == 2


def test_an_operator_who_was_one(site: Client) -> None:
    make_operator("other@example.com")
    User.objects.filter(pk=operator().pk).update(is_staff=False)
    before = facts()
    answer = site.post(address(Partner, "add"), TestMakers.NEW)
    assert answer["Location"].startswith("/admin/login/")
    assert facts() == before
