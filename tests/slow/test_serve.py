"""`standpoint serve` as a user starts it: a process, its address on standard error, Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.unit.explored import READINGS

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]
SERVE = [sys.executable, "-c", "from functions.cli.serve import serve; serve()"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "readings.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in READINGS), encoding="utf-8")
    return path


def start(*arguments: str | Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([*SERVE, *map(str, arguments), "--port", "0", "--no-browser"], stderr=subprocess.PIPE, text=True)
    assert process.stderr
    said = ""
    while not (found := re.search(r"(http://127\.0\.0\.1:\d+/)", said)):
        line = process.stderr.readline()
        assert line, said
        said += line
    return process, found[1]


def ask(address: str, question: str) -> object:
    with urllib.request.urlopen(address + question, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def stop(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGINT)
    code = process.wait(timeout=30)
    assert process.stderr
    process.stderr.close()
    return code


def failed(*arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run([*SERVE, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stderr


def test_readings_are_served_until_interrupted(file: Path) -> None:
    process, address = start(file)
    assert ask(address, "health") == {"status": "ok", "store": "sqlite"}
    articles = ask(address, "articles?limit=1")
    assert isinstance(articles, dict)
    assert articles["articles"][0]["article_id"] == "march.txt"
    assert stop(process) == 130


def test_a_database_is_kept(file: Path, tmp_path: Path) -> None:
    database = tmp_path / "kept.db"
    assert stop(start(file, "--database", database)[0]) == 130
    process, address = start("--database", database)
    actors = ask(address, "actors")
    assert isinstance(actors, dict)
    assert [actor["id"] for actor in actors["actors"]] == ["ann", "ben"]
    assert stop(process) == 130


def test_articles_are_read_first(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The Unity Party opposes the fuel subsidy cut.", encoding="utf-8")
    process, address = start(tmp_path)
    targets = ask(address, "targets")
    assert isinstance(targets, dict)
    assert [target["id"] for target in targets["targets"]] == ["fuel-subsidy-cut"]
    assert stop(process) == 130


def test_what_cannot_be_served_is_said(file: Path, tmp_path: Path) -> None:
    assert failed()[0] == 2
    assert "give a file of readings" in failed()[1]
    bad = tmp_path / "bad.jsonl"
    bad.write_text(json.dumps(READINGS[0]) + "\nno JSON\n", encoding="utf-8")
    code, said = failed(bad, "--port", "0")
    assert (code, f"{bad}, line 2 is no JSON" in said) == (2, True)
    no_database = tmp_path / "no.db"
    no_database.write_text("this is no database, however long the text of it is made to be " * 20, encoding="utf-8")
    code, said = failed(file, "--database", no_database, "--port", "0")
    assert (code, "no.db is no database" in said) == (2, True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, said = failed(file, "--port", str(port))
    assert (code, f"cannot listen on 127.0.0.1, port {port}: Address already in use" in said) == (2, True)
