"""Settings every environment shares. Each variable of the environment is listed in docs/configuration.md."""

from decimal import Decimal
from email.utils import parseaddr
from pathlib import Path

import dj_database_url
import environs
from django.core.exceptions import ImproperlyConfigured
from oscar.defaults import *  # noqa: F403  Oscar reads these from the settings module

from config.database import data_dir, database_url
from config.storage import storages
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
    "django.contrib.sessions",
    "django.contrib.messages",
    # Its templates stand before those of Django's admin that they replace.
    "shop.operators.apps.OperatorsConfig",
    # Without its discovery: what the operators see is in config/admin.py.
    "django.contrib.admin.apps.SimpleAdminConfig",
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
    "orders.outbox.apps.OutboxConfig",
    "orders.payment.apps.PaymentConfig",
    "orders.paying.apps.PayingConfig",
    "orders.reconcile.apps.ReconcileConfig",
    "orders.offer.apps.OfferConfig",
    "orders.discounts.apps.DiscountsConfig",
    "orders.order.apps.OrderConfig",
    "orders.ledger.apps.LedgerConfig",
    "orders.disputes.apps.DisputesConfig",
    "orders.refunds.apps.RefundsConfig",
    "orders.sales.apps.SalesConfig",
    "orders.customers.apps.CustomersConfig",
    "orders.invariants.apps.InvariantsConfig",
    "orders.notices.apps.NoticesConfig",
    "orders.review.apps.ReviewConfig",
    "config.oscar.CustomerConfig",
    "orders.voucher.apps.VoucherConfig",
    "config.oscar.WishlistsConfig",
    "treebeard",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "shop.idempotency.apps.IdempotencyConfig",
    "shop.jobs.apps.JobsConfig",
    "shop.makers.apps.MakersConfig",
    "shop.invitations.apps.InvitationsConfig",
    "shop.keys.apps.KeysConfig",
    "shop.storefronts.apps.StorefrontsConfig",
    "shop.mail.apps.MailConfig",
    "shop.audit.apps.AuditConfig",
    "catalog.slug_history.apps.SlugHistoryConfig",
    "catalog.categories.apps.CategoriesConfig",
    "catalog.inventory.apps.InventoryConfig",
    "catalog.media.apps.MediaConfig",
    "catalog.browse.apps.BrowseConfig",
    "catalog.personalization.apps.PersonalizationConfig",
    "catalog.imports.apps.ImportsConfig",
    "catalog.variants.apps.VariantsConfig",
    "catalog.products.apps.ProductsConfig",
    "catalog.collections.apps.CollectionsConfig",
    "catalog.related.apps.RelatedConfig",
    "catalog.seo.apps.SeoConfig",
    "catalog.sizes.apps.SizesConfig",
    "catalog.demo.apps.DemoConfig",
    "config.apps.ProjectConfig",
]

MIDDLEWARE = [
    "shop.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shop.storefronts.cors.CorsMiddleware",
    "shop.throttling.ThrottleMiddleware",
    "shop.kept.answers.KeptAnswerMiddleware",
    "shop.accounts.middleware.Sessions",
    "shop.accounts.middleware.Csrf",
    "shop.accounts.middleware.Authentication",
    "allauth.account.middleware.AccountMiddleware",
    "shop.accounts.middleware.Messages",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", **dj_database_url.parse(database_url())}}
# Each thread keeps its connection: a new one for each request costs twelve times the query.
DATABASES["default"]["CONN_MAX_AGE"] = None
# Off behind a pooler that hands each transaction another connection and knows nothing of prepared statements.
DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 0 if env.bool("DATABASE_PREPARED", True) else None
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env.str("REDIS_URL")}
        if env.str("REDIS_URL", "")
        # Room for the limits of many addresses; a counter that is thrown out starts again.
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
    )
}

# Sign-in
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "shop.accounts.middleware.csrf_failure"
SESSION_COOKIE_AGE = env.int("SIGN_IN_DAYS", 14) * 24 * 60 * 60
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
ACCOUNT_ADAPTER = "shop.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# Only where the sign-up was made, by the session that it left behind.
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
# Nobody is mailed: the adapter only spends the time that a mail to somebody known would take.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Who finds a device signed in must not be able to take the account over by another address.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
HEADLESS_ONLY = True
HEADLESS_ADAPTER = "shop.accounts.adapter.HeadlessAdapter"
MFA_ADAPTER = "shop.accounts.adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
USERSESSIONS_TRACK_ACTIVITY = False
SOCIALACCOUNT_ADAPTER = "shop.accounts.adapter.SocialAdapter"
if GOOGLE_CLIENT_ID := env.str("GOOGLE_CLIENT_ID", ""):
    INSTALLED_APPS.append("allauth.socialaccount.providers.google")
    google = {"client_id": GOOGLE_CLIENT_ID, "secret": env.str("GOOGLE_CLIENT_SECRET", "")}
    SOCIALACCOUNT_PROVIDERS = {"google": {"APPS": [google], "SCOPE": ["profile", "email"]}}

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns of a missing folder
WHITENOISE_USE_FINDERS = True
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = storages(env)
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
    "SCHEMA_PATH_PREFIX": r"/v1/(store|studio|hooks)",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "COMPONENT_SPLIT_REQUEST": True,
    # A PATCH takes what its input says, no less: drf-spectacular would call every field of it optional.
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "ActorKind": "shop.audit.shapes.ACTOR_KINDS",
        "KeyScope": "shop.makers.roles.SCOPES",
        "KeyStatus": "shop.keys.models.KeyStatus",
        "OrderStatus": "orders.order.status.OrderStatus",
        "ReviewStatus": "orders.order.status.ReviewStatus",
        "DisputeStatus": "orders.disputes.status.DisputeStatus",
        "RefundReason": "orders.refunds.models.REASONS",
        "RefundStatus": "orders.refunds.status.RefundStatus",
        "TeamsRefundReason": "orders.refunds.studio.REASONS",
        "PaymentStatus": "orders.payment.models.PaymentStatus",
        "ProductStatus": "catalog.products.queries.STATUSES",
        "VariantStatus": "catalog.variants.shapes.STATUSES",
        "OpenOrExpired": ["open", "expired"],
        "AttributeKind": "catalog.catalogue.attributes.KINDS",
        "CoatingCode": "catalog.catalogue.metals.COATING_CODES",
        "MetalEnum": "catalog.catalogue.metals.METAL_CODES",
        "PlatingKind": "catalog.catalogue.metals.PLATING_KINDS",
        "PersonalizationKind": "catalog.personalization.rules.KINDS",
        "PersonalizationPriceKind": "catalog.personalization.rules.PRICE_KINDS",
        "SizeUnit": "catalog.personalization.rules.UNITS",
        "ProductType": "catalog.catalogue.attributes.PRODUCT_TYPES",
        "ProviderEnum": "shop.storefronts.rules.PROVIDERS",
        "OfferKind": "orders.offer.rules.KINDS",
        "OfferStatus": "orders.offer.rules.STATUSES",
        "VoucherProblem": "orders.voucher.rules.PROBLEMS",
        "VoucherUsage": "orders.voucher.rules.USAGES",
        "ImageStatus": "catalog.catalogue.models.ImageStatus",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "shop.schema.finish_schema",
        "shop.accounts.spec.add_sign_in",
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
# allauth's; each with one window only, which is what `Retry-After` names. A key is a mail address or an account.
SIGN_IN_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/5m/ip,5/5m/key",
    "signup": "30/h/ip",
    "reset_password": "30/h/ip,5/h/key",
    "reset_password_from_key": "20/m/ip",
    "confirm_email": "1/3m/key",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "reauthenticate": "10/m/user",
}
PASSKEY_LIMITS = {"webauthn_login": "10/m/ip"}
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = SIGN_IN_LIMITS if LIMITS else False
MFA_RATE_LIMITS: dict[str, str] | bool = PASSKEY_LIMITS if LIMITS else False
KEY_RATE_LIMITS = {"read": env.int("LIMIT_KEY_READS", 12_000), "write": env.int("LIMIT_KEY_WRITES", 2_400)}
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
# Of answers to public reads, a web process; 0 computes each anew.
KEPT_ANSWERS_BYTES = env.int("KEPT_ANSWERS_MB", 16) * 1024 * 1024
# Of the storefronts that public reads and baskets ask for: some hundreds.
KEPT_STOREFRONTS_BYTES = 2 * 1024 * 1024
CDN_MAX_AGE = env.int("CDN_MAX_AGE", 0)
INVITATION_DAYS = env.int("INVITATION_DAYS", 7)
MAKER_SIGN_UP = env.bool("MAKER_SIGN_UP", False)
OPERATOR_IDLE_MINUTES = env.int("OPERATOR_IDLE_MINUTES", 30)
MAIL_FROM = env.str("MAIL_FROM", "Benchpin <shop@localhost>")
if "@" not in parseaddr(MAIL_FROM)[1]:
    raise ImproperlyConfigured("MAIL_FROM is not a mail address, such as: Alder & Anvil <shop@alder.example>")
MAIL_KEPT_DAYS = env.int("MAIL_KEPT_DAYS", 30)
EMAIL_HOST = env.str("EMAIL_HOST", "")
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", False)
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", not EMAIL_USE_SSL)
if EMAIL_USE_SSL and EMAIL_USE_TLS:
    raise ImproperlyConfigured("EMAIL_USE_SSL and EMAIL_USE_TLS are two ways: set one of them.")
EMAIL_PORT = env.int("EMAIL_PORT", 465 if EMAIL_USE_SSL else 587)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 10)
EMAIL_FILE_PATH = DATA_DIR / "outbox"
# Pages for developers under /dev; never in production.
DEV_PAGES = False
# Codes that one client address may try in five minutes.
VOUCHER_TRIES = env.int("VOUCHER_TRIES", 20)
BASKET_DAYS = env.int("BASKET_DAYS", 30)
HOLD_MINUTES = env.int("HOLD_MINUTES", 30)
MANUAL_HOLD_DAYS = env.int("MANUAL_HOLD_DAYS", 3)
# Of the time an order can be paid in; 0 sends no reminder.
PAYMENT_REMINDER_PERCENT = env.int("PAYMENT_REMINDER_PERCENT", 67)
ORDER_TOKEN_DAYS = env.int("ORDER_TOKEN_DAYS", 180)
UNPAID_ORDERS_PER_EMAIL = env.int("UNPAID_ORDERS_PER_EMAIL", 5)
UNPAID_ORDERS_PER_ADDRESS = env.int("UNPAID_ORDERS_PER_ADDRESS", 20)
# A paid order is held for review over this total, after so many refused cards, or where it is billed elsewhere.
REVIEW_OVER = Decimal(env.str("REVIEW_OVER", "5000.00"))
REVIEW_DECLINES = env.int("REVIEW_DECLINES", 3)
REVIEW_ADDRESSES = env.bool("REVIEW_ADDRESSES", True)
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
