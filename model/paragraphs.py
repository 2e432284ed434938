"""Where the paragraphs of a text stand, whether blank lines part them or single line breaks, and with hard-wrapped lines joined.

Hard-wrapped text breaks each line where the next word would not fit any more. So a line break is only layout where the line
and the next line's first word together are wider than the text; anywhere else it ends a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from model.records import Span

_LINE: Final = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
_BREAK: Final = re.compile(r"\r\n|[\n\r\v\x85\u2028]")
_PARAGRAPH_MARKS: Final = re.compile(r"[\f\u2029]")
# Characters. Mail and agencies wrap at 65 to 80, editors at up to 120; below 40, lines are headings or verse.
_NARROWEST: Final = 40
_WIDEST: Final = 120
_FULL: Final = 0.75  # of the width: how long a wrapped line is at least, unless a paragraph ends
_FIRST_WORD: Final = re.compile(r"\S+")
_SENTENCE_END: Final = re.compile(r"[.!?…:][\"'”’)\]]*$")


def split_paragraphs(text: str) -> Iterator[Span]:
    """The paragraphs of `text` in order, without outer blanks; one that was hard-wrapped holds its line breaks."""
    lines = [line for found in _LINE.finditer(text) if (line := _trimmed(text, found.start(), found.end()))]
    width = _wrapped_at(text, lines)
    start: int | None = None
    for line, following in zip(lines, [*lines[1:], None], strict=True) if lines else ():
        start = line.start if start is None else start
        if following is None or not _is_layout(text, line, following, width):
            yield Span(start, line.end)
            start = None


def _trimmed(text: str, start: int, end: int) -> Span | None:
    raw = text[start:end]
    bare = raw.strip()
    first = start + len(raw) - len(raw.lstrip())
    return Span(first, first + len(bare)) if bare else None


def _wrapped_at(text: str, lines: Sequence[Span]) -> int | None:
    """The width, in characters, at which the text was hard-wrapped; None where it was not.

    One line in twenty may be wider (an address); half must be about full, and most break in the middle of a sentence.
    """
    if len(lines) < 2:
        return None
    lengths = sorted(line.end - line.start for line in lines)
    width = lengths[int(0.95 * (len(lengths) - 1) + 0.5)]
    full = sum(length >= _FULL * width for length in lengths)
    ended = sum(_SENTENCE_END.search(text, line.start, line.end) is not None for line in lines)
    return width if _NARROWEST <= width <= _WIDEST and full >= len(lines) / 2 and ended <= 0.6 * len(lines) else None


def _is_layout(text: str, line: Span, following: Span, width: int | None) -> bool:
    """Whether the break between two lines is only layout, so that the paragraph goes on."""
    gap = text[line.end : following.start]
    if width is None or len(_BREAK.findall(gap)) != 1 or _PARAGRAPH_MARKS.search(gap):
        return False
    word = _FIRST_WORD.match(text, following.start)
    needed = len(word[0]) if word else 0
    if line.end - line.start + 1 + needed > width:
        return True
    return text[following.start].islower() and not _SENTENCE_END.search(text, line.start, line.end)
