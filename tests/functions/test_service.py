"""Events in, items out: what comes of an upload, an overwrite, a deletion, and of each of them late, early or twice."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.shared.events import ObjectEvent, padded
from model.records import Article, RejectedInput
from tests.aws_template import allowed_actions
from tests.functions.conftest import actions
from tests.functions.fakes import BUCKET, MAX_BYTES, Stack

FOR = {("ann", "support", "ben")}
AGAINST = {("ann", "oppose", "ben")}


def test_an_upload_becomes_a_reading(stack: Stack) -> None:
    body = json.dumps({"title": "T", "text": "Ann supports Ben.", "published_at": "2025-06-24", "source": "Daily", "language": "en"})
    assert stack.handle(stack.upload("a/1.json", body)) == "read"
    head = stack.head("a/1.json")
    assert {name: head[name] for name in ("status", "articles", "stances", "title", "publisher", "language", "published_at")} == {
        "status": "read",
        "articles": 1,
        "stances": 1,
        "title": "T",
        "publisher": "Daily",
        "language": "en",
        "published_at": "2025-06-24T00:00:00Z",
    }
    assert (head["bucket"], head["key"], head["revision"]) == (BUCKET, "a/1.json", "sha256:one")
    assert head["version_id"]
    assert head["sequencer"]
    reading = stack.queries.reading("a/1.json")
    assert reading
    assert reading["text"] == "Ann supports Ben."
    (stance,) = (item for item in stack.items("a/1.json") if "STANCE" in item["sk"])
    assert stance["sk"] == f"GEN#{head['generation']}#STANCE#ann#ben"


@pytest.mark.fault(2)
def test_the_same_event_twice_is_read_once(stack: Stack) -> None:
    event = stack.upload("a.txt", "Ann supports Ben.")
    assert [stack.handle(event), stack.handle(event)] == ["read", "duplicate"]
    assert stack.reader.read_ids == ["a.txt"]
    assert len(stack.items("a.txt")) == 4  # head, body, article, stance


def test_another_model_revision_reads_again(stack: Stack) -> None:
    event = stack.upload("a.txt", "Ann supports Ben.")
    stack.handle(event)
    stack.reader.revision = "sha256:two"
    assert [stack.handle(event), stack.handle(event)] == ["read", "duplicate"]
    assert stack.head("a.txt")["revision"] == "sha256:two"
    assert len(stack.items("a.txt")) == 4


@pytest.mark.fault(4)
def test_an_older_event_after_a_newer_changes_nothing(stack: Stack) -> None:
    older = stack.upload("a.txt", "Ann supports Ben.")
    newer = stack.upload("a.txt", "Ann opposes Ben.")
    assert stack.handle(newer) == "read"
    before = stack.items("a.txt")
    assert stack.handle(older) == "stale"
    assert stack.items("a.txt") == before


def test_an_overwrite_replaces_the_old_reading_whole(stack: Stack) -> None:
    stack.handle(stack.upload("a.txt", "Ann supports Ben. Cem supports Ben."))
    assert stack.handle(stack.upload("a.txt", "Ann opposes Ben.")) == "read"
    assert stack.visible("a.txt") == AGAINST
    assert len({item["generation"] for item in stack.items("a.txt")}) == 1


@pytest.mark.fault(5)
def test_sequencers_of_unequal_length(stack: Stack) -> None:
    older = replace(stack.upload("a.txt", "Ann supports Ben."), sequencer=padded("0055AED6DCD90281E5"))
    newer = replace(stack.upload("a.txt", "Ann opposes Ben."), sequencer=padded("0055AED6DD"))
    assert [stack.handle(newer), stack.handle(older)] == ["read", "stale"]
    assert stack.visible("a.txt") == AGAINST


@pytest.mark.fault(8)
def test_the_events_version_is_read_not_the_newest(stack: Stack) -> None:
    event = stack.upload("a.txt", "Ann supports Ben.")
    later = stack.upload("a.txt", "Ann opposes Ben.")
    assert stack.handle(event) == "read"
    assert (stack.visible("a.txt"), stack.head("a.txt")["version_id"]) == (FOR, event.version_id)
    assert stack.handle(later) == "read"
    assert stack.visible("a.txt") == AGAINST


@pytest.mark.fault(8)
def test_without_a_version_in_the_event_the_version_that_was_read_is_recorded(stack: Stack) -> None:
    stack.upload("a.txt", "Ann supports Ben.")
    newest = stack.upload("a.txt", "Ann opposes Ben.")
    assert stack.handle(replace(newest, version_id=None)) == "read"
    assert stack.head("a.txt")["version_id"] == newest.version_id
    assert stack.visible("a.txt") == AGAINST


@pytest.mark.fault(6)
def test_without_sequencers_what_was_modified_last_is_what_stays(stack: Stack) -> None:
    older = replace(stack.upload("a.txt", "Ann supports Ben."), sequencer=None)
    untold = replace(stack.upload("a.txt", "Ann opposes Ben."), sequencer=None, version_id=None)
    assert [stack.handle(untold), stack.handle(untold), stack.handle(older)] == ["read", "duplicate", "stale"]
    assert stack.visible("a.txt") == AGAINST
    removal = replace(stack.remove("a.txt"), sequencer=None, version_id=None)
    assert [stack.handle(removal), stack.handle(removal)] == ["deleted", "duplicate"]
    assert [stack.handle(older), stack.handle(untold)] == ["stale", "gone"]
    assert stack.visible("a.txt") == set()


@pytest.mark.fault(6)
def test_a_late_deletion_against_a_reading_without_a_sequencer(stack: Stack) -> None:
    """A backfill read what was uploaded in the second of the deletion: only S3 can tell which was later."""
    removal, upload = stack.remove("a.txt"), stack.upload("a.txt", "Ann supports Ben.")
    assert stack.handle(replace(upload, sequencer=None, version_id=None)) == "read"
    assert stack.handle(removal) == "stale"
    assert stack.visible("a.txt") == FOR


@pytest.mark.fault(6)
def test_the_newest_version_goes_for_good_after_a_backfill_read_it(stack: Stack) -> None:
    stack.upload("a.txt", "Ann supports Ben.")
    newest = stack.upload("a.txt", "Ann opposes Ben.")
    assert stack.handle(replace(newest, sequencer=None, version_id=None)) == "read"
    assert stack.handle(removed_for_good(stack, newest.version_id)) == "read"  # though what is below was modified earlier
    assert stack.visible("a.txt") == FOR


@pytest.mark.fault(7)
def test_deleted_before_it_was_read(stack: Stack) -> None:
    event = stack.upload("a.txt", "Ann supports Ben.")
    stack.user_s3.delete_object(Bucket=BUCKET, Key="a.txt", VersionId=event.version_id or "")
    assert stack.handle(event) == "gone"
    assert stack.items("a.txt") == []


@pytest.mark.fault(7)
def test_deleted_between_head_and_get(stack: Stack) -> None:
    event = stack.upload("a.txt", "Ann supports Ben.")
    verdict = stack.store.verdict

    def delete_first(*arguments: Any) -> Any:
        stack.user_s3.delete_object(Bucket=BUCKET, Key="a.txt", VersionId=event.version_id or "")
        return verdict(*arguments)

    stack.store.verdict = delete_first  # type: ignore[method-assign, assignment]
    assert stack.handle(event) == "gone"


@pytest.mark.fault(9)
def test_a_deletion_takes_the_reading_away(stack: Stack) -> None:
    upload = stack.upload("a.txt", "Ann supports Ben.")
    stack.handle(upload)
    removal = stack.remove("a.txt")
    assert [stack.handle(removal), stack.handle(removal)] == ["deleted", "duplicate"]
    assert [item["sk"] for item in stack.items("a.txt")] == ["READING"]
    assert stack.head("a.txt")["status"] == "deleted"
    assert stack.queries.reading("a.txt") is None
    assert stack.handle(upload) == "stale"


@pytest.mark.fault(9)
def test_a_late_create_does_not_bring_it_back(stack: Stack) -> None:
    upload, removal = stack.upload("a.txt", "Ann supports Ben."), stack.remove("a.txt")
    assert [stack.handle(removal), stack.handle(upload)] == ["deleted", "stale"]
    assert stack.visible("a.txt") == set()


def test_an_upload_after_a_deletion_is_read(stack: Stack) -> None:
    stack.handle(stack.remove("a.txt"))
    assert stack.handle(stack.upload("a.txt", "Ann supports Ben.")) == "read"
    assert stack.visible("a.txt") == FOR


@pytest.mark.fault(9)
def test_a_late_deletion_does_not_take_a_newer_upload_away(stack: Stack) -> None:
    removal = stack.remove("a.txt")
    stack.handle(stack.upload("a.txt", "Ann supports Ben."))
    assert stack.handle(removal) == "stale"
    assert stack.visible("a.txt") == FOR


def removed_for_good(stack: Stack, version_id: str | None) -> ObjectEvent:
    stack.user_s3.delete_object(Bucket=BUCKET, Key="a.txt", VersionId=version_id or "")
    return stack.event("a.txt", kind="removed", version_id=version_id)


@pytest.mark.fault(9)
def test_removing_an_old_version_for_good_keeps_the_reading(stack: Stack) -> None:
    old = stack.upload("a.txt", "Ann supports Ben.")
    stack.handle(stack.upload("a.txt", "Ann opposes Ben."))
    stack.handle(removed_for_good(stack, old.version_id))
    assert stack.visible("a.txt") == AGAINST


@pytest.mark.fault(9)
def test_removing_the_newest_version_for_good_brings_the_one_below_back(stack: Stack) -> None:
    stack.upload("a.txt", "Ann supports Ben.")
    newest = stack.upload("a.txt", "Ann opposes Ben.")
    stack.handle(newest)
    assert stack.handle(removed_for_good(stack, newest.version_id)) == "read"
    assert stack.visible("a.txt") == FOR


@pytest.mark.fault(9)
def test_removing_the_delete_marker_brings_the_article_back(stack: Stack) -> None:
    stack.handle(stack.upload("a.txt", "Ann supports Ben."))
    marker = stack.remove("a.txt")
    stack.handle(marker)
    assert stack.handle(removed_for_good(stack, marker.version_id)) == "read"
    assert stack.visible("a.txt") == FOR


@pytest.mark.fault(9)
def test_removing_the_only_version_for_good_deletes(stack: Stack) -> None:
    only = stack.upload("a.txt", "Ann supports Ben.")
    stack.handle(only)
    assert stack.handle(removed_for_good(stack, only.version_id)) == "deleted"
    assert stack.visible("a.txt") == set()


@pytest.mark.fault(10)
def test_s3s_test_event_touches_nothing(stack: Stack) -> None:
    assert stack.handle(ObjectEvent(kind="test")) == "test"
    assert stack.calls == []


@pytest.mark.fault(11)
@pytest.mark.parametrize("key", ["a b.txt", "a+b.txt", "a%20b.txt", "a%2Bb.txt", "café-中.txt", "a#b.txt", " .txt", "a/../b.txt"])
def test_keys_are_taken_as_they_are(stack: Stack, key: str) -> None:
    stack.upload("a b.txt" if key != "a b.txt" else "a+b.txt", "Cem supports Ben.")  # the wrong one, should it be decoded twice
    assert stack.handle(stack.upload(key, "Ann supports Ben.")) == "read"
    assert (stack.head(key)["key"], stack.visible(key)) == (key, FOR)


@pytest.mark.fault(13)
def test_a_key_of_1024_bytes_gets_a_hashed_id(stack: Stack) -> None:
    key = "articles/" + "é" * 505 + ".text"
    assert len(key.encode()) == 1024
    assert stack.handle(stack.upload(key, "Ann supports Ben.")) == "read"
    (row,) = stack.queries.stances_by_actor("ann")
    assert row.object_id.startswith("sha256:")
    assert stack.head(row.object_id)["key"] == key
    assert stack.handle(stack.remove(key)) == "deleted"
    assert list(stack.queries.stances_by_actor("ann")) == []


@pytest.mark.fault(17)
@pytest.mark.parametrize("body", ["", " \n\t "])
def test_an_empty_object_is_rejected(stack: Stack, body: str) -> None:
    event = stack.upload("a.txt", body)
    assert [stack.handle(event), stack.handle(event)] == ["rejected", "duplicate"]
    assert {name: stack.head("a.txt")[name] for name in ("status", "reason", "articles")} == {
        "status": "rejected",
        "reason": "empty",
        "articles": 0,
    }


@pytest.mark.fault(18)
def test_a_large_object_is_rejected_by_head(stack: Stack) -> None:
    assert stack.handle(stack.upload("a.txt", "x" * (MAX_BYTES + 1))) == "rejected"
    assert stack.head("a.txt")["reason"] == "too-large"
    assert "GetObject" not in stack.calls
    assert stack.handle(stack.upload("b.txt", "x" * MAX_BYTES)) == "read"


@pytest.mark.fault(19)
def test_a_rejection_takes_the_place_of_an_older_reading(stack: Stack) -> None:
    stack.handle(stack.upload("a.txt", "Ann supports Ben."))
    assert stack.handle(stack.upload("a.txt", b"%PDF-1.7")) == "rejected"
    assert (stack.head("a.txt")["reason"], stack.visible("a.txt")) == ("binary", set())
    assert stack.handle(stack.upload("a.txt", "Ann opposes Ben.")) == "read"
    assert "reason" not in stack.head("a.txt")


def text_of(stack: Stack, key: str) -> str:
    reading = stack.queries.reading(key)
    assert reading
    return str(reading["text"])


def test_the_declared_type_decides_where_the_name_does_not(stack: Stack) -> None:
    looks_like_json = '{"text": "Ann supports Ben."}'
    stack.handle(stack.upload("declared", looks_like_json, ContentType="text/plain; charset=utf-8"))
    assert text_of(stack, "declared") == looks_like_json
    stack.handle(stack.upload("undeclared", looks_like_json))  # S3 calls it binary/octet-stream, which tells nothing
    assert text_of(stack, "undeclared") == "Ann supports Ben."


@pytest.mark.fault(20)
def test_the_declared_charset_decides(stack: Stack) -> None:
    text = "Ann supports Ben. Да здравствует!"
    stack.handle(stack.upload("a.txt", text.encode("koi8-r"), ContentType="text/plain; charset=koi8-r"))
    assert text_of(stack, "a.txt") == text


def test_gzip_is_unpacked(stack: Stack) -> None:
    assert stack.handle(stack.upload("a.txt.gz", gzip.compress(b"Ann supports Ben."))) == "read"
    assert stack.visible("a.txt.gz") == FOR


def test_what_the_reader_rejects_is_a_rejection(stack: Stack) -> None:
    def reject(_: Article) -> None:
        raise RejectedInput("language", "the article is not in a language that the model reads")

    stack.reader.before = reject
    assert stack.handle(stack.upload("a.txt", "Ann supports Ben.")) == "rejected"
    assert stack.head("a.txt")["reason"] == "language"


@pytest.mark.fault(8)
def test_overwritten_between_head_and_get_where_there_are_no_versions(stack: Stack) -> None:
    stack.user_s3.create_bucket(Bucket="plain")
    stack.user_s3.put_object(Bucket="plain", Key="a.txt", Body="Ann supports Ben.")
    verdict = stack.store.verdict

    def overwrite_first(*arguments: Any) -> Any:
        stack.user_s3.put_object(Bucket="plain", Key="a.txt", Body="Ann opposes Ben.")
        return verdict(*arguments)

    stack.store.verdict = overwrite_first  # type: ignore[method-assign, assignment]
    event = stack.event("a.txt", bucket="plain")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        stack.handle(event)
    stack.store.verdict = verdict  # type: ignore[method-assign]
    assert stack.handle(event) == "read"  # the message comes again, and finds the object at rest
    assert stack.visible("a.txt") == AGAINST


def lines(*texts: str) -> str:
    return "".join(json.dumps({"text": text}) + "\n" for text in texts)


def test_an_object_of_many_articles_becomes_visible_as_one(stack: Stack) -> None:
    body = lines("Ann supports Ben.", "Ann opposes Ben.") + "no JSON\n" + lines("Cem supports Ben.")
    assert stack.handle(stack.upload("a.jsonl", body)) == "read"
    head = stack.head("a.jsonl")
    assert (head["articles"], head["stances"]) == (3, 3)
    assert [(r["article"], r["reason"]) for r in head["rejected"]] == [(3, "bad-json")]
    rows = [(row.article_id, row.actor, row.side) for row in stack.queries.stances_by_target("ben")]
    assert sorted(rows) == [("a.jsonl#1", "ann", "support"), ("a.jsonl#2", "ann", "oppose"), ("a.jsonl#4", "cem", "support")]
    reading = stack.queries.reading("a.jsonl#4")
    assert reading
    assert reading["text"] == "Cem supports Ben."
    assert stack.queries.reading("a.jsonl#3") is None
    assert [r["article_id"] for r in stack.queries.readings("a.jsonl")] == ["a.jsonl#1", "a.jsonl#2", "a.jsonl#4"]
    assert stack.handle(stack.upload("a.jsonl", lines("Cem opposes Ben."))) == "read"
    assert [(row.article_id, row.side) for row in stack.queries.stances_by_target("ben")] == [("a.jsonl#1", "oppose")]
    assert stack.handle(stack.remove("a.jsonl")) == "deleted"
    assert list(stack.queries.stances_by_target("ben")) == []


def test_more_articles_than_one_invocation_can_read_are_rejected_unread(stack: Stack) -> None:
    assert stack.handle(stack.upload("a.jsonl", lines(*["Ann supports Ben."] * 6))) == "rejected"
    assert stack.head("a.jsonl")["reason"] == "too-many-articles"
    assert stack.reader.read_ids == []
    assert stack.handle(stack.upload("a.jsonl", lines(*["Ann supports Ben."] * 5))) == "read"


def test_the_role_allows_what_is_used_and_no_more(stack: Stack) -> None:
    stack.handle(stack.upload("a.txt", "Ann supports Ben."))
    stack.handle(stack.upload("a.txt", "Ann opposes Ben."))
    stack.handle(stack.remove("a.txt"))
    of_data = {action for action in allowed_actions("ClassifyRole") if action.startswith(("s3:", "dynamodb:"))}
    # GetObjectVersion is GetObject with a version; ListBucket is never called, but makes S3 tell missing from denied.
    assert of_data == actions(stack.calls) | {"s3:GetObjectVersion", "s3:ListBucket"}
