"""One DynamoDB table through one client: pages, batches of 25, and retries of what a batch did not process."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

_BATCH_WRITE = 25  # DynamoDB's limits for one call
_BATCH_GET = 100
_TRIES = 6
_FIRST_WAIT = 0.1  # seconds; doubled before each try, with jitter: 3 to 6 seconds in all


class Throttled(RuntimeError):  # noqa: N818
    """DynamoDB left items unprocessed, also after the retries: the message goes back to the queue."""


class Table:
    """`client` is a resource's client (boto3.resource(...).meta.client): plain Python values in, Decimal and bytes out."""

    def __init__(self, client: DynamoDBClient, name: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep

    def get(self, pk: str, sk: str) -> Item | None:
        """One item, read consistently."""
        answer = self._client.get_item(TableName=self._name, Key={"pk": pk, "sk": sk}, ConsistentRead=True)
        return answer.get("Item")

    def get_all(self, keys: Sequence[tuple[str, str]]) -> Iterator[Item]:
        """The items that exist, read consistently, in no order."""
        for start in range(0, len(keys), _BATCH_GET):
            found: list[Item] = []

            def send(pending: list[Any], found: list[Item] = found) -> list[Any]:
                answer = self._client.batch_get_item(RequestItems={self._name: {"Keys": pending, "ConsistentRead": True}})
                found += answer["Responses"].get(self._name, [])
                unprocessed = answer.get("UnprocessedKeys", {}).get(self._name)
                return list(unprocessed["Keys"]) if unprocessed else []

            self._until_processed([{"pk": pk, "sk": sk} for pk, sk in keys[start : start + _BATCH_GET]], send)
            yield from found

    def query_partition(self, pk: str, prefix: str = "") -> Iterator[Item]:
        """The items of a partition whose sort key begins with `prefix`, by sort key, read consistently."""
        condition = "pk = :pk" + (" AND begins_with(sk, :prefix)" if prefix else "")
        values = {":pk": pk} | ({":prefix": prefix} if prefix else {})
        return self._pages(KeyConditionExpression=condition, ExpressionAttributeValues=values, ConsistentRead=True)

    def query_index(  # noqa: PLR0913
        self, index: str, names: tuple[str, str], value: str, between: tuple[str, str], *, newest_first: bool, page: int | None = None
    ) -> Iterator[Item]:
        """The items of an index's partition whose sort key lies between two strings. An index may lag by a moment.

        `page` items are asked for at a time, by default as many as 1 MB holds.
        """
        limit = {} if page is None else {"Limit": page}
        return self._pages(
            **limit,
            IndexName=index,
            KeyConditionExpression="#pk = :pk AND #sk BETWEEN :from AND :to",
            ExpressionAttributeNames={"#pk": names[0], "#sk": names[1]},
            ExpressionAttributeValues={":pk": value, ":from": between[0], ":to": between[1]},
            ScanIndexForward=not newest_first,
        )

    def put_if(self, item: Item, *, generation: str | None) -> None:
        """Put the item if the one in its place has this generation; None: if there is none. Raises the client's ClientError."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if generation is not None:
            condition = {"ConditionExpression": "generation = :seen", "ExpressionAttributeValues": {":seen": generation}}
        self._client.put_item(TableName=self._name, Item=item, **condition)

    def put_all(self, found: Sequence[Item]) -> None:
        """Put any number of items, in no order and not as one. Raises Throttled."""
        self._write([{"PutRequest": {"Item": item}} for item in found])

    def delete_all(self, keys: Sequence[tuple[str, str]]) -> None:
        """Delete any number of items; those that are not there are no error. Raises Throttled."""
        self._write([{"DeleteRequest": {"Key": {"pk": pk, "sk": sk}}} for pk, sk in keys])

    def _write(self, requests: list[Any]) -> None:
        def send(pending: list[Any]) -> list[Any]:
            answer = self._client.batch_write_item(RequestItems={self._name: pending})
            return answer.get("UnprocessedItems", {}).get(self._name, [])

        for start in range(0, len(requests), _BATCH_WRITE):
            self._until_processed(requests[start : start + _BATCH_WRITE], send)

    def _until_processed(self, pending: list[Any], send: Callable[[list[Any]], list[Any]]) -> None:
        """`send` returns what DynamoDB left over; that is sent again. Raises Throttled."""
        for attempt in range(_TRIES):
            if attempt:
                self._sleep(_FIRST_WAIT * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311  jitter, no secret
            pending = send(pending)
            if not pending:
                return
        raise Throttled(f"{len(pending)} items unprocessed after {_TRIES} tries")

    def _pages(self, **query: Any) -> Iterator[Item]:
        pages = self._client.get_paginator("query").paginate(TableName=self._name, **query)
        for page in pages:
            yield from page["Items"]
