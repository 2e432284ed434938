"""Sentences of the paragraphs that are to be read, by exact offset.

nupunkt (Punkt, pure Python) does the work with the vocabulary of model/abbreviations.py. Three thin rules follow: a piece that
cannot begin a sentence joins the one before it, a bare clock time joins the one after it, and two quotations in a row part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from nupunkt import PunktParameters, PunktSentenceTokenizer

from model.abbreviations import ABBREVIATIONS, BREAK_RATES, COLLOCATIONS, SENTENCE_STARTERS
from model.records import Span

# Punctuation that goes on, a dateline's "(AP) —", or a lower-case letter (“No!” he said) unless a name begins with it.
_GOES_ON: Final = re.compile(r"[,;:)\]}…]|[—–-]\s|\([A-Z]{2,10}\) [—–-]")
_LOWER_CASE_NAME: Final = re.compile(r"(?:al|el|an|as|ad)-|[ie][A-Z]")
_SAYS_WHO: Final = re.compile(r"(?:[A-Z][\w.'’-]+ ){1,3}(?:said|says|asked|added|wrote|told|cried|shouted)\b")
_CLOSED_EXCLAMATION: Final = re.compile(r"[!?]['\"’”]$")
# Initials written together (K.T.) and joined ranks (Maj.-Gen.), which Punkt's vocabulary cannot hold.
_BEFORE_NAME: Final = re.compile(r"(?:\b(?:[A-Z]\.){2,}|\.-[A-Z][a-z]{2,4}\.)$")
_CLOCK: Final = re.compile(r"\(?\d{1,2}[:.]\d\d ?(?:[ap]\.m\.)?")
# Two quotations in a row; a quotation that ends in an initial ("an F."); an initial before a word that begins sentences.
_GAP: Final = re.compile(r"(?<=”)\s+(?=“)|(?<=[A-Z]\.[\"”])\s+(?=[A-Z“])|(?<=\s[A-Z]\.)\s+(?=(?P<next>[A-Z][a-z]+)\b)")
_WORD: Final = re.compile(r"[\w'’]+")
_BLANK: Final = re.compile(r"\s")
# No word is this long. Punkt needs quadratic time for ".”.”.” …" without blanks: such a run is masked, one for one.
_ENDLESS_WORD: Final = re.compile(r"(?<!\S)\S{500,}")
_TAIL: Final = 24  # characters: the longest that _BEFORE_NAME and _CLOSED_EXCLAMATION look back


@lru_cache(maxsize=1)
def _punkt() -> PunktSentenceTokenizer:
    parameters = PunktParameters(
        abbrev_types=set(ABBREVIATIONS),
        collocations=set(COLLOCATIONS),
        sent_starters=set(SENTENCE_STARTERS),
        abbrev_break_rates=dict(BREAK_RATES),
    )
    return PunktSentenceTokenizer(parameters)


def split_sentences(text: str, paragraphs: Sequence[Span]) -> tuple[Span, ...]:
    """The sentences of `paragraphs`, in their order, as spans of `text` without outer blanks.

    No sentence crosses a paragraph's end; a paragraph's line breaks are blanks like any other. Blank paragraphs give nothing.
    """
    return tuple(span for paragraph in paragraphs for span in _of_paragraph(text, paragraph))


def _of_paragraph(text: str, paragraph: Span) -> Iterator[Span]:
    """One character for one: line breaks become spaces, so that offsets in the paragraph stay offsets in the text."""
    flat = _BLANK.sub(" ", text[paragraph.start : paragraph.end])
    flat = _ENDLESS_WORD.sub(lambda run: "x" * len(run[0]), flat)
    for start, end in _parted(flat, _joined(flat, _punkt().span_tokenize(flat))):
        piece = flat[start:end]
        bare = piece.strip()
        if bare:
            first = paragraph.start + start + len(piece) - len(piece.lstrip())
            yield Span(first, first + len(bare))


def _joined(text: str, pieces: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join a piece that goes on to the one before it, and a bare clock time to the one after it."""
    start = end = -1
    for piece_start, piece_end in pieces:
        if start >= 0 and not (_goes_on(text, piece_start, text[max(start, end - _TAIL) : end]) or _CLOCK.fullmatch(text, start, end)):
            yield start, end
            start = -1
        start, end = piece_start if start < 0 else start, piece_end
    if start >= 0:
        yield start, end


def _goes_on(text: str, start: int, before: str) -> bool:
    """Whether what begins at `start` continues the sentence whose last characters are `before`."""
    if _GOES_ON.match(text, start):
        return True
    first = start + text.startswith(("(", "["), start)
    if text[first : first + 1].islower():
        return not _LOWER_CASE_NAME.match(text, first)
    if _CLOSED_EXCLAMATION.search(before):
        return _SAYS_WHO.match(text, start) is not None
    return _BEFORE_NAME.search(before) is not None and text[start].isupper() and not _begins_sentence(text, start)


def _begins_sentence(text: str, start: int) -> bool:
    word = _WORD.match(text, start)
    return word is not None and word[0].lower() in SENTENCE_STARTERS


def _parted(text: str, pieces: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Part a piece at the sentence ends that Punkt takes for initials or does not see (_GAP)."""
    for start, end in pieces:
        at = start
        for gap in _GAP.finditer(text, start, end):
            if gap["next"] is None or gap["next"].lower() in SENTENCE_STARTERS:
                yield at, gap.start()
                at = gap.end()
        yield at, end
