"""The watchlist that a function reads by: an object in S3, loaded where the environment starts.

A reading depends on the watchlist as on the weights, so the revision that it carries is of both: a backfill after a change reads
everything anew, and no query takes one for the other.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from model.records import Article, ModelInfo, Reading
from model.watchlist import Watchlist, WatchlistError, parse_watchlist_bytes

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

    from model.reader import Reader

MAX_BYTES = 1_000_000


class WatchlistUnusable(RuntimeError):  # noqa: N818  reads as the others: what is wrong
    """The function does not start: a reading without the watchlist that was asked for would be a wrong one."""


class WatchingReader:
    """A reader that looks for a watchlist's entities and issues in every article."""

    def __init__(self, reader: Reader, watchlist: Watchlist) -> None:
        self._reader = reader
        self._watchlist = watchlist
        told = json.dumps([reader.model.revision, [asdict(entry) for entry in watchlist.entries]], sort_keys=True)
        self.model: ModelInfo = replace(reader.model, revision="sha256:" + hashlib.sha256(told.encode()).hexdigest())

    def read(self, article: Article) -> Reading:
        return replace(self._reader.read(article, self._watchlist), model=self.model)


def load(client: S3Client, address: str) -> Watchlist:
    """The watchlist at s3://bucket/key. Raises WatchlistUnusable, which names it and what is wrong."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    try:
        body = client.get_object(Bucket=bucket, Key=key)["Body"].read(MAX_BYTES + 1)
    except ClientError as error:
        raise WatchlistUnusable(f"the watchlist {address} cannot be read: {error}") from error
    if len(body) > MAX_BYTES:
        raise WatchlistUnusable(f"the watchlist {address} has more than {MAX_BYTES:,} bytes")
    try:
        return parse_watchlist_bytes(body)
    except WatchlistError as error:
        raise WatchlistUnusable(f"the watchlist {address}: {error}") from error
