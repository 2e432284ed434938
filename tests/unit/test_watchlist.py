"""Watchlists: what a file may hold, and how what is wrong in it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.watchlist import Watchlist, WatchlistEntry, WatchlistError, load_watchlist, parse_watchlist

SAMPLE = Path(__file__).parents[2] / "events" / "watchlist.yaml"


def load(tmp_path: Path, text: str) -> Watchlist:
    path = tmp_path / "watch.yaml"
    path.write_text(text, encoding="utf-8")
    return load_watchlist(path)


def test_the_sample() -> None:
    watchlist = load_watchlist(SAMPLE)
    nato = watchlist.entries[0]
    assert (nato.name, nato.type, nato.external_id) == ("NATO", "ORG", "Q7184")
    assert {entry.type for entry in watchlist.entries} == {"PERSON", "ORG", "COUNTRY", "GROUP", "ISSUE"}


def test_entities_and_issues(tmp_path: Path) -> None:
    issues = "issues:\n- name: aid  to\n    Ukraine\n"
    text = issues + "entities:\n- {name: NATO, type: ORG, aliases: [Alliance, nato, Alliance], external_id: Q7184}\n"
    assert load(tmp_path, text).entries == (
        WatchlistEntry("NATO", "ORG", ("Alliance",), "Q7184"),
        WatchlistEntry("aid to Ukraine", "ISSUE"),
    )


def test_all_names_of_an_entry() -> None:
    assert WatchlistEntry("NATO", "ORG", ("Alliance", "the bloc")).names == ("NATO", "Alliance", "the bloc")


WRONG = [
    ("", "must hold 'entities:' and 'issues:', each with a list under it"),
    ("- name: NATO", "must hold 'entities:' and 'issues:', each with a list under it"),
    ("entities:\nissues: []", "holds no entry"),
    ("entity: []", "unknown key 'entity'; the keys are entities and issues"),
    ("entities: NATO", "entities: must be a list; start each entry with '- name: ...'"),
    ("entities: [NATO]", "entities, entry 1: must have a name ('- name: ...')"),
    ("entities: [{type: ORG}]", "entities, entry 1: has no name"),
    ("issues: [{name: a}, {name: ' '}]", "issues, entry 2: name is empty"),
    ("issues: [{name: NO}]", "issues, entry 1: name must be text, not False; put it in quotes"),
    ("issues: [{name: 2030}]", "issues, entry 1: name must be text, not 2030; put it in quotes"),
    ("issues: [{name: a, alias: b}]", "issues, entry 1: unknown key 'alias'; the keys are name, type, aliases, external_id"),
    ("issues: [{name: a, aliases: b}]", "issues, entry 1 (a): aliases must be a list, as in [first alias, second alias]"),
    ("issues: [{name: a, aliases: [b, 1]}]", "issues, entry 1 (a): alias must be text, not 1; put it in quotes"),
    ("issues: [{name: a, external_id: 7}]", "issues, entry 1 (a): external_id must be text, not 7; put it in quotes"),
    (
        "issues: [{name: a, type: ORG}]",
        "issues, entry 1 (a): an issue has no type other than ISSUE; persons, organisations, ... belong under entities",
    ),
    (
        "entities: [{name: a}]",
        "entities, entry 1 (a): type must be PERSON, ORG, COUNTRY or GROUP, not None (an issue belongs under issues)",
    ),
    (
        "entities: [{name: a, type: ISSUE}]",
        "entities, entry 1 (a): type must be PERSON, ORG, COUNTRY or GROUP, not 'ISSUE' (an issue belongs under issues)",
    ),
    (
        "entities: [{name: The Unity Party, type: ORG}, {name: Unity Party, type: ORG}]",
        "entities, entry 2: the name 'Unity Party' is in a text the same as 'The Unity Party' in entities, entry 1",
    ),
    (
        "entities: [{name: A, type: ORG}]\nissues: [{name: b, aliases: [a]}]",
        "issues, entry 1: the name 'a' already stands in entities, entry 1",
    ),
    ("issues: [a", "not YAML: line 1, column 11: expected ',' or ']', but got '<stream end>'"),
    (
        "issues: [!!python/object:os.system {}]",
        "not YAML: line 1, column 10: could not determine a constructor for the tag 'tag:yaml.org,2002:python/object:os.system'",
    ),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(WatchlistError) as raised:
        load(tmp_path, text)
    assert str(raised.value) == message


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "watch.yaml"
    path.write_bytes(b"\xff\xfe\x00issues")
    with pytest.raises(WatchlistError, match="not YAML"):
        load_watchlist(path)


def test_a_watchlist_from_json() -> None:
    assert parse_watchlist({"issues": [{"name": "harbour plan"}]}).entries == (WatchlistEntry("harbour plan", "ISSUE"),)
