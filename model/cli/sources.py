"""From what stands on the command line to articles, one at a time; what cannot be read is named, and the rest goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.articles import read_path, read_stream, walk
from model.records import Article, RejectedInput

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Failure:
    """Input that gave no article: where it stands, a stable word for the reason, and what a person needs to know."""

    where: str
    reason: str
    detail: str


def articles(paths: Sequence[str], *, file_done: Callable[[], None]) -> Iterator[Article | Failure]:
    """All articles below `paths` in order; holds one at a time. `file_done` is called after each file."""
    for name in paths:
        if name == STDIN:
            yield from _named("standard input", read_stream(sys.stdin.buffer))
            file_done()
            continue
        found = False
        for file in _files(name):
            found = True
            if isinstance(file, Failure):
                yield file
            else:
                yield from _read(file)
                file_done()
        if not found:
            yield Failure(name, "no-files", "the folder holds no .txt, .json, .jsonl or .html file (or .gz of these)")


def count_files(paths: Sequence[str]) -> int:
    """How many files `articles` will come by, for a progress bar."""
    return sum(1 if name == STDIN else sum(isinstance(file, Path) for file in _files(name)) for name in paths)


def _files(name: str) -> Iterator[Path | Failure]:
    try:
        Path(name).stat()
        yield from walk([Path(name)])
    except OSError as error:
        yield Failure(name, "unreadable", error.strerror or str(error))


def _read(file: Path) -> Iterator[Article | Failure]:
    try:
        yield from _named(str(file), read_path(file))
    except OSError as error:
        yield Failure(str(file), "unreadable", error.strerror or str(error))


def _named(where: str, items: Iterator[Article | RejectedInput]) -> Iterator[Article | Failure]:
    for item in items:
        yield Failure(where, item.reason, item.detail) if isinstance(item, RejectedInput) else item
