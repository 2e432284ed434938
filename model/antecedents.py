"""What is known of two mentions before the encoder is asked: the features of the antecedent scorer.

Nothing here grows with the square of a document: what is known of a mention is found once, what is known of a pair from its two
mentions. Training and serving share it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.labels import ENTITY_TYPES
from model.words import PRONOUN_CLASS, acronym_of, is_proper, words_of

Floats = NDArray[np.float32]

_CLASSES = (None, *dict.fromkeys(PRONOUN_CLASS.values()))
_BUCKETS = np.array([0, 1, 2, 3, 5, 8, 13, 21])
MAX_ANTECEDENTS = 80  # looked back to, nearest first; an exact repetition is looked for in the whole article,
MAX_REPETITIONS = 16  # the nearest so many of them: one name may stand thousands of times in a book
_PAIRS_AT_ONCE = 1 << 14  # of which words are compared, so that memory does not grow with the pairs


@dataclass(frozen=True, slots=True)
class MentionFacts:
    """What the features need of a mention: its words, its type's index in ENTITY_TYPES (or -1 unknown) and where it stands.

    `start` and `end` are characters of the text; `sentence` is a sentence's index; `quoted` tells whether it stands in quotation marks.
    """

    text: str
    type: int
    sentence: int
    start: int
    end: int
    quoted: bool

    @property
    def pronoun(self) -> str | None:
        """The class of a pronoun ("he", "they", ...), or None for a name or description."""
        return PRONOUN_CLASS.get(self.text.lower())


def candidate_pairs(mentions: Sequence[MentionFacts]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices (later, earlier) of the pairs worth scoring, mentions being in reading order; both of shape (n_pairs,), sorted."""
    every = np.arange(len(mentions), dtype=np.int64)[:, None]
    back = every + np.arange(-MAX_ANTECEDENTS, 0)
    later, earlier = np.broadcast_to(every, back.shape)[back >= 0], back[back >= 0]
    far = _repetitions(mentions)
    if not len(far):
        return later, earlier
    later, earlier = np.concatenate([later, far[:, 0]]), np.concatenate([earlier, far[:, 1]])
    order = np.lexsort((earlier, later))
    return later[order], earlier[order]


def _repetitions(mentions: Sequence[MentionFacts]) -> NDArray[np.int64]:
    """Pairs (later, earlier) of the same words that stand further apart, (n_pairs, 2)."""
    stands: dict[tuple[str, ...], list[int]] = defaultdict(list)
    found: list[tuple[int, int]] = []
    for i, mention in enumerate(mentions):
        if mention.pronoun is None:
            before = stands[tuple(words_of(mention.text)) or (mention.text.lower(),)]
            near = bisect_left(before, i - MAX_ANTECEDENTS)
            found += ((i, j) for j in before[max(0, near - MAX_REPETITIONS) : near])
            before.append(i)
    return np.array(found, dtype=np.int64).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of each of n mentions. Equal numbers in a column mean equal strings; where there is none, -1.

    single (n, N_SINGLE); words (n, longest): the different words, filled up with -1; sizes (n,): how many, at least 1; whole, last,
    first (n,): all words, the last and the first; acronym and compact (n,) share their numbers; place (n, 3): sentence, start, end;
    kind, pronoun and quoted (n,).
    """

    single: Floats
    words: NDArray[np.int64]
    sizes: Floats
    whole: NDArray[np.int64]
    last: NDArray[np.int64]
    first: NDArray[np.int64]
    acronym: NDArray[np.int64]
    compact: NDArray[np.int64]
    place: NDArray[np.int64]
    kind: NDArray[np.int64]
    pronoun: NDArray[np.int64]
    quoted: NDArray[np.bool_]

    @classmethod
    def of(cls, mentions: Sequence[MentionFacts]) -> Known:
        words = [words_of(m.text) if m.pronoun is None else [] for m in mentions]
        different = [list(dict.fromkeys(w)) for w in words]
        vocabulary: dict[str, int] = {}
        numbers = np.full((len(mentions), max(map(len, different), default=0)), -1, dtype=np.int64)
        for i, w in enumerate(different):
            numbers[i, : len(w)] = [vocabulary.setdefault(x, len(vocabulary)) for x in w]
        letters: dict[str, int] = {}
        return cls(
            single=_single(mentions),
            words=numbers,
            sizes=np.array([max(1, len(w)) for w in different], dtype=np.float32),
            whole=_numbered([" ".join(w) for w in words], {}),
            last=_numbered([w[-1] if w else "" for w in words], {}),
            first=_numbered([w[0] if w else "" for w in words], {}),
            acronym=_numbered([acronym_of(m.text) for m in mentions], letters),
            compact=_numbered(["".join(w) for w in words], letters),
            place=np.array([(m.sentence, m.start, m.end) for m in mentions], dtype=np.int64).reshape(-1, 3),
            kind=np.array([m.type for m in mentions], dtype=np.int64),
            pronoun=np.array([_CLASSES.index(m.pronoun) for m in mentions], dtype=np.int64),
            quoted=np.array([m.quoted for m in mentions], dtype=np.bool_),
        )


def features(known: Known, later: NDArray[np.int64], earlier: NDArray[np.int64]) -> Floats:
    """Float32 features in [0, 1] of each pair, shape (n_pairs, N_FEATURES)."""
    columns = [
        _overlaps(known, later, earlier),
        _distances(known, later, earlier),
        known.single[later],
        known.single[earlier],
        _agreement(known, later, earlier),
    ]
    return np.concatenate(columns, axis=1).astype(np.float32)


def _single(mentions: Sequence[MentionFacts]) -> Floats:
    """Per mention: type (5), pronoun class (9), proper, quoted, length in words."""
    out = np.zeros((len(mentions), N_SINGLE), dtype=np.float32)
    for i, m in enumerate(mentions):
        if m.type >= 0:
            out[i, m.type] = 1
        out[i, 5 + _CLASSES.index(m.pronoun)] = 1
        out[i, 14:17] = is_proper(m.text), m.quoted, min(1.0, len(m.text.split()) / 10)
    return out


def _overlaps(known: Known, later: NDArray[np.int64], earlier: NDArray[np.int64]) -> Floats:
    """Shape (n_pairs, 7): same words, same last word, same first word, share of words in common (both ways), acronym, any word."""
    common = _common(known.words, later, earlier)
    acronym = _equal(known.acronym[later], known.compact[earlier]) + _equal(known.compact[later], known.acronym[earlier])
    return np.stack([
        *(_equal(column[later], column[earlier]) for column in (known.whole, known.last, known.first)),
        common / known.sizes[later],
        common / known.sizes[earlier],
        acronym,
        common > 0,
    ], axis=1).astype(np.float32)  # fmt: skip


def _common(words: NDArray[np.int64], later: NDArray[np.int64], earlier: NDArray[np.int64]) -> Floats:
    """How many words two mentions share, (n_pairs,)."""
    found = np.zeros(len(later), dtype=np.float32)
    for at in range(0, len(later), _PAIRS_AT_ONCE):
        part = slice(at, at + _PAIRS_AT_ONCE)
        others = words[earlier[part]]
        for column in words.T:
            mine = column[later[part], None]
            found[part] += ((mine == others) & (mine >= 0)).any(1)
    return found


def _numbered(strings: Sequence[str], numbers: dict[str, int]) -> NDArray[np.int64]:
    return np.array([numbers.setdefault(x, len(numbers)) if x else -1 for x in strings], dtype=np.int64)


def _equal(a: NDArray[np.int64], b: NDArray[np.int64]) -> Floats:
    same: Floats = ((a == b) & (a >= 0)).astype(np.float32)
    return same


def _distances(known: Known, later: NDArray[np.int64], earlier: NDArray[np.int64]) -> Floats:
    """Buckets of the distance in sentences and in mentions, and whether one mention holds the other."""
    sentence, start, end = known.place.T
    columns = [np.searchsorted(_BUCKETS, d, side="right") - 1 for d in (sentence[later] - sentence[earlier], later - earlier)]
    one_hot = [np.eye(len(_BUCKETS), dtype=np.float32)[np.clip(c, 0, None)] for c in columns]
    nested = ((start[later] < end[earlier]) & (end[later] > start[earlier])).astype(np.float32)[:, None]
    return np.concatenate([*one_hot, nested], axis=1)


def _agreement(known: Known, later: NDArray[np.int64], earlier: NDArray[np.int64]) -> Floats:
    """Same known type; same pronoun class; both quoted or both not."""
    kind, pronoun, quoted = known.kind, known.pronoun, known.quoted
    same_pronoun = (pronoun[later] == pronoun[earlier]) & (pronoun[later] > 0)
    return np.stack([_equal(kind[later], kind[earlier]), same_pronoun, quoted[later] == quoted[earlier]], 1).astype(np.float32)


N_SINGLE = len(ENTITY_TYPES) + len(_CLASSES) + 3
N_FEATURES = 7 + 2 * len(_BUCKETS) + 1 + 2 * N_SINGLE + 3
