"""Fault 42, a restore from a snapshot: copies of one started process share no seed, no client and no credentials.

A copy here is a fork: all of the process's memory as it was, as in a snapshot.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from functions.shared import snapshots
from functions.shared.tables import Table
from tests.functions.fakes import TABLE, intercept
from tests.functions.test_classify import Context, app, batch, put, reader  # noqa: F401  app and reader are fixtures
from tests.functions.test_faults import thrown, unprocessed

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

# As AWS's module in Lambda's runtime (snapshot-restore-py 1.0); tests/slow/test_snapshots.py takes the real one.
HOOKS = """
before, after = [], []
def register_before_snapshot(function, *arguments, **named): before.append(function)
def register_after_restore(function, *arguments, **named): after.append(function)
"""


@pytest.fixture
def hooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The runtime's module, which must be there before `app` is: name it first."""
    (tmp_path / "snapshot_restore_py.py").write_text(HOOKS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "snapshot_restore_py", raising=False)
    import snapshot_restore_py  # noqa: PLC0415  the one that was just written

    yield snapshot_restore_py
    del sys.modules["snapshot_restore_py"]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every wait between retries, boto3's and the table's."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    defaults = Table.__init__.__kwdefaults__
    assert defaults
    monkeypatch.setitem(defaults, "sleep", waited.append)
    return waited


def in_copy(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `work` returns in a copy of this process, that of its random numbers too: `random` seeds itself after a fork."""
    state = random.getstate()
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            random.setstate(state)
            os.write(into, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(into)
    with os.fdopen(out, "rb") as answer:
        found: dict[str, Any] = json.loads(answer.read() or b"{}")
    os.waitpid(child, 0)
    return found


def clients(function: ModuleType) -> tuple[Any, Any]:
    service = function.SERVICE()
    return service._objects._client, service._store._table._client


def read_one(
    function: ModuleType, message: str, waits: list[float], hooks: list[Callable[[], None]], stale: tuple[Any, Any]
) -> dict[str, Any]:
    """One invocation in a restored copy, in which DynamoDB makes the function wait in both ways."""
    os.environ["AWS_ACCESS_KEY_ID"] = "of-the-copy"
    for hook in hooks:
        hook()
    signed: list[str] = []
    for client in (*clients(function), *stale):
        client.meta.events.register("before-send", lambda request, **_: signed.append(str(request.headers["Authorization"])))
    dynamodb = clients(function)[1]
    intercept(dynamodb, "BatchWriteItem", unprocessed, unprocessed)
    intercept(dynamodb, "PutItem", *[thrown("ThrottlingException")] * 2)
    answer = function.handler(batch(message), Context())
    (head,) = (item for item in dynamodb.scan(TableName=TABLE)["Items"] if item["sk"] == "READING")
    return {
        "answer": answer,
        "generation": head["generation"],
        "waits": waits,
        "keys": sorted({line.split("Credential=")[1].split("/")[0] for line in signed}),
        "reuses a client": any(client in stale for client in clients(function)),
    }


def test_copies_of_a_snapshot_share_no_generation_no_jitter_no_client_and_no_credentials(
    hooks: ModuleType,
    app: ModuleType,  # noqa: F811
    waits: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message, stale = put("a.txt"), clients(app)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-snapshot")
    first, second = (in_copy(lambda: read_one(app, message, waits, hooks.after, stale)) for _ in range(2))
    for one in (first, second):
        assert one["answer"] == {"batchItemFailures": []}
        assert (len(one["waits"]), one["keys"], one["reuses a client"]) == (4, ["of-the-copy"], False)
    assert first["generation"] != second["generation"]
    assert not set(first["waits"]) & set(second["waits"])


def test_without_the_hooks_copies_would_wait_alike_with_the_same_client(
    hooks: ModuleType,
    app: ModuleType,  # noqa: F811
    waits: list[float],
) -> None:
    """That is what the test above would see if the hooks did nothing."""
    message, stale = put("a.txt"), clients(app)
    first, second = (in_copy(lambda: read_one(app, message, waits, [], stale)) for _ in range(2))
    assert first["waits"] == second["waits"]
    assert first["reuses a client"] is True
    assert first["keys"] != ["of-the-copy"]


def test_what_pages_are_read_with_is_loaded_before_a_snapshot_and_only_there(hooks: ModuleType, app: ModuleType) -> None:  # noqa: F811
    (load,) = hooks.before
    for name in [name for name in sys.modules if name.split(".")[0] == "trafilatura"]:
        del sys.modules[name]
    load()
    assert "trafilatura" in sys.modules


def test_where_no_snapshots_are_taken_nothing_is_registered_and_nothing_is_made_twice() -> None:
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    assert "snapshot_restore_py" not in sys.modules
    get = snapshots.renewed(make, before_snapshot=lambda: pytest.fail("no snapshot is taken here"))
    assert get() is get() is made[0]
    assert len(made) == 1
