"""The one table of the operators' pages: nothing is discovered, so that what they see and may do is read here."""

from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.catalogue.models import Category
from catalog.categories.admin import CategoryAdmin
from catalog.partner.admin import MakerAdmin, StockRecordAdmin
from catalog.partner.models import Partner, StockRecord
from orders.disputes.admin import DisputeAdmin
from orders.disputes.models import Dispute
from orders.ledger.admin import LedgerAdmin
from orders.ledger.models import LedgerTransaction
from orders.offer.admin import CustomerGroupAdmin, OfferAdmin
from orders.offer.models import ConditionalOffer, CustomerGroup
from orders.order.models import Order
from orders.outbox.admin import StripeCommandAdmin
from orders.outbox.models import StripeCommand
from orders.paying.admin import ReceivingPaymentAdmin
from orders.payment.admin import StripeEventAdmin
from orders.payment.models import Payment, StripeEvent
from orders.reconcile.admin import StripeMovementAdmin
from orders.reconcile.models import StripeMovement
from orders.refunds.admin import RefundAdmin
from orders.refunds.models import Refund
from orders.review.admin import DecidingOrderAdmin
from orders.voucher.admin import VoucherAdmin
from orders.voucher.models import Voucher
from shop.accounts.admin import UserAdmin
from shop.accounts.models import User
from shop.audit.admin import AuditEntryAdmin
from shop.audit.models import AuditEntry
from shop.jobs.admin import DeadLetterAdmin, JobAdmin
from shop.jobs.models import DeadLetter
from shop.keys.admin import SecretKeyAdmin
from shop.keys.models import SecretKey
from shop.mail.admin import MailAdmin
from shop.mail.models import Mail
from shop.makers.admin import InvitationAdmin, MembershipAdmin, OwnershipTransferAdmin
from shop.makers.models import Invitation, Membership, OwnershipTransfer
from shop.operators.site import site
from shop.storefronts.admin import StorefrontAdmin
from shop.storefronts.models import Storefront

__all__ = ["site"]

# They change something, each change on the record.
site.register(User, UserAdmin)
site.register(Partner, MakerAdmin)
site.register(Category, CategoryAdmin)
site.register(Storefront, StorefrontAdmin)
site.register(CustomerGroup, CustomerGroupAdmin)
site.register(ConditionalOffer, OfferAdmin)
site.register(DeadLetter, DeadLetterAdmin)
site.register(Payment, ReceivingPaymentAdmin)

# They show.
site.register(Membership, MembershipAdmin)
site.register(Invitation, InvitationAdmin)
site.register(OwnershipTransfer, OwnershipTransferAdmin)
site.register(SecretKey, SecretKeyAdmin)
site.register(StockRecord, StockRecordAdmin)
site.register(Voucher, VoucherAdmin)
site.register(Order, DecidingOrderAdmin)
site.register(LedgerTransaction, LedgerAdmin)
site.register(Refund, RefundAdmin)
site.register(Dispute, DisputeAdmin)
site.register(StripeEvent, StripeEventAdmin)
site.register(StripeCommand, StripeCommandAdmin)
site.register(StripeMovement, StripeMovementAdmin)
site.register(Mail, MailAdmin)
site.register(ProcrastinateJob, JobAdmin)
site.register(AuditEntry, AuditEntryAdmin)
