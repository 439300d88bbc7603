"""The whole address space on one page."""

from django.conf import settings
from django.urls import include, path, re_path
from django.views.static import serve
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerView

from config.pages import errors_page, health, start_page

READ = ["get", "head"]
urlpatterns = [
    path("", start_page),
    path("v1/health", health),
    path("v1/openapi.json", SpectacularJSONAPIView.as_view(http_method_names=READ), name="openapi"),
    path("v1/docs", SpectacularSwaggerView.as_view(url_name="openapi", http_method_names=READ)),
    path("v1/docs/errors", errors_page),
    path("v1/", include("catalog.urls")),
    path("v1/", include("orders.urls")),
]
if settings.SERVE_MEDIA:
    urlpatterns.append(re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}))

handler400 = "shop.errors.bad_request"
handler404 = "shop.errors.not_found"
handler500 = "shop.errors.server_error"
