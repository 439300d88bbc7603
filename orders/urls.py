"""Every order route on one page."""

from django.urls import include, path

from orders.basket import store as basket
from orders.checkout import store as checkout
from orders.customers import store as customers
from orders.disputes import studio as disputes
from orders.offer import studio as offers
from orders.paying import store as paying
from orders.paying import studio as paying_studio
from orders.payment import store as payment
from orders.refunds import studio as refunds
from orders.review import studio as review
from orders.sales import studio as sales
from orders.voucher import studio as vouchers

basket_paths = [
    path("<str:basket_id>", basket.BasketDetail.as_view()),
    path("<str:basket_id>/lines", basket.BasketLines.as_view()),
    path("<str:basket_id>/lines/<str:line_id>", basket.BasketLine.as_view()),
    path("<str:basket_id>/vouchers", basket.BasketVouchers.as_view()),
    path("<str:basket_id>/vouchers/<str:code>", basket.BasketVoucher.as_view()),
    path("<str:basket_id>/shipping-options", basket.BasketShippingOptions.as_view()),
    path("<str:basket_id>/uploads", basket.BasketUploads.as_view()),
    path("<str:basket_id>/checkout", checkout.Checkout.as_view()),
]
order_paths = [
    path("lookup", customers.OrderLookup.as_view()),
    path("<str:number>", checkout.OrderDetail.as_view()),
    path("<str:number>/cancel", checkout.OrderCancel.as_view()),
    path("<str:number>/payments", paying.OrderPayments.as_view()),
    path("<str:number>/payments/<str:payment_id>/refresh", payment.PaymentRefresh.as_view()),
]
customer_paths = [
    path("orders", customers.OrderHistory.as_view()),
    path("basket", customers.CustomerBasket.as_view()),
    path("export", customers.Export.as_view()),
    path("erasure", customers.Erasure.as_view()),
]
studio_paths = [
    path("orders/<str:number>/payments/<str:payment_id>/receive", paying_studio.PaymentReceipt.as_view()),
    path("reviews", review.Reviews.as_view()),
    path("orders/<str:number>/review/approve", review.ReviewApprove.as_view()),
    path("orders/<str:number>/review/cancel", review.ReviewCancel.as_view()),
    path("orders", sales.Sales.as_view()),
    path("orders/<str:number>", sales.SaleDetail.as_view()),
    path("orders/<str:number>/cancel", sales.SaleCancel.as_view()),
    path("orders/<str:number>/restock", sales.SaleRestock.as_view()),
    path("orders/<str:number>/refunds", refunds.Refunds.as_view()),
    path("orders/<str:number>/refunds/<str:refund>", refunds.RefundDetail.as_view()),
    path("orders/<str:number>/refunds/<str:refund>/given-back", refunds.RefundGivenBack.as_view()),
    path("disputes", disputes.Disputes.as_view()),
    path("disputes/<str:dispute>", disputes.DisputeDetail.as_view()),
    path("offers", offers.Offers.as_view()),
    path("offers/<str:offer>", offers.OfferDetail.as_view()),
    path("vouchers", vouchers.Vouchers.as_view()),
    path("vouchers/<str:voucher>", vouchers.VoucherDetail.as_view()),
]
# Few, since they are tried in turn.
urlpatterns = [
    path("store/baskets", basket.Baskets.as_view()),
    path("store/baskets/", include(basket_paths)),
    path("store/orders/", include(order_paths)),
    path("store/customer/", include(customer_paths)),
    path("studio/makers/<str:maker>/", include(studio_paths)),
    path("hooks/stripe", payment.StripeHook.as_view()),
]
