"""Readings in an embedded database (SQLite): a laptop's store of a million stances."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self, TypeVar

from model.explore.archive import (
    ArticleRow,
    Asked,
    Cell,
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
from model.explore.counting import make_cell
from model.explore.readings import stance_rows
from model.explore.records import EvidenceRow, StanceRow

Row = TypeVar("Row")
VERSION = 1  # of the tables, kept in the file's user_version
_BATCH = 500  # articles a transaction

_TABLES = """
CREATE TABLE articles (
    id INTEGER PRIMARY KEY, article_id TEXT NOT NULL UNIQUE, title TEXT, source TEXT, published_at TEXT, moment TEXT NOT NULL,
    language TEXT, revision TEXT NOT NULL, support INTEGER NOT NULL, oppose INTEGER NOT NULL, neutral INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE TABLE entities (id INTEGER PRIMARY KEY, entity_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, type TEXT);
CREATE TABLE stances (
    id INTEGER PRIMARY KEY, article INTEGER NOT NULL, actor INTEGER NOT NULL, target INTEGER NOT NULL, moment TEXT NOT NULL,
    source TEXT, attitude TEXT NOT NULL, side TEXT NOT NULL, polarity REAL NOT NULL, confidence REAL NOT NULL, shown INTEGER NOT NULL,
    evidence TEXT NOT NULL
);
CREATE VIRTUAL TABLE names USING fts5 (text, tokenize = "unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE titles USING fts5 (text, tokenize = "unicode61 remove_diacritics 2");
"""
_INDEXES = """
CREATE INDEX IF NOT EXISTS articles_moment ON articles (moment, id);
CREATE INDEX IF NOT EXISTS stances_article ON stances (article);
CREATE INDEX IF NOT EXISTS stances_actor ON stances (actor, moment, id);
CREATE INDEX IF NOT EXISTS stances_target ON stances (target, moment, id);
CREATE INDEX IF NOT EXISTS stances_pair ON stances (actor, target, moment, id);
CREATE INDEX IF NOT EXISTS stances_counted ON stances -- all that counts ask, in the order they group by
    (actor, target, attitude, article, confidence, polarity, side, shown, moment, source);
"""
# Ends are counted before their names are joined, and targets without an index for their order (the +): so the one that holds all is read.
_GROUP: dict[Role, str] = {"actor": "s.actor", "target": "+s.target"}
_ARTICLE = "a.article_id, a.title, a.source, a.published_at, a.language, a.support, a.oppose, a.neutral"
_STANCE = """a.article_id, a.title, a.source, a.published_at, a.revision, x.entity_id, x.name, y.entity_id, y.name,
    s.attitude, s.side, s.polarity, s.confidence, s.evidence, x.type, y.type"""
_JOINED = "stances s JOIN articles a ON a.id = s.article JOIN entities x ON x.id = s.actor JOIN entities y ON y.id = s.target"


class DatabaseInvalid(ValueError):  # noqa: N818
    """A file that is no database of this version; the message says which and what to do."""


class Condition:
    """Parts of a WHERE clause with their values."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.values: list[Any] = []

    def add(self, part: str, *values: Any) -> None:
        self.parts.append(part)
        self.values += values

    def among(self, column: str, allowed: Iterable[Any]) -> None:
        """Nothing allowed by name: everything is."""
        if chosen := sorted(allowed):
            self.add(f"{column} IN ({', '.join('?' * len(chosen))})", *chosen)

    def period(self, column: str, filters: Filters) -> None:
        """Of a period that is bounded on any side, an article without a time (moment "") is no part."""
        if filters.since or filters.until:
            self.add(f"{column} > ''")
        if filters.since:
            self.add(f"{column} >= ?", filters.since)
        if filters.until:
            self.add(f"{column} < ?", filters.until)

    @property
    def clause(self) -> str:
        return f"WHERE {' AND '.join(self.parts)}" if self.parts else ""


class SqliteArchive:
    """An Archive (archive.py) over one connection, for one thread at a time (`serve` sees to that)."""

    name = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @classmethod
    def open(cls, path: Path | None = None) -> Self:
        """The database in a file, made where there is none; None: one that ends with the process. Raises DatabaseInvalid."""
        # "" is SQLite's word for a temporary database that may go to disk, so that memory does not bound it.
        db = sqlite3.connect(str(path) if path else "", check_same_thread=False)
        try:
            if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                db.executescript(_TABLES)
                db.execute(f"PRAGMA user_version = {VERSION}")
            elif db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                raise DatabaseInvalid(f"{path} is not of this version of standpoint; delete it, or choose another file")
        except sqlite3.DatabaseError as error:
            raise DatabaseInvalid(f"{path} is no database: {error}") from error
        if path is None:
            db.execute("PRAGMA synchronous = OFF")
            db.execute("PRAGMA journal_mode = OFF")
        return cls(db)

    def close(self) -> None:
        self._db.close()

    def add(self, readings: Iterable[dict[str, Any]]) -> int:
        """Put readings in, each in the place of an earlier one of the same article. Returns how many."""
        count = 0
        ids: dict[str, int] = {}
        for count, reading in enumerate(readings, 1):
            self._add(reading, ids)
            if count % _BATCH == 0:
                self._db.commit()
        self._db.commit()
        self._db.executescript(_INDEXES)
        self._db.execute("ANALYZE")
        self._db.commit()
        return count

    def counts(self) -> tuple[int, int]:
        """Articles and stances."""
        return self._one("SELECT count(*) FROM articles")[0], self._one("SELECT count(*) FROM stances")[0]

    # --- what the protocol asks ----------------------------------------------------------------------------------------------

    def reading(self, article_id: str) -> dict[str, Any] | None:
        row = self._one("SELECT body FROM articles WHERE article_id = ?", article_id)
        return dict(json.loads(zlib.decompress(row[0]))) if row else None

    def articles(self, filters: Filters, asked: Asked) -> Page[ArticleRow]:
        where = Condition()
        where.period("a.moment", filters)
        where.among("a.source", filters.sources)
        return self._page(
            f"SELECT a.moment, a.id, {_ARTICLE} FROM articles a", where, ("a.moment", "a.id"), asked, lambda r: ArticleRow(*r)
        )

    def stances(self, ends: tuple[str | None, str | None], filters: Filters, asked: Asked, *, newest_first: bool = True) -> Page[StanceRow]:
        where = _labels(filters)
        for column, end in zip(("s.actor", "s.target"), ends, strict=True):
            if end is not None:
                where.add(f"{column} = (SELECT id FROM entities WHERE entity_id = ?)", end)
        query = f"SELECT s.moment, s.id, {_STANCE} FROM {_JOINED}"
        return self._page(query, where, ("s.moment", "s.id"), asked, _stance, newest_first=newest_first)

    def entity(self, identifier: str) -> Named | None:
        row = self._one("SELECT entity_id, name, type FROM entities WHERE entity_id = ?", identifier)
        return Named(*row) if row else None

    def entities(self, role: Role, filters: Filters, asked: Asked) -> Page[EntityRow]:
        where = _labels(filters)
        start = offset_of(asked.cursor)
        rows = self._db.execute(
            f"""SELECT e.entity_id, e.name, e.type, n, articles, support, oppose, neutral, polarity, since, until FROM (
                SELECT s.{role} AS entity, count(*) AS n, count(DISTINCT s.article) AS articles,
                    sum(s.side = 'support') AS support, sum(s.side = 'oppose') AS oppose, sum(s.side = 'neutral') AS neutral,
                    round(sum(s.polarity * s.confidence) / max(sum(s.confidence), 1e-9), 4) AS polarity,
                    min(nullif(s.moment, '')) AS since, max(nullif(s.moment, '')) AS until
                FROM stances s {where.clause} GROUP BY {_GROUP[role]}
            ) JOIN entities e ON e.id = entity ORDER BY n DESC, e.entity_id LIMIT ? OFFSET ?""",
            [*where.values, asked.limit + 1, start],
        ).fetchall()
        found = tuple(EntityRow(Named(*row[:3]), *row[3:]) for row in rows[: asked.limit])
        return Page(found, encode_cursor([start + asked.limit]) if len(rows) > asked.limit else None)

    def matrix(self, filters: Filters, ends: tuple[Sequence[str], Sequence[str]], limit: int) -> Matrix:
        chosen = self._ends("actor", ends, filters, limit), self._ends("target", ends, filters, limit)
        actors, targets = (tuple(rows.values()) for rows in chosen)
        if not actors or not targets:
            return Matrix(actors, targets, (), 0)
        where = _labels(filters)
        for column, rows in zip(("s.actor", "s.target"), chosen, strict=True):
            where.among(column, rows)
        of = f"FROM stances s {where.clause}"
        articles = self._one(f"SELECT count(DISTINCT s.article) {of}", *where.values)[0]
        return Matrix(actors, targets, tuple(self._cells(of, where.values, chosen[0] | chosen[1])), articles)

    def search(self, text: str, limit: int) -> Found:
        # Quoted, an FTS5 term is only a term; the star makes it the beginning of one.
        query = " ".join(f'"{word}"*' for word in words(text))
        if not query:
            return Found((), ())
        rows = self._db.execute(
            """SELECT e.entity_id, e.name, e.type, EXISTS (SELECT 1 FROM stances WHERE actor = e.id),
                EXISTS (SELECT 1 FROM stances WHERE target = e.id)
            FROM names n JOIN entities e ON e.id = n.rowid WHERE n.text MATCH ? ORDER BY length(e.name), e.entity_id LIMIT ?""",
            (query, limit),
        )
        entities = tuple((Named(*row[:3]), _roles(*row[3:])) for row in rows if row[3] or row[4])
        articles = self._db.execute(
            f"""SELECT {_ARTICLE} FROM titles t JOIN articles a ON a.id = t.rowid WHERE t.text MATCH ?
            ORDER BY a.moment DESC, a.id DESC LIMIT ?""",
            (query, limit),
        )
        return Found(entities, tuple(ArticleRow(*row) for row in articles))

    # --- within --------------------------------------------------------------------------------------------------------------

    def _add(self, reading: dict[str, Any], ids: dict[str, int]) -> None:
        rows = list(stance_rows(reading))
        identifier, moment = reading["article_id"], reading.get("published_at") or ""
        if old := self._one("SELECT id FROM articles WHERE article_id = ?", identifier):
            for query in ("stances WHERE article", "articles WHERE id", "titles WHERE rowid"):
                self._db.execute(f"DELETE FROM {query} = ?", old)
        sides = [sum(row.side == side for row in rows) for side in ("support", "oppose", "neutral")]
        body = zlib.compress(json.dumps(reading, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        article = self._db.execute(
            "INSERT INTO articles VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                identifier,
                _fit(reading.get("title")),
                _fit(reading.get("source")),
                reading.get("published_at"),
                moment,
                reading.get("language"),
                reading["model"]["revision"],
                *sides,
                body,
            ),
        ).lastrowid
        if reading.get("title"):
            self._db.execute("INSERT INTO titles (rowid, text) VALUES (?, ?)", (article, _fit(reading["title"])))
        self._db.executemany(
            "INSERT INTO stances VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    article,
                    self._entity_row(Named(r.actor, r.actor_name, r.actor_type), ids),
                    self._entity_row(Named(r.target, r.target_name, r.target_type), ids),
                    moment,
                    _fit(r.publisher),
                    r.attitude,
                    r.side,
                    r.polarity,
                    r.confidence,
                    len(r.evidence),
                    json.dumps([list(asdict(e).values()) for e in r.evidence]),
                )
                for r in rows
            ],
        )

    def _entity_row(self, entity: Named, ids: dict[str, int]) -> int:
        """The entity's row, made where it is new; its name and type stay those that came first."""
        if entity.id not in ids:
            row = self._one("SELECT id FROM entities WHERE entity_id = ?", entity.id)
            if row is None:
                made = self._db.execute(
                    "INSERT INTO entities VALUES (NULL, ?, ?, ?)", (entity.id, _fit(entity.name), entity.type)
                ).lastrowid
                self._db.execute("INSERT INTO names (rowid, text) VALUES (?, ?)", (made, _fit(entity.name)))
                row = (made,)
            ids[entity.id] = row[0]
        return ids[entity.id]

    def _ends(self, role: Role, asked: tuple[Sequence[str], Sequence[str]], filters: Filters, limit: int) -> dict[int, Named]:
        """By row of `entities`, in the order asked for or, where none is, the most frequent first."""
        if wanted := asked[0] if role == "actor" else asked[1]:
            query = "SELECT id, entity_id, name, type FROM entities WHERE entity_id = ?"
            return {row[0]: Named(*row[1:]) for each in wanted if (row := self._one(query, each))}
        where = _labels(filters)
        for column, others in (("actor", asked[0]), ("target", asked[1])):
            if others:
                where.add(f"s.{column} IN (SELECT id FROM entities WHERE entity_id IN ({', '.join('?' * len(others))}))", *others)
        rows = self._db.execute(
            f"""SELECT e.id, e.entity_id, e.name, e.type FROM (
                SELECT s.{role} AS entity, count(*) AS n FROM stances s {where.clause} GROUP BY {_GROUP[role]}
            ) JOIN entities e ON e.id = entity ORDER BY n DESC, e.entity_id LIMIT ?""",
            [*where.values, limit],
        )
        return {row[0]: Named(*row[1:]) for row in rows}

    def _cells(self, of: str, values: list[Any], names: dict[int, Named]) -> Iterator[Cell]:
        """Counted by the database: a million rows would take Python seconds (counting.count_cells says the same of rows)."""
        query = f"""SELECT s.actor, s.target, s.attitude, count(*), sum(s.shown), sum(s.confidence), sum(s.confidence * s.polarity)
            {of} GROUP BY s.actor, s.target, s.attitude"""
        found: defaultdict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
        for actor, target, *row in self._db.execute(query, values):
            found[names[actor].id, names[target].id].append(tuple(row))
        articles = f"SELECT s.actor, s.target, count(DISTINCT s.article) {of} GROUP BY s.actor, s.target"
        counts = {(names[actor].id, names[target].id): n for actor, target, n in self._db.execute(articles, values)}
        for ends, rows in sorted(found.items()):
            sentences, weight, weighted = (sum(row[i] for row in rows) for i in (2, 3, 4))
            yield make_cell(ends, {row[0]: row[1] for row in rows}, (counts[ends], sentences), (weight, weighted))

    def _page(  # noqa: PLR0913
        self,
        query: str,
        where: Condition,
        key: tuple[str, str],
        asked: Asked,
        make: Callable[[tuple[Any, ...]], Row],
        *,
        newest_first: bool = True,
    ) -> Page[Row]:
        """Rows by (moment, id), found by the index from where the last page ended; the query's first two columns are those two."""
        if asked.cursor:
            moment, row = _place(asked.cursor)
            where.add(f"({key[0]}, {key[1]}) {'<' if newest_first else '>'} (?, ?)", moment, row)
        order = "DESC" if newest_first else "ASC"
        found = self._db.execute(
            f"{query} {where.clause} ORDER BY {key[0]} {order}, {key[1]} {order} LIMIT ?", [*where.values, asked.limit + 1]
        ).fetchall()
        rows = found[: asked.limit]
        return Page(tuple(make(row[2:]) for row in rows), encode_cursor(list(rows[-1][:2])) if len(found) > asked.limit else None)

    def _one(self, query: str, *values: Any) -> Any:
        return self._db.execute(query, values).fetchone()


def _fit(text: str | None) -> str | None:
    """What UTF-8 cannot hold, a lone surrogate, becomes "?"; the reading itself keeps it."""
    return text if text is None else text.encode("utf-8", "replace").decode()


def _place(cursor: str) -> tuple[str, int]:
    match decode_cursor(cursor):
        case [str(moment), int(row)]:
            return moment, row
    raise CursorInvalid("this cursor was not given out by this list")


def _labels(filters: Filters) -> Condition:
    where = Condition()
    where.period("s.moment", filters)
    where.among("s.side", filters.sides)
    where.among("s.attitude", filters.attitudes)
    where.among("s.source", filters.sources)
    if filters.min_confidence:
        where.add("s.confidence >= ?", filters.min_confidence)
    return where


def _roles(actor: int, target: int) -> tuple[Role, ...]:
    return (*(("actor",) if actor else ()), *(("target",) if target else ()))


def _stance(row: tuple[Any, ...]) -> StanceRow:
    """Of a row in the order of _STANCE."""
    article, title, publisher, published_at, revision, actor, actor_name, target, target_name, *rest = row
    attitude, side, polarity, confidence, evidence, actor_type, target_type = rest
    return StanceRow(
        object_id=article,
        article_id=article,
        title=title,
        publisher=publisher,
        published_at=published_at,
        revision=revision,
        actor=actor,
        actor_name=actor_name,
        target=target,
        target_name=target_name,
        attitude=attitude,
        side=side,
        polarity=polarity,
        confidence=confidence,
        evidence=tuple(EvidenceRow(*each) for each in json.loads(evidence)),
        actor_type=actor_type,
        target_type=target_type,
    )
