"""Given pairs as JSON: what is taken, and how what is wrong is named."""

from __future__ import annotations

import re
from typing import Any

import pytest

from model.labels import ATTITUDES
from model.pairs import judgement_to_dict, parse_pair
from model.records import Judgement, PairInput, Span

TEXT = "Ida Holm praised the plan."


def test_spans() -> None:
    assert parse_pair({"text": TEXT, "actor": [0, 8], "target": [17, 25]}) == PairInput(TEXT, target=Span(17, 25), actor=Span(0, 8))


def test_names_need_not_stand_in_the_text() -> None:
    assert parse_pair({"text": TEXT, "actor": "Ida Holm", "target": "the harbour"}) == PairInput(
        TEXT, target="the harbour", actor="Ida Holm"
    )


@pytest.mark.parametrize("actor", [{"actor": None}, {}])
def test_no_actor_asks_for_the_own_tone(actor: dict[str, None]) -> None:
    assert parse_pair({"text": TEXT, "target": [17, 25], **actor}).actor is None


def test_context_and_keys_of_others() -> None:
    pair = parse_pair({"text": TEXT, "target": "plan", "context": "It was voted on.", "id": 7, "note": []})
    assert pair == PairInput(TEXT, target="plan", context="It was voted on.")
    assert parse_pair({"text": TEXT, "target": "plan", "context": None}).context == ""


def test_offsets_count_characters_and_may_reach_the_end() -> None:
    assert parse_pair({"text": "Ünïön 🏴 x", "target": [6, 9]}).target == Span(6, 9)


WRONG: list[tuple[Any, str]] = [
    ([1], "a pair is a JSON object, not an array"),
    (None, "a pair is a JSON object, not null"),
    ({"target": [0, 1]}, "text: missing"),
    ({"text": 5, "target": [0, 1]}, "text: must be a string, not a number"),
    ({"text": " \n", "target": [0, 1]}, "text: is empty"),
    ({"text": TEXT}, 'target: missing; give [start, end] or a name (only "actor" may be null: the article\'s own tone)'),
    ({"text": TEXT, "target": None}, 'target: missing; give [start, end] or a name (only "actor" may be null: the article\'s own tone)'),
    ({"text": TEXT, "target": " "}, "target: the name is empty"),
    ({"text": TEXT, "target": {"start": 0}}, "target: must be [start, end] or a name, not an object"),
    ({"text": TEXT, "target": True}, "target: must be [start, end] or a name, not true or false"),
    ({"text": TEXT, "target": [0]}, "target: must be two whole numbers, [start, end]"),
    ({"text": TEXT, "target": [0, 1, 2]}, "target: must be two whole numbers, [start, end]"),
    ({"text": TEXT, "target": [False, True]}, "target: must be two whole numbers, [start, end]"),
    ({"text": TEXT, "target": [0.0, 1.0]}, "target: must be two whole numbers, [start, end]"),
    ({"text": TEXT, "target": ["0", "1"]}, "target: must be two whole numbers, [start, end]"),
    ({"text": TEXT, "target": [3, 3]}, "target: must have 0 <= start < end, not [3, 3]"),
    ({"text": TEXT, "target": [-1, 3]}, "target: must have 0 <= start < end, not [-1, 3]"),
    ({"text": TEXT, "target": [17, 27]}, "target: [17, 27] reaches past the end of text, which has 26 characters"),
    ({"text": TEXT, "target": [8, 9]}, "target: [8, 9] covers only blanks"),
    ({"text": TEXT, "target": [0, 3], "actor": [9, 4]}, "actor: must have 0 <= start < end, not [9, 4]"),
    ({"text": TEXT, "target": [0, 3], "actor": ""}, "actor: the name is empty"),
    ({"text": TEXT, "target": [0, 3], "context": ["x"]}, "context: must be a string, not an array"),
]


@pytest.mark.parametrize(("obj", "message"), WRONG)
def test_what_is_wrong_is_named(obj: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_pair(obj)


def test_a_judgement_has_all_labels_and_four_digits() -> None:
    attitudes = dict.fromkeys(ATTITUDES, 0.0) | {"critical": 2 / 3, "opposed": 1 / 3}
    judgement = Judgement("oppose", "critical", -0.6, {"support": 0.0, "oppose": 0.99999, "neutral": 0.00001}, attitudes)
    assert judgement_to_dict(judgement) == {
        "side": "oppose",
        "attitude": "critical",
        "polarity": -0.6,
        "sides": {"support": 0.0, "oppose": 1.0, "neutral": 0.0},
        "attitudes": {
            "supportive": 0.0, "conciliatory": 0.0, "neutral": 0.0, "ambivalent": 0.0, "concerned": 0.0, "demanding": 0.0,
            "sceptical": 0.0, "critical": 0.6667, "opposed": 0.3333, "defiant": 0.0, "threatening": 0.0,
        },
    }  # fmt: skip
