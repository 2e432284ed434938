"""Readings made by hand, for what is asked of many of them: Ann supports the tariff, is silent on it, then opposes it, as Ben does."""

from __future__ import annotations

from typing import Any

from model.labels import POLARITY, side_of

SAID = {"supportive": "supports", "neutral": "mentions", "opposed": "opposes", "critical": "criticises"}
NAMES = {"ann": ("Ann", "PERSON"), "ben": ("Ben", "PERSON"), "tariff": ("Tariff", "ISSUE"), "quota": ("Quota", "ISSUE")}


def reading(
    article_id: str, published_at: str | None, *stances: tuple[str, str, str, float], source: str | None = "Courier", title: str = "A vote"
) -> dict[str, Any]:
    """An article of one sentence a stance: (actor, attitude, target, confidence)."""
    sentences = [f"{NAMES[actor][0]} {SAID[attitude]} {NAMES[target][0]}." for actor, attitude, target, _ in stances]
    text = " ".join(sentences)
    spans = [{"start": (start := text.index(s)), "end": start + len(s)} for s in sentences]
    known = list(dict.fromkeys(end for actor, _, target, _ in stances for end in (actor, target)))
    return {
        "schema": 1,
        "article_id": article_id,
        "title": title,
        "source": source,
        "published_at": published_at,
        "language": "en",
        "model": {"name": "by-hand", "revision": "sha256:0"},
        "text": text,
        "sentences": spans,
        "entities": [
            {
                "id": each,
                "name": NAMES[each][0],
                "type": NAMES[each][1],
                "external_id": None,
                "mentions": [{"start": (at := text.index(NAMES[each][0])), "end": at + len(NAMES[each][0]), "text": NAMES[each][0]}],
                "tone": None,
            }
            for each in known
        ],
        "stances": [
            {
                "actor": actor,
                "target": target,
                "attitude": attitude,
                "side": side_of(attitude),
                "stance": side_of(attitude),
                "polarity": POLARITY[attitude],
                "confidence": confidence,
                "evidence": [{**span, "attitude": attitude, "stance": side_of(attitude), "confidence": confidence}],
            }
            for (actor, attitude, target, confidence), span in zip(stances, spans, strict=True)
        ],
        "warnings": [],
    }


READINGS = [
    reading("january.txt", "2025-01-10T08:00:00Z", ("ann", "supportive", "tariff", 0.9)),
    reading("february.txt", "2025-02-10T08:00:00Z", ("ann", "neutral", "tariff", 0.6), source="Gazette"),
    reading("march.txt", "2025-03-10T08:00:00Z", ("ann", "opposed", "tariff", 0.8), ("ben", "opposed", "tariff", 0.7)),
    reading("undated.txt", None, ("ben", "supportive", "quota", 0.95), source=None),
]
