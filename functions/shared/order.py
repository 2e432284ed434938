"""Which of two states of one object is the later one, and so whether an event still has anything to tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Verdict = Literal["newer", "duplicate", "stale"]
Status = Literal["read", "rejected", "deleted"]
Published = Literal["read", "rejected", "deleted", "duplicate", "stale"]


@dataclass(frozen=True, slots=True)
class Source:
    """One state of one object. `sequencer` is padded (events.padded); `modified` is in whole seconds, UTC, as S3 gives it.

    A removal has the time of its event for `modified`, and no `etag`.
    """

    bucket: str
    key: str
    version_id: str | None
    etag: str | None
    sequencer: str | None
    modified: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """What an object's head item says: what was found in which state of it, by which model revision ("" for a deletion).

    `generation` is new at every flip, also for a rejection and for a deletion: no two heads share one. `superseded` names the
    generations that were there before the flip; their writers have lost, so their items may go at any time.
    """

    status: Status
    generation: str
    source: Source
    revision: str
    superseded: tuple[str, ...] = ()


def judge(source: Source, revision: str, head: Head | None) -> Verdict | Literal["unordered"]:
    """Compare a state of an object, to be read by `revision`, with what the head records.

    Sequencers decide where both have one. Otherwise nothing in the two tells which is later, if they differ: times of modification
    are whole seconds, and a version that was removed for good gives way to an older one. "unordered": S3 has to be asked.
    """
    if head is None:
        return "newer"
    mine, theirs = source.sequencer, head.source.sequencer
    if mine and theirs and mine != theirs:
        return "newer" if mine > theirs else "stale"
    if (mine and theirs) or _same_state(source, head.source):
        return "duplicate" if revision == head.revision else "newer"
    return "unordered"


def _same_state(a: Source, b: Source) -> bool:
    return (a.modified, a.version_id, a.etag) == (b.modified, b.version_id, b.etag)
