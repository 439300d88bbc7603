from oscar.core.application import OscarConfig


class OfferConfig(OscarConfig):
    name = "orders.offer"
    label = "offer"
