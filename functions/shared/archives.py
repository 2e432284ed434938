"""Dead letters kept as JSON Lines, in a local file or in S3. What `write` returned from is safe: only then may it be deleted."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from functions.shared.deadletters import DeadLetter
from functions.shared.items import timestamp

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class TargetRefused(ValueError):  # noqa: N818
    """An archive cannot be written there; the message says why."""


class Archive(Protocol):
    chunk: int
    """Messages that are best written at a time."""

    def write(self, letters: Sequence[DeadLetter]) -> str:
        """Where they are now."""


class LocalArchive:
    """One new file. Raises TargetRefused where there is one already, or none can be made."""

    chunk = 10

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("xb")
        except FileExistsError:
            raise TargetRefused(f"{path} exists: an archive is always a new file") from None
        except OSError as error:
            raise TargetRefused(f"{path}: {error.strerror}") from None
        self._path = path

    def write(self, letters: Sequence[DeadLetter]) -> str:
        """Raises OSError."""
        self._file.write(lines(letters))
        self._file.flush()
        os.fsync(self._file.fileno())
        return str(self._path)


class S3Archive:
    """Objects under a prefix, named by time: S3 cannot append, and nothing is ever overwritten."""

    chunk = 1000

    def __init__(self, client: S3Client, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self.prefix = prefix.rstrip("/") + "/" if prefix else ""

    def write(self, letters: Sequence[DeadLetter]) -> str:
        key = f"{self.prefix}dead-letters-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.jsonl"
        self._client.put_object(Bucket=self._bucket, Key=key, Body=lines(letters), ContentType="application/x-ndjson", IfNoneMatch="*")
        return f"s3://{self._bucket}/{key}"


def s3_archive(client: S3Client, uri: str, *, article_bucket: str, article_prefix: str) -> S3Archive:
    """Raises TargetRefused: under the prefix of articles the archive would be read as one."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    archive = S3Archive(client, bucket, prefix)
    if not bucket:
        raise TargetRefused(f"{uri} names no bucket")
    if bucket == article_bucket and archive.prefix.startswith(article_prefix):
        raise TargetRefused(f"{uri} is under {article_prefix}, where everything is read as an article")
    return archive


def lines(letters: Sequence[DeadLetter]) -> bytes:
    """All that it takes to send them again, a message a line."""
    return b"".join(json.dumps(_line(letter), default=_base64).encode() + b"\n" for letter in letters)


def _line(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "sent": timestamp(letter.sent),
        "receive_count": letter.receive_count,
        "body": letter.body,
        "attributes": dict(letter.attributes),
        "trace": letter.trace,
    }


def _base64(value: Any) -> str:
    return base64.b64encode(bytes(value)).decode()  # of binary message attributes
