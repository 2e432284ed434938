"""What moved: in a period, against all that was read before it.

A standing is the mean polarity of a pair's stances, weighted by confidence; its side is neutral within ±NEUTRAL. How far a pair moved is
the difference of two such means, and means of little are trusted little: the difference is multiplied by Z = n / (n + K) with
1/n = 1/Σc_now + 1/Σc_before, Bühlmann's credibility with Σc, the sum of confidences, as the size of a sample (Bühlmann and Gisler 2005, "A
Course in Credibility Theory", chapter 3; K = 1 is assumed, not estimated). A pair that was not read before has its own n. So one unsure
sentence does not outweigh a year of reports, and reports that merely become more are no shift.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from model.explore.archive import Named
from model.explore.records import EvidenceRow, StanceRow
from model.labels import Side

K = 1.0
NEUTRAL = 0.15
MOST = 10  # of each list


@dataclass(frozen=True, slots=True)
class Standing:
    """What a pair's stances come to. `weight`: the sum of their confidences."""

    polarity: float
    weight: float
    stances: int
    articles: int

    @property
    def side(self) -> Side:
        return "support" if self.polarity > NEUTRAL else "oppose" if self.polarity < -NEUTRAL else "neutral"


@dataclass(frozen=True, slots=True)
class Move:
    """A pair that moved. `before` is None for a pair that was not read before; `shown` is the surest stance of the side that won."""

    actor: Named
    target: Named
    before: Standing | None
    now: Standing
    shown: StanceRow

    @property
    def shift(self) -> float:
        n = 1 / (1 / self.now.weight + 1 / self.before.weight) if self.before else self.now.weight
        return n / (n + K) * (self.now.polarity - (self.before.polarity if self.before else 0.0))

    @property
    def sentence(self) -> EvidenceRow | None:
        return max(self.shown.evidence, key=lambda e: e.confidence, default=None)


@dataclass(frozen=True, slots=True)
class Digest:
    """`since` inclusive, `until` exclusive. Moves are the strongest first; no pair is in two lists, and `new` is of those not read before.

    Counts are of the period, but `undated`: articles without a time, which are in no period, and `later`: those at `until` or after it.
    `left_out`: moves beyond the lists. `limited`: names of which older stances were not looked at.
    """

    since: str
    until: str
    articles: int
    stances: int
    undated: int
    later: int
    new: tuple[Move, ...]
    changed: tuple[Move, ...]
    shifted: tuple[Move, ...]
    actors: tuple[tuple[Named, int], ...]
    targets: tuple[tuple[Named, int], ...]
    left_out: dict[str, int]
    limited: tuple[str, ...] = ()


@dataclass(slots=True)
class _Sum:
    weighted: float = 0.0
    weight: float = 0.0
    stances: int = 0
    articles: set[str] = field(default_factory=set)

    def add(self, row: StanceRow) -> None:
        self.weighted += row.confidence * row.polarity
        self.weight += row.confidence
        self.stances += 1
        self.articles.add(row.article_id)

    def standing(self) -> Standing:
        weight = max(self.weight, 1e-9)
        return Standing(round(self.weighted / weight, 4), weight, self.stances, len(self.articles))


def newest(rows: Iterable[StanceRow], now: str) -> str | None:
    """The latest time of publication that is not after `now`: one wrong date must not take the period along."""
    return max((row.published_at for row in rows if row.published_at and row.published_at <= now), default=None)


def digest(rows: Iterable[StanceRow], since: str, until: str, *, most: int = MOST) -> Digest:
    """Rows in any order, read once. A stance that comes twice (article, actor, target) counts once."""
    before: defaultdict[tuple[str, str], _Sum] = defaultdict(_Sum)
    now: defaultdict[tuple[str, str], _Sum] = defaultdict(_Sum)
    shown: dict[tuple[str, str, str], StanceRow] = {}
    seen: set[tuple[str, str, str]] = set()
    names: dict[str, Named] = {}
    counts: dict[str, Counter[str]] = {"actor": Counter(), "target": Counter()}
    articles: set[str] = set()
    undated: set[str] = set()
    later: set[str] = set()
    for row in rows:
        pair = (row.actor, row.target)
        if (row.article_id, *pair) in seen:
            continue
        seen.add((row.article_id, *pair))
        if row.published_at is None:
            undated.add(row.article_id)
        elif row.published_at < since:
            before[pair].add(row)
        elif row.published_at < until:
            now[pair].add(row)
            articles.add(row.article_id)
            names |= {
                row.actor: Named(row.actor, row.actor_name, row.actor_type),
                row.target: Named(row.target, row.target_name, row.target_type),
            }
            counts["actor"][row.actor] += 1
            counts["target"][row.target] += 1
            for key in ((*pair, row.side), (*pair, "")):
                if key not in shown or row.confidence > shown[key].confidence:
                    shown[key] = row
        else:
            later.add(row.article_id)
    moves = []
    for pair, total in now.items():
        standing = total.standing()
        best = shown.get((*pair, standing.side)) or shown[*pair, ""]
        moves.append(Move(names[pair[0]], names[pair[1]], before[pair].standing() if pair in before else None, standing, best))
    moves.sort(key=lambda m: (-abs(m.shift), m.actor.id, m.target.id))
    lists = {
        "new": [m for m in moves if m.before is None],
        "changed": [m for m in moves if m.before and {m.before.side, m.now.side} == {"support", "oppose"}],
        "shifted": [m for m in moves if m.before and {m.before.side, m.now.side} != {"support", "oppose"} and abs(m.shift) > NEUTRAL],
    }
    return Digest(
        since,
        until,
        len(articles),
        sum(total.stances for total in now.values()),
        len(undated),
        len(later),
        new=tuple(lists["new"][:most]),
        changed=tuple(lists["changed"][:most]),
        shifted=tuple(lists["shifted"][:most]),
        actors=tuple((names[key], n) for key, n in _top(counts["actor"], most)),
        targets=tuple((names[key], n) for key, n in _top(counts["target"], most)),
        left_out={name: max(0, len(found) - most) for name, found in lists.items()},
    )


def to_dict(found: Digest) -> dict[str, Any]:
    """The digest as JSON-ready values."""
    return {
        "schema": 1,
        "since": found.since,
        "until": found.until,
        "articles": found.articles,
        "stances": found.stances,
        "undated_articles": found.undated,
        "later_articles": found.later,
        "new": [_move(m) for m in found.new],
        "changed_sides": [_move(m) for m in found.changed],
        "shifted": [_move(m) for m in found.shifted],
        "actors": [{"id": named.id, "name": named.name, "stances": n} for named, n in found.actors],
        "targets": [{"id": named.id, "name": named.name, "stances": n} for named, n in found.targets],
        "left_out": dict(found.left_out),
        "limited": list(found.limited),
    }


def _top(counts: Counter[str], most: int) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]


def _move(move: Move) -> dict[str, Any]:
    sentence = move.sentence
    return {
        "actor": {"id": move.actor.id, "name": move.actor.name},
        "target": {"id": move.target.id, "name": move.target.name},
        "before": _standing(move.before) if move.before else None,
        "now": _standing(move.now),
        "shift": round(move.shift, 4),
        "attitude": move.shown.attitude,
        "confidence": move.shown.confidence,
        "sentence": sentence.text if sentence else None,
        "article_id": move.shown.article_id,
        "title": move.shown.title,
        "source": move.shown.publisher,
        "published_at": move.shown.published_at,
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {"polarity": standing.polarity, "side": standing.side, "stances": standing.stances, "articles": standing.articles}
