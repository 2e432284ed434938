"""The use case: one event about one object in, what became of it out."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Literal, Protocol

from functions.shared import items
from functions.shared.events import ObjectEvent
from functions.shared.items import Findings, Rejection
from functions.shared.objects import ObjectGone, ObjectHead, Objects
from functions.shared.order import Source
from functions.shared.store import Store
from model.articles import parse_articles
from model.records import Article, ModelInfo, Reading, RejectedInput

Outcome = Literal["read", "rejected", "deleted", "duplicate", "stale", "gone", "test"]


class ReadsArticles(Protocol):
    """model.reader.Reader, or a test's stand-in for it."""

    @property
    def model(self) -> ModelInfo: ...

    def read(self, article: Article) -> Reading: ...


class Service:
    """Reads what was uploaded, forgets what was deleted. Every error that it raises is one that a retry may cure, or an alarm."""

    def __init__(
        self,
        objects: Objects,
        store: Store,
        reader: ReadsArticles,
        *,
        max_articles: int,
        found: Callable[[Findings, float], None] = lambda *_: None,
    ) -> None:
        """`found` is told what was published about an object, and the seconds that reading it took."""
        self._objects = objects
        self._store = store
        self._reader = reader
        self._max_articles = max_articles
        self._found = found

    def handle(self, event: ObjectEvent) -> Outcome:
        """One event. May be repeated at will: the second time it is a duplicate."""
        if event.kind == "test":
            return "test"
        if event.kind == "removed" and _is_surely_gone(event):
            return self._forget(event)
        try:
            head = self._objects.head(event.bucket, event.key, event.version_id if event.kind == "created" else None)
            return self._read(event, head)
        except ObjectGone:
            return self._forget(event) if event.kind == "removed" else "gone"

    def _forget(self, event: ObjectEvent) -> Outcome:
        source = Source(event.bucket, event.key, event.version_id, None, event.sequencer, event.at.replace(microsecond=0))
        return self._store.publish(items.object_id(event.bucket, event.key), source, Findings(), partial(self._is_present, source))

    def _read(self, event: ObjectEvent, head: ObjectHead) -> Outcome:
        object_id = items.object_id(event.bucket, event.key)
        revision = self._reader.model.revision
        source = Source(head.bucket, head.key, head.version_id, head.etag, event.sequencer, head.modified)
        is_present = partial(self._is_present, source)
        verdict = self._store.verdict(object_id, source, revision, is_present)
        if verdict != "newer":
            return verdict
        began = time.monotonic()
        findings = self._find(object_id, head)
        seconds = time.monotonic() - began
        published = self._store.publish(object_id, source, findings, is_present)
        if published == findings.status:  # not where another worker was first
            self._found(findings, seconds)
        return published

    def _is_present(self, source: Source) -> bool:
        """Whether S3 has the object in this state now; for a removal, whether there is no object."""
        try:
            now = self._objects.head(source.bucket, source.key, None)
        except ObjectGone:
            return source.etag is None
        return (now.version_id, now.etag, now.modified) == (source.version_id, source.etag, source.modified)

    def _find(self, object_id: str, head: ObjectHead) -> Findings:
        revision = self._reader.model.revision
        try:
            articles = self._articles(object_id, head)
        except RejectedInput as error:
            return Findings(revision, rejections=(Rejection(1, error.reason, error.detail),))
        found = [(number, self._try(article)) for number, article in enumerate(articles, start=1)]
        return Findings(
            revision,
            readings=tuple((number, one) for number, one in found if isinstance(one, Reading)),
            rejections=tuple(Rejection(number, one.reason, one.detail) for number, one in found if isinstance(one, RejectedInput)),
        )

    def _try(self, article: Article | RejectedInput) -> Reading | RejectedInput:
        if isinstance(article, RejectedInput):
            return article
        try:
            return self._reader.read(article)
        except RejectedInput as error:
            return error

    def _articles(self, object_id: str, head: ObjectHead) -> list[Article | RejectedInput]:
        data = self._objects.body(head)
        parsed = parse_articles(data, name=head.key, default_id=object_id, media_type=head.media_type, charset=head.charset)
        articles: list[Article | RejectedInput] = []
        characters = 0
        for article in islice(parsed, self._max_articles + 1):
            characters += len(article.text) if isinstance(article, Article) else 0
            if characters > self._objects.max_bytes:  # they are all in memory at once, and gzip packs 400 times
                raise RejectedInput("too-large", f"the object unpacks to more than {self._objects.max_bytes} characters")
            articles.append(article)
        if len(articles) > self._max_articles:
            raise RejectedInput("too-many-articles", f"more than {self._max_articles} articles in one object; split it, or use a backfill")
        return articles


def _is_surely_gone(event: ObjectEvent) -> bool:
    """Otherwise one version was removed for good, or nothing tells the order: what the object is now has to be looked up."""
    return event.sequencer is not None and (event.marker or event.version_id is None)
