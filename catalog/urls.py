"""Every catalog route on one page."""

from django.urls import path

from catalog.browse import store as browse

urlpatterns = [
    path("store/products", browse.ProductList.as_view()),
    path("store/products/<str:slug>", browse.ProductDetail.as_view()),
    path("store/categories", browse.CategoryTree.as_view()),
    path("store/makers", browse.MakerList.as_view()),
    path("store/makers/<str:slug>", browse.MakerDetail.as_view()),
]
