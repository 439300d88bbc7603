import catalog.catalogue.models
from django.db import migrations, models


def give_ids(apps, schema_editor):
    ProductImage = apps.get_model("catalogue", "ProductImage")
    for pk in ProductImage.objects.filter(public_id=None).values_list("pk", flat=True).iterator():
        ProductImage.objects.filter(pk=pk).update(public_id=catalog.catalogue.models.new_picture_id())


class Migration(migrations.Migration):
    """Three steps: a unique column with a callable default would give every row the same id."""

    dependencies = [("catalogue", "0033_benchpin")]

    operations = [
        migrations.AddField("productimage", "public_id", models.CharField(max_length=32, null=True, editable=False)),
        migrations.RunPython(give_ids, migrations.RunPython.noop, elidable=False),
        migrations.AlterField(
            "productimage",
            "public_id",
            models.CharField(
                default=catalog.catalogue.models.new_picture_id, editable=False, max_length=32, unique=True
            ),
        ),
    ]
