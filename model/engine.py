"""What runs the network. Two implementations exist: ONNX Runtime, which serves, and torch, the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model.encoding import Batch, Ints

Floats = NDArray[np.float32]


class ModelUnusable(RuntimeError):  # noqa: N818  says what it is
    """The weights are missing, corrupt, or not what their manifest says."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the encoder says of a batch of windows.

    lower (windows, tokens, hidden): states that pairs go on from; top (windows, tokens, hidden): states of mentions;
    spans (windows, 5, start, end): logits of each entity type, the end token included.
    """

    lower: Floats
    top: Floats
    spans: Floats


class Engine(Protocol):
    """The network's three functions on arrays. Row order is kept."""

    def encode(self, batch: Batch) -> Encoded:
        """Read windows."""
        ...

    def judge(self, states: Floats, mask: Ints, roles: Ints) -> tuple[Floats, Floats]:
        """Attitude logits (pairs, 11) and tone logits (pairs, 3) of states (pairs, tokens, hidden), mask and roles (pairs, tokens)."""
        ...

    def antecedents(self, vectors: Floats, later: Ints, earlier: Ints, features: Floats) -> Floats:
        """Logits (pairs,) from mention vectors (mentions, 3 * hidden), two index vectors (pairs,) and features (pairs, N_FEATURES)."""
        ...


def mention_vectors(top: Floats, rows: Ints, starts: Ints, ends: Ints) -> Floats:
    """First, last and mean state of each mention, (mentions, 3 * hidden); `ends` is past the last token."""
    if not len(rows):
        return np.zeros((0, 3 * top.shape[-1]), dtype=np.float32)
    means = [top[r, s:e].mean(0) for r, s, e in zip(rows, starts, ends, strict=True)]
    return np.concatenate([top[rows, starts], top[rows, ends - 1], np.stack(means)], axis=-1).astype(np.float32)


def softmax(logits: Floats) -> Floats:
    """Over the last axis."""
    raised = np.exp(logits - logits.max(-1, keepdims=True))
    result: Floats = raised / raised.sum(-1, keepdims=True)
    return result
