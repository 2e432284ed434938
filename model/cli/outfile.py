"""Output files that hold whole records only, whatever ends the run, and can be gone on with.

Each record (a reading's line, an article's rows) is appended in one piece or not at all. A kill or a power cut can still
leave half a line at the end: `--resume` finds it and drops it.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from model.cli.common import CannotStart, OutputFailed

Start = Literal["new", "overwrite", "resume"]


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a file already holds: ids of whole articles; bytes that are good (the rest is cut off).

    Of a .csv, nothing tells whether the last article has all its rows: it is read again. Its rows are kept aside in `tail`,
    to be put back should the run not come by `tail_id`.
    """

    ids: frozenset[str] = frozenset()
    size: int = 0
    unfinished: bool = False  # the last line is good, and lacks its newline
    tail: bytes = b""
    tail_id: str | None = None


class OutFile:
    """Append-only, unbuffered; use as a context manager. `recovered` is what stood in it before."""

    def __init__(self, path: Path, start: Start, recovered: Recovered) -> None:
        self.path = path
        self.recovered = recovered
        try:
            self._file = path.open({"new": "xb", "overwrite": "wb", "resume": "r+b"}[start], buffering=0)
        except OSError as error:
            raise CannotStart(f"cannot write {path}: {error.strerror}") from error
        self._size = recovered.size
        self._file.truncate(self._size)
        self._file.seek(self._size)
        if recovered.unfinished:
            self.append(b"\n")

    @property
    def empty(self) -> bool:
        return self._size == 0

    def append(self, record: bytes) -> None:
        """Write all of `record`; where that is cut short (disk full, Ctrl-C), take back what was written of it."""
        whole = self._size + len(record)
        at = self._size
        try:
            while at < whole:
                at += self._file.write(record[at - self._size :])
            self._size = whole
        except OSError as error:
            raise OutputFailed(f"cannot write {self.path}: {error.strerror}; what stands in it is whole") from error
        finally:
            if self._size != whole:
                self._file.truncate(self._size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._file.close()


def refuse_existing(path: Path, start: Start, *, resumable: bool = True) -> None:
    """Raise CannotStart where `path` exists and the user did not say what shall become of it."""
    if path.is_dir():
        raise CannotStart(f"{path} is a folder, not a file")
    if start == "new" and path.exists():
        ways = "--resume to go on with it, or --overwrite" if resumable else "--overwrite"
        raise CannotStart(f"{path} exists already; give {ways} to replace it")


def recover_jsonl(path: Path) -> Recovered:
    """Readings that stand whole in a .jsonl file. Raises CannotStart where the file holds anything else."""
    ids: set[str] = set()
    size = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            ended = line.endswith(b"\n")
            article_id = _id_of(line)
            if article_id is None and line.strip():
                if not ended:
                    return Recovered(frozenset(ids), size)  # cut off by a kill
                raise CannotStart(f"cannot resume {path}: line {number} is not a reading; mend it, or start anew with --overwrite")
            if article_id is not None:
                ids.add(article_id)
            size += len(line)
            if not ended:
                return Recovered(frozenset(ids), size, unfinished=True)
    return Recovered(frozenset(ids), size)


def recover_csv(path: Path, columns: tuple[str, ...]) -> Recovered:
    """Articles whose rows stand whole in a .csv file. Raises CannotStart where it is not a file of these columns."""
    ids: set[str] = set()
    size = 0
    tail: list[bytes] = []
    last: str | None = None
    csv.field_size_limit(sys.maxsize)  # a sentence may be longer than the module's 128 KiB
    with path.open("rb") as file:
        for row in _rows(file):
            if not row.endswith(b"\n") or row.count(b'"') % 2:
                return Recovered(frozenset(ids), size)  # cut off by a kill, and its article with it
            cells = next(csv.reader([row.decode("utf-8", "replace")]))
            if size == 0:
                if tuple(cells) != columns:
                    raise CannotStart(f"cannot resume {path}: its first row is not {','.join(columns)}")
                size = len(row)
                continue
            if last is not None and cells[0] != last:
                ids.add(last)
                size += sum(map(len, tail))
                tail.clear()
            last = cells[0]
            tail.append(row)
    return Recovered(frozenset(ids), size, tail=b"".join(tail), tail_id=last)


def _rows(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Rows of a .csv file as bytes, so that their sizes add up; inside quotes, a line's end is part of the value."""
    parts: list[bytes] = []
    quotes = 0
    for line in lines:
        parts.append(line)
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            yield b"".join(parts)
            parts.clear()
    if parts:
        yield b"".join(parts)


def _id_of(line: bytes) -> str | None:
    """The article_id of a reading's line; None where the line is not a reading."""
    try:
        reading: Any = json.loads(line)
    except ValueError:
        return None
    article_id = reading.get("article_id") if isinstance(reading, dict) else None
    return article_id if isinstance(article_id, str) else None
