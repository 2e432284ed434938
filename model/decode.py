"""Bytes to text: which character set, and what is no text at all.

Order: a byte order mark; UTF-8, where the bytes are valid UTF-8 and the declared charset is a one-byte set (servers declare
Latin-1 by default, and no real Latin-1 text with accents is valid UTF-8); the declared charset; UTF-8; detection.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from model.records import RejectedInput

_BOMS: Final = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WIDE_BOMS: Final = tuple(mark for mark, name in _BOMS if name != "utf-8-sig")
_MAGIC: Final = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x7fELF",
    b"\xd0\xcf\x11\xe0",  # Word and Excel before 2007
    b"{\\rtf",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",  # zstd
    b"PAR1",
)
# What browsers mean by these labels (WHATWG Encoding Standard).
_LABELS: Final = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254"}
# What detection may choose from; UTF-16 without a mark is binary here. The first row writes with Latin letters.
_LATIN: Final = ("cp1252", "cp1250", "cp1254", "cp1257", "mac_roman")
_OTHER: Final = ("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp949", "shift_jis", "euc_jp", "gb18030", "big5")
_MOST_ACCENTS: Final = 1 / 3  # of the letters; French has 4 in 100
# Signs of a wrong Latin charset: a symbol that begins a word (£ukasz), a small letter before a capital accent (donÕt).
_MISREAD: Final = re.compile(r"[¢£¥¦¨©¬¯±²³´¶¸¹¼½¾¿×÷](?=[a-zà-ÿ])|[a-z][À-ÖØ-Þ]")
_NOT_TEXT: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_MOST_CONTROLS: Final = 0.02  # share of the characters; a few stray ones are only data
_C1: Final = re.compile(r"[\x80-\x84\x86-\x9f]")
_META: Final = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})|^\s*<\?xml[^>]{0,100}?encoding=["']([\w.:-]{1,40})""", re.I
)
_META_WITHIN: Final = 4096  # bytes; browsers look at 1,024


def decode(data: bytes, *, declared: str | None = None) -> tuple[str, tuple[str, ...]]:
    """The text of `data` without its byte order mark, otherwise unchanged, and warnings (a charset that had to be guessed).

    `declared` is the charset that the sender or the page names; an unknown or a wrong one is passed over with a warning.
    Raises RejectedInput: "binary" (a known file format, NUL bytes, control characters) or "charset" (nothing fits).
    """
    if data.startswith(_MAGIC):
        raise RejectedInput("binary", "the bytes are those of a binary file, not of text")
    name = _codec(declared)
    for mark, of_mark in _BOMS:
        if data.startswith(mark):
            return _checked(_strict(data, of_mark)), ()
    wide = name is not None and name.startswith(("utf-16", "utf-32"))
    if not wide and b"\0" in data:
        raise RejectedInput("binary", "NUL bytes")
    if name and (text := _try(data, name if wide or not _is_utf8(data) or _several_bytes(name) else "utf-8")) is not None:
        return _checked(text), ()
    warnings = (f"charset: declared as {declared[:40]!r}, which the bytes are not",) if declared else ()
    if (text := _try(data, "utf-8")) is not None:
        return _checked(text), warnings
    guess = _detect(data)
    return _checked(_strict(data, guess)), (*warnings, f"charset: not declared or wrong, read as {guess}")


def charset_in_page(data: bytes) -> str | None:
    """The charset that an HTML page names in its own first bytes, or None."""
    found = _META.search(data[:_META_WITHIN])
    return (found[1] or found[2]).decode("ascii", "replace") if found else None


def _codec(label: str | None) -> str | None:
    """Python's name for a text charset, with the browsers' reading of Latin-1; None where there is no such charset."""
    try:
        name = codecs.lookup(label.strip()).name if label else None
        if name:
            "".encode(name)  # "base64" and "rot13" are codecs of Python too, but no charsets
    except (LookupError, ValueError, UnicodeError):
        return None
    return _LABELS.get(name, name) if name else None


def _several_bytes(name: str) -> bool:
    """Whether a charset may spend several bytes on a character, so that valid UTF-8 is no proof against it."""
    return not name.startswith(("cp125", "iso8859", "koi8", "mac-", "latin", "cp437", "cp850"))


def _is_utf8(data: bytes) -> bool:
    return _try(data, "utf-8") is not None


def _try(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):
        return None


def _strict(data: bytes, name: str) -> str:
    text = _try(data, name)
    if text is None:
        raise RejectedInput("charset", f"the bytes are not valid {name}")
    return text


def _detect(data: bytes) -> str:
    """The likeliest charset of bytes that are not UTF-8. Raises RejectedInput where none is plausible.

    News in English that is not UTF-8 is Windows' Western set, with few accents; a detector needs more to go by than those.
    """
    western = _try(data, "cp1252")
    if western is not None and _is_western(western):
        return "cp1252"
    from charset_normalizer import from_bytes  # noqa: PLC0415  slow to import, and rarely needed

    mostly_ascii = len(data.translate(None, bytes(range(128, 256)))) > 0.7 * len(data)
    best = from_bytes(data[:200_000], cp_isolation=[*_LATIN, *(() if mostly_ascii else _OTHER)]).best()
    text = _try(data, best.encoding) if best else None
    if best is None or text is None or _MISREAD.search(text):
        raise RejectedInput("charset", "neither UTF-8 nor any charset that could be detected")
    return best.encoding


def _is_western(text: str) -> bool:
    letters = [c for c in text[:200_000] if c.isalpha()]
    accented = sum(not c.isascii() for c in letters)
    return accented <= _MOST_ACCENTS * len(letters) and not _MISREAD.search(text) and not _C1.search(text)


def _checked(text: str) -> str:
    """The text, if it is one. C1 control characters mean that a wrong charset was declared; many controls, a binary file."""
    text = text.removeprefix("\ufeff")
    if "\0" in text or len(_NOT_TEXT.findall(text)) > 3 + _MOST_CONTROLS * len(text):
        raise RejectedInput("binary", "control characters that no text holds")
    return text
