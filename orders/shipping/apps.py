from oscar.core.application import OscarConfig


class ShippingConfig(OscarConfig):
    name = "orders.shipping"
    label = "shipping"
