"""Bytes to text: the right characters, or a rejection, and never others in their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.decode import charset_in_page, decode
from model.records import RejectedInput

MOSCOW = "Москва сообщила о переговорах в субботу вечером."
KRAKOW = "Donald Tusk met Łukasz Wałęsa in Kraków."

# (case, bytes, declared, text)
DECODED = [
    ("utf-8", "Le café, “naïve”".encode(), None, "Le café, “naïve”"),
    ("utf-8 with a mark", b"\xef\xbb\xbfHello", None, "Hello"),
    ("utf-16 little-endian with a mark", b"\xff\xfeH\x00\xe9\x00", None, "Hé"),
    ("utf-16 big-endian with a mark", b"\xfe\xff\x00H\x00\xe9", None, "Hé"),
    ("utf-16 declared, without a mark", b"H\x00\xe9\x00", "utf-16-le", "Hé"),
    ("utf-32 with a mark", b"\xff\xfe\x00\x00H\x00\x00\x00", None, "H"),
    ("latin-1 declared means Windows' set", b"\x93caf\xe9\x94", "iso-8859-1", "“café”"),
    ("latin-1 declared by default, utf-8 sent", "café".encode(), "iso-8859-1", "café"),
    ("a declared two-byte set is believed", b"\x83g\x83\x89\x83\x93\x83v", "Shift_JIS", "トランプ"),
    ("windows-1251 declared", b"\xcc\xee\xf1\xea\xe2\xe0", "windows-1251", "Москва"),
    ("declared in odd letter case and blanks", b"caf\xe9", " Windows-1252 ", "café"),
    ("nothing declared, Western", b"\x93Don\x92t,\x94 said the caf\xe9\x92s owner.", None, "“Don’t,” said the café’s owner."),
    ("nothing declared, Cyrillic", MOSCOW.encode("cp1251"), None, MOSCOW),
    ("nothing declared, Macintosh", "“Don’t,” she said.".encode("mac_roman"), None, "“Don’t,” she said."),
    ("nothing declared, Polish", KRAKOW.encode("cp1250"), None, KRAKOW),
    ("line ends and blanks stay", b"  a\r\nb\rc\n ", None, "  a\r\nb\rc\n "),
    ("bidi and a stray control character are data", "a\u202eb\x07 and more text".encode(), None, "a\u202eb\x07 and more text"),
]  # fmt: skip

# (case, bytes, declared, reason)
REJECTED = [
    ("pdf", b"%PDF-1.7 text", None, "binary"),
    ("png", b"\x89PNG\r\n\x1a\n", None, "binary"),
    ("zip, docx", b"PK\x03\x04rest", None, "binary"),
    ("a NUL byte", b"Hello\x00world", None, "binary"),
    ("NUL bytes in no charset", b"\x80\x81\x00\xff" * 9, None, "binary"),
    ("utf-16 without a mark", b"H\x00i\x00", None, "binary"),
    ("control characters", b"\x01\x02\x03\x04 abc", None, "binary"),
    ("cut-off utf-16", b"\xff\xfeH\x00i", None, "charset"),
    ("broken utf-8 after its mark", b"\xef\xbb\xbf\xff\xff", None, "charset"),
    ("every byte above ASCII", bytes(range(128, 256)) * 4, None, "charset"),
]


@pytest.mark.fault(20)
@pytest.mark.parametrize(("data", "declared", "text"), [c[1:] for c in DECODED], ids=[c[0] for c in DECODED])
def test_decoded(data: bytes, declared: str | None, text: str) -> None:
    assert decode(data, declared=declared)[0] == text


@pytest.mark.parametrize(
    ("data", "declared", "reason"),
    [pytest.param(*c[1:], id=c[0], marks=pytest.mark.fault({"binary": 19, "charset": 20}[c[3]])) for c in REJECTED],
)
def test_rejected(data: bytes, declared: str | None, reason: str) -> None:
    with pytest.raises(RejectedInput) as caught:
        decode(data, declared=declared)
    assert caught.value.reason == reason


def test_guess_is_told() -> None:
    assert decode(b"caf\xe9")[1] == ("charset: not declared or wrong, read as cp1252",)
    assert decode("café".encode())[1] == ()


@pytest.mark.parametrize("declared", ["no-such-charset", "base64", "rot13", "", "utf-8\n", "ascii"])
def test_useless_declarations_do_no_harm(declared: str) -> None:
    assert decode("café".encode(), declared=declared)[0] == "café"


def test_wrong_declaration_is_told() -> None:
    text, warnings = decode(b"caf\xe9", declared="utf-8")
    assert text == "café"
    assert warnings[0] == "charset: declared as 'utf-8', which the bytes are not"


@pytest.mark.parametrize(
    ("page", "charset"),
    [
        (b'<html><head><meta charset="windows-1251">', "windows-1251"),
        (b"<meta http-equiv=Content-Type content='text/html; charset=Shift_JIS'>", "Shift_JIS"),
        (b'<?xml version="1.0" encoding="ISO-8859-2"?><html>', "ISO-8859-2"),
        (b"<p>charset=utf-8</p>", None),
    ],
)
def test_charset_in_page(page: bytes, charset: str | None) -> None:
    assert charset_in_page(page) == charset


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_unicode_comes_back_unchanged(text: str, charset: str) -> None:
    if not text.startswith("\ufeff") and not text.encode(charset).startswith((b"%PDF-", b"PAR1", b"BZh", b"{\\rtf", b"GIF8")):
        assert decode(text.encode(charset))[0] == text


@pytest.mark.fault(20)
@given(st.binary(), st.sampled_from([None, "utf-8", "latin-1", "utf-16", "gb18030", "idna", "punycode"]))
def test_any_bytes_are_text_or_rejected(data: bytes, declared: str | None) -> None:
    try:
        text = decode(data, declared=declared)[0]
    except RejectedInput as error:
        text = ""
        reason = error.reason
    else:
        reason = "charset"
    assert "\0" not in text
    assert reason in {"binary", "charset"}
