from oscar.core.application import OscarConfig


class OrderConfig(OscarConfig):
    name = "orders.order"
    label = "order"
