"""Oscar's apps that we use as they are, without the HTML views and signal receivers their own configs load.

The forks have configs of their own in their slices (same base). What each app is for: docs/decisions/.
"""

from oscar.core.application import OscarConfig


class AddressConfig(OscarConfig):
    name = "oscar.apps.address"
    label = "address"


class AnalyticsConfig(OscarConfig):
    name = "oscar.apps.analytics"
    label = "analytics"


class ReviewsConfig(OscarConfig):
    name = "oscar.apps.catalogue.reviews"
    label = "reviews"


class CommunicationConfig(OscarConfig):
    name = "oscar.apps.communication"
    label = "communication"


class CustomerConfig(OscarConfig):
    name = "oscar.apps.customer"
    label = "customer"


class WishlistsConfig(OscarConfig):
    name = "oscar.apps.wishlists"
    label = "wishlists"
