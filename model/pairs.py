"""Given pairs as the contract's JSON objects: parsed strictly, so that a slip in the input is named and never guessed at."""

from __future__ import annotations

from typing import Any

from model.records import Judgement, PairInput, Span


def parse_pair(obj: object) -> PairInput:
    """One JSON object as a pair. Unknown keys are ignored. Raises ValueError, which names the field and what is wrong with it."""
    if not isinstance(obj, dict):
        raise ValueError(f"a pair is a JSON object, not {_kind(obj)}")
    text = obj.get("text")
    if not isinstance(text, str):
        raise ValueError("text: missing" if "text" not in obj else f"text: must be a string, not {_kind(text)}")
    if not text.strip():
        raise ValueError("text: is empty")
    if obj.get("target") is None:
        raise ValueError('target: missing; give [start, end] or a name (only "actor" may be null: the article\'s own tone)')
    actor = obj.get("actor")
    return PairInput(
        text=text,
        target=_end("target", obj["target"], text),
        actor=None if actor is None else _end("actor", actor, text),
        context=_context(obj.get("context")),
    )


def judgement_to_dict(judgement: Judgement) -> dict[str, Any]:
    """A judgement as JSON-ready values; probabilities are rounded to 4 digits, in the order of the labels."""
    return {
        "side": judgement.side,
        "attitude": judgement.attitude,
        "polarity": judgement.polarity,
        "sides": {label: round(p, 4) for label, p in judgement.sides.items()},
        "attitudes": {label: round(p, 4) for label, p in judgement.attitudes.items()},
    }


def _end(field: str, value: object, text: str) -> Span | str:
    """One end of the pair: [start, end) in characters of `text`, or a name."""
    if isinstance(value, str):
        if not value.strip():
            raise ValueError(f"{field}: the name is empty")
        return value
    if not isinstance(value, list):
        raise ValueError(f"{field}: must be [start, end] or a name, not {_kind(value)}")
    if len(value) != 2 or not all(type(offset) is int for offset in value):  # bool is an int, and no offset
        raise ValueError(f"{field}: must be two whole numbers, [start, end]")
    start, end = value
    if not 0 <= start < end:
        raise ValueError(f"{field}: must have 0 <= start < end, not [{start}, {end}]")
    if end > len(text):
        raise ValueError(f"{field}: [{start}, {end}] reaches past the end of text, which has {len(text)} characters")
    if not text[start:end].strip():
        raise ValueError(f"{field}: [{start}, {end}] covers only blanks")
    return Span(start, end)


def _context(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"context: must be a string, not {_kind(value)}")
    return value


def _kind(value: object) -> str:
    """The JSON name of a value's type."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")
