"""Uploads, overwrites, deletions, duplicates, delays, crashes and redrives in random order, and what the table holds at rest.

The world that is played through: one bucket, one queue that delivers at least once and in any order, a dead-letter queue, and up to
three workers that stop before every call to AWS. What must be in the table follows from the bucket alone: for each key the reading
of its present version, whole and once; nothing for a key without one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from functions.shared.events import decode
from functions.shared.objects import Objects
from functions.shared.queries import Queries
from functions.shared.service import Service
from functions.shared.store import HeadContended, Store
from functions.shared.tables import Table
from tests.functions.fakes import BUCKET, MAX_ARTICLES, MAX_BYTES, TABLE, FakeReader
from tests.functions.memory import MemoryDynamoDB, MemoryS3, Version, refused
from tests.functions.workers import Crash, Worker, gate

LONG = settings.get_current_profile_name() == "fuzz"
MAX_RECEIVES = 3
NAMES = ("ann", "ben", "cem")

Claim = tuple[str, str, str]  # actor, side, target
VERBS = {"support": "supports", "oppose": "opposes"}

claims = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(list(VERBS)), st.just("dam")), max_size=3, unique_by=lambda c: c[0])
keys = st.sampled_from(["a.txt", "b+c.jsonl"])
some = st.integers(0, 9)


@dataclass(frozen=True)
class Stored:
    """A version as the test wrote it: `articles` are the claims of each, None for one that can not be read; () for a delete marker."""

    id: str
    number: int
    articles: tuple[tuple[Claim, ...] | None, ...]

    @property
    def texts(self) -> list[str | None]:
        """The text of each article, unlike that of any other version."""
        return [
            None if article is None else " ".join([f"Number {self.number}."] + [f"{a} {VERBS[s]} {t}." for a, s, t in article])
            for article in self.articles
        ]


@dataclass
class Message:
    body: str
    says: str
    key: str
    receives: int = 0


@dataclass
class Told:
    """What is said of one object: its articles' texts, and (article's id, actor, side, target) of every stance, sorted."""

    texts: list[str] = field(default_factory=list)
    stances: list[tuple[str, str, str, str]] = field(default_factory=list)


def expected(key: str, version: Stored) -> Told:
    told = Told()
    for line, (text, article) in enumerate(zip(version.texts, version.articles, strict=True), start=1):
        if text is not None and article is not None:
            told.texts.append(text)
            told.stances += [(f"{key}#{line}" if key.endswith(".jsonl") else key, *claim) for claim in article]
    told.stances.sort()
    return told


class Interleavings(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.s3, self.dynamodb = MemoryS3(gate), MemoryDynamoDB(gate)
        table: Any = self.dynamodb
        self.queries = Queries(Table(table, TABLE))
        self.history: dict[str, list[Stored]] = {}
        self.now = datetime(2026, 11, 24, 8, tzinfo=UTC)
        self.number = 0
        self.revision = 1
        self.queue: list[Message] = []
        self.sent: list[Message] = []
        self.dead: list[Message] = []
        self.workers: list[tuple[Worker, Message]] = []
        self.crashed: set[str] = set()

    # --- what users do ---------------------------------------------------------------------------------------------------

    @rule(key=keys, articles=st.lists(st.one_of(claims, claims, st.none()), min_size=1, max_size=3))
    def upload(self, key: str, articles: list[list[Claim] | None]) -> None:
        self.number += 1
        if not key.endswith(".jsonl"):
            articles = articles[:1]
        stored = Stored(f"v{self.number}", self.number, tuple(a if a is None else tuple(a) for a in articles))
        if key.endswith(".jsonl"):
            body = "".join("no JSON\n" if text is None else json.dumps({"text": text}) + "\n" for text in stored.texts)
        else:
            body = stored.texts[0] or "%PDF-"
        self._store(key, stored, body.encode())
        self._tell("ObjectCreated:Put", key, stored.id)

    @rule(key=keys)
    def delete(self, key: str) -> None:
        self.number += 1
        stored = Stored(f"v{self.number}", self.number, ())
        self._store(key, stored, None)
        self._tell("ObjectRemoved:DeleteMarkerCreated", key, stored.id)

    @precondition(lambda self: any(self.s3.versions.values()))
    @rule(key=keys, which=some)
    def delete_for_good(self, key: str, which: int) -> None:
        """Any version, the newest or an old one, a delete marker or an article; what is below it comes back."""
        held = self.s3.versions.get(key)
        if held:
            self.number += 1
            gone = held.pop(which % len(held))
            self._tell("ObjectRemoved:Delete", key, gone.id)

    @rule()
    def a_second_passes(self) -> None:
        self.now += timedelta(seconds=1)

    @rule()
    def deploy_another_model(self) -> None:
        self.revision += 1

    @precondition(lambda self: self.s3.versions)
    @rule(key=keys)
    def read_again(self, key: str) -> None:
        """As a backfill does: no sequencer, no version."""
        if self.s3.versions.get(key):
            self._send("ObjectCreated:Backfill", key, {})

    def _store(self, key: str, stored: Stored, body: bytes | None) -> None:
        self.history.setdefault(key, []).append(stored)
        self.s3.versions.setdefault(key, []).append(Version(stored.id, body, self.now))

    def _tell(self, name: str, key: str, version_id: str) -> None:
        sequencer = f"{self.number:06X}" + "0A" * (self.number % 3)  # of unequal length, as S3's are
        self._send(name, key, {"versionId": version_id, "sequencer": sequencer})

    def _send(self, name: str, key: str, more: dict[str, str]) -> None:
        record = {
            "eventVersion": "2.1",
            "eventName": name,
            "eventTime": self.now.isoformat(),
            "s3": {"bucket": {"name": BUCKET}, "object": {"key": quote_plus(key), **more}},
        }
        message = Message(json.dumps({"Records": [record]}), f"{name} {key} {more.get('versionId', '')}", key)
        self.sent.append(message)
        self.queue.append(message)

    # --- what the queue and the workers do -------------------------------------------------------------------------------

    @precondition(lambda self: self.sent)
    @rule(which=some)
    def duplicate(self, which: int) -> None:
        """S3 tells it twice, perhaps long afterwards."""
        old = self.sent[which % len(self.sent)]
        note(f"once more: {old.says}")
        self.queue.append(Message(old.body, old.says, old.key))

    @precondition(lambda self: self.queue and len(self.workers) < 3)
    @rule(which=some)
    def deliver(self, which: int) -> None:
        message = self.queue.pop(which % len(self.queue))
        message.receives += 1
        service = self._service(self.revision)

        def work() -> None:
            for event in decode(message.body):
                service.handle(event)

        self.workers.append((Worker(work), message))
        note(f"worker {len(self.workers) - 1} gets {message.says}, model {self.revision}")

    @precondition(lambda self: self.workers)
    @rule(which=some, calls=st.integers(1, 12))
    def work(self, which: int, calls: int) -> None:
        worker, _ = self.workers[which % len(self.workers)]
        for _ in range(calls):
            if not worker.done:
                worker.step()
        self._settle()

    @precondition(lambda self: self.workers)
    @rule(which=some)
    def work_to_the_end(self, which: int) -> None:
        self.workers[which % len(self.workers)][0].finish()
        self._settle()

    @precondition(lambda self: self.workers)
    @rule(which=some)
    def crash(self, which: int) -> None:
        """Killed, timed out or out of memory: nothing is acknowledged."""
        worker, message = self.workers[which % len(self.workers)]
        note(f"the worker on {message.says} crashes")
        self.crashed.add(message.key)
        worker.step(Crash())
        self._settle()

    @precondition(lambda self: self.workers)
    @rule(which=some)
    def refuse(self, which: int) -> None:
        """The next call fails, also after the client's retries."""
        worker, message = self.workers[which % len(self.workers)]
        note(f"a call of the worker on {message.says} is refused")
        self.crashed.add(message.key)
        worker.step(refused("any", "ThrottlingException"))
        if not worker.done:
            worker.finish()
        self._settle()

    @precondition(lambda self: self.dead)
    @rule()
    def redrive(self) -> None:
        self.queue += self.dead
        for message in self.dead:
            message.receives = 0
        self.dead = []

    def _service(self, revision: int) -> Service:
        s3: Any = self.s3
        table: Any = self.dynamodb
        store = Store(Table(table, TABLE, sleep=lambda _: None))
        return Service(Objects(s3, max_bytes=MAX_BYTES), store, FakeReader(f"sha256:{revision}"), max_articles=MAX_ARTICLES)

    def _settle(self) -> None:
        """Acknowledge what was done; what failed comes again, or goes to the dead-letter queue."""
        for worker, message in [w for w in self.workers if w[0].done]:
            self.workers.remove((worker, message))
            if worker.error is None:
                continue
            if not isinstance(worker.error, Crash | HeadContended) and "ThrottlingException" not in str(worker.error):
                raise worker.error
            (self.dead if message.receives >= MAX_RECEIVES else self.queue).append(message)

    # --- what must hold --------------------------------------------------------------------------------------------------

    @invariant()
    def nobody_ever_sees_half_a_reading(self) -> None:
        for key, history in self.history.items():
            told = self._told(key)
            assert told in [Told(), *(expected(key, version) for version in history)], f"{key}: {told}"

    @rule()
    def come_to_rest(self) -> None:
        while self.workers or self.queue or self.dead:
            while self.workers:
                self.work_to_the_end(0)
            self.redrive()
            if self.queue:
                self.deliver(0)
        self._check_at_rest()

    def teardown(self) -> None:
        try:
            self.come_to_rest()
            self.deploy_another_model()
            for key in self.history:
                self.read_again(key)
            self.come_to_rest()
            self._check_revisions()
        finally:
            for worker, _ in self.workers:
                while not worker.done:
                    worker.step(Crash())

    def _check_at_rest(self) -> None:
        everywhere: list[tuple[str, str, str, str]] = []
        for key, history in self.history.items():
            present = self._present(key)
            told = expected(key, present) if present else Told()
            everywhere += told.stances
            assert self._told(key) == told, f"{key}: {self._told(key)} instead of {told}"
            head = self.queries.head(key)
            assert head, f"{key}: nothing became of it"
            status = "deleted" if present is None else "read" if told.texts else "rejected"
            assert head["status"] == status, f"{key}: {head['status']} instead of {status}"
            assert present is None or head["version_id"] == present.id, f"{key}: version {head['version_id']} instead of {present.id}"
            assert history
            self._check_items(key, head, told)
        found = [(r.article_id, r.actor, r.side, r.target) for actor in NAMES for r in self.queries.stances_by_actor(actor)]
        assert sorted(found) == sorted(everywhere)

    def _check_items(self, key: str, head: dict[str, Any], told: Told) -> None:
        """The head, a body an article, an item a stance, and nothing that is left of anything else, but of a crash: what was written
        by a worker that then died stays, unseen, until the next state of the object is published (store.py).
        """
        items = [item for (pk, sk), item in self.dynamodb.items.items() if pk == f"ARTICLE#{key}" and sk != "READING"]
        visible = [item for item in items if item["generation"] == head["generation"]]
        assert len(visible) == 2 * len(told.texts) + len(told.stances)  # a body and an ARTICLE item each
        left = [item["sk"] for item in items if item not in visible]
        assert not left or key in self.crashed, f"{key}: left over: {left}"

    def _check_revisions(self) -> None:
        for key in self.history:
            head = self.queries.head(key)
            assert head
            assert head["status"] == "deleted" or head["revision"] == f"sha256:{self.revision}"

    def _present(self, key: str) -> Stored | None:
        held = self.s3.versions.get(key)
        return next(v for v in self.history[key] if v.id == held[-1].id) if held and held[-1].body is not None else None

    def _told(self, key: str) -> Told:
        rows = (r for actor in NAMES for r in self.queries.stances_by_actor(actor) if r.object_id == key)
        return Told([r["text"] for r in self.queries.readings(key)], sorted((r.article_id, r.actor, r.side, r.target) for r in rows))


Interleavings.TestCase.settings = settings(
    max_examples=5000 if LONG else 250, stateful_step_count=80 if LONG else 50, derandomize=not LONG, deadline=None
)


class TestInterleavings(Interleavings.TestCase):  # type: ignore[misc,valid-type]
    pass


@pytest.mark.fault(3)
def test_a_reading_that_is_flipped_to_between_two_pages_of_a_look_is_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    generations = iter(["5", "1", "8", "9"])  # "1" stands before the page at which the third upload's worker is then
    monkeypatch.setattr("functions.shared.store.uuid.uuid4", lambda: SimpleNamespace(hex=next(generations)))
    world = Interleavings()
    service = world._service(1)
    for sides in (["support", "oppose", "support"], ["support"], ["oppose"]):
        world.upload("a.txt", [[(name, side, "dam") for name, side in zip(NAMES, sides, strict=False)]])
    first, second, third = (decode(message.body)[0] for message in world.queue)
    assert service.handle(first) == "read"
    worker = Worker(lambda: service.handle(third))
    for _ in range(7):  # up to the query's second page
        worker.step()
    assert service.handle(second) == "read"
    worker.finish()
    assert worker.error is None
    assert [item["generation"] for item in world.dynamodb.items.values() if item["sk"] != "READING"] == ["9", "9", "9"]  # "8" lost
