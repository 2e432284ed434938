"""Training examples, whatever data set they come from: pairs to judge, and documents to mark, resolve and judge."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.antecedents import Known, MentionFacts, candidate_pairs, features
from model.encoding import ACTOR, TARGET, Batch, Ints, Window, kept_tokens, pad
from model.labels import ATTITUDES, side_of
from model.mentions import span_mask

N_ATTITUDES = len(ATTITUDES)
NO_TONE = -1


def allow_attitude(attitude: str) -> NDArray[np.bool_]:
    """The attitudes that a known label leaves possible, shape (11,): that one."""
    return np.array([a == attitude for a in ATTITUDES])


def allow_side(side: str) -> NDArray[np.bool_]:
    """The attitudes that a label of side alone leaves possible, shape (11,)."""
    return np.array([side_of(a) == side for a in ATTITUDES])


@dataclass(frozen=True, slots=True)
class PairExample:
    """One pair in one window: `roles` (n_tokens,); `allowed` (11,) marks the attitudes that the label leaves possible, None for tone."""

    window: Window
    roles: Ints
    allowed: NDArray[np.bool_] | None = None
    tone: int = NO_TONE


@dataclass(frozen=True, slots=True)
class MentionExample:
    """A gold mention: the window it is read in, its tokens there (end past the last), the label of the span scorer, its cluster."""

    row: int
    start: int
    end: int
    label: int
    cluster: str
    facts: MentionFacts


@dataclass(frozen=True, slots=True)
class DocumentExample:
    """An article or a part of one: every mention of the labels in `labels` (a slice of SPAN_LABELS) is marked."""

    id: str
    windows: tuple[Window, ...]
    mentions: tuple[MentionExample, ...]
    pairs: tuple[tuple[int, PairExample], ...]
    labels: slice


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Tensors of a batch of pairs; ids to mask are (windows, tokens)

    `rows` (pairs, 1) and `columns` (pairs, kept tokens) tell which lower states a pair keeps; `pair_mask` and `roles` have the
    shape of `columns`.
    """

    ids: Tensor
    cases: Tensor
    segments: Tensor
    mask: Tensor
    rows: Tensor
    columns: Tensor
    pair_mask: Tensor
    roles: Tensor
    allowed: Tensor
    tone: Tensor


@dataclass(frozen=True, slots=True)
class DocumentBatch:
    """Tensors of one step over documents; mention and pair tensors hold all documents one after another."""

    pairs: PairBatch
    span_target: Tensor  # (windows, labels, tokens, tokens)
    span_valid: Tensor  # same shape
    mention_rows: Tensor
    mention_starts: Tensor
    mention_ends: Tensor
    later: Tensor
    earlier: Tensor
    features: Tensor
    linked: Tensor


def hide_names(example: PairExample, chance: random.Random, *, probability: float, mask_id: int) -> PairExample:
    """The example with each end masked with this probability: who somebody is should not tell where he stands.

    An end that is given by name only keeps it: nothing else says who is meant.
    """
    ends = [bit for bit in (ACTOR, TARGET) if chance.random() < probability]
    if not ends or example.roles[: example.window.first].any():
        return example
    ids = np.where(np.bitwise_and(example.roles, sum(ends)) != 0, mask_id, example.window.ids)
    return replace(example, window=replace(example.window, ids=ids))


def pair_batch(examples: Sequence[PairExample]) -> PairBatch:
    """Examples that share a window (the two directions of a sentence) share its row."""
    rows: dict[int, int] = {}
    windows: list[Window] = []
    for e in examples:
        if id(e.window) not in rows:
            rows[id(e.window)] = len(windows)
            windows.append(e.window)
    return _pairs(pad(windows), [(rows[id(e.window)], e) for e in examples])


def document_batch(documents: Sequence[DocumentExample], n_labels: int, max_span: int) -> DocumentBatch:
    """All windows of the documents as one batch. Spans of more than `max_span` tokens are neither marked nor counted."""
    windows = [w for d in documents for w in d.windows]
    batch = pad(windows)
    width = batch.ids.shape[1]
    target = np.zeros((len(windows), n_labels, width, width), dtype=np.bool_)
    valid = np.zeros_like(target)
    rows, starts, ends, later, earlier, feats, linked = ([] for _ in range(7))
    pairs: list[tuple[int, PairExample]] = []
    first_row = first_mention = 0
    for d in documents:
        for i, w in enumerate(d.windows):
            valid[first_row + i, d.labels] = span_mask(w, width, max_span)
        for m in d.mentions:
            target[first_row + m.row, m.label, m.start, m.end - 1] = True
            rows.append(first_row + m.row)
            starts.append(m.start)
            ends.append(m.end)
        facts = [m.facts for m in d.mentions]
        a, b = candidate_pairs(facts)
        later.append(a + first_mention)
        earlier.append(b + first_mention)
        feats.append(features(Known.of(facts), a, b))
        clusters = np.array([m.cluster for m in d.mentions])
        linked.append(clusters[a] == clusters[b] if len(a) else np.zeros(0, dtype=np.bool_))
        pairs += [(first_row + row, pair) for row, pair in d.pairs]
        first_row += len(d.windows)
        first_mention += len(d.mentions)
    return DocumentBatch(
        pairs=_pairs(batch, pairs),
        span_target=torch.from_numpy(target),
        span_valid=torch.from_numpy(valid),
        mention_rows=torch.tensor(rows, dtype=torch.long),
        mention_starts=torch.tensor(starts, dtype=torch.long),
        mention_ends=torch.tensor(ends, dtype=torch.long),
        later=torch.from_numpy(np.concatenate(later)),
        earlier=torch.from_numpy(np.concatenate(earlier)),
        features=torch.from_numpy(np.concatenate(feats)),
        linked=torch.from_numpy(np.concatenate(linked)),
    )


def _pairs(batch: Batch, pairs: Sequence[tuple[int, PairExample]]) -> PairBatch:
    kept = [kept_tokens(e.window, e.roles) for _, e in pairs]
    width = max(map(len, kept), default=1)
    columns, mask, roles = (np.zeros((len(pairs), width), dtype=np.int64) for _ in range(3))
    allowed = np.zeros((len(pairs), N_ATTITUDES), dtype=np.bool_)
    for i, ((_, example), keep) in enumerate(zip(pairs, kept, strict=True)):
        columns[i, : len(keep)] = keep
        mask[i, : len(keep)] = 1
        roles[i, : len(keep)] = example.roles[keep]
        if example.allowed is not None:
            allowed[i] = example.allowed
    return PairBatch(
        ids=torch.from_numpy(batch.ids),
        cases=torch.from_numpy(batch.cases),
        segments=torch.from_numpy(batch.segments),
        mask=torch.from_numpy(batch.mask),
        rows=torch.tensor([[row] for row, _ in pairs], dtype=torch.long),
        columns=torch.from_numpy(columns),
        pair_mask=torch.from_numpy(mask),
        roles=torch.from_numpy(roles),
        allowed=torch.from_numpy(allowed),
        tone=torch.tensor([e.tone for _, e in pairs], dtype=torch.long),
    )
