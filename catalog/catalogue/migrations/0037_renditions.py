from decimal import Decimal

from django.db import migrations, models

# One statement, however many pictures there are; below everything else that waits.
ASK_FOR_RENDITIONS = """
    INSERT INTO procrastinate_jobs (task_name, queue_name, priority, args)
    SELECT 'catalog.media.make_renditions', 'default', -10, jsonb_build_object('image_id', id, 'original', original)
    FROM catalogue_productimage WHERE status = 'ready' AND original <> ''
"""


class Migration(migrations.Migration):
    """Pictures that are there already get their renditions by jobs, as new ones do."""

    dependencies = [("catalogue", "0036_stones_in_full"), ("procrastinate", "0041_post_retry_failed_job")]

    operations = [
        migrations.AddField(
            "productimage", "focal_x", models.DecimalField(decimal_places=3, default=Decimal("0.5"), max_digits=4)
        ),
        migrations.AddField(
            "productimage", "focal_y", models.DecimalField(decimal_places=3, default=Decimal("0.5"), max_digits=4)
        ),
        migrations.AddField(
            "productimage", "renditions", models.JSONField(blank=True, default=list, editable=False)
        ),
        migrations.AddField(
            "productimage", "placeholder", models.CharField(blank=True, editable=False, max_length=512)
        ),
        migrations.AddConstraint(
            "productimage",
            models.CheckConstraint(
                condition=models.Q(focal_x__gte=0, focal_x__lte=1, focal_y__gte=0, focal_y__lte=1),
                name="image_focal_point",
            ),
        ),
        migrations.RunSQL(ASK_FOR_RENDITIONS, migrations.RunSQL.noop, elidable=True),
    ]
