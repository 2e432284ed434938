"""What is known of one stance in one article, whatever store it comes from: a table in AWS, an embedded store, a file of readings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A sentence that shows a stance; `start` and `end` are characters of the article's text."""

    start: int
    end: int
    text: str
    attitude: str
    side: str
    confidence: float


@dataclass(frozen=True, slots=True)
class StanceRow:
    """One actor's attitude toward one target in one article.

    `object_id` says what holds the article: the object in S3 (its `article_id` where the object is one article), or, outside AWS, the
    article itself. `publisher` is the article's `source`. Types are model.labels.EntityType; None where the store does not know them.
    """

    object_id: str
    article_id: str
    title: str | None
    publisher: str | None
    published_at: str | None
    revision: str
    actor: str
    actor_name: str
    target: str
    target_name: str
    attitude: str
    side: str
    polarity: float
    confidence: float
    evidence: tuple[EvidenceRow, ...]
    actor_type: str | None = None
    target_type: str | None = None
