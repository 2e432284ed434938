"""The page and the table: nothing of an article can steer the reader's browser or terminal."""

from __future__ import annotations

import dataclasses
import io
from html.parser import HTMLParser

import pytest

from model.cli.common import printable
from model.cli.crossings import Crossings
from model.cli.report import foot, head, pieces, safe, section
from model.cli.table import STYLES, console_for, print_reading
from model.labels import ATTITUDES
from model.records import Article, Entity, Mention, Reading, Span, Stance
from tests.unit.readings import ARTICLE, MODEL, TEXT, evidence, harbour_reading

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>\" onmouseover=\"x & \x00\x1b[31m"


class _Page(HTMLParser):
    """Collects tags, ids, links to them and visible text; fails where tags are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page_of(*readings: Reading) -> str:
    met = Crossings()
    for number, reading in enumerate(readings, start=1):
        met.add(reading, number)
    sections = "".join(section(reading, number) for number, reading in enumerate(readings, start=1))
    return head() + sections + foot(len(readings), 0, met.table())


def evil_reading() -> Reading:
    article = Article(id=EVIL, text=EVIL + TEXT, title=EVIL, published_at=EVIL, source=EVIL, url=EVIL, language=EVIL, warnings=(EVIL,))
    entities = tuple(Entity(key, EVIL, "ORG", (Mention(Span(0, 5), EVIL, "ORG", 0, 0.9),)) for key in (EVIL, "b"))
    stance = Stance(EVIL, "b", "opposed", "oppose", -0.8, 0.5, (evidence("opposed", "oppose", 0, len(EVIL), 0.5),))
    return Reading(article, MODEL, (Span(0, len(EVIL)),), entities, (stance,), (EVIL,))


def test_the_page_is_one_file_without_script_or_host() -> None:
    page = page_of(harbour_reading(), harbour_reading())
    parsed = _Page(page)
    assert parsed.open == []
    assert {"script", "link", "img", "iframe"}.isdisjoint(parsed.tags)
    assert "http:" not in page
    assert "https:" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_every_link_leads_to_a_mark_and_ids_are_unique() -> None:
    parsed = _Page(page_of(harbour_reading(), harbour_reading()))
    assert parsed.links == ["#matrix", "#a1s0", "#a1s41", "#a2s0", "#a2s41", "#a1s0", "#a1s41"]
    assert len(set(parsed.ids)) == len(parsed.ids)
    assert {link.removeprefix("#") for link in parsed.links} <= set(parsed.ids)
    assert parsed.tags.count("mark") == 4


def test_a_mark_can_be_reached_by_key_and_tells_who_stands_where() -> None:
    assert (
        '<mark class="opposed" tabindex="0" id="a1s41" aria-describedby="a1s41t">'
        '<span class="sign" aria-hidden="true">−</span><u>Unions</u> oppose the harbour plan and call it a sell-out.'
        '<span class="tip" role="tooltip" id="a1s41t"><span><b>Unions</b> → <b>harbour plan</b> <b class="chip opposed">opposed</b> 0.62'
        "</span></span></mark>"
    ) in section(harbour_reading(), 1)


def test_everything_of_an_article_is_escaped() -> None:
    plain, evil = page_of(harbour_reading()), page_of(evil_reading())
    parsed = _Page(evil)
    assert parsed.open == []
    assert set(parsed.tags) <= set(_Page(plain).tags)
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert "\x00" not in evil
    assert "\x1b" not in evil
    assert evil.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;") >= 8


def test_every_attitude_has_a_colour_in_light_and_dark_and_in_the_terminal() -> None:
    style = head()
    for attitude in ATTITUDES:
        assert style.count(f"--{attitude}: #") == 2
        assert f".{attitude} {{ --a: var(--{attitude}); }}" in style
        assert f'<li class="chip {attitude}">{attitude}</li>' in style
    assert tuple(STYLES) == ATTITUDES


def test_pieces_cover_the_text_once_and_tell_what_was_not_read() -> None:
    reading = dataclasses.replace(harbour_reading(), sentences=(Span(0, 40),))
    overlap = Stance("unions", "ida-holm", "critical", "oppose", -0.6, 0.7, (evidence("critical", "oppose", 20, 60, 0.7),))
    cut = list(pieces(dataclasses.replace(reading, stances=(*reading.stances, overlap))))
    assert [(p.start, p.end, [e.attitude for _, e in p.shown], p.read) for p in cut] == [
        (0, 20, ["supportive"], True),
        (20, 40, ["supportive", "critical"], True),
        (40, 41, ["critical"], False),
        (41, 60, ["critical", "opposed"], False),
        (60, 95, ["opposed"], False),
    ]


def test_an_article_without_stances() -> None:
    page = page_of(dataclasses.replace(harbour_reading(), stances=(), sentences=()))
    assert "<p>No stance was found.</p>" in page
    assert f'<span class="unread">{TEXT}</span>' in page


def test_the_language_is_told_only_where_it_is_one() -> None:
    assert '<h2 id="a1" dir="auto" lang="en">' in section(harbour_reading(), 1)
    assert '<h2 id="a1" dir="auto">' in section(harbour_reading(dataclasses.replace(ARTICLE, language='en" x="')), 1)


def test_the_foot_counts() -> None:
    assert "<footer><p>1 article, 1,200 stances. Made by Standpoint.</p></footer>" in foot(1, 1200)


def test_characters_that_html_cannot_hold_are_replaced() -> None:
    assert safe("a\x00b\ud800c\ufffed\te\n&") == "a\ufffdb\ufffdc\ufffdd\te\n&amp;"


def table_of(reading: Reading, monkeypatch: pytest.MonkeyPatch, width: int = 120) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    stream = io.StringIO()
    print_reading(console_for(stream), reading)
    return stream.getvalue()


def test_a_narrow_table_has_the_sentence_below(monkeypatch: pytest.MonkeyPatch) -> None:
    assert table_of(harbour_reading(), monkeypatch, 60) == (
        "Harbour plan divides the town\n"
        "Varn Daily, 2025-06-24, harbour\n"
        "  Ida Holm  + supportive  harbour plan  0.91\n"
        "      Mayor Ida Holm praised the harbour plan.\n"
        "  Unions  − opposed  harbour plan  0.62\n"
        "      Unions oppose the harbour plan and call it a sell-out.\n"
        "\n"
    )


def test_a_table_without_stances_has_the_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    article = Article(id="bare", text=TEXT)
    reading = Reading(article, MODEL, (), (), (), warnings=("charset: read as cp1252",))
    assert table_of(reading, monkeypatch) == "bare\n  no stance found\n  note: charset: read as cp1252\n\n"


def test_a_table_tells_of_further_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = (evidence("opposed", "oppose", 0, 40, 0.5), evidence("opposed", "oppose", 41, 95, 0.6))
    stance = Stance("unions", "harbour-plan", "opposed", "oppose", -0.8, 0.6, shown)
    reading = dataclasses.replace(harbour_reading(), stances=(stance,))
    assert "Unions oppose the harbour plan and call it a sell-out. (+1 sentence)\n" in table_of(reading, monkeypatch, 140)


def test_nothing_of_an_article_steers_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of(evil_reading(), monkeypatch)
    assert "\x1b" not in table
    assert "\x00" not in table
    assert "[/bold]" in table_of(harbour_reading(dataclasses.replace(ARTICLE, title="[bold]x[/bold]")), monkeypatch)


def test_printable() -> None:
    assert printable("a\r\n\tb \u2028c\x1b[2Jd\u202ee\ud800") == "a b c\ufffd[2Jd\ufffde\ufffd"
    assert printable("क्‍ष 👩‍🚀") == "क्‍ष 👩‍🚀"
