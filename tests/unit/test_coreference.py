"""Coreference scores: reckoned by hand from the papers' definitions."""

from __future__ import annotations

import pytest

from model.train.coreference import conll


def clusters(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize(
    ("gold", "found", "muc", "b3", "ceaf_e"),
    [
        ("abc de", "abc de", 1.0, 1.0, 1.0),
        ("abc de", "ab cde", 2 / 3, 11 / 15, 0.8),  # links 2 of 3 both ways; (2/3 + 2/3 + 1/3 + 1 + 1) / 5; (4/5 + 4/5) / 2
        ("abc de", "abcde", 6 / 7, 2 * (13 / 25) / (1 + 13 / 25), 0.5),  # φ4 of abc is 6/8; recall .375, precision .75
        ("abc de", "a b c d e", 0.0, 0.0, 0.0),
        ("abc d", "abc de", 0.8, 0.75, 2 / 3),  # d alone does not count in gold
    ],
)
def test_scores(gold: str, found: str, muc: float, b3: float, ceaf_e: float) -> None:
    scores = conll([(clusters(gold), clusters(found))])
    assert scores == pytest.approx({"muc": muc, "b3": b3, "ceaf_e": ceaf_e, "conll": (muc + b3 + ceaf_e) / 3})


def test_documents_are_summed_before_they_are_divided() -> None:
    one, other = (clusters("abc"), clusters("abc")), (clusters("de fg"), clusters("dg"))
    assert conll([one, other])["muc"] == pytest.approx(2 * (2 / 4) * (2 / 3) / (2 / 4 + 2 / 3))


def test_nothing_is_no_error() -> None:
    assert conll([([], [])])["conll"] == 0.0
