"""The environment, read once."""

from __future__ import annotations

import pytest

from functions.shared.settings import Settings, SettingsInvalid

ENV = {"TABLE_NAME": "readings", "MAX_OBJECT_BYTES": "5000000", "MAX_ARTICLES": "100", "DEADLINE_MARGIN_MS": "60000", "HOME": "/x"}


def test_settings_come_from_the_mapping_alone() -> None:
    assert Settings.from_env(ENV) == Settings(table="readings", max_object_bytes=5_000_000, max_articles=100, deadline_margin_ms=60_000)


@pytest.mark.parametrize("name", ["TABLE_NAME", "MAX_OBJECT_BYTES", "MAX_ARTICLES", "DEADLINE_MARGIN_MS"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    env = {k: v for k, v in (ENV | {name: value}).items() if v is not None}
    with pytest.raises(SettingsInvalid, match=f"{name} is not set"):
        Settings.from_env(env)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "1e3", "ten", "٣", "1_000"])
def test_numbers_are_whole_and_above_zero(value: str) -> None:
    with pytest.raises(SettingsInvalid, match="MAX_OBJECT_BYTES must be a whole number above 0"):
        Settings.from_env(ENV | {"MAX_OBJECT_BYTES": value})
