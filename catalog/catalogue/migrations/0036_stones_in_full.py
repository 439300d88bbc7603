"""Stones get the keys they lack and a kind of the table, some pieces at a time; then the checks of 0035 are proved."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

BATCH = 2_000
# The kinds as of this migration.
KINDS = (
    "diamond", "sapphire", "ruby", "emerald", "moissanite", "cubic_zirconia", "pearl", "cultured_pearl", "opal",
    "alexandrite", "amazonite", "amber", "amethyst", "ametrine", "apatite", "aquamarine", "aventurine",
    "chalcedony", "chrysocolla", "citrine", "coral", "fluorite", "garnet", "glass", "hematite", "iolite", "jade",
    "jet", "kunzite", "kyanite", "labradorite", "lapis_lazuli", "larimar", "malachite", "moonstone", "morganite",
    "mother_of_pearl", "obsidian", "peridot", "pyrite", "quartz", "rhodochrosite", "rhodonite", "spinel",
    "sunstone", "tanzanite", "topaz", "tourmaline", "turquoise", "zircon", "zoisite", "other",
)  # fmt: skip
# What stands already stays; a kind that the table does not have becomes the name of an `other`.
IN_FULL = """
UPDATE catalogue_product AS product SET stones = (
    SELECT jsonb_agg(
        jsonb_build_object(
            'name', CASE WHEN code = ANY(%(kinds)s) THEN '' ELSE stone->>'kind' END,
            'treatment', 'none', 'cut', '', 'carat', NULL, 'carat_is', 'total', 'count', 1,
            'country', '', 'mine', '', 'report', NULL, 'setting', '', 'position', ''
        ) || stone || jsonb_build_object('kind', CASE WHEN code = ANY(%(kinds)s) THEN code ELSE 'other' END)
        ORDER BY place
    )
    FROM jsonb_array_elements(product.stones) WITH ORDINALITY AS listed(stone, place),
    LATERAL (SELECT lower(replace(stone->>'kind', ' ', '_')) AS code) AS named
)
WHERE product.id > %(after)s AND product.id <= %(last)s
    AND jsonb_array_length(product.stones) > 0 AND NOT product.stones->0 ? 'carat_is'
"""


def fill_stones(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM catalogue_product")
        (last,) = cursor.fetchone()
        for after in range(0, last, BATCH):
            cursor.execute(IN_FULL, {"kinds": list(KINDS), "after": after, "last": after + BATCH})


class Migration(migrations.Migration):
    # Each batch commits by itself.
    atomic = False
    dependencies = [("catalogue", "0035_jewelry")]

    operations = [
        migrations.RunPython(fill_stones, migrations.RunPython.noop),
        ValidateConstraint("product", "product_facts_object"),
        ValidateConstraint("product", "product_parts_array"),
        ValidateConstraint("product", "product_stones_array"),
        ValidateConstraint("product", "product_ring_sizes_object"),
    ]
