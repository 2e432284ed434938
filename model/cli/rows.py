"""A reading as rows of a spreadsheet: one a stance and sentence that shows it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from model.labels import POLARITY
from model.records import Reading

COLUMNS = (
    "article_id",
    "published_at",
    "source",
    "title",
    "actor",
    "actor_name",
    "target",
    "target_name",
    "attitude",
    "side",
    "polarity",
    "confidence",
    "sentence",
    "start",
    "end",
)
Cell = str | int | float | None


def rows(reading: Reading) -> Iterator[tuple[Cell, ...]]:
    """Rows in the order of COLUMNS. Attitude, side, polarity and confidence are those of the sentence, not of the whole article."""
    article = reading.article
    names = {entity.id: entity.name for entity in reading.entities}
    for stance in reading.stances:
        ends = (stance.actor, names.get(stance.actor, stance.actor), stance.target, names.get(stance.target, stance.target))
        for shown in stance.evidence:
            start, end = shown.span.start, shown.span.end
            label = (shown.attitude, shown.side, POLARITY[shown.attitude], round(shown.confidence, 4))
            yield article.id, article.published_at, article.source, article.title, *ends, *label, article.text[start:end], start, end


def csv_bytes(lines: Iterable[tuple[Cell, ...]]) -> bytes:
    """Rows as UTF-8 CSV by RFC 4180: CRLF ends a row, so that both of its characters are quoted in a cell. None is an empty cell."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(lines)
    return buffer.getvalue().encode("utf-8", "replace")
