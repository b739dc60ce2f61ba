from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuthoringConfig(AppConfig):
    name = "authoring"

    def ready(self) -> None:
        from authoring import lookups, search_index

        lookups.register()
        post_migrate.connect(search_index.create_after_migrations, sender=self)
