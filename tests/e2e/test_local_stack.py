"""Everything at once, on the deployed stack: 300 uploads, most of them told late, twice or in the wrong order, and a killed host.

The tests are steps: each goes on from what the ones before it left. What must be in the table at rest is worked out from what was
uploaded and from the model alone (articles.py, world.py).
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.aws_template import ROOT, of_type
from tests.e2e.articles import UPLOADS, Readings, Version, read, versions
from tests.e2e.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

BATCH = 5  # of samconfig.toml
DOOMED = Version("doomed.txt", b"Mayor Ann Lee praised the bridge on Monday. DOOMED.\n\nThe council, she said, opposes it.")
DOOMED_KEY = "articles/poison/doomed.txt"
FOREIGN = '{"Records": [{"eventVersion": "3.0", "eventName": "ObjectCreated:Put"}]}'


@pytest.fixture(scope="module")
def expected(world: World) -> dict[Version, Readings]:
    """What the deployed model reads in each version."""
    found, seconds = read(world.build / "ClassifyFunction", [*versions(), DOOMED])
    world.visibility = max(15, int(6 * BATCH * seconds))  # on a slow machine, what is at work must not come back as if it had failed
    world.sqs.set_queue_attributes(QueueUrl=world.outputs["ArticleQueueUrl"], Attributes={"VisibilityTimeout": str(world.visibility)})
    return found


def test_the_emulator_listens_on_this_machine_only(world: World) -> None:
    sockets = [
        line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/{world.stack.pid}/net/{name}").read_text().splitlines()[1:]
    ]
    owned = {link.readlink().name for pid in (world.stack.pid, *world.stack.workers()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    listening = {fields[1] for fields in sockets if fields[3] == "0A" and f"socket:[{fields[9]}]" in owned}
    assert listening == {f"0100007F:{world.stack.port:04X}"}


def test_at_rest_the_table_holds_the_last_version_of_each_live_object_once(world: World, expected: dict[Version, Readings]) -> None:
    handler(world, "planted.handler")
    world.listen(enabled=False)
    world.s3.put_object(Bucket=world.outputs["ArticleBucketName"], Key="elsewhere/note.txt", Body=b"Not under the prefix.")
    world.s3.put_object(Bucket=world.outputs["ArticleBucketName"], Key=DOOMED_KEY, Body=DOOMED.body)
    world.upload_rejected()
    uploads = a_days_uploads(world)
    for _ in range(2 * UPLOADS // 3):
        next(uploads)
    messages = world.take_all(world.outputs["ArticleQueueUrl"])
    messages += world.chance.sample(messages, len(messages) // 5)
    world.chance.shuffle(messages)
    world.send_all([*messages, FOREIGN])
    world.listen(enabled=True)
    for _ in range(UPLOADS // 6):  # now as they come
        next(uploads)
    kill_the_host(world, after=UPLOADS // 6)
    for _ in uploads:
        pass
    world.settle()
    world.check(expected)
    outcomes = world.outcomes()
    assert outcomes["duplicate"] >= UPLOADS // 20, outcomes
    assert outcomes["stale"] >= UPLOADS // 60, outcomes


def a_days_uploads(world: World) -> Iterator[None]:
    """UPLOADS uploads, a step each: of new objects, every third over an older one; every twelfth is followed by a deletion."""
    number = itertools.count(1)
    for version in itertools.islice(itertools.cycle(versions()), UPLOADS - len(world.truth) - 1):
        n = next(number)
        live = sorted(
            key for key, last in world.truth.items() if isinstance(last, Version) and Path(key).suffixes == Path(version.name).suffixes
        )
        again = world.chance.choice(live) if n % 3 == 0 and live else None
        names = ("{n}-{name}", "päper/{n} a+b%20c-{name}", "2026/11/{n}&=;-{name}")
        world.upload(again or "articles/" + names[n % 3].format(n=n, name=version.name), version)
        if n % 12 == 0 and live:
            world.delete(world.chance.choice(live))
        yield


def kill_the_host(world: World, *, after: int) -> None:
    """kill -9 every process that holds a function, once `after` objects are done and while the next are being read."""
    while len(world.heads()) < after or not world.stack.workers():
        time.sleep(0.2)
    for worker in world.stack.workers():
        os.kill(worker, signal.SIGKILL)


def test_what_can_never_be_read_is_rejected_and_what_fails_every_time_is_a_dead_letter(
    world: World, expected: dict[Version, Readings]
) -> None:
    letters = [json.loads(line) for line in deadletters(world, "list", "--json")]
    (doomed,) = (letter["id"] for letter in letters if letter["events"][0].get("key") == DOOMED_KEY)
    (foreign,) = (letter["id"] for letter in letters if letter["id"] != doomed)
    assert any(DOOMED_KEY in line for line in deadletters(world, "explain", doomed))
    assert "planted fault" in world.stack.log.read_text(encoding="utf-8", errors="replace")
    world.check(expected)  # of the dead letters nothing is in the table
    # What nothing can read is kept in a file. The fix is deployed, and the other goes back.
    archive = world.build.parent / "dead.jsonl"
    deadletters(world, "archive", foreign, "--to", str(archive))
    assert json.loads(archive.read_text(encoding="utf-8"))["body"] == FOREIGN
    handler(world, "functions.classify.app.handler")
    deadletters(world, "redrive", doomed, "--no-follow")
    world.truth[DOOMED_KEY] = DOOMED
    world.settle()
    world.check(expected)
    assert world.waiting(world.outputs["DeadLetterQueueUrl"]) == 0


def deadletters(world: World, *arguments: str) -> list[str]:
    """The lines that the command prints, as an operator calls it."""
    command = [sys.executable, "-m", "model", "deadletters", *arguments, "--stack", "standpoint"]
    done = subprocess.run(command, cwd=ROOT, env=world.stack.environment(), capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def handler(world: World, name: str) -> None:
    """Have the queue's function begin elsewhere: in a new version, as the queue invokes what the alias names."""
    function = world.outputs["ClassifyFunctionName"]
    world.functions.update_function_configuration(FunctionName=function, Handler=name)
    version = world.functions.publish_version(FunctionName=function)["Version"]
    world.functions.update_alias(FunctionName=function, Name="live", FunctionVersion=version)


def test_the_api_tells_what_the_table_holds_to_whoever_signs_and_to_nobody_else(world: World) -> None:
    assert (world.ask("actors", signed=False)[0], world.ask("health")) == (403, (200, {"status": "ok", "store": "dynamodb"}))
    told: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        status, page = world.ask(f"articles?limit=50{cursor and f'&cursor={cursor}'}")
        assert status == 200
        told += [article["article_id"] for article in page["articles"]]
        cursor = page["next"]
    held = [reading["article_id"] for key in world.heads() for reading in world.queries.readings(key)]
    assert sorted(told) == sorted(held)
    actor = world.ask("actors?limit=1")[1]["actors"][0]
    _, stances = world.ask(f"actors/{actor['id']}/stances?limit=500")
    assert {stance["actor"]["id"] for stance in stances["stances"]} == {actor["id"]}
    assert stances["next"] is None
    assert len(stances["stances"]) == len(list(world.queries.stances_by_actor(actor["id"])))


def test_a_digest_of_the_watchlist_lies_in_the_bucket_of_results(world: World) -> None:
    articles, results = world.outputs["ArticleBucketName"], world.outputs["ResultsBucketName"]
    dated = [reading for key in world.heads() for reading in world.queries.readings(key) if reading["published_at"]]
    surest = max((stance for reading in dated for stance in reading["stances"]), key=lambda stance: stance["confidence"])
    actor = next(entity for reading in dated for entity in reading["entities"] if entity["id"] == surest["actor"])
    watchlist = {"entities": [{"name": actor["name"], "type": actor["type"]}]}
    world.s3.put_object(Bucket=articles, Key="watchlists/mine.yaml", Body=json.dumps(watchlist).encode())
    name = world.outputs["DigestFunctionName"]
    variables = world.functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    named = variables | {"WATCHLIST": f"s3://{articles}/watchlists/mine.yaml"}  # the parameter would have all articles read anew
    world.functions.update_function_configuration(FunctionName=name, Environment={"Variables": named})
    at = datetime.now(UTC) + timedelta(seconds=2)
    fire(world, "DigestFunction", at, since="9999d")
    keys = [f"digests/{at:%Y%m%dT%H%M%SZ}.{extension}" for extension in ("html", "json")]
    for key in keys:
        world.s3.get_waiter("object_exists").wait(Bucket=results, Key=key, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    page, told = (world.s3.get_object(Bucket=results, Key=key)["Body"].read().decode() for key in keys)
    moved = json.loads(told)["new"]
    assert moved
    assert all(actor["id"] in (move["actor"]["id"], move["target"]["id"]) for move in moved)
    assert moved[0]["sentence"] in unescape(page)


def test_stopped_and_started_everything_is_still_there(world: World, expected: dict[Version, Readings]) -> None:
    world.stack.stop()
    assert world.stack.pid is None
    world.stack.start()
    assert world.stack.outputs() == world.outputs
    world.check(expected)
    world.upload("articles/after.txt", DOOMED)
    world.settle()
    world.check(expected)


def test_after_a_change_of_the_model_a_backfill_reads_all_anew(world: World, expected: dict[Version, Readings]) -> None:
    for config in world.build.glob("*/model/weights/config.json"):
        changed = json.loads(config.read_text(encoding="utf-8"))
        changed["thresholds"]["stance"] *= 0.5
        config.unlink()  # the file is the same as that of `sam build`
        config.write_text(json.dumps(changed), encoding="utf-8")
    world.stack.deploy(world.build)
    newly, _ = read(world.build / "ClassifyFunction", [*versions(), DOOMED])
    assert all(newly[v][0]["model"] != expected[v][0]["model"] for v in newly)
    assert any(len(newly[v][0]["stances"]) > len(expected[v][0]["stances"]) for v in newly)
    backfill(world)
    world.settle()
    world.check(newly)


def backfill(world: World) -> None:
    """The schedule fires, and again for the same time; without one in the template, an event for each object, as if sent by hand."""
    if not of_type("AWS::Scheduler::Schedule"):
        world.send_all(list(by_hand(world)))
        return
    target = fire(world, "DispatchFunction", datetime.now(UTC) + timedelta(seconds=2))
    assert executions(world) == ["SUCCEEDED"]
    world.functions.invoke(FunctionName=target["Arn"], Payload=target["Input"])  # the emulator fires a time once
    assert executions(world) == ["SUCCEEDED"], "the second firing of one time has started a second backfill"


def fire(world: World, function: str, at: datetime, **told: str) -> dict[str, Any]:
    """Set the function's schedule to one moment and what it tells; the target that it then calls."""
    scheduler = world.stack.client("scheduler")
    (found,) = (schedule for schedule in scheduler.list_schedules()["Schedules"] if function in schedule["Target"]["Arn"])
    name = {"Name": found["Name"], "GroupName": found["GroupName"]}
    target: dict[str, Any] = scheduler.get_schedule(**name)["Target"]
    stamp = f"{at:%Y-%m-%dT%H:%M:%S}"
    event = target["Input"].replace("<aws.scheduler.scheduled-time>", f"{stamp}Z")  # the emulator does not fill it in
    target["Input"] = json.dumps(json.loads(event) | told)
    exactly = {"ScheduleExpression": f"at({stamp})", "FlexibleTimeWindow": {"Mode": "OFF"}}
    scheduler.update_schedule(**name, **exactly, State="ENABLED", Target=target)
    return target


def executions(world: World) -> list[str]:
    """How the state machine's executions ended; waits for the first to begin, and for all to end."""
    machines = world.stack.client("stepfunctions")
    (machine,) = machines.list_state_machines()["stateMachines"]
    for _ in range(600):
        found = machines.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
        if found and all(execution["status"] != "RUNNING" for execution in found):
            return [execution["status"] for execution in found]
        time.sleep(1)
    raise AssertionError("the schedule does not fire, or the backfill does not end")


def by_hand(world: World) -> Iterator[str]:
    """Events without a sequencer."""
    bucket = world.outputs["ArticleBucketName"]
    pages = world.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=world.outputs["ArticlePrefix"])
    for s3_object in (found for page in pages for found in page.get("Contents", [])):
        told = {"bucket": {"name": bucket}, "object": {"key": s3_object["Key"]}}
        event = {"source": "aws.s3", "detail-type": "Object Created", "time": s3_object["LastModified"].isoformat(), "detail": told}
        yield json.dumps(event)
