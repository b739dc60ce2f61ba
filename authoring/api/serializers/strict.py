"""Requests that say so when they are asked for something they don't know."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers


class Request(serializers.Serializer):
    """A body whose unknown fields are errors: a misspelt field is never silently ignored."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            raise serializers.ValidationError(
                {name: [_("There is no such field.")] for name in sorted(unknown)}
            )
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A text taken as it is: white space kept, empty allowed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **options)
