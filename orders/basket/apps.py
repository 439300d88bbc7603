from oscar.core.application import OscarConfig


class BasketConfig(OscarConfig):
    name = "orders.basket"
    label = "basket"
