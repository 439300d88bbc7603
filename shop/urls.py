"""Every route of the ground floor on one page: sign-in, teams, keys, storefronts, customers, audit."""

from django.urls import include, path

from shop.accounts import store as accounts
from shop.audit import studio as audit
from shop.invitations import studio as invitations
from shop.keys import studio as keys
from shop.makers import studio as makers
from shop.ownership import studio as ownership
from shop.storefronts import store as storefront
from shop.storefronts import studio as storefronts

urlpatterns = [
    path("auth/", include("shop.accounts.auth")),
    path("store/storefront", storefront.StorefrontDetail.as_view()),
    path("store/customer", accounts.Profile.as_view()),
    path("store/customer/addresses", accounts.Addresses.as_view()),
    path("store/customer/addresses/<str:address>", accounts.AddressDetail.as_view()),
    path("store/customer/ring-sizes", accounts.RingSizes.as_view()),
    path("store/customer/ring-sizes/<str:ring_size>", accounts.RingSizeDetail.as_view()),
    path("studio/roles", makers.Roles.as_view()),
    path("studio/makers/<str:maker>/members", makers.Members.as_view()),
    path("studio/makers/<str:maker>/members/<str:member>", makers.Member.as_view()),
    path("studio/makers/<str:maker>/leave", makers.Leave.as_view()),
    path("studio/makers/<str:maker>/invitations", invitations.Invitations.as_view()),
    path("studio/makers/<str:maker>/invitations/<str:invitation>", invitations.InvitationDetail.as_view()),
    path("studio/makers/<str:maker>/invitations/<str:invitation>/resend", invitations.InvitationResend.as_view()),
    path("studio/invitations/look", invitations.InvitationLook.as_view()),
    path("studio/invitations/accept", invitations.InvitationAccept.as_view()),
    path("studio/makers/<str:maker>/ownership-transfer", ownership.Transfer.as_view()),
    path("studio/makers/<str:maker>/ownership-transfer/accept", ownership.TransferAccept.as_view()),
    path("studio/makers/<str:maker>/storefronts", storefronts.Storefronts.as_view()),
    path("studio/makers/<str:maker>/storefronts/<str:storefront>", storefronts.StorefrontDetail.as_view()),
    path("studio/makers/<str:maker>/storefronts/<str:storefront>/rotate-key", storefronts.StorefrontKey.as_view()),
    path("studio/makers/<str:maker>/keys", keys.Keys.as_view()),
    path("studio/makers/<str:maker>/keys/<str:key>", keys.Key.as_view()),
    path("studio/makers/<str:maker>/keys/<str:key>/rotate", keys.KeyRotation.as_view()),
    path("studio/makers/<str:maker>/audit", audit.AuditEntries.as_view()),
    path("studio/makers/<str:maker>/audit/<str:entry>", audit.AuditEntryDetail.as_view()),
]
