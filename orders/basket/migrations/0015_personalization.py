from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("basket", "0014_storefront")]

    operations = [
        migrations.AddField("line", "personalization", models.JSONField(blank=True, default=list))
    ]
