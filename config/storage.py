"""Where pictures and shoppers' files are kept: on disk, or in buckets that speak S3 where they are named."""

from typing import Any

import environs
from django.core.exceptions import ImproperlyConfigured

from config.database import data_dir

# A picture's name never comes to mean another file.
FOR_EVER = "public, max-age=31536000, immutable"
STATIC_FILES = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


def storages(env: environs.Env) -> dict[str, Any]:
    """Django's `STORAGES`. Raises ImproperlyConfigured for an address that is none."""
    bucket = env.str("MEDIA_BUCKET", "")
    pictures = _bucket(env, bucket) if bucket else {"BACKEND": "catalog.media.files.WholeFiles"}
    return {"default": pictures, "staticfiles": STATIC_FILES, "uploads": _uploads(env)}


def _uploads(env: environs.Env) -> dict[str, Any]:
    """Where nobody reads but by our signed links: beside the pictures' folder, never in it."""
    bucket = env.str("MEDIA_PRIVATE_BUCKET", "")
    if not bucket:
        return {"BACKEND": "catalog.media.files.WholeFiles", "OPTIONS": {"location": str(data_dir() / "uploads")}}
    if bucket == env.str("MEDIA_BUCKET", ""):
        raise ImproperlyConfigured("MEDIA_PRIVATE_BUCKET must be another bucket than MEDIA_BUCKET, which all may read.")
    kept = _bucket(env, bucket)
    private: dict[str, Any] = {
        "custom_domain": None,
        "default_acl": "private",
        "querystring_auth": True,
        "object_parameters": {},
    }
    return {**kept, "OPTIONS": kept["OPTIONS"] | private}


def _bucket(env: environs.Env, bucket: str) -> dict[str, Any]:
    endpoint, domain = env.str("MEDIA_ENDPOINT_URL", ""), env.str("MEDIA_DOMAIN", "")
    if endpoint and not endpoint.startswith(("https://", "http://")):
        raise ImproperlyConfigured("MEDIA_ENDPOINT_URL must begin with https:// or http://.")
    if "/" in domain:
        raise ImproperlyConfigured("MEDIA_DOMAIN is a host alone, such as: pictures.example.com")
    options = {
        "bucket_name": bucket,
        "region_name": env.str("MEDIA_REGION", "") or None,
        "endpoint_url": endpoint or None,
        "custom_domain": domain or None,
        # Without a pair of its own, boto3 asks the machine's role.
        "access_key": env.str("MEDIA_ACCESS_KEY_ID", "") or None,
        "secret_key": env.str("MEDIA_SECRET_ACCESS_KEY", "") or None,
        # The bucket's policy says who may read; addresses are plain, since documents keep them.
        "default_acl": None,
        "querystring_auth": False,
        "file_overwrite": True,
        "signature_version": "s3v4",
        "object_parameters": {"CacheControl": FOR_EVER},
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
