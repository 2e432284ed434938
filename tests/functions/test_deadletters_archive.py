"""`standpoint deadletters archive`: written first, then deleted, on queues, a bucket and a table in moto."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.functions.dead_letters import REFUSED, Queues, let_through, message, run
from tests.functions.fakes import BUCKET, Stack, answer, intercept


def test_archive_writes_then_deletes(queues: Queues, tmp_path: Path) -> None:
    attributes = {"n": {"DataType": "Binary", "BinaryValue": b"\x00"}, "s": {"DataType": "String", "StringValue": "x"}}
    bodies = [message(f"articles/{n}.txt") for n in range(24)] + ["no JSON, Ünicode"]
    for body in bodies:
        queues.put(body, MessageAttributes=attributes)
    to = tmp_path / "dead.jsonl"
    result = run("archive", "--all", "--to", str(to))
    assert (result.exit_code, result.stdout) == (0, "archived: 25, not deleted: 0\n")
    kept = [json.loads(line) for line in to.read_text(encoding="utf-8").splitlines()]
    assert sorted(each["body"] for each in kept) == sorted(bodies)
    assert kept[0]["attributes"]["n"] == {"DataType": "Binary", "BinaryValue": "AA=="}
    assert kept[0]["attributes"]["s"]["StringValue"] == "x"
    assert queues.bodies(queues.dead) == []


def test_archive_of_chosen_ones_leaves_the_rest(queues: Queues, tmp_path: Path) -> None:
    ids = [queues.put(f"message {n}") for n in range(15)]
    result = run("archive", ids[3][:13], ids[11], "--to", str(tmp_path / "a.jsonl"), "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"archived": 2, "not_deleted": 0})
    assert len(queues.bodies(queues.dead)) == 13
    missing = run("archive", ids[3], ids[4], "--to", str(tmp_path / "b.jsonl"))
    assert (missing.exit_code, missing.stderr.splitlines()[-1]) == (1, "Error: only 1 of 2 messages could be seen")


def test_archive_to_s3(queues: Queues, stack: Stack) -> None:
    stack.user_s3.create_bucket(Bucket="elsewhere")
    for n in range(12):
        queues.put(f"message {n}")
    result = run("archive", "--all", "--to", "s3://elsewhere/dead")
    assert result.exit_code == 0, result.output
    (found,) = stack.user_s3.list_objects_v2(Bucket="elsewhere")["Contents"]
    assert re.fullmatch(r"dead/dead-letters-\d{8}T\d{6}\.\d{6}Z\.jsonl", found["Key"])
    body = stack.user_s3.get_object(Bucket="elsewhere", Key=found["Key"])["Body"].read()
    assert sorted(json.loads(line)["body"] for line in body.splitlines()) == sorted(f"message {n}" for n in range(12))
    assert queues.bodies(queues.dead) == []


@pytest.mark.parametrize("target", [f"s3://{BUCKET}/articles/dead", f"s3://{BUCKET}/articles", "s3://", "{exists}", "{folder}"])
def test_where_no_archive_may_be(queues: Queues, tmp_path: Path, target: str) -> None:
    (tmp_path / "exists").write_text("mine", encoding="utf-8")
    queues.put("no JSON")
    result = run("archive", "--all", "--to", target.format(exists=tmp_path / "exists", folder=tmp_path / "no" / "folder"))
    assert result.exit_code == 2, result.output
    assert queues.bodies(queues.dead) == ["no JSON"]
    assert (tmp_path / "exists").read_text(encoding="utf-8") == "mine"


def test_an_archive_in_s3_needs_to_know_where_articles_are(queues: Queues) -> None:
    result = run("archive", "--all", "--to", "s3://elsewhere/dead", where=("--queue", queues.dead))
    assert (result.exit_code, result.stderr) == (2, "Error: an archive in S3 needs --stack: it must not lie where articles are read\n")


def test_what_cannot_be_written_is_not_deleted(queues: Queues) -> None:
    queues.put("no JSON")
    result = run("archive", "--all", "--to", "s3://no-such-bucket/dead")
    assert result.exit_code == 2
    assert "NoSuchBucket" in result.stderr
    assert queues.bodies(queues.dead) == ["no JSON"]


def test_archive_that_ends_between_writing_and_deleting_keeps_both(queues: Queues, tmp_path: Path) -> None:
    for n in range(15):
        queues.put(f"message {n}")
    intercept(queues.client, "DeleteMessageBatch", let_through, REFUSED)
    result = run("archive", "--all", "--to", str(tmp_path / "a.jsonl"))
    assert result.exit_code == 1
    assert "AccessDenied" in result.stderr.splitlines()[-1]
    assert "; 10 messages archived and deleted so far" in result.stderr.splitlines()[-1]
    written = [json.loads(line)["body"] for line in (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    left = queues.bodies(queues.dead)
    assert (len(written), len(left)) == (15, 5)
    assert set(left) < set(written)


def test_what_sqs_does_not_delete_is_told(queues: Queues, tmp_path: Path) -> None:
    queues.put("no JSON")
    failed = {"Successful": [], "Failed": [{"Id": "0", "SenderFault": False, "Code": "InternalError"}]}
    intercept(queues.client, "DeleteMessageBatch", answer(200, json.dumps(failed).encode()))
    result = run("archive", "--all", "--to", str(tmp_path / "a.jsonl"))
    assert (result.exit_code, result.stdout) == (1, "archived: 0, not deleted: 1\n")
    assert queues.bodies(queues.dead) == ["no JSON"]
