from oscar.core.application import OscarConfig


class CheckoutConfig(OscarConfig):
    name = "orders.checkout"
    label = "checkout"
