from oscar.core.application import OscarConfig


class PaymentConfig(OscarConfig):
    name = "orders.payment"
    label = "payment"
