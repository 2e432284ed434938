"""What of an article is read: every paragraph once, and nothing of the page around it."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.articles import read_path
from model.furniture import readable
from model.records import Article, Span
from model.sentences import split_sentences
from model.train.corpus import corpus

CORPUS = Path(corpus.__file__).parent
PROSE = "The minister rejected the plan on Tuesday."
MORE = "She said that Spain would not pay for it."
# Sentences of the corpus by themselves on a line, that are bylines and so are not read.
BYLINES = {"By Hollis Engebretson, Staff Writer", "By LINDSAY KOWALKE, Associated Press"}

FURNITURE = [
    "You may also like",
    "YOU MIGHT ALSO LIKE:",
    "Related",
    "Related Stories",
    "Recommended for you",
    "More from The Times",
    "Most read",
    "Trending now",
    "Editors’ Picks",
    "Read more",
    "Also Read",
    "Read more: Spain rejects the plan",
    "Also Read | Spain rejects the plan",
    "READ: Spain rejects the plan",
    "Read the full story here",
    "Continue reading",
    "Sign up for our newsletter",
    "Sign up to our free daily briefing, delivered to your inbox every morning.",
    "Subscribe",
    "Subscribe now for unlimited access.",
    "Get the day’s news in your inbox.",
    "Follow us on Facebook and X",
    "Already a subscriber? Log in",
    "Download our app",
    "Share",
    "Share this article",
    "Facebook Twitter WhatsApp Email",
    "Share on LinkedIn",
    "Print this page",
    "Advertisement",
    "ADVERTISEMENT - CONTINUE READING BELOW",
    "Story continues below advertisement",
    "Scroll to continue",
    "Photo: Jane Doe/Reuters",
    "(AP Photo/Jane Doe)",
    "REUTERS/Kevin Lamarque",
    "Getty Images",
    "Image credit: Jane Doe",
    "Picture courtesy of Nato",
    "© 2025 The Times. All rights reserved.",
    "Copyright 2025 The Associated Press.",
    "All rights reserved.",
    "By Jane Doe",
    "By JANE DOE and JOHN ROE",
    "By Jane Doe, Associated Press",
    "Reporting by Jane Doe",
    "Published 24 June 2025",
    "Last updated: June 24, 2025 10:00 GMT",
    "5 min read",
    "Comments (12)",
    "Leave a comment",
    "Tags: Nato, Spain",
]

# What resembles furniture and is an article's own.
PROSE_LIKE_FURNITURE = [
    "Related charges against two aides were dropped on Monday.",
    "Share prices fell after the minister spoke.",
    "“Share the burden,” she said.",
    "Subscribers to the fund want their money back.",
    "Copyright reform divides the European Union, and ministers meet again on Friday.",
    "By Friday the ministers had agreed.",
    "Published in 2019, the report criticised Trump.",
    "Advertisements for gambling should be banned, the party said.",
    "Sign up or leave, the general told them.",
    "More than 300 people protested.",
    "Follow the money, he said.",
    "Read the bill before you vote on it, the senator said.",
    "FILE PHOTO: The flag of Iran flutters in Vienna, March 4, 2024.",
    "Email from the minister shows that she knew.",
    "Most read it as a threat.",
]


def _read(text: str, **fields: object) -> list[str]:
    article = Article(id="a", text=text, **fields)  # type: ignore[arg-type]  # a test's shorthand
    return [text[s.start : s.end] for s in readable(article)]


@pytest.mark.parametrize("paragraph", FURNITURE)
def test_furniture_is_not_read(paragraph: str) -> None:
    assert _read(f"{PROSE}\n\n{paragraph}\n\n{MORE}") == [PROSE, MORE]


@pytest.mark.parametrize("paragraph", PROSE_LIKE_FURNITURE)
def test_prose_that_resembles_furniture_is_read(paragraph: str) -> None:
    assert _read(f"{PROSE}\n\n{paragraph}\n\n{MORE}") == [PROSE, paragraph, MORE]


def test_headlines_after_you_may_also_like() -> None:
    tail = (
        "You may also like\n4 automakers to recall vehicles\nFatigue? These 6 signs matter\nIs it over?\nArteta looks to swoop\n2 hours ago"
    )
    assert _read(f"{PROSE}\n{tail}") == [PROSE]


def test_prose_after_a_list_of_other_stories_is_read() -> None:
    assert _read(f"{PROSE}\n\nRelated\n\nSpain says no\n\nTrump says yes\n\n{MORE}\n\nA crosshead") == [PROSE, MORE, "A crosshead"]


def test_a_long_paragraph_after_a_list_is_no_headline() -> None:
    long = "The minister rejected the plan " * 10 + "and left it at that"
    assert _read(f"{PROSE}\n\nRelated\n\n{long}") == [PROSE, long]


def test_headline_like_paragraphs_elsewhere_are_read() -> None:
    assert _read(f"Farmers relieved\n\n{PROSE}") == ["Farmers relieved", PROSE]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (f"{PROSE}\n{MORE}\n{PROSE}\n{MORE}", [PROSE, MORE]),
        (f"{PROSE}\n\n{MORE}\n\n{PROSE}", [PROSE, MORE]),
        ("“No,” he said.\n\n\"No,\" he  said.\n\n'No.'", ["“No,” he said.", "'No.'"]),
        ("He left.\n\nHE LEFT.", ["He left."]),
        ("Yes.\n\nYes.", ["Yes."]),
    ],
)
def test_copies_are_read_once(text: str, read: list[str]) -> None:
    assert _read(text) == read


def test_title_is_not_read() -> None:
    text = f"Spain says no\n\n{PROSE}\n\nSpain says no\n\n{MORE}"
    assert _read(text, title="Spain says no", title_span=Span(0, 13)) == [PROSE, MORE]
    assert _read(text, title="SPAIN SAYS NO") == [PROSE, MORE]
    assert _read(text, title_span=Span(0, 13)) == [PROSE, "Spain says no", MORE]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_hard_wrapped_lines_are_one_paragraph(line_break: str) -> None:
    first = line_break.join(
        ["The minister rejected the plan on Tuesday, and said that", "Spain would not pay for it, whatever Nato may want from", "Madrid."]
    )
    second = line_break.join(
        ["Two days later the prime minister agreed with her. He", "spoke in Brussels, where the leaders of the alliance", "meet."]
    )
    assert _read(first + line_break * 2 + second) == [first, second]
    assert _read(first + line_break + second) == [first, second]


def test_lines_of_their_own_are_paragraphs() -> None:
    lines = [PROSE * 4, "A crosshead", MORE * 3, "“No,” he said."]
    assert _read("\n".join(lines)) == lines


def test_blank_text_has_nothing_to_read() -> None:
    assert _read("") == []
    assert _read(" \n\n \t\r\n") == []


@pytest.mark.parametrize("split", ["train", "dev"])
def test_nothing_of_the_corpus_is_lost(split: str) -> None:
    lost = []
    for path in (CORPUS / split).glob("*.stance"):
        for article in corpus.parse(path)[0]:
            spans = readable(Article(id=article.id, text=article.text, title=article.meta.get("title")))
            for s in article.sentences:
                if not any(p.start <= s["start"] and s["end"] <= p.end for p in spans):
                    lost.append(article.text[s["start"] : s["end"]])
    assert set(lost) <= BYLINES


def test_real_page_saved_twice_with_headlines_of_other_stories() -> None:
    folder = os.environ.get("STANDPOINT_REAL")
    if not folder:
        pytest.skip("STANDPOINT_REAL does not name the folder of real pages, which are not part of the project")
    [article] = read_path(Path(folder) / "nato-summit.txt")
    assert isinstance(article, Article)
    paragraphs = readable(article)
    sentences = [article.text[s.start : s.end] for s in split_sentences(article.text, paragraphs)]
    assert len(paragraphs) == 13
    assert len(sentences) == len(set(sentences)) == 22
    assert sentences[-1].startswith("However, under pressure from the US, Nato is not expected")


@pytest.mark.parametrize("piece", [" ", "\n", " \n", "ab cd\n", "photo: x.\n", "By A B and C D, \n", "all rights \n"])
def test_any_length_is_read_in_bounded_time(piece: str) -> None:
    """Patterns that look back over and over would take minutes here."""
    readable(Article(id="a", text=piece * (300_000 // len(piece))))


@given(st.text(alphabet=st.one_of(st.sampled_from(list(" \n\r\t.“”a\u2028\f")), st.characters(exclude_categories=["Cs"]))))
def test_every_paragraph_slices_back(text: str) -> None:
    spans = readable(Article(id="a", text=text))
    assert all(text[s.start : s.end] == text[s.start : s.end].strip() != "" for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
