"""Thousands of articles through the handler in one process: does memory grow, is anything lost, does it slow down as the table fills?

    python -m tests.e2e.soak --articles 20000             a stand-in for the model: what is measured is all the rest
    python -m tests.e2e.soak --articles 500 --model       the shipped model, on the sample articles

MiniStack stands in for S3 and DynamoDB, in a process of its own, so that what it keeps is not counted as the handler's.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import boto3

from model.reader import Reader
from tests.aws_template import ROOT
from tests.functions.conftest import POWERTOOLS, make_resources
from tests.functions.fakes import BUCKET, TABLE, FakeReader
from tests.functions.test_classify import ENV, Context, batch
from tests.slow.emulator import free_port
from tools.local_stack import CREDENTIALS, LocalStack

BATCH = 10
POINTS = 20
WARM = 0.2  # of the articles: before that, pools and caches fill


@dataclass(frozen=True, slots=True)
class Point:
    """After `articles`: seconds that the handler took since the last point for each of them, and the process's memory."""

    articles: int
    seconds: float
    rss: int


@dataclass(frozen=True, slots=True)
class Soak:
    """`lost` and `doubled` are objects with no reading, and with other items than those of one reading."""

    points: tuple[Point, ...]
    lost: int
    doubled: int

    @property
    def slope(self) -> float:
        """Bytes of memory that an article leaves behind: least squares over the points after warm-up."""
        warm = [p for p in self.points if p.articles > WARM * self.points[-1].articles]
        n, x, y = len(warm), sum(p.articles for p in warm), sum(p.rss for p in warm)
        xx, xy = sum(p.articles**2 for p in warm), sum(p.articles * p.rss for p in warm)
        return (n * xy - x * y) / (n * xx - x * x)

    def told(self) -> Iterator[str]:
        yield f"{'articles':>10}{'a second':>10}{'MB':>8}"
        for point in self.points:
            yield f"{point.articles:>10}{1 / point.seconds:>10.1f}{point.rss / 1e6:>8.1f}"
        yield f"memory after warm-up: {self.slope:+.0f} bytes an article; lost: {self.lost}; doubled: {self.doubled}"


@dataclass
class Forgetful(FakeReader):
    """A FakeReader that keeps no list of what it read."""

    def read(self, article: Any) -> Any:
        self.read_ids.clear()
        return super().read(article)


def claims(number: int) -> str:
    """Six stances, between 500 names."""
    verbs = ("supports", "opposes")
    return " ".join(f"Name{(number + i) % 500} {verbs[i % 2]} Name{(number * 7 + i + 1) % 500}." for i in range(6))


def sample(number: int) -> str:
    """The beginning of one of the sample articles, each time with another last sentence."""
    texts = sorted((ROOT / "events/articles").glob("*.txt"))
    text = texts[number % len(texts)].read_text(encoding="utf-8")
    return "\n\n".join(text.split("\n\n")[:5]) + f" This is edition {number}."


def soak(articles: int, reader: Any, text: Callable[[int], str]) -> Soak:
    """Upload and handle so many, a batch at a time. Sets this process's environment: for a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        stack = LocalStack(Path(folder), free_port())
        try:
            stack.start()
            os.environ.update(ENV | POWERTOOLS | CREDENTIALS | {"AWS_ENDPOINT_URL": stack.endpoint, "POWERTOOLS_SERVICE_NAME": "classify"})
            make_resources(stack.endpoint)
            with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
                Reader.load = classmethod(lambda *_, **__: reader)  # type: ignore[method-assign, assignment]
                handler = importlib.import_module("functions.classify.app").handler
                points = tuple(_points(articles, handler, text))
            return Soak(points, *_lost_and_doubled(articles))
        finally:
            stack.stop()


def _points(articles: int, handler: Any, text: Callable[[int], str]) -> Iterator[Point]:
    s3 = boto3.client("s3")
    every, seconds = max(BATCH, articles // POINTS), 0.0
    for first in range(0, articles, BATCH):
        event = batch(*(_upload(s3, number, text(number)) for number in range(first, min(first + BATCH, articles))))
        started = time.perf_counter()
        answer = handler(event, Context())
        seconds += time.perf_counter() - started
        assert answer == {"batchItemFailures": []}, answer
        if (first + BATCH) % every < BATCH:
            gc.collect()
            yield (point := Point(first + BATCH, seconds / every, _rss()))
            print(point, file=sys.stderr, flush=True)  # noqa: T201  it takes a while
            seconds = 0.0


def _upload(s3: Any, number: int, text: str) -> str:
    """Upload, and the message that S3 sends of it."""
    key = f"{number}.txt"
    version = s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())["VersionId"]
    s3_object = {"key": quote_plus(key), "versionId": version, "sequencer": f"{number + 1:016X}"}
    record = {"eventVersion": "2.1", "eventName": "ObjectCreated:Put", "eventTime": "2026-11-24T08:15:30.123Z"}
    return json.dumps({"Records": [{**record, "s3": {"bucket": {"name": BUCKET}, "object": s3_object}}]})


def _lost_and_doubled(articles: int) -> tuple[int, int]:
    heads: dict[str, int] = {}
    content: Counter[str] = Counter()
    client: Any = boto3.resource("dynamodb").meta.client
    for page in client.get_paginator("scan").paginate(TableName=TABLE):
        for item in page["Items"]:
            if item["sk"] == "READING" and item["status"] == "read":
                heads[item["pk"]] = int(item["stances"])
            else:
                content[item["pk"]] += 1
    wanted = {f"ARTICLE#{number}.txt" for number in range(articles)}
    others = 2  # one part of a body, and the ARTICLE item
    return len(wanted - set(heads)), sum(content[pk] != stances + others for pk, stances in heads.items())


def _rss() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    """The command line. Exits with 1 where anything was lost or is there twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--model", action="store_true", help="read with the shipped model")
    options = parser.parse_args()
    reader, text = (Reader.load(engine="onnx"), sample) if options.model else (Forgetful(), claims)
    found = soak(options.articles, reader, text)
    for line in found.told():
        print(line)  # noqa: T201
    return 1 if found.lost or found.doubled else 0


if __name__ == "__main__":
    sys.exit(main())
