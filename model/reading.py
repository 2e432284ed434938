"""A reading as the contract's JSON object (schema: model/reading.schema.json)."""

from __future__ import annotations

from typing import Any

from model.records import Entity, Reading, Stance

SCHEMA_VERSION = 1


def to_dict(reading: Reading) -> dict[str, Any]:
    """The reading as JSON-ready values; floats are rounded to 4 digits, offsets are of `text`."""
    article = reading.article
    return {
        "schema": SCHEMA_VERSION,
        "article_id": article.id,
        "title": article.title,
        "source": article.source,
        "published_at": article.published_at,
        "language": article.language,
        "model": {"name": reading.model.name, "revision": reading.model.revision},
        "text": article.text,
        "sentences": [{"start": s.start, "end": s.end} for s in reading.sentences],
        "entities": [_entity(e) for e in reading.entities],
        "stances": [_stance(s) for s in reading.stances],
        "warnings": list(reading.warnings),
    }


def _entity(entity: Entity) -> dict[str, Any]:
    tone = entity.tone
    return {
        "id": entity.id,
        "name": entity.name,
        "type": entity.type,
        "external_id": entity.external_id,
        "mentions": [{"start": m.span.start, "end": m.span.end, "text": m.text} for m in entity.mentions],
        "tone": tone and {"polarity": round(tone.polarity, 4), "label": tone.label, "confidence": round(tone.confidence, 4)},
    }


def _stance(stance: Stance) -> dict[str, Any]:
    return {
        "actor": stance.actor,
        "target": stance.target,
        "attitude": stance.attitude,
        "side": stance.side,
        "stance": stance.side,  # the contract repeats `side` for scorers that look for this name
        "polarity": stance.polarity,
        "confidence": round(stance.confidence, 4),
        "evidence": [
            {"start": e.span.start, "end": e.span.end, "attitude": e.attitude, "stance": e.side, "confidence": round(e.confidence, 4)}
            for e in stance.evidence
        ],
    }
