from django.apps import AppConfig


class AuthoringConfig(AppConfig):
    name = "authoring"

    def ready(self) -> None:
        from authoring import lookups

        lookups.register()
