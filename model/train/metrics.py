"""Figures of the network on gold input, one function a figure; whole readings are scored by score.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from model.aggregate import SIDE_INDEX
from model.antecedents import Known, candidate_pairs, features
from model.encoding import Window
from model.engine import Engine, Floats, mention_vectors
from model.judging import AS_TRAINED, Calibration, Marked, Probabilities, encode, judge
from model.labels import ATTITUDES, SIDES
from model.mentions import span_mask
from model.train.datasets import Directed
from model.train.examples import DocumentExample, PairExample

SUPPORT, OPPOSE, NEUTRAL = range(3)
CROWD_LABELS = 5


def probabilities(engine: Engine, examples: Sequence[PairExample], calibration: Calibration = AS_TRAINED) -> Probabilities:
    """Judge examples; those that share a window share its encoding."""
    index: dict[int, int] = {}
    rows: list[Window] = []
    for e in examples:
        if id(e.window) not in index:
            index[id(e.window)] = len(rows)
            rows.append(e.window)
    lower: dict[int, Floats] = {}
    for chosen, encoded in encode(engine, rows):
        lower.update({i: encoded.lower[at, : len(rows[i])] for at, i in enumerate(chosen)})
    states = [lower[i] for i in range(len(rows))]
    return judge(engine, rows, states, [Marked(index[id(e.window)], e.roles) for e in examples], calibration=calibration)


def sides(attitudes: Floats) -> Floats:
    """Attitude probabilities (pairs, 11) -> side probabilities (pairs, 3) in the order of SIDES."""
    return np.stack([attitudes[:, i == SIDE_INDEX].sum(1) for i in range(len(SIDES))], 1)


def attitude_choice(attitudes: Floats) -> NDArray[np.int64]:
    """The most likely attitude within the most likely side, (pairs,)."""
    best = sides(attitudes).argmax(1)
    inside = np.where(SIDE_INDEX[None, :] == best[:, None], attitudes, -1.0)
    result: NDArray[np.int64] = inside.argmax(1)
    return result


def macro_f1(gold: Iterable[int], predicted: Iterable[int], labels: Iterable[int]) -> float:
    """Mean of the F1 of each label; a label without gold and without prediction counts 0."""
    g, p = np.array(list(gold)), np.array(list(predicted))
    found = []
    for label in labels:
        hit = int(((g == label) & (p == label)).sum())
        found.append(2 * hit / max(1, int((g == label).sum() + (p == label).sum())))
    return float(np.mean(found))


def expert_dse(probs: Floats, sentences: Sequence[Directed]) -> dict[str, float]:
    """The crowd's non-neutral direction of each sentence, by the expert reading; `probs` (2 * sentences, 11), p to q then q to p."""
    index = [2 * i + (s.crowd in (2, 4)) for i, s in enumerate(sentences) if s.crowd]
    gold = [ATTITUDES.index((s.p_to_q if s.crowd in (1, 3) else s.q_to_p) or "neutral") for s in sentences if s.crowd]
    chosen = probs[index]
    choice = attitude_choice(chosen)
    stated = np.array([ATTITUDES[g] != "neutral" for g in gold])
    without_neutral = np.where([a == "neutral" for a in ATTITUDES], -1.0, chosen).argmax(1)
    side = sides(chosen)
    return {
        "dse_expert_side_macro_f1": macro_f1(SIDE_INDEX[gold], side.argmax(1), range(3)),
        "dse_expert_calibration_error": expected_calibration_error(side.max(1), side.argmax(1) == SIDE_INDEX[gold]),
        "dse_expert_attitude": float((choice == gold)[stated].mean()),
        "dse_expert_attitude_given_stance": float((without_neutral == gold)[stated].mean()),
    }


def crowd_dse(probs: Floats, sentences: Sequence[Directed]) -> dict[str, float]:
    """The five classes of Park et al. 2021: no direction, or one, combined from both directions by probability."""
    p, q = (sides(probs)[k::2] for k in range(2))
    none = p[:, NEUTRAL] * q[:, NEUTRAL]
    scores = [
        none,
        p[:, SUPPORT] * q[:, NEUTRAL],
        q[:, SUPPORT] * p[:, NEUTRAL],
        p[:, OPPOSE] * q[:, NEUTRAL],
        q[:, OPPOSE] * p[:, NEUTRAL],
    ]
    choice = np.stack(scores, 1).argmax(1)
    gold = np.array([s.crowd for s in sentences])
    return {"dse_crowd_micro_f1": float((choice == gold).mean()), "dse_crowd_macro_f1": macro_f1(gold, choice, range(CROWD_LABELS))}


def tone(probs: Floats, examples: Sequence[PairExample]) -> float:
    """Macro F1 over negative, neutral, positive."""
    return macro_f1([e.tone for e in examples], probs.argmax(1), range(3))


def given_pairs(attitudes: Floats, gold: Sequence[str]) -> dict[str, float]:
    """Pairs with gold mentions: side of the not neutral, and the attitude where there is one and any was found."""
    labels = np.array([ATTITUDES.index(a) for a in gold])
    gold_side, side, choice = SIDE_INDEX[labels], sides(attitudes).argmax(1), attitude_choice(attitudes)
    sided, said = gold_side != NEUTRAL, side != NEUTRAL
    hit = float((sided & (side == gold_side)).sum())
    stated = np.array([a != "neutral" for a in gold])
    matched = stated & (np.array(ATTITUDES)[choice] != "neutral")
    return {
        "pairs_side_precision": hit / max(1, said.sum()),
        "pairs_side_recall": hit / max(1, sided.sum()),
        "pairs_calibration_error": expected_calibration_error(sides(attitudes).max(1), side == gold_side),
        "pairs_attitude": float((labels == choice)[matched].mean()),
        "pairs_attitude_macro_f1": macro_f1(labels[matched], choice[matched], [i for i, a in enumerate(ATTITUDES) if a != "neutral"]),
    }


def expected_calibration_error(confidence: Floats, right: NDArray[np.bool_], bins: int = 15) -> float:
    """Mean distance of confidence and accuracy over equal-width bins, weighted by size (Guo et al. 2017)."""
    which = np.clip((confidence * bins).astype(int), 0, bins - 1)
    gaps = [abs(confidence[which == b].mean() - right[which == b].mean()) * (which == b).mean() for b in range(bins) if (which == b).any()]
    return float(sum(gaps))


def marking(engine: Engine, documents: Sequence[DocumentExample], max_span: int) -> dict[str, float]:
    """F1 of exact, typed mentions, and the share of non-first mentions whose best antecedent is right (gold mentions)."""
    hit = said = known = linked = links = 0
    for d in documents:
        top: dict[int, Floats] = {}
        gold = {(m.row, m.label, m.start, m.end - 1) for m in d.mentions}
        for rows, encoded in encode(engine, d.windows):
            for at, row in enumerate(rows):
                top[row] = encoded.top[at]
                valid = span_mask(d.windows[row], encoded.spans.shape[-1], max_span)
                found = {(row, *map(int, place)) for place in np.argwhere((encoded.spans[at] > 0) & valid)}
                hit, said = hit + len(found & gold), said + len(found)
        known += len(gold)
        right, all_ = _antecedents(engine, d, top)
        linked, links = linked + right, links + all_
    return {"mention_f1": 2 * hit / max(1, said + known), "antecedent_accuracy": linked / max(1, links)}


def _antecedents(engine: Engine, document: DocumentExample, top: dict[int, Floats]) -> tuple[int, int]:
    """How many mentions get a right decision (a right antecedent, or none where they are first), of how many."""
    mentions = document.mentions
    vectors = np.concatenate([mention_vectors(top[m.row][None], *(np.array([v]) for v in (0, m.start, m.end))) for m in mentions])
    facts = [m.facts for m in mentions]
    later, earlier = candidate_pairs(facts)
    scores = engine.antecedents(vectors, later, earlier, features(Known.of(facts), later, earlier))
    right = 0
    for i, m in enumerate(mentions):
        mine = later == i
        first = all(mentions[j].cluster != m.cluster for j in range(i))
        best = earlier[mine][scores[mine].argmax()] if mine.any() and scores[mine].max() > 0 else None
        right += first if best is None else mentions[best].cluster == m.cluster
    return right, len(mentions)
