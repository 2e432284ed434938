"""Stances counted: by actor, by target, by pair. The same sums whichever store the stances come from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from model.explore.archive import Cell, EntityRow, Named, Role
from model.labels import POLARITY, side_of


@dataclass(frozen=True, slots=True)
class Link:
    """A stance without its sentences. `article` is any key of the article, `evidence` the number of sentences, `moment` its time or ""."""

    article: str | int
    moment: str
    actor: Named
    target: Named
    attitude: str
    confidence: float
    evidence: int

    def end(self, role: Role) -> Named:
        return self.actor if role == "actor" else self.target


_ORDER = {attitude: i for i, attitude in enumerate(POLARITY)}


@dataclass(slots=True)
class _Sum:
    attitudes: Counter[str] = field(default_factory=Counter)
    articles: set[str | int] = field(default_factory=set)
    evidence: int = 0
    weight: float = 0.0
    weighted: float = 0.0
    first: str = ""
    last: str = ""

    def add(self, link: Link) -> None:
        self.attitudes[link.attitude] += 1
        self.articles.add(link.article)
        self.evidence += link.evidence
        self.weight += link.confidence
        self.weighted += POLARITY[link.attitude] * link.confidence
        if link.moment:
            self.first = min(self.first or link.moment, link.moment)
            self.last = max(self.last, link.moment)

    @property
    def stances(self) -> int:
        return self.attitudes.total()

    @property
    def polarity(self) -> float:
        return round(self.weighted / self.weight, 4) if self.weight else 0.0

    def side(self, side: str) -> int:
        return sum(n for attitude, n in self.attitudes.items() if side_of(attitude) == side)


def count_entities(links: Iterable[Link], role: Role) -> list[EntityRow]:
    """Actors or targets, those with most stances first, then by id."""
    sums: defaultdict[str, _Sum] = defaultdict(_Sum)
    named: dict[str, Named] = {}
    for link in links:
        end = link.end(role)
        named[end.id] = end
        sums[end.id].add(link)
    rows = [
        EntityRow(
            named[key],
            s.stances,
            len(s.articles),
            s.side("support"),
            s.side("oppose"),
            s.side("neutral"),
            s.polarity,
            s.first or None,
            s.last or None,
        )
        for key, s in sums.items()
    ]
    return sorted(rows, key=lambda row: (-row.stances, row.entity.id))


def count_cells(links: Iterable[Link]) -> tuple[Cell, ...]:
    """Every pair of an actor and a target, by their ids. Of two attitudes as frequent the first in the guidelines' order is told."""
    sums: defaultdict[tuple[str, str], _Sum] = defaultdict(_Sum)
    for link in links:
        sums[link.actor.id, link.target.id].add(link)
    return tuple(make_cell(ends, s.attitudes, (len(s.articles), s.evidence), (s.weight, s.weighted)) for ends, s in sorted(sums.items()))


def make_cell(ends: tuple[str, str], attitudes: Mapping[str, int], counts: tuple[int, int], weights: tuple[float, float]) -> Cell:
    """A cell of (actor, target) from counts by attitude, of (articles, sentences), and from sums of (confidence, confidence · polarity)."""
    sides: Counter[str] = Counter()
    for attitude, n in attitudes.items():
        sides[side_of(attitude)] += n
    stances = sum(attitudes.values())
    weight, weighted = weights
    return Cell(
        *ends,
        stances,
        *counts,
        sides["support"],
        sides["oppose"],
        sides["neutral"],
        round(weighted / weight, 4) if weight else 0.0,
        round(weight / stances, 4),
        min(attitudes, key=lambda a: (-attitudes[a], _ORDER[a])),
    )
