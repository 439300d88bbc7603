"""Stones get the keys `colour` and `clarity`, some pieces at a time."""

from django.db import migrations

BATCH = 2_000
# What stands already stays.
IN_FULL = """
UPDATE catalogue_product AS product SET stones = (
    SELECT jsonb_agg(jsonb_build_object('colour', '', 'clarity', '') || stone ORDER BY place)
    FROM jsonb_array_elements(product.stones) WITH ORDINALITY AS listed(stone, place)
)
WHERE product.id > %(after)s AND product.id <= %(last)s
    AND jsonb_array_length(product.stones) > 0 AND NOT product.stones->0 ? 'clarity'
"""


def grade_stones(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM catalogue_product")
        (last,) = cursor.fetchone()
        for after in range(0, last, BATCH):
            cursor.execute(IN_FULL, {"after": after, "last": after + BATCH})


class Migration(migrations.Migration):
    # Each batch commits by itself.
    atomic = False
    dependencies = [("catalogue", "0038_personalization")]

    operations = [migrations.RunPython(grade_stones, migrations.RunPython.noop)]
