"""Signing in, coming in by a link, and one's own profile."""

import zoneinfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from authoring.models import User


def password_field(label: str, autocomplete: str, **options: object) -> forms.CharField:
    """A password as typed: white space is part of it."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, widget=widget, **options)


class SignInForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = password_field(_("Password"), "current-password")


class LostPasswordForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


class LinkForm(forms.Form):
    """What a single-use link asks for before it lets somebody in."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = password_field(
        _("Choose a password"), "new-password", help_text=_("At least 10 characters.")
    )

    def __init__(self, *args, asks_name: bool, needs_password: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not asks_name:
            del self.fields["name"]
        self.fields["password"].required = needs_password


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("What others see beside what you write."),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=lambda: [("", _("As the browser")), *settings.LANGUAGES],
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [
            ("", "UTC"),
            *((zone, zone.replace("_", " ")) for zone in sorted(zoneinfo.available_timezones())),
        ],
    )
    theme = forms.ChoiceField(
        label=_("Theme"),
        choices=User._meta.get_field("theme").choices,
        widget=forms.RadioSelect,
    )


class PasswordForm(forms.Form):
    old = password_field(_("Old password"), "current-password", required=False)
    password = password_field(
        _("New password"), "new-password", help_text=_("At least 10 characters.")
    )

    def __init__(self, *args, asks_old: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if asks_old:
            self.fields["old"].required = True
        else:
            del self.fields["old"]


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Where it will be used, such as “nightly CI”.")
    )
