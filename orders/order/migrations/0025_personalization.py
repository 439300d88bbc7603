from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("order", "0024_customers")]

    operations = [
        migrations.AddField("line", "personalization", models.JSONField(default=list)),
        migrations.AddField("line", "final_sale", models.BooleanField(default=False)),
    ]
