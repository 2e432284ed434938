"""`standpoint deadletters`: what its commands have in common, and `rejected`, on queues, a bucket and a table in moto."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.cli import deadletters as command
from functions.shared import deadletters, operations
from functions.shared.deadletters import DeadLetter, DeadLetters, MoveFailed
from tests.functions.dead_letters import OUTPUTS, REFUSED, STACK, Queues, message, run
from tests.functions.fakes import Stack, intercept


@pytest.mark.parametrize("args", [("archive", "--all", "--to", "never"), ("redrive", "--all")], ids=["archive", "redrive"])
def test_a_dry_run_does_nothing(queues: Queues, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    queues.put("no JSON")
    result = run(*args, "--dry-run")
    assert result.exit_code == 0
    assert "no object  not-json\n" in result.stdout
    assert result.stderr == f"would {args[0]} 1 message\n"
    assert (queues.bodies(queues.dead), queues.bodies(queues.source), list(tmp_path.iterdir())) == (["no JSON"], [], [])


@pytest.mark.parametrize(
    "args", [("list",), ("explain", "x"), ("archive", "--all", "--to", "never"), ("redrive", "--all"), ("redrive", "x")], ids=" ".join
)
def test_a_queue_that_refuses(queues: Queues, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    queues.put("no JSON")
    for operation in ("GetQueueAttributes", "ReceiveMessage"):
        intercept(queues.client, operation, *[REFUSED] * 3)
    result = run(*args)
    assert result.exit_code == 2, result.output
    assert re.fullmatch(r"Error: AWS: An error occurred \(AccessDenied\) when calling the \w+ operation: no\n", result.stderr)
    assert list(tmp_path.iterdir()) == []


def test_wrong_command_lines(queues: Queues) -> None:
    assert run("list", where=()).exit_code == 2
    assert run("list", where=("--stack", "a", "--queue", "b")).exit_code == 2
    assert run("redrive").exit_code == 2
    assert run("redrive", "x", "--all").exit_code == 2
    assert "--since 7: " in run("rejected", "--since", "7").stderr


def test_a_stack_is_asked_where_its_parts_are(stack: Stack) -> None:
    missing = run("list", where=("--stack", "nobody"))
    assert (missing.exit_code, missing.stderr) == (2, "Error: no stack nobody in us-east-1\n")
    outputs = OUTPUTS | {"DeadLetterQueueUrl": boto3.client("sqs").create_queue(QueueName="q")["QueueUrl"]}
    body: dict[str, Any] = {
        "Parameters": {"MaximumObjectBytes": {"Type": "Number", "Default": 16}},
        "Resources": {"T": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(body))
    stack.upload("a.txt", "Ann supports Ben.")
    opened = operations.of_stack(STACK)
    assert opened.dead.depth().total == 0
    (diagnosis,) = opened.diagnostician.explain(message("a.txt"))
    assert (diagnosis.reason, diagnosis.detail) == ("too-large", "17 bytes; at most 16 are read")
    del body["Outputs"]["ReadingTableName"]
    cloudformation.update_stack(StackName=STACK, TemplateBody=json.dumps(body))
    old = run("list")
    assert (old.exit_code, old.stderr) == (
        2,
        "Error: stack standpoint-test has no output ReadingTableName: deploy this version's template.yaml\n",
    )


def test_the_template_has_the_outputs_that_are_asked_for() -> None:
    from tests.aws_template import ROOT, template  # noqa: PLC0415

    asked = re.findall(r'output\("(\w+)"\)', (ROOT / "functions/shared/operations.py").read_text(encoding="utf-8"))
    assert set(asked) == {*OUTPUTS, "DeadLetterQueueUrl"}
    assert set(asked) <= set(template()["Outputs"])
    assert "MaximumObjectBytes" in template()["Parameters"]


def test_rejected_articles_are_found_without_a_scan(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "queries_of_stack", lambda name: stack.queries)
    calls: list[str] = []
    stack.user_dynamodb.meta.events.register("provide-client-params.*.*", lambda model, **_: calls.append(model.name))
    stack.handle(stack.upload("empty.txt", ""))
    stack.handle(stack.upload("some.jsonl", '{"text": "Ann supports Ben."}\n{"text": 1}'))
    stack.handle(stack.upload("good.txt", "Ann supports Ben."))
    stack.handle(stack.upload("mended.txt", ""))
    stack.handle(stack.upload("mended.txt", "Ann supports Ben."))
    stack.handle(stack.upload("removed.txt", ""))
    stack.handle(stack.remove("removed.txt"))
    result = run("rejected", "--since", "7d", "--json", where=("--stack", STACK))
    found = {(line["key"], line["article"], line["reason"], line["status"]) for line in map(json.loads, result.stdout.splitlines())}
    assert found == {("empty.txt", 1, "empty", "rejected"), ("some.jsonl", 2, "bad-field", "read")}
    assert set(calls) == {"Query"}
    shown = run("rejected", "--reason", "bad-field", where=("--stack", STACK))
    assert re.fullmatch(r"20\d\d-\S+Z  some\.jsonl article 2  bad-field: .+\n", shown.stdout)
    assert re.fullmatch(r"1 object with rejected articles since 20\S+ \d\d:\d\d UTC\n", shown.stderr)


def test_rejections_of_several_days_are_newest_first_and_no_older_than_asked(stack: Stack) -> None:
    now = datetime.now(UTC)
    heads = {}
    for days in (0, 1, 3, 8):
        stack.handle(stack.upload(f"{days}.txt", ""))
        head = stack.head(f"{days}.txt")
        at = f"{now - timedelta(days=days, minutes=1):%Y-%m-%dT%H:%M:%SZ}"
        head |= {"modified": at, "by_rejected": at[:10], "rejected_sort": f"{at}#{days}.txt"}
        heads[days] = head
    stack.table.put_all(list(heads.values()))
    assert [row.key for row in stack.queries.rejected(now - timedelta(days=7), now)] == ["0.txt", "1.txt", "3.txt"]
    assert [row.key for row in stack.queries.rejected(now - timedelta(days=1), now)] == ["0.txt"]


def test_a_message_that_comes_round_again_is_told_once(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadletters, "HIDDEN_SECONDS", 0)  # a look that takes longer than messages stay hidden
    ids = {queues.put(f"message {n}") for n in range(5)}
    found = islice(DeadLetters(queues.client, queues.dead, wait=0).look(), 50)  # for ever, were it told again and again
    assert sorted(letter.id for letter in found) == sorted(ids)


def test_a_dead_letter_knows_itself_when_it_was_sent_again() -> None:
    letter = DeadLetter("1", "body", datetime.now(UTC), 1, "r")
    assert letter.digest == replace(letter, id="2", receipt="s").digest != replace(letter, body="other").digest
    assert isinstance(MoveFailed("x"), RuntimeError)


def test_without_the_aws_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    result = run("list")
    assert (result.exit_code, result.stderr.endswith("pip install 'standpoint[aws]'\n")) == (2, True)


def test_every_command_has_help_with_an_example() -> None:
    for name in ((), *((each,) for each in command.deadletters.commands)):
        result = run(*name, "--help", where=())
        assert result.exit_code == 0
        assert "standpoint deadletters " in result.stdout.split("Examples:")[1]
