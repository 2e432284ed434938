"""The corpus is clean and is as large as its README says; broken markup is told by file and line."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from model.train.corpus import corpus
from model.train.corpus.corpus import Article, main, parse, parse_sentence

FOLDER = Path(corpus.__file__).parent
SPLITS = ("train", "dev")
HEAD = "== a-1\ntitle: T\ndate: 2025-01-01\nstyle: wire\n@ p1 PERSON Ann Bell\n@ i1 ISSUE toll\n"
PORT = (
    HEAD
    + "\n{p1:Ann Bell} hates {i1:the {i1:toll} plan}.\n> p1 i1 opposed\n{p1:She} left.\n\n{i1:It} stays, {p1:she} said.\n> p1 i1 critical\n"
)


@cache
def split(name: str) -> tuple[list[Article], list[str]]:
    articles: list[Article] = []
    problems: list[str] = []
    for path in sorted((FOLDER / name).glob("*.stance")):
        parsed, found = parse(path)
        articles += parsed
        problems += found
    return articles, problems


@pytest.mark.parametrize("name", SPLITS)
def test_the_corpus_checks_clean(name: str) -> None:
    assert split(name)[1] == []


def test_no_id_stands_twice_in_either_split() -> None:
    ids = [article.id for name in SPLITS for article in split(name)[0]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", SPLITS)
def test_counts_equal_the_readme(name: str) -> None:
    row = re.search(rf"^\| `{name}/` \|(.+)\|$", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert row is not None
    articles = split(name)[0]
    counted = [
        len(articles),
        sum(len(article.sentences) for article in articles),
        sum(len(article.mentions) for article in articles),
        sum(len(article.stances) for article in articles),
    ]
    assert counted == [int(cell.replace(",", "")) for cell in row[1].split("|")]


@pytest.mark.parametrize("name", SPLITS)
def test_offsets_slice_back(name: str) -> None:
    for article in split(name)[0]:
        spans = [(sentence["start"], sentence["end"]) for sentence in article.sentences]
        gaps = [article.text[a[1] : b[0]] for a, b in pairwise(spans)]
        assert spans[0][0] == 0
        assert spans[-1][1] == len(article.text)
        assert set(gaps) <= {" ", "\n\n"}
        for mention in article.mentions:
            start, end = spans[mention["sentence"]]
            words = article.text[mention["start"] : mention["end"]]
            assert start <= mention["start"] < mention["end"] <= end
            assert words == words.strip()


def test_the_exported_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "port.stance"
    file.write_text(PORT, encoding="utf-8")
    assert main(["export", str(file)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record == {
        "id": "a-1",
        "title": "T",
        "date": "2025-01-01",
        "style": "wire",
        "text": "Ann Bell hates the toll plan. She left.\n\nIt stays, she said.",
        "entities": {"p1": {"type": "PERSON", "name": "Ann Bell"}, "i1": {"type": "ISSUE", "name": "toll"}},
        "sentences": [{"start": 0, "end": 29}, {"start": 30, "end": 39}, {"start": 41, "end": 60}],
        "mentions": [
            {"entity": "p1", "sentence": 0, "start": 0, "end": 8},
            {"entity": "i1", "sentence": 0, "start": 15, "end": 28},
            {"entity": "i1", "sentence": 0, "start": 19, "end": 23},
            {"entity": "p1", "sentence": 1, "start": 30, "end": 33},
            {"entity": "i1", "sentence": 2, "start": 41, "end": 43},
            {"entity": "p1", "sentence": 2, "start": 51, "end": 54},
        ],
        "stances": [
            {"sentence": 0, "actor": "p1", "target": "i1", "attitude": "opposed", "polarity": -0.8},
            {"sentence": 2, "actor": "p1", "target": "i1", "attitude": "critical", "polarity": -0.6},
        ],
    }


def test_check_prints_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "port.stance"
    file.write_text(PORT, encoding="utf-8")
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out == (
        "1 articles, 3 sentences (2 with a stance), 6 mentions, 2 stances\n"
        "supportive 0  conciliatory 0  ambivalent 0  concerned 0  demanding 0  "
        "sceptical 0  critical 1  opposed 1  defiant 0  threatening 0\n"
    )


@pytest.mark.parametrize(
    ("line", "plain", "mentions"),
    [
        ("No mention at all.", "No mention at all.", []),
        ("{i1:{c1:US} aid to {c2:Ukraine}}", "US aid to Ukraine", [("i1", 0, 17), ("c1", 0, 2), ("c2", 10, 17)]),
        ("{p:“I”} said: {p:me}", "“I” said: me", [("p", 0, 3), ("p", 10, 12)]),
    ],
)
def test_a_sentence_without_its_braces(line: str, plain: str, mentions: list[tuple[str, int, int]]) -> None:
    assert parse_sentence(line) == (plain, mentions)


BROKEN = [
    # what stands after the six lines of HEAD; the problems of line 7 and after
    ("{p1:Ann} and {i1:the toll.", ["7: mention i1 is never closed"]),
    ("{p1:Ann}} and {i1:the toll}.", ["7: a closing brace with no mention open"]),
    ("{p1:Ann} and {i1:the toll} { .", ["7: a stray brace"]),
    ("{p1: Ann} and {i1:the toll}.", ["7: mention of p1 is empty or has outer blanks"]),
    ("{p1:Ann} and {i1:the toll} and {p2:Bo}.", ["7: mention of undeclared p2"]),
    ("> p1 i1 critical", ["7: a stance before any sentence"]),
    ("@ p1 PERSON Bo", ["7: entity p1 twice"]),
    ("@ p2 HERO Bo", ["7: expected '@ id TYPE name'"]),
    ("@ p2 PERSON", ["7: expected '@ id TYPE name'"]),
    ("{p1:Ann} and {i1:the toll}.\n> p1 critical", ["8: expected '> actor target attitude'"]),
    ("{p1:Ann} and {i1:the toll}.\n> p1 i1 hateful", ["8: unknown attitude hateful"]),
    ("{p1:Ann} and {i1:the toll}.\n> p1 i1 neutral", ["8: unknown attitude neutral"]),
    ("{p1:Ann} and {i1:the toll}.\n> i1 p1 critical", ["8: i1 is no actor"]),
    ("{p1:Ann} and {i1:the toll}.\n> p9 i1 critical", ["8: p9 is no actor"]),
    ("{p1:Ann} and {i1:the toll}.\n> p1 i9 critical", ["8: unknown target i9"]),
    ("{p1:Ann} and {i1:the toll}.\n> p1 p1 critical", ["8: an actor's stance toward itself"]),
    ("{p1:Ann} left.\n> p1 i1 critical\n{i1:It} stays.", ["8: i1 has not been mentioned yet"]),
    ("{p1:Ann} and {i1:the toll}.\n> p1 i1 critical\n> p1 i1 opposed", ["9: two labels for p1 i1 in one sentence"]),
    ("{p1:Ann} left.", ["1: a-1: i1 is declared and never mentioned"]),
]


@pytest.mark.parametrize(("body", "problems"), BROKEN)
def test_broken_markup_is_told_by_file_and_line(tmp_path: Path, body: str, problems: list[str]) -> None:
    file = tmp_path / "bad.stance"
    file.write_text(HEAD + body + "\n", encoding="utf-8")
    mentioned_late = "is declared and never mentioned"
    found = [p for p in parse(file)[1] if mentioned_late not in p or any(mentioned_late in q for q in problems)]
    assert found == [f"bad.stance:{problem}" for problem in problems]


BROKEN_FILES = [
    ("stray\n", ["bad.stance:1: text before the first '== id'"]),
    ("== a-1\ndate: 2025-01-01\nstyle: wire\nText.\n", ["bad.stance:1: a-1: no title"]),
    ("== a-1\ntitle: T\nstyle: wire\nText.\n", ["bad.stance:1: a-1: no date"]),
    (
        "== a-1\ntitle: T\ndate: 2025-01-01\nstyle: prose\nText.\n",
        [
            "bad.stance:1: a-1: style must be one of analysis, broadcast, broadsheet, business, live-blog, opinion, "
            "press-release, regional, tabloid, wire"
        ],
    ),
    (PORT + PORT, ["id a-1 twice"]),
]


@pytest.mark.parametrize(("text", "problems"), BROKEN_FILES)
def test_check_fails_on_a_broken_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, problems: list[str]) -> None:
    file = tmp_path / "bad.stance"
    file.write_text(text, encoding="utf-8")
    assert main(["check", str(file)]) == 1
    assert capsys.readouterr().err.splitlines() == problems


@pytest.mark.parametrize("arguments", [[], ["check"], ["count", "a.stance"]])
def test_wrong_usage_exits_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "python -m model.train.corpus.corpus check FILE" in capsys.readouterr().err


def test_the_author_needs_no_declaration(tmp_path: Path) -> None:
    file = tmp_path / "opinion.stance"
    file.write_text(HEAD.replace("wire", "opinion") + "{p1:Ann}’s {i1:toll} is folly.\n> author i1 critical\n", encoding="utf-8")
    articles, problems = parse(file)
    assert problems == []
    assert articles[0].stances[0]["actor"] == "author"
