"""What lists, searches and facets read of a document lies together in its row; only its page is stored apart.

PostgreSQL brings a row down to 2 kB, and moved out whatever was largest: for half of the pieces the words, which every
search ranks by, for the others the list item. With 2,900 bytes three rows fill a page of the table.
"""

from django.db import migrations

LAYOUT = """
    ALTER TABLE browse_productdocument SET (toast_tuple_target = 2900);
    ALTER TABLE browse_productdocument ALTER COLUMN words SET STORAGE MAIN;
"""
LAYOUT_BEFORE = """
    ALTER TABLE browse_productdocument RESET (toast_tuple_target);
    ALTER TABLE browse_productdocument ALTER COLUMN words SET STORAGE EXTENDED;
"""
# A value that is assigned as it is stays where it lies.
WRITE_ANEW = """
    UPDATE browse_productdocument
    SET words = words || ''::tsvector, item = item || '', detail = detail || '',
        facets = facets || '{}'::text[], variants = variants || '[]'::jsonb
"""


class Migration(migrations.Migration):
    dependencies = (("browse", "0002_facets"),)
    operations = (
        migrations.RunSQL(LAYOUT, LAYOUT_BEFORE),
        migrations.RunSQL(WRITE_ANEW, migrations.RunSQL.noop),
    )
