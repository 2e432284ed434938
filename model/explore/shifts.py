"""Where a pair's stance changes over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.explore.records import StanceRow


@dataclass(frozen=True, slots=True)
class Shift:
    """Point `index` has another side than the last point before it that took a side."""

    at: str | None
    index: int
    from_attitude: str
    to_attitude: str
    from_side: str
    to_side: str


def shifts(points: Sequence[StanceRow]) -> list[Shift]:
    """The changes between support and oppose in points that are in the order of time; a neutral point is no change by itself."""
    found = []
    before: StanceRow | None = None
    for index, point in enumerate(points):
        if point.side == "neutral":
            continue
        if before is not None and before.side != point.side:
            found.append(Shift(point.published_at, index, before.attitude, point.attitude, before.side, point.side))
        before = point
    return found
