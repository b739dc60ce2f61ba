"""The loop over REST, from an invitation to an export, as a script would walk it."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from authoring.actions import people

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LABELS = ["book", "cancel"]
WORDS = [
    "letter",
    "stamp",
    "courier",
    "window",
    "counter",
    "harbour",
    "garden",
    "market",
    "bridge",
    "lantern",
]


def created(response):
    assert response.status_code == 201, response.content
    return response.json()


def join(rest, owner, project, email, role):
    """Invite somebody, and come in as them: a client with their own bearer token."""
    url = f"/api/v1/projects/{project}/invitations/"
    link = created(owner.post(url, {"email": email, "role": role}))
    assert link["token"] in link["address"]
    body = {
        "token": link["token"],
        "name": role.title(),
        "password": "correct horse battery",
        "token_name": "script",
    }
    answer = created(rest(None).post("/api/v1/redemptions/", body))
    client = rest(None)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer['bearer_token']}")
    assert client.get("/api/v1/me/").json()["email"] == email
    return client


def test_import_review_freeze_drop_leaks_and_export(rest):
    owner = rest(people.create_owner(email="root@example.org"))
    project = created(owner.post("/api/v1/projects/", {"name": "Intents"}))["slug"]
    author = join(rest, owner, project, "author@example.org", "author")
    reviewer = join(rest, owner, project, "reviewer@example.org", "reviewer")
    trainer = join(rest, owner, project, "trainer@example.org", "trainer")
    base = f"/api/v1/projects/{project}"
    task = {
        "name": "Intent",
        "kind": "classification",
        "labels": LABELS,
        "instruction": "Label it.",
    }
    created(owner.post(f"{base}/tasks/", task))

    rows = [
        {"input": f"About the {word} {word} and a {label}", "label": label, "split": split}
        for label in LABELS
        for word, split in zip(WORDS, ["train"] * 7 + ["test"] * 3, strict=True)
    ]
    rows.append(rows[-1] | {"split": "train"})
    lines = "\n".join([*map(json.dumps, rows), "{broken"])
    file = SimpleUploadedFile("rows.jsonl", lines.encode())
    body = {"task": "intent", "file": file}
    checked = created(author.post(f"{base}/imports/", body, format="multipart"))
    assert (checked["state"], checked["rows_good"], checked["rows_bad"]) == ("checked", 21, 1)
    one_import = f"/api/v1/imports/{checked['id']}"
    (problem,) = author.get(f"{one_import}/problems/").json()["results"]
    assert (problem["row"], problem["level"]) == (22, "error")
    assert created(author.post(f"{one_import}/commit/"))["state"] == "committed"
    assert author.post(f"{one_import}/approval/").status_code == 403
    assert created(reviewer.post(f"{one_import}/approval/")) == {"approved": 21}

    plan = trainer.post(f"{base}/snapshot-plans/", {}).json()
    assert plan["counts"]["train"]["rows"] == 15
    snapshot = created(trainer.post(f"{base}/snapshots/", {"name": "First"}))
    assert snapshot["content_hash"] == plan["content_hash"]
    assert [leak["exact"] for leak in snapshot["leaks"]] == [True]
    successor = created(trainer.post(f"/api/v1/snapshots/{snapshot['id']}/successors/", {}))
    assert (successor["parent"], successor["leak_count"]) == (snapshot["id"], 0)
    assert successor["counts"]["train"]["rows"] == 14

    items = trainer.get(f"/api/v1/snapshots/{successor['id']}/items/?split=test&page_size=2").json()
    assert (items["count"], len(items["results"])) == (6, 2)
    exported = trainer.get(f"/api/v1/snapshots/{successor['id']}/export/?as=alpaca&split=train")
    lines = [json.loads(line) for line in b"".join(exported.streaming_content).splitlines()]
    assert len(lines) == 14
    assert {line["output"] for line in lines} == set(LABELS)


def test_write_review_and_answer_a_request_for_changes(rest, ada, rui, chat, project):
    author, reviewer = rest(ada), rest(rui)
    body = {"task": "chat", "instruction": "Say hello", "response": "Helo!"}
    pair = created(author.post("/api/v1/projects/letters/pairs/", body))["pair"]
    assert created(author.post(f"/api/v1/pairs/{pair['id']}/submission/"))["state"] == "submitted"

    claim = created(reviewer.post("/api/v1/projects/letters/claims/", {}))
    assert claim["pair"]["id"] == pair["id"]
    head = claim["pair"]["head"]["id"]
    verdict = {"verdict": "request_changes", "comment": "A typo.", "ratings": {"clear": 2}}
    judged = created(reviewer.post(f"/api/v1/revisions/{head}/reviews/", verdict))
    assert judged["pair"]["state"] == "changes_requested"

    (review,) = author.get(f"/api/v1/pairs/{pair['id']}/reviews/").json()["results"]
    assert (review["comment"], review["reviewer"], review["bulk"]) == ("A typo.", "Rui", False)
    revision = {"parent": 1, "response": "Hello!"}
    created(author.post(f"/api/v1/pairs/{pair['id']}/revisions/", revision))
    created(author.post(f"/api/v1/pairs/{pair['id']}/submission/"))
    (waiting,) = reviewer.get("/api/v1/projects/letters/review-queue/").json()["results"]
    verdict = {"verdict": "approve"}
    judged = created(reviewer.post(f"/api/v1/revisions/{waiting['head']['id']}/reviews/", verdict))
    assert judged["pair"]["state"] == "approved"
    assert reviewer.post("/api/v1/projects/letters/claims/", {}).status_code == 204


def test_a_conflict_is_409_and_both_texts_are_kept(rest, ada, rui, write):
    pair = write("Say hello", "Hello!")
    url = f"/api/v1/pairs/{pair.pk}/revisions/"
    created(rest(rui).post(url, {"parent": 1, "response": "Good day!"}))
    refused = rest(ada).post(url, {"parent": 1, "response": "Hi!"})
    assert refused.status_code == 409
    answer = refused.json()
    assert (answer["conflict"], answer["revision"]["response"]) == (True, "Hi!")
    assert answer["pair"]["head"]["response"] == "Good day!"
    listed = rest(ada).get(url).json()["results"]
    assert [(one["number"], one["parent"]) for one in listed] == [(3, 1), (2, 1), (1, None)]


def test_many_pairs_at_once_and_back(rest, ada, write):
    ids = [write(text, "x").pk for text in "ABC"]
    url = "/api/v1/projects/letters/pair-batches/"
    done = created(rest(ada).post(url, {"deed": "submit", "pairs": ids}))
    assert (done["done"], done["undo"]) == (ids, "withdraw")
    undone = created(rest(ada).post(url, {"deed": done["undo"], "pairs": done["done"]}))
    assert undone["done"] == ids


def test_a_projects_pairs_are_exported_with_the_filters_of_the_list(rest, ada, write, submit):
    write("Draft", "x")
    submit("Submitted", "x")
    answer = rest(ada).get("/api/v1/projects/letters/export/?state=submitted")
    (line,) = b"".join(answer.streaming_content).splitlines()
    assert json.loads(line)["instruction"] == "Submitted"
