"""Span scores to mentions: which spans of a sentence refer to an actor or an issue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.encoding import Window
from model.engine import Floats
from model.labels import ENTITY_TYPES, EntityType
from model.records import Mention, Span
from model.words import is_pronoun

MAX_SPAN_TOKENS = 48  # training marks no longer ones
_PRONOUN = 0.2  # least probability of a pronoun: it names nothing, and what it stands for is asked afterwards
_NEVER_NESTED_AT_START = ("ISSUE", "GROUP")  # two of them with one beginning are one, cut in two ways; pronouns aside


# After a mention, who acts for somebody or stands by him: "McCabe's lawyers", "the president's own critics", "Pence's office".
_PEOPLE_OF = re.compile(
    r"(?:['’]s|(?<=s)['’]) (?:[a-z-]+ )?(?:(?P<body>office|campaign|team|administration)|attorneys|lawyers|critics|supporters|allies"
    r"|opponents|backers|aides|advisers|rivals|followers|colleagues|officials|lawmakers)\b"
)


@dataclass(frozen=True, slots=True)
class Located:
    """A mention and its tokens [start, end) in the window of index `row`."""

    mention: Mention
    row: int
    start: int
    end: int


def span_mask(window: Window, width: int, max_span: int) -> NDArray[np.bool_]:
    """The (start, end) token pairs that may be a mention: of the sentence, on word boundaries, not too long. Shape (width, width)."""
    n = len(window)
    opens = np.zeros(width, dtype=np.bool_)
    closes = np.zeros(width, dtype=np.bool_)
    opens[window.first : n - 1] = window.opens_word[window.first : n - 1]
    closes[window.first : n - 1] = window.opens_word[window.first + 1 : n]
    length = np.arange(width)[None, :] - np.arange(width)[:, None]
    return opens[:, None] & closes[None, :] & (length >= 0) & (length < max_span)


def find_mentions(text: str, windows: Sequence[Window], spans: Mapping[int, Floats], *, thresholds: Floats) -> list[Located]:
    """Mentions of all windows in reading order, an outer one before those that it holds.

    `spans` holds each window's logits (5, tokens, tokens); `thresholds` (5,) is the least probability for each type.
    """
    found = [located for row, window in enumerate(windows) for located in _of_window(text, window, row, spans[row], thresholds)]
    return sorted(found, key=lambda m: (m.mention.span.start, -m.mention.span.end))


def _of_window(text: str, window: Window, row: int, logits: Floats, thresholds: Floats) -> Iterator[Located]:
    probability = 1 / (1 + np.exp(-np.maximum(logits, -80)))  # float32 overflows at 88
    valid = span_mask(window, logits.shape[-1], MAX_SPAN_TOKENS)
    likely = probability >= thresholds[:, None, None]
    for at in range(window.first, len(window) - 1):
        if is_pronoun(text[int(window.starts[at]) : int(window.ends[at])]):
            likely[:, at, at] = probability[:, at, at] >= _PRONOUN
    places = np.argwhere(likely & valid)
    scores = probability[tuple(places.T)]
    taken: list[tuple[int, int]] = []
    begun: set[tuple[int, int]] = set()
    for i in np.argsort(-scores, kind="stable"):
        label, start, end = (int(v) for v in places[i])
        span = Span(int(window.starts[start]), int(window.ends[end]))
        words = text[span.start : span.end]
        if not closes_quotations(words) or any(_crosses((start, end), other) for other in taken):
            continue
        if ENTITY_TYPES[label] in _NEVER_NESTED_AT_START and not is_pronoun(words):
            if (label, start) in begun:
                continue
            begun.add((label, start))
        taken.append((start, end))
        mention = Mention(span, words, ENTITY_TYPES[label], window.sentence, float(scores[i]))
        yield Located(mention, row, start, end + 1)
    for start, end in list(taken):
        if (found := _PEOPLE_OF.match(text, int(window.ends[end]))) and (last := np.flatnonzero(window.ends == found.end())).size:
            whole = (start, int(last[0]))
            if not any(_crosses(whole, other) for other in taken):
                taken.append(whole)
                span = Span(int(window.starts[start]), found.end())
                kind: EntityType = "ORG" if found["body"] else "GROUP"
                score = float(probability[ENTITY_TYPES.index(kind)][whole])
                yield Located(Mention(span, text[span.start : span.end], kind, window.sentence, score), row, start, whole[1] + 1)


def closes_quotations(text: str) -> bool:
    """Whether as many quotation marks open as close: no mention begins outside a quotation and ends in it."""
    return text.count("“") == text.count("”") and text.count('"') % 2 == 0


def _crosses(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two inclusive token spans are the same, or overlap without one holding the other."""
    (a, b), (c, d) = one, other
    if (a, b) == (c, d):
        return True
    return a <= d and c <= b and not (a <= c and d <= b) and not (c <= a and b <= d)
