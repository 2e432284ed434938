"""What one object may cost, however it is packed."""

from __future__ import annotations

import gzip
import json

from tests.functions.fakes import MAX_ARTICLES, MAX_BYTES, Stack

LINE = json.dumps({"text": "Ann supports Ben. " + "x" * (MAX_BYTES // 3)}).encode() + b"\n"


def test_articles_that_are_small_packed_and_large_together_are_rejected(stack: Stack) -> None:
    packed = gzip.compress(LINE * 4)
    assert len(packed) < MAX_BYTES
    assert stack.handle(stack.upload("a.jsonl.gz", packed)) == "rejected"
    assert stack.head("a.jsonl.gz")["reason"] == "too-large"
    assert stack.reader.read_ids == []


def test_as_much_as_an_object_may_hold_is_read(stack: Stack) -> None:
    assert MAX_ARTICLES >= 2
    assert stack.handle(stack.upload("a.jsonl.gz", gzip.compress(LINE * 2))) == "read"
    assert len(stack.reader.read_ids) == 2
