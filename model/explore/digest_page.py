"""A digest as text for a terminal, and as one page for a browser or an e-mail: no script, no other file, all text of others escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from model.explore.archive import Named
from model.explore.digest import Digest, Move, Standing

SIGNS = {"support": "+", "oppose": "−", "neutral": "·"}
HEADINGS = {"changed": "Changed sides", "shifted": "Shifted", "new": "New"}
_COLOURS = {"support": ("#d7e7fa", "#1f62ad"), "oppose": ("#fde3cc", "#a8480a"), "neutral": ("#e8eaee", "#5b6473")}
_STYLE = """
body { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; color: #1c2330; background: #fff; }
body { margin: 0 auto; padding: 24px; max-width: 44rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .2em; }
h2 { font-size: 1.1rem; margin: 1.8em 0 .4em; border-bottom: 1px solid #dfe3ea; }
.soft { color: #596273; font-size: .875rem; margin: .2em 0; } ol { list-style: none; padding: 0; } li { margin: 0 0 1.1em; }
blockquote { margin: .3em 0; padding-left: .8em; border-left: 3px solid #dfe3ea; }
.side { padding: 0 .4em; border-radius: 4px; font-weight: 600; white-space: nowrap; }
@media (prefers-color-scheme: dark) {
  body { background: #14181f; color: #e8ebf0; } .soft { color: #a7b0bf; } h2, blockquote { border-color: #343c4a; }
}
@media print { body { max-width: none; padding: 0; } li { break-inside: avoid; } }
"""
_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
"""
_FOOT = """<p class="soft">Read by a model, not by a person: each stance has a confidence, and many are wrong. The sentence is the
evidence. Made by Standpoint.</p>
</body>
</html>
"""


def lines(found: Digest) -> Iterator[str]:
    """The digest for a terminal, a line at a time. What others wrote is not cleaned: see model.cli.common.printable."""
    yield f"{_day(found.since)} to {_day(found.until)}: {_counts(found)}"
    for name, heading in HEADINGS.items():
        moves: Sequence[Move] = getattr(found, name)
        if moves:
            yield ""
            yield f"{heading}{_more(found.left_out[name])}"
            for move in moves:
                yield f"  {move.actor.name} → {move.target.name}: {_turn(move)} ({_articles(move.now)})"
                if (sentence := move.sentence) is not None:
                    yield f"      {move.shown.attitude}, {move.shown.confidence:.0%}: {sentence.text}"
                    yield f"      {_about(move)}"
    if not (found.new or found.changed or found.shifted):
        yield "Nothing moved."
    for heading, top in (("Most heard", found.actors), ("Most spoken of", found.targets)):
        if top:
            yield ""
            yield f"{heading}: {_top(top)}"
    for note in _notes(found):
        yield ""
        yield note


def page(found: Digest) -> str:
    """The digest as HTML."""
    parts = [
        f'<h1>What moved</h1>\n<p class="soft">{_day(found.since)} to {_day(found.until)}: {_counts(found)}</p>',
        *(_section(found, name, heading) for name, heading in HEADINGS.items() if getattr(found, name)),
    ]
    if not (found.new or found.changed or found.shifted):
        parts.append("<p>Nothing moved.</p>")
    for heading, top in (("Most heard", found.actors), ("Most spoken of", found.targets)):
        if top:
            parts.append(f"<h2>{heading}</h2>\n<p>{safe(_top(top))}</p>")
    parts += [f'<p class="soft">{safe(note)}</p>' for note in _notes(found)]
    title = f"<title>What moved, {_day(found.since)} to {_day(found.until)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    return _HEAD + title + "\n".join(parts) + "\n" + _FOOT


def safe(text: str) -> str:
    """Escaped, without what HTML cannot hold: control codes and lone surrogates."""
    kept = "".join(
        c if c in "\n\t" or (c >= " " and not "\x7f" <= c <= "\x9f" and not "\ud800" <= c <= "\udfff") else "\ufffd" for c in text
    )
    return escape(kept)


def _section(found: Digest, name: str, heading: str) -> str:
    items = "\n".join(_item(move) for move in getattr(found, name))
    return f"<h2>{heading}{_more(found.left_out[name])}</h2>\n<ol>\n{items}\n</ol>"


def _item(move: Move) -> str:
    sentence = move.sentence
    quoted = f'<blockquote dir="auto">{safe(sentence.text.strip())}</blockquote>\n' if sentence else ""
    turn = f"{_label(move.before)} → {_label(move.now)}" if move.before else _label(move.now)
    who = f'<strong dir="auto">{safe(move.actor.name)}</strong> toward <strong dir="auto">{safe(move.target.name)}</strong>'
    how = f"{safe(move.shown.attitude)}, {move.shown.confidence:.0%} sure · {safe(_about(move))} · {_articles(move.now)}"
    return f'<li>{who}: {turn}\n{quoted}<p class="soft">{how}</p></li>'


def _label(standing: Standing) -> str:
    # In the element, since mail programs drop style sheets.
    back, ink = _COLOURS[standing.side]
    return (
        f'<span class="side" style="background:{back};color:{ink}">{SIGNS[standing.side]} {standing.side} {standing.polarity:+.2f}</span>'
    )


def _turn(move: Move) -> str:
    now = f"{SIGNS[move.now.side]} {move.now.side} {move.now.polarity:+.2f}"
    return f"{move.before.side} {move.before.polarity:+.2f} → {now}" if move.before else now


def _about(move: Move) -> str:
    row = move.shown
    return " · ".join(part for part in (row.title or row.article_id, row.publisher, (row.published_at or "")[:10]) if part)


def _counts(found: Digest) -> str:
    return f"{_counted(found.articles, 'article')}, {_counted(found.stances, 'stance')}"


def _articles(standing: Standing) -> str:
    return f"{_counted(standing.stances, 'stance')} in {_counted(standing.articles, 'article')}"


def _notes(found: Digest) -> Iterator[str]:
    if found.undated:
        yield f"{_counted(found.undated, 'article')} without a date of publication: in no period."
    if found.later:
        yield f"{_counted(found.later, 'article')} dated {_day(found.until)} or later: left out."
    if found.limited:
        yield f"Only the newest stances were looked at of {', '.join(found.limited)}: what is new here may be older."


def _top(top: Sequence[tuple[Named, int]]) -> str:
    return ", ".join(f"{named.name} ({n})" for named, n in top)


def _more(left_out: int) -> str:
    return f" (and {left_out:,} more)" if left_out else ""


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _day(moment: str) -> str:
    return moment[:10] if moment.endswith("T00:00:00Z") or len(moment) <= 10 else moment[:16].replace("T", " ")
