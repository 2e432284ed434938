"""Every command explains itself, at once, and says what is missing where something is."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import click
import pytest

from model.cli import main
from tests.unit.cli import run

ROOT = Path(__file__).parents[2]
ADDED = click.Command("added", callback=lambda: click.echo("from elsewhere"), help="What another package adds.")
COMMANDS = ["classify", "pairs", "digest", "export", "evaluate", "train"]


def test_the_commands() -> None:
    assert sorted(main.commands) == sorted(COMMANDS)


def test_other_packages_add_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    added = EntryPoints([EntryPoint("added", "tests.unit.test_cli_help:ADDED", "standpoint.commands")])
    monkeypatch.setattr("model.cli.entry_points", added.select)
    assert "  added " in run("--help").stdout
    assert run("added").stdout == "from elsewhere\n"
    assert run("unknown").exit_code == 2


@pytest.mark.parametrize("args", [[], *([command] for command in COMMANDS)])
def test_every_command_has_help_with_an_example(args: list[str]) -> None:
    result = run(*args, "--help")
    assert result.exit_code == 0
    assert "Examples:\n  standpoint " in result.stdout.replace("\n  Examples:\n    ", "\nExamples:\n  ")
    assert max(map(len, result.stdout.splitlines())) <= 110


@pytest.mark.parametrize("command", ["classify", "pairs"])
def test_exit_codes_are_documented(command: str) -> None:
    text = run(command, "--help").stdout
    assert [code for code in ("0 ", "1 ", "2 ", "130 ") if f"\n    {code}" not in text] == []


def test_every_option_of_the_contract_is_there() -> None:
    text = run("classify", "--help").stdout
    for option in (
        "--json ",
        "--jsonl FILE",
        "--csv FILE",
        "--html FILE",
        "--watchlist FILE",
        "--engine [onnx|torch]",
        "--min-confidence P",
    ):
        assert f"  {option}" in text


@pytest.mark.parametrize(
    "args", [["train", "pyproject.toml", "--data", ".", "--output", "x"], ["evaluate"], ["export", ".", "--output", "x"]]
)
def test_commands_that_need_torch_say_what_to_install(args: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("model.cli.common.find_spec", lambda name: None if name == "torch" else object())
    result = run(*args)
    assert result.exit_code == 2
    assert result.stderr == f"Error: standpoint {args[0]} needs torch, not installed here. Install with: pip install 'standpoint[train]'\n"


@pytest.mark.slow
def test_help_loads_nothing_that_is_slow_to_load() -> None:
    slow = {"rich", "yaml", "numpy", "onnxruntime", "tokenizers", "torch", "transformers", "model.reader", "model.articles"}
    code = f"import sys, model.cli\nprint(*sorted({slow!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == []


@pytest.mark.slow
def test_python_m_model_is_the_same_command() -> None:
    done = subprocess.run([sys.executable, "-m", "model", "--help"], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("Usage: python -m model [OPTIONS] COMMAND [ARGS]...\n")


@pytest.mark.parametrize(
    ("config", "message"),
    [("a = 1", "unknown setting 'a'"), (None, "point --data (or STANDPOINT_DATA) to the folder that holds dse/")],
)
def test_what_stops_a_training_run_is_told_in_one_line(config: str | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(config or (ROOT / "model/train/configs/shipped.toml").read_text(encoding="utf-8"), encoding="utf-8")
    result = run("train", str(path), "--data", str(tmp_path), "--output", str(tmp_path / "run"))
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
