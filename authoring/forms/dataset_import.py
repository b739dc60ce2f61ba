"""A file to bring in."""

from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from authoring.formats import FORMATS
from authoring.language import LANGUAGES
from authoring.models import Project, Task


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        error_messages={"empty": _("The file is empty. Choose a file with at least one row.")},
    )
    task = forms.ModelChoiceField(label=_("Task"), queryset=Task.objects.none(), empty_label=None)
    submit = forms.BooleanField(
        label=_("Send complete pairs straight to review"), required=False, initial=True
    )
    format = forms.ChoiceField(
        label=_("Format"),
        required=False,
        choices=[("", _("found out from the first row")), *((name, name) for name in FORMATS)],
    )
    language = forms.ChoiceField(
        label=_("Language of rows that name none"),
        required=False,
        choices=[("", _("told by the characters")), *LANGUAGES],
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].queryset = project.tasks.all()
        self.fields["file"].help_text = _(
            "JSON, JSON lines, CSV or TSV, in UTF-8 or GB18030, also compressed with gzip; at most %(size)s."
        ) % {"size": filesizeformat(settings.UPLOAD_LIMIT)}
