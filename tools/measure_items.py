"""What one reading costs in the table: `make bench` prints it for functions/cli/measured.toml, and a test compares the two."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from boto3.dynamodb.types import Binary

from functions.shared import items
from functions.shared.items import Findings
from functions.shared.order import Head, Source
from model.cli.bench import sample
from model.reader import Reader

KEY = "articles/2026/11/24/the-title-of-the-article-as-its-address-has-it.json"
KILOBYTE = 1024  # DynamoDB's, of a write unit


def sizes() -> dict[str, float]:
    """Of the sample's reading: bytes and write units as DynamoDB counts them; those of a stance are means."""
    article, reader = replace(sample(), id=KEY), Reader.load()
    reading = reader.read(article)
    findings = Findings(reading.model.revision, readings=((1, reading),))
    source = Source(
        "standpoint-articles-123456789012-us-east-1", KEY, "v" * 32, f'"{"e" * 32}"', "0" * 32, datetime(2026, 11, 24, tzinfo=UTC)
    )
    head = items.head_item(KEY, Head("read", "0" * 32, source, reading.model.revision), findings)
    content = items.content_items(KEY, "0" * 32, source, findings)
    body = sum(item_bytes(item) for item in content if "body" in item)
    (listed,) = (item_bytes(item) for item in content if "links" in item)
    stances = [item_bytes(item) for item in content if "polarity" in item]
    return {
        "words": len(article.text.split()),
        "article_bytes": len(article.text.encode()),
        "stances": len(stances),
        "head_bytes": item_bytes(head),
        "body_bytes": body,
        "article_bytes_listed": listed,
        "stance_bytes": round(sum(stances) / len(stances)),
        "stance_write_units": round(sum(math.ceil(size / KILOBYTE) for size in stances) / len(stances), 2),
    }


def item_bytes(item: dict[str, Any]) -> int:
    """Names and values (DynamoDB Developer Guide, "Item sizes and formats")."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Any) -> int:
    match value:
        case str():
            return len(value.encode())
        case bytes():
            return len(value)
        case Binary():  # what boto3 makes of it
            return len(cast(Any, value).value)
        case dict():
            return 3 + sum(1 + len(name.encode()) + _value_bytes(one) for name, one in value.items())
        case list():
            return 3 + sum(1 + _value_bytes(one) for one in value)
        case int() | Decimal():
            digits = str(value).lstrip("-").replace(".", "").strip("0")
            return math.ceil(len(digits) / 2) + 1 + (value < 0)
    raise TypeError(f"no attribute: {type(value).__name__}")


def main() -> None:
    for name, value in sizes().items():
        print(f"{name} = {value}")


if __name__ == "__main__":
    main()
