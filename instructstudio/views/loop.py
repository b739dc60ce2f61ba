"""/projects/{slug}/loop/: the project's home over REST, its live numbers and the one next thing."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authoring.api.access import InProject
from evaluation.dashboard import Row
from instructstudio.loop import numbers, score
from instructstudio.next_thing import next_thing


class NewestSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.IntegerField()


class BestSerializer(serializers.Serializer):
    """The checkpoint that did best on the validation split, as the test split measures it."""

    evaluation = serializers.IntegerField(source="evaluation.pk")
    checkpoint = serializers.IntegerField(source="evaluation.checkpoint_id")
    run = serializers.IntegerField(source="evaluation.checkpoint.run_id")
    metric = serializers.CharField()
    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    gain = serializers.FloatField(allow_null=True, help_text="Against the untrained model.")


class NextSerializer(serializers.Serializer):
    station = serializers.CharField(help_text="A page of the loop, such as `review`; or empty.")
    title = serializers.CharField()
    text = serializers.CharField()


class LoopSerializer(serializers.Serializer):
    tasks = serializers.IntegerField()
    drafts = serializers.IntegerField()
    my_drafts = serializers.IntegerField()
    my_changes = serializers.IntegerField(help_text="Pairs of yours that a reviewer sent back.")
    waiting = serializers.IntegerField(help_text="Pairs that await review.")
    waiting_for_me = serializers.IntegerField(help_text="Those that you may judge.")
    approved = serializers.IntegerField()
    approved_since = serializers.IntegerField(help_text="Those that the newest snapshot lacks.")
    newest_snapshot = NewestSerializer(source="newest", allow_null=True)
    live = serializers.IntegerField(help_text="Jobs at work on a device.")
    queued = serializers.IntegerField()
    runs = serializers.IntegerField()
    best = BestSerializer(allow_null=True)
    next = NextSerializer(help_text="What is due for you here.")


class Loop(InProject):
    serializer_class = LoopSerializer

    @extend_schema(responses=LoopSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Where the project and one's own work in it stand."""
        now = numbers(self.project, request.user)
        shown = now._asdict() | {
            "best": _best(now.best, score(now)),
            "next": next_thing(self.project, request.user, now),
        }
        return Response(LoopSerializer(shown).data)


def _best(row: Row | None, found: Any) -> dict[str, Any] | None:
    if row is None or found is None:
        return None
    return {
        "evaluation": row.evaluation,
        "metric": found.metric,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "gain": row.gain and row.gain.delta,
    }
