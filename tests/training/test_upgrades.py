"""What an existing home goes through when it is upgraded."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE = [("training", "0005_push")]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_measurements_of_an_earlier_version_are_made_again():
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    try:
        old = executor.loader.project_state(BEFORE).apps
        model = old.get_model("training", "BaseModel").objects.create(name="nano", source="scratch")
        calibrations = old.get_model("training", "Calibration").objects
        calibrations.create(base_model=model, tuning="full", state="done", correction=1.5, runs=3)
        calibrations.create(base_model=model, tuning="lora", state="failed")
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())

    from training.models import Calibration

    assert list(
        Calibration.objects.order_by("id").values_list("tuning", "state", "correction", "runs")
    ) == [("full", "asked", 1.0, 0), ("lora", "failed", 1.0, 0)]
