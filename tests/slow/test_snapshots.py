"""The packed function in copies of one process, restored by AWS's own runtime client and its own module of hooks."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.slow.emulator import CREDENTIALS, Missing, interpreter
from tests.slow.test_rie import STANDIN

pytestmark = pytest.mark.slow

COPIES = """
import json, os, random, sys, time
from awslambdaric.lambda_runtime_hooks_runner import run_after_restore, run_before_snapshot
from functions.classify import app

lazy = "trafilatura" not in sys.modules
run_before_snapshot()
loaded = "trafilatura" in sys.modules
snapshot, state = app.SERVICE(), random.getstate()
for _ in range(2):
    if (child := os.fork()) == 0:
        random.setstate(state)
        began = time.process_time()
        run_after_restore()
        seconds = time.process_time() - began
        print(json.dumps([lazy, loaded, app.SERVICE() is snapshot, random.random(), seconds]), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_fault_42_a_restore_from_a_snapshot(package: Path, tmp_path: Path) -> None:
    try:
        python = interpreter()
    except Missing as missing:
        pytest.skip(str(missing))
    standin = STANDIN.replace("from functions.classify.app import handler", "")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(package),
        "TABLE_NAME": "t",
        "MAX_OBJECT_BYTES": "1",
        "MAX_ARTICLES": "1",
        "DEADLINE_MARGIN_MS": "1",
        "POWERTOOLS_SERVICE_NAME": "classify",
        "POWERTOOLS_METRICS_NAMESPACE": "Standpoint",
        **CREDENTIALS,
    }
    done = subprocess.run(
        [python, "-c", standin + COPIES], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first[:3] == second[:3] == [True, True, False]
    assert first[3] != second[3]
    print(f"restore hooks: {first[4]:.3f} s of processor time")  # noqa: T201  seen with -s
