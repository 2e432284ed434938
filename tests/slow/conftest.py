"""The classify function's package, built by `sam build` as users build it: no Docker, whatever Python is here."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.aws_template import ROOT


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that becomes ClassifyFunction's zip. Skips where sam is not installed."""
    sam = shutil.which("sam", path=f"{ROOT / '.venv-sam/bin'}{os.pathsep}{os.environ['PATH']}")
    if not sam:
        pytest.skip("sam is not installed (aws-sam-cli, in .venv-sam or on the PATH)")
    folder = tmp_path_factory.mktemp("build")
    done = subprocess.run(
        [sam, "build", "--build-dir", folder / "build", "--config-file", ROOT / "samconfig.toml"],
        cwd=ROOT,
        env={**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "build" / "ClassifyFunction"
