"""Publication times, to one form or to none."""

from __future__ import annotations

import pytest

from model.dates import to_utc


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-06-24", "2025-06-24T00:00:00Z"),
        ("2025-06-24T10:00:00Z", "2025-06-24T10:00:00Z"),
        ("2025-06-24 10:00", "2025-06-24T10:00:00Z"),
        ("2025-06-24T23:30:00.5-01:00", "2025-06-25T00:30:00Z"),
        ("Tue, 24 Jun 2025 10:00:00 GMT", "2025-06-24T10:00:00Z"),
        ("0925-01-01", "0925-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00+02:00", None),
        ("2025-13-01", None),
        ("", None),
        ("24/06/2025", None),
    ],
)
def test_dates(value: str, expected: str | None) -> None:
    assert to_utc(value) == expected
