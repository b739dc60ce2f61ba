"""Where the weights of a run, and of an evaluation, lie: through any chain of runs."""

import pytest

from engine.spec import ModelRef
from training.actions import runs
from training.handlers.files import weights_of
from training.models import BaseModel, Checkpoint, Run, Source

pytestmark = pytest.mark.database


@pytest.fixture
def tiny(home, db):
    (home / "models" / "tiny").mkdir(parents=True)
    return BaseModel.objects.create(
        name="Tiny", slug="tiny", source=Source.FOLDER, reference="tiny"
    )


@pytest.fixture
def trained(tao, project, snapshot, no_broker):
    """trained("adapter", base_model=…) → the checkpoint of a run that left an adapter."""

    def train(layout: str, **start) -> Checkpoint:
        run = runs.launch(
            by=tao, project=project, method="sft", snapshot=snapshot, evaluate=False, **start
        )
        made = Checkpoint.objects.create(
            run=run, step=1, fence=1, path=f"{run.pk}/step-1", layout=layout, sha256="a", bytes=1
        )
        made.folder.mkdir(parents=True)
        return made

    return train


def test_a_base_model_lies_in_its_folder(tiny, home):
    assert weights_of(tiny, None) == ModelRef("folder", path=str(home / "models/tiny"))


def test_a_hub_model_is_named_by_its_id(db):
    model = BaseModel(source=Source.HUB, reference="owner/name")

    assert weights_of(model, None) == ModelRef("hub", path="owner/name")


def test_a_preset_is_named_with_what_differs(db):
    model = BaseModel(source=Source.SCRATCH, reference="nano", overrides={"width": 64})

    assert weights_of(model, None) == ModelRef("scratch", preset="nano", overrides={"width": 64})


def test_full_weights_need_nothing_below_them(trained, tiny):
    full = trained("full", base_model=tiny)

    assert weights_of(tiny, full) == ModelRef("folder", path=str(full.folder))


def test_an_adapter_lies_on_the_base_model(trained, tiny):
    adapter = trained("adapter", base_model=tiny)

    assert weights_of(tiny, adapter) == ModelRef(
        "folder", path=str(tiny.folder), adapter=str(adapter.folder)
    )


def test_an_adapter_that_went_on_from_another_lies_on_the_same_base(trained, tiny):
    first = trained("adapter", base_model=tiny)
    second = trained("adapter", checkpoint=first)

    assert weights_of(tiny, second) == ModelRef(
        "folder", path=str(tiny.folder), adapter=str(second.folder)
    )


def test_an_adapter_on_full_weights_lies_on_those(trained, tiny):
    full = trained("full", base_model=tiny)
    adapter = trained("adapter", checkpoint=full)
    last = trained("adapter", checkpoint=adapter)

    assert weights_of(tiny, last) == ModelRef(
        "folder", path=str(full.folder), adapter=str(last.folder)
    )
    assert Run.objects.count() == 3
