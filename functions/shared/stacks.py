"""What a deployed stack says of itself: the outputs and parameters of template.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError


class StackUnknown(RuntimeError):  # noqa: N818
    """There is no stack of this name in this account and region, or it is none of this template."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """`parameters` as they are in force, defaults included."""

    name: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]

    def output(self, name: str) -> str:
        """Raises StackUnknown where an older template, or another, lacks it."""
        if name not in self.outputs:
            raise StackUnknown(f"stack {self.name} has no output {name}: deploy this version's template.yaml")
        return self.outputs[name]


def deployed(cloudformation: Any, name: str) -> Deployed:
    """Raises StackUnknown, and the client's errors."""
    try:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # what CloudFormation answers for a name that it does not know
            raise StackUnknown(f"no stack {name} in {cloudformation.meta.region_name}") from None
        raise
    return Deployed(
        name=name,
        outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        parameters={parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack.get("Parameters", [])},
    )
