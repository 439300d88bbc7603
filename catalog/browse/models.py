from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

LISTED = Q(is_listed=True)
TAG_LENGTH = 32


def _words() -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.TextField(), default=list, db_default=[])


class ProductDocument(models.Model):
    """A piece as shoppers get it: list item and page as JSON text, and what they are found, filtered and sorted by.

    Written by `services.refresh_documents` alone, in the transaction that changes the piece; once there a row stays,
    `is_listed` or not, so that two changes of one piece always have a row to wait for each other at.
    `variants` are `{metal, fineness, ring_size, price, in_stock, made_to_order}` of each variant on sale.
    The tags are of the bytes in `item` and `detail`; `digest` is of all that was written. How a row lies on the disk
    is set in the migration 0003.
    """

    piece = models.OneToOneField("catalogue.Product", models.CASCADE, primary_key=True, related_name="document")
    maker = models.ForeignKey("partner.Partner", models.CASCADE, null=True, db_index=False, related_name="+")
    is_listed = models.BooleanField(default=False, db_default=False)
    slug = models.CharField(max_length=255, default="", db_default="")
    title = models.CharField(max_length=255, default="", db_default="")
    product_type = models.CharField(max_length=32, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    price_from = models.DecimalField(max_digits=12, decimal_places=2, default=0, db_default=0)
    price_to = models.DecimalField(max_digits=12, decimal_places=2, default=0, db_default=0)
    in_stock = models.BooleanField(default=False, db_default=False)
    made_to_order = models.BooleanField(default=False, db_default=False)
    one_of_a_kind = models.BooleanField(default=False, db_default=False)
    # Slugs, those of the branches above included.
    categories = _words()
    collections = _words()
    metals = _words()
    finenesses = _words()
    # Kinds and `origin-kind`: `sapphire`, `lab_grown-sapphire`.
    stones = _words()
    ring_sizes = _words()
    variants = models.JSONField(default=list, db_default=[])
    # What all facets count it under, as `metal=14k-rose-gold`; a maker by id, a flag as `in_stock=true`.
    facets = _words()
    words = SearchVectorField(default="", db_default="")
    item = models.TextField(default="", db_default="")
    detail = models.TextField(default="", db_default="")
    item_tag = models.CharField(max_length=TAG_LENGTH, default="", db_default="")
    detail_tag = models.CharField(max_length=TAG_LENGTH, default="", db_default="")
    digest = models.CharField(max_length=TAG_LENGTH, default="", db_default="")

    class Meta:
        # A sale changes none of the columns indexed here, so that it writes no index.
        indexes = (
            models.Index(fields=["created_at", "piece"], condition=LISTED, name="document_newest"),
            models.Index(fields=["price_from", "piece"], condition=LISTED, name="document_price"),
            models.Index(fields=["title", "piece"], condition=LISTED, name="document_title"),
            models.Index(fields=["maker", "created_at", "piece"], condition=LISTED, name="document_maker"),
            models.Index(fields=["slug"], condition=LISTED, name="document_slug"),
            GinIndex(
                fields=["categories", "collections", "metals", "finenesses", "stones", "ring_sizes"],
                condition=LISTED, fastupdate=False, name="document_facets",
            ),
            GinIndex(fields=["words"], condition=LISTED, fastupdate=False, name="document_words"),
        )  # fmt: skip


class Word(models.Model):
    """A word that pieces on sale are found by, for mending mistyped ones; written by `services.refresh_vocabulary`.

    `shortened` is every form of it with letters left out; `pieces` says how many have it.
    """

    word = models.CharField(max_length=64, primary_key=True)
    pieces = models.PositiveIntegerField()
    shortened = ArrayField(models.TextField())

    class Meta:
        indexes = (GinIndex(fields=["shortened"], name="word_shortened"),)
