"""template.yaml as plain values: `!Ref X` is {"Ref": "X"}, `!GetAtt A.B` is {"Fn::GetAtt": "A.B"}, and so on."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]

Values = dict[str, Any]


class _Loader(yaml.SafeLoader):
    pass


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Values:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def template(name: str = "template.yaml") -> Values:
    loaded: Values = yaml.load((ROOT / name).read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  a SafeLoader
    return loaded


@cache
def settled(*true: str, name: str = "template.yaml") -> dict[str, Values]:
    """The resources as they are where these conditions hold and no others: no Fn::If and no AWS::NoValue is left."""
    resources = template(name)["Resources"].items()
    return {key: _settle(resource, true) for key, resource in resources if resource.get("Condition") in (None, *true)}


def settled_of_type(kind: str, *true: str) -> dict[str, Values]:
    """Logical id and properties of every resource of a type, where these conditions hold and no others."""
    return {name: resource.get("Properties", {}) for name, resource in settled(*true).items() if resource["Type"] == kind}


_NOTHING: Values = {"Ref": "AWS::NoValue"}


def _settle(value: Any, true: tuple[str, ...]) -> Any:
    if isinstance(value, dict) and list(value) == ["Fn::If"]:
        condition, then, otherwise = value["Fn::If"]
        return _settle(then if condition in true else otherwise, true)
    if isinstance(value, dict):
        inner = {key: _settle(one, true) for key, one in value.items()}
        return {key: one for key, one in inner.items() if one != _NOTHING} if inner != _NOTHING else inner
    if isinstance(value, list):
        return [one for one in (_settle(one, true) for one in value) if one != _NOTHING]
    return value


def of_type(kind: str) -> dict[str, Values]:
    """Logical id and properties of every resource of a type."""
    return {name: resource["Properties"] for name, resource in template()["Resources"].items() if resource["Type"] == kind}


def numbers(value: Any) -> list[int]:
    """What a number may be: itself, or a parameter's default and bounds."""
    if isinstance(value, dict):
        parameter = template()["Parameters"][value["Ref"]]
        return [int(parameter[name]) for name in ("MinValue", "Default", "MaxValue") if name in parameter]
    return [int(value)]


def allowed_actions(role: str) -> set[str]:
    """The actions that a role's own policies allow."""
    statements = [s for policy in of_type("AWS::IAM::Role")[role]["Policies"] for s in policy["PolicyDocument"]["Statement"]]
    return {action for s in statements if s["Effect"] == "Allow" for action in s["Action"]}


def rendered(value: Any) -> Any:
    """A value with its intrinsic functions carried out as far as can be without AWS: `!Ref X` and `${X}` are "<X>", of a parameter
    its default; `!If` takes its first branch.
    """
    if isinstance(value, list):
        return [rendered(each) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1 or not (found := _INTRINSICS.get(next(iter(value)))):
        return {name: rendered(each) for name, each in value.items()}
    return found(next(iter(value.values())))


def _ref(name: str) -> Any:
    return template()["Parameters"].get(name, {}).get("Default", f"<{name}>")


def _sub(argument: Any) -> str:
    text, variables = (argument, {}) if isinstance(argument, str) else argument
    return re.sub(r"\$\{([\w.:]+)\}", lambda found: str(rendered(variables.get(found[1], f"<{found[1]}>"))), text)


_INTRINSICS: dict[str, Callable[[Any], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": lambda name: f"<{name}>",
    "Fn::Sub": _sub,
    "Fn::If": lambda branches: rendered(branches[1]),
    "Fn::Join": lambda argument: argument[0].join(rendered(argument[1])),
}
