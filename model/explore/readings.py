"""Readings from files, and their stances as rows."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model.explore.records import EvidenceRow, StanceRow

_NEEDED = ("article_id", "text", "entities", "stances", "model")


class ReadingInvalid(ValueError):  # noqa: N818  reads as the others: what is wrong, and where
    """A line that is no reading. The message names the file and the line."""


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """The readings (the contract's JSON objects) of a .jsonl or .jsonl.gz file, in order. Raises ReadingInvalid and OSError."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _reading(line, f"{path}, line {number}")


def holds_readings(path: Path) -> bool:
    """Whether a file is one of readings, by its first line: a .jsonl may as well hold articles."""
    if not path.is_file() or not path.name.endswith((".jsonl", ".jsonl.gz")):
        return False
    try:
        return next(read_jsonl(path), None) is not None
    except ReadingInvalid:
        return False


def stance_rows(reading: dict[str, Any]) -> Iterator[StanceRow]:
    """A reading's stances, in its order."""
    entities = {entity["id"]: entity for entity in reading["entities"]}
    text = reading["text"]

    def of(entity: str, what: str) -> Any:
        return entities[entity][what] if entity in entities else None

    for stance in reading["stances"]:
        actor, target = stance["actor"], stance["target"]
        yield StanceRow(
            object_id=reading["article_id"],
            article_id=reading["article_id"],
            title=reading.get("title"),
            publisher=reading.get("source"),
            published_at=reading.get("published_at"),
            revision=reading["model"]["revision"],
            actor=actor,
            actor_name=of(actor, "name") or actor,
            target=target,
            target_name=of(target, "name") or target,
            attitude=stance["attitude"],
            side=stance["side"],
            polarity=stance["polarity"],
            confidence=stance["confidence"],
            evidence=tuple(
                EvidenceRow(e["start"], e["end"], text[e["start"] : e["end"]], e["attitude"], e["stance"], e["confidence"])
                for e in stance["evidence"]
            ),
            actor_type=of(actor, "type"),
            target_type=of(target, "type"),
        )


def _reading(line: bytes, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise ReadingInvalid(f"{where} is no JSON: {error}") from error
    missing = [name for name in _NEEDED if not isinstance(found, dict) or name not in found]
    if missing:
        raise ReadingInvalid(f"{where} is no reading: it lacks {', '.join(missing)}. `standpoint classify --jsonl` writes readings.")
    return dict(found)
