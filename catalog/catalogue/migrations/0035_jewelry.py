"""Attributes, parts, ring sizes and final sale of a piece. The checks are added unproved, which locks nothing for long."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models.lookups import Exact


def check(column: str, kind: str) -> Exact:
    kind_of = models.Func(models.F(column), function="jsonb_typeof", output_field=models.TextField())
    return Exact(kind_of, kind)


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0034_picture_id")]

    operations = [
        migrations.AddField("product", "facts", models.JSONField(blank=True, default=dict)),
        migrations.AddField("product", "final_sale", models.BooleanField(default=False, help_text="Not taken back.")),
        migrations.AddField("product", "parts", models.JSONField(blank=True, default=list)),
        migrations.AddField("product", "ring_sizes", models.JSONField(blank=True, null=True)),
        AddConstraintNotValid(
            "product", models.CheckConstraint(condition=check("facts", "object"), name="product_facts_object")
        ),
        AddConstraintNotValid(
            "product", models.CheckConstraint(condition=check("parts", "array"), name="product_parts_array")
        ),
        AddConstraintNotValid(
            "product", models.CheckConstraint(condition=check("stones", "array"), name="product_stones_array")
        ),
        AddConstraintNotValid(
            "product",
            models.CheckConstraint(
                condition=models.Q(ring_sizes__isnull=True) | check("ring_sizes", "object"),
                name="product_ring_sizes_object",
            ),
        ),
    ]
