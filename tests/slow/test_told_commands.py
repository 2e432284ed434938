"""Commands that the README and docs/ tell users to run: sam, its options, make's targets, the files and functions that they name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from tests.aws_template import ROOT, of_type

pytestmark = pytest.mark.slow

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SPANS = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)


def commands(name: str) -> list[str]:
    """Every command that begins with this name, in a block or a span of code."""
    lines = [line for page in PAGES for found in SPANS.findall(page.read_text(encoding="utf-8")) for line in "".join(found).splitlines()]
    parts = [part.split("#")[0].strip() for line in lines for part in line.removeprefix("$ ").split("&&")]
    return sorted({part for part in parts if part.startswith(f"{name} ")})


@pytest.mark.parametrize("command", commands("sam"))
def test_sam_knows_it(command: str) -> None:
    sam = shutil.which("sam", path=f"{ROOT / '.venv-sam/bin'}{os.pathsep}{os.environ['PATH']}")
    if not sam:
        pytest.skip("sam is not installed (aws-sam-cli, in .venv-sam or on the PATH)")
    words = command.split()[1:]
    name = words[:2] if words[0] == "local" else words[:1]
    done = subprocess.run(
        [sam, *name, "--help"], env={**os.environ, "SAM_CLI_TELEMETRY": "0"}, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    for option in (word.split("=")[0] for word in words if word.startswith("-")):
        assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", done.stdout), f"sam {' '.join(name)} has no {option}"


@pytest.mark.parametrize("command", [command for command in commands("sam") if command.startswith("sam local invoke")])
def test_what_is_invoked_is_there(command: str) -> None:
    words = command.split()
    assert words[3] in of_type("AWS::Serverless::Function")
    assert (ROOT / words[words.index("-e") + 1]).is_file()


@pytest.mark.parametrize("command", commands("make"))
def test_make_has_the_target(command: str) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {word for word in command.split()[1:] if "=" not in word} <= targets


def test_the_pages_tell_of_commands() -> None:
    assert any(command.startswith("sam local invoke") for command in commands("sam"))
    assert commands("make")
