"""Who let in the accounts that there are: told by the invitations that were used."""

from typing import Any

from django.db import migrations


def remember(apps: Any, schema_editor: Any) -> None:
    """Accounts of before: whoever made the first invitation of this address that was used."""
    links = apps.get_model("authoring", "AccessLink").objects.filter(
        purpose="invitation", used_at__isnull=False, created_by__isnull=False
    )
    for user in apps.get_model("authoring", "User").objects.filter(let_in_by=None):
        used = links.filter(email=user.email).exclude(created_by=user.pk).order_by("used_at").first()
        if used and abs((used.used_at - user.created_at).total_seconds()) < 60:
            user.let_in_by_id = used.created_by_id
            user.save(update_fields=["let_in_by"])


class Migration(migrations.Migration):
    dependencies = [("authoring", "0003_let_in_by")]

    operations = [migrations.RunPython(remember, migrations.RunPython.noop, elidable=True)]
