"""Readings as one page that opens from disk: no script, no other file, no host; all text of others is escaped.

The page is written piece by piece (head, articles, foot), so that its size is not bounded by memory.
"""

from __future__ import annotations

import re
import textwrap
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from importlib import resources
from itertools import pairwise

from model.cli.common import counted
from model.records import Evidence, Reading, Span, Stance

_ARTICLES = "<!-- articles -->\n"
_SUMMARY = "<!-- summary -->"
_MATRIX = "<!-- matrix -->"
SIGNS = {"support": "+", "oppose": "−", "neutral": "·"}
UNSURE = 0.6  # below it a stance is drawn as uncertain
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
# What HTML cannot hold even as a reference: control codes but tab and line ends, lone surrogates, the two non-characters.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run [start, end) of the text under the same evidence, the surest first; `read` is False outside all sentences."""

    start: int
    end: int
    shown: tuple[tuple[Stance, Evidence], ...]
    read: bool


def head() -> str:
    """The page down to the first article."""
    return _template()[0]


def foot(articles: int, stances: int, matrix: str = "") -> str:
    """The page from the last article to its end; `matrix` as crossings.table draws it."""
    summary = f"<p>{counted(articles, 'article')}, {counted(stances, 'stance')}. Made by Standpoint.</p>"
    return _template()[1].replace(_SUMMARY, summary).replace(_MATRIX, matrix)


def section(reading: Reading, number: int) -> str:
    """One article: its stances, and its text with the evidence marked. `number` keeps anchors apart on the page."""
    article = reading.article
    names = {entity.id: entity.name for entity in reading.entities}
    language = f' lang="{article.language}"' if article.language and _LANGUAGE.fullmatch(article.language) else ""
    about = " · ".join(safe(part) for part in (article.source, (article.published_at or "")[:10], article.id) if part)
    warnings = "".join(f'<p class="soft">Note: {safe(warning)}</p>\n' for warning in reading.warnings)
    return (
        f'<article aria-labelledby="a{number}">\n<h2 id="a{number}" dir="auto"{language}>{safe(article.title or article.id)}</h2>\n'
        f'<p class="soft">{about}</p>\n{warnings}<div class="columns">\n'
        f"<aside>{_stances(reading, number, names)}\n"
        f'<p class="soft">Read by {safe(reading.model.name)} {safe(reading.model.revision[:19])}</p></aside>\n'
        f'<div class="text" dir="auto"{language}>{"".join(_text(reading, number, names))}</div>\n</div>\n</article>\n'
    )


def safe(text: str) -> str:
    """Text of others as HTML text or attribute value."""
    return escape(_UNFIT.sub("\ufffd", text), quote=True)


def pieces(reading: Reading) -> Iterator[Piece]:
    """The whole text, cut where evidence or a sentence begins or ends."""
    pairs = [(stance, evidence) for stance in reading.stances for evidence in stance.evidence]
    pairs.sort(key=lambda pair: -pair[1].confidence)
    sentences = sorted(reading.sentences)
    starts = [sentence.start for sentence in sentences]
    spans = [*sentences, *(evidence.span for _, evidence in pairs)]
    cuts = sorted({0, len(reading.article.text), *(s.start for s in spans), *(s.end for s in spans)})
    for start, end in pairwise(cuts):
        shown = tuple(pair for pair in pairs if pair[1].span.start <= start and end <= pair[1].span.end)
        before = bisect(starts, start)
        yield Piece(start, end, shown, read=before > 0 and end <= sentences[before - 1].end)


def _text(reading: Reading, number: int, names: dict[str, str]) -> Iterator[str]:
    ends = {end for stance in reading.stances for end in (stance.actor, stance.target)}
    named = sorted(mention.span for entity in reading.entities if entity.id in ends for mention in entity.mentions)
    for piece in pieces(reading):
        text = "".join(_underlined(reading.article.text, piece, named))
        if piece.shown:
            yield _mark(text, piece, f"a{number}s{piece.start}", names)
        else:
            yield text if piece.read or not text.strip() else f'<span class="unread">{text}</span>'


def _underlined(text: str, piece: Piece, named: list[Span]) -> Iterator[str]:
    """The piece's text with the outermost mentions in it underlined."""
    at = piece.start
    for span in named[bisect(named, Span(piece.start, piece.start + 1), key=lambda s: Span(s.start, s.start + 1)) - 1 if named else 0 :]:
        if span.start >= piece.end:
            break
        start, end = max(span.start, at), min(span.end, piece.end)
        if start < end:
            yield f"{safe(text[at:start])}<u>{safe(text[start:end])}</u>"
            at = end
    yield safe(text[at : piece.end])


def _mark(text: str, piece: Piece, anchor: str, names: dict[str, str]) -> str:
    """A marked run of text that can be reached by key, and its tooltip: who stands where in it."""
    tip = "".join(
        f"<span>{_who(stance, names)} {_chip(evidence.attitude)} {evidence.confidence:.2f}</span>" for stance, evidence in piece.shown
    )
    surest = piece.shown[0][1]
    unsure = " unsure" if surest.confidence < UNSURE else ""
    text = f'<span class="sign" aria-hidden="true">{SIGNS[surest.side]}</span>{text}'
    return (
        f'<mark class="{safe(surest.attitude)}{unsure}" tabindex="0" id="{anchor}" aria-describedby="{anchor}t">{text}'
        f'<span class="tip" role="tooltip" id="{anchor}t">{tip}</span></mark>'
    )


def _stances(reading: Reading, number: int, names: dict[str, str]) -> str:
    if not reading.stances:
        return "<h3>Stances</h3><p>No stance was found.</p>"
    items = "".join(_stance(reading, stance, number, names) for stance in reading.stances)
    return f'<h3>{counted(len(reading.stances), "stance")}</h3><ul class="stances">{items}</ul>'


def _stance(reading: Reading, stance: Stance, number: int, names: dict[str, str]) -> str:
    links = "".join(_link(reading, evidence, number) for evidence in stance.evidence)
    return (
        f'<li class="{safe(stance.attitude)}">{_who(stance, names)}<br>{_chip(stance.attitude)} '
        f'<span class="soft">confidence {stance.confidence:.2f}</span><ul class="evidence">{links}</ul></li>\n'
    )


def _link(reading: Reading, evidence: Evidence, number: int) -> str:
    """The beginning of a sentence as a link to where it is marked; evidence always begins a piece of the text."""
    begins = textwrap.shorten(reading.article.text[evidence.span.start : evidence.span.end], 60, placeholder=" …")
    return f'<li><a href="#a{number}s{evidence.span.start}">{safe(begins)}</a></li>'


def _who(stance: Stance, names: dict[str, str]) -> str:
    actor, target = (safe(names.get(end, end)) for end in (stance.actor, stance.target))
    return f"<b>{actor}</b> → <b>{target}</b>"


def _chip(attitude: str) -> str:
    return f'<b class="chip {safe(attitude)}">{safe(attitude)}</b>'


def _template() -> tuple[str, str]:
    """The page before and after its articles."""
    page = resources.files("model.cli").joinpath("report.html").read_text(encoding="utf-8")
    before, _, after = page.partition(_ARTICLES)
    return before, after
