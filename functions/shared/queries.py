"""The questions that the table answers, for readers of every kind. Only the visible generation is ever told.

The indexes hold the stances of all generations, for a moment those of two (see store.py), so each stance is checked against its
article's head, and all of one article's against one look at it. An index lags by a moment: a stance of the last second may be
missing, never mixed with an older one. Everything here raises items.SchemaNewer where a newer version of the code wrote an item.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal

from functions.shared import items
from functions.shared.items import Item
from functions.shared.tables import Table
from model.explore.records import EvidenceRow, StanceRow

_PAGE = 100  # stances whose heads are asked for in one call, at least
_LOOKS = 5
_END = "\uffff"


class ReadingReplaced(RuntimeError):  # noqa: N818
    """One object's reading was replaced again and again while it was read."""


@dataclass(frozen=True, slots=True)
class Between:
    """From `since`, before `until`: ISO 8601 in UTC or the beginning of it ("2025-06", "2025-06-24T12"). None is open."""

    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """An object that holds rejected articles: (article, reason, detail) of each, articles counted from 1. `modified`: its upload."""

    object_id: str
    bucket: str
    key: str
    version_id: str | None
    modified: str
    status: str
    rejected: tuple[tuple[int, str, str], ...]


_PLAIN = {field.name for field in fields(StanceRow)} - {"polarity", "confidence", "evidence"}


class Queries:
    """Read only."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def head(self, object_id: str) -> Item | None:
        """What became of an object: the head item, also of one rejected or deleted. None where it was never heard of."""
        item = self._table.get(items.partition(object_id), items.HEAD)
        return items.current(item) if item else None

    def readings(self, object_id: str) -> Iterator[dict[str, Any]]:
        """The readings (the contract's JSON objects) of all articles in an object, in their order. Raises ReadingReplaced."""
        for _ in range(_LOOKS):
            head = self.head(object_id)
            if head is None or head["status"] != "read":
                return
            if (bodies := self._bodies(object_id, head["generation"])) is not None:
                yield from items.join_bodies(bodies)
                return
        raise ReadingReplaced(f"{object_id} was replaced {_LOOKS} times while it was read")

    def reading(self, article_id: str) -> dict[str, Any] | None:
        """One article's reading. `article_id` is the object's id, or that of a .jsonl object, "#" and the line's number."""
        if self.head(article_id):
            return next(self.readings(article_id), None)
        holder, _, _ = article_id.rpartition("#")
        return next((r for r in self.readings(holder) if r["article_id"] == article_id), None) if holder else None

    def stances_by_actor(self, actor: str, between: Between = Between(), *, newest_first: bool = False) -> Iterator[StanceRow]:
        """What an actor said about anything, by publication time; an article without one stands at the time it was stored."""
        return self._stances("actor", actor, between, newest_first=newest_first)

    def stances_by_target(self, target: str, between: Between = Between(), *, newest_first: bool = False) -> Iterator[StanceRow]:
        """What anybody said about a target, by publication time; an article without one stands at the time it was stored."""
        return self._stances("target", target, between, newest_first=newest_first)

    def rejected(self, since: datetime, until: datetime) -> Iterator[RejectedRow]:
        """Objects uploaded in this time of which an article, or all, are rejected, newest first; one query a day.

        An object that was uploaded anew and read, or deleted, is not among them any more.
        """
        day = until.date()
        while day >= since.date():
            found = self._table.query_index(
                "by-rejected",
                ("by_rejected", "rejected_sort"),
                day.isoformat(),
                (items.timestamp(since), items.timestamp(until) + _END),
                newest_first=True,
            )
            yield from (_rejected(items.current(item)) for item in found)
            day -= timedelta(days=1)

    def _stances(self, side: Literal["actor", "target"], name: str, between: Between, *, newest_first: bool) -> Iterator[StanceRow]:
        found = self._table.query_index(
            f"by-{side}",
            (f"by_{side}", f"{side}_sort"),
            items.key_part(name),
            (between.since or "0", between.until or _END),
            newest_first=newest_first,
        )
        for page in pages(found, f"{side}_sort"):
            yield from (self.row(item) for item in self.visible(page))

    def visible(self, page: list[Item]) -> Iterator[Item]:
        """Those of a page of items from an index whose generation is the one that shows; one look at each article's head."""
        keys = [(pk, items.HEAD) for pk in dict.fromkeys(item["pk"] for item in page)]
        shown = {head["pk"]: head["generation"] for head in map(items.current, self._table.get_all(keys))}
        return (items.current(item) for item in page if shown.get(item["pk"]) == item["generation"])

    def row(self, item: Item) -> StanceRow:
        """A stance's item as a row, with all its evidence."""
        evidence = item["evidence"]
        if len(evidence) < item["evidence_total"]:
            evidence = self._whole_evidence(item) or evidence
        plain: dict[str, Any] = {name: item.get(name) for name in _PLAIN}
        return StanceRow(
            **plain,
            polarity=float(item["polarity"]),
            confidence=float(item["confidence"]),
            evidence=tuple(_evidence(e) for e in evidence),
        )

    def _bodies(self, object_id: str, generation: str, article: int | None = None) -> list[Item] | None:
        """Whole; None where the generation was replaced meanwhile, and so perhaps swept while it was read."""
        found = list(self._table.query_partition(items.partition(object_id), items.body_prefix(generation, article)))
        head = self.head(object_id)
        return found if head and head["generation"] == generation else None

    def _whole_evidence(self, item: Item) -> list[Item] | None:
        """With what did not fit into the stance's own item, from the body of the same generation; None where that is gone."""
        bodies = self._bodies(item["object_id"], item["generation"], int(item["article"]))
        if bodies is None:
            return None
        reading = next(items.join_bodies(bodies))
        text = reading["text"]
        stance = next(s for s in reading["stances"] if (s["actor"], s["target"]) == (item["actor"], item["target"]))
        return [{**e, "text": text[e["start"] : e["end"]], "side": e["stance"]} for e in stance["evidence"]]


def pages(found: Iterator[Item], sort: str, least: int | None = None) -> Iterator[list[Item]]:
    """At least `least` items each (_PAGE by default) but for the last, and all of an article's that follow one another.

    What two generations of an article have in common is all of the sort key but the last part. An id may hold "#", so the rows of
    "a#b" may stand among those of "a"; then they are of one page too.
    """
    page: list[Item] = []
    article = None
    for item in found:
        if article is None or not item[sort].startswith(article):
            if len(page) >= (least or _PAGE):
                yield page
                page = []
            article = item[sort].rpartition("#")[0] + "#"
        page.append(item)
    if page:
        yield page


def _rejected(item: Item) -> RejectedRow:
    return RejectedRow(
        object_id=item["pk"].removeprefix("ARTICLE#"),
        bucket=item["bucket"],
        key=item["key"],
        version_id=item.get("version_id"),
        modified=item["modified"],
        status=item["status"],
        rejected=tuple((int(each["article"]), each["reason"], each["detail"]) for each in item["rejected"]),
    )


def _evidence(item: Item) -> EvidenceRow:
    return EvidenceRow(
        start=int(item["start"]),
        end=int(item["end"]),
        text=item["text"],
        attitude=item["attitude"],
        side=item["side"],
        confidence=float(item["confidence"]),
    )
