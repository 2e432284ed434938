"""The backfill's state machine and schedule: against the states language, against the template, against Step Functions' quotas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from cfnlint.jsonschema import CfnTemplateValidator

from functions.shared.bulk import ATTEMPTS, LIFETIME
from tests.aws_template import ROOT, Values, allowed_actions, numbers, of_type, template

MACHINE = of_type("AWS::Serverless::StateMachine")["BackfillStateMachine"]
SOURCE = (ROOT / MACHINE["DefinitionUri"]).read_text(encoding="utf-8")
DEFINITION: Values = json.loads(SOURCE)
ARCHIVE = DEFINITION["States"]["ReadArchive"]
BATCH = ARCHIVE["ItemProcessor"]
BULK = of_type("AWS::Serverless::Function")["BulkFunction"]

PAYLOAD = 256 * 1024  # bytes of a state's input or output (AWS Step Functions Developer Guide, "Quotas")
LONGEST_KEY = 1_024  # bytes of UTF-8 (Amazon S3 User Guide); JSON may take six for each that is a control character


def machines() -> Iterator[Values]:
    """The state machine and those within it."""
    waiting = [DEFINITION]
    while waiting:
        machine = waiting.pop()
        yield machine
        waiting += [state["ItemProcessor"] for state in machine["States"].values() if "ItemProcessor" in state]


def states() -> dict[str, Values]:
    return {name: state for machine in machines() for name, state in machine["States"].items()}


def targets(state: Values) -> set[str]:
    rules = [*state.get("Choices", []), *state.get("Catch", [])]
    named = {state.get("Next"), state.get("Default"), *(rule["Next"] for rule in rules)}
    return {name for name in named if name}


def test_it_is_valid_by_the_schema_of_the_states_language() -> None:
    schema = json.loads((files("cfnlint") / "data/schemas/other/step_functions/statemachine.json").read_text(encoding="utf-8"))
    errors = list(CfnTemplateValidator(schema=schema).iter_errors(json.loads(SOURCE.replace("${Partition}", "aws"))))
    assert [f"{list(error.path)}: {error.message}" for error in errors] == []


@pytest.mark.parametrize("machine", list(machines()))
def test_every_state_is_reached_and_every_way_ends(machine: Values) -> None:
    known = set(machine["States"])
    reached, waiting = set(), {machine["StartAt"]}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= targets(machine["States"][name]) - reached
    assert reached == known
    for state in machine["States"].values():
        assert state["Type"] in ("Choice", "Fail", "Succeed") or ("Next" in state) != bool(state.get("End"))


def test_every_substitution_is_set_and_every_setting_is_used() -> None:
    assert set(re.findall(r"\$\{(\w+)\}", SOURCE)) == set(MACHINE["DefinitionSubstitutions"])


def test_a_run_that_goes_wrong_stops_soon() -> None:
    assert 0 < ARCHIVE["ToleratedFailurePercentage"] <= 1
    assert "ToleratedFailureCount" not in ARCHIVE


def test_results_go_where_no_article_is() -> None:
    """Fault 38: to a bucket of their own, which tells nobody of its objects."""
    bucket, read = ARCHIVE["ResultWriter"]["Parameters"]["Bucket"], ARCHIVE["ItemReader"]["Parameters"]["Bucket"]
    assert (bucket, read) == ("${ResultsBucket}", "${ArticleBucket}")
    substitutions = MACHINE["DefinitionSubstitutions"]
    assert (substitutions["ResultsBucket"], substitutions["ArticleBucket"]) == ({"Ref": "ResultsBucket"}, {"Ref": "ArticleBucket"})


def test_nothing_outside_the_articles_is_read() -> None:
    guard = DEFINITION["States"][DEFINITION["StartAt"]]
    assert guard["Choices"] == [{"Variable": "$.prefix", "StringMatches": "${ArticlePrefix}*", "Next": "Limits"}]
    assert DEFINITION["States"][guard["Default"]]["Type"] == "Fail"


def longest(batch: int) -> tuple[int, int]:
    """Bytes of the largest input and of the largest output of a batch."""
    item = {"key": "\x01" * LONGEST_KEY, "modified": "2026-11-25T03:15:00+00:00", "since": "2026-11-25T03:15:00+00:00"}
    given = {"batch": {"Items": [item] * batch}, "attempt": 1, "began": item["modified"], "report": {"counts": {}, "failed": []}}
    failed = {"key": item["key"], "reason": "\x01" * 300}
    told = {"report": {"counts": {"failed": batch}, "failed": [failed] * batch, "rejected": []}, "again": False, "halt": True}
    return len(json.dumps(given)), len(json.dumps(told))


def test_a_batch_fits_into_a_payload_whatever_its_keys() -> None:
    batcher = ARCHIVE["ItemBatcher"]
    assert batcher["MaxInputBytesPerBatch"] < PAYLOAD / 1.9  # what bulk answers may be near twice what it was given
    ordinary = max(numbers(MACHINE["DefinitionSubstitutions"]["BulkBatchSize"]))
    assert 1 <= ordinary <= 100
    by_bytes = batcher["MaxInputBytesPerBatch"] // (6 * LONGEST_KEY)
    assert max(longest(min(by_bytes, ordinary))) < PAYLOAD


def test_a_batchs_execution_outlives_two_whole_attempts() -> None:
    assert BATCH["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    assert 2 * BULK["Timeout"] + 30 <= LIFETIME
    for name in ("ReadBatch", "ReadOne"):
        assert BULK["Timeout"] < states()[name]["TimeoutSeconds"] < LIFETIME / 2


def test_an_object_tried_alone_is_not_tried_again() -> None:
    alone = states()["OneByOne"]
    assert alone["ItemSelector"]["attempt"] == ATTEMPTS
    assert alone["MaxConcurrency"] == 1  # more would be past the limit on bulk


RETRIER = {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment"}
"""Fields of a retrier (Amazon States Language, "Errors"); a misspelt one would be ignored, and cfn-lint lets it pass."""


def test_every_call_of_lambda_is_retried_with_jitter() -> None:
    for name in ("ReadBatch", "ReadOne"):
        assert all(set(rule) <= RETRIER for rule in states()[name]["Retry"])
        retried = {error for rule in states()[name]["Retry"] for error in rule["ErrorEquals"]}
        assert retried >= {"Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.SdkClientException"}
        assert all(rule["JitterStrategy"] == "FULL" and rule["BackoffRate"] > 1 for rule in states()[name]["Retry"])
        assert states()[name]["Catch"][-1]["ErrorEquals"] == ["States.ALL"]


def test_live_uploads_keep_their_capacity() -> None:
    assert ARCHIVE["MaxConcurrencyPath"] == "$.limits.concurrency"
    assert MACHINE["DefinitionSubstitutions"]["BulkConcurrency"] == {"Ref": "BulkConcurrency"}
    classify = of_type("AWS::Serverless::Function")["ClassifyFunction"]
    reserved = [function["ReservedConcurrentExecutions"]["Fn::If"] for function in (classify, BULK)]
    assert [(condition, value) for condition, value, _ in reserved] == [
        ("ReservesConcurrency", {"Ref": "MaximumConcurrency"}),
        ("ReservesConcurrency", {"Ref": "BulkConcurrency"}),
    ]
    parameters = template()["Parameters"]
    assert parameters["BulkConcurrency"]["Default"] < parameters["MaximumConcurrency"]["Default"]


def test_roles_allow_what_the_definition_needs_and_no_more() -> None:
    assert {a for a in allowed_actions("BackfillRole") if not a.startswith("logs:")} == {
        "s3:ListBucket",
        *("s3:GetObject", "s3:PutObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"),
        "lambda:InvokeFunction",
        *("states:StartExecution", "states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"),
    }
    assert allowed_actions("SchedulerRole") == {"lambda:InvokeFunction", "sqs:SendMessage"}
    assert allowed_actions("BulkRole") == allowed_actions("ClassifyRole") - {a for a in allowed_actions("ClassifyRole") if "sqs:" in a}
    assert {a for a in allowed_actions("DispatchRole") if a.startswith("states:")} == {"states:StartExecution", "states:ListExecutions"}


def test_the_role_names_the_state_machine_as_it_is_named() -> None:
    name = MACHINE["Name"]["Fn::Sub"]
    allowed = [s for p in of_type("AWS::IAM::Role")["BackfillRole"]["Policies"] for s in p["PolicyDocument"]["Statement"]]
    arns = {s["Sid"]: s["Resource"]["Fn::Sub"] for s in allowed if s["Action"][0].startswith("states:")}
    assert arns["StartBatches"].endswith(f":stateMachine:{name}")
    assert arns["FollowBatches"].endswith(f":execution:{name}/*")


def test_the_schedule_is_off_until_it_is_wanted_and_tells_its_own_time() -> None:
    schedule = of_type("AWS::Scheduler::Schedule")["BackfillSchedule"]
    assert schedule["State"] == {"Ref": "BackfillScheduleState"}
    assert template()["Parameters"]["BackfillScheduleState"]["Default"] == "DISABLED"
    assert schedule["FlexibleTimeWindow"]["Mode"] == "FLEXIBLE"
    given = json.loads(schedule["Target"]["Input"]["Fn::Sub"].replace("${BackfillSince}", "7d"))
    assert given == {"scheduled_time": "<aws.scheduler.scheduled-time>", "since": "7d"}
    assert schedule["Target"]["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": "ScheduleDeadLetterQueue.Arn"}}


@pytest.mark.parametrize("name", sorted(MACHINE["DefinitionSubstitutions"]))
def test_substitutions_stand_inside_strings(name: str) -> None:
    """So the file is JSON before it is filled in, and after."""
    filled: Any = json.loads(SOURCE.replace(f"${{{name}}}", "7"))
    assert f"${{{name}}}" not in json.dumps(filled)
