"""The watchlist of a deployed function: read where it starts, or it does not start; part of the revision."""

from __future__ import annotations

import boto3
import pytest

from functions.shared.settings import Settings, SettingsInvalid
from functions.shared.watchlists import WatchingReader, WatchlistUnusable, load
from functions.shared.wiring import watching
from model.reader import Reader
from model.records import Article
from model.watchlist import Watchlist, WatchlistEntry
from tests.functions.fakes import BUCKET, FakeReader, Stack

ADDRESS = f"s3://{BUCKET}/watchlists/mine.yaml"
YAML = b"entities:\n  - name: Unity Party\n    type: ORG\n    aliases: [the Unionists]\n    external_id: Q1\n"
SETTINGS = {"TABLE_NAME": "t", "MAX_OBJECT_BYTES": "1", "MAX_ARTICLES": "1", "DEADLINE_MARGIN_MS": "1"}


def put(stack: Stack, body: bytes) -> None:
    stack.user_s3.put_object(Bucket=BUCKET, Key="watchlists/mine.yaml", Body=body)


def test_a_watchlist_is_loaded(stack: Stack) -> None:
    put(stack, YAML)
    assert load(stack.user_s3, ADDRESS).entries == (WatchlistEntry("Unity Party", "ORG", ("the Unionists",), "Q1"),)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "cannot be read: An error occurred (NoSuchKey)"),
        (b"entities: [", "not YAML"),
        (b"entities:\n  - nam: x\n", "watchlists/mine.yaml: "),
        (b"#" * 1_000_001, "has more than 1,000,000 bytes"),
        (b"\xff\xfe\x00", "not YAML"),
    ],
)
def test_what_cannot_be_used_stops_the_start(stack: Stack, body: bytes | None, said: str) -> None:
    if body is not None:
        put(stack, body)
    with pytest.raises(WatchlistUnusable) as raised:
        load(stack.user_s3, ADDRESS)
    assert ADDRESS in str(raised.value)
    assert said in str(raised.value)


def test_the_revision_is_of_the_weights_and_of_the_watchlist() -> None:
    one, other = Watchlist((WatchlistEntry("A", "ORG"),)), Watchlist((WatchlistEntry("A", "ORG", ("B",)),))
    reader, newer = FakeReader(), FakeReader()
    newer.revision = "sha256:newer"
    revisions = [WatchingReader(r, w).model.revision for r in (reader, newer) for w in (one, other)]  # type: ignore[arg-type]
    assert len({*revisions, reader.model.revision}) == 5
    assert WatchingReader(reader, one).model.revision == revisions[0]  # type: ignore[arg-type]
    assert all(revision.startswith("sha256:") and len(revision) == 71 for revision in revisions)


def test_readings_carry_that_revision_and_the_canonical_name(aws: None) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key="watchlists/mine.yaml", Body=YAML)
    plain = Reader.load()
    reader = watching(Settings.from_env(SETTINGS | {"WATCHLIST": ADDRESS}), plain)
    reading = reader.read(Article("a", "The Unionists oppose the fuel subsidy cut."))
    assert reading.model == reader.model != plain.model
    assert [(e.name, e.external_id) for e in reading.entities if e.external_id] == [("Unity Party", "Q1")]
    assert watching(Settings.from_env(SETTINGS), plain) is plain


@pytest.mark.parametrize("address", ["watchlists/mine.yaml", "s3://bucket", "https://bucket/key"])
def test_no_address(address: str) -> None:
    with pytest.raises(SettingsInvalid, match="WATCHLIST must be s3://bucket/key"):
        Settings.from_env(SETTINGS | {"WATCHLIST": address})
