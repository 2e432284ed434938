"""Stances by actor and by target: in order of time, of visible generations only, page after page."""

from __future__ import annotations

import json

import pytest

from functions.shared import queries
from functions.shared.queries import Between
from tests.functions.fakes import Stack, intercept
from tests.functions.test_faults import crash
from tests.functions.workers import Crash


def article(day: str | None, text: str = "Ann supports Ben.") -> str:
    return json.dumps({"text": text} | ({"published_at": day} if day else {}))


@pytest.fixture
def days(stack: Stack) -> Stack:
    for day in ("2025-06-25", "2025-06-23", "2025-06-24"):
        stack.handle(stack.upload(f"{day}.json", article(day)))
    return stack


def test_by_publication_time(days: Stack) -> None:
    oldest_first = ["2025-06-23.json", "2025-06-24.json", "2025-06-25.json"]
    assert [row.object_id for row in days.queries.stances_by_actor("ann")] == oldest_first
    assert [row.object_id for row in days.queries.stances_by_target("ben")] == oldest_first
    assert [row.object_id for row in days.queries.stances_by_actor("ann", newest_first=True)] == oldest_first[::-1]
    assert list(days.queries.stances_by_actor("ben")) == []


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2025-06-24", None, ["2025-06-24", "2025-06-25"]),
        (None, "2025-06-24", ["2025-06-23"]),
        ("2025-06-24", "2025-06-25", ["2025-06-24"]),
        ("2025-06-24T00:00:00Z", "2025-06-25T00:00:00Z", ["2025-06-24"]),
        ("2025-06-24T00:00:01Z", None, ["2025-06-25"]),
        ("2025-07", None, []),
        ("2024", "2025-07", ["2025-06-23", "2025-06-24", "2025-06-25"]),
    ],
)
def test_from_since_to_before_until(days: Stack, since: str | None, until: str | None, found: list[str]) -> None:
    rows = days.queries.stances_by_target("ben", Between(since, until))
    assert [(row.published_at or "")[:10] for row in rows] == found


def test_an_article_without_a_time_stands_at_the_time_it_was_stored(days: Stack) -> None:
    days.handle(days.upload("undated.json", article(None)))
    assert [row.published_at for row in days.queries.stances_by_actor("ann")][-1] is None


def test_a_generation_that_is_not_visible_is_not_told(days: Stack) -> None:
    newer = days.upload("2025-06-24.json", article("2025-06-24", "Ann opposes Ben. Ann opposes Cem."))
    intercept(days.dynamodb, "PutItem", crash)
    with pytest.raises(Crash):
        days.handle(newer)
    assert [(row.side, row.target) for row in days.queries.stances_by_actor("ann")] == [("support", "ben")] * 3
    assert list(days.queries.stances_by_target("cem")) == []


def test_more_than_a_page(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_PAGE", 2)
    for number in range(5):
        stack.handle(stack.upload(f"{number}.json", article(f"2025-06-0{number + 1}")))
    assert [row.object_id for row in stack.queries.stances_by_actor("ann")] == [f"{n}.json" for n in range(5)]


def test_more_than_a_batch_of_writes(stack: Stack) -> None:
    text = " ".join(f"Ann supports P{n}." for n in range(60))
    assert stack.handle(stack.upload("a.txt", text)) == "read"
    assert len(list(stack.queries.stances_by_actor("ann"))) == 60
    assert stack.handle(stack.remove("a.txt")) == "deleted"
    assert len(stack.items("a.txt")) == 1


def test_a_row_carries_the_evidence(stack: Stack) -> None:
    stack.handle(stack.upload("a.json", article("2025-06-24", "No. Ann supports Ben. No. Ann supports Ben.")))
    (row,) = stack.queries.stances_by_actor("ann")
    assert [(e.start, e.end, e.text, e.attitude, e.side, e.confidence) for e in row.evidence] == [
        (4, 21, "Ann supports Ben.", "supportive", "support", 0.75),
        (26, 43, "Ann supports Ben.", "supportive", "support", 0.75),
    ]
    assert (row.actor_name, row.target_name, row.polarity, row.confidence, row.revision) == ("Ann", "Ben", 1.0, 0.75, "sha256:one")


def test_names_with_the_separator_or_too_long_for_a_key(stack: Stack) -> None:
    assert list(stack.queries.stances_by_actor("a#b")) == []
    assert list(stack.queries.stances_by_actor("é" * 3000)) == []


def test_an_object_never_heard_of(stack: Stack) -> None:
    assert stack.queries.head("nothing") is None
    assert stack.queries.reading("nothing") is None
    assert stack.queries.reading("nothing#1") is None
