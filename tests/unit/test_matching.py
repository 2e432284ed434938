"""Which entry of a watchlist a cluster is about: cases by hand."""

from __future__ import annotations

import pytest

from model.labels import EntityType
from model.matching import LEAST, Matcher, likeness, stems
from model.records import Mention, Span
from model.watchlist import parse_watchlist

WATCHLIST = parse_watchlist(
    {
        "entities": [
            {"name": "United States", "type": "COUNTRY", "aliases": ["US"], "external_id": "Q30"},
            {"name": "striking teachers", "type": "GROUP"},
        ],
        "issues": [
            {"name": "fuel subsidy cut", "aliases": ["removal of petrol subsidies"], "external_id": "X1"},
            {"name": "carbon tax reform"},
            {"name": "border agreement with Norway"},
            {"name": "border agreement with Sweden"},
            {"name": "strike"},
            {"name": "port closure", "aliases": ["shutting the harbour"]},
        ],
    }
)


def entry(*texts: str, kind: EntityType = "ISSUE") -> str | None:
    mentions = [Mention(Span(100 * i, 100 * i + len(text)), text, kind, i, 0.9) for i, text in enumerate(texts)]
    found = Matcher.of(WATCHLIST).entry(mentions, kind)
    return found.name if found else None


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["the strike"], "strike"),  # an alias, its article aside
        (["a new levy", "the Carbon Tax reform"], "carbon tax reform"),
        (["cutting fuel subsidies"], None),  # "cutt" is not "cut": two words in common of four
        (["cuts in the fuel subsidy"], "fuel subsidy cut"),
        (["the removal of the subsidy on petrol", "the move"], "fuel subsidy cut"),  # by its other name
        (["closing of the ports"], None),  # one word in common
        (["the closure of every port"], "port closure"),
        (["the agreement on the border", "the deal with Norway"], "border agreement with Norway"),  # by what two mentions say
    ],
)
def test_an_issue_in_other_words(texts: list[str], name: str | None) -> None:
    assert entry(*texts) == name


@pytest.mark.parametrize(
    "texts",
    [
        ["income tax reform"],  # a near miss: two words of three in common
        ["the fuel price", "the subsidy for farmers"],  # the alias's words, but of two things
        ["the teachers' strike", "a strike ballot"],  # the one common word of an alias must be all that is said
        ["the border agreement"],  # fits two entries equally
        ["the reform"],
        ["it", "this"],
        [],
    ],
)
def test_what_must_not_match(texts: list[str]) -> None:
    assert entry(*texts) is None


def test_an_alias_goes_before_likeness() -> None:
    assert entry("cuts in the fuel subsidy", "the strike") == "strike"


def test_only_issues_are_matched_by_likeness() -> None:
    assert entry("teachers who strike", kind="GROUP") is None
    assert entry("the striking teachers", kind="GROUP") == "striking teachers"
    assert entry("cuts in the fuel subsidy", kind="ORG") is None


def test_us_is_a_country_and_a_pronoun() -> None:
    assert entry("US", kind="COUNTRY") == "United States"
    assert entry("us", "we", kind="GROUP") is None


def test_without_a_watchlist_nothing_matches() -> None:
    assert Matcher.of(None).entry([Mention(Span(0, 6), "strike", "ISSUE", 0, 0.9)], "ISSUE") is None


def test_likeness_is_two_shares() -> None:
    # tax and reform of carbon, tax, reform; tax and reform of carbon, income, tax, reform
    assert likeness(stems("carbon tax reform"), [stems("income tax reform")]) == pytest.approx(2 / 3 + 1 / 2)
    assert likeness(stems("carbon tax reform"), [stems("income tax reform")]) < LEAST
    assert likeness(stems("port closure"), [stems("closures of ports")]) == 2.0
    assert likeness(stems("port closure"), [stems("the port"), stems("any closure")]) == 1.5


def test_endings_and_hyphens() -> None:
    assert stems("The subsidies' red-flag regulations") == {"subsid", "red", "flag", "regul"}
    assert stems("closure subsidy tax") == stems("closures, subsidies and taxes")
