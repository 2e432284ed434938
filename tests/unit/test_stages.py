"""Where stances are lost, on one small article whose readings are made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from model.train.stages import causes, slices
from tests.unit.test_score import ALL, ANN, BO, FIRST, GOLD, RIGHT, SECOND, TOLL, entity, stance

STRANGER = entity("stranger", (5, 12))
SECOND_ANN = entity("also-ann", (31, 34))


@pytest.mark.parametrize(
    ("entities", "stances", "gold", "false"),
    [
        pytest.param(ALL, RIGHT, {"right": 2}, {}, id="all right"),
        pytest.param(ALL, [], {"read as neutral": 2}, {}, id="nothing said"),
        pytest.param([ANN, BO], RIGHT[1:], {"target not marked": 1, "right": 1}, {}, id="no target"),
        pytest.param([ANN, TOLL], RIGHT[:1], {"right": 1, "actor not marked": 1}, {}, id="no actor"),
        pytest.param(
            [entity("ann", (0, 3)), SECOND_ANN, BO, TOLL],
            [RIGHT[0], stance("bo", "also-ann", "supportive", SECOND)],
            {"right": 1, "target in another entity": 1},
            {"target in a second entity": 1},
            id="a target cut in two",
        ),
        pytest.param(
            ALL,
            [stance("ann", "toll", "supportive", FIRST), RIGHT[1]],
            {"wrong side": 1, "right": 1},
            {"wrong side": 1},
            id="wrong side",
        ),
        pytest.param(
            [*ALL, STRANGER],
            [*RIGHT, stance("ann", "stranger", "critical", FIRST), stance("ann", "bo", "critical", SECOND)],
            {"right": 2},
            {"target is nothing in gold": 1, "neutral in gold": 1},
            id="made up",
        ),
    ],
)
def test_causes(entities: list[Any], stances: list[Any], gold: dict[str, int], false: dict[str, int]) -> None:
    reading = {"article_id": GOLD["id"], "entities": entities, "stances": stances}
    assert causes([GOLD], {GOLD["id"]: reading}) == {"gold stances": gold, "false stances": false}


def test_slices() -> None:
    """One stance of each gold is found with its side, the other with a wrong one; one more is made up."""
    entities = [{**each, "type": "PERSON"} for each in (ANN, BO)] + [{**TOLL, "type": "ISSUE"}, {**STRANGER, "type": "ORG"}]
    stances = [RIGHT[0], stance("bo", "ann", "critical", SECOND), stance("bo", "stranger", "critical", SECOND)]
    quoting = {**GOLD, "text": GOLD["text"].replace("attacks the", "“hit” + the")}
    found = slices([quoting], {GOLD["id"]: {"article_id": GOLD["id"], "entities": entities, "stances": stances}})
    assert found["toward ISSUE"] == {"stances_f1": 1.0, "precision": 1.0, "recall": 1.0, "gold": 1.0}
    assert found["toward PERSON"] == {"stances_f1": 0.0, "precision": 0.0, "recall": 0.0, "gold": 1.0}
    assert found["toward ORG"] == {"stances_f1": 0.0, "precision": 0.0, "recall": 0.0, "gold": 0.0}
    assert found["with a quotation"]["gold"] == found["without one"]["gold"] == 1.0
    assert found["of up to 20 words"] == {"stances_f1": 0.4, "precision": 1 / 3, "recall": 0.5, "gold": 2.0}
