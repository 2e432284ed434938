"""From marked windows to probabilities, whatever engine runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from model.encoding import Ints, Window, kept_tokens, pad
from model.engine import Encoded, Engine, Floats, softmax
from model.labels import ATTITUDES

TOKENS_PER_BATCH = 2048  # padded; bounds memory, and larger batches were slower on two cores (EXPERIMENTS.md)
_MAX_ROWS = 96
_NEUTRAL = ATTITUDES.index("neutral")


@dataclass(frozen=True, slots=True)
class Marked:
    """A pair in a window: `row` is the window's index, `roles` (n_tokens,) the role of each of its tokens."""

    row: int
    roles: Ints


@dataclass(frozen=True, slots=True)
class Calibration:
    """How logits of attitudes become probabilities.

    `neutral` is taken off the logit of neutral: most candidates of training are neutral, and a model that has learnt so says it too
    often. Then logits are divided by `temperature` (Guo et al. 2017). Both are tuned on validation data, see EXPERIMENTS.md.
    """

    neutral: float = 0.0
    temperature: float = 1.0


AS_TRAINED = Calibration()


@dataclass(frozen=True, slots=True)
class Probabilities:
    """attitudes (pairs, 11) and tones (pairs, 3), each row summing to 1."""

    attitudes: Floats
    tones: Floats


def by_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices in groups of like length, each within TOKENS_PER_BATCH when padded."""
    group: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and ((len(group) + 1) * lengths[i] > TOKENS_PER_BATCH or len(group) == _MAX_ROWS):
            yield group
            group = []
        group.append(i)
    if group:
        yield group


def encode(engine: Engine, windows: Sequence[Window]) -> Iterator[tuple[list[int], Encoded]]:
    """Windows in batches of like length: their indices and what the encoder says of them."""
    for rows in by_length([len(w) for w in windows]):
        yield rows, engine.encode(pad([windows[i] for i in rows]))


def judge(
    engine: Engine, windows: Sequence[Window], lower: Sequence[Floats], pairs: Sequence[Marked], *, calibration: Calibration
) -> Probabilities:
    """Probabilities of each pair, in order. `lower` holds each window's states, (n_tokens, hidden)."""
    attitudes = np.zeros((len(pairs), 11), dtype=np.float32)
    tones = np.zeros((len(pairs), 3), dtype=np.float32)
    kept = [kept_tokens(windows[p.row], p.roles) for p in pairs]
    for chosen in by_length([len(k) for k in kept]):
        width = max(len(kept[i]) for i in chosen)
        states = np.zeros((len(chosen), width, lower[0].shape[-1]), dtype=np.float32)
        mask, roles = (np.zeros((len(chosen), width), dtype=np.int64) for _ in range(2))
        for at, i in enumerate(chosen):
            n = len(kept[i])
            states[at, :n] = lower[pairs[i].row][kept[i]]
            mask[at, :n] = 1
            roles[at, :n] = pairs[i].roles[kept[i]]
        attitude, tone = engine.judge(states, mask, roles)
        attitude[:, _NEUTRAL] -= calibration.neutral
        attitudes[chosen], tones[chosen] = softmax(attitude / calibration.temperature), softmax(tone)
    return Probabilities(attitudes, tones)
