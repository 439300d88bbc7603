from oscar.core.application import OscarConfig


class CatalogueConfig(OscarConfig):
    name = "catalog.catalogue"
    label = "catalogue"
