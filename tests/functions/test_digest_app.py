"""The schedule's digest: of a watchlist, from the table, into the bucket of results; once, however often it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from functions.shared.watchlists import WatchlistUnusable
from model.watchlist import Watchlist, WatchlistEntry
from tests.aws_template import allowed_actions
from tests.functions.conftest import actions, fresh
from tests.functions.fakes import BUCKET, TABLE, Stack
from tests.functions.test_archives import ARTICLES
from tests.functions.test_classify import Context

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]  # X-Ray's emitter opens one when it is imported

RESULTS = "results-bucket"
ADDRESS = f"s3://{BUCKET}/watchlists/mine.yaml"
WATCHLIST = b"entities:\n  - name: Annabel\n    type: PERSON\n    aliases: [Ann]\nissues:\n  - name: Quota\n"
FIRING = {"scheduled_time": "2025-03-01T06:00:00Z", "since": "28d"}
KEYS = ["digests/20250301T060000Z.html", "digests/20250301T060000Z.json"]


@pytest.fixture
def app(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """functions.digest.app over the articles of test_archives; every call that it makes is held against its role."""
    for name, published_at, source, title, text in ARTICLES:
        fields = {"text": text, "title": title, "published_at": published_at} | ({"source": source} if source else {})
        stack.handle(stack.upload(name, json.dumps(fields)))
    stack.user_s3.create_bucket(Bucket=RESULTS)
    stack.user_s3.put_object(Bucket=BUCKET, Key="watchlists/mine.yaml", Body=WATCHLIST)
    calls: list[str] = []
    env = {"TABLE_NAME": TABLE, "RESULTS_BUCKET": RESULTS, "WATCHLIST": ADDRESS}
    with fresh("digest", ("observability", "digests"), env, monkeypatch) as made:
        for client in (made.S3, made.QUERIES._table._client):
            client.meta.events.register("provide-client-params.*.*", lambda model, **_: calls.append(model.name))
        yield made
    used = {"s3:PutObject" if action == "dynamodb:PutObject" else action for action in actions(calls)}
    assert used <= allowed_actions("DigestRole")


def put(stack: Stack) -> dict[str, Any]:
    """What lies in the bucket: (media type, content) by key."""
    listed = stack.user_s3.list_objects_v2(Bucket=RESULTS).get("Contents", [])
    found = {each["Key"]: stack.user_s3.get_object(Bucket=RESULTS, Key=each["Key"]) for each in listed}
    return {key: (answer["ContentType"], answer["Body"].read().decode()) for key, answer in found.items()}


def test_a_digest_is_a_page_and_json_of_what_the_watchlist_names(app: ModuleType, stack: Stack) -> None:
    assert app.handler(FIRING, Context()) == {"keys": KEYS}
    (kind, page), (json_kind, text) = (put(stack)[key] for key in KEYS)
    assert (kind, json_kind) == ("text/html; charset=utf-8", "application/json")
    told = json.loads(text)
    assert (told["since"], told["until"]) == ("2025-02-01T06:00:00Z", "2025-03-01T06:00:00Z")
    (changed,) = told["changed_sides"]  # "Ann supports Tariff." in January, "Ann opposes Tariff." twice in February
    assert (changed["actor"], changed["target"]["id"]) == ({"id": "annabel", "name": "Annabel"}, "tariff")
    assert (changed["before"]["side"], changed["now"]["side"], changed["now"]["articles"]) == ("support", "oppose", 2)
    assert changed["sentence"] == "Ann opposes Tariff."
    assert [(move["actor"]["id"], move["target"]["id"]) for move in told["new"]] == [("ben", "quota")]  # nothing else names an entry
    assert (told["stances"], told["limited"]) == (3, [])
    assert "<h2>Changed sides</h2>" in page
    assert "Ann opposes Tariff." in page


@pytest.mark.fault(39)
def test_a_firing_that_comes_twice_writes_the_same_again(app: ModuleType, stack: Stack) -> None:
    app.handler(FIRING, Context())
    once = put(stack)
    app.handler(FIRING, Context())
    assert put(stack) == once
    app.handler(FIRING | {"scheduled_time": "2025-03-08T06:00:00Z"}, Context())
    assert len(put(stack)) == 4


def test_the_watchlist_is_that_of_the_moment(app: ModuleType, stack: Stack) -> None:
    app.handler(FIRING, Context())
    stack.user_s3.put_object(Bucket=BUCKET, Key="watchlists/mine.yaml", Body=b"entities:\n  - name: Cem\n    type: PERSON\n")
    app.handler(FIRING, Context())
    assert [move["actor"]["id"] for move in json.loads(put(stack)[KEYS[1]][1])["new"]] == ["cem"]


@pytest.mark.parametrize("body", [None, b"entities: ["])
def test_without_a_watchlist_nothing_is_written(app: ModuleType, stack: Stack, body: bytes | None) -> None:
    if body is None:
        stack.user_s3.delete_object(Bucket=BUCKET, Key="watchlists/mine.yaml")
    else:
        stack.user_s3.put_object(Bucket=BUCKET, Key="watchlists/mine.yaml", Body=body)
    with pytest.raises(WatchlistUnusable, match=r"watchlists/mine\.yaml"):
        app.handler(FIRING, Context())
    assert put(stack) == {}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({}, "lacks 'scheduled_time'"),
        (FIRING | {"scheduled_time": "soon"}, "soon"),
        (FIRING | {"since": ""}, "lacks 'since'"),
        (FIRING | {"since": "1w"}, "1w"),
    ],
)
def test_what_is_no_firing_writes_nothing(app: ModuleType, stack: Stack, event: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        app.handler(event, Context())
    assert put(stack) == {}


def test_of_a_name_with_very_many_stances_the_newest_count_and_the_digest_says_so(
    app: ModuleType, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.digests, "LEAST", 2)
    one = Watchlist((WatchlistEntry("Annabel", "PERSON", ("Ann",)),))
    app.digests.respond(FIRING, queries=app.QUERIES, watchlist=lambda: one, shelf=app.SHELF, stances=1)
    told = json.loads(put(stack)[KEYS[1]][1])
    assert told["limited"] == ["Ann"]  # three; the oldest, of January, is not looked at
    assert [move["before"] for move in told["new"]] == [None]
    assert "Only the newest stances were looked at of Ann" in put(stack)[KEYS[0]][1]


def test_an_article_read_anew_counts_once(app: ModuleType, stack: Stack) -> None:
    fields = {"text": "Ann opposes Tariff.", "title": "Again", "published_at": "2025-02-10T08:00:00Z"}
    stack.handle(stack.upload("b.json", json.dumps(fields)))
    app.handler(FIRING, Context())
    (changed,) = json.loads(put(stack)[KEYS[1]][1])["changed_sides"]
    assert (changed["now"]["stances"], changed["now"]["articles"]) == (2, 2)


def test_an_unsure_stance_is_left_out(app: ModuleType, stack: Stack) -> None:
    stack.reader.confidence = 0.49
    fields = {"text": "Ann supports Quota.", "title": "Rumour", "published_at": "2025-02-20T08:00:00Z"}
    stack.handle(stack.upload("rumour.json", json.dumps(fields)))
    app.handler(FIRING, Context())
    assert json.loads(put(stack)[KEYS[1]][1])["stances"] == 3
