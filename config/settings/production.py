"""Production: nothing is guessed; a missing secret stops the start."""

from config.settings.base import *  # noqa: F403
from config.settings.base import env

SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
PUBLIC_URL = env.str("PUBLIC_URL").rstrip("/")
env.str("DATABASE_URL")
env.str("STRIPE_SECRET_KEY")
env.str("STRIPE_PUBLISHABLE_KEY")
env.str("STRIPE_WEBHOOK_SECRET")
env.str("EMAIL_HOST")
env.str("MAIL_FROM")
SERVE_MEDIA = env.bool("SERVE_MEDIA", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 31_536_000)
LOGGING = {"log_format": env.str("LOG_FORMAT", "json"), "level": env.str("LOG_LEVEL", "INFO")}
