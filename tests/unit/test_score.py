"""The score of small readings, computed by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from model.train.score import gold_of, macro_f1, main, missed, same_name, score

# Two sentences: [0, 21) and [22, 44).
GOLD: dict[str, Any] = {
    "id": "a-1",
    "text": "Ann attacks the toll. Bo hails Ann’s victory",
    "entities": {
        "p1": {"type": "PERSON", "name": "Ann Bell"},
        "p2": {"type": "PERSON", "name": "Bo Dahl"},
        "i1": {"type": "ISSUE", "name": "toll"},
    },
    "sentences": [{"start": 0, "end": 21}, {"start": 22, "end": 44}],
    "mentions": [
        {"entity": "p1", "sentence": 0, "start": 0, "end": 3},
        {"entity": "i1", "sentence": 0, "start": 12, "end": 20},
        {"entity": "p2", "sentence": 1, "start": 22, "end": 24},
        {"entity": "p1", "sentence": 1, "start": 31, "end": 34},
    ],
    "stances": [
        {"sentence": 0, "actor": "p1", "target": "i1", "attitude": "critical", "polarity": -0.6},
        {"sentence": 1, "actor": "p2", "target": "p1", "attitude": "supportive", "polarity": 1.0},
    ],
}
SIDES = {"critical": "oppose", "opposed": "oppose", "supportive": "support", "ambivalent": "neutral", "neutral": "neutral"}
FIRST, SECOND = (0, 21), (22, 44)


def entity(id_: str, *spans: tuple[int, int], name: str = "") -> dict[str, Any]:
    return {"id": id_, "name": name, "mentions": [{"start": start, "end": end} for start, end in spans]}


def stance(actor: str, target: str, attitude: str, *evidence: tuple[int, int]) -> dict[str, Any]:
    spans = [{"start": start, "end": end} for start, end in evidence]
    return {"actor": actor, "target": target, "attitude": attitude, "stance": SIDES[attitude], "evidence": spans}


ANN, BO, TOLL = entity("ann", (0, 3), (31, 34)), entity("bo", (22, 24)), entity("toll", (12, 20))
RIGHT = [stance("ann", "toll", "critical", FIRST), stance("bo", "ann", "supportive", SECOND)]
ALL = [ANN, BO, TOLL]


class Case(NamedTuple):
    """What a reading finds, and (hit, predicted) of pairs, stances and article; the attitude accuracy of matched pairs."""

    name: str
    entities: list[Any]
    stances: list[Any]
    pairs: tuple[int, int]
    sides: tuple[int, int]
    article: tuple[int, int]
    accuracy: float | None


CASES = [
    Case("all right", ALL, RIGHT, (2, 2), (2, 2), (2, 2), 1.0),
    Case("nothing", ALL, [], (0, 0), (0, 0), (0, 0), None),
    Case("side right, attitude not", ALL, [stance("ann", "toll", "opposed", FIRST)], (1, 1), (1, 1), (1, 1), 0.0),
    Case("pair right, side not", ALL, [stance("ann", "toll", "supportive", FIRST)], (1, 1), (0, 1), (0, 1), 0.0),
    Case("ambivalent is a pair without a side", ALL, [stance("ann", "toll", "ambivalent", FIRST)], (1, 1), (0, 0), (0, 0), 0.0),
    Case("neutral is no finding", ALL, [stance("ann", "toll", "neutral", FIRST)], (0, 0), (0, 0), (0, 0), None),
    Case("right pair, wrong sentence", ALL, [stance("ann", "toll", "critical", SECOND)], (0, 1), (0, 1), (1, 1), None),
    Case("once a sentence", ALL, [stance("ann", "toll", "critical", FIRST, SECOND)], (1, 2), (1, 2), (1, 1), 1.0),
    Case("the sentence that shares most", ALL, [stance("ann", "toll", "critical", (10, 24))], (1, 1), (1, 1), (1, 1), 1.0),
    Case("evidence outside of every sentence", ALL, [stance("ann", "toll", "critical", (90, 99))], (0, 0), (0, 0), (0, 0), None),
    Case("the ends swapped", ALL, [stance("toll", "ann", "critical", FIRST)], (0, 1), (0, 1), (0, 1), None),
    Case("an entity unknown to gold", [ANN, entity("x", (4, 11))], [stance("ann", "x", "critical", FIRST)], (0, 1), (0, 1), (0, 1), None),
    # "the toll." shares 8 of its 9 characters with gold's mention, "toll" only 4 of 8.
    Case("a wider mention", [ANN, entity("toll", (12, 21))], [stance("ann", "toll", "critical", FIRST)], (1, 1), (1, 1), (1, 1), 1.0),
    Case("half a mention", [ANN, entity("toll", (16, 20))], [stance("ann", "toll", "critical", FIRST)], (0, 1), (0, 1), (0, 1), None),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_one_article(case: Case) -> None:
    report: dict[str, Any] = score([GOLD], {"a-1": {"entities": case.entities, "stances": case.stances}})
    for name, (hit, predicted) in (("pairs", case.pairs), ("stances", case.sides), ("article", case.article)):
        assert report[name]["predicted"] == predicted, name
        assert report[name]["recall"] == hit / 2, name
        assert report[name]["precision"] == (hit / predicted if predicted else 0.0), name
    assert report.get("attitude", {}).get("accuracy") == case.accuracy


def test_the_whole_report() -> None:
    readings = {"a-1": {"entities": [ANN, BO, TOLL, entity("x", (4, 11))], "stances": [RIGHT[0], stance("bo", "toll", "critical", SECOND)]}}
    assert score([GOLD, {**GOLD, "id": "a-2"}], readings) == {
        "articles": 2,
        "without a reading": 1,
        "entities": {"precision": 0.75, "recall": 0.5, "f1": 0.6, "gold": 6, "predicted": 4},
        "pairs": {"precision": 0.5, "recall": 0.25, "f1": 0.3333, "gold": 4, "predicted": 2},
        "stances": {"precision": 0.5, "recall": 0.25, "f1": 0.3333, "gold": 4, "predicted": 2},
        "article": {"precision": 0.5, "recall": 0.25, "f1": 0.3333, "gold": 4, "predicted": 2},
        "attitude": {"accuracy": 1.0, "macro_f1": 1.0, "matched pairs": 1},
    }


def test_the_evidence_s_own_label_counts() -> None:
    mixed = stance("ann", "toll", "supportive", FIRST)
    mixed["evidence"][0] |= {"attitude": "critical", "stance": "oppose"}
    report: dict[str, Any] = score([GOLD], {"a-1": {"entities": ALL, "stances": [mixed]}})
    assert report["stances"]["recall"] == 0.5


def test_an_entity_is_aligned_once() -> None:
    # Both claim Ann; the one that shares two mentions gets her, and the other's stance is a false one.
    entities = [entity("a", (0, 3)), ANN, TOLL]
    report: dict[str, Any] = score([GOLD], {"a-1": {"entities": entities, "stances": [stance("a", "toll", "critical", FIRST)]}})
    assert report["pairs"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "gold": 2, "predicted": 1}


def test_the_author_is_not_scored() -> None:
    author = {"sentence": 0, "actor": "author", "target": "i1", "attitude": "critical", "polarity": -0.6}
    assert len(gold_of({**GOLD, "stances": [*GOLD["stances"], author]}).stances) == 2


SEESAW: dict[str, Any] = {
    "id": "s-1",
    "sentences": ["Obama hailed the UN.", "Critics hit Obama."],
    "entities": [{"name": "Barack Obama"}, {"name": "United Nations"}],
    "stances": [
        {"sentence": 0, "actor": "Barack Obama", "target": "United Nations", "polarity": "positive"},
        {"sentence": 1, "actor": "Not in the list", "target": "Barack Obama", "polarity": "negative"},
    ],
}


def test_seesaw_aligns_by_name_and_forgives_what_it_leaves_unnamed() -> None:
    reading = {
        "entities": [entity("obama", (0, 5), name="Obama"), entity("un", (13, 19), name="the UN"), entity("c", (21, 28), name="Critics")],
        "stances": [
            stance("obama", "un", "supportive", (0, 20)),
            stance("c", "obama", "critical", (21, 39)),  # fits "Not in the list": not counted
            stance("c", "un", "critical", (21, 39)),  # fits nothing: counted
        ],
    }
    report = score([SEESAW], {"s-1": reading})
    assert report["stances"] == {"precision": 0.5, "recall": 1.0, "f1": 0.6667, "gold": 1, "predicted": 2}
    assert "attitude" not in report


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Barack Obama", "Obama", True),
        ("the US", "United States", True),
        ("U.S. Senate", "United States Senate", True),
        ("WHO", "World Health Organization", True),
        ("Ministry of Finance", "finance ministry", True),
        ("Ann’s party", "Ann's party", True),
        ("us", "United States", True),  # as the acronym of its two words
        ("the", "a", False),
        ("Ann Bell", "Ann Dahl", False),
        ("", "Ann", False),
    ],
)
def test_names(a: str, b: str, same: bool) -> None:
    assert same_name(a, b) is same
    assert same_name(b, a) is same


def test_macro_f1() -> None:
    # critical: 2 right, 3 in gold, 2 found: 4/5. opposed: 1 right, 1 in gold, 2 found: 2/3. "defiant" is not in gold.
    pairs = [("critical", "critical"), ("critical", "critical"), ("critical", "opposed"), ("opposed", "opposed")]
    assert macro_f1(pairs) == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert macro_f1([("critical", "defiant")]) == 0.0
    assert macro_f1([]) == 0.0


def test_misses_and_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reading = {"article_id": "a-1", "entities": ALL, "stances": [stance("ann", "toll", "supportive", FIRST)]}
    lines = ["a-1 sentence 0: gold p1 -> i1 critical; reading supportive", "a-1 sentence 1: gold p2 -> p1 supportive; reading nothing"]
    assert missed([GOLD], {"a-1": reading}) == lines
    (tmp_path / "gold").write_text(json.dumps(GOLD) + "\n", encoding="utf-8")
    (tmp_path / "readings").write_text(json.dumps(reading) + "\n\n", encoding="utf-8")
    assert main([str(tmp_path / "gold"), str(tmp_path / "readings"), "--misses", "1"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "articles           1"
    assert printed[3] == "pairs              precision 1.0  recall 0.5  f1 0.6667  gold 2  predicted 1"
    assert printed[-1] == lines[0]
    assert main([str(tmp_path / "gold"), str(tmp_path / "readings"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == score([GOLD], {"a-1": reading})
