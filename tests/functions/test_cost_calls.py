"""The cost model counts the calls that the service makes."""

from __future__ import annotations

import math

from functions.cli.cost_model import LOOKS, OTHER_CALLS, WRITES_A_CALL
from tests.functions.fakes import Stack


def test_the_calls_of_one_article(stack: Stack) -> None:
    assert stack.handle(stack.upload("a.txt", " ".join(f"Ann supports P{n}." for n in range(60)))) == "read"
    looks = [call for call in stack.calls if call in ("GetItem", "Query")]
    batches = [call for call in stack.calls if call == "BatchWriteItem"]
    assert len(batches) == math.ceil(61 / WRITES_A_CALL)
    assert len(stack.calls) - len(looks) - len(batches) == OTHER_CALLS
    assert LOOKS - 1 <= len(looks) <= LOOKS
