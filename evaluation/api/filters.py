"""What lists can be filtered by; nothing else reaches the database."""

from django_filters import rest_framework as filters

from evaluation.models import Ended, Evaluation, Prediction, Score
from training.states import JobState


class EvaluationFilter(filters.FilterSet):
    project = filters.CharFilter("project__slug")
    snapshot = filters.NumberFilter("snapshot_id")
    split = filters.CharFilter("split")
    run = filters.NumberFilter("checkpoint__run_id")
    checkpoint = filters.NumberFilter("checkpoint_id")
    base_model = filters.NumberFilter("base_model_id")
    state = filters.ChoiceFilter(choices=JobState.choices)
    scored = filters.BooleanFilter("scored_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Evaluation
        fields: list[str] = []


class ScoreFilter(filters.FilterSet):
    evaluation = filters.NumberFilter("evaluation_id")
    snapshot = filters.NumberFilter("evaluation__snapshot_id")
    run = filters.NumberFilter("evaluation__checkpoint__run_id")
    metric = filters.CharFilter("metric")
    slice = filters.CharFilter(
        "slice", help_text="task:intent, label:refund, language:zh, tag:typo, author:7"
    )
    whole = filters.BooleanFilter(method="of_whole_split", help_text="Only over the whole split.")

    class Meta:
        model = Score
        fields: list[str] = []

    def of_whole_split(self, queryset, name: str, value: bool):
        return queryset.whole() if value else queryset.exclude(slice="")


class PredictionFilter(filters.FilterSet):
    evaluation = filters.NumberFilter("evaluation_id")
    revision = filters.NumberFilter("revision_id")
    pair = filters.NumberFilter("revision__pair_id")
    correct = filters.BooleanFilter("correct")
    label = filters.CharFilter("label")
    reference_label = filters.CharFilter("reference_label")
    unparsed = filters.BooleanFilter(method="only_unparsed")
    ended = filters.ChoiceFilter(choices=Ended.choices)
    written_for = filters.BooleanFilter(
        method="by_pairs", help_text="Whether somebody wrote a pair because of it."
    )
    task = filters.CharFilter("revision__pair__task__slug")
    language = filters.CharFilter("revision__language")

    class Meta:
        model = Prediction
        fields: list[str] = []

    def only_unparsed(self, queryset, name: str, value: bool):
        return queryset.unparsed() if value else queryset

    def by_pairs(self, queryset, name: str, value: bool):
        return queryset.written_for(value)
