"""Bytes as they come: unpacked while streaming, stopped at the cap, sniffed where no name tells the format."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, Literal

from model.records import RejectedInput

Format = Literal["text", "json", "jsonl", "html"]

# One article, unpacked: about 800,000 words, longer than "War and Peace" (3.2 MB). A news article has 3 to 10 KB.
MAX_ARTICLE_BYTES: Final = 5_000_000
GZIP_MAGIC: Final = b"\x1f\x8b"
_CHUNK: Final = 1 << 16
_PACKED_CHUNK: Final = 1 << 13  # small, so that a bomb is noticed early
# News in JSON Lines packs 3 to 8 times; the same line over and over, some 300 times. deflate's limit is 1,032.
_MAX_RATIO: Final = 400
_LOOKS_LIKE_HTML: Final = re.compile(
    rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|\?xml|html|head|body|title|meta|article|main|section|div|p|h1)\b", re.I | re.S
)


class _Chunks(io.RawIOBase):
    """A raw stream over an iterator of byte chunks; io.BufferedReader gives it read and readline."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._chunks = chunks
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's WriteableBuffer is not public
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


def unpacked(stream: BinaryIO, *, must_be_gzip: bool = False) -> tuple[bytes, BinaryIO]:
    """The first bytes (at most 64 KiB) of what `stream` holds, and a stream of all of it; gzip is unpacked while it is read.

    gzip is known by its first bytes: objects are often stored packed under a plain name. Reading raises RejectedInput:
    "bad-gzip" (cut off, corrupt, or no gzip where it must be), "nested-gzip", "too-large" (a bomb).
    """
    chunks = iter(lambda: stream.read(_PACKED_CHUNK), b"")
    head, chunks = _peek(chunks, len(GZIP_MAGIC))
    if head.startswith(GZIP_MAGIC):
        chunks = inflate(chunks)
        must_be_gzip = False
    if must_be_gzip:
        raise RejectedInput("bad-gzip", "the name ends in .gz, but the bytes are not gzip")
    head, chunks = _peek(chunks, _CHUNK)
    return head[:_CHUNK], io.BufferedReader(_Chunks(chunks), _CHUNK)


def _peek(chunks: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """At least `size` bytes, or all there are; and the chunks as if none had been taken."""
    head = b""
    try:
        while len(head) < size and (chunk := next(chunks, None)) is not None:
            head += chunk
    except RejectedInput as error:  # complete lines before the fault are still good: raise when they have been read
        return head, _then_raise(head, error)
    return head, _chain(head, chunks)


def _chain(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from chunks


def _then_raise(head: bytes, error: RejectedInput) -> Iterator[bytes]:
    yield head
    raise error


def inflate(packed: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack gzip, several members in a row as well, in pieces of at most 64 KiB. Raises RejectedInput as `unpacked` says."""
    engine = zlib.decompressobj(wbits=31)
    taken = given = 0
    for chunk in packed:
        taken += len(chunk)
        while chunk:
            if engine.eof:
                if not chunk.strip(b"\0"):  # tape and disk images pad with zeros
                    break
                engine = zlib.decompressobj(wbits=31)
            piece, chunk = _inflate_some(engine, chunk)  # noqa: PLW2901  what is left of the chunk
            _check_piece(piece, given, taken)
            given += len(piece)
            if piece:
                yield piece
    if not engine.eof:
        raise RejectedInput("bad-gzip", f"the gzip data is cut off after {taken} bytes")


def _inflate_some(engine: zlib._Decompress, chunk: bytes) -> tuple[bytes, bytes]:
    try:
        piece = engine.decompress(chunk, _CHUNK)
    except zlib.error:
        raise RejectedInput("bad-gzip", "the gzip data is corrupt") from None
    return piece, engine.unused_data if engine.eof else engine.unconsumed_tail


def _check_piece(piece: bytes, given: int, taken: int) -> None:
    if not given and piece.startswith(GZIP_MAGIC):
        raise RejectedInput("nested-gzip", "gzip within gzip")
    if given > MAX_ARTICLE_BYTES and given > _MAX_RATIO * taken:
        raise RejectedInput("too-large", f"the gzip data inflates more than {_MAX_RATIO} times: stopped after {given} bytes")


def sniff(head: bytes) -> Format:
    """What format bytes without a telling name have, by their first 64 KiB.

    '{' begins JSON: one article a line if the first line is an object by itself, or does not end within `head`.
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        line, newline, _ = start.partition(b"\n")
        return "jsonl" if line.rstrip().endswith(b"}") or not newline else "json"
    return "html" if _LOOKS_LIKE_HTML.match(start) else "text"


def read_all(stream: BinaryIO) -> bytes:
    """One article's bytes. Raises RejectedInput("too-large") beyond MAX_ARTICLE_BYTES, having read no more than that."""
    data = stream.read(MAX_ARTICLE_BYTES + 1)
    if len(data) > MAX_ARTICLE_BYTES:
        raise RejectedInput("too-large", f"more than {MAX_ARTICLE_BYTES} bytes")
    return data


def read_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | RejectedInput]]:
    """Numbered lines, from 1, blank ones left out. A line beyond MAX_ARTICLE_BYTES is skipped and rejected by itself.

    A fault of the stream itself (gzip) comes as the last item.
    """
    number = 0
    try:
        while line := stream.readline(MAX_ARTICLE_BYTES + 1):
            number += 1
            if len(line) > MAX_ARTICLE_BYTES:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(_CHUNK)
                yield number, RejectedInput("too-large", f"more than {MAX_ARTICLE_BYTES} bytes")
            elif line.strip(b" \t\r\n\xef\xbb\xbf"):
                yield number, line
    except RejectedInput as error:
        yield number + 1, error
