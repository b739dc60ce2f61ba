"""Those who run the studio can ask whether it lives, is ready, and how much it holds."""

import pytest
from django.db import connection
from django.test import Client

pytestmark = pytest.mark.django_db


def test_healthz_answers_anybody(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_readyz_says_what_it_thinks_of_database_broker_and_disk(client, settings):
    settings.REDIS_URL = "redis+socket:///nowhere/redis.sock"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["database"] == "ok"
    assert "no answer" in answer.json()["broker"]


def test_readyz_refuses_while_migrations_are_pending(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'evaluation'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "migrations are pending" in answer.json()["database"]


def test_metrics_count_pairs_and_jobs_by_state(client, settings):
    settings.METRICS_TOKEN = ""
    text = client.get("/metrics").content.decode()
    assert 'studio_pairs{state="approved"} 0.0' in text
    assert 'studio_jobs{state="queued"} 0.0' in text


def test_metrics_are_for_the_bearer_of_the_token_or_for_this_machine_only(settings):
    settings.METRICS_TOKEN = "scrape me"
    assert Client().get("/metrics").status_code == 403
    assert Client().get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 403
    assert (
        Client().get("/metrics", headers={"authorization": "Bearer scrape me"}).status_code == 200
    )
    settings.METRICS_TOKEN = ""
    assert Client(REMOTE_ADDR="192.0.2.7").get("/metrics").status_code == 403


def test_answers_carry_the_request_id_that_the_logs_have(client, caplog):
    with caplog.at_level("INFO", "studio.request"):
        answer = client.get("/healthz")
    assert len(answer["X-Request-Id"]) == 16
    assert caplog.messages == ["GET /healthz 200"]


def test_a_links_token_reaches_no_log(client, caplog):
    with caplog.at_level("INFO"):
        client.get("/link/very-secret-token/")
    assert "very-secret-token" not in caplog.text
    assert "/link/" in caplog.text


def test_no_query_reaches_a_log(client, caplog):
    with caplog.at_level("INFO"):
        client.get("/sign-in/?next=/p/x/pairs/?q=what+she+typed")
    assert "typed" not in caplog.text
