from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0002_search"),
    ]

    operations = [
        migrations.AddField(
            model_name="prediction",
            name="label_logprobs",
            field=models.JSONField(null=True),
        ),
    ]
