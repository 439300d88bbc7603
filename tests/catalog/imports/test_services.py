"""Items go into the catalog, product by product, and what did not change is not written."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.catalogue.models import Category, ImageStatus, Product, ProductImage
from catalog.catalogue.stones import STONE_KEYS
from catalog.imports.items import ImageItem, Problem, ProductItem, StoneItem
from catalog.imports.services import Outcome, import_items, import_product
from catalog.inventory.models import StockMovement, StockShortfall
from catalog.inventory.services import hold
from tests.factories import make_maker, make_piece, make_variant, stock
from tests.scene import snapshot

pytestmark = pytest.mark.django_db

GOLD = make_variant("R-G", "690.00", 3, metal="14k-yellow-gold", options={"metal": "14k yellow gold"})
SILVER = make_variant("R-S", "180.00", 5, metal="sterling-silver", options={"metal": "sterling silver"})
FRONT = ImageItem("https://images.example.com/front.jpg", 1, "Front")
SIDE = ImageItem("https://images.example.com/side.jpg", 2, "Side")


def ring(**values: Any) -> ProductItem:
    defaults: dict[str, Any] = {
        "handle": "ring",
        "line": 2,
        "title": "Ring",
        "variants": (SILVER, GOLD),
        "category": "Rings > Bands",
        "images": (FRONT, SIDE),
        "stones": (StoneItem("diamond", "lab_grown", carat=Decimal("0.25")),),
        "tags": ("hammered", "wide"),
    }
    return ProductItem(**defaults | values)


def others(*handles: str) -> list[ProductItem]:
    return [
        ProductItem(handle=handle, line=number, title=handle, variants=(make_variant(f"{handle}-1"),))
        for number, handle in enumerate(handles, start=10)
    ]


def imported(*found: ProductItem | Problem, slug: str = "alder", dry_run: bool = False) -> tuple[dict[str, int], Any]:
    """Import for a maker: the outcomes, and the problems as tuples."""
    report = import_items(found, maker=make_maker(slug), source="import:test.csv", dry_run=dry_run)
    return dict(report.outcomes), [(problem.line, problem.column, problem.reason) for problem in report.problems]


def put(item: ProductItem, slug: str = "alder") -> Outcome:
    return import_product(item, maker=make_maker(slug), source="import:test.csv")


def piece(handle: str = "ring", slug: str = "alder") -> Product:
    return Product.objects.get(maker__code=slug, source_handle=handle)


def waiting_jobs() -> list[dict[str, Any]]:
    jobs = ProcrastinateJob.objects.filter(task_name="catalog.media.fetch_pictures", status="todo")
    return [job.args for job in jobs.order_by("pk")]


class TestFirstImport:
    def test_a_piece_has_all_that_the_item_says(self) -> None:
        item = ring(
            subtitle="Wide",
            description="<p>Hammered.</p>",
            product_type="ring",
            one_of_a_kind=True,
            seo_title="A ring",
            seo_description="Buy it",
        )
        assert imported(item) == ({"created": 1}, [])
        made = piece()
        assert (made.structure, made.slug, made.title, made.subtitle) == ("parent", "ring", "Ring", "Wide")
        assert (made.description, made.product_type, made.tags) == ("<p>Hammered.</p>", "ring", ["hammered", "wide"])
        assert (made.one_of_a_kind, made.is_public) == (True, True)
        assert (made.meta_title, made.meta_description) == ("A ring", "Buy it")
        stone = {**STONE_KEYS, "kind": "diamond", "origin": "lab_grown", "carat": "0.25"}
        assert made.stones == [stone]
        assert [category.full_name for category in made.categories.all()] == ["Rings > Bands"]

    def test_variants_come_with_their_stock_in_the_order_of_the_file(self) -> None:
        put(ring())
        children = list(piece().children.order_by("position"))
        assert [child.title for child in children] == ["sterling silver", "14k yellow gold"]
        assert [child.metal for child in children] == ["sterling-silver", "14k-yellow-gold"]
        silver = stock("R-S")
        assert silver.product == children[0]
        assert (silver.price, silver.price_currency, silver.num_in_stock) == (Decimal("180.00"), "USD", 5)
        assert (silver.policy, silver.num_allocated) == ("stock", 0)

    def test_the_ledger_says_what_was_counted_and_by_which_file(self) -> None:
        sold_out = make_variant("R-0", stock=0)
        put(ring(variants=(SILVER, GOLD, sold_out)))
        rows = StockMovement.objects.order_by("pk").values_list("stockrecord__partner_sku", "kind", "quantity")
        assert list(rows) == [("R-S", "set", 5), ("R-G", "set", 3)]
        assert set(StockMovement.objects.values_list("reference", flat=True)) == {"import:test.csv"}

    def test_pictures_wait_and_one_job_fetches_them_all(self) -> None:
        put(ring())
        pictures = ProductImage.objects.filter(product=piece())
        assert [(image.source_url, image.alt, image.status) for image in pictures] == [
            (FRONT.url, "Front", ImageStatus.PENDING),
            (SIDE.url, "Side", ImageStatus.PENDING),
        ]
        assert waiting_jobs() == [{"product_id": piece().pk}]

    def test_without_pictures_there_is_no_job(self) -> None:
        put(ring(images=()))
        assert waiting_jobs() == []

    def test_pictures_that_are_drawn_here_need_no_job(self) -> None:
        put(ring(images=(ImageItem("demo:ring/1", 1),)))
        assert waiting_jobs() == []

    def test_a_variants_own_picture_is_added_behind_the_others(self) -> None:
        only = "https://images.example.com/gold.jpg"
        put(ring(variants=(replace(SILVER, image_url=SIDE.url), replace(GOLD, image_url=only))))
        pictures = list(ProductImage.objects.filter(product=piece()).order_by("display_order"))
        assert [image.source_url for image in pictures] == [FRONT.url, SIDE.url, only]
        assert stock("R-S").product.picture == pictures[1]
        assert stock("R-G").product.picture == pictures[2]

    def test_a_type_we_do_not_know_is_other(self) -> None:
        put(ring(product_type="tiara"))
        assert piece().product_type == "other"

    def test_a_hidden_product_goes_in_hidden(self) -> None:
        put(ring(published=False))
        assert not piece().is_public

    def test_one_whose_words_contradict_it_goes_in_hidden_and_is_reported(self) -> None:
        item = replace(ring(), title="Platinum Ring")
        reason = (
            'The product is kept as a draft. In its title: "Platinum": No platinum is declared: declare it, '
            "or leave the word out. (16 CFR 23.6)"
        )
        for expected in ({"created": 1}, {"unchanged": 1}):
            assert imported(item) == (expected, [(item.line, "", reason)])
        assert not piece().is_public
        assert imported(replace(item, title="Ring")) == ({"changed": 1}, [])
        assert piece().is_public

    def test_so_does_one_whose_metals_or_stones_contradict_each_other(self) -> None:
        plating = {"metal": "18k-yellow-gold", "kind": "vermeil", "microns": "3", "fraction": ""}
        gilt = {"part": "bezel", "metal": "brass", "weight_g": None, "plating": plating}
        band = {"part": "band", "metal": None, "weight_g": None, "plating": None}
        outcomes, problems = imported(ring(parts=(band, gilt), stones=(StoneItem("moissanite", "natural"),)))
        assert outcomes == {"created": 1}
        assert [reason.partition(": ")[0] for _, _, reason in problems] == [
            "The product is kept as a draft. In its parts",
            "The product is kept as a draft. In its stones.0.origin",
        ]
        assert not piece().is_public


class TestSlugs:
    def test_another_makers_piece_of_that_name_gets_the_makers_name(self) -> None:
        for slug in ("alder", "birch", "cedar"):
            put(ring(), slug)
        assert [piece(slug=slug).slug for slug in ("alder", "birch", "cedar")] == ["ring", "ring-birch", "ring-cedar"]

    def test_and_a_number_where_that_is_taken_too(self) -> None:
        imported(*others("ring", "ring-birch", "ring-birch-2"))
        put(ring(), "birch")
        assert piece(slug="birch").slug == "ring-birch-3"

    def test_letters_of_other_scripts_stay(self) -> None:
        put(ring(handle="кольцо-반지"))
        assert piece("кольцо-반지").slug == "кольцо-반지"

    def test_a_handle_without_letters_gets_a_plain_name(self) -> None:
        imported(*(replace(item, handle=mark) for item, mark in zip(others("a", "b"), "★☆", strict=True)))
        assert sorted(Product.objects.pieces().values_list("slug", flat=True)) == ["piece", "piece-alder"]

    def test_two_handles_of_one_file_with_the_same_slug(self) -> None:
        items = [
            replace(item, handle=handle) for item, handle in zip(others("a", "b"), ("Ring 1", "ring-1"), strict=True)
        ]
        assert imported(*items) == ({"created": 2}, [])
        assert [piece("Ring 1").slug, piece("ring-1").slug] == ["ring-1", "ring-1-alder"]

    def test_the_longest_handle_of_two_makers(self) -> None:
        for slug in ("alder", "birch"):
            put(ring(handle="x" * 255), slug)
        assert piece("x" * 255, "birch").slug == f"{'x' * 120}-birch"

    def test_a_new_title_keeps_the_address(self) -> None:
        put(ring())
        put(ring(title="Another name"))
        assert piece().slug == "ring"


class TestCategories:
    def test_are_made_once_and_found_whatever_their_case(self) -> None:
        imported(ring(), *(replace(item, category="rings>BANDS") for item in others("a", "b")))
        assert [category.full_name for category in Category.objects.order_by("path")] == ["Rings", "Rings > Bands"]
        assert Category.objects.get(name="Bands").product_set.count() == 3
        assert Category.objects.find_problems() == ([], [], [], [], [])

    def test_the_same_name_below_two_parents_has_two_slugs(self) -> None:
        paths = ["Gold > Rings", "Silver > Rings", "Rings", "Rings > Silver", "Bronze > Rings"]
        imported(*(replace(item, category=path) for item, path in zip(others(*"abcde"), paths, strict=True)))
        slugs = {category.full_name: category.slug for category in Category.objects.all()}
        assert slugs == {
            "Gold": "gold",
            "Gold > Rings": "rings",
            "Silver": "silver",
            "Silver > Rings": "silver-rings",
            "Rings": "rings-2",
            "Rings > Silver": "rings-2-silver",
            "Bronze": "bronze",
            "Bronze > Rings": "bronze-rings",
        }

    def test_a_name_without_letters(self) -> None:
        put(ring(category="★ > ☆"))
        assert [category.slug for category in Category.objects.order_by("path")] == ["category", "category-category"]

    def test_what_is_made_below_a_hidden_branch_is_hidden_with_it(self) -> None:
        Category.objects.add_root({"name": "Rings", "slug": "rings", "is_public": False})
        put(ring(category="Rings > Bands > Wide"))
        assert set(Category.objects.values_list("name", "ancestors_are_public")) == {
            ("Rings", True),
            ("Bands", False),
            ("Wide", False),
        }

    def test_a_piece_moves(self) -> None:
        put(ring())
        assert put(ring(category="Signets")) == "changed"
        assert [category.name for category in piece().categories.all()] == ["Signets"]

    def test_an_item_without_category_leaves_the_piece_where_it_is(self) -> None:
        put(ring())
        assert put(ring(category="")) == "unchanged"
        assert [category.name for category in piece().categories.all()] == ["Bands"]

    def test_a_path_deeper_than_the_tree_is_a_problem_of_its_product_only(self) -> None:
        deep = ring(category=" > ".join("abcdefghij" * 7))
        outcomes, problems = imported(deep, *others("a"))
        assert outcomes == {"created": 1}
        assert problems == [(2, "Category", "The category is 70 levels deep; at most 20 are kept.")]
        assert not Category.objects.exists()


class TestSecondImport:
    def test_the_same_again_writes_nothing(self) -> None:
        item = ring(variants=(replace(SILVER, image_url=SIDE.url), GOLD))
        imported(item)
        before = snapshot()
        assert imported(item) == ({"unchanged": 1}, [])
        assert snapshot() == before

    def test_the_same_again_takes_a_few_queries_for_a_whole_batch(self, django_assert_num_queries: Any) -> None:
        items = [ring(), *others(*(f"piece-{number}" for number in range(20)))]
        imported(*items)
        maker = make_maker()
        # Pieces, pictures, stock records, and the two levels of the category.
        with django_assert_num_queries(5):
            report = import_items(items, maker=maker, source="again")
        assert report.outcomes == {"unchanged": 21}

    @pytest.mark.parametrize(
        ("name", "value", "field"),
        [
            ("title", "Another", "title"),
            ("subtitle", "Another", "subtitle"),
            ("description", "<p>Another</p>", "description"),
            ("product_type", "bangle", "product_type"),
            ("tags", ("plain",), "tags"),
            ("published", False, "is_public"),
            ("one_of_a_kind", True, "one_of_a_kind"),
            ("stones", (), "stones"),
            ("seo_title", "Another", "meta_title"),
            ("seo_description", "Another", "meta_description"),
        ],
    )
    def test_each_word_of_the_piece_follows_the_file(self, name: str, value: Any, field: str) -> None:
        put(ring())
        updated = piece().date_updated
        assert put(ring(**{name: value})) == "changed"
        assert getattr(piece(), field) == (list(value) if isinstance(value, tuple) else value)
        assert piece().date_updated > updated
        assert put(ring(**{name: value})) == "unchanged"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("metal", "argentium-935-silver"),
            ("weight_g", Decimal("3.125")),
            ("lead_time_days", 14),
            ("barcode", "4006381333931"),
            ("options", {"metal": "silver", "ring_size": "7"}),
        ],
    )
    def test_each_word_of_a_variant_follows_the_file(self, name: str, value: Any) -> None:
        item = ring(variants=(replace(SILVER, **{name: value}), GOLD))
        put(ring())
        assert put(item) == "changed"
        assert getattr(stock("R-S").product, name) == value
        assert put(item) == "unchanged"

    def test_a_price_changes_and_the_stock_stays(self) -> None:
        put(ring())
        hold({stock("R-S").pk: 2}, reference="ORD-1")
        dearer = replace(SILVER, price=Decimal("199.00"), compare_at_price=Decimal("220.00"))
        assert put(ring(variants=(dearer, GOLD))) == "changed"
        record = stock("R-S")
        assert (record.price, record.compare_at_price) == (Decimal("199.00"), Decimal("220.00"))
        assert (record.num_in_stock, record.num_allocated) == (5, 2)
        assert StockMovement.objects.filter(kind="set").count() == 2

    def test_a_count_and_a_policy_change_by_the_ledger(self) -> None:
        put(ring())
        item = ring(variants=(replace(SILVER, stock=9, policy="stock_then_made_to_order"), GOLD))
        assert put(item) == "changed"
        record = stock("R-S")
        assert (record.num_in_stock, record.policy) == (9, "stock_then_made_to_order")
        assert StockMovement.objects.filter(stockrecord=record).latest("pk").quantity == 9
        assert put(item) == "unchanged"

    def test_a_count_below_what_is_held_keeps_what_is_promised_and_says_so_once(self) -> None:
        put(ring())
        hold({stock("R-S").pk: 4}, reference="ORD-1")
        fewer = ring(variants=(replace(SILVER, stock=1), GOLD))
        assert put(fewer) == "changed"
        record = stock("R-S")
        assert (record.num_in_stock, record.num_allocated, record.on_shelf) == (4, 4, 0)
        shortfall = StockShortfall.objects.get()
        assert (shortfall.stockrecord, shortfall.missing, shortfall.references) == (record, 3, ["ORD-1"])
        put(fewer)
        assert stock("R-S").num_in_stock == 4
        assert StockShortfall.objects.count() == 1

    def test_a_new_variant_comes_in_between_and_one_left_out_stays(self) -> None:
        put(ring())
        platinum = make_variant("R-P", "1900.00", 1, metal="platinum-950", options={"metal": "platinum 950"})
        assert put(ring(variants=(platinum, GOLD))) == "changed"
        rows = piece().children.order_by("position", "pk").values_list("stockrecords__partner_sku", "position")
        assert list(rows) == [("R-S", 0), ("R-P", 0), ("R-G", 1)]

    def test_pictures_move_are_renamed_and_stay(self) -> None:
        put(ring())
        ProductImage.objects.update(status=ImageStatus.READY, original="products/x.webp", width=1, height=1)
        assert put(ring(images=(replace(SIDE, position=1, alt="From the side"),))) == "changed"
        rows = ProductImage.objects.order_by("pk").values_list("source_url", "display_order", "alt", "status")
        assert list(rows) == [(FRONT.url, 1, "Front", "ready"), (SIDE.url, 1, "From the side", "ready")]
        assert len(waiting_jobs()) == 1

    def test_a_new_picture_is_fetched(self) -> None:
        put(ring(images=(FRONT,)))
        assert put(ring()) == "changed"
        assert waiting_jobs() == [{"product_id": piece().pk}] * 2

    def test_pictures_that_could_not_be_fetched_are_tried_again(self) -> None:
        put(ring())
        ProductImage.objects.filter(source_url=FRONT.url).update(refusal="The host took too long to answer.")
        assert imported(ring()) == ({"unchanged": 1}, [])
        assert len(waiting_jobs()) == 2

    def test_a_refused_picture_is_not(self) -> None:
        put(ring())
        ProductImage.objects.update(status=ImageStatus.REFUSED, refusal="The file is no picture.")
        assert put(ring()) == "unchanged"
        assert len(waiting_jobs()) == 1

    def test_a_variant_loses_its_picture(self) -> None:
        put(ring(variants=(replace(SILVER, image_url=SIDE.url), GOLD)))
        assert put(ring()) == "changed"
        assert stock("R-S").product.picture is None

    def test_what_a_maker_uploaded_stays_untouched(self) -> None:
        put(ring())
        uploaded = ProductImage.objects.filter(pk=ProductImage.objects.create(product=piece(), alt="Mine").pk)
        uploaded.update(status=ImageStatus.READY, original="products/x.webp", width=8, height=8)
        put(ring(images=()))
        assert uploaded.get().alt == "Mine"

    def test_a_handle_twice_in_one_run_ends_as_the_last_one_says(self) -> None:
        put(ring())
        outcomes, _ = imported(ring(title="Second"), ring())
        assert outcomes == {"changed": 2}
        assert piece().title == "Ring"


class TestProblems:
    def test_of_the_reader_are_kept_in_their_order(self) -> None:
        told = [Problem(3, "Variant Price", "is no price"), Problem(9, "", "is no row")]
        outcomes, problems = imported(told[0], ring(), told[1])
        assert outcomes == {"created": 1}
        assert problems == [(3, "Variant Price", "is no price"), (9, "", "is no row")]

    def test_a_sku_of_another_product_is_named_and_nothing_of_its_product_goes_in(self) -> None:
        put(ring())
        other = ring(handle="other", variants=(make_variant("NEW"), replace(SILVER, line=7)), category="Elsewhere")
        outcomes, problems = imported(other, *others("a"))
        assert outcomes == {"created": 1}
        assert problems == [(7, "SKU", "The SKU R-S belongs to another product of this maker.")]
        assert not Product.objects.filter(source_handle="other").exists()
        assert not Category.objects.filter(name="Elsewhere").exists()

    def test_a_sku_that_an_earlier_product_of_the_same_file_took(self) -> None:
        outcomes, problems = imported(ring(), ring(handle="other"))
        assert outcomes == {"created": 1}
        assert [reason for _, _, reason in problems] == ["The SKU R-S belongs to another product of this maker."]

    def test_a_variant_that_left_for_another_product_of_the_same_file_is_refused_there(self) -> None:
        put(ring())
        outcomes, problems = imported(ring(variants=(GOLD,)), ring(handle="other", variants=(SILVER,)))
        assert outcomes == {"changed": 1}
        assert len(problems) == 1

    def test_another_makers_sku_is_no_matter(self) -> None:
        put(ring())
        assert imported(ring(), slug="birch") == ({"created": 1}, [])

    @pytest.mark.parametrize(
        "bad",
        [
            ring(title="x" * 256),
            ring(title="NUL \0"),
            ring(variants=(replace(SILVER, price=Decimal(10) ** 12),)),
            ring(variants=(replace(SILVER, price=Decimal(0)),)),
            ring(variants=(replace(SILVER, weight_g=Decimal(-1)),)),
            ring(variants=(replace(SILVER, stock=-1),)),
            ring(variants=(replace(SILVER, stock=2**40),)),
            ring(variants=(SILVER, SILVER)),
            ring(images=(FRONT, replace(SIDE, alt="x" * 600))),
            ring(tags=("\0",)),
        ],
        ids=lambda item: "",
    )
    def test_what_the_database_refuses_stops_its_own_product_only(self, bad: ProductItem) -> None:
        outcomes, problems = imported(*others("a"), bad, *others("b"))
        assert outcomes == {"created": 2}
        ((line, column, reason),) = problems
        assert (line, column) == (2, "")
        assert reason.startswith("The catalog cannot hold this product: ")
        assert not Product.objects.filter(source_handle="ring").exists()
        assert not Category.objects.exists()

    def test_nor_is_anything_of_a_change_left(self) -> None:
        put(ring())
        before = snapshot()
        _, problems = imported(ring(title="New", variants=(replace(SILVER, stock=1), make_variant("X", price="0"))))
        assert len(problems) == 1
        assert snapshot() == before


class TestDryRun:
    def items(self) -> list[ProductItem | Problem]:
        """One new, one changed, one unchanged, one refused by us, one by the database, one by the reader."""
        make_piece("taken", make_variant("TAKEN"))
        put(ring())
        imported(*others("same"))
        return [
            *others("new"),
            ring(title="Another", category="New > Branch", variants=(replace(SILVER, stock=0), make_variant("R-X"))),
            *others("same"),
            ProductItem("refused", 20, "Refused", (make_variant("TAKEN"),)),
            ProductItem("too-long", 21, "x" * 256, (make_variant("LONG"),)),
            ProductItem("pictures", 22, "Pictures", (make_variant("PIC"),), category="New > Branch", images=(FRONT,)),
            Problem(23, "Title", "The title is missing."),
        ]

    def test_changes_nothing_at_all(self) -> None:
        items = self.items()
        before = snapshot()
        imported(*items, dry_run=True)
        assert snapshot() == before

    def test_tells_what_the_real_run_then_does(self) -> None:
        items = self.items()
        told = imported(*items, dry_run=True)
        assert told[0] == {"created": 2, "changed": 1, "unchanged": 1}
        assert len(told[1]) == 3
        assert imported(*items) == told
