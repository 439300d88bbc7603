"""The whole address space on one page."""

from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerView

from config.admin import site
from config.pages import errors_page, health, openapi_document, picture_file, read_only, start_page
from shop.mail import pages as mail_pages

urlpatterns = [
    path("", start_page),
    path("v1/health", health),
    path("v1/openapi.json", openapi_document, name="openapi"),
    path("v1/docs", SpectacularSwaggerView.as_view(url_name="openapi", http_method_names=["get", "head"])),
    path("v1/docs/errors", errors_page),
    # They are tried in turn: what is asked for most comes first, after the few that are told at a glance.
    path("v1/", include("orders.urls")),
    path("v1/", include("catalog.urls")),
    path("v1/", include("shop.urls")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", site.urls),
]
if settings.SERVE_MEDIA:
    urlpatterns.append(re_path(r"^media/(?P<path>.*)$", picture_file))
if settings.DEV_PAGES:
    urlpatterns += [
        path("dev/mails", read_only(mail_pages.mails)),
        path("dev/mails/sent", read_only(mail_pages.sent)),
        path("dev/mails/<str:template>.txt", read_only(mail_pages.preview_text)),
        path("dev/mails/<str:template>", read_only(mail_pages.preview)),
    ]

handler400 = "shop.errors.bad_request"
handler404 = "shop.errors.not_found"
handler500 = "shop.errors.server_error"
