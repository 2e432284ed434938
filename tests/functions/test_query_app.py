"""The query function as Lambda runs it: an HTTP API's event in, its answer out, over a table in moto."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import boto3
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

import functions.shared.observability  # noqa: F401  X-Ray's emitter opens a socket when it is imported, which no test may
from functions.query.api import api
from functions.shared.exploring import TableArchive
from functions.shared.tables import Table
from tests.aws_template import allowed_actions
from tests.functions.conftest import actions
from tests.functions.fakes import TABLE, Stack
from tests.functions.test_archives import ARTICLES
from tests.functions.test_classify import Context

Ask = Callable[..., dict[str, Any]]


def event(path: str, query: str = "", headers: dict[str, str] | None = None) -> dict[str, Any]:
    """What an HTTP API sends (payload format 2.0)."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "api.example", **(headers or {})},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example",
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"},
            "requestId": "id",
            "stage": "$default",
            "timeEpoch": 1,
        },
        "isBase64Encoded": False,
    }


@pytest.fixture
def filled(stack: Stack) -> Stack:
    for name, published_at, source, title, text in ARTICLES:
        fields = {"text": text, "title": title, "published_at": published_at} | ({"source": source} if source else {})
        stack.handle(stack.upload(name, json.dumps(fields)))
    return stack


@pytest.fixture
def ask(filled: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    monkeypatch.setenv("TABLE_NAME", TABLE)
    monkeypatch.setenv("QUERY_ACCESS", "IAM")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Standpoint")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "query")
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "true")
    app = import_module("functions.query.app")
    yield lambda *args, **kwargs: app.handler(event(*args, **kwargs), Context())
    del sys.modules["functions.query.app"]


def test_an_answer_over_http(ask: Ask) -> None:
    answer = ask("/actors", "limit=1")
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/json"
    assert [actor["id"] for actor in json.loads(answer["body"])["actors"]] == ["ann"]
    again = ask("/actors", "limit=1", {"if-none-match": answer["headers"]["etag"]})
    assert (again["statusCode"], again.get("body")) == (304, "")


def test_a_reading_and_a_problem(ask: Ask) -> None:
    assert json.loads(ask("/articles/a.json")["body"])["article_id"] == "a.json"
    assert ask("/articles/none")["statusCode"] == 404


def test_the_page_comes_along(ask: Ask) -> None:
    assert "<title>Standpoint</title>" in ask("/")["body"]
    assert ask("/js/app.js")["statusCode"] == 200


def test_the_role_allows_what_the_api_does(filled: Stack) -> None:
    """And no more than that is asked for: no scan, no write."""
    calls: list[str] = []
    dynamodb = boto3.resource("dynamodb").meta.client
    dynamodb.meta.events.register("provide-client-params.*.*", lambda model, **_: calls.append(model.name))
    client = TestClient(api(TableArchive(Table(dynamodb, TABLE))))
    for path in ("articles", "articles/a.json", "actors", "targets", "actors/ann/stances", "targets/tariff/stances"):
        assert client.get(f"/{path}").status_code == 200
    for path in ("pairs/ann/tariff", "matrix", "matrix?actors=ann", "network", "search?q=ann"):
        assert client.get(f"/{path}").status_code == 200
    used = actions(calls)
    assert used == {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}
    assert used <= allowed_actions("QueryRole")


def test_whatever_is_asked_the_document_tells_what_is_answered(filled: Stack) -> None:
    """Schemathesis makes questions, allowed and not, from the API's own document, and holds the answers against it."""
    app = api(TableArchive(filled.table))
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    operations = [operation.ok() for operation in schema.get_all_operations() if isinstance(operation, Ok)]
    assert len(operations) == 11
    for operation in operations:

        @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
        @given(case=operation.as_strategy())
        def holds(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(excluded_checks=[positive_data_acceptance])  # a cursor of one's own making is refused

        holds()
