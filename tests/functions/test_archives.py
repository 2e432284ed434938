"""Both stores answer the same questions with the same answers: the table (moto) and the embedded database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.shared import exploring
from functions.shared.exploring import TableArchive
from model.explore.archive import Archive, Asked, CursorInvalid, Filters, encode_cursor
from model.explore.sqlite import SqliteArchive
from tests.functions.fakes import Stack, intercept
from tests.functions.test_faults import crash
from tests.functions.workers import Crash

# (id, published_at, source, title, text); FakeReader reads "A supports B." and "A opposes B.", each with a confidence of its own.
ARTICLES = [
    ("a.json", "2025-01-10T08:00:00Z", "Courier", "Tariff vote", "Ann supports Tariff. Ben opposes Tariff."),
    ("b.json", "2025-02-10T08:00:00Z", "Courier", "Ann changes course", "Ann opposes Tariff. Ben supports Quota."),
    ("c.json", "2025-02-11T08:00:00Z", "Gazette", "Quota talks", "Ann opposes Tariff. Cem opposes Ben."),
    ("d.json", "2024-12-24T08:00:00Z", None, "Before the holiday", "Cem supports Quota."),
]


@pytest.fixture(params=["dynamodb", "sqlite"])
def archive(request: pytest.FixtureRequest, stack: Stack) -> Iterator[Archive]:
    for name, published_at, source, title, text in ARTICLES:
        fields = {"text": text, "title": title, "published_at": published_at} | ({"source": source} if source else {})
        assert stack.handle(stack.upload(name, json.dumps(fields))) == "read"
    if request.param == "dynamodb":
        yield table(stack)
        return
    embedded = SqliteArchive.open()
    embedded.add(reading for name, *_ in ARTICLES if (reading := stack.queries.reading(name)))
    yield embedded
    embedded.close()


def table(stack: Stack) -> TableArchive:
    return TableArchive(stack.table, now=lambda: datetime(2025, 3, 1, tzinfo=UTC))


def every(archive: Archive, limit: int, filters: Filters | None = None) -> list[list[str]]:
    """Ids of articles, a list a page."""
    pages, cursor = [], None
    while True:
        page = archive.articles(filters or Filters(), Asked(limit, cursor))
        pages.append([row.article_id for row in page.rows])
        if (cursor := page.next) is None:
            return pages


def test_articles_are_newest_first_page_by_page(archive: Archive) -> None:
    assert every(archive, 50) == [["c.json", "b.json", "a.json", "d.json"]]
    assert every(archive, 3) == [["c.json", "b.json", "a.json"], ["d.json"]]
    assert every(archive, 1) == [["c.json"], ["b.json"], ["a.json"], ["d.json"]]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(since="2025-02"), ["c.json", "b.json"]),
        (Filters(until="2025-02-11"), ["b.json", "a.json", "d.json"]),
        (Filters(since="2025-01-10T08:00:00Z", until="2025-02-11T08:00:00Z"), ["b.json", "a.json"]),
        (Filters(until="2025"), ["d.json"]),
        (Filters(sources=frozenset({"Gazette"})), ["c.json"]),
        (Filters(since="2026"), []),
    ],
)
def test_articles_of_a_period_and_of_a_source(archive: Archive, filters: Filters, found: list[str]) -> None:
    assert every(archive, 50, filters) == [found]


def test_an_article_in_a_list(archive: Archive) -> None:
    row = archive.articles(Filters(), Asked(1)).rows[0]
    assert (row.title, row.source, row.published_at) == ("Quota talks", "Gazette", "2025-02-11T08:00:00Z")
    assert (row.stances, row.support, row.oppose, row.neutral) == (2, 0, 2, 0)


def test_a_reading_is_the_contracts(archive: Archive) -> None:
    reading = archive.reading("a.json")
    assert reading is not None
    assert reading["schema"] == 1
    assert reading["text"] == "Ann supports Tariff. Ben opposes Tariff."
    assert archive.reading("e.json") is None


@pytest.mark.parametrize(
    ("ends", "newest_first", "found"),
    [
        (("ann", None), True, ["c.json oppose", "b.json oppose", "a.json support"]),
        ((None, "tariff"), True, ["c.json oppose", "b.json oppose", "a.json oppose", "a.json support"]),
        (("ann", "tariff"), False, ["a.json support", "b.json oppose", "c.json oppose"]),
        (("ann", "quota"), True, []),
        (("nobody", None), True, []),
    ],
)
def test_stances(archive: Archive, ends: tuple[str | None, str | None], newest_first: bool, found: list[str]) -> None:
    for limit in (1, 2, 50):
        rows, cursor = [], None
        while True:
            page = archive.stances(ends, Filters(), Asked(limit, cursor), newest_first=newest_first)
            rows += [f"{row.article_id} {row.side}" for row in page.rows]
            assert len(page.rows) <= limit
            if (cursor := page.next) is None:
                break
        assert sorted(rows) == sorted(found)
        assert [row.split()[0] for row in rows] == [row.split()[0] for row in found]


def test_stances_have_their_sentences(archive: Archive) -> None:
    (row,) = archive.stances(("cem", "ben"), Filters(), Asked()).rows
    assert [(e.start, e.end, e.text) for e in row.evidence] == [(20, 36, "Cem opposes Ben.")]
    assert (row.actor_name, row.actor_type) == ("Cem", "PERSON")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(sides=frozenset({"support"})), ["a.json"]),
        (Filters(since="2025-02"), ["c.json", "b.json"]),
        (Filters(until="2025-02-11"), ["b.json", "a.json"]),
        (Filters(sources=frozenset({"Gazette"})), ["c.json"]),
        (Filters(min_confidence=1.0), []),
    ],
)
def test_filters_of_stances(archive: Archive, filters: Filters, found: list[str]) -> None:
    assert [row.article_id for row in archive.stances(("ann", None), filters, Asked()).rows] == found


def test_entities_by_stances(archive: Archive) -> None:
    first, *rest = archive.entities("actor", Filters(), Asked()).rows
    assert (first.entity.id, first.entity.name, first.stances, first.articles, first.support, first.oppose) == ("ann", "Ann", 3, 3, 1, 2)
    assert (first.first, first.last) == ("2025-01-10T08:00:00Z", "2025-02-11T08:00:00Z")
    assert [row.entity.id for row in rest] == ["ben", "cem"]
    page = archive.entities("target", Filters(), Asked(2))
    assert [(row.entity.id, row.stances) for row in page.rows] == [("tariff", 4), ("quota", 2)]
    following = archive.entities("target", Filters(), Asked(2, page.next))
    assert [(row.entity.id, row.stances) for row in following.rows] == [("ben", 1)]
    assert following.next is None


def test_entities_of_a_period(archive: Archive) -> None:
    rows = archive.entities("actor", Filters(since="2025-02-11", sides=frozenset({"oppose"})), Asked()).rows
    assert [(row.entity.id, row.stances) for row in rows] == [("ann", 1), ("cem", 1)]


def test_a_matrix_of_all(archive: Archive) -> None:
    found = archive.matrix(Filters(), ((), ()), 30)
    assert [each.id for each in found.actors] == ["ann", "ben", "cem"]
    assert [each.id for each in found.targets] == ["tariff", "quota", "ben"]
    assert found.articles == 4
    cell = next(cell for cell in found.cells if (cell.actor, cell.target) == ("ann", "tariff"))
    assert (cell.stances, cell.articles, cell.evidence, cell.support, cell.oppose, cell.attitude) == (3, 3, 3, 1, 2, "opposed")
    assert -0.8 < cell.polarity < 0
    assert [(cell.actor, cell.target) for cell in found.cells] == [
        ("ann", "tariff"),
        ("ben", "quota"),
        ("ben", "tariff"),
        ("cem", "ben"),
        ("cem", "quota"),
    ]


@pytest.mark.parametrize(
    ("ends", "actors", "targets"),
    [
        ((["cem"], []), ["cem"], ["ben", "quota"]),
        (([], ["quota"]), ["ben", "cem"], ["quota"]),
        ((["cem", "ann"], ["quota"]), ["cem", "ann"], ["quota"]),
        ((["nobody"], []), [], []),
    ],
)
def test_a_matrix_by_name(archive: Archive, ends: tuple[list[str], list[str]], actors: list[str], targets: list[str]) -> None:
    found = archive.matrix(Filters(), ends, 30)
    known = [each.id for each in found.actors]
    assert [actor for actor in actors if actor in known] == known
    assert {cell.actor for cell in found.cells} <= set(actors)
    assert sorted({cell.target for cell in found.cells}) == sorted({t for t in targets if found.cells})


def test_search_by_the_beginnings_of_words(archive: Archive) -> None:
    found = archive.search("tari", 10)
    assert [(named.id, roles) for named, roles in found.entities] == [("tariff", ("target",))]
    assert [row.article_id for row in found.articles] == ["a.json"]
    assert [(named.id, roles) for named, roles in archive.search("BEN", 10).entities] == [("ben", ("actor", "target"))]
    assert [row.article_id for row in archive.search("course ann", 10).articles] == ["b.json"]
    for nothing in ("", "?!", "ariff", '"', "ann OR ben zzz"):
        assert archive.search(nothing, 10).entities == ()


def test_who_an_id_is(archive: Archive) -> None:
    ben, tariff = archive.entity("ben"), archive.entity("tariff")
    assert ben is not None
    assert (ben.name, ben.type) == ("Ben", "PERSON")
    assert tariff is not None
    assert archive.entity("nobody") is None


@pytest.mark.parametrize("cursor", ["", "x", "!!", "bnVsbA", encode_cursor([]), encode_cursor(["a", "b", "c"]), encode_cursor([-1]), "é"])
def test_a_cursor_that_was_not_given_out(archive: Archive, cursor: str) -> None:
    if not cursor:
        return  # the beginning
    with pytest.raises(CursorInvalid):
        archive.articles(Filters(), Asked(2, cursor))
    with pytest.raises(CursorInvalid):
        archive.entities("actor", Filters(), Asked(2, cursor))


def test_a_generation_that_does_not_show_is_not_counted(stack: Stack) -> None:
    stack.handle(stack.upload("a.txt", "Ann supports Ben."))
    newer = stack.upload("a.txt", "Ann opposes Ben. Ann opposes Cem.")
    intercept(stack.dynamodb, "PutItem", crash)
    with pytest.raises(Crash):
        stack.handle(newer)
    archive = TableArchive(stack.table)
    (cell,) = archive.matrix(Filters(), ((), ()), 10).cells
    assert (cell.target, cell.support) == ("ben", 1)
    assert [row.support for row in archive.articles(Filters(), Asked()).rows] == [1]
    assert archive.search("cem", 5).entities == ()


def test_what_was_left_out_is_said(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, published_at, _, _, text in ARTICLES:
        stack.handle(stack.upload(name, json.dumps({"text": text, "published_at": published_at})))
    monkeypatch.setattr(exploring, "ARTICLES", 2)
    found = table(stack).matrix(Filters(), ((), ()), 30)
    assert (found.truncated, found.articles) == (True, 2)
    assert table(stack).entities("actor", Filters(), Asked()).truncated
    assert not table(stack).entities("actor", Filters(since="2025-02"), Asked()).truncated


def test_a_page_of_articles_reads_a_page_and_a_rare_source_comes_in_short_pages(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(9):
        source = "Rare" if n == 0 else "Common"
        fields = {"text": "Ann supports Ben.", "published_at": f"2025-02-0{n + 1}", "source": source}
        stack.handle(stack.upload(f"{n}.json", json.dumps(fields)))
    archive = table(stack)
    looked: list[str] = []
    whole = archive._articles

    def noted(*args: Any) -> Iterator[Any]:
        for each in whole(*args):
            looked.append(each.sort)
            yield each

    monkeypatch.setattr(archive, "_articles", noted)
    assert len(archive.articles(Filters(), Asked(2)).rows) == 2
    assert len(looked) == 3  # one more, to know whether there is a next page
    monkeypatch.setattr(exploring, "ARTICLES", 4)
    found, cursor, pages = [], None, 0
    while True:
        page = archive.articles(Filters(sources=frozenset({"Rare"})), Asked(2, cursor))
        found += [row.article_id for row in page.rows]
        pages += 1
        if (cursor := page.next) is None:
            break
    assert (found, pages) == (["0.json"], 3)


def test_a_busy_actors_pair_comes_in_short_pages(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploring, "STANCES", 3)
    text = " ".join(f"Ann supports P{n}." for n in range(9)) + " Ann opposes Zed."
    stack.handle(stack.upload("a.txt", text))
    rows, cursor, pages = [], None, 0
    while True:
        page = table(stack).stances(("ann", "zed"), Filters(), Asked(5, cursor))
        rows += [row.target for row in page.rows]
        pages += 1
        if (cursor := page.next) is None:
            break
    assert (rows, pages) == (["zed"], 4)
