from django.db import migrations


def open_the_default(apps, schema_editor):
    Storefront = apps.get_model("storefronts", "Storefront")
    if not Storefront.objects.filter(is_default=True).exists():
        Storefront.objects.create(name="Shop", is_default=True, all_makers=True)


class Migration(migrations.Migration):
    dependencies = [("storefronts", "0001_benchpin")]
    operations = [migrations.RunPython(open_the_default, migrations.RunPython.noop, elidable=False)]
