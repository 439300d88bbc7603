"""How well the search answers the judged queries over the demo's catalog."""

from importlib import import_module
from importlib.util import find_spec
from urllib.parse import urlencode

from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from catalog.catalogue.models import Product
from catalog.demo.services import load_pieces
from tests.api import Api
from tests.load.report import ABSENT

JUDGED = "tests.catalog.browse.relevance"


def relevance() -> str:
    """The mean NDCG@10 in words. The demo's pieces are put in and taken back."""
    if find_spec(JUDGED) is None:
        return ABSENT
    # Nothing kept: the pieces will never have been there.
    with override_settings(KEPT_ANSWERS_BYTES=0), transaction.atomic():
        load_pieces(lambda words: None)
        call_command("rebuild_documents", verbosity=0)
        handles = dict(Product.objects.pieces().values_list("slug", "source_handle"))
        scores = import_module(JUDGED).measure(lambda q: [handles[slug] for slug in _found(q)])
        transaction.set_rollback(True)
    return f"{sum(scores.values()) / len(scores):.3f} over {len(scores)} queries"


def _found(q: str) -> list[str]:
    answer = Api(Host="127.0.0.1").get(f"/store/products?{urlencode({'q': q})}")
    return [product["slug"] for product in answer.json()["results"]]
