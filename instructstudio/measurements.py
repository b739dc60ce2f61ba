"""What Prometheus sees: counts read from the database when it asks, so that every process agrees."""

from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from authoring.models import Pair
from authoring.states import PairState
from training.models import Checkpoint, Job
from training.states import JobState


class StudioCollector(Collector):
    """Pairs and jobs by state, the age of the oldest queued job, checkpoints and their bytes."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _by_state("studio_pairs", "Pairs by state", Pair.objects.present(), PairState.values)
        yield _by_state("studio_jobs", "Jobs by state", Job.objects.all(), JobState.values)
        yield GaugeMetricFamily(
            "studio_oldest_queued_job_seconds",
            "Age of the oldest queued job",
            value=_oldest_queued(),
        )
        kept = list(Checkpoint.objects.kept().values_list("bytes", flat=True))
        yield GaugeMetricFamily("studio_checkpoints", "Checkpoints kept", value=len(kept))
        yield GaugeMetricFamily(
            "studio_checkpoint_bytes", "Bytes of the checkpoints kept", value=sum(kept)
        )


def _by_state(name: str, help: str, rows, states: list[str]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help, labels=["state"])
    counted = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    for state in states:
        family.add_metric([state], counted.get(state, 0))
    return family


def _oldest_queued() -> float:
    queued = Job.objects.present().filter(state=JobState.QUEUED)
    oldest = queued.aggregate(Min("queued_at"))["queued_at__min"]
    return (timezone.now() - oldest).total_seconds() if oldest else 0.0


registry = CollectorRegistry()
registry.register(StudioCollector())  # collects nothing until it is asked
