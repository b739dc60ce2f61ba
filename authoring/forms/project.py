"""A project, its tasks and its members."""

from django import forms
from django.utils.translation import gettext_lazy as _

from authoring.measures import NAMES
from authoring.models import TaskKind
from authoring.models.task import METRIC, REWARD
from authoring.permissions import Role
from engine.metrics.scorers import SCORERS


class ProjectForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    description = forms.CharField(
        label=_("Description"),
        max_length=300,
        required=False,
        help_text=_("One sentence: what the model should learn here."),
    )


class ProjectSettingsForm(ProjectForm):
    guidelines = forms.CharField(
        label=_("Guidelines"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("Markdown. They stand beside the editor and the review, above the task's own."),
    )
    approvals_required = forms.IntegerField(
        label=_("Approvals required"),
        min_value=1,
        max_value=9,
        help_text=_("How many reviewers must approve a pair before a snapshot takes it."),
    )
    independent_reviews = forms.BooleanField(
        label=_("Independent reviews"),
        required=False,
        help_text=_(
            "Nobody judges the pairs of somebody whom they invited, or who invited them: "
            "an inviter sees the link, and one person might hold both accounts."
        ),
    )


class LabelsField(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea

    def prepare_value(self, value: object) -> object:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: object) -> list[str]:
        lines = (line.strip() for line in str(value or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))


class TaskForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=TaskKind.choices)
    labels = LabelsField(
        label=_("Labels"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line. Only for a classification: every label that an answer may be."),
    )
    instruction = forms.CharField(
        label=_("Instruction"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What a new pair of this task starts with."),
    )
    system = forms.CharField(
        label=_("System message"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    input_form = forms.CharField(
        label=_("Input form"),
        max_length=300,
        required=False,
        help_text=_("What the input is, such as “a customer's message, one or two sentences”."),
    )
    output_form = forms.CharField(
        label=_("Output form"),
        max_length=300,
        required=False,
        help_text=_("What the response looks like, such as “one label”. The coach reads this."),
    )
    guidelines = forms.CharField(
        label=_("Guidelines"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Markdown."),
    )
    metric = forms.ChoiceField(label=_("Default metric"), required=False)
    reward = forms.ChoiceField(label=_("Default reward"), required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        best = ("", _("as the kind has it"))
        self.fields["metric"].choices = [best, *named(METRICS)]
        self.fields["reward"].choices = [best, *named(REWARDS)]


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.AUTHOR)


METRICS = {*METRIC.values(), *SCORERS}
REWARDS = {*REWARD.values(), *SCORERS}


def named(codes: set[str]) -> list[tuple[str, object]]:
    """As choices, in the order of the codes: that of the names would change with the language."""
    return [(one, NAMES.get(one, one)) for one in sorted(codes)]
