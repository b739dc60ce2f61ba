"""Checkpoints leave: real engines write them, the card says what they are, members fetch them."""

import hashlib
import io
import json
import re
import tarfile

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from rest_framework.test import APIClient

from authoring.errors import Conflict, Invalid, NothingToDo
from authoring.models import Revision
from evaluation.models import Evaluation, Score
from training.actions import exports, runs
from training.export_forms import refusal
from training.model_card import model_card
from training.models import BaseModel, Checkpoint, Export, Job, Kind
from training.runner import attempt
from training.tar import size_of_tar, tar_of


@pytest.fixture
def exported(settings, home):
    settings.EXPORTS_ROOT = home / "exports"
    return settings.EXPORTS_ROOT


@pytest.fixture
def checkpoint(launch, no_broker, exported) -> Checkpoint:
    run = launch()
    made = Checkpoint.objects.create(
        run=run, step=4, fence=1, path=f"{run.pk}/step", layout="full", sha256="a" * 64, bytes=1
    )
    made.folder.mkdir(parents=True)
    return made


@pytest.fixture
def api():
    def client(person) -> APIClient:
        made = APIClient()
        made.force_login(person)
        return made

    return client


def finished(export: Export, **files: str) -> Export:
    """As the runner leaves it."""
    export.folder.mkdir(parents=True)
    for name, text in files.items():
        (export.folder / name.replace("_", ".")).write_text(text)
    Export.objects.filter(pk=export.pk).update(state="finished", finished_at=timezone.now())
    export.refresh_from_db()
    return export


@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
def test_a_real_checkpoint_is_exported_with_its_card_and_sums(
    studio, tao, project, snapshot, nano, exported, api
):
    run = runs.launch(
        by=tao, project=project, method="sft", snapshot=snapshot, base_model=nano,
        settings={"epochs": 1, "threads": 1}, evaluate=False,
    )  # fmt: skip
    assert attempt.work()
    run.refresh_from_db()
    body = {"form": "gguf", "numbers": "float16"}
    pk = api(tao).post(f"/api/v1/checkpoints/{run.best_checkpoint_id}/exports/", body).json()["id"]
    assert attempt.work()

    told = api(tao).get(f"/api/v1/exports/{pk}/").json()
    assert (told["state"], told["failure"]) == ("finished", None)
    answer = api(tao).get(f"/api/v1/exports/{pk}/file/")
    archive = b"".join(answer.streaming_content)
    assert len(archive) == int(answer["Content-Length"])
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        files = {one.name: opened.extractfile(one).read() for one in opened}
    assert files.keys() == {"model.gguf", "README.md", "SHA256SUMS"}
    assert files["model.gguf"][:4] == b"GGUF"
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert digest == hashlib.sha256(files[name]).hexdigest()
    assert told["bytes"] == sum(map(len, files.values()))
    assert snapshot.content_hash in files["README.md"].decode()


def test_asking_twice_gives_the_same_and_after_a_failure_tries_again(checkpoint, tao):
    first = exports.ask(by=tao, checkpoint=checkpoint, form="merged")
    assert exports.ask(by=tao, checkpoint=checkpoint, form="merged") == first
    Job.objects.filter(pk=first.pk).update(state="failed", failure={"message": "no"})
    again = exports.ask(by=tao, checkpoint=checkpoint, form="merged")
    assert (again.pk, Job.objects.get(pk=again.pk).state) == (first.pk, "queued")
    other = exports.ask(by=tao, checkpoint=checkpoint, form="merged", numbers="float16")
    assert other != first


def test_an_export_whose_files_a_restore_left_out_is_made_anew(checkpoint, tao):
    made = finished(exports.ask(by=tao, checkpoint=checkpoint, form="merged"), model="weights")
    assert exports.ask(by=tao, checkpoint=checkpoint, form="merged").state == "finished"
    (made.folder / "model").unlink()
    made.folder.rmdir()
    assert exports.ask(by=tao, checkpoint=checkpoint, form="merged").state == "queued"


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"form": "zip"}, "form"), ({"form": "gguf", "numbers": "int3"}, "numbers"), ({"form": "adapter"}, "form")],
)  # fmt: skip
def test_what_there_is_no_form_of_is_refused(checkpoint, tao, asked, field):
    with pytest.raises(Invalid) as refused:
        exports.ask(by=tao, checkpoint=checkpoint, **asked)
    assert refused.value.fields[field]


@pytest.fixture
def folder(settings, home, checkpoint) -> BaseModel:
    """The checkpoint's base as a folder of a Llama-type decoder."""
    settings.MODELS_ROOT = home / "models"
    base = checkpoint.run.base_model
    base.source, base.reference = "folder", "tiny"
    base.save()
    base.folder.mkdir(parents=True)
    (base.folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    tokenizer = {"model": {"type": "BPE"}, "pre_tokenizer": {"type": "ByteLevel"}}
    (base.folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    return base


def llama(base: BaseModel) -> None:
    pass


def qwen(base: BaseModel) -> None:
    (base.folder / "config.json").write_text(json.dumps({"model_type": "qwen3"}))


def sentencepiece(base: BaseModel) -> None:
    (base.folder / "tokenizer.json").write_text(json.dumps({"model": {"type": "Unigram"}}))


def lstm(base: BaseModel) -> None:
    BaseModel.objects.update(architecture="lstm")


def adapted(base: BaseModel) -> None:
    Checkpoint.objects.update(layout="adapter")


def deleted(base: BaseModel) -> None:
    Checkpoint.objects.update(deleted_at=timezone.now())


@pytest.mark.parametrize(
    ("made", "forms"),
    [
        (llama, ["merged", "gguf"]),
        (qwen, ["merged"]),
        (sentencepiece, ["merged"]),
        (lstm, ["merged"]),
        (adapted, ["adapter", "merged", "gguf"]),
        (deleted, []),
    ],
)
def test_page_and_rest_offer_what_there_is_a_form_of_and_the_rest_is_refused(
    checkpoint, folder, made, forms, tao, client, api
):
    made(folder)
    checkpoint = Checkpoint.objects.get()
    told = api(tao).get(f"/api/v1/checkpoints/{checkpoint.pk}/").json()
    assert told["export_forms"] == forms
    [listed] = api(tao).get(f"/api/v1/runs/{checkpoint.run_id}/checkpoints/").json()["results"]
    assert listed["export_forms"] == forms
    client.force_login(tao)
    page = client.get(f"/p/letters/checkpoints/{checkpoint.pk}/exports/").content.decode()
    assert re.findall(r'<option value="(adapter|merged|gguf)"', page) == forms
    for form in {"adapter", "merged", "gguf"} - set(forms):
        answer = api(tao).post(f"/api/v1/checkpoints/{checkpoint.pk}/exports/", {"form": form})
        assert answer.status_code in (400, 422)
        assert answer.json()["detail"]
    for form in forms:
        assert exports.ask(by=tao, checkpoint=checkpoint, form=form).form == form


def test_a_model_that_gguf_has_no_place_for_is_refused_with_the_reason(checkpoint, folder, tao):
    qwen(folder)
    with pytest.raises(Invalid) as refused:
        exports.ask(by=tao, checkpoint=checkpoint, form="gguf")
    assert "'qwen3'" in refused.value.message
    assert refused.value.fields["form"] == [refused.value.message]


def test_deleted_weights_are_not_exported(checkpoint, tao):
    checkpoint.deleted_at = timezone.now()
    with pytest.raises(NothingToDo):
        exports.ask(by=tao, checkpoint=checkpoint, form="merged")


def test_who_may_not_train_exports_and_deletes_nothing(checkpoint, tao, ada, vera):
    made = exports.ask(by=tao, checkpoint=checkpoint, form="merged")
    for person in (ada, vera):
        with pytest.raises(PermissionDenied):
            exports.ask(by=person, checkpoint=checkpoint, form="gguf")
        with pytest.raises(PermissionDenied):
            exports.delete(by=person, export=made)


def test_deleting_takes_the_files_and_waits_for_the_worker(
    checkpoint, tao, django_capture_on_commit_callbacks
):
    made = exports.ask(by=tao, checkpoint=checkpoint, form="merged")
    with pytest.raises(Conflict):
        exports.delete(by=tao, export=made)
    finished(made, a_txt="a")
    with django_capture_on_commit_callbacks(execute=True):
        exports.delete(by=tao, export=made)
    assert not made.folder.exists()
    assert not Job.objects.filter(kind=Kind.EXPORT).exists()
    assert checkpoint.folder.is_dir()


def test_a_member_fetches_it_and_an_outsider_gets_nothing(checkpoint, tao, vera, eve, client, api):
    made = exports.ask(by=tao, checkpoint=checkpoint, form="merged")
    where = (f"/p/letters/exports/{made.pk}/file/", f"/api/v1/exports/{made.pk}/file/")
    client.force_login(vera)
    assert client.get(where[0]).status_code == 404, "it is not made yet"
    finished(made, model_safetensors="weights")
    answer = client.get(where[0])
    assert answer["Content-Disposition"] == 'attachment; filename="run-1-step-4-merged.tar"'
    assert b"weights" in b"".join(answer.streaming_content)
    client.force_login(eve)
    assert client.get(where[0]).status_code == 404
    assert api(eve).get(where[1]).status_code == 404
    assert api(eve).get(f"/api/v1/checkpoints/{checkpoint.pk}/exports/").status_code == 404


def test_the_tar_holds_plain_files_and_follows_no_link(tmp_path):
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"a" * 700)
    (folder / "empty").write_bytes(b"")
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    archive = b"".join(tar_of(folder))
    assert len(archive) == size_of_tar(folder)
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        assert [(one.name, one.size) for one in opened] == [("a.txt", 700), ("empty", 0)]


def test_the_page_offers_what_the_checkpoint_has_and_says_what_failed(
    checkpoint, client, tao, vera
):
    client.force_login(tao)
    here = f"/p/letters/checkpoints/{checkpoint.pk}/exports/"
    page = client.get(here).content.decode()
    assert 'value="gguf"' in page
    assert 'value="adapter"' not in page, "these are whole weights"
    client.post(f"{here}new/", {"form": "gguf", "numbers": "float16"})
    made = Export.objects.get()
    assert "data-live-url" in client.get(here).content.decode()
    failure = {"type": "model", "message": "Too strange for GGUF.", "remedy": "Take merged."}
    Job.objects.filter(pk=made.pk).update(state="failed", failure=failure)
    assert "Too strange for GGUF.<br>Take merged." in client.get(here).content.decode()
    client.force_login(vera)
    assert "<form" not in client.get(here).content.decode()


def card_of(checkpoint: Checkpoint) -> str:
    return model_card(checkpoint, form="merged", base="Nano")


def test_the_card_tells_data_settings_and_scores_with_their_intervals(checkpoint, tao, snapshot):
    evaluation = Evaluation.objects.create(
        kind=Kind.EVALUATION, project=checkpoint.run.project, created_by=tao, snapshot=snapshot,
        base_model=checkpoint.run.base_model, checkpoint=checkpoint, settings={"max_new_tokens": 16},
        settings_hash="0" * 64, state="finished", scored_at=timezone.now(), rows=1,
    )  # fmt: skip
    Score.objects.create(
        evaluation=evaluation, metric="f1_macro", value=0.75, low=0.5, high=0.9, n=1
    )
    Score.objects.create(evaluation=evaluation, metric="f1", slice="label:track", value=0.1, n=1)
    card = card_of(checkpoint)
    assert (
        "| test | all | f1_macro | 0.750 | 0.500 to 0.900 | 1 | up to 16 new tokens, greedy |"
        in card
    )
    assert "label:track" not in card
    assert f"| Content hash | `{snapshot.content_hash}` |" in card
    assert "| Train pairs | 4 |" in card
    assert "| Authors | 1 |" in card
    assert "| `learning_rate` | `0.001` |" in card
    assert re.search(r"^---\ntrained_from: \"Nano\"\nlibrary_name: \"transformers\"", card)


@pytest.mark.parametrize(
    ("source", "base", "line"),
    [
        ("hub", "team/tiny", 'base_model: "team/tiny"'),
        ("hub", "run 1, step 4", 'trained_from: "run 1, step 4"'),
        ("local", "team/tiny", 'trained_from: "team/tiny"'),
    ],
)
def test_a_base_model_is_named_to_the_hub_only_where_the_hub_has_it(checkpoint, source, base, line):
    checkpoint.run.base_model.source = source
    checkpoint.run.base_model.reference = "team/tiny"
    assert line in model_card(checkpoint, form="adapter", base=base)


@pytest.mark.parametrize(
    ("architecture", "form", "tag", "lines"),
    [
        ("decoder", "merged", "text-generation", ["AutoModelForCausalLM", "apply_chat_template"]),
        ("encoder_decoder", "adapter", "text-generation", ["AutoModelForSeq2SeqLM", "PeftModel"]),
        ("encoder_classifier", "adapter", "text-classification", ["config=config", "id2label"]),
        ("lstm", "merged", "text-generation", ["import instructstudio_lstm", "sys.path.insert"]),
        ("decoder", "gguf", "text-generation", ["llama-cli -m model.gguf"]),
    ],
)
def test_the_card_says_how_to_open_it_by_architecture(checkpoint, architecture, form, tag, lines):
    checkpoint.run.base_model.architecture = architecture
    card = model_card(checkpoint, form=form, base="Nano")
    assert f'\npipeline_tag: "{tag}"\n' in card
    opened = card.partition("## How to open it")[2].partition("\n## ")[0]
    assert all(one in opened for one in lines)
    assert str(checkpoint.folder) not in card


def test_an_adapters_card_opens_its_base_from_the_hub_where_the_hub_has_it(checkpoint):
    checkpoint.run.base_model.source = "hub"
    checkpoint.run.base_model.reference = "team/tiny"
    card = model_card(checkpoint, form="adapter", base="team/tiny")
    assert 'AutoModelForCausalLM.from_pretrained("team/tiny")' in card
    own = model_card(checkpoint, form="adapter", base='run 1"\n```')
    assert 'AutoModelForCausalLM.from_pretrained("path/to/its-base")' in own


def test_a_checkpoint_nobody_measured_says_so(checkpoint):
    assert "Not measured." in card_of(checkpoint)


def test_what_people_named_breaks_neither_front_matter_nor_tables(checkpoint):
    run = checkpoint.run
    attack = 'a"\n---\nlicense: mit\n| x |<script>[y](javascript:1)'
    run.base_model.licence = attack
    Revision.objects.update(source=attack[:90], licence=attack[:90])
    card = model_card(checkpoint, form="merged", base=attack)
    front = card.split("---\n")[1]
    assert front.count("\n") == 7
    assert 'license: "other"' in front
    assert "\nlicense: mit" not in card
    assert "<script>" not in card.partition("---\n")[2].partition("---\n")[2]


def whole(checkpoint: Checkpoint) -> None:
    (checkpoint.folder / "config.json").write_text(json.dumps({"model_type": "qwen3"}))


def adapter(checkpoint: Checkpoint) -> None:
    """Its tokenizer alone tells something of the model."""
    Checkpoint.objects.update(layout="adapter")
    (checkpoint.folder / "tokenizer.json").write_text(json.dumps({"model": {"type": "Unigram"}}))


def nothing(checkpoint: Checkpoint) -> None:
    pass


@pytest.mark.parametrize(("written", "offers"), [(whole, False), (adapter, False), (nothing, True)])
def test_of_a_hubs_model_the_checkpoint_tells_whether_gguf_has_a_place_for_it(
    checkpoint, written, offers
):
    base = checkpoint.run.base_model
    base.source, base.reference = "hub", "someone/something"
    base.save()
    written(checkpoint)
    refused = refusal(Checkpoint.objects.get(), "gguf")
    assert (refused is None) == offers
