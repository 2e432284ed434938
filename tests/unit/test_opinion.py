"""What an opinion piece is told by, and that its writer is an actor there alone."""

from __future__ import annotations

import pytest

from model.opinion import is_opinion
from model.records import Article


@pytest.mark.parametrize(
    ("url", "title", "opinion"),
    [
        ("https://paper.example/opinion/2026/why-the-toll-must-go", None, True),
        ("https://paper.example/uk/commentisfree/2026/nov/25/tolls", None, True),
        ("https://paper.example/Op-Ed/tolls.html", None, True),
        ("https://paper.example/news/opinion-of-the-court-is-out", None, False),
        ("https://paper.example/opinion", None, False),
        ("https://opinion.example/news/tolls", None, False),
        (None, "Opinion: the toll must go", True),
        (None, "The toll must go | Editorial", True),
        (None, "OP-ED — the toll must go", True),
        (None, "Opinion is split on the toll", False),
        (None, "Court: no opinion on tolls", False),
        (None, None, False),
    ],
)
def test_is_opinion(url: str | None, title: str | None, opinion: bool) -> None:
    assert is_opinion(Article("a", "Some text.", title=title, url=url)) is opinion
