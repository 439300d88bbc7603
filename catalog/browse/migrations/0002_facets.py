"""What facets count a document under, in one column; filled from the columns that say it one by one."""

import django.contrib.postgres.fields
from django.db import migrations, models

FILL = """
    UPDATE browse_productdocument SET facets =
        ARRAY(SELECT 'category=' || value FROM unnest(categories) AS value)
        || ARRAY(SELECT 'collection=' || value FROM unnest(collections) AS value)
        || ('maker=' || maker_id)
        || CASE WHEN product_type <> '' THEN ARRAY['product_type=' || product_type] ELSE '{}' END
        || ARRAY(SELECT 'stone=' || value FROM unnest(stones) AS value)
        || ARRAY(SELECT 'metal=' || value FROM unnest(metals) AS value)
        || ARRAY(SELECT 'fineness=' || value FROM unnest(finenesses) AS value)
        || ARRAY(SELECT 'ring_size=' || value FROM unnest(ring_sizes) AS value)
        || CASE WHEN in_stock THEN ARRAY['in_stock=true'] ELSE '{}' END
        || CASE WHEN made_to_order THEN ARRAY['made_to_order=true'] ELSE '{}' END
        || CASE WHEN one_of_a_kind THEN ARRAY['one_of_a_kind=true'] ELSE '{}' END
    WHERE is_listed
"""


class Migration(migrations.Migration):
    dependencies = (("browse", "0001_documents"),)

    operations = (
        migrations.AddField(
            "productdocument",
            "facets",
            django.contrib.postgres.fields.ArrayField(models.TextField(), db_default=[], default=list),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    )
