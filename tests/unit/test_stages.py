"""Where stances are lost, on one small article whose readings are made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from model.train.stages import causes
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
