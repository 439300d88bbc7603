"""Settings every environment shares. Each variable of the environment is listed in docs/configuration.md."""

from decimal import Decimal
from pathlib import Path

import dj_database_url
import environs
from django.core.exceptions import ImproperlyConfigured
from oscar.defaults import *  # noqa: F403  Oscar reads these from the settings module

from config.database import data_dir, database_url
from shop.money import minor_digits

env = environs.Env()

DATA_DIR: Path = data_dir()
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
APPEND_SLASH = False
SITE_ID = 1

INSTALLED_APPS = [
    "shop.accounts.apps.AccountsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sites",
    "django.contrib.flatpages",
    "django.contrib.staticfiles",
    "config.oscar.AnalyticsConfig",
    "orders.checkout.apps.CheckoutConfig",
    "config.oscar.AddressConfig",
    "orders.shipping.apps.ShippingConfig",
    "catalog.catalogue.apps.CatalogueConfig",
    "config.oscar.ReviewsConfig",
    "config.oscar.CommunicationConfig",
    "catalog.partner.apps.PartnerConfig",
    "orders.basket.apps.BasketConfig",
    "orders.payment.apps.PaymentConfig",
    "config.oscar.OfferConfig",
    "orders.order.apps.OrderConfig",
    "config.oscar.CustomerConfig",
    "config.oscar.VoucherConfig",
    "config.oscar.WishlistsConfig",
    "treebeard",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "shop.idempotency.apps.IdempotencyConfig",
    "shop.jobs.apps.JobsConfig",
    "catalog.inventory.apps.InventoryConfig",
    "catalog.media.apps.MediaConfig",
    "catalog.browse.apps.BrowseConfig",
    "catalog.imports.apps.ImportsConfig",
    "catalog.demo.apps.DemoConfig",
    "config.apps.ProjectConfig",
]

MIDDLEWARE = [
    "shop.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shop.throttling.ThrottleMiddleware",
]

TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", **dj_database_url.parse(database_url())}}
# Kept connections, one for each thread: a new one for each request costs twelve times the query.
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 1,
    "max_size": env.int("DATABASE_POOL_SIZE", 8),
    "timeout": 5,
}
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env.str("REDIS_URL")}
        if env.str("REDIS_URL", "")
        # Room for the limits of many addresses; a counter that is thrown out starts again.
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
    )
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns of a missing folder
WHITENOISE_USE_FINDERS = True
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
# Off where a web server or a bucket serves the pictures.
SERVE_MEDIA = env.bool("SERVE_MEDIA", True)

# An API body is small; uploads will come by doors of their own.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["shop.http.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["shop.http.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "shop.schema.BenchpinSchema",
    "EXCEPTION_HANDLER": "shop.errors.handle_exception",
    "DEFAULT_METADATA_CLASS": None,
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Benchpin",
    "DESCRIPTION": "A headless commerce API for independent jewelry makers.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": r"/v1/(store|hooks)",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "COMPONENT_SPLIT_REQUEST": True,
    # A PATCH takes what its input says, no less: drf-spectacular would call every field of it optional.
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "orders.order.status.OrderStatus",
        "PaymentStatus": "orders.payment.models.PaymentStatus",
        "ProductType": "catalog.catalogue.rules.PRODUCT_TYPES",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "shop.schema.finish_schema",
    ],
}

PROCRASTINATE_APP = "procrastinate.contrib.django.app"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"

# Oscar
OSCAR_DEFAULT_CURRENCY = CURRENCY = env.str("CURRENCY", "USD")
if minor_digits(CURRENCY) > 2:
    raise ImproperlyConfigured(f"CURRENCY={CURRENCY} has more decimals than Oscar's columns hold.")
OSCAR_EAGER_ALERTS = False
OSCAR_DELETE_IMAGE_FILES = False
# Without search and dashboard nothing of Oscar's own pages is served.
OSCAR_DYNAMIC_CLASS_LOADER = "oscar.core.loading.default_class_loader"

# The shop
# Where the API is reached from outside: links in answers are built on it, never on the Host header.
PUBLIC_URL = env.str("PUBLIC_URL", "http://localhost:8000").rstrip("/")
LIMITS = env.str("LIMITS", "on") != "off"
RATE_LIMITS = {"read": env.int("LIMIT_READS", 600), "write": env.int("LIMIT_WRITES", 120)}  # a minute and address
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
CDN_MAX_AGE = env.int("CDN_MAX_AGE", 0)
BASKET_DAYS = env.int("BASKET_DAYS", 30)
HOLD_MINUTES = env.int("HOLD_MINUTES", 30)
ORDER_TOKEN_DAYS = env.int("ORDER_TOKEN_DAYS", 180)
UNPAID_ORDERS_PER_EMAIL = env.int("UNPAID_ORDERS_PER_EMAIL", 5)
UNPAID_ORDERS_PER_ADDRESS = env.int("UNPAID_ORDERS_PER_ADDRESS", 20)
DEFAULT_LEAD_TIME_DAYS = env.int("DEFAULT_LEAD_TIME_DAYS", 28)
SHIPPING_COUNTRIES: list[str] = env.list("SHIPPING_COUNTRIES", ["US"])
SHIPPING_FLAT = Decimal(env.str("SHIPPING_FLAT", "12.00"))
SHIPPING_FREE_OVER = Decimal(env.str("SHIPPING_FREE_OVER", "250.00"))
SHIPPING_EXPRESS = Decimal(env.str("SHIPPING_EXPRESS", "38.00"))

STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_PUBLISHABLE_KEY = env.str("STRIPE_PUBLISHABLE_KEY", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "")
# Only the local Stripe has another address than Stripe's own.
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "")

LOGGING_CONFIG = "config.logs.configure"
LOGGING = {"log_format": env.str("LOG_FORMAT", "console"), "level": env.str("LOG_LEVEL", "INFO")}
