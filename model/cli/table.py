"""Readings as tables for people, one an article."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TextIO

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from model.cli.common import counted, printable
from model.records import Reading, Stance

_PIPED_WIDTH = 120
_LEAST_WIDTH = 40
_NARROW = 100  # below, the sentence stands under its stance and not beside it

# Green for support, red and magenta for opposition, as strong as the attitude; the sign tells the same without colour.
STYLES = {
    "supportive": "bold green",
    "conciliatory": "green",
    "neutral": "dim",
    "ambivalent": "cyan",
    "concerned": "yellow",
    "demanding": "yellow",
    "sceptical": "bright_red",
    "critical": "red",
    "opposed": "bold red",
    "defiant": "bold magenta",
    "threatening": "bold white on red",
}
_SIGNS = {"support": "+", "oppose": "−", "neutral": "·"}


def console_for(stream: TextIO) -> Console:
    """A console as wide as the terminal, or 120 columns where there is none and COLUMNS is not set."""
    width = shutil.get_terminal_size(fallback=(_PIPED_WIDTH, 24)).columns
    return Console(file=stream, width=max(width, _LEAST_WIDTH), highlight=False)


def print_reading(console: Console, reading: Reading) -> None:
    """Title, source and date; then actor, attitude, target, confidence and the sentence that shows it best, a stance each."""
    with console.capture() as captured:
        for part in _parts(reading, narrow=console.width < _NARROW):
            console.print(part)
    lines = captured.get().splitlines()
    console.out("\n".join(line.rstrip() for line in lines), end="\n\n", highlight=False)


def _parts(reading: Reading, *, narrow: bool) -> Iterator[RenderableType]:
    article = reading.article
    about = (article.source, (article.published_at or "")[:10], article.id if article.title else None)
    yield Text(printable(article.title or article.id), style="bold")
    if any(about):
        yield Text(", ".join(printable(part) for part in about if part), style="dim")
    if not reading.stances:
        yield Text("  no stance found", style="dim")
    elif narrow:
        yield from _blocks(reading)
    else:
        yield Padding(_table(reading), (0, 0, 0, 2))
    for warning in reading.warnings:
        yield Text(f"  note: {printable(warning)}", style="yellow")


def _table(reading: Reading) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column("Actor", ratio=3, overflow="fold")
    table.add_column("Attitude", min_width=14, no_wrap=True)
    table.add_column("Target", ratio=3, overflow="fold")
    table.add_column("Conf.", min_width=5, justify="right", no_wrap=True)
    table.add_column("Sentence", ratio=9, overflow="fold")
    for stance in reading.stances:
        actor, target = _ends(reading, stance)
        table.add_row(
            Text(actor), _attitude(stance), Text(target), f"{stance.confidence:.2f}", Text(_sentence(reading, stance), style="dim")
        )
    return table


def _blocks(reading: Reading) -> Iterator[RenderableType]:
    """For a narrow terminal: a line a stance, and its sentence indented under it."""
    for stance in reading.stances:
        actor, target = _ends(reading, stance)
        line = Text(f"{actor}  ").append_text(_attitude(stance)).append(f"  {target}  ").append(f"{stance.confidence:.2f}", style="dim")
        yield Padding(line, (0, 0, 0, 2))
        yield Padding(Text(_sentence(reading, stance), style="dim"), (0, 0, 0, 6))


def _ends(reading: Reading, stance: Stance) -> tuple[str, str]:
    """The names of actor and target."""
    names = {entity.id: entity.name for entity in reading.entities}
    return printable(names.get(stance.actor, stance.actor)), printable(names.get(stance.target, stance.target))


def _attitude(stance: Stance) -> Text:
    return Text(f"{_SIGNS[stance.side]} {stance.attitude}", style=STYLES[stance.attitude])


def _sentence(reading: Reading, stance: Stance) -> str:
    """The sentence of the highest confidence, and how many more there are."""
    best = max(stance.evidence, key=lambda shown: shown.confidence, default=None)
    if best is None:
        return ""
    text = printable(reading.article.text[best.span.start : best.span.end])
    more = len(stance.evidence) - 1
    return f"{text} (+{counted(more, 'sentence')})" if more else text
