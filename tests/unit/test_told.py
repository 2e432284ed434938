"""What README and docs/ tell users to type: commands of standpoint with their options, and Python that runs."""

from __future__ import annotations

import re
import shlex
from importlib import import_module
from pathlib import Path

import click
import pytest

from model.cli import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
ADDED = dict(re.findall(r'^(\w+) = "(functions\.cli[\w.]*:\w+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE))


def told() -> list[str]:
    """Every line that begins with standpoint, without its comment."""
    spans = ["".join(found) for page in PAGES for found in BLOCKS.findall(page.read_text(encoding="utf-8"))]
    lines = {re.split(r"\s{2,}[(#]|\s#", line)[0].strip().removeprefix("$ ") for span in spans for line in span.splitlines()}
    return sorted(line for line in lines if re.match(r"standpoint [a-z]", line))


def command(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words name, and those that are left."""
    if words[0] in ADDED:
        module, _, name = ADDED[words[0]].partition(":")
        found: click.Command = getattr(import_module(module), name)
    else:
        found = main.commands[words[0]]
    if isinstance(found, click.Group) and len(words) > 1 and words[1] in found.commands:
        return found.commands[words[1]], words[2:]
    return found, words[1:]


@pytest.mark.parametrize("line", told())
def test_the_command_takes_what_is_told(line: str) -> None:
    words = shlex.split(re.split(r"[|<>;…]|&&", line)[0])[1:]
    named, rest = command(words)
    options = {opt for parameter in named.params for opt in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    assert {word.split("=")[0] for word in rest if word.startswith("--")} <= options


def test_something_is_told() -> None:
    assert {line.split()[1] for line in told()} >= {"classify", "serve", "export", "digest", "pairs", "backfill", "deadletters", "cost"}


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_python_runs(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 1
    exec(compile(blocks[0], page, "exec"), {})  # noqa: S102  our own page
    assert "unity-party" in capsys.readouterr().out


def test_the_frames_of_the_docs_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import json  # noqa: PLC0415

    from tests.unit.explored import READINGS  # noqa: PLC0415

    (tmp_path / "readings.jsonl").write_text("".join(json.dumps(each) + "\n" for each in READINGS), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/exports.md").read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(block, "exports.md", "exec"), {})  # noqa: S102


def test_what_pages_link_to_is_there() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
