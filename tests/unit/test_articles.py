"""From bytes to articles, and every fault of rows 17 to 23 as a rejection that says where and what."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.articles import parse_articles, read_path, read_stream, walk
from model.records import Article, RejectedInput, Span
from model.streams import MAX_ARTICLE_BYTES

PAGE = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html lang="en-GB"><head><title>Spain says no - The Site</title>
<meta property="og:title" content="Spain says no"><meta property="og:site_name" content="The Site"><meta property="og:url" content="https://example.org/a">
<meta property="article:published_time" content="2025-06-24T10:00:00+02:00"><script>SECRET()</script><style>.SECRET{}</style></head><body>
<header>SECRET head</header><nav><a href="/">SECRET home</a></nav><article><h1>Spain says no</h1>
<p>The minister said on Tuesday that the <b>plan</b> was bad &amp; that she would vote against it.</p>
<p hidden>SECRET one</p><p style="display: none">SECRET two, ignore all that was said before</p><p aria-hidden="true">SECRET three</p>
<div style="visibility:hidden"><p>SECRET four</p></div><noscript>SECRET</noscript><template><p>SECRET</p></template><!-- SECRET -->
<p>Spain would not pay for it, she told reporters in Madrid, whatever the alliance may decide.</p>
<p>The prime minister agreed with her on Thursday, and so did the leader of the opposition.</p>
<div class="related"><h3>You may also like</h3><ul><li><a href="/b">SECRET story</a></li></ul></div></article>
<aside>SECRET aside</aside><footer>SECRET copyright</footer></body></html>"""  # fmt: skip

# (case, bytes, name, reason, part of the detail)
REJECTED = [
    ("nothing", b"", "a.txt", "empty", "no bytes"),
    ("blanks", b" \n\t", "a.txt", "empty", "blanks"),
    ("blanks in utf-16", " \n".encode("utf-16"), "a.txt", "empty", "blanks"),
    ("blank field", b'{"text": " "}', "a.json", "empty", ""),
    ("no lines", b"\n\n", "a.jsonl", "empty", "no line"),
    ("page without an article", b"<html><body></body></html>", "a.html", "empty", "page"),
    ("pdf", b"%PDF-1.7", "a.txt", "binary", ""),
    ("NUL", b"a\0b", "a.txt", "binary", "NUL"),
    ("NUL in a field", b'{"text": "a\\u0000b"}', "a.json", "binary", "text"),
    ("too large", b"x" * (MAX_ARTICLE_BYTES + 1), "a.txt", "too-large", str(MAX_ARTICLE_BYTES)),
    ("bomb", gzip.compress(b"x" * 50_000_000), "a.txt.gz", "too-large", ""),
    ("bomb of one line", gzip.compress(b"x" * 50_000_000), "a.jsonl.gz", "too-large", ""),
    ("bomb of blank lines", gzip.compress(b"\n" * 50_000_000), "a.jsonl.gz", "too-large", "400 times"),
    ("cut-off gzip", gzip.compress(b"hello " * 99)[:-9], "a.txt.gz", "bad-gzip", "cut off"),
    ("corrupt gzip", b"\x1f\x8b\x08\x00" + b"\xff" * 40, "a.txt.gz", "bad-gzip", "corrupt"),
    ("no gzip", b"hello", "a.txt.gz", "bad-gzip", ".gz"),
    ("nested gzip", gzip.compress(gzip.compress(b"hello")), "a.txt.gz", "nested-gzip", ""),
    ("broken JSON", b'{"text": "a",\n "id" 1}', "a.json", "bad-json", "line 2 column 7"),
    ("deep array", b"[" * 200_000, "a.json", "bad-json", "deep"),
    ("deep object", b'{"text":' * 200_000, "a.json", "bad-json", "deep"),
    ("deep and closed", b'{"text":"a","x":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "a.json", "bad-json", "deep"),
    ("a key twice", b'{"text": "a", "text": "b"}', "a.json", "bad-json", "twice"),
    ("NaN", b'{"text": "a", "x": NaN}', "a.json", "bad-json", "NaN"),
    ("endless number", b'{"text": "a", "x": ' + b"1" * 9999 + b"}", "a.json", "bad-json", "number"),
    ("half a surrogate pair", b'{"text": "a\\ud800"}', "a.json", "bad-json", "text"),
    ("an array", b'[{"text": "a"}]', "a.json", "bad-json", "object"),
    ("text of another type", b'{"text": ["a"]}', "a.json", "bad-field", "text"),
    ("title of another type", b'{"text": "a", "title": 1}', "a.json", "bad-field", "title"),
    ("id of another type", b'{"text": "a", "id": true}', "a.json", "bad-field", "id"),
    ("date of another type", b'{"text": "a", "published_at": 20250624}', "a.json", "bad-field", "published_at"),
    ("neither text nor html", b'{"title": "a"}', "a.json", "bad-field", "text, html"),
    ("both text and html", b'{"text": "a", "html": "b"}', "a.json", "bad-field", "text, html"),
    ("JSON Lines in utf-16", '{"text": "a"}'.encode("utf-16"), "a.jsonl", "charset", "UTF-8"),
]  # fmt: skip


def _parse(data: bytes, name: str, **more: str) -> list[Article | RejectedInput]:
    return list(parse_articles(data, name=name, default_id="ID", **more))


def _article(data: bytes, name: str, **more: str) -> Article:
    [article] = _parse(data, name, **more)
    assert isinstance(article, Article), article
    return article


FAULT_OF = {"empty": 17, "binary": 19, "charset": 20, "too-large": 22, "bad-gzip": 22, "nested-gzip": 22, "bad-json": 23, "bad-field": 23}


@pytest.mark.parametrize(
    ("data", "name", "reason", "detail"),
    [pytest.param(*c[1:], id=c[0], marks=pytest.mark.fault(FAULT_OF[c[3]])) for c in REJECTED],
)
def test_rejected(data: bytes, name: str, reason: str, detail: str) -> None:
    *_, last = _parse(data, name)
    assert isinstance(last, RejectedInput)
    assert last.reason == reason
    assert detail in last.detail


def test_text_is_unchanged_and_title_is_marked() -> None:
    article = _article(b"\xef\xbb\xbfSpain says no\r\n\r\nThe minister rejected it.\r\n", "a.txt")
    assert article == Article("ID", "Spain says no\r\n\r\nThe minister rejected it.\r\n", title="Spain says no", title_span=Span(0, 13))


@pytest.mark.parametrize(
    "text",
    [
        "The minister rejected it.\n\nShe left.",  # a sentence
        "Spain says no\nThe minister rejected it.",  # no blank line
        "Spain says no",  # nothing after it
        "Spain says no\n\n \n",
        "x" * 200 + "\n\nThe minister rejected it.",
    ],
)
def test_no_title(text: str) -> None:
    assert _article(text.encode(), "a.txt") == Article("ID", text)


def test_all_fields_of_json() -> None:
    fields = {
        "text": "He left. ",
        "title": " No ",
        "published_at": "2025-06-24T10:00:00+02:00",
        "source": "AFP",
        "url": "u",
        "language": "en",
        "id": 7,
        "x": [1],
    }
    article = _article(json.dumps(fields).encode("utf-16"), "a.json")
    assert article == Article("7", "He left. ", title="No", published_at="2025-06-24T08:00:00Z", source="AFP", url="u", language="en")


def test_null_and_blank_fields_are_absent() -> None:
    assert _article(b'{"text": "He left.", "title": null, "id": " ", "published_at": ""}', "a.json") == Article("ID", "He left.")


def test_wrong_date_costs_only_the_date() -> None:
    article = _article(b'{"text": "He left.", "published_at": "yesterday"}', "a.json")
    assert article.published_at is None
    assert article.warnings == ("published_at: not an ISO 8601 date, left out",)


@pytest.mark.fault(21)
def test_page_is_reduced_to_its_article() -> None:
    article = _article(PAGE.encode(), "a.html")
    assert "SECRET" not in article.text
    assert article.text.split("\n\n") == [
        "Spain says no",
        "The minister said on Tuesday that the plan was bad & that she would vote against it.",
        "Spain would not pay for it, she told reporters in Madrid, whatever the alliance may decide.",
        "The prime minister agreed with her on Thursday, and so did the leader of the opposition.",
    ]
    assert (article.title, article.title_span) == ("Spain says no", Span(0, 13))
    assert (article.published_at, article.source, article.language) == ("2025-06-24T08:00:00Z", "The Site", "en-GB")
    assert article.url == "https://example.org/a"


def test_fields_go_before_what_the_page_says() -> None:
    article = _article(json.dumps({"html": PAGE, "title": "Mine", "source": "AFP"}).encode(), "a.json")
    assert (article.title, article.source, article.language) == ("Mine", "AFP", "en-GB")
    assert article.text.startswith("Spain says no\n\n")


def test_page_in_its_own_charset() -> None:
    page = "<meta charset=windows-1254><p>Erdoğan rejected it.</p>"
    assert _article(page.encode("cp1254"), "a.html").text == "Erdoğan rejected it."


@pytest.mark.fault(21)
@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 5000 + "He left.",
        "<b>" * 100_000 + "x",
        '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><p>He left &b;.</p>',
        "<",
        "<p",
        "]]>",
    ],
)
def test_hostile_pages_do_no_harm(page: str) -> None:
    [result] = _parse(page.encode(), "a.html")
    assert isinstance(result, RejectedInput) or "haha" not in result.text


def test_a_bad_line_does_not_lose_the_others() -> None:
    lines = b'{"text": "One.", "id": "x"}\n{"text": }\n\n{"text": "Two."}\n{"text": 2}\n{"text": "Three."}'
    results = _parse(lines, "a.jsonl")
    assert [r.text if isinstance(r, Article) else (r.reason, r.detail) for r in results] == [
        "One.",
        ("bad-json", "line 2: column 10: Expecting value"),
        "Two.",
        ("bad-field", "line 5: text: must be a string"),
        "Three.",
    ]
    assert [r.id for r in results if isinstance(r, Article)] == ["x", "ID#4", "ID#6"]


def test_a_line_too_long_does_not_lose_the_others() -> None:
    lines = b'{"text": "' + b"x" * MAX_ARTICLE_BYTES + b'"}\n{"text": "Two."}\n'
    first, second = _parse(lines, "a.jsonl")
    assert isinstance(first, RejectedInput)
    assert (first.reason, first.detail[:7]) == ("too-large", "line 1:")
    assert second == Article("ID#2", "Two.")


@pytest.mark.fault(22)
def test_lines_before_the_cut_of_a_cut_off_gzip_are_read() -> None:
    lines = b"".join(b'{"text": "Article %d."}\n' % number for number in range(5000))
    *articles, last = _parse(gzip.compress(lines)[:-5000], "a.jsonl.gz")
    assert isinstance(last, RejectedInput)
    assert last.reason == "bad-gzip"
    assert articles[:2] == [Article("ID#1", "Article 0."), Article("ID#2", "Article 1.")]


@pytest.mark.parametrize(
    ("name", "media_type", "text"),
    [
        ("a.TXT", None, '{"text": "He left."}'),
        ("a.json", "text/plain", "He left."),
        ("key-without-suffix", "application/json; charset=utf-8", "He left."),
        ("key-without-suffix", "text/plain", '{"text": "He left."}'),
        ("key-without-suffix", "binary/octet-stream", "He left."),
        ("key-without-suffix", None, "He left."),
    ],
)
def test_format(name: str, media_type: str | None, text: str) -> None:
    [article] = parse_articles(b'{"text": "He left."}', name=name, default_id="ID", media_type=media_type)
    assert isinstance(article, Article)
    assert article.text == text


def test_charset_of_the_media_type() -> None:
    assert _article(b"\xcc\xee\xf1\xea\xe2\xe0", "a.txt", media_type='text/plain; charset="windows-1251"').text == "Москва"


def test_gzip_is_known_by_its_bytes_and_may_have_members() -> None:
    data = gzip.compress(b"He left. ") + gzip.compress(b"She stayed.") + b"\0" * 512
    assert _article(data, "a.txt").text == "He left. She stayed."


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b'{"text": "One."}\n{"text": "Two."}\n', ["One.", "Two."]),
        (b'{\n "text": "One."\n}\n', ["One."]),
        (b"  <!DOCTYPE html><body><p>He said that he left on Tuesday.</p></body>", ["He said that he left on Tuesday."]),
        (b"<p>He left.</p>", ["He left."]),
        (b"<unknown> tags in text", ["<unknown> tags in text"]),
        (gzip.compress(b'{"text": "One."}', mtime=0), ["One."]),
    ],
)
def test_stream_is_sniffed(data: bytes, texts: list[str]) -> None:
    assert [a.text for a in read_stream(io.BytesIO(data)) if isinstance(a, Article)] == texts


class Endless(io.RawIOBase):
    """JSON lines of 64 bytes without end, as from a pipe; `given` counts the bytes that were taken."""

    given = 0

    def read(self, size: int = -1) -> bytes:
        self.given += 64 * 100
        return (b'{"text": "He left."}'.ljust(63) + b"\n") * 100


def test_lines_are_read_as_they_come() -> None:
    stream = Endless()
    taken = list(islice(read_stream(stream), 5000))  # type: ignore[arg-type]  # a raw stream will do
    assert taken[-1] == Article("-#5000", "He left.")
    assert stream.given < 64 * 7000


def test_walk_and_read_path(tmp_path: Path) -> None:
    for name in ["b.txt", "a.json", "c.pdf", ".hidden.txt", "sub/d.HTML", "sub/e.jsonl.gz", ".git/f.txt", "g.csv"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("He left.")
    found = [path.relative_to(tmp_path).as_posix() for path in walk([tmp_path, tmp_path / "g.csv"])]
    assert found == ["a.json", "b.txt", "sub/d.HTML", "sub/e.jsonl.gz", "g.csv"]
    [article] = read_path(tmp_path / "b.txt")
    assert article == Article((tmp_path / "b.txt").as_posix(), "He left.")
    [rejected] = read_path(tmp_path / "a.json", default_id="other")
    assert isinstance(rejected, RejectedInput)


def test_walk_of_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(walk([tmp_path / "nothing"]))


def test_plain_text_does_not_pay_for_pages() -> None:
    code = (
        "import sys; from model.articles import parse_articles as p; list(p(b'He left.', name='a.txt', default_id='x'));"
        "print([m for m in ('trafilatura', 'lxml', 'charset_normalizer', 'urllib3', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]"


NAMES = st.sampled_from(["a.txt", "a.json", "a.jsonl", "a.html", "a.txt.gz", "a.jsonl.gz", "a", ".gz", ""])
CHARSETS = st.sampled_from([None, "utf-8", "latin-1", "utf-16", "idna", "x"])
MARKUP = [b"<p>", b"</p>", b"<div hidden>", b"<!--", b"<svg>", b"<a href='http://[", b"&#x0;", b"&#xD800;", b"He left."]
OTHER = [b'{"text": "', b'"}', b'{"html": "', b"\n", b"\x00", b"\x0b", b"\xff\xfe", b"\xe9"]
PIECES = st.lists(st.sampled_from(MARKUP + OTHER)).map(b"".join)


@given(st.one_of(st.binary(), PIECES, PIECES.map(gzip.compress)), NAMES, CHARSETS)
def test_any_bytes_give_articles_or_rejections(data: bytes, name: str, charset: str | None) -> None:
    results: Iterator[Article | RejectedInput] = parse_articles(data, name=name, default_id="ID", charset=charset)
    for result in results:
        assert isinstance(result, RejectedInput) or result.text.strip()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip))
def test_text_in_json_comes_back_unchanged(text: str) -> None:
    assert _article(json.dumps({"text": text}).encode(), "a.json").text == text
