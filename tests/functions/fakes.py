"""Small hand-written stand-ins, and a stack of real parts on moto."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.models import botocore_stubber

from functions.shared.events import ObjectEvent, padded
from functions.shared.objects import Objects
from functions.shared.queries import Queries
from functions.shared.service import Outcome, Service
from functions.shared.store import Store
from functions.shared.tables import Table
from model.records import Article, Entity, Evidence, ModelInfo, Reading, Span, Stance

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client

BUCKET = "articles-bucket"
TABLE = "readings"
MAX_BYTES = 100_000
MAX_ARTICLES = 5
_CLAIM = re.compile(r"\b(\w{1,20}) (supports|opposes) (\w{1,20})\.")
_LABELS: dict[str, Any] = {"supports": ("supportive", "support", 1.0), "opposes": ("opposed", "oppose", -1.0)}


@dataclass
class FakeReader:
    """Reads "Ann supports Ben." and "Ann opposes Ben." and nothing else. `confidence` is that of every stance."""

    revision: str = "sha256:one"
    confidence: float = 0.75
    read_ids: list[str] = field(default_factory=list)
    before: Callable[[Article], None] = lambda _: None

    @property
    def model(self) -> ModelInfo:
        return ModelInfo("fake", self.revision)

    def read(self, article: Article) -> Reading:
        self.before(article)
        self.read_ids.append(article.id)
        stances: dict[tuple[str, str], list[Evidence]] = {}
        for claim in _CLAIM.finditer(article.text):
            attitude, side, _ = _LABELS[claim[2]]
            evidence = Evidence(Span(*claim.span()), attitude, side, self.confidence)
            stances.setdefault((claim[1].lower(), claim[3].lower()), []).append(evidence)
        names = dict.fromkeys(name for pair in stances for name in pair)
        return Reading(
            article=article,
            model=self.model,
            sentences=tuple(e.span for found in stances.values() for e in found),
            entities=tuple(Entity(name, name.title(), "PERSON", ()) for name in names),
            stances=tuple(self._stance(pair, found) for pair, found in stances.items()),
        )

    def _stance(self, pair: tuple[str, str], found: list[Evidence]) -> Stance:
        polarity = 1.0 if found[0].side == "support" else -1.0
        return Stance(*pair, found[0].attitude, found[0].side, polarity, self.confidence, tuple(found))


@dataclass
class Stack:
    """The service with its table and bucket; `upload` and `remove` do it and return the event that S3 would send.

    `s3` and `dynamodb` are the service's own clients; the test looks and uploads through two others. `calls` are the service's.
    """

    s3: S3Client
    dynamodb: DynamoDBClient
    user_s3: S3Client
    user_dynamodb: DynamoDBClient
    reader: FakeReader = field(default_factory=FakeReader)
    sequence: int = 0x1000

    def __post_init__(self) -> None:
        self.calls: list[str] = []
        for client in (self.s3, self.dynamodb):
            client.meta.events.register("provide-client-params.*.*", lambda model, **_: self.calls.append(model.name))
        self.slept: list[float] = []
        self.table = Table(self.user_dynamodb, TABLE)
        self.queries = Queries(self.table)
        self.store = Store(Table(self.dynamodb, TABLE, sleep=self.slept.append))
        self.service = Service(Objects(self.s3, max_bytes=MAX_BYTES), self.store, self.reader, max_articles=MAX_ARTICLES)

    def upload(self, key: str, body: str | bytes, **options: Any) -> ObjectEvent:
        answer = self.user_s3.put_object(Bucket=BUCKET, Key=key, Body=body, **options)
        return self.event(key, version_id=answer.get("VersionId"))

    def remove(self, key: str) -> ObjectEvent:
        answer = self.user_s3.delete_object(Bucket=BUCKET, Key=key)
        return self.event(key, kind="removed", version_id=answer.get("VersionId"), marker=True)

    def event(self, key: str, **changes: Any) -> ObjectEvent:
        self.sequence += 1
        told = {"kind": "created", "bucket": BUCKET, "key": key, "sequencer": padded(f"{self.sequence:X}"), "at": datetime.now(UTC)}
        return ObjectEvent(**(told | changes))

    def handle(self, event: ObjectEvent) -> Outcome:
        return self.service.handle(event)

    def items(self, key: str) -> list[dict[str, Any]]:
        """Everything in the table about an object, of every generation."""
        return list(self.table.query_partition(f"ARTICLE#{key}"))

    def head(self, key: str) -> dict[str, Any]:
        head = self.queries.head(key)
        assert head
        return head

    def visible(self, key: str) -> set[tuple[str, str, str]]:
        """(actor, side, target) of an object's stances, as a query by actor sees them."""
        actors = {item["actor"] for item in self.items(key) if "actor" in item}
        return {
            (row.actor, row.side, row.target) for actor in actors for row in self.queries.stances_by_actor(actor) if row.object_id == key
        }


class _Raw(BytesIO):
    def stream(self, **_: Any) -> list[bytes]:
        return [self.read()]


def answer(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Callable[[AWSPreparedRequest], AWSResponse]:
    """A response as if from AWS: under the client, so that its real retries and errors follow."""
    return lambda request: AWSResponse(request.url or "", status, HTTPHeaders.from_dict(headers or {}), _Raw(body))


def intercept(client: Any, operation: str, *respond: Callable[[AWSPreparedRequest], AWSResponse | None]) -> list[str]:
    """Answer an operation's next requests below the client; None lets one through. Returns the list of what was asked."""
    asked: list[str] = []
    waiting = list(respond)

    def before_send(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        asked.append(operation)
        response = waiting.pop(0)(request) if waiting else None
        botocore_stubber.enabled = response is None  # botocore runs every hook: moto would do it all the same
        return response

    def afterwards(**_: Any) -> None:
        botocore_stubber.enabled = True

    client.meta.events.register_first(f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}", before_send)
    client.meta.events.register_last("before-send", afterwards)
    return asked
