"""A reading as DynamoDB items, and back. Nothing here talks to a table.

Partition `ARTICLE#<id>`, one per object in S3; <id> says where the object is (`object_id`), since that is all that a deletion tells.

    READING                                the head: status, generation, counts, source, model revision. Small: every query reads it
    GEN#<g>#BODY#<article>#<part>          the whole reading as compressed JSON, cut into parts below DynamoDB's 400 KB
    GEN#<g>#ARTICLE#<article>              what lists and counts need of an article: title, source, its stances without sentences
    GEN#<g>#STANCE#<actor>#<target>        a stance, with index keys; in an object of many articles `#<article>` follows

A head with rejections is also in the index by-rejected, under the day when the object was uploaded. An article's ARTICLE item is in
the index by-month, under the month of publication (of the upload where the article does not tell), sorted by time.

A generation <g> shows only while the head names it. The indexes know nothing of heads, so whoever reads them has to ask
(queries.stances_by_actor does): that is one small read an article, and no query ever mixes two readings.

Every item carries the version of this form, `schema`; whoever reads an item passes it through `current` (docs/upgrades.md).
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from functions.shared.order import Head, Source, Status
from model.reading import to_dict
from model.records import Reading, Stance

SCHEMA = 1
"""Of what is written. 0: the same without the attribute. Raised also where the reading's own `schema` is."""

HEAD = "READING"
GENERATIONS = "GEN#"
PART_BYTES = 350_000
EVIDENCE_BYTES = 300_000
"""An item may have 400 KB (400 * 1024 bytes, names of attributes included); both leave room for the rest of the item."""

LINKS = 2_000
"""Stances that an ARTICLE item counts: some 60 KB packed."""

_LONG_ID = 512  # bytes: an id is also a part of the indexes' sort key, which may have 1,024
_LONG_PART = 200
_SHORT_TEXT = 1_000  # characters of a title, name or reason that the head or a stance repeats; the body has all of it

Item = dict[str, Any]

_MIGRATIONS: tuple[Callable[[Item], Item], ...] = (lambda item: item,)
"""From version 0 to 1, from 1 to 2, and so on: what is readable. It may go beyond SCHEMA for a release (docs/upgrades.md)."""


class SchemaNewer(RuntimeError):  # noqa: N818  reads as the others: what is wrong
    """An item that a newer version of this code wrote: not even its meaning is known, so it is neither told nor replaced."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """An article that can never be read; `article` counts from 1 within its object."""

    article: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found in one state of an object: `readings` by article, counted from 1. Both empty: it was deleted."""

    revision: str = ""
    readings: tuple[tuple[int, Reading], ...] = ()
    rejections: tuple[Rejection, ...] = ()

    @property
    def status(self) -> Status:
        if self.readings:
            return "read"
        return "rejected" if self.rejections else "deleted"


def object_id(bucket: str, key: str) -> str:
    """The key, or a hash of bucket and key where the key is too long to be one (S3 allows 1,024 bytes)."""
    return key if len(key.encode()) <= _LONG_ID else "sha256:" + hashlib.sha256(f"{bucket}/{key}".encode()).hexdigest()


def partition(identifier: str) -> str:
    return f"ARTICLE#{identifier}"


def key_part(name: str) -> str:
    """An entity's id as a part of a key: itself, or its hash where it is long or holds the separator."""
    if "#" not in name and len(name.encode()) <= _LONG_PART:
        return name
    return "sha256:" + hashlib.sha256(name.encode()).hexdigest()


def timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def current(item: Item) -> Item:
    """An item from the table in the newest form that this code knows. Raises SchemaNewer."""
    version = int(item.get("schema", 0))
    if version > len(_MIGRATIONS):
        raise SchemaNewer(
            f"{item['pk']} / {item['sk']} has schema {version} and this version of the code reads up to {len(_MIGRATIONS)}: "
            "deploy the newer version again (docs/upgrades.md)"
        )
    for migrate in _MIGRATIONS[version:]:
        item = migrate(item)
    return item


def head_item(identifier: str, head: Head, findings: Findings) -> Item:
    """The head. The article's metadata stands here where the object holds one article."""
    source, first = head.source, findings.rejections[0] if findings.status == "rejected" else None
    one = findings.readings[0][1].article if len(findings.readings) == 1 else None
    item: Item = {
        "pk": partition(identifier),
        "sk": HEAD,
        "schema": SCHEMA,
        "status": head.status,
        "generation": head.generation,
        "revision": head.revision,
        "superseded": list(head.superseded),
        "bucket": source.bucket,
        "key": source.key,
        "version_id": source.version_id,
        "etag": source.etag,
        "sequencer": source.sequencer,
        "modified": timestamp(source.modified),
        "articles": len(findings.readings),
        "stances": sum(len(r.stances) for _, r in findings.readings),
        "rejected": [{"article": r.article, "reason": r.reason, "detail": _short(r.detail)} for r in findings.rejections],
        "by_rejected": timestamp(source.modified)[:10] if findings.rejections else None,
        "rejected_sort": f"{timestamp(source.modified)}#{identifier}" if findings.rejections else None,
        "reason": first and first.reason,
        "detail": first and _short(first.detail),
        "title": one and _short(one.title),
        "published_at": one and one.published_at,
        "publisher": one and _short(one.source),
        "language": one and one.language,
    }
    return {name: value for name, value in item.items() if value is not None}


def head_of(item: Item) -> Head:
    """The part of a head item that decisions need. Raises SchemaNewer."""
    item = current(item)
    return Head(
        status=item["status"],
        generation=item["generation"],
        revision=item["revision"],
        superseded=tuple(item["superseded"]),
        source=Source(
            bucket=item["bucket"],
            key=item["key"],
            version_id=item.get("version_id"),
            etag=item.get("etag"),
            sequencer=item.get("sequencer"),
            modified=datetime.fromisoformat(item["modified"]),
        ),
    )


def content_items(identifier: str, generation: str, source: Source, findings: Findings) -> list[Item]:
    """Every item of a generation. Raises ValueError where a number is NaN or infinite, before anything could be written."""
    many = len(findings.readings) + len(findings.rejections) > 1
    prefix = {"pk": partition(identifier), "schema": SCHEMA, "generation": generation, "object_id": identifier}
    items: list[Item] = []
    for article, reading in findings.readings:
        items += ({**prefix, **part} for part in _body(generation, article, reading))
        moment = reading.article.published_at or timestamp(source.modified)
        where = f"{identifier}#{article:06d}" if many else identifier
        month = {"sk": f"GEN#{generation}#ARTICLE#{article:06d}", "by_month": moment[:7], "month_sort": f"{moment}#{where}"}
        items.append({**prefix, "article": article, **month, **_article(reading)})
        for stance in reading.stances:
            sk = f"GEN#{generation}#STANCE#{key_part(stance.actor)}#{key_part(stance.target)}" + (f"#{article:06d}" if many else "")
            items.append({**prefix, "sk": sk, "article": article, **_stance(reading, stance), **_index_keys(stance, moment, where)})
    return items


def body_prefix(generation: str, article: int | None = None) -> str:
    return f"GEN#{generation}#BODY#" + (f"{article:06d}#" if article is not None else "")


def join_bodies(items: list[Item]) -> Iterator[dict[str, Any]]:
    """The readings in these body items, which must be whole and in order of their keys. Raises SchemaNewer."""
    bodies: dict[int, bytes] = {}
    for item in map(current, items):
        article = int(item["article"])
        bodies[article] = bodies.get(article, b"") + bytes(item["body"])
    for body in bodies.values():
        yield json.loads(zlib.decompress(body))


def _body(generation: str, article: int, reading: Reading) -> Iterator[Item]:
    body = _packed(to_dict(reading))
    for part, start in enumerate(range(0, len(body), PART_BYTES)):
        yield {"sk": f"{body_prefix(generation, article)}{part:04d}", "article": article, "body": body[start : start + PART_BYTES]}


def _packed(value: object) -> bytes:
    # A score of NaN ends here: no reading is stored that the model failed at.
    return zlib.compress(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())


def _index_keys(stance: Stance, moment: str, where: str) -> Item:
    """Sort keys of both indexes: time first, then what makes them unique. An article without a time sorts by the object's own."""
    actor, target = key_part(stance.actor), key_part(stance.target)
    return {"by_actor": actor, "by_target": target, "actor_sort": f"{moment}#{where}#{target}", "target_sort": f"{moment}#{where}#{actor}"}


def links(item: Item) -> list[list[Any]]:
    """An ARTICLE item's stances: [actor, name, type, target, name, type, attitude, confidence, sentences] of each."""
    return list(json.loads(zlib.decompress(bytes(item["links"]))))


def _article(reading: Reading) -> Item:
    """The stances packed: so a month of articles is counted by reading a few KB of each. Beyond LINKS the least sure are left out."""
    entities = {entity.id: entity for entity in reading.entities}

    def end(identifier: str) -> list[str | None]:
        entity = entities.get(identifier)
        return [identifier, _short(entity.name if entity else identifier), entity.type if entity else None]

    surest = sorted(reading.stances, key=lambda s: -s.confidence)[:LINKS]
    packed = [[*end(s.actor), *end(s.target), s.attitude, round(s.confidence, 4), len(s.evidence)] for s in surest]
    article = reading.article
    item: Item = {
        "article_id": _short(article.id),
        "title": _short(article.title),
        "published_at": article.published_at,
        "publisher": _short(article.source),
        "language": article.language,
        "links": _packed(packed),
    }
    return {name: value for name, value in item.items() if value is not None}


def _stance(reading: Reading, stance: Stance) -> Item:
    names = {entity.id: entity.name for entity in reading.entities}
    types = {entity.id: entity.type for entity in reading.entities}
    item: Item = {
        "article_id": _short(reading.article.id),
        "title": _short(reading.article.title),
        "published_at": reading.article.published_at,
        "publisher": _short(reading.article.source),
        "revision": reading.model.revision,
        "actor": stance.actor,
        "target": stance.target,
        "actor_name": _short(names.get(stance.actor, stance.actor)),
        "target_name": _short(names.get(stance.target, stance.target)),
        "actor_type": types.get(stance.actor),
        "target_type": types.get(stance.target),
        "attitude": stance.attitude,
        "side": stance.side,
        "polarity": _number(stance.polarity),
        "confidence": _number(stance.confidence),
        "evidence": list(_evidence(reading.article.text, stance)),
        "evidence_total": len(stance.evidence),
    }
    return {name: value for name, value in item.items() if value is not None}


def _evidence(text: str, stance: Stance) -> Iterator[Item]:
    """The sentences in order, as long as they fit; with fewer than `evidence_total` the rest is to be had from the body."""
    room = EVIDENCE_BYTES
    for evidence in stance.evidence:
        sentence = text[evidence.span.start : evidence.span.end]
        room -= len(sentence.encode()) + 150  # names of attributes, offsets, labels
        if room < 0:
            return
        yield {
            "start": evidence.span.start,
            "end": evidence.span.end,
            "text": sentence,
            "attitude": evidence.attitude,
            "side": evidence.side,
            "confidence": _number(evidence.confidence),
        }


def _number(value: float) -> Decimal:
    return Decimal(str(round(value, 4)))


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= _SHORT_TEXT else text[:_SHORT_TEXT] + "…"
