"""An account opens nothing by itself, and looking allows no writing. Every address is walked.

Langfuse CVE-2025-59305; Label Studio #742.
"""

import pytest
from django.apps import apps
from django.core import serializers
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.security.routes import PUBLIC, Route, routes
from tests.security.world import SECRET

pytestmark = pytest.mark.django_db

OWN = {
    *("home", "profile", "profile_password", "tokens", "token_revoke", "project_new"),
    *("api_me", "api_my_password", "api_tokens", "api_token", "api_projects"),
}
"""Everybody's own things: an account is enough, and they show nobody else's."""
SHARED = {
    *("api_base_models", "api_base_model", "api_base_model_calibrations"),
    *("api_methods", "api_method", "api_method_space", "api_workers", "api_queue"),
    "api_destinations",
}
"""Lists that the whole studio shares. Writing there needs a role. In the queue, others' jobs are
places without a name."""
FILTERED = {"api_evaluation-list", "api_prediction-list", "api_score-list"}
"""Lists over all projects: they hold only what whoever asks may see."""
READ_BY_POST = {"api_snapshot_plans", "api_tokenisations", "tokenisation"}
REFUSED = {401, 403, 404, 405}

CHAT = {"instruction": "Say hello", "response": "Hello!"}
BODIES = {
    "run_do": {"deed": "stop"},
    "search_do": {"deed": "stop"},
    "api_search": {"wants": "stop"},
    "members": {"email": "eve@example.org", "role": "owner"},
    "api_project": {"name": "Mine now"},
    "api_member": {"role": "owner"},
    "api_invitations": {"email": "eve@example.org", "role": "owner"},
    "api_tasks": {"name": "Chat", "kind": "chat"},
    "api_task": {"name": "Mine now"},
    "api_pairs": {"task": "poison", **CHAT},
    "api_coach": {"task": "poison", **CHAT},
    "api_revisions": {"parent": 2, **CHAT},
    "api_pair_batches": {"deed": "delete", "pairs": [1]},
    "api_claims": {},
    "api_revision_reviews": {"verdict": "reject"},
    "api_snapshots": {},
    "api_snapshot_plans": {},
    "api_successors": {},
    "api_person": {"is_active": False},
    "api_person_links": {"purpose": "sign_in"},
    "api_base_models": {"source": "scratch", "name": "Mine"},
    "api_run": {"wants": "run"},
    "export_new": {"form": "merged"},
    "api_exports": {"form": "merged"},
    "push_new": {"export": "1", "destination": "hub", "name": "team/letters"},
    "push_do": {"deed": "retry"},
    "api_export_pushes": {"destination": "hub", "name": "team/letters"},
    "api_push": {"wants": "run"},
    "api_queue_place": {"priority": "low"},
    "queue_move": {"priority": "-10"},
    "run_keep": {"keep_best": "1"},
    "api_evaluation-detail": {"wants": "stop"},
}
"""name → a body that would do it, so that the refusal is of the person, not of the body."""


def body(route: Route, world: dict[str, object]) -> dict[str, object]:
    if route.name == "api_runs":
        start = {"base_model": world["models"], "snapshot": world["snapshots"]}
        return {"method": "sft", **start}
    if route.name == "api_searches":
        start = {"base_model": world["models"], "snapshot": world["snapshots"]}
        return {"method": "sft", "space": {"epochs": {"choices": [1, 2]}}, **start}
    if route.name == "api_evaluation-list":
        return {"base_model": world["models"], "snapshot": world["snapshots"], "split": "train"}
    if route.name == "api_pair_batches":
        return {"deed": "delete", "pairs": [world["pairs"]]}
    return BODIES.get(route.name, {})


def everything() -> dict[str, str]:
    """Every row of the studio, but for when a token was used last and who is signed in."""
    rows = {}
    for label in ("authoring", "training", "evaluation"):
        for model in apps.get_app_config(label).get_models():
            for one in model._default_manager.order_by("pk"):
                for name in ("last_used_at", "last_login"):
                    if hasattr(one, name):
                        setattr(one, name, None)
                rows[f"{label}.{model.__name__} {one.pk}"] = serializers.serialize("json", [one])
    return rows


def ask(client, route: Route, method: str, world: dict[str, object]):
    given: dict[str, object] = {}
    if method != "GET" and route.name == "api_imports":
        upload = SimpleUploadedFile("rows.jsonl", b'{"instruction": "a", "output": "b"}')
        given = {"data": {"file": upload, "task": "poison"}, "format": "multipart"}
    elif method != "GET":
        given = {"data": body(route, world)} | ({"format": "json"} if route.is_api else {})
    return getattr(client, method.lower())(route.address(world), **given)


def text_of(answer) -> str:
    return b"".join(answer).decode(errors="replace")


def test_a_stranger_gets_to_nothing(browse, script, world):
    before = everything()
    browser, client = browse(None), script(None)
    for route in routes():
        for method in route.methods:
            if route.name in PUBLIC:
                continue
            answer = ask(client if route.is_api else browser, route, method, world)
            if route.is_api:
                assert answer.status_code in {401, 405}, f"{method} {route.name}"
            elif answer.status_code == 401:
                assert method == "POST", "what was sent is held until they have signed in"
                assert 'action="/sign-in/"' in text_of(answer), route.name
            elif answer.status_code != 405:
                assert answer.status_code == 302, f"{method} {route.name}: {answer.status_code}"
                assert answer.url.startswith("/sign-in/?next="), route.name
            assert SECRET not in text_of(answer), route.name
    assert everything() == before


def test_public_addresses_tell_nothing_of_a_project(browse, script, world):
    for route in routes():
        if route.name in PUBLIC:
            answer = ask(script(None) if route.is_api else browse(None), route, "GET", world)
            assert answer.status_code < 500
            assert SECRET not in text_of(answer), route.name


def test_an_outsider_gets_to_no_project(browse, script, world, eve):
    before = everything()
    browser, client = browse(eve), script(eve)
    before |= everything()  # with her token
    for route in routes():
        for method in route.methods:
            if route.name in PUBLIC | OWN:
                continue
            answer = ask(client if route.is_api else browser, route, method, world)
            where = f"{method} {route.name}: {answer.status_code}"
            if method == "GET" and route.name in SHARED:
                assert answer.status_code == 200, where
            elif method == "GET" and route.name in FILTERED:
                assert answer.json()["results"] == [], where
            elif route.name == "api_evaluation-list":
                assert answer.status_code == 400, where  # what she may not see she can't name
            elif route.name in {"api_comparisons", "api_dashboard"}:
                assert answer.status_code == 400, where  # without its parameters; see below
            else:
                assert answer.status_code in REFUSED, where
                assert SECRET not in text_of(answer), where
    assert everything() == before


@pytest.mark.parametrize(
    "question", ["dashboard/?snapshot={snapshots}", "comparisons/?a={evaluations}&b={evaluations}"]
)
def test_parameters_open_no_project_either(script, world, eve, olga, question):
    address = "/api/v1/" + question.format(**world)
    assert script(eve).get(address).status_code == 404
    assert script(olga).get(address).status_code in {200, 400}


def test_ones_own_pages_show_nothing_of_others(browse, script, world, eve):
    for route in routes():
        if route.name in OWN:
            answer = ask(script(eve) if route.is_api else browse(eve), route, "GET", world)
            assert answer.status_code in {200, 302, 404, 405}, route.name
            assert SECRET not in text_of(answer), route.name


def test_nobody_revokes_anothers_token(browse, script, world, eve, olga):
    address = f"/tokens/{world['tokens']}/revoke/"
    assert browse(eve).post(address).status_code == 404
    assert script(eve).delete(f"/api/v1/tokens/{world['tokens']}/").status_code == 404
    assert olga.api_tokens.get(pk=world["tokens"]).revoked_at is None


def test_a_viewer_writes_nothing(browse, script, world, vera, join):
    join(vera, "viewer")
    browser, client = browse(vera), script(vera)
    before = everything()
    for route in routes():
        for method in route.methods - {"GET"}:
            if route.name in PUBLIC | OWN | READ_BY_POST:
                continue
            answer = ask(client if route.is_api else browser, route, method, world)
            if (method, route.name) == ("DELETE", "api_claim"):
                continue  # gives back one's own claim; there is none
            assert answer.status_code in REFUSED, f"{method} {route.name}: {answer.status_code}"
    assert everything() == before


def test_a_person_who_left_is_an_outsider_again(browse, script, world, vera, join):
    join(vera, "viewer")
    address = f"/p/{world['p']}/pairs/"
    assert browse(vera).get(address).status_code == 200
    vera.memberships.all().delete()
    assert browse(vera).get(address).status_code == 404
    assert script(vera).get(f"/api/v1/projects/{world['p']}/pairs/").status_code == 404
