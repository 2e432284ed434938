"""Which language a text is in; what the reader does with another than English."""

from __future__ import annotations

import pytest

from model.language import detect
from model.reader import Reader
from model.records import Article
from model.train.datasets import read_corpus

GERMAN = "Der Kanzler hat den Plan der Opposition am Montag scharf kritisiert. Die Partei wies die Vorwürfe zurück."


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The chancellor sharply criticised the opposition's plan on Monday.", "en"),
        (GERMAN, "de"),
        ("Le président a rejeté l'accord proposé par les ministres des affaires étrangères.", "fr"),
        ("Президент отверг предложение министров о прекращении огня в понедельник.", "ru"),
        ("Trump, Putin, Xi", None),
        ("", None),
        ("12.5 % 2024-01-01 | 13.1 % 2024-01-02 | 14.9 % 2024-01-03 | 12.0 % 2024-01-04", None),
    ],
)
def test_detect(text: str, language: str | None) -> None:
    assert detect(text) == language


def test_no_english_article_is_taken_for_another_language() -> None:
    assert {detect(record["text"]) for record in read_corpus("dev")} == {"en"}


def test_another_language_is_refused_with_a_warning() -> None:
    reading = Reader.load().read(Article("a", GERMAN))
    assert reading.article.language == "de"
    assert (reading.sentences, reading.entities, reading.stances) == ((), (), ())
    assert reading.warnings == ("not read: the text is in another language than English (de)",)


def test_the_language_that_the_article_says_is_kept() -> None:
    reading = Reader.load().read(Article("a", "The chancellor sharply criticised the opposition's plan on Monday.", language="en-GB"))
    assert reading.article.language == "en-GB"
    assert not reading.warnings
