"""The table as an archive (model.explore.archive): what the query API asks of it. Queries by index only, never a scan.

Stances of an actor or toward a target come from their own indexes. Lists and counts of a period come from the ARTICLE items of
by-month, newest first, and from ARTICLES of them at most: an answer that had to leave older ones out says `truncated`. Without a
period the newest are counted. Search looks at the same articles. Whatever an index tells is checked against the heads (queries.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal

from functions.shared import items
from functions.shared.items import Item
from functions.shared.queries import Queries, pages
from functions.shared.tables import Table
from model.explore.archive import (
    ArticleRow,
    Asked,
    CursorInvalid,
    EntityRow,
    Filters,
    Found,
    Matrix,
    Named,
    Page,
    Role,
    decode_cursor,
    encode_cursor,
    offset_of,
    words,
)
from model.explore.counting import Link, count_cells, count_entities
from model.explore.records import StanceRow
from model.labels import side_of

ARTICLES = 2_000  # counted for one answer
STANCES = 5_000  # looked at for one answer: of a pair, those of its actor
MONTHS = 240  # looked back for articles where the question does not say how far
GAP = 24  # months in a row without an article after which, then, no older ones are looked for
_END = "\uffff"


@dataclass(frozen=True, slots=True)
class _Article:
    """An ARTICLE item; `sort` is its place in the index."""

    sort: str
    row: ArticleRow
    links: tuple[Link, ...]


class TableArchive:
    """An Archive. `now` gives the time that "newest" is counted from."""

    name = "dynamodb"

    def __init__(self, table: Table, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._table = table
        self._queries = Queries(table)
        self._now = now

    def reading(self, article_id: str) -> dict[str, Any] | None:
        return self._queries.reading(article_id)

    def articles(self, filters: Filters, asked: Asked) -> Page[ArticleRow]:
        rows: list[ArticleRow] = []
        last = ""
        for looked, article in enumerate(self._articles(filters, _sort_of(asked.cursor), asked.limit), 1):
            if len(rows) == asked.limit or looked > ARTICLES:
                return Page(tuple(rows), encode_cursor([last]))
            last = article.sort
            if not filters.sources or article.row.source in filters.sources:
                rows.append(article.row)
        return Page(tuple(rows))

    def stances(self, ends: tuple[str | None, str | None], filters: Filters, asked: Asked, *, newest_first: bool = True) -> Page[StanceRow]:
        actor, target = ends
        side: Literal["actor", "target"] = "target" if actor is None else "actor"
        name = target if actor is None else actor
        if name is None:
            raise ValueError("an actor or a target")
        rows: list[StanceRow] = []
        last = ""
        for looked, (sort, item) in enumerate(self._stance_items(side, name, filters, (asked, newest_first)), 1):
            if len(rows) == asked.limit or looked > STANCES:
                return Page(tuple(rows), encode_cursor([last]))
            last = sort
            if item is not None and (actor is None or target in (None, item["target"])) and _passes(item, filters):
                rows.append(self._queries.row(item))
        return Page(tuple(rows))

    def entity(self, identifier: str) -> Named | None:
        roles: tuple[Role, ...] = ("actor", "target")
        for role in roles:
            found = self._stance_items(role, identifier, Filters(), (Asked(1), True))  # two items at a time, not the 1 MB of a page
            for item in (item for _, item in islice(found, STANCES) if item is not None):
                return _link(item).end(role)
        return None

    def entities(self, role: Role, filters: Filters, asked: Asked) -> Page[EntityRow]:
        links, truncated = self._links(filters)
        start = offset_of(asked.cursor)
        rows = count_entities(links, role)
        following = encode_cursor([start + asked.limit]) if len(rows) > start + asked.limit else None
        return Page(tuple(rows[start : start + asked.limit]), following, truncated)

    def matrix(self, filters: Filters, ends: tuple[Sequence[str], Sequence[str]], limit: int) -> Matrix:
        links, truncated = self._named_links(filters, ends) if any(ends) else self._links(filters)
        actors, targets = _ends("actor", ends, links, limit), _ends("target", ends, links, limit)
        chosen = {each.id for each in actors}, {each.id for each in targets}
        links = [link for link in links if link.actor.id in chosen[0] and link.target.id in chosen[1]]
        return Matrix(actors, targets, count_cells(links), len({link.article for link in links}), truncated)

    def search(self, text: str, limit: int) -> Found:
        wanted = words(text)
        if not wanted:
            return Found((), ())
        roles: dict[str, set[Role]] = {}
        named: dict[str, Named] = {}
        articles: list[ArticleRow] = []
        for article in islice(self._articles(Filters()), ARTICLES):
            if article.row.title and _begin(wanted, article.row.title):
                articles.append(article.row)
            for link in article.links:
                for role in ("actor", "target"):
                    end = link.end(role)
                    if end.id in roles or _begin(wanted, end.name):
                        named.setdefault(end.id, end)
                        roles.setdefault(end.id, set()).add(role)
        entities = sorted(named.values(), key=lambda each: (len(each.name), each.id))[:limit]
        return Found(tuple((each, tuple(sorted(roles[each.id]))) for each in entities), tuple(articles[:limit]))

    # --- within --------------------------------------------------------------------------------------------------------------

    def _articles(self, filters: Filters, before: str | None = None, page: int = 100) -> Iterator[_Article]:
        """ARTICLE items that show, newest first, of a period; `before`: only those that sort below."""
        low = filters.since or "0"
        high = min(filters.until or _END, before or _END)
        empty = 0
        for month in _months(filters.since, min(high, items.timestamp(self._now()) if not filters.until else high)):
            empty += 1
            if empty > GAP and not filters.since:
                return
            found = self._table.query_index(
                "by-month", ("by_month", "month_sort"), month, (low, high), newest_first=True, page=min(page + 1, 100)
            )
            for part in pages(found, "month_sort", min(page + 1, 100)):
                empty = 0
                for item in self._queries.visible(part):
                    if low <= item["month_sort"] < high:  # BETWEEN takes its upper end in
                        yield _article(item)

    def _stance_items(
        self, side: Literal["actor", "target"], name: str, filters: Filters, asked: tuple[Asked, bool]
    ) -> Iterator[tuple[str, Item | None]]:
        """Places in the index, in order, and the item where it shows; None where another generation does."""
        part, newest_first = asked
        sort = f"{side}_sort"
        low, high = filters.since or "0", filters.until or _END
        cursor = _sort_of(part.cursor)
        if cursor is not None:
            low, high = (low, min(high, cursor)) if newest_first else (max(low, cursor), high)
        found = self._table.query_index(
            f"by-{side}", (f"by_{side}", sort), items.key_part(name), (low, high), newest_first=newest_first, page=min(part.limit + 1, 100)
        )
        for page in pages(found, sort, min(part.limit + 1, 100)):
            shown = {item["sk"] + item["pk"]: item for item in self._queries.visible(page)}
            for item in page:
                if item[sort] != cursor and item[sort] < (filters.until or _END):
                    yield item[sort], shown.get(item["sk"] + item["pk"])

    def _links(self, filters: Filters) -> tuple[list[Link], bool]:
        """Of the newest ARTICLES articles of the period, and whether there are more."""
        found = list(islice(self._articles(filters), ARTICLES + 1))
        links = [link for article in found[:ARTICLES] for link in article.links if _link_passes(link, article.row.source, filters)]
        return links, len(found) > ARTICLES

    def _named_links(self, filters: Filters, ends: tuple[Sequence[str], Sequence[str]]) -> tuple[list[Link], bool]:
        """By the index of the named actors, or of the named targets: a query each."""
        actors, targets = ends
        side: Literal["actor", "target"] = "actor" if actors else "target"
        links: list[Link] = []
        truncated = False
        for name in dict.fromkeys(actors or targets):
            for looked, (_, item) in enumerate(self._stance_items(side, name, filters, (Asked(), True)), 1):
                if looked > STANCES:
                    truncated = True
                    break
                if item is not None and _passes(item, filters) and (side == "target" or not targets or item["target"] in targets):
                    links.append(_link(item))
        return links, truncated


def _months(since: str | None, until: str) -> Iterator[str]:
    """From the month that `until` is in down to that of `since`, MONTHS at most."""
    year, month = int(until[:4]), int(until[5:7] or 12) if until[5:7].isdigit() else 12
    for _ in range(MONTHS):
        name = f"{year:04d}-{month:02d}"
        if since and name < since[:7]:
            return
        yield name
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)


def _article(item: Item) -> _Article:
    article = item["object_id"] + f"#{int(item['article'])}"
    moment = item.get("published_at") or ""
    links = tuple(
        Link(article, moment, Named(*each[:3]), Named(*each[3:6]), each[6], float(each[7]), int(each[8])) for each in items.links(item)
    )
    sides = [side_of(link.attitude) for link in links]
    row = ArticleRow(
        item["article_id"],
        item.get("title"),
        item.get("publisher"),
        item.get("published_at"),
        item.get("language"),
        sides.count("support"),
        sides.count("oppose"),
        sides.count("neutral"),
    )
    return _Article(item["month_sort"], row, links)


def _link(item: Item) -> Link:
    return Link(
        item["object_id"] + f"#{int(item['article'])}",
        item.get("published_at") or "",
        Named(item["actor"], item["actor_name"], item.get("actor_type")),
        Named(item["target"], item["target_name"], item.get("target_type")),
        item["attitude"],
        float(item["confidence"]),
        int(item["evidence_total"]),
    )


def _passes(item: Item, filters: Filters) -> bool:
    return filters.pass_labels(item["attitude"], item["side"], float(item["confidence"]), item.get("publisher"))


def _link_passes(link: Link, source: str | None, filters: Filters) -> bool:
    return filters.pass_labels(link.attitude, side_of(link.attitude), link.confidence, source)


def _ends(role: Role, ends: tuple[Sequence[str], Sequence[str]], links: Iterable[Link], limit: int) -> tuple[Named, ...]:
    """Those asked for by name, as far as any stance knows them, or the `limit` with most stances."""
    rows = [row.entity for row in count_entities(links, role)]
    wanted = ends[0] if role == "actor" else ends[1]
    if not wanted:
        return tuple(rows[:limit])
    known = {each.id: each for each in rows}
    return tuple(known[each] for each in dict.fromkeys(wanted) if each in known)


def _begin(wanted: Sequence[str], text: str) -> bool:
    """Whether every wanted word is the beginning of one of the text's."""
    found = words(text)
    return all(any(word.startswith(begin) for word in found) for begin in wanted)


def _sort_of(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    match decode_cursor(cursor):
        case [str(sort)] if sort:
            return sort
    raise CursorInvalid("this cursor was not given out by this list")
