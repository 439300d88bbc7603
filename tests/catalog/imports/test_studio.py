"""Files of pieces through the studio's doors: out, in, by whom, and what is written down."""

import json
from typing import Any

import pytest
from django.http import HttpResponse

from catalog.catalogue.models import ImageStatus, Product, ProductImage
from catalog.imports import services
from catalog.partner.models import StockRecord
from shop.audit.models import AuditEntry
from tests.catalog.bench import problem
from tests.catalog.imports.test_benchpin import export, ring, to_text
from tests.factories import api_of, make_key, make_maker, make_member, make_piece, make_variant
from tests.scene import snapshot

pytestmark = pytest.mark.django_db
BASE = "/studio/makers/alder"


def send(text: str, query: str = "", *, who: Any = None, kind: str = "text/csv", **headers: str) -> HttpResponse:
    api = api_of(who or make_member("owner@alder.example"))
    return api.raw("POST", f"{BASE}/imports{query}", text.encode(), kind, **headers)


def report(answer: HttpResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = json.loads(answer.content)
    return found


class TestExport:
    def test_is_the_commands_file_of_this_maker_alone(self) -> None:
        make_piece("band")
        make_piece("other", make_variant("O-1"), maker=make_maker("birch"))
        answer = api_of(make_member("owner@alder.example")).get(f"{BASE}/products/export.csv", Accept="text/csv")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
        assert answer["Content-Disposition"] == 'attachment; filename="alder-products.csv"'
        assert answer["Cache-Control"] == "private, no-store"
        assert b"".join(answer).decode() == export(make_maker())


class TestImport:
    def test_pieces_come_in_as_drafts_and_are_written_down(self) -> None:
        answer = report(send(to_text(ring(status="published", stock_count="2"), ring(handle="b", title="", sku="B"))))
        assert answer == {
            "dry_run": False, "created": 1, "changed": 0, "unchanged": 0, "notices": [],
            "problems": [{"line": 3, "column": "title", "reason": "The product has no title."}],
        }  # fmt: skip
        piece = Product.objects.pieces().get()
        assert not piece.is_public
        entry = AuditEntry.objects.latest("pk")
        assert (entry.action, entry.object) == ("product.imported", piece.public_id)
        assert entry.after == {"handle": "ring", "outcome": "created"}

    def test_what_did_not_change_is_not_written_down(self) -> None:
        send(to_text(ring()))
        before = AuditEntry.objects.count()
        assert report(send(to_text(ring())))["unchanged"] == 1
        assert AuditEntry.objects.count() == before

    def test_a_dry_run_changes_nothing_and_its_key_is_not_that_of_the_run(self) -> None:
        owner = make_member("owner@alder.example")
        api_of(owner)
        before = snapshot()
        api = api_of(owner)
        known = snapshot() - before
        answer = api.raw("POST", f"{BASE}/imports?dry_run=true", to_text(ring()).encode(), "text/csv")
        assert report(answer)["created"] == 1
        assert snapshot() - before == known

    def test_the_same_key_for_the_dry_run_and_the_run(self) -> None:
        text = to_text(ring())
        assert report(send(text, "?dry_run=true", Idempotency_Key="one"))["dry_run"]
        assert report(send(text, Idempotency_Key="one"))["created"] == 1
        again = send(text, Idempotency_Key="one")
        assert again["Idempotent-Replayed"] == "true"
        assert report(again)["created"] == 1

    def test_a_published_piece_keeps_what_it_was_published_for(self) -> None:
        piece = make_piece("ring", make_variant("R-1"))
        ProductImage.objects.create(product=piece)
        ProductImage.objects.update(status=ImageStatus.READY, original="products/x.webp", width=8, height=8)
        answer = report(send(to_text(ring(price=""))))
        assert "Give at least one variant a price" in answer["problems"][0]["reason"]
        assert StockRecord.objects.get().price is not None
        assert report(send(to_text(ring(price="99.00"))))["changed"] == 1
        assert Product.objects.pieces().get().is_public


class TestWhoMay:
    def test_a_file_that_counts_needs_the_permission_to_count(self) -> None:
        key = make_key(make_member("owner@alder.example"), "products.edit")
        before = Product.objects.count()
        answer = send(to_text(ring(stock_count="2", stock_policy="stock")), who=key)
        assert problem(answer) == (403, "not_permitted")
        assert json.loads(answer.content)["permission"] == "stock.edit"
        assert Product.objects.count() == before
        assert report(send(to_text(ring()), who=key))["created"] == 1

    def test_who_is_removed_meanwhile_puts_no_more_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """After the first product: what went in stays, the rest does not."""
        member = make_member("manager@alder.example", "manager")
        written = services._write

        def write_and_remove(*args: Any) -> None:
            written(*args)
            type(member).objects.filter(pk=member.pk).update(roles=["instructor"])

        monkeypatch.setattr(services, "_write", write_and_remove)
        answer = send(to_text(ring(), ring(handle="b", sku="B-1")), who=member)
        assert problem(answer) == (403, "not_permitted")
        assert Product.objects.pieces().count() == 1


class TestRefused:
    def test_other_content_types(self) -> None:
        assert problem(send("{}", kind="application/json")) == (415, "unsupported_media_type")

    def test_a_large_file_is_told_the_command(self) -> None:
        answer = send("x" * (services.MAX_BYTES + 1))
        assert problem(answer) == (413, "body_too_large")
        assert "manage.py import_products" in json.loads(answer.content)["detail"]

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("\n", "unreadable_import"),
            ("%PDF-1.7", "unreadable_import"),
            ("handle,title,sku\n" + "".join(f"p{n},P,S-{n}\n" for n in range(501)), "import_too_large"),
            ("handle,title,sku\n" + "x\n" * 1_001, "unreadable_import"),
        ],
    )
    def test_as_a_whole(self, text: str, code: str) -> None:
        assert problem(send(text)) == (422, code)
        assert not Product.objects.exists()

    def test_a_file_of_no_format_is_a_report(self) -> None:
        (remark,) = report(send("a,b\n1,2\n"))["problems"]
        assert "of no format" in remark["reason"]

    def test_a_format_that_is_not_there(self) -> None:
        assert problem(send(to_text(ring()), "?format=ebay")) == (422, "invalid_input")
