"""What is known of two mentions before the encoder is asked: the features of the antecedent scorer.

Everything is computed for all pairs of a document at once, from matrices over its mentions. Training and serving share it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.labels import ENTITY_TYPES

Floats = NDArray[np.float32]

_PRONOUNS = {
    "he": "he him his himself",
    "she": "she her hers herself",
    "it": "it its itself this that",
    "they": "they them their theirs themselves these those",
    "i": "i me my mine myself",
    "we": "we us our ours ourselves",
    "you": "you your yours yourself",
    "who": "who whom whose which",
}
PRONOUN_CLASS = {word: name for name, words in _PRONOUNS.items() for word in words.split()}
_CLASSES = (None, *_PRONOUNS)
_SMALL = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "and",
        "for",
        "to",
        "in",
        "on",
        "at",
        "by",
        "with",
        "from",
        "as",
        "'s",
        "’s",
        "s",
        "his",
        "her",
        "its",
        "their",
        "our",
        "my",
        "new",
        "former",
    ]
)
_WORD = re.compile(r"\w+(?:[.’'-]\w+)*")
_BUCKETS = np.array([0, 1, 2, 3, 5, 8, 13, 21])
MAX_ANTECEDENTS = 80  # looked back to, nearest first; an exact repetition is looked for in the whole article


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


def words_of(text: str) -> list[str]:
    """Lower-case words that carry meaning, in order; a possessive 's is no word."""
    found = [w.removesuffix("’s").removesuffix("'s") for w in _WORD.findall(text.lower())]
    return [w for w in found if w and w not in _SMALL]


def acronym_of(text: str) -> str:
    """Initials of the capitalised words of a name ("European Commission" -> "ec"); empty where there are fewer than two."""
    initials = [w[0] for w in _WORD.findall(text) if w[0].isupper()]
    return "".join(initials).lower() if len(initials) > 1 else ""


def is_proper(text: str) -> bool:
    """Whether a mention holds a name: a capitalised word that is not its first, or a first one that is no article or pronoun."""
    words = _WORD.findall(text)
    return any(w[0].isupper() and not (i == 0 and w.lower() in _SMALL | set(PRONOUN_CLASS)) for i, w in enumerate(words))


def candidate_pairs(mentions: Sequence[MentionFacts]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices (later, earlier) of the pairs worth scoring, mentions being in reading order; both of shape (n_pairs,)."""
    n = len(mentions)
    later, earlier = np.tril_indices(n, -1)
    keys: dict[tuple[str, ...], int] = {}
    ids = np.array([keys.setdefault(tuple(words_of(m.text)) or (m.text.lower(),), len(keys)) for m in mentions], dtype=np.int64)
    pronoun = np.array([m.pronoun is not None for m in mentions])
    near = later - earlier <= MAX_ANTECEDENTS
    same = (ids[later] == ids[earlier]) & ~pronoun[later] & ~pronoun[earlier] if n else near
    keep = near | same
    return later[keep].astype(np.int64), earlier[keep].astype(np.int64)


def features(mentions: Sequence[MentionFacts], later: NDArray[np.int64], earlier: NDArray[np.int64]) -> Floats:
    """Float32 features in [0, 1] of each pair, shape (n_pairs, N_FEATURES)."""
    if not len(later):
        return np.zeros((0, N_FEATURES), dtype=np.float32)
    single = _single(mentions)
    overlap = _overlaps(mentions)
    columns = [
        overlap[:, later, earlier].T,
        _distances(mentions, later, earlier),
        single[later],
        single[earlier],
        _agreement(mentions, later, earlier),
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


def _overlaps(mentions: Sequence[MentionFacts]) -> Floats:
    """Shape (7, n, n): same words, same last word, same first word, share of words in common (both ways), acronym, both no pronoun."""
    n = len(mentions)
    words = [words_of(m.text) if m.pronoun is None else [] for m in mentions]
    vocabulary: dict[str, int] = {}
    incidence = np.zeros((n, max(1, sum(map(len, words)))), dtype=np.float32)
    for i, w in enumerate(words):
        incidence[i, [vocabulary.setdefault(x, len(vocabulary)) for x in w]] = 1
    common = incidence @ incidence.T
    sizes = np.maximum(incidence.sum(1), 1)
    acronyms = [acronym_of(m.text) for m in mentions]
    compact = ["".join(w) for w in words]
    return np.stack([
        _equal([" ".join(w) for w in words]),
        _equal([w[-1] if w else "" for w in words]),
        _equal([w[0] if w else "" for w in words]),
        common / sizes[:, None],
        common / sizes[None, :],
        _equal(acronyms, compact) + _equal(compact, acronyms),
        np.outer(sizes > 0, sizes > 0) * (common > 0),
    ])  # fmt: skip


def _equal(left: Sequence[str], right: Sequence[str] | None = None) -> Floats:
    """1 where a non-empty string of `left` equals one of `right`, shape (n, n)."""
    keys: dict[str, int] = {}
    a = np.array([keys.setdefault(x, len(keys)) if x else -1 for x in left])
    b = a if right is None else np.array([keys.setdefault(x, len(keys)) if x else -2 for x in right])
    same: Floats = ((a[:, None] == b[None, :]) & (a[:, None] >= 0)).astype(np.float32)
    return same


def _distances(mentions: Sequence[MentionFacts], later: NDArray[np.int64], earlier: NDArray[np.int64]) -> Floats:
    """Buckets of the distance in sentences and in mentions, and whether one mention holds the other."""
    sentence = np.array([m.sentence for m in mentions])
    start, end = np.array([m.start for m in mentions]), np.array([m.end for m in mentions])
    columns = [np.searchsorted(_BUCKETS, d, side="right") - 1 for d in (sentence[later] - sentence[earlier], later - earlier)]
    one_hot = [np.eye(len(_BUCKETS), dtype=np.float32)[np.clip(c, 0, None)] for c in columns]
    nested = ((start[later] < end[earlier]) & (end[later] > start[earlier])).astype(np.float32)[:, None]
    return np.concatenate([*one_hot, nested], axis=1)


def _agreement(mentions: Sequence[MentionFacts], later: NDArray[np.int64], earlier: NDArray[np.int64]) -> Floats:
    """Same known type; same pronoun class; both quoted or both not."""
    kind = np.array([m.type for m in mentions])
    pronoun = np.array([_CLASSES.index(m.pronoun) for m in mentions])
    quoted = np.array([m.quoted for m in mentions])
    same_pronoun = (pronoun[later] == pronoun[earlier]) & (pronoun[later] > 0)
    return np.stack([(kind[later] == kind[earlier]) & (kind[later] >= 0), same_pronoun, quoted[later] == quoted[earlier]], 1).astype(
        np.float32
    )


N_SINGLE = len(ENTITY_TYPES) + len(_CLASSES) + 3
N_FEATURES = 7 + 2 * len(_BUCKETS) + 1 + 2 * N_SINGLE + 3
