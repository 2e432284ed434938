"""Which of two states of an object is the later one. Expected verdicts are written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.shared.order import Head, Source, judge

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
STATE = Source("b", "k", version_id="v1", etag='"e1"', sequencer="B0", modified=NOON)
HEAD = Head("read", "g", STATE, "rev-1")


def state(**changes: object) -> Source:
    return replace(STATE, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "revision", "verdict"),
    [
        (STATE, "rev-1", "duplicate"),
        (STATE, "rev-2", "duplicate"),  # the same notification: two revisions are live, and the other one was first
        (state(sequencer="C0", version_id="v2"), "rev-1", "newer"),
        (state(sequencer="A0", version_id="v0"), "rev-1", "stale"),
        (state(sequencer="A0", version_id="v0"), "rev-2", "stale"),  # another model is no reason to go back
        (state(sequencer="A0", modified=NOON + SECOND), "rev-1", "stale"),  # the sequencer decides, not the clock
        (state(sequencer="C0", modified=NOON - SECOND), "rev-1", "newer"),
        (state(sequencer=None), "rev-1", "duplicate"),  # a backfill finds the state that an event told of
        (state(sequencer=None), "rev-2", "newer"),  # a backfill asks another model to read the same state again
        (state(sequencer=None, modified=NOON - SECOND), "rev-1", "stale"),
        (state(sequencer=None, modified=NOON + SECOND), "rev-1", "newer"),
        (state(sequencer=None, version_id="v2"), "rev-1", "newer"),  # two versions in one second
        (state(sequencer=None, version_id=None, etag='"e2"'), "rev-1", "newer"),
    ],
)
def test_against_a_head_with_a_sequencer(source: Source, revision: str, verdict: str) -> None:
    assert judge(source, revision, HEAD) == verdict


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        (STATE, "duplicate"),
        (state(modified=NOON - SECOND), "stale"),
        (state(modified=NOON + SECOND), "newer"),
        (state(sequencer="00", version_id="v2"), "newer"),
    ],
)
def test_against_a_head_without_one(source: Source, verdict: str) -> None:
    assert judge(source, "rev-1", replace(HEAD, source=state(sequencer=None))) == verdict


def test_a_notification_of_what_a_backfill_has_read_is_a_duplicate() -> None:
    by_backfill = replace(HEAD, source=state(sequencer=None), revision="rev-2")
    assert judge(STATE, "rev-1", by_backfill) == "duplicate"
    assert judge(state(sequencer=None), "rev-1", by_backfill) == "newer"


def test_anything_is_newer_than_nothing() -> None:
    assert judge(STATE, "rev-1", None) == "newer"
