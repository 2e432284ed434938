"""Every reading fits the contract's schema, and what breaks the contract does not."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from model.labels import ATTITUDES, ENTITY_TYPES, POLARITY, side_of
from model.reading import to_dict
from model.records import Reading, Stance
from tests.unit.readings import evidence, harbour_reading

SCHEMA = json.loads(resources.files("model").joinpath("reading.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_object_of_the_schema_is_closed_and_whole() -> None:
    objects = [SCHEMA, SCHEMA["properties"]["model"], *(d for d in SCHEMA["$defs"].values() if d.get("type") == "object")]
    assert len(objects) == 8
    for spec in objects:
        assert spec["additionalProperties"] is False
        assert spec["required"] == list(spec["properties"])


def test_the_labels_of_the_schema_are_those_of_the_code() -> None:
    assert SCHEMA["$defs"]["attitude"]["enum"] == list(ATTITUDES)
    assert SCHEMA["$defs"]["entity"]["properties"]["type"]["enum"] == list(ENTITY_TYPES)


def test_a_reading_is_valid() -> None:
    VALIDATOR.validate(to_dict(harbour_reading()))


def test_a_reading_of_an_article_that_tells_nothing_is_valid() -> None:
    bare = dataclasses.replace(harbour_reading().article, title=None, source=None, published_at=None, language=None)
    reading = Reading(article=bare, model=harbour_reading().model, sentences=(), entities=(), stances=(), warnings=("short",))
    VALIDATOR.validate(to_dict(reading))


@pytest.mark.parametrize("attitude", ATTITUDES)
def test_every_attitude_is_valid_with_its_side_and_polarity(attitude: str) -> None:
    side = side_of(attitude)
    stance = Stance("unions", "harbour-plan", attitude, side, POLARITY[attitude], 1.0, (evidence(attitude, side, 0, 40, 0.0),))
    VALIDATOR.validate(to_dict(dataclasses.replace(harbour_reading(), stances=(stance,))))


def _set(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(reading: Any) -> None:
        for key in path[:-1]:
            reading = reading[key]
        reading[path[-1]] = value

    return change


BROKEN = {
    "another schema version": _set("schema", value=2),
    "no id": _set("article_id", value=""),
    "a date without a time": _set("published_at", value="2025-06-24"),
    "a local time": _set("published_at", value="2025-06-24T00:00:00+02:00"),
    "month 13": _set("published_at", value="2025-13-24T00:00:00Z"),
    "a revision without its digest": _set("model", "revision", value="v1"),
    "an extra key": _set("author", value="x"),
    "an extra key in a stance": _set("stances", 0, "holder", value="x"),
    "an extra key in evidence": _set("stances", 0, "evidence", 0, "text", value="x"),
    "a negative offset": _set("sentences", 0, "start", value=-1),
    "an offset that is no whole number": _set("sentences", 0, "end", value=40.5),
    "a sentence as a list": _set("sentences", 0, value=[0, 40]),
    "an unknown entity type": _set("entities", 0, "type", value="PER"),
    "an entity without mentions": _set("entities", 0, "mentions", value=[]),
    "an unknown tone": _set("entities", 0, "tone", "label", value="mixed"),
    "a tone of 0 instead of none": _set("entities", 1, "tone", value=0.0),
    "an unknown attitude": _set("stances", 0, "attitude", value="skeptical"),
    "a side that is not the attitude's": _set("stances", 0, "side", value="oppose"),
    "a stance that does not repeat the side": _set("stances", 0, "stance", value="neutral"),
    "a polarity that is not the attitude's": _set("stances", 0, "polarity", value=0.5),
    "a confidence past 1": _set("stances", 0, "confidence", value=1.01),
    "a stance without evidence": _set("stances", 0, "evidence", value=[]),
    "evidence of another side": _set("stances", 1, "evidence", 0, "stance", value="support"),
    "a warning that is no text": _set("warnings", value=[None]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_reading_is_not_valid(name: str) -> None:
    reading = copy.deepcopy(to_dict(harbour_reading()))
    BROKEN[name](reading)
    assert not VALIDATOR.is_valid(reading)


@pytest.mark.parametrize("key", sorted(SCHEMA["required"]))
def test_no_key_may_be_missing(key: str) -> None:
    reading = to_dict(harbour_reading())
    del reading[key]
    assert not VALIDATOR.is_valid(reading)
