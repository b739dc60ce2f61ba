"""A pair remembers the question of a test split that it was written for."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authoring", "0004_remember_who_let_in")]

    operations = [
        migrations.AddField(
            model_name="pair",
            name="written_for",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="pairs_for",
                to="authoring.revision",
            ),
        ),
    ]
