"""The soak at a small size, as a process of its own: that it runs, that nothing is lost, that memory does not run away."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.aws_template import ROOT
from tools.local_stack import PYTHON

pytestmark = pytest.mark.e2e


def test_a_few_hundred_articles() -> None:
    if not PYTHON.exists():
        pytest.skip("no MiniStack on Python 3.13, Lambda's: make .venv-local/done")
    command = [sys.executable, "-m", "tests.e2e.soak", "--articles", "200"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    (slope,) = re.findall(r"after warm-up: ([+-]\d+) bytes an article; lost: 0; doubled: 0", done.stdout)
    assert int(slope) < 100_000  # so few articles show a leak of whole articles, not a small one: that is `make soak`
