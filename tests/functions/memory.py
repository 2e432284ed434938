"""S3 and DynamoDB in memory, as far as functions/shared uses them, for tests that need thousands of runs a second.

They answer at the client's own methods, so nothing is retried below them. Before everything that AWS does by itself (a call, a page
of a query, each item of a batch) they pass a gate: there a test may let another worker run, or end this one. A test of their own
holds them against moto.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from botocore.exceptions import ClientError

Item = dict[str, Any]
Gate = Callable[[str], None]

PAGE = 2  # items; of DynamoDB a page has 1 MB


def refused(operation: str, code: str, status: int = 400) -> ClientError:
    error: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, operation)


@dataclass
class Version:
    """One version of an object; `body` is None for a delete marker."""

    id: str
    body: bytes | None
    modified: datetime

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.body or b"", usedforsecurity=False).hexdigest()}"'


class MemoryS3:
    """A versioned bucket. `versions` holds each key's, oldest first."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.versions: dict[str, list[Version]] = {}

    def head_object(self, *, Bucket: str, Key: str, VersionId: str | None = None) -> dict[str, Any]:  # noqa: N803
        self._gate("HeadObject")
        version = self._find("HeadObject", "404", Key, VersionId)
        body = version.body or b""
        return {"ETag": version.etag, "ContentLength": len(body), "LastModified": version.modified, "VersionId": version.id}

    def get_object(self, *, Bucket: str, Key: str, IfMatch: str, VersionId: str | None = None) -> dict[str, Any]:  # noqa: N803
        self._gate("GetObject")
        version = self._find("GetObject", "NoSuchVersion" if VersionId else "NoSuchKey", Key, VersionId)
        if version.etag != IfMatch:
            raise refused("GetObject", "PreconditionFailed", 412)
        return {"Body": BytesIO(version.body or b"")}

    def _find(self, operation: str, missing: str, key: str, version_id: str | None) -> Version:
        held = self.versions.get(key, [])
        found = next((v for v in held if v.id == version_id), None) if version_id else held[-1] if held else None
        if found is None or (found.body is None and not version_id):
            raise refused(operation, missing, 404)
        if found.body is None:
            raise refused(operation, "405" if operation == "HeadObject" else "MethodNotAllowed", 405)
        return found


class MemoryDynamoDB:
    """One table with the keys of the template; the indexes are always up to date."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.items: dict[tuple[str, str], Item] = {}

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803
        self._gate("GetItem")
        found = self.items.get((Key["pk"], Key["sk"]))
        return {"Item": deepcopy(found)} if found else {}

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        self._gate("BatchGetItem")
        ((table, asked),) = RequestItems.items()
        found = (self.items.get((key["pk"], key["sk"])) for key in asked["Keys"])
        return {"Responses": {table: [deepcopy(item) for item in found if item]}, "UnprocessedKeys": {}}

    def put_item(
        self,
        *,
        TableName: str,  # noqa: N803
        Item: Item,  # noqa: N803
        ConditionExpression: str,  # noqa: N803
        ExpressionAttributeValues: dict[str, Any] | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        self._gate("PutItem")
        there = self.items.get((Item["pk"], Item["sk"]))
        held = {
            "attribute_not_exists(pk)": there is None,
            "generation = :seen": there is not None and there["generation"] == (ExpressionAttributeValues or {}).get(":seen"),
        }
        if not held[ConditionExpression]:
            raise refused("PutItem", "ConditionalCheckFailedException")
        self.items[Item["pk"], Item["sk"]] = deepcopy(Item)
        return {}

    def batch_write_item(self, *, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:  # noqa: N803
        ((_, asked),) = RequestItems.items()
        assert len(asked) <= 25
        for request in asked:
            self._gate("BatchWriteItem")
            if "PutRequest" in request:
                item = request["PutRequest"]["Item"]
                self.items[item["pk"], item["sk"]] = deepcopy(item)
            else:
                key = request["DeleteRequest"]["Key"]
                self.items.pop((key["pk"], key["sk"]), None)
        return {"UnprocessedItems": {}}

    def get_paginator(self, operation: str) -> MemoryDynamoDB:
        assert operation == "query"
        return self

    def paginate(self, *, ExpressionAttributeValues: dict[str, str], **query: Any) -> Iterator[dict[str, Any]]:  # noqa: N803
        """Page after page: what changes meanwhile behind the last key shows, what changes before it does not."""
        wanted, sort = self._wanted(query, ExpressionAttributeValues)
        after: tuple[str, ...] = ()
        while True:
            self._gate("Query")
            found = sorted((item for item in self.items.values() if wanted(item)), key=sort)
            page = [item for item in found if sort(item) > after][:PAGE]
            yield {"Items": deepcopy(page)}
            if len(page) < PAGE:
                return
            after = sort(page[-1])

    def _wanted(self, query: dict[str, Any], values: dict[str, str]) -> tuple[Callable[[Item], bool], Callable[[Item], tuple[str, ...]]]:
        pk, condition = values[":pk"], query["KeyConditionExpression"]
        if "IndexName" in query:
            names = query["ExpressionAttributeNames"]
            by, order = names["#pk"], names["#sk"]
            assert query["ScanIndexForward"], "newest first is not imitated"
            assert condition == "#pk = :pk AND #sk BETWEEN :from AND :to"
            return (
                lambda item: item.get(by) == pk and values[":from"] <= item[order] <= values[":to"],
                lambda item: (item[order], item["pk"], item["sk"]),
            )
        assert condition in ("pk = :pk", "pk = :pk AND begins_with(sk, :prefix)")
        return (lambda item: item["pk"] == pk and item["sk"].startswith(values.get(":prefix", ""))), lambda item: (item["sk"],)
