"""Objects in S3: HEAD first, then the very version that HEAD described."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from model.records import RejectedInput

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_MISSING = {"404", "NoSuchKey", "NoSuchVersion", "NotFound"}
"""Not 403: without permission nothing is known about the object, and a denial must never be taken for a deletion."""


class ObjectGone(Exception):  # noqa: N818
    """The object, or the version of it that was asked for, is no longer there."""


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """What S3 says about one version of an object. `version_id` is None in a bucket without versions; `modified` is in UTC."""

    bucket: str
    key: str
    version_id: str | None
    etag: str
    size: int
    modified: datetime
    content_type: str | None
    kms_key: str | None = None

    @property
    def media_type(self) -> str | None:
        """`text/html` of `text/html; charset=utf-8`. Where the sender declared none, S3 says binary/octet-stream."""
        return _message(self.content_type).get_content_type() if self.content_type else None

    @property
    def charset(self) -> str | None:
        """`utf-8` of `text/html; charset=utf-8`; None where none is declared."""
        return _message(self.content_type).get_content_charset() if self.content_type else None


class Objects:
    """Reads objects through one S3 client."""

    def __init__(self, client: S3Client, *, max_bytes: int) -> None:
        self._client = client
        self.max_bytes = max_bytes

    def head(self, bucket: str, key: str, version_id: str | None) -> ObjectHead:
        """Raises ObjectGone; any other refusal (403, 503 after the retries, ...) is the client's own error."""
        version: Any = {"VersionId": version_id} if version_id else {}
        try:
            answer = self._client.head_object(Bucket=bucket, Key=key, **version)
        except ClientError as error:
            raise _gone(error) or error from None
        return ObjectHead(
            bucket=bucket,
            key=key,
            version_id=answer.get("VersionId") or version_id,
            etag=answer["ETag"],
            size=answer["ContentLength"],
            modified=answer["LastModified"].astimezone(UTC),
            content_type=answer.get("ContentType"),
        )

    def touch(self, bucket: str, key: str, version_id: str | None) -> ObjectHead:
        """As `head`, by reading one byte: S3 answers HEAD without saying why it refuses, and reading needs the object's key."""
        version: Any = {"VersionId": version_id} if version_id else {}
        try:
            answer = self._client.get_object(Bucket=bucket, Key=key, Range="bytes=0-0", **version)
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidRange":  # it is empty
                return self.head(bucket, key, version_id)
            raise _gone(error) or error from None
        answer["Body"].close()
        # A store that takes no ranges answers with the whole (RFC 9110, 14.2).
        size = int(answer["ContentRange"].rpartition("/")[2]) if "ContentRange" in answer else answer["ContentLength"]
        return ObjectHead(
            bucket=bucket,
            key=key,
            version_id=answer.get("VersionId") or version_id,
            etag=answer["ETag"],
            size=size,
            modified=answer["LastModified"].astimezone(UTC),
            content_type=answer.get("ContentType"),
            kms_key=answer.get("SSEKMSKeyId"),
        )

    def body(self, head: ObjectHead) -> bytes:
        """The bytes that `head` describes. Raises RejectedInput where they are too many, without reading them; ObjectGone."""
        if head.size > self.max_bytes:
            raise RejectedInput("too-large", f"the object has {head.size} bytes; at most {self.max_bytes} are read")
        version: Any = {"VersionId": head.version_id} if head.version_id else {}
        try:
            answer = self._client.get_object(Bucket=head.bucket, Key=head.key, IfMatch=head.etag, **version)
        except ClientError as error:
            raise _gone(error) or error from None
        return answer["Body"].read()


def _gone(error: ClientError) -> ObjectGone | None:
    return ObjectGone(str(error)) if error.response["Error"]["Code"] in _MISSING else None


def _message(content_type: str) -> Message:
    message = Message()
    message["Content-Type"] = content_type
    return message
