"""The sample articles have what they promise: every format, a fair length, furniture in the web page, the full spread of attitudes."""

from __future__ import annotations

import gzip
import html
import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from model.articles import read_path
from model.labels import ATTITUDES
from model.records import Article

FOLDER = Path(__file__).parents[2] / "events" / "articles"
LONG = [
    *("nato-summit.txt", "harbour-fees.html", "teachers-strike.txt", "lithium-mine.txt", "phones-in-class.txt"),
    *("dam-dispute.json", "chip-exports.json", "pension-vote.json", "guinea-ultimatum.txt.gz"),
]
ALL = [*LONG, "briefs.jsonl"]


def source(name: str) -> str:
    data = (FOLDER / name).read_bytes()
    return (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8")


def records(name: str) -> list[dict[str, Any]]:
    text = source(name)
    return [json.loads(line) for line in text.splitlines()] if name.endswith("l") else [json.loads(text)]


def prose(name: str) -> str:
    """What there is to read, titles of .txt files and figure captions included."""
    if ".json" in name:
        return "\n".join(record["text"] for record in records(name))
    if name.endswith(".html"):
        body = re.findall(r"<p>(.*?)</p>|<h2>(City .*?)</h2>", source(name).split("<article>")[1].split("</article>")[0])
        return html.unescape("\n".join("".join(parts) for parts in body))
    return source(name)


def test_the_folder_holds_these_and_no_others() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(ALL)


@pytest.mark.parametrize("name", LONG)
def test_an_article_has_300_to_600_words(name: str) -> None:
    assert 300 <= len(prose(name).split()) <= 600


@pytest.mark.parametrize("name", [name for name in LONG if ".txt" in name])
def test_a_text_file_begins_with_its_title(name: str) -> None:
    title, blank, first = source(name).split("\n")[:3]
    assert 20 < len(title) < 100
    assert not title.endswith(".")
    assert blank == ""
    assert first


@pytest.mark.parametrize("name", [name for name in ALL if ".json" in name])
def test_a_record_says_where_it_comes_from(name: str) -> None:
    for record in records(name):
        assert {"text", "title", "published_at", "source", "url"} <= record.keys()
        assert re.fullmatch(r"2025-\d\d-\d\dT\d\d:\d\d:00(Z|[+-]\d\d:\d\d)", record["published_at"])
        assert re.match(r"https://\w+\.example/", record["url"])
    assert name != "briefs.jsonl" or len(records(name)) == 3


def test_the_archive_names_no_file_and_no_time() -> None:
    assert (FOLDER / "guinea-ultimatum.txt.gz").read_bytes()[3:8] == bytes(5)


FURNITURE = [
    *("<nav", "<script", "application/ld+json", "<style", "<noscript", 'class="cookie-consent"', 'class="share-bar"', "<figcaption"),
    *('class="related-links"', 'class="newsletter"', 'class="comments"', "<aside", "<footer", "<p hidden>", "display:none", "&nbsp;"),
    *("<h1>", "<time datetime", 'property="og:title"', "<blockquote"),
]


@pytest.mark.parametrize("mark", FURNITURE)
def test_the_web_page_has_furniture(mark: str) -> None:
    assert mark in source("harbour-fees.html")


def sentences(name: str) -> set[str]:
    return {sentence.strip() for sentence in re.split(r"(?<=[.!?])\s+", prose(name)) if len(sentence.split()) > 4}


def test_no_two_share_a_sentence() -> None:
    for a, b in combinations(ALL, 2):
        assert sentences(a) & sentences(b) == set(), (a, b)


SPREAD = [
    # attitude, file, words that show it
    ("supportive", "nato-summit.txt", "heaped praise on Trump"),
    ("supportive", "dam-dispute.json", "thanked the Americans"),
    ("conciliatory", "pension-vote.json", "I invite the unions to my table on Monday"),
    ("conciliatory", "teachers-strike.txt", "he apologised for having described the strikers"),
    ("neutral", "briefs.jsonl", "culture ministry declined to comment"),
    ("ambivalent", "nato-summit.txt", "Asked whether he stood by it, he would not commit himself"),
    (
        "ambivalent",
        "lithium-mine.txt",
        "hopes for the four hundred jobs that the company has promised, and at the same time dreads the lorries",
    ),
    ("concerned", "guinea-ultimatum.txt.gz", "she feared for his health"),
    ("concerned", "lithium-mine.txt", "Biologists are alarmed"),
    ("demanding", "briefs.jsonl", "demanded that the crews be released at once"),
    ("demanding", "harbour-fees.html", "demanded that the board publish its accounts"),
    ("sceptical", "nato-summit.txt", "reportedly doubts that Kyiv's war aims can be met"),
    ("sceptical", "chip-exports.json", "Analysts question whether the ban will work"),
    ("critical", "phones-in-class.txt", "The bill is lazy"),
    ("critical", "guinea-ultimatum.txt.gz", "She condemned the coup as a crime"),
    ("opposed", "pension-vote.json", "Senate voted down a plan"),
    ("opposed", "lithium-mine.txt", "asked a court in Lisbon to annul the licence"),
    ("defiant", "dam-dispute.json", "we shall not bow to this one"),
    ("defiant", "harbour-fees.html", "would not be blackmailed"),
    ("threatening", "chip-exports.json", "will pay a price if it insists"),
    ("threatening", "guinea-ultimatum.txt.gz", "threatened to close its borders"),
]


@pytest.mark.parametrize(("name", "words"), [case[1:] for case in SPREAD])
def test_the_words_that_show_an_attitude_stand_there(name: str, words: str) -> None:
    assert words in prose(name)


def test_every_attitude_is_shown() -> None:
    assert {attitude for attitude, _, _ in SPREAD} == set(ATTITUDES)


@pytest.mark.parametrize(
    ("name", "metonym"),
    [
        *[("nato-summit.txt", word) for word in ("the Kremlin", "Kyiv", "Moscow", "Washington", "Madrid", "Tehran")],
        *[("dam-dispute.json", word) for word in ("Cairo", "Addis Ababa", "Khartoum")],
        ("chip-exports.json", "The White House"),
        ("pension-vote.json", "Washington Ferreyra"),  # a person, no state
    ],
)
def test_metonyms(name: str, metonym: str) -> None:
    assert metonym in prose(name)


@pytest.mark.parametrize("name", ALL)
def test_every_sample_is_read(name: str) -> None:
    articles = list(read_path(FOLDER / name))
    assert len(articles) == (3 if name == "briefs.jsonl" else 1)
    for article in articles:
        assert isinstance(article, Article)
        assert article.title
        assert article.warnings == ()


@pytest.mark.parametrize(
    "words",
    [
        *("cookies", "Subscribe", "Skip to", "BREAKING", "Share this", "WhatsApp", "Fishermen", "Internal note", "Paywall", "newsletter"),
        *("oldsalt57", "disgrace", "I love the ferry", "Emil Vang", "All rights reserved", "JavaScript", "dataLayer", "adverts", "Photo:"),
    ],
)
def test_the_web_page_s_furniture_is_not_read(words: str) -> None:
    assert words in source("harbour-fees.html")
    (article,) = read_path(FOLDER / "harbour-fees.html")
    assert isinstance(article, Article)
    assert words not in article.text
