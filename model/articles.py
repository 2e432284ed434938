"""From bytes to articles: .txt, .json, .jsonl and .html, plain or gzip. What cannot be read is a result too, not an error.

Every way in yields `Article | RejectedInput` in the input's order and holds one article at a time.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from model.dates import to_utc
from model.decode import WIDE_BOMS, charset_in_page, decode
from model.records import Article, RejectedInput, Span
from model.streams import Format, read_all, read_lines, sniff, unpacked
from model.webpage import reduce_page

SUFFIXES: Final[Mapping[str, Format]] = {".txt": "text", ".json": "json", ".jsonl": "jsonl", ".html": "html", ".htm": "html"}
MEDIA_TYPES: Final[Mapping[str, Format]] = {
    "text/plain": "text",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/json": "json",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
    "application/x-jsonlines": "jsonl",
}
_FIELDS: Final = ("text", "html", "title", "published_at", "source", "url", "language", "id")
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.I)
_HALF_PAIR: Final = re.compile(r"[\ud800-\udfff]")
# A title is one short line without a full stop, and a blank line follows. Headlines run to some 110 characters.
_TITLE: Final = re.compile(r"\s*(\S[^\r\n]{0,149})(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)(?=\s*\S)")
_ENDS_SENTENCE: Final = re.compile(r"[.;,:][\"'”’)]*\s*$")


def parse_articles(
    data: bytes, *, name: str, default_id: str, media_type: str | None = None, charset: str | None = None
) -> Iterator[Article | RejectedInput]:
    """The articles in `data`: one, but for .jsonl (one a line, and a bad line is rejected by itself).

    The format is that of `name`'s suffix, else of `media_type` ("text/html; charset=utf-8"), else sniffed. gzip is known by
    its bytes. `charset` is the declared one, if any. An article without an id of its own gets `default_id`, in .jsonl with
    "#" and the line's number. Raises nothing: whatever is wrong with the input is yielded.
    """
    form = _format_of(name) or MEDIA_TYPES.get((media_type or "").partition(";")[0].strip().lower())
    if charset is None and media_type and (found := _CHARSET.search(media_type)):
        charset = found[1]
    return _read(io.BytesIO(data), form, default_id, charset=charset, must_be_gzip=name.lower().endswith(".gz"))


def read_path(path: Path, *, default_id: str | None = None) -> Iterator[Article | RejectedInput]:
    """The articles of one file, while it is read: memory is bounded by one article. Raises OSError where it cannot be read.

    `default_id` is the path as given, with forward slashes, unless another is named.
    """
    with path.open("rb") as stream:
        yield from _read(
            stream, _format_of(path.name), default_id or path.as_posix(), charset=None, must_be_gzip=path.name.lower().endswith(".gz")
        )


def read_stream(stream: BinaryIO, *, default_id: str = "-") -> Iterator[Article | RejectedInput]:
    """The articles of a stream without a name (standard input), while it is read; the format is sniffed."""
    return _read(stream, None, default_id, charset=None, must_be_gzip=False)


def walk(paths: Iterable[Path]) -> Iterator[Path]:
    """The files to read: each path that is a file, whatever its name, and of each folder those with a known suffix.

    Folders are walked in sorted order, one folder's names in memory at a time; hidden files and folders are left out, and
    links to folders are not followed. Raises FileNotFoundError for a path that does not exist.
    """
    for path in paths:
        if path.is_dir():
            yield from _walk_folder(path)
        elif path.exists():
            yield path
        else:
            raise FileNotFoundError(path)


def _walk_folder(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        visible = sorted((e.name, e.is_dir(follow_symlinks=False)) for e in entries if not e.name.startswith("."))
    for name, is_folder in visible:
        if is_folder:
            yield from _walk_folder(folder / name)
        elif _format_of(name) and (folder / name).is_file():
            yield folder / name


def _format_of(name: str) -> Format | None:
    path = Path(name.lower().removesuffix(".gz"))
    return SUFFIXES.get(path.suffix)


def _read(
    stream: BinaryIO, form: Format | None, default_id: str, *, charset: str | None, must_be_gzip: bool
) -> Iterator[Article | RejectedInput]:
    try:
        head, stream = unpacked(stream, must_be_gzip=must_be_gzip)
        form = form or sniff(head)
        if form != "jsonl":
            yield _one(read_all(stream), form, default_id, charset)
            return
        if head.startswith(WIDE_BOMS):
            raise RejectedInput("charset", "JSON Lines must be UTF-8, not UTF-16 or UTF-32")
    except RejectedInput as error:
        yield error
        return
    yield from _lines(stream, default_id, charset)


def _lines(stream: BinaryIO, default_id: str, charset: str | None) -> Iterator[Article | RejectedInput]:
    empty = True
    for number, line in read_lines(stream):
        empty = False
        try:
            if isinstance(line, RejectedInput):
                raise line
            yield _one(line, "json", f"{default_id}#{number}", charset)
        except RejectedInput as error:
            yield RejectedInput(error.reason, f"line {number}: {error.detail.removeprefix('line 1 ')}")
    if empty:
        yield RejectedInput("empty", "no line holds an article")


def _one(data: bytes, form: Format, default_id: str, charset: str | None) -> Article:
    """One article of any format but .jsonl. Raises RejectedInput."""
    if not data.strip():
        raise RejectedInput("empty", "no text, only blanks" if data else "no bytes")
    if form == "html":
        charset = charset or charset_in_page(data)
    text, warnings = decode(data, declared=charset)
    if form == "json":
        article = from_fields(_load(text), default_id)
    elif form == "html":
        article = _from_page(text, default_id)
    else:
        title = _title_line(text)
        article = Article(default_id, text, title=text[title.start : title.end] if title else None, title_span=title)
    if not article.text.strip():
        raise RejectedInput("empty", "no text, only blanks")
    return replace(article, warnings=warnings + article.warnings)


def _title_line(text: str) -> Span | None:
    found = _TITLE.match(text)
    if not found or _ENDS_SENTENCE.search(found[1]):
        return None
    return Span(found.start(1), found.start(1) + len(found[1].rstrip()))


def _from_page(markup: str, default_id: str) -> Article:
    page = reduce_page(markup)
    return Article(
        id=default_id,
        text=page.text,
        title=page.title,
        published_at=to_utc(page.date) if page.date else None,
        source=page.source,
        url=page.url,
        language=page.language,
        title_span=page.title_span,
    )


def _load(text: str) -> dict[str, object]:
    """The one JSON object in `text`. Raises RejectedInput("bad-json") and says where."""
    try:
        value = json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise RejectedInput("bad-json", f"line {error.lineno} column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise RejectedInput("bad-json", "nested too deeply") from None
    except RejectedInput:  # a ValueError too
        raise
    except ValueError:  # an integer of thousands of digits
        raise RejectedInput("bad-json", "a number that is too long") from None
    if not isinstance(value, dict):
        raise RejectedInput("bad-json", "an article must be a JSON object (one a line in .jsonl)")
    return value


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise RejectedInput("bad-json", "a key stands twice in one object")
    return fields


def _no_constant(name: str) -> object:
    raise RejectedInput("bad-json", f"{name} is not JSON")


def from_fields(fields: dict[str, object], default_id: str) -> Article:
    """An article from the fields of the contract; others are passed over. Raises RejectedInput("bad-field") by name."""
    given = {name: _string(name, fields.get(name)) for name in _FIELDS}
    text, html = given["text"], given["html"]
    if (text is None) == (html is None):
        raise RejectedInput("bad-field", "text, html: one of the two must be there, and only one")
    article = Article(default_id, text) if text is not None else _from_page(html or "", default_id)
    article = replace(
        article,
        id=_said(given["id"]) or article.id,
        title=_said(given["title"]) or article.title,
        source=_said(given["source"]) or article.source,
        url=_said(given["url"]) or article.url,
        language=_said(given["language"]) or article.language,
    )
    return _dated(article, _said(given["published_at"]))


def _dated(article: Article, published_at: str | None) -> Article:
    """A date that cannot be read costs only itself: the article is still worth reading."""
    if published_at is None:
        return article
    moment = to_utc(published_at)
    warnings = () if moment else ("published_at: not an ISO 8601 date, left out",)
    return replace(article, published_at=moment, warnings=article.warnings + warnings)


def _said(value: str | None) -> str | None:
    """A field that is there and not blank."""
    return (value or "").strip() or None


def _string(name: str, value: object) -> str | None:
    """A field's value; null is absent, and an id may be a whole number. Raises RejectedInput, naming the field."""
    if name == "id" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is not None and not isinstance(value, str):
        raise RejectedInput("bad-field", f"{name}: must be a string")
    if value is not None and "\0" in value:
        raise RejectedInput("binary", f"{name}: NUL characters")
    if value is not None and _HALF_PAIR.search(value):
        raise RejectedInput("bad-json", f"{name}: half of a surrogate pair")
    return value
