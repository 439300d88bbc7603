from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0037_renditions")]

    operations = [
        migrations.AddField("product", "personalization", models.JSONField(blank=True, default=list))
    ]
