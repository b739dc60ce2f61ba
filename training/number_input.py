"""A field for a number, which shows it as people write it."""

from typing import Any

from django import forms

from training.labels import plain


class NumberInput(forms.NumberInput):
    def format_value(self, value: Any) -> str | None:
        return super().format_value(plain(value))
