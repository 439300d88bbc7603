"""The web server's entry: `granian --interface wsgi config.wsgi:application`."""

import os
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from catalog.media.rules import MAX_BYTES
from config.collector import leave_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
django = get_wsgi_application()
leave_what_is_loaded()
# What each request would do for nothing: a connection that has broken is closed at its end, so that the next one begins
# without one, and neither cache of ours has anything to close.
request_started.disconnect(close_old_connections)
request_finished.disconnect(close_caches)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, and bodies sent in chunks, which Django takes for empty ones since they come without a length."""
    if environ.get("HTTP_TRANSFER_ENCODING") and not environ.get("CONTENT_LENGTH"):
        if environ.get("CONTENT_TYPE", "").startswith("image/"):
            # A picture is read by its door, once it is known who sends it; this is as far as anybody reads.
            return django(environ | {"CONTENT_LENGTH": str(MAX_BYTES + 1)}, start_response)
        # One byte more than is taken is enough to be refused as too large.
        body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    return django(environ, start_response)
