"""The stand-ins for S3 and DynamoDB answer as moto does, in whatever order they are asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.functions.fakes import BUCKET, TABLE, Stack
from tests.functions.memory import MemoryDynamoDB, MemoryS3, Version

names = st.sampled_from(["READING", "GEN#1#BODY", "GEN#1#STANCE#a", "GEN#2#BODY"])
puts = st.tuples(st.just("put"), names, st.sampled_from([None, "g1", "g2"]), st.sampled_from(["g1", "g2"]))
writes = st.tuples(st.just("write"), st.dictionaries(names, st.sampled_from(["g1", "g2", None]), min_size=1))
reads = st.tuples(st.sampled_from(["get", "query"]), names)
looks = st.tuples(st.just("index"), st.sampled_from(["0", "2"]))


def dynamodb_answer(client: Any, asked: tuple[Any, ...], pk: str) -> Any:
    try:
        match asked:
            case ("put", sk, seen, generation):
                condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
                if seen:
                    condition = {"ConditionExpression": "generation = :seen", "ExpressionAttributeValues": {":seen": seen}}
                client.put_item(TableName=TABLE, Item={"pk": pk, "sk": sk, "generation": generation}, **condition)
            case ("write", wanted):
                requests = [
                    {"PutRequest": {"Item": {"pk": pk, "sk": sk, "generation": g, "by_actor": f"{pk}-ann", "actor_sort": g}}}
                    if g
                    else {"DeleteRequest": {"Key": {"pk": pk, "sk": sk}}}
                    for sk, g in wanted.items()
                ]
                client.batch_write_item(RequestItems={TABLE: requests})
            case ("get", sk):
                return client.get_item(TableName=TABLE, Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item")
            case ("query", prefix):
                values = {":pk": pk, ":prefix": prefix[:6]}
                return found(client, KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)", ExpressionAttributeValues=values)
            case ("index", since):
                rows = found(
                    client,
                    IndexName="by-actor",
                    KeyConditionExpression="#pk = :pk AND #sk BETWEEN :from AND :to",
                    ExpressionAttributeNames={"#pk": "by_actor", "#sk": "actor_sort"},
                    ExpressionAttributeValues={":pk": f"{pk}-ann", ":from": f"g{since}", ":to": "z"},
                    ScanIndexForward=True,
                )
                return sorted(rows, key=lambda item: item["sk"])  # among equals an index has no order
    except ClientError as error:
        return error.response["Error"]["Code"]


def found(client: Any, **query: Any) -> list[Any]:
    return [item for page in client.get_paginator("query").paginate(TableName=TABLE, **query) for item in page["Items"]]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.one_of(puts, writes, reads, looks), min_size=5, max_size=20))
def test_dynamodb(stack: Stack, asked: list[tuple[Any, ...]]) -> None:
    stack.sequence += 1
    mine = MemoryDynamoDB(lambda _: None)
    for one in asked:
        assert dynamodb_answer(mine, one, f"p{stack.sequence}") == dynamodb_answer(stack.user_dynamodb, one, f"p{stack.sequence}")


def s3_answer(client: Any, key: str, version: str | None, etag: str) -> Any:
    named: Any = {"VersionId": version} if version else {}
    try:
        head = client.head_object(Bucket=BUCKET, Key=key, **named)
        body = client.get_object(Bucket=BUCKET, Key=key, IfMatch=etag, **named)["Body"].read()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return head["ETag"], head["ContentLength"], head["VersionId"], body


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.lists(st.one_of(st.binary(max_size=2), st.none(), st.integers(0, 4)), min_size=1, max_size=8))
def test_s3(stack: Stack, done: list[bytes | int | None]) -> None:
    """Uploads (bytes), delete markers (None) and versions removed for good (their place)."""
    stack.sequence += 1
    key, mine, ever = str(stack.sequence), MemoryS3(lambda _: None), [Version("none-such", b"", datetime.now(UTC))]
    held = mine.versions.setdefault(key, [])
    for one in [b"", *done]:  # moto keeps no delete marker where there never was an object
        if isinstance(one, int):
            if len(held) > 1:
                stack.user_s3.delete_object(Bucket=BUCKET, Key=key, VersionId=held.pop(one % len(held)).id)
        else:
            put = stack.user_s3.delete_object if one is None else stack.user_s3.put_object
            answer = put(Bucket=BUCKET, Key=key, **({} if one is None else {"Body": one}))  # type: ignore[arg-type]
            ever.append(Version(answer["VersionId"], one, datetime.now(UTC)))
            held.append(ever[-1])
        for version in [None, *(v.id for v in ever)]:
            for etag in {v.etag for v in ever}:
                assert s3_answer(mine, key, version, etag) == s3_answer(stack.user_s3, key, version, etag)
