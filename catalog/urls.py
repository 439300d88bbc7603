"""Every catalog route on one page."""

from django.urls import path

from catalog.browse import store as browse
from catalog.catalogue import store as vocabulary
from catalog.collections import store as shown_collections
from catalog.collections import studio as collections
from catalog.imports import studio as imports
from catalog.inventory import studio as inventory
from catalog.media import studio as media
from catalog.partner import studio as maker
from catalog.personalization import store as uploads
from catalog.personalization import studio as personalization
from catalog.products import studio as products
from catalog.related import store as related
from catalog.seo import store as seo
from catalog.sizes import store as sizes
from catalog.variants import studio as variants

PIECE = "studio/makers/<str:maker>/products/<str:product>"

urlpatterns = [
    path("store/products", browse.ProductList.as_view()),
    path("store/products/<str:slug>", browse.ProductDetail.as_view()),
    path("store/products/<str:slug>/related", related.RelatedProducts.as_view()),
    path("store/products/<str:slug>/json-ld", seo.ProductJsonLd.as_view()),
    path("store/search/suggestions", browse.SearchSuggestions.as_view()),
    path("store/product-types", vocabulary.ProductTypes.as_view()),
    path("store/sitemap.xml", seo.Sitemap.as_view()),
    path("store/categories", browse.CategoryTree.as_view()),
    path("store/collections", shown_collections.CollectionList.as_view()),
    path("store/collections/<str:slug>", shown_collections.CollectionDetail.as_view()),
    path("store/makers", browse.MakerList.as_view()),
    path("store/makers/<str:slug>", browse.MakerDetail.as_view()),
    path("store/ring-sizes", sizes.RingSizes.as_view()),
    path("store/uploads/<str:token>", uploads.UploadFile.as_view()),
    path("studio/makers", maker.Makers.as_view()),
    path("studio/makers/<str:maker>", maker.MakerDetail.as_view()),
    path("studio/makers/<str:maker>/collections", collections.Collections.as_view()),
    path("studio/makers/<str:maker>/collections/<str:collection>", collections.CollectionDetail.as_view()),
    path("studio/makers/<str:maker>/products", products.Products.as_view()),
    path("studio/makers/<str:maker>/products/export.csv", imports.ProductExport.as_view()),
    path("studio/makers/<str:maker>/imports", imports.ProductImports.as_view()),
    path(PIECE, products.ProductDetail.as_view()),
    path(f"{PIECE}/publish", products.ProductPublish.as_view()),
    path(f"{PIECE}/unpublish", products.ProductUnpublish.as_view()),
    path(f"{PIECE}/variants", variants.ProductVariants.as_view()),
    path(f"{PIECE}/variants/<str:variant>", variants.ProductVariant.as_view()),
    path(f"{PIECE}/variants/<str:variant>/stock", inventory.VariantStock.as_view()),
    path(f"{PIECE}/personalization", personalization.ProductPersonalization.as_view()),
    path(f"{PIECE}/images", media.ProductImages.as_view()),
    path(f"{PIECE}/images/<str:image>", media.ProductImageDetail.as_view()),
]
