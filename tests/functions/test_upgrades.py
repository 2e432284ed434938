"""docs/upgrades.md, sentence by sentence: new revisions, old ones again, both at once, and items of other schema versions."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.shared import items, queries
from functions.shared.events import ObjectEvent
from functions.shared.items import SchemaNewer
from functions.shared.queries import ReadingReplaced
from model.reading import to_dict
from tests.functions.fakes import TABLE, Stack, intercept
from tests.functions.test_faults import crash
from tests.functions.workers import Crash
from tests.unit.readings import harbour_reading

TEXT = " ".join(f"Ann supports P{n}." for n in range(9))
EVERYONE = [f"p{n}" for n in range(9)]
OLD, NEW = "sha256:one", "sha256:two"


def asked_again(event: ObjectEvent) -> ObjectEvent:
    """As a backfill asks: what the object is now, with nothing to tell the order."""
    return replace(event, sequencer=None)


def revisions(stack: Stack, key: str = "a.txt") -> set[str]:
    return {row.revision for row in stack.queries.stances_by_actor("ann") if row.object_id == key}


# --- a new revision re-reads the archive -----------------------------------------------------------------------------------


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_query_that_a_reread_interrupts_tells_one_revision_of_an_article(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, newest_first: bool
) -> None:
    monkeypatch.setattr(queries, "_PAGE", 4)  # of nine stances
    event = stack.upload("a.txt", TEXT)
    stack.handle(event)
    for taken in range(10):
        rows = stack.queries.stances_by_actor("ann", newest_first=newest_first)
        told = list(itertools.islice(rows, taken))
        stack.reader.revision = f"sha256:{taken}"
        assert stack.handle(asked_again(event)) == "read"
        told += rows
        assert len({row.revision for row in told}) == 1
        assert sorted(row.target for row in told) == EVERYONE


def test_a_query_sees_all_of_the_old_reading_until_it_sees_all_of_the_new(stack: Stack) -> None:
    """Looked at before every call that the re-read makes."""
    event = stack.upload("a.txt", TEXT)
    stack.handle(event)
    seen: list[tuple[set[str], int]] = []

    def look(**_: Any) -> None:
        rows = list(stack.queries.stances_by_actor("ann"))
        reading = stack.queries.reading("a.txt")
        assert reading
        assert {row.revision for row in rows} == {reading["model"]["revision"]}
        seen.append(({row.revision for row in rows}, len(rows)))

    stack.dynamodb.meta.events.register("before-call.dynamodb.*", look)
    stack.reader.revision = NEW
    assert stack.handle(asked_again(event)) == "read"
    look()
    assert [told for told, _ in itertools.groupby(seen)] == [({OLD}, 9), ({NEW}, 9)]


def test_the_rows_of_an_article_whose_id_begins_another_stay_on_one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_PAGE", 2)
    keys = ["T#a#ann", "T#a#b#cem", "T#a#b#dan", "T#a#eve", "T#c#ann", "T#c#ben", "T#d#ann"]
    rows = [{"sort": key} for key in keys]
    assert [[row["sort"] for row in page] for page in queries.pages(iter(rows), "sort")] == [keys[:4], keys[4:6], keys[6:]]
    backwards = [[row["sort"] for row in page] for page in queries.pages(iter(rows[::-1]), "sort")]
    assert backwards == [["T#d#ann", "T#c#ben", "T#c#ann"], keys[3::-1]]


def test_a_reading_that_is_replaced_while_it_is_read_is_read_again(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    event = stack.upload("a.txt", TEXT)
    stack.handle(event)
    whole = stack.table.query_partition
    replacements = itertools.count()

    def replaced_first(pk: str, prefix: str = "") -> Iterator[items.Item]:
        if next(replacements) < times:
            stack.reader.revision += "'"
            stack.handle(asked_again(event))
        return whole(pk, prefix)

    monkeypatch.setattr(stack.table, "query_partition", replaced_first)
    times = 2
    reading = stack.queries.reading("a.txt")
    assert reading
    assert reading["model"]["revision"] == OLD + "''"
    times = 1000
    with pytest.raises(ReadingReplaced, match=r"a\.txt was replaced 5 times"):
        stack.queries.reading("a.txt")


def test_evidence_that_went_with_its_reading_is_told_as_far_as_the_stance_has_it(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "EVIDENCE_BYTES", 200)
    event = stack.upload("a.txt", "Ann supports Ben. Ann supports Ben.")
    stack.handle(event)
    assert [len(row.evidence) for row in stack.queries.stances_by_actor("ann")] == [2]
    visible = stack.queries.visible

    def then_replaced(page: list[items.Item]) -> Iterator[items.Item]:
        yield from list(visible(page))[:1]

    def replaced_meanwhile(pk: str, prefix: str = "") -> Iterator[items.Item]:
        stack.reader.revision = NEW
        stack.handle(asked_again(event))
        return iter([])

    monkeypatch.setattr(stack.queries, "visible", then_replaced)
    monkeypatch.setattr(stack.table, "query_partition", replaced_meanwhile)
    assert [(row.revision, len(row.evidence)) for row in stack.queries.stances_by_actor("ann")] == [(OLD, 1)]


# --- back to an older revision, and two at once -----------------------------------------------------------------------------


def test_an_older_revision_wins_again_where_it_is_asked_to(stack: Stack) -> None:
    event = stack.upload("a.txt", TEXT)
    told = []
    for revision in (OLD, NEW, OLD):
        stack.reader.revision = revision
        stack.handle(asked_again(event))
        told.append(revisions(stack))
    assert told == [{OLD}, {NEW}, {OLD}]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=st.lists(st.tuples(st.sampled_from([OLD, NEW]), st.sampled_from(["notified", "asked"])), min_size=1, max_size=6))
def test_with_two_revisions_live_the_last_that_was_asked_is_told(stack: Stack, deliveries: list[tuple[str, str]]) -> None:
    """However often one notification is delivered and a backfill asks: the revision that was asked last, and no reading in vain."""
    event = stack.upload("a.txt", TEXT)
    reads = 0
    for revision, how in deliveries:
        stack.reader.revision = revision
        reads += stack.handle(event if how == "notified" else asked_again(event)) == "read"
    changes = [revision for revision, _ in itertools.groupby(revision for revision, _ in deliveries)]
    assert revisions(stack) == {changes[-1]}
    assert reads == len(changes)


def test_a_newer_upload_is_read_by_whichever_revision_gets_it(stack: Stack) -> None:
    stack.reader.revision = NEW
    stack.handle(stack.upload("a.txt", TEXT))
    stack.reader.revision = OLD
    assert stack.handle(stack.upload("a.txt", TEXT + " Ann supports Ben.")) == "read"
    assert revisions(stack) == {OLD}


# --- schema versions --------------------------------------------------------------------------------------------------------


def set_schema(stack: Stack, version: int | None, *, only: str = "") -> None:
    """Make every item about a.txt, or those whose sort key contains `only`, one of another version."""
    for item in stack.items("a.txt"):
        if only in item["sk"]:
            changed = {name: value for name, value in item.items() if name != "schema"} | ({} if version is None else {"schema": version})
            stack.user_dynamodb.put_item(TableName=TABLE, Item=changed)


def test_every_item_says_its_schema_version(stack: Stack) -> None:
    stack.handle(stack.upload("a.jsonl", json.dumps({"text": TEXT}) + "\nno JSON\n"))
    stack.handle(stack.upload("a.txt", b"%PDF-1.7"))
    stack.handle(stack.remove("b.txt"))
    written = [item for key in ("a.jsonl", "a.txt", "b.txt") for item in stack.items(key)]
    assert [item["schema"] for item in written] == [1] * (1 + 2 + 9 + 1 + 1)


def test_the_versions_of_items_and_of_readings_are_raised_together() -> None:
    assert (items.SCHEMA, to_dict(harbour_reading())["schema"]) == (1, 1)
    assert len(items._MIGRATIONS) >= items.SCHEMA


V0_HEAD = {"pk", "sk", "status", "generation", "revision", "superseded", "bucket", "key", "version_id", "etag", "sequencer", "modified"}
V0_HEAD |= {"articles", "stances", "rejected", "title", "published_at", "publisher", "language"}
V0_BODY = {"pk", "sk", "generation", "object_id", "article", "body"}
V0_STANCE = {"pk", "sk", "generation", "object_id", "article", "article_id", "title", "published_at", "publisher", "revision"}
V0_STANCE |= {"actor", "target", "actor_name", "target_name", "attitude", "side", "polarity", "confidence", "evidence", "evidence_total"}
V0_STANCE |= {"by_actor", "by_target", "actor_sort", "target_sort"}


def test_version_1_is_version_0_with_its_mark_so_that_code_of_version_0_reads_it(stack: Stack) -> None:
    body = {"title": "T", "text": "Ann supports Ben.", "published_at": "2025-06-24", "source": "Daily", "language": "en"}
    stack.handle(stack.upload("a.txt.json", json.dumps(body)))
    by_key = {item["sk"].split("#")[2] if "#" in item["sk"] else item["sk"]: set(item) for item in stack.items("a.txt.json")}
    stance = V0_STANCE | {"schema", "actor_type", "target_type"}
    assert {key: by_key[key] for key in by_key if key != "ARTICLE"} == {
        "READING": V0_HEAD | {"schema"},
        "BODY": V0_BODY | {"schema"},
        "STANCE": stance,
    }
    assert by_key["ARTICLE"] - V0_STANCE - {"schema"} == {"by_month", "month_sort", "language", "links"}  # no key of the other indexes
    assert not by_key["ARTICLE"] & {"by_actor", "by_target"}


def test_items_of_version_0_are_told_and_replaced(stack: Stack) -> None:
    event = stack.upload("a.txt", TEXT)
    stack.handle(event)
    set_schema(stack, None)
    assert [row.target for row in stack.queries.stances_by_actor("ann")] == EVERYONE
    assert stack.queries.reading("a.txt")
    assert stack.handle(event) == "duplicate"
    stack.reader.revision = NEW
    assert stack.handle(asked_again(event)) == "read"
    assert {item["schema"] for item in stack.items("a.txt")} == {1}


def test_items_are_migrated_when_they_are_read(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Suppose that version 2 calls a target's name `target_title`, and version 3 calls it target_name again, in capitals."""
    stack.handle(stack.upload("a.txt", "Ann supports Ben."))
    set_schema(stack, 1)

    def to_2(item: items.Item) -> items.Item:
        return {name: value for name, value in item.items() if name != "target_name"} | {"target_title": item.get("target_name", "")}

    def to_3(item: items.Item) -> items.Item:
        return item | {"target_name": item["target_title"].upper()}

    monkeypatch.setattr(items, "_MIGRATIONS", (*items._MIGRATIONS, to_2, to_3))
    assert [row.target_name for row in stack.queries.stances_by_actor("ann")] == ["BEN"]
    set_schema(stack, None)
    assert [row.target_name for row in stack.queries.stances_by_actor("ann")] == ["BEN"]
    set_schema(stack, 3)
    assert [row.target_name for row in stack.queries.stances_by_actor("ann")] == ["Ben"]


@pytest.mark.parametrize("only", ["READING", "STANCE", "BODY"])
def test_a_newer_item_is_refused_by_every_reader_of_it(stack: Stack, only: str) -> None:
    stack.handle(stack.upload("a.txt", "Ann supports Ben."))
    set_schema(stack, 2, only=only)
    readers: dict[str, list[Callable[[], object]]] = {
        "READING": [lambda: stack.queries.head("a.txt"), lambda: list(stack.queries.stances_by_actor("ann"))],
        "STANCE": [lambda: list(stack.queries.stances_by_actor("ann")), lambda: list(stack.queries.stances_by_target("ben"))],
        "BODY": [lambda: stack.queries.reading("a.txt")],
    }
    for read in readers[only]:
        with pytest.raises(SchemaNewer, match=rf"^ARTICLE#a\.txt / .*{only}.* has schema 2 and this version of the code reads up to 1: "):
            read()


def test_a_newer_head_is_not_replaced_and_its_message_comes_again(stack: Stack) -> None:
    event = stack.upload("a.txt", TEXT)
    stack.handle(event)
    set_schema(stack, 2)
    before = stack.items("a.txt")
    stack.reader.revision = "sha256:of-the-older-code"
    for attempt in (event, asked_again(event), stack.upload("a.txt", "Ann opposes Ben."), stack.remove("a.txt")):
        with pytest.raises(SchemaNewer):
            stack.handle(attempt)
    assert stack.items("a.txt") == before


def test_the_unfinished_work_of_newer_code_is_invisible_and_swept(stack: Stack) -> None:
    event = stack.upload("a.txt", "Ann supports Ben.")
    stack.handle(event)
    with pytest.MonkeyPatch.context() as newer:
        newer.setattr(items, "SCHEMA", 2)
        newer.setattr(items, "_MIGRATIONS", (*items._MIGRATIONS, lambda item: item))
        intercept(stack.dynamodb, "PutItem", crash)
        stack.reader.revision = NEW
        with pytest.raises(Crash):
            stack.handle(asked_again(event))
    assert {item.get("schema") for item in stack.items("a.txt")} == {1, 2}
    assert revisions(stack) == {OLD}
    assert stack.handle(asked_again(event)) == "read"
    assert {item["schema"] for item in stack.items("a.txt")} == {1}
