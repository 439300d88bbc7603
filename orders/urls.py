"""Every order route on one page."""

from django.urls import path

from orders.basket import store as basket
from orders.checkout import store as checkout
from orders.payment import store as payment

urlpatterns = [
    path("store/baskets", basket.Baskets.as_view()),
    path("store/baskets/<str:basket_id>", basket.BasketDetail.as_view()),
    path("store/baskets/<str:basket_id>/lines", basket.BasketLines.as_view()),
    path("store/baskets/<str:basket_id>/lines/<str:line_id>", basket.BasketLine.as_view()),
    path("store/baskets/<str:basket_id>/shipping-options", basket.BasketShippingOptions.as_view()),
    path("store/baskets/<str:basket_id>/checkout", checkout.Checkout.as_view()),
    path("store/orders/<str:number>", checkout.OrderDetail.as_view()),
    path("store/orders/<str:number>/cancel", checkout.OrderCancel.as_view()),
    path("store/orders/<str:number>/payments", payment.OrderPayments.as_view()),
    path("store/orders/<str:number>/payments/<str:payment_id>/refresh", payment.PaymentRefresh.as_view()),
    path("hooks/stripe", payment.StripeHook.as_view()),
]
