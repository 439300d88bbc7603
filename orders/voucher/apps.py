from oscar.core.application import OscarConfig


class VoucherConfig(OscarConfig):
    name = "orders.voucher"
    label = "voucher"
