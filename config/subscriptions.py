"""The one table: event -> who reacts, in the same transaction. Whoever reacts later enqueues a job for it.

`LAST` is told once, at the end of the transaction, of all that happened in it.
"""

from collections.abc import Sequence

from catalog.browse.services import refresh_documents
from catalog.catalogue.events import CategoriesChanged, PictureRemoved, ProductsChanged
from catalog.collections.events import CollectionChanged
from catalog.partner.events import MakerChanged
from orders.checkout.closing import take_basket
from orders.customers.services import claim_orders
from orders.ledger.services import add_promotion
from orders.notices.services import tell, tell_refunded
from orders.order.events import (
    DeliveryCorrected,
    OrderCancelled,
    OrderLapsed,
    OrderLivesAgain,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
)
from orders.order.services import release_picture
from orders.payment.events import PaidTooLate
from orders.refunds.events import RefundSucceeded
from orders.refunds.services import refund_late
from orders.review.services import close, screen
from shop.accounts.events import EmailVerified, SignedIn
from shop.events.services import LastReaction, Reaction

REACTIONS: dict[type, Sequence[Reaction]] = {
    PictureRemoved: (release_picture,),
    PaidTooLate: (refund_late,),
    RefundSucceeded: (tell_refunded,),
    EmailVerified: (claim_orders,),
    SignedIn: (claim_orders,),
    OrderPlaced: (tell,),
    OrderPaid: (add_promotion, screen, tell),
    OrderLivesAgain: (take_basket,),
    OrderLapsed: (tell,),
    OrderCancelled: (close, tell),
    OrderShipped: (tell,),
    DeliveryCorrected: (screen,),
}
LAST: dict[type, LastReaction] = {
    ProductsChanged: refresh_documents,
    MakerChanged: refresh_documents,
    CategoriesChanged: refresh_documents,
    CollectionChanged: refresh_documents,
}
