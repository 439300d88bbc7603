from oscar.core.application import OscarConfig


class PartnerConfig(OscarConfig):
    name = "catalog.partner"
    label = "partner"
