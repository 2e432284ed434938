"""What the template allows and encrypts, for every role, function, bucket, queue, table and log group that stands in it.

Nothing here names one resource where it can name all of a kind: what is added later is held to the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.aws_template import ROOT, Values, of_type, settled, settled_of_type, template

# How a state machine's logs are delivered (AWS Step Functions Developer Guide, "Logging using CloudWatch Logs").
DELIVER_LOGS = {
    *("logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries"),
    *("logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
}

# Every action that a role may take. A new role or action is added here by hand, after thinking about it.
ALLOWED = {
    "ClassifyRole": {
        "dynamodb:BatchWriteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:ListBucket",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    },
    "BulkRole": {
        "dynamodb:BatchWriteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:ListBucket",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    },
    "DigestRole": {
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "sqs:SendMessage",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    },
    "QueryRole": {
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    },
    "BackfillRole": {
        *DELIVER_LOGS,
        "lambda:InvokeFunction",
        "s3:AbortMultipartUpload",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
        "states:DescribeExecution",
        "states:RedriveExecution",
        "states:StartExecution",
        "states:StopExecution",
    },
    "DispatchRole": {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sqs:SendMessage",
        "states:ListExecutions",
        "states:StartExecution",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    },
    "SchedulerRole": {"lambda:InvokeFunction", "sqs:SendMessage"},
}
KEY_USE = {"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"}
KEY, BOUNDARY = "HasCustomerKey", "HasBoundary"
TO_CUSTOMER_KEY = {"Ref": "CustomerKeyArn"}
NO_RESOURCES = {"xray:PutTelemetryRecords", "xray:PutTraceSegments", *DELIVER_LOGS}
"""Actions for which AWS knows no resource, so that a statement can name only all of them (Service Authorization Reference)."""

ROLES = of_type("AWS::IAM::Role")
MAKE_ROLES_OF_THEIR_OWN = (
    "AWS::Serverless::Function",
    "AWS::Serverless::StateMachine",
    "AWS::StepFunctions::StateMachine",
    "AWS::Lambda::Function",
)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def policies_of(role: str) -> Iterator[Values]:
    """The statements of a role's own policies and of those that are attached to it by a resource of their own."""
    resources = settled(KEY, BOUNDARY)
    for policy in resources[role]["Properties"].get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]
    for resource in resources.values():
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"):
            roles = listed(resource["Properties"].get("Roles") or resource["Properties"].get("RoleName"))
            if {"Ref": role} in roles:
                yield from resource["Properties"]["PolicyDocument"]["Statement"]


def documents() -> Iterator[tuple[str, Values]]:
    """Every statement that stands anywhere in the template, in whatever kind of policy, and where."""

    def within(value: Any) -> Iterator[Values]:
        if isinstance(value, dict):
            yield from (s for s in listed(value.get("Statement", [])) if isinstance(s, dict))
            for inner in value.values():
                yield from within(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from within(inner)

    for name, resource in settled(KEY, BOUNDARY).items():
        yield from ((name, statement) for statement in within(resource["Properties"]))


def test_every_role_may_do_what_is_listed_here_and_no_more() -> None:
    found = {role: {a for s in policies_of(role) if s["Effect"] == "Allow" for a in listed(s["Action"])} - KEY_USE for role in ROLES}
    assert found == ALLOWED


@pytest.mark.parametrize(("where", "statement"), [d for d in documents() if d[1]["Effect"] == "Allow"])
def test_nothing_is_allowed_by_wildcard_or_by_exclusion(where: str, statement: Values) -> None:
    assert not {"NotAction", "NotResource", "NotPrincipal"} & statement.keys()
    actions = set(listed(statement["Action"]))
    assert [action for action in actions if "*" in action or "?" in action] == []
    assert statement.get("Principal") not in ("*", {"AWS": "*"})
    if "Resource" in statement and "*" in listed(statement["Resource"]):
        assert actions <= NO_RESOURCES


def test_a_part_of_a_resource_name_is_left_open_only_behind_a_prefix_of_the_stacks_own() -> None:
    open_names = [
        (where, *name.values())
        for where, statement in documents()
        if statement["Effect"] == "Allow"
        for name in listed(statement.get("Resource", []))
        if isinstance(name, dict) and "*" in str(name)
    ]
    executions = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${AWS::StackName}-backfill/*"
    assert set(open_names) == {
        ("ClassifyRole", "${ArticleBucket.Arn}/${ArticlePrefix}*"),
        ("BulkRole", "${ArticleBucket.Arn}/${ArticlePrefix}*"),
        ("ClassifyRole", "${ArticleBucket.Arn}/watchlists/*"),
        ("BulkRole", "${ArticleBucket.Arn}/watchlists/*"),
        ("BackfillRole", "${ResultsBucket.Arn}/backfill/*"),
        ("DigestRole", "${ArticleBucket.Arn}/watchlists/*"),
        ("DigestRole", "${ResultsBucket.Arn}/digests/*"),
        ("BackfillRole", executions),
    }


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_one_services_and_has_no_broad_policies(role: str) -> None:
    assert "ManagedPolicyArns" not in ROLES[role]
    (trust,) = ROLES[role]["AssumeRolePolicyDocument"]["Statement"]
    assert (trust["Effect"], trust["Action"], list(trust["Principal"])) == ("Allow", "sts:AssumeRole", ["Service"])
    assert re.fullmatch(r"[a-z]+\.amazonaws\.com", trust["Principal"]["Service"])


@pytest.mark.parametrize("role", ROLES)
def test_a_permissions_boundary_bounds_every_role(role: str) -> None:
    assert settled(BOUNDARY)[role]["Properties"]["PermissionsBoundary"] == {"Ref": "PermissionsBoundaryArn"}
    assert "PermissionsBoundary" not in settled()[role]["Properties"]


def test_sam_makes_no_role_by_itself() -> None:
    """It would come without the boundary, and with managed policies that name all resources."""
    runs = {n: r["Properties"] for n, r in settled().items() if r["Type"] in MAKE_ROLES_OF_THEIR_OWN}
    assert runs
    assert [name for name, properties in runs.items() if not {"Role", "RoleArn"} & properties.keys() or "Policies" in properties] == []


@pytest.mark.parametrize("bucket", of_type("AWS::S3::Bucket"))
def test_a_bucket_is_private_and_speaks_tls(bucket: str) -> None:
    properties = of_type("AWS::S3::Bucket")[bucket]
    public = properties["PublicAccessBlockConfiguration"]
    assert public == dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    denials = [
        statement
        for policy in of_type("AWS::S3::BucketPolicy").values()
        if policy["Bucket"] == {"Ref": bucket}
        for statement in policy["PolicyDocument"]["Statement"]
        if statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    ]
    (denied,) = denials
    assert (denied["Effect"], denied["Principal"], denied["Action"]) == ("Deny", "*", "s3:*")
    assert denied["Resource"] == [{"Fn::GetAtt": f"{bucket}.Arn"}, {"Fn::Sub": f"${{{bucket}.Arn}}/*"}]


def bucket_key(bucket: Values) -> Any:
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    chosen = rule["ServerSideEncryptionByDefault"]
    return chosen["KMSMasterKeyID"] if chosen["SSEAlgorithm"] == "aws:kms" and rule["BucketKeyEnabled"] is True else chosen


def table_key(table: Values) -> Any:
    chosen = table["SSESpecification"]
    return chosen["KMSMasterKeyId"] if (chosen["SSEEnabled"], chosen.get("SSEType")) == (True, "KMS") else chosen


# (type, where its key stands, what stands there without a key of the customer's)
ENCRYPTED = [
    ("AWS::S3::Bucket", bucket_key, {"SSEAlgorithm": "AES256"}),
    ("AWS::SQS::Queue", lambda queue: queue.get("KmsMasterKeyId") or queue["SqsManagedSseEnabled"], True),
    ("AWS::DynamoDB::Table", table_key, {"SSEEnabled": True}),
    ("AWS::Logs::LogGroup", lambda group: group.get("KmsKeyId"), None),  # CloudWatch encrypts by itself
    ("AWS::Serverless::Function", lambda function: function.get("KmsKeyArn"), None),  # its variables and snapshots
]


@pytest.mark.parametrize(("kind", "key", "otherwise"), ENCRYPTED, ids=[case[0] for case in ENCRYPTED])
def test_all_that_is_kept_is_encrypted_and_takes_a_key_of_the_customers(kind: str, key: Any, otherwise: Any) -> None:
    assert {name: key(p) for name, p in settled_of_type(kind, KEY).items()} == dict.fromkeys(of_type(kind), TO_CUSTOMER_KEY)
    assert {name: key(p) for name, p in settled_of_type(kind).items()} == dict.fromkeys(of_type(kind), otherwise)


def test_who_works_on_encrypted_things_may_use_the_key_through_their_services_only() -> None:
    use = settled(KEY)["CustomerKeyUse"]["Properties"]
    on_data = [role for role in ROLES if any(action.startswith(("dynamodb:", "s3:", "sqs:")) for action in ALLOWED[role])]
    assert use["Roles"] == [{"Ref": role} for role in on_data]
    (statement,) = use["PolicyDocument"]["Statement"]
    assert (statement["Effect"], set(statement["Action"]), statement["Resource"]) == ("Allow", KEY_USE, TO_CUSTOMER_KEY)
    services = {name["Fn::Sub"] for name in statement["Condition"]["StringEquals"]["kms:ViaService"]}
    assert services == {f"{service}.${{AWS::Region}}.amazonaws.com" for service in ("dynamodb", "lambda", "s3", "sqs")}
    assert "CustomerKeyUse" not in settled()


def test_the_key_that_key_yaml_makes_lets_the_bucket_tell_the_queue_and_logs_be_written() -> None:
    key = settled(name="key.yaml")["Key"]
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"], key["Properties"]["EnableKeyRotation"]) == ("Retain", "Retain", True)
    account, bucket, logs = key["Properties"]["KeyPolicy"]["Statement"]
    assert account["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    name = of_type("AWS::S3::Bucket")["ArticleBucket"]["BucketName"]["Fn::Sub"].replace("${AWS::StackName}", "${StackName}")
    assert (bucket["Principal"], set(bucket["Action"])) == ({"Service": "s3.amazonaws.com"}, {"kms:Decrypt", "kms:GenerateDataKey"})
    assert bucket["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::Sub"] == f"arn:${{AWS::Partition}}:s3:::{name}"
    assert bucket["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert logs["Principal"] == {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}}
    assert list(logs["Condition"]) == ["ArnLike"]
    assert [s["Principal"] for s in (account, bucket, logs) if "*" in str(s["Principal"])] == []


@pytest.mark.parametrize("policy", of_type("AWS::SQS::QueuePolicy"))
def test_only_named_services_of_this_account_send_to_a_queue(policy: str) -> None:
    for statement in of_type("AWS::SQS::QueuePolicy")[policy]["PolicyDocument"]["Statement"]:
        assert (list(statement["Principal"]), statement["Action"]) == (["Service"], "sqs:SendMessage")
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_no_secret_stands_in_the_template() -> None:
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    assert re.findall(r"AKIA[0-9A-Z]{16}|(?i:password|secret|token)\s*:", text) == []


UNVERSIONED = ("Events", "ReservedConcurrentExecutions", "VersionDescription")  # these are the function's, whatever its version
PUBLISHED = {name: f for name, f in of_type("AWS::Serverless::Function").items() if "AutoPublishAlias" in f}


@pytest.mark.parametrize("function", PUBLISHED)
def test_whatever_changes_a_function_publishes_a_version(function: str) -> None:
    """Else the alias, and the queue with it, would stay with the old one: SAM compares the template, not the parameters' values."""
    properties = PUBLISHED[function]
    assert properties["AutoPublishAliasAllProperties"] is True
    assert properties["VersionDeletionPolicy"] == "Delete"
    configuration = {key: value for key, value in properties.items() if key not in UNVERSIONED}
    parameters = template()["Parameters"]
    used = {name for name in parameters if re.search(rf"'Ref': '{name}'|\$\{{{name}\}}", str(configuration))}
    assert used
    assert [name for name in used if f"${{{name}}}" not in properties["VersionDescription"]["Fn::Sub"]] == []


def test_a_snapshot_is_a_matter_of_one_parameter() -> None:
    assert {name for name, f in PUBLISHED.items() if f.get("SnapStart") == {"ApplyOn": {"Ref": "SnapStart"}}} == {"ClassifyFunction"}
    parameter = template()["Parameters"]["SnapStart"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("None", ["None", "PublishedVersions"])


def test_every_check_that_checkov_skips_has_its_reason_beside_it() -> None:
    text = (ROOT / ".checkov.yaml").read_text(encoding="utf-8")
    skipped = yaml.safe_load(text)["skip-check"]
    assert skipped
    for check in skipped:
        assert re.search(rf"^  - {check} +# \S.{{20,}}$", text, re.M), f"{check} has no reason"
