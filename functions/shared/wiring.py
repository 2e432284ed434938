"""The parts of a function put together from its settings."""

from __future__ import annotations

from collections.abc import Callable

from functions.shared.connections import s3, table
from functions.shared.items import Findings
from functions.shared.objects import Objects
from functions.shared.queries import Queries
from functions.shared.service import ReadsArticles, Service
from functions.shared.settings import Settings
from functions.shared.store import Store
from functions.shared.watchlists import WatchingReader, load
from model.reader import Reader


def service(settings: Settings, reader: ReadsArticles, found: Callable[[Findings, float], None] = lambda *_: None) -> Service:
    objects = Objects(s3(), max_bytes=settings.max_object_bytes)
    return Service(objects, Store(table(settings.table)), reader, max_articles=settings.max_articles, found=found)


def watching(settings: Settings, reader: Reader) -> ReadsArticles:
    """The reader, with the watchlist that the settings name. Raises WatchlistUnusable."""
    if settings.watchlist is None:
        return reader
    return WatchingReader(reader, load(s3(), settings.watchlist))


def queries(settings: Settings) -> Queries:
    return Queries(table(settings.table))
