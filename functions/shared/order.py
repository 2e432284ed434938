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


def judge(source: Source, revision: str, head: Head | None) -> Verdict:
    """Compare a state of an object, to be read by `revision`, with what the head records.

    Sequencers decide where both have one. Otherwise the modification times do, and of two different versions of the same second
    the one asked about counts as newer: an event without a sequencer is read as the object is now.

    The same state is read again only where another revision is asked to, which is what a backfill does: it has no sequencer. A
    notification, which has one, is a duplicate whoever read the state, so that of two revisions that are live during a deployment
    none reads again what the other has read.
    """
    if head is None:
        return "newer"
    mine, theirs = source.sequencer, head.source.sequencer
    if mine and theirs:
        older, same = mine < theirs, mine == theirs
    else:
        older, same = source.modified < head.source.modified, _same_state(source, head.source)
    if older:
        return "stale"
    return "duplicate" if same and (mine or revision == head.revision) else "newer"


def _same_state(a: Source, b: Source) -> bool:
    return (a.modified, a.version_id, a.etag) == (b.modified, b.version_id, b.etag)
