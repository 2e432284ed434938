"""The API's manners: problems, validators, cursors, keys, a true document. What it answers: tests/functions/test_archives.py."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openapi_spec_validator import validate

from functions.query.api import PAGE, Web, api
from model.explore.sqlite import SqliteArchive
from tests.unit.explored import READINGS

KEY = "a key of thirty-two letters or so"
DIGEST = hashlib.sha256(KEY.encode()).hexdigest()


@pytest.fixture
def archive() -> Iterator[SqliteArchive]:
    made = SqliteArchive.open()
    made.add(READINGS)
    yield made
    made.close()


@pytest.fixture
def client(archive: SqliteArchive) -> TestClient:
    return TestClient(api(archive), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/articles/none.txt", 404, "there is no article 'none.txt'"),
        ("/actors/none/stances", 404, "no stance knows 'none'"),
        ("/pairs/ann/none", 404, "no stance knows 'none'"),
        ("/nothing", 404, "Not Found"),
        ("/articles?limit=0", 422, "limit: Input should be greater than or equal to 1"),
        ("/articles?limit=501", 422, "limit: Input should be less than or equal to 500"),
        ("/articles?cursor=x", 400, "cursor: this cursor was not given out by this list"),
        ("/actors?cursor=WyJhIiwgMV0", 400, "cursor: this cursor was not given out by this list"),
        ("/actors?min_confidence=2", 422, "min_confidence: Input should be less than or equal to 1"),
    ],
)
def test_problems(client: TestClient, path: str, status: int, detail: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "instance"}
    assert (problem["status"], problem["detail"], problem["instance"]) == (status, detail, path.split("?", maxsplit=1)[0])


@pytest.mark.parametrize("moment", ["2025", "2025-06", "2025-06-24", "2025-06-24T08", "2025-06-24T08:00Z", "2025-06-24T08:00:00Z"])
def test_times_and_their_beginnings(client: TestClient, moment: str) -> None:
    assert client.get("/articles", params={"from": moment}).status_code == 200


@pytest.mark.parametrize("moment", ["yesterday", "25-06-24", "2025-6", "2025-06-24 08:00", "' OR 1=1"])
def test_no_times(client: TestClient, moment: str) -> None:
    assert client.get("/articles", params={"to": moment}).status_code == 422


def test_only_reading_is_allowed(client: TestClient) -> None:
    answer = client.post("/articles")
    assert (answer.status_code, answer.json()["title"]) == (405, "Method Not Allowed")


def test_an_answer_that_is_known_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/actors")
    tag = first.headers["etag"]
    assert re.fullmatch('"[0-9a-f]{32}"', tag)
    assert first.headers["cache-control"] == "private, max-age=60"
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get("/actors", headers={"If-None-Match": condition})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get("/actors", headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get("/targets").headers["etag"] != tag


def test_a_browser_trusts_only_this_host(client: TestClient) -> None:
    for path in ("/", "/articles", "/nothing"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_cors_is_closed_unless_opened(archive: SqliteArchive) -> None:
    origin = {"Origin": "https://news.example"}
    assert "access-control-allow-origin" not in TestClient(api(archive)).get("/actors", headers=origin).headers
    opened = TestClient(api(archive, Web(origins=("https://news.example",))))
    assert opened.get("/actors", headers=origin).headers["access-control-allow-origin"] == "https://news.example"
    assert "access-control-allow-origin" not in opened.get("/actors", headers={"Origin": "https://other.example"}).headers


def test_with_a_key_only_who_has_it_is_answered(archive: SqliteArchive) -> None:
    client = TestClient(api(archive, Web(key_sha256=DIGEST.upper())))
    questions = [path for path in client.get("/openapi.json").json()["paths"] if path != "/health"]
    assert len(questions) == 10
    for path in questions:
        address = re.sub(r"\{\w+\}", "ann", path)
        for headers in ({}, {"X-Api-Key": "wrong"}, {"X-Api-Key": DIGEST}, {"X-Api-Key": ""}):
            answer = client.get(address, params={"q": "a"}, headers=headers)
            assert (answer.status_code, answer.json()["detail"]) == (401, "X-Api-Key is missing or wrong"), path
        assert client.get(address, params={"q": "a"}, headers={"X-Api-Key": KEY}).status_code in (200, 404)
    assert client.get("/health").status_code == 200
    assert client.get("/").status_code == 200


def test_the_page_and_nothing_beside_it(client: TestClient) -> None:
    assert "<title>Standpoint</title>" in client.get("/").text
    assert client.get("/js/app.js").headers["content-type"].startswith("text/javascript")
    for path in ("/../api.py", "/%2e%2e/records.py", "/..%2frecords.py", "/js"):
        assert client.get(path).status_code == 404, path
    assert PAGE.endswith("page")


def test_the_document_is_valid_and_describes_every_answer(client: TestClient) -> None:
    document: dict[str, Any] = client.get("/openapi.json").json()
    validate(document)
    assert sorted(document["paths"]) == [
        "/actors",
        "/actors/{actor}/stances",
        "/articles",
        "/articles/{article_id}",
        "/health",
        "/matrix",
        "/network",
        "/pairs/{actor}/{target}",
        "/search",
        "/targets",
        "/targets/{target}/stances",
    ]
    for path, operations in document["paths"].items():
        assert set(operations) == {"get"}, path
        assert operations["get"]["description"], path
    names = {parameter["name"] for parameter in document["paths"]["/pairs/{actor}/{target}"]["get"]["parameters"]}
    assert names == {"actor", "target", "from", "to", "side", "attitude", "source", "min_confidence", "limit", "cursor"}


def test_ids_with_slashes_and_signs(archive: SqliteArchive, client: TestClient) -> None:
    odd = "folder/a b#3?.txt"
    archive.add([{**READINGS[0], "article_id": odd}])
    assert client.get("/articles/folder%2Fa%20b%233%3F.txt").json()["article_id"] == odd


def test_a_timeline_with_its_shifts(client: TestClient) -> None:
    pair = client.get("/pairs/ann/tariff").json()
    assert [(p["published_at"], p["attitude"]) for p in pair["points"]] == [
        ("2025-01-10T08:00:00Z", "supportive"),
        ("2025-02-10T08:00:00Z", "neutral"),
        ("2025-03-10T08:00:00Z", "opposed"),
    ]
    assert pair["shifts"] == [
        {
            "at": "2025-03-10T08:00:00Z",
            "index": 2,
            "from_attitude": "supportive",
            "to_attitude": "opposed",
            "from_side": "support",
            "to_side": "oppose",
        }
    ]


@pytest.mark.parametrize(
    ("query", "edges"),
    [
        ("kind=congruence", [("actor:ann", "actor:ben", 1.0)]),
        ("kind=conflict", [("actor:ann", "actor:ben", 1.0)]),
        ("kind=subtract", []),
        ("kind=congruence&from=2025-03", [("actor:ann", "actor:ben", 1.0)]),
        ("kind=conflict&from=2025-03", []),
        ("mode=targets", []),
        ("mode=two-mode&from=2025-03", [("actor:ann", "target:tariff", -1.0), ("actor:ben", "target:tariff", -1.0)]),
    ],
)
def test_networks(client: TestClient, query: str, edges: list[tuple[str, str, float]]) -> None:
    found = client.get(f"/network?{query}").json()
    assert [(edge["a"], edge["b"], edge["weight"]) for edge in found["edges"]] == edges
