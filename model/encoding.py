"""From text to the arrays that the encoder takes. Training and serving share every line of this.

A row of the encoder is a *window*: [CLS] the text before [SEP] the sentence [SEP], with segment 0 for the text before and
segment 1 for the sentence. A pair is told to the encoder by *roles*: for each token, whether it belongs to the actor, to
the target, to both or to neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from model.records import Span

Ints = NDArray[np.int64]

MAX_SENTENCE_TOKENS = 192  # a longer sentence is cut into pieces at word boundaries; 99.9 % of news sentences are shorter
MAX_PAIR_TOKENS = 384  # a given pair's text is not split into sentences; BERT has 512 positions
MAX_CONTEXT_TOKENS = 64  # the text before, cut on the left
CONTEXT_SENTENCES = 2  # a running quotation's speaker stands a sentence or two back (guidelines)

NO_ROLE, ACTOR, TARGET = 0, 1, 2  # bits: a token of both has ACTOR | TARGET
N_ROLES = 4
NO_CASE, LOWER, TITLE, UPPER, MIXED = range(5)
N_CASES = 5


class SpanLost(ValueError):  # noqa: N818  named in the contract
    """Truncation would cut an actor or a target off, or a span covers no token."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A run of tokens. All arrays have shape (n_tokens,); offsets are characters of the article's text."""

    ids: Ints
    cases: Ints
    starts: Ints
    ends: Ints
    opens_word: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    def cut(self, start: int, end: int) -> Tokens:
        """Tokens [start, end) of this run."""
        part = slice(start, end)
        return Tokens(self.ids[part], self.cases[part], self.starts[part], self.ends[part], self.opens_word[part])


@dataclass(frozen=True, slots=True)
class Window:
    """One row of the encoder, special tokens included; `first` is the index of the sentence's first token.

    All arrays have shape (n_tokens,). Special tokens have offsets (-1, -1). `sentence` is the index of the sentence that the
    window reads; a long sentence has several windows.
    """

    ids: Ints
    cases: Ints
    segments: Ints
    starts: Ints
    ends: Ints
    opens_word: NDArray[np.bool_]
    first: int
    sentence: int

    def __len__(self) -> int:
        return len(self.ids)

    def tokens_of(self, span: Span) -> slice | None:
        """The tokens that overlap a span of the text, or None where the window holds none of it."""
        inside = np.flatnonzero((self.starts < span.end) & (self.ends > span.start))
        return slice(int(inside[0]), int(inside[-1]) + 1) if len(inside) else None


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows padded to one length: int64 arrays of shape (n_windows, max_tokens); `mask` is 1 on tokens, 0 on padding."""

    ids: Ints
    cases: Ints
    segments: Ints
    mask: Ints

    def __post_init__(self) -> None:
        shapes = {a.shape for a in (self.ids, self.cases, self.segments, self.mask)}
        if len(shapes) != 1 or self.ids.ndim != 2:
            raise ValueError(f"a batch needs four arrays of one shape (n_windows, max_tokens), not {shapes}")


def tokenize(text: str, spans: Sequence[Span], tokenizer: Tokenizer) -> list[Tokens]:
    """The tokens of each span of `text`, without special tokens and without truncation."""
    encodings = tokenizer.encode_batch([text[s.start : s.end] for s in spans], add_special_tokens=False)
    return [_tokens(text, span.start, encoding) for span, encoding in zip(spans, encodings, strict=True)]


def _tokens(text: str, offset: int, encoding: Encoding) -> Tokens:
    bounds = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2) + offset
    opens = np.array([not token.startswith("##") for token in encoding.tokens], dtype=np.bool_)
    cases = np.zeros(len(opens), dtype=np.int64)
    heads = [*np.flatnonzero(opens), len(opens)]
    for head, after in pairwise(heads):
        cases[head:after] = case_of(text[bounds[head, 0] : bounds[after - 1, 1]])
    return Tokens(np.array(encoding.ids, dtype=np.int64), cases, bounds[:, 0], bounds[:, 1], opens)


def case_of(word: str) -> int:
    """The letter case that an uncased vocabulary hides: NO_CASE where the word has no cased letter."""
    if word.islower():
        return LOWER
    if word.isupper():
        return UPPER if len(word) > 1 else TITLE
    if word.istitle():
        return TITLE
    return MIXED if word.upper() != word.lower() else NO_CASE


def windows(text: str, sentences: Sequence[Span], tokenizer: Tokenizer) -> list[Window]:
    """One window a sentence, or several for a sentence of more than MAX_SENTENCE_TOKENS; in reading order."""
    runs = tokenize(text, sentences, tokenizer)
    found: list[Window] = []
    for i, run in enumerate(runs):
        before = [part for part in runs[max(0, i - CONTEXT_SENTENCES) : i] if len(part)]
        for start, end in _pieces(run):
            cut_off = [run.cut(0, start)] if start else before
            found.append(_window(cut_off, run.cut(start, end), sentence=i, tokenizer=tokenizer))
    return found


def pair_window(text: str, spans: Sequence[Span], tokenizer: Tokenizer, *, context: str = "") -> Window:
    """The window of a given pair: `text` whole, or as much around its spans as the encoder takes.

    Offsets are of `text`; the tokens of `context`, the text before it, have the offsets of special tokens. Raises SpanLost where the
    spans stand too far apart.
    """
    (run,) = tokenize(text, [Span(0, len(text))], tokenizer)
    if len(run) > MAX_PAIR_TOKENS:
        places = [window_slice(run, span, shift=0) for span in spans]
        first, last = min(p.start for p in places), max(p.stop for p in places)
        if last - first > MAX_PAIR_TOKENS:
            raise SpanLost(f"the pair stands {last - first} tokens apart; {MAX_PAIR_TOKENS} is the most that the encoder takes")
        start = max(0, min(first - (MAX_PAIR_TOKENS - (last - first)) // 2, len(run) - MAX_PAIR_TOKENS))
        run = run.cut(start, start + MAX_PAIR_TOKENS)
    before = tokenize(context, [Span(0, len(context))], tokenizer) if context.strip() else []
    outside = [replace(b, starts=np.full_like(b.starts, -1), ends=np.full_like(b.ends, -1)) for b in before]
    return _window(outside, run, sentence=0, tokenizer=tokenizer)


def named_window(text: str, names: Sequence[str], tokenizer: Tokenizer) -> tuple[Window, list[slice]]:
    """A window whose "text before" is a list of names, and where each name's tokens stand in it.

    This is how a pair is given by names that need not stand in the text. Raises SpanLost where it does not fit.
    """
    whole = "; ".join(names)
    at, spans = 0, []
    for name in names:
        spans.append(Span(at, at + len(name)))
        at += len(name) + 2
    (before,) = tokenize(whole, [Span(0, len(whole))], tokenizer)
    (run,) = tokenize(text, [Span(0, len(text))], tokenizer)
    if len(before) > MAX_CONTEXT_TOKENS or len(run) > MAX_PAIR_TOKENS:
        raise SpanLost(f"{len(run)} tokens of text and {len(before)} of names are more than the encoder takes")
    window = _window([before], run, sentence=0, tokenizer=tokenizer)
    places = [window_slice(before, span, shift=1) for span in spans]
    return window, places


def window_slice(run: Tokens, span: Span, *, shift: int) -> slice:
    """Where the tokens of `span` stand in a window in which `run` begins at token `shift`. Raises SpanLost where there are none."""
    inside = np.flatnonzero((run.starts < span.end) & (run.ends > span.start))
    if not len(inside):
        raise SpanLost(f"characters {span.start} to {span.end} hold no token")
    return slice(int(inside[0]) + shift, int(inside[-1]) + 1 + shift)


def _pieces(run: Tokens) -> Iterable[tuple[int, int]]:
    start = 0
    while len(run) - start > MAX_SENTENCE_TOKENS:
        end = start + MAX_SENTENCE_TOKENS
        while end > start + 1 and not run.opens_word[end]:
            end -= 1
        yield start, end
        start = end
    if len(run) > start:
        yield start, len(run)


def _window(before: Sequence[Tokens], run: Tokens, *, sentence: int, tokenizer: Tokenizer) -> Window:
    cls, sep = (tokenizer.token_to_id(token) or 0 for token in ("[CLS]", "[SEP]"))
    one = np.array([-1], dtype=np.int64)

    def joined(name: str, special: tuple[int, int, int]) -> Ints:
        context = np.concatenate([getattr(part, name) for part in before])[-MAX_CONTEXT_TOKENS:] if before else one[:0]
        edges = [np.array([value], dtype=np.int64) for value in special]
        return np.concatenate([edges[0], context, edges[1], getattr(run, name), edges[2]])

    ids = joined("ids", (cls, sep, sep))
    first = len(ids) - len(run) - 1
    segments = np.zeros(len(ids), dtype=np.int64)
    segments[first:] = 1
    return Window(
        ids=ids,
        cases=joined("cases", (NO_CASE, NO_CASE, NO_CASE)),
        segments=segments,
        starts=joined("starts", (-1, -1, -1)),
        ends=joined("ends", (-1, -1, -1)),
        opens_word=joined("opens_word", (1, 1, 1)).astype(np.bool_),
        first=first,
        sentence=sentence,
    )


def pad(rows: Sequence[Window]) -> Batch:
    """Windows as one batch, in the given order, padded with zeros to the longest."""
    width = max(len(row) for row in rows)

    def stack(name: str) -> Ints:
        out = np.zeros((len(rows), width), dtype=np.int64)
        for i, row in enumerate(rows):
            out[i, : len(row)] = getattr(row, name)
        return out

    mask = (np.arange(width) < np.array([len(row) for row in rows])[:, None]).astype(np.int64)
    return Batch(ids=stack("ids"), cases=stack("cases"), segments=stack("segments"), mask=mask)


def roles(window: Window, actor: Sequence[Span], target: Sequence[Span], *, width: int) -> Ints:
    """The role of each token of a padded row: int64, shape (width,).

    An actor that the sentence does not name is looked for in the text before it. Raises SpanLost where the target, or an
    actor that was given, has no token in the window.
    """
    out = np.zeros(width, dtype=np.int64)
    for bit, spans in ((ACTOR, actor), (TARGET, target)):
        places = [place for span in spans if (place := window.tokens_of(span)) is not None]
        if spans and not places:
            raise SpanLost(f"no token of {'the actor' if bit == ACTOR else 'the target'} stands in the window")
        here = [place for place in places if place.stop > window.first]
        for place in here or places:
            out[place] |= bit
    return out


def kept_tokens(window: Window, marked: Ints) -> Ints:
    """The tokens of a window that the upper layers see of a pair: [CLS], whatever has a role, the sentence and its [SEP].

    The text before has done its work in the lower layers; without it a pair costs half. int64, ascending.
    """
    keep = marked[: len(window)] != NO_ROLE
    keep[0] = True
    keep[window.first :] = True
    return np.flatnonzero(keep)
