"""What the template tells a function, read once, where the function starts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


class SettingsInvalid(ValueError):  # noqa: N818  reads as the others: what is wrong, with what
    """A variable is missing or is no sensible number. The message names the variable."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One function's settings; template.yaml sets every variable named here, and a test compares the two."""

    table: str
    max_object_bytes: int
    """Larger objects are rejected by HEAD and never read."""
    max_articles: int
    """A .jsonl object of more articles is rejected: what one invocation can surely finish."""
    deadline_margin_ms: int
    """No further message is begun when less time than this is left."""
    watchlist: str | None = None
    """s3://bucket/key of a watchlist; None: there is none."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Raises SettingsInvalid."""
        return cls(
            table=_text(env, "TABLE_NAME"),
            max_object_bytes=_positive(env, "MAX_OBJECT_BYTES"),
            max_articles=_positive(env, "MAX_ARTICLES"),
            deadline_margin_ms=_positive(env, "DEADLINE_MARGIN_MS"),
            watchlist=_address(env, "WATCHLIST"),
        )


@dataclass(frozen=True, slots=True)
class BulkSettings:
    """What `bulk` needs: how it reads, as classify does, and from which bucket."""

    reading: Settings
    bucket: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Raises SettingsInvalid."""
        return cls(reading=Settings.from_env(env), bucket=_text(env, "ARTICLE_BUCKET"))


@dataclass(frozen=True, slots=True)
class DispatchSettings:
    """What `dispatch` needs: what it starts, and on which objects."""

    state_machine: str
    prefix: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Raises SettingsInvalid."""
        return cls(state_machine=_text(env, "STATE_MACHINE_ARN"), prefix=_text(env, "ARTICLE_PREFIX"))


@dataclass(frozen=True, slots=True)
class QuerySettings:
    """What `query` needs. `key_sha256`: the digest of the key that callers send; None where IAM lets them in."""

    table: str
    key_sha256: str | None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Raises SettingsInvalid: where neither IAM nor a key guards the API, it does not start."""
        access, digest = _text(env, "QUERY_ACCESS"), env.get("QUERY_KEY_SHA256", "").strip()
        if access not in ("IAM", "KEY"):
            raise SettingsInvalid(f"QUERY_ACCESS must be IAM or KEY, not {access!r}")
        if access == "KEY" and not re.fullmatch("[0-9a-fA-F]{64}", digest):
            raise SettingsInvalid("QUERY_KEY_SHA256 must be the SHA-256 of the key, 64 hexadecimal digits, where QUERY_ACCESS is KEY")
        return cls(table=_text(env, "TABLE_NAME"), key_sha256=digest if access == "KEY" else None)


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """What `digest` needs: the readings' table, the watchlist's address and the bucket where digests are put."""

    table: str
    watchlist: str
    bucket: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Raises SettingsInvalid; also where there is no watchlist, for a digest is of one."""
        watchlist = _address(env, "WATCHLIST")
        if watchlist is None:
            raise SettingsInvalid("WATCHLIST is not set")
        return cls(table=_text(env, "TABLE_NAME"), watchlist=watchlist, bucket=_text(env, "RESULTS_BUCKET"))


def _text(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise SettingsInvalid(f"{name} is not set")
    return value


def _address(env: Mapping[str, str], name: str) -> str | None:
    value = env.get(name, "").strip()
    if value and not re.fullmatch("s3://[^/]+/.+", value):
        raise SettingsInvalid(f"{name} must be s3://bucket/key, not {value!r}")
    return value or None


def _positive(env: Mapping[str, str], name: str) -> int:
    value = _text(env, name)
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        raise SettingsInvalid(f"{name} must be a whole number above 0, not {value!r}")
    return int(value)
