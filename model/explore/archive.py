"""What can be asked of many readings, whichever store holds them: the table in AWS, or an embedded database on a laptop."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from model.explore.records import StanceRow

Row = TypeVar("Row")
Role = Literal["actor", "target"]


class CursorInvalid(ValueError):  # noqa: N818  reads as the others: what is wrong
    """A cursor that this store did not give out."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which stances count; empty or None: all do.

    Times are ISO 8601 in UTC or the beginning of one ("2025-06"); `since` is inclusive, `until` exclusive. An article without a time of
    publication is in no period that is bounded (DynamoDB: it stands at the time it was stored).
    """

    since: str | None = None
    until: str | None = None
    sides: frozenset[str] = frozenset()
    attitudes: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    min_confidence: float = 0.0

    def pass_labels(self, attitude: str, side: str, confidence: float, source: str | None) -> bool:
        """All but the period."""
        return (
            confidence >= self.min_confidence
            and (not self.sides or side in self.sides)
            and (not self.attitudes or attitude in self.attitudes)
            and (not self.sources or source in self.sources)
        )


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows in order, and the cursor of those that follow; None after the last. `truncated`: not all articles were counted."""

    rows: tuple[Row, ...]
    next: str | None = None
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """How much of a list, and from where."""

    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """An entity by its id; `type` is None where the store does not know it."""

    id: str
    name: str
    type: str | None


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article in a list. Counts are of its stances by side."""

    article_id: str
    title: str | None
    source: str | None
    published_at: str | None
    language: str | None
    support: int
    oppose: int
    neutral: int

    @property
    def stances(self) -> int:
        return self.support + self.oppose + self.neutral


@dataclass(frozen=True, slots=True)
class EntityRow:
    """An actor, or a target, over all articles that count. `polarity`: the mean, weighted by confidence. Times: of publication."""

    entity: Named
    stances: int
    articles: int
    support: int
    oppose: int
    neutral: int
    polarity: float
    first: str | None
    last: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """What an actor said of a target over all articles that count: as in EntityRow, with the most frequent attitude."""

    actor: str
    target: str
    stances: int
    articles: int
    evidence: int
    support: int
    oppose: int
    neutral: int
    polarity: float
    confidence: float
    attitude: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """Actors and targets, those with most stances first, and the cells that are not empty. `truncated`: not all articles were looked at."""

    actors: tuple[Named, ...]
    targets: tuple[Named, ...]
    cells: tuple[Cell, ...]
    articles: int
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: entities with the roles that they have in stances, and articles by title."""

    entities: tuple[tuple[Named, tuple[Role, ...]], ...]
    articles: tuple[ArticleRow, ...]


class Archive(Protocol):
    """Read only. Lists are newest first. Raises CursorInvalid."""

    name: str

    def reading(self, article_id: str) -> dict[str, Any] | None:
        """An article's reading, the contract's JSON object."""
        ...

    def articles(self, filters: Filters, asked: Asked) -> Page[ArticleRow]:
        """Articles of a period and of some sources; labels and confidence do not count."""
        ...

    def stances(self, ends: tuple[str | None, str | None], filters: Filters, asked: Asked, *, newest_first: bool = True) -> Page[StanceRow]:
        """Stances of an actor, toward a target, or both: (actor, target), at least one of them."""
        ...

    def entity(self, identifier: str) -> Named | None:
        """The actor or target of this id; None where no stance knows it."""
        ...

    def entities(self, role: Role, filters: Filters, asked: Asked) -> Page[EntityRow]:
        """Actors or targets, those with most stances first, then by id."""
        ...

    def matrix(self, filters: Filters, ends: tuple[Sequence[str], Sequence[str]], limit: int) -> Matrix:
        """Actors by targets: those asked for, or, of either that is empty, the `limit` with most stances."""
        ...

    def search(self, text: str, limit: int) -> Found:
        """Entities and articles whose names and titles have words beginning with those of `text`."""
        ...


def encode_cursor(place: list[Any]) -> str:
    """A place in a list as letters that an address takes."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> list[Any]:
    """Raises CursorInvalid."""
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise CursorInvalid("this cursor was not given out by this list") from error
    if not isinstance(place, list):
        raise CursorInvalid("this cursor was not given out by this list")
    return place


def offset_of(cursor: str | None) -> int:
    """How many rows a cursor of a counted list skips. Raises CursorInvalid."""
    if cursor is None:
        return 0
    match decode_cursor(cursor):
        case [int(start)] if 0 <= start < 2**31:
            return start
    raise CursorInvalid("this cursor was not given out by this list")


def words(text: str) -> list[str]:
    """What a search compares: lower-case runs of letters and digits."""
    return "".join(c if c.isalnum() else " " for c in text.casefold()).split()
