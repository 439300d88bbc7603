"""Tests: a fixed key, no rate limits (their own tests switch them on), the local Stripe's names."""

from config.settings.base import *  # noqa: F403

SECRET_KEY = "a-key-for-tests-only-" + "x" * 32
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
LIMITS = False
STRIPE_SECRET_KEY = "sk_test_tests"
STRIPE_PUBLISHABLE_KEY = "pk_test_tests"
STRIPE_WEBHOOK_SECRET = "whsec_tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
