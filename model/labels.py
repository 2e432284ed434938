"""The label set: eleven attitudes, their polarity and their side (guidelines: model/train/corpus/GUIDELINES.md)."""

from __future__ import annotations

from typing import Final, Literal, get_args

Side = Literal["support", "oppose", "neutral"]
ToneLabel = Literal["negative", "neutral", "positive"]
EntityType = Literal["PERSON", "ORG", "COUNTRY", "GROUP", "ISSUE"]

# Fixed by the guidelines' table, which grounds each in PLOVER, CAMEO, MPQA or Appraisal.
POLARITY: Final[dict[str, float]] = {
    "supportive": 1.0,
    "conciliatory": 0.5,
    "neutral": 0.0,
    "ambivalent": 0.0,
    "concerned": -0.3,
    "demanding": -0.4,
    "sceptical": -0.5,
    "critical": -0.6,
    "opposed": -0.8,
    "defiant": -0.9,
    "threatening": -1.0,
}
ATTITUDES: Final[tuple[str, ...]] = tuple(POLARITY)
SIDES: Final[tuple[Side, ...]] = get_args(Side)
TONES: Final[tuple[ToneLabel, ...]] = get_args(ToneLabel)
ENTITY_TYPES: Final[tuple[EntityType, ...]] = get_args(EntityType)
ACTOR_TYPES: Final[frozenset[str]] = frozenset({"PERSON", "ORG", "COUNTRY", "GROUP"})


def side_of(attitude: str) -> Side:
    """The coarse label: support (> 0), oppose (< 0) or neutral; ambivalent is neutral in it."""
    polarity = POLARITY[attitude]
    return "support" if polarity > 0 else "oppose" if polarity < 0 else "neutral"
