import shop.accounts.models
from django.db import migrations, models
from django.db.models.functions import Lower


def give_ids(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    for user in User.objects.filter(public_id=None).iterator():
        User.objects.filter(pk=user.pk).update(public_id=shop.accounts.models.new_user_id())


class Migration(migrations.Migration):
    """Three steps: a unique column with a callable default would give every row the same id."""

    dependencies = [("accounts", "0001_benchpin")]

    operations = [
        migrations.AddField("user", "public_id", models.CharField(max_length=32, null=True, editable=False)),
        migrations.RunPython(give_ids, migrations.RunPython.noop, elidable=False),
        migrations.AlterField(
            "user",
            "public_id",
            models.CharField(default=shop.accounts.models.new_user_id, editable=False, max_length=32, unique=True),
        ),
        migrations.AddConstraint("user", models.UniqueConstraint(Lower("email"), name="user_email_once_in_any_case")),
    ]
