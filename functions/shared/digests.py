"""The digest that a schedule asks for: what moved, of the watchlist's entries, as a page and as JSON in a bucket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from functions.shared.items import timestamp
from functions.shared.observability import logger, metrics
from functions.shared.queries import Between, Queries
from functions.shared.schedules import Firing
from model.explore.digest import digest, to_dict
from model.explore.digest_page import page
from model.explore.records import StanceRow
from model.explore.watched import watched
from model.watchlist import Watchlist
from model.words import slug

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

STANCES = 200_000  # looked at for one digest, shared among the watchlist's names; of each name, said and heard, LEAST in any case
LEAST = 1_000
CONFIDENCE = 0.5  # below it a stance is left out, as `standpoint digest` does by default


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where digests are put: under digests/ of this bucket."""

    client: S3Client
    bucket: str

    def put(self, name: str, text: str, media_type: str) -> str:
        """The object's key."""
        key = f"digests/{name}"
        self.client.put_object(Bucket=self.bucket, Key=key, Body=text.encode(), ContentType=media_type)
        return key


def respond(
    event: dict[str, Any], *, queries: Queries, watchlist: Callable[[], Watchlist], shelf: Shelf, stances: int = STANCES
) -> list[str]:
    """The keys of the two objects. Named by the time that the firing was meant for: delivered twice, it writes the same two again.

    Raises ValueError where the event is none of the schedule's: Lambda tries again, then it is a dead letter.
    """
    firing = Firing.from_event(event)
    if firing.since is None:
        raise ValueError("the event lacks 'since'")
    until = timestamp(firing.at)
    rows = _Rows(queries, watchlist(), until, stances)
    found = digest((row for row in rows if row.confidence >= CONFIDENCE), timestamp(firing.since), until)
    found = replace(found, limited=tuple(rows.limited))
    told = json.dumps(to_dict(found), ensure_ascii=False)
    keys = [
        shelf.put(f"{firing.stamp}.html", page(found), "text/html; charset=utf-8"),
        shelf.put(f"{firing.stamp}.json", told, "application/json"),
    ]
    metrics.add_metric(name="Digest", unit="Count", value=1)
    moved = {"new": len(found.new), "changed": len(found.changed), "shifted": len(found.shifted)}
    logger.info(
        "digest", extra={"keys": keys, "articles": found.articles, "stances": found.stances, "limited": len(found.limited), **moved}
    )
    return keys


class _Rows:
    """The stances of a watchlist's entries before `until`, newest first by name and side; `limited` fills as they are read."""

    def __init__(self, queries: Queries, watchlist: Watchlist, until: str, stances: int) -> None:
        self._queries = queries
        self._watchlist = watchlist
        self._between = Between(until=until)
        self._names: dict[str, str] = {}
        for name in (name for entry in watchlist.entries for name in entry.names):
            self._names.setdefault(slug(name), name)
        self._share = max(LEAST, stances // (2 * len(self._names)))
        self.limited: list[str] = []

    def __iter__(self) -> Iterator[StanceRow]:
        return watched(self._found(), self._watchlist)

    def _found(self) -> Iterator[StanceRow]:
        for identifier, name in self._names.items():
            for of in (self._queries.stances_by_actor, self._queries.stances_by_target):
                found = of(identifier, self._between, newest_first=True)
                yield from islice(found, self._share)
                if next(found, None) and name not in self.limited:
                    self.limited.append(name)
