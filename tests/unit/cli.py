"""How the command line's tests run it: in process, with a fake reader, its two streams apart."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from model.cli import main
from tests.unit.readings import TEXT


def run(*args: str | Path, stdin: bytes | None = None) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(main, [str(arg) for arg in args], input=stdin, prog_name="standpoint")


def without_time(stderr: str) -> str:
    """Messages with the run's duration as "N s", which alone differs from run to run."""
    return "\n".join(
        ", ".join("N s" if part.removesuffix(" s").replace(".", "").isdigit() else part for part in line.split(", "))
        for line in stderr.splitlines()
    )


def write_articles(path: Path, *ids: str) -> Path:
    """A .jsonl file of articles with the harbour text."""
    path.write_text(
        "".join(json.dumps({"id": each, "text": TEXT, "title": "Harbour", "source": "Varn Daily"}) + "\n" for each in ids), encoding="utf-8"
    )
    return path


def ids_in(path: Path) -> list[str]:
    return [json.loads(line)["article_id"] for line in path.read_text(encoding="utf-8").splitlines()]
