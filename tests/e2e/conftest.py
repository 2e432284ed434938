"""The template as `sam build` made it, deployed by `sam deploy` on an emulator of its own. `make e2e` makes what this needs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.world import World
from tests.slow.emulator import free_port
from tools.local_stack import BUILD, PYTHON, ROOT, LocalStack

# Packed beside the function: the function as it is, but for articles that hold a word.
PLANTED = """
from model.reader import Reader

_read = Reader.read


def read(self, article):
    if "DOOMED" in article.text:
        raise RuntimeError("planted fault")
    return _read(self, article)


Reader.read = read
from functions.classify.app import handler  # noqa
"""


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `sam build` made, to be changed at will."""
    if not PYTHON.exists() or subprocess.run([PYTHON, "-c", "import ministack"], check=False).returncode:
        pytest.skip("no MiniStack on Python 3.13, Lambda's: make .venv-local/done")
    if not (BUILD / "template.yaml").exists():
        pytest.skip("nothing is built: make e2e")
    copied = tmp_path_factory.mktemp("build") / "build"
    shutil.copytree(BUILD, copied, copy_function=os.link)
    template = copied / "template.yaml"
    text = template.read_text(encoding="utf-8").replace(": ../../", f": {ROOT}/")  # what is not built is named from where it was built
    template.unlink()
    template.write_text(text, encoding="utf-8")
    (copied / "ClassifyFunction/planted.py").write_text(PLANTED, encoding="utf-8")
    return copied


@pytest.fixture(scope="session")
def world(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    stack = LocalStack(tmp_path_factory.mktemp("stack"), free_port())
    try:
        stack.start()
        deployed = World(stack, build, stack.deploy(build))
        deployed.settle()  # S3's test events are at work, hidden for the template's 20 minutes
        yield deployed
    finally:
        stack.stop()
