"""Tests: a database server of their own, a fixed key, no rate limits (their own tests switch them on)."""

import os

from config.database import BASE_DIR

# Beside the demo's data, so that tests run while a demo does.
os.environ.setdefault("DATA_DIR", str(BASE_DIR / ".data" / "tests"))

from config.settings.base import *  # noqa: F403

SECRET_KEY = "a-key-for-tests-only-" + "x" * 32
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
LIMITS = ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
MAKER_SIGN_UP = True
# What a test rolls back nobody is told of; their own tests switch them on.
if "KEPT_ANSWERS_MB" not in os.environ:
    KEPT_ANSWERS_BYTES = KEPT_STOREFRONTS_BYTES = 0
# Tables are empty in one test and full in the next, which nobody tells PostgreSQL: a plan kept from the one would take
# minutes in the other.
DATABASES["default"]["OPTIONS"]["options"] = "-c plan_cache_mode=force_custom_plan"
# Static files are looked for when one is asked for: each test's client would list them all first, which took longer
# than most tests.
WHITENOISE_AUTOREFRESH = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STRIPE_SECRET_KEY = "sk_test_tests"
STRIPE_PUBLISHABLE_KEY = "pk_test_tests"
STRIPE_WEBHOOK_SECRET = "whsec_tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
