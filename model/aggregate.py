"""From sentences to the article: the pairs' probabilities become stances with evidence, and the tones of an entity one tone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from model.engine import Floats
from model.labels import ATTITUDES, POLARITY, SIDES, TONES, side_of
from model.records import Evidence, Judgement, Span, Stance, Tone

SIDE_INDEX = np.array([SIDES.index(side_of(a)) for a in ATTITUDES])
_NEUTRAL = ATTITUDES.index("neutral")


@dataclass(frozen=True, slots=True)
class Judged:
    """An actor-target pair of one sentence and its attitude probabilities, (11,)."""

    actor: str
    target: str
    sentence: Span
    attitudes: Floats


def judgement(attitudes: Floats) -> Judgement:
    """The label of one pair: the most likely side (a side's probability is the sum of its attitudes'), and within it the attitude."""
    sides = {side: float(attitudes[i == SIDE_INDEX].sum()) for i, side in enumerate(SIDES)}
    side = max(sides, key=sides.__getitem__)
    inside = np.where(SIDES.index(side) == SIDE_INDEX, attitudes, -1.0)
    attitude = ATTITUDES[int(inside.argmax())]
    return Judgement(side, attitude, POLARITY[attitude], sides, {a: float(p) for a, p in zip(ATTITUDES, attitudes, strict=True)})


def tone_judgement(tones: Floats) -> Judgement:
    """The article's own tone in the words of a judgement: positive as supportive, negative as critical."""
    words = {"negative": "critical", "neutral": "neutral", "positive": "supportive"}
    attitudes = np.zeros(len(ATTITUDES), dtype=np.float32)
    for tone, p in zip(TONES, tones, strict=True):
        attitudes[ATTITUDES.index(words[tone])] = p
    return judgement(attitudes)


def aggregate(pairs: Sequence[Judged], *, least: float) -> list[Stance]:
    """Stances of the pairs that are probably not neutral, surest first.

    A sentence is evidence where it shows any attitude with a probability of at least `least`. A stance's confidence is that of its surest
    evidence, its attitude the one that the evidence, added up, supports most.
    """
    found: dict[tuple[str, str], list[tuple[Evidence, Floats]]] = defaultdict(list)
    for pair in pairs:
        shown = 1.0 - float(pair.attitudes[_NEUTRAL])
        if shown < least:
            continue
        stated = pair.attitudes.copy()
        stated[_NEUTRAL] = 0.0
        attitude = _strongest(stated)
        found[pair.actor, pair.target].append((Evidence(pair.sentence, attitude, side_of(attitude), _share(stated, attitude)), stated))
    stances = [_stance(actor, target, evidence) for (actor, target), evidence in found.items()]
    return sorted(stances, key=lambda s: (-s.confidence, s.actor, s.target))


def _strongest(stated: Floats) -> str:
    """The attitude of a pair that is not neutral: side first, then within it; ambivalence competes as a side of its own."""
    mass = [float(stated[i == SIDE_INDEX].sum()) for i in range(len(SIDES))]
    inside = np.where(int(np.argmax(mass)) == SIDE_INDEX, stated, -1.0)
    return ATTITUDES[int(inside.argmax())]


def _share(stated: Floats, attitude: str) -> float:
    """The probability of the side that an attitude is on; it is the side that scorers and charts count."""
    return float(min(1.0, stated[SIDES.index(side_of(attitude)) == SIDE_INDEX].sum()))


def _stance(actor: str, target: str, evidence: Sequence[tuple[Evidence, Floats]]) -> Stance:
    total = np.sum([stated for _, stated in evidence], axis=0)
    attitude = _strongest(total)
    side = side_of(attitude)
    confidence = max((e.confidence for e, _ in evidence if e.side == side), default=max(e.confidence for e, _ in evidence))
    return Stance(actor, target, attitude, side, POLARITY[attitude], confidence, tuple(e for e, _ in evidence))


def tone(tones: Sequence[Floats]) -> Tone | None:
    """The mean over the sentences that mention an entity; None without any. Polarity is P(positive) - P(negative)."""
    if not len(tones):
        return None
    mean: Mapping[str, float] = dict(zip(TONES, np.mean(tones, axis=0).tolist(), strict=True))
    label = max(TONES, key=mean.__getitem__)
    return Tone(mean["positive"] - mean["negative"], label, mean[label])
