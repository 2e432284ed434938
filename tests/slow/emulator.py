"""AWS's Runtime Interface Emulator with the packed function behind it: a process of its own, as Lambda runs it.

moto stands in for S3 and DynamoDB, on 127.0.0.1. Used by tests and by tools/coldstart.py.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from functions.shared.queries import Queries
from functions.shared.tables import Table
from tests.aws_template import ROOT, of_type
from tests.functions.conftest import make_resources
from tests.functions.fakes import TABLE

TIMEOUT = of_type("AWS::Serverless::Function")["ClassifyFunction"]["Timeout"]
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}


class Missing(RuntimeError):  # noqa: N818
    """A part that this machine lacks; the message says which, and where it comes from."""


def emulator() -> str:
    """aws-lambda-rie comes in aws-sam-cli's wheel. Raises Missing."""
    found = [*ROOT.glob(".venv*/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64")]
    if not found:
        raise Missing("aws-lambda-rie is not here (aws-sam-cli, in .venv-sam)")
    return str(found[0])


def interpreter() -> str:
    """A Python 3.13 with awslambdaric and boto3, as Lambda's runtime is: in .venv-lambda, or the one that is named. Raises Missing."""
    named = os.environ.get("STANDPOINT_LAMBDA_PYTHON") or str(ROOT / ".venv-lambda/bin/python")
    if not shutil.which(named):
        raise Missing("no Python 3.13 with awslambdaric and boto3 (.venv-lambda, or STANDPOINT_LAMBDA_PYTHON)")
    return named


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def aws() -> Iterator[str]:
    """moto's server with the table and the bucket, as long as it is needed: its address. CREDENTIALS must be in the environment."""
    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{port}"
    reset = urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")  # noqa: S310  moto keeps its state in this process
    urllib.request.urlopen(reset).close()  # noqa: S310
    make_resources(endpoint)
    try:
        yield endpoint
    finally:
        server.stop()


@dataclass
class Emulated:
    """A function behind the emulator. `queries` reach the same DynamoDB; `process` is the emulator's, the function's is its child."""

    port: int
    queries: Queries
    process: subprocess.Popen[bytes]

    def invoke(self, event: dict[str, Any]) -> tuple[int, Any, float]:
        """Status, answer and seconds."""
        url = f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations"
        started = time.perf_counter()
        try:
            with urllib.request.urlopen(urllib.request.Request(url, json.dumps(event).encode()), timeout=TIMEOUT) as answer:
                body = answer.read()
                # Of a function that was stopped the emulator tells in plain words.
                return answer.status, json.loads(body) if body.startswith(b"{") else body, time.perf_counter() - started
        except urllib.error.HTTPError as error:
            return error.code, error.read(), time.perf_counter() - started


@contextmanager
def emulated(
    package: Path, endpoint: str, folder: Path, changes: Mapping[str, str] | None = None, *, at_start: Callable[[], None] | None = None
) -> Iterator[Emulated]:
    """The function of a built package; its log is `log` in `folder`.

    `changes` are to its environment, and "handler" names another. `at_start` runs in the new process before anything else.
    """
    changes = dict(changes or {})
    port, api, handler = free_port(), free_port(), changes.pop("handler", "functions.classify.app.handler")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(package),
        "AWS_ENDPOINT_URL": endpoint,
        **CREDENTIALS,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(TIMEOUT),
        "AWS_LAMBDA_FUNCTION_NAME": "classify",
        "PYTHONDONTWRITEBYTECODE": "1",  # the package is not writable in Lambda
        "POWERTOOLS_SERVICE_NAME": "classify",
        "POWERTOOLS_METRICS_NAMESPACE": "Standpoint",
        "TABLE_NAME": TABLE,
        "MAX_OBJECT_BYTES": "5000000",
        "MAX_ARTICLES": "100",
        "DEADLINE_MARGIN_MS": "60000",
    } | changes
    addresses = ["--runtime-interface-emulator-address", f"127.0.0.1:{port}", "--runtime-api-address", f"127.0.0.1:{api}"]
    command = [emulator(), *addresses, interpreter(), "-m", "awslambdaric", handler]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=package,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=at_start,  # noqa: PLW1509  it only writes a number into a file
        )
    try:
        _wait_for(port)
        table = boto3.resource("dynamodb", region_name="us-east-1", endpoint_url=endpoint).meta.client
        yield Emulated(port, Queries(Table(table, TABLE)), process)
    finally:
        process.terminate()
        process.wait(10)
        print((folder / "log").read_text(encoding="utf-8", errors="replace")[-3000:])  # noqa: T201  shown where a test fails


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the emulator does not listen")
