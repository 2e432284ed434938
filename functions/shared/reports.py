"""What became of the objects of a backfill: counts by outcome, and where a person has to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Failed:
    """An object that could not be read, also after the retries."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """`counts` by outcome: read, duplicate, stale, gone, rejected, older (than what was asked for), failed."""

    counts: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[Failed, ...] = ()
    rejected: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def to_dict(self) -> dict[str, Any]:
        return {
            "counts": dict(self.counts),
            "failed": [{"key": one.key, "reason": one.reason} for one in self.failed],
            "rejected": list(self.rejected),
        }

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Self:
        """Raises KeyError or TypeError where the value is no report."""
        failed = tuple(Failed(one["key"], one["reason"]) for one in value["failed"])
        return cls({name: int(n) for name, n in value["counts"].items()}, failed, tuple(value["rejected"]))


def total(*reports: Report) -> Report:
    """The sum of any number of reports, in their order."""
    counts: Counter[str] = Counter()
    for report in reports:
        counts.update(report.counts)
    return Report(dict(counts), tuple(f for r in reports for f in r.failed), tuple(key for r in reports for key in r.rejected))
