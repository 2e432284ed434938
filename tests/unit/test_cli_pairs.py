"""`standpoint pairs`: a line out for each line in, whatever is wrong with some."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli import run
from tests.unit.fakes import FakeLoader, FakeReader

PRAISE = '{"text": "Ida Holm praised the plan.", "actor": [0, 8], "target": [17, 25]}'
DOUBT = '{"text": "Ida Holm doubts the plan.", "actor": "Ida Holm", "target": "plan", "id": "x7", "note": 1}'
LOST = '{"text": "LOST", "target": [0, 4], "id": 3}'


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> FakeLoader:
    fake = FakeLoader(FakeReader())
    monkeypatch.setattr("model.reader.Reader.load", fake)
    return fake


def test_a_judgement_a_line(loader: FakeLoader, tmp_path: Path) -> None:
    source = tmp_path / "pairs.jsonl"
    source.write_text(f"{PRAISE}\n{DOUBT}\n", encoding="utf-8")
    result = run("pairs", source)
    first, second = result.stdout.splitlines()
    assert first == (
        '{"side": "support", "attitude": "supportive", "polarity": 1.0, "sides": {"support": 1.0, "oppose": 0.0, "neutral": 0.0}, '
        '"attitudes": {"supportive": 1.0, "conciliatory": 0.0, "neutral": 0.0, "ambivalent": 0.0, "concerned": 0.0, "demanding": 0.0, '
        '"sceptical": 0.0, "critical": 0.0, "opposed": 0.0, "defiant": 0.0, "threatening": 0.0}}'
    )
    assert list(json.loads(second)) == ["id", "side", "attitude", "polarity", "sides", "attitudes"]
    assert (json.loads(second)["id"], json.loads(second)["attitude"]) == ("x7", "sceptical")
    assert (result.exit_code, result.stderr) == (0, "")


def test_bad_lines_keep_their_place(loader: FakeLoader) -> None:
    lines = [PRAISE, "{bad", "", LOST, '{"text": "x", "target": [0, 2], "id": 9}', DOUBT, '"text"', "\ufeff" + PRAISE, "", " "]
    result = run("pairs", "-", stdin="\n".join(lines).encode() + b"\n\xff\n\n")
    output = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line.get("attitude") or line for line in output] == [
        "supportive",
        {"error": "not JSON: Expecting property name enclosed in double quotes (column 2)"},
        {"error": "blank line"},
        {"id": 3, "error": "no token of the target stands in the window"},
        {"id": 9, "error": "target: [0, 2] reaches past the end of text, which has 1 characters"},
        "sceptical",
        {"error": "a pair is a JSON object, not a string"},
        "supportive",
        {"error": "blank line"},
        {"error": "blank line"},
        {"error": "not UTF-8 (byte 1)"},
    ]
    assert result.stderr.splitlines() == [
        "line 2: not JSON: Expecting property name enclosed in double quotes (column 2)",
        "line 3: blank line",
        "line 4: no token of the target stands in the window",
        "line 5: target: [0, 2] reaches past the end of text, which has 1 characters",
        "line 7: a pair is a JSON object, not a string",
        "line 9: blank line",
        "line 10: blank line",
        "line 11: not UTF-8 (byte 1)",
        "8 lines could not be judged",
    ]
    assert result.exit_code == 1


def test_pairs_are_judged_in_batches(loader: FakeLoader) -> None:
    result = run("pairs", "-", stdin=f"{PRAISE}\n".encode() * 300)
    assert loader.reader.batches == [128, 128, 44]
    assert len(result.stdout.splitlines()) == 300


def test_an_empty_file(loader: FakeLoader) -> None:
    result = run("pairs", "-", stdin=b"\n\n")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_a_number_with_thousands_of_digits_and_brackets_without_end(loader: FakeLoader) -> None:
    result = run("pairs", "-", stdin=b"1" * 5000 + b"\n" + b"[" * 100_000 + b"\n" + PRAISE.encode())
    assert result.exit_code == 1
    assert [next(iter(json.loads(line))) for line in result.stdout.splitlines()] == ["error", "error", "side"]


def test_the_output_file(loader: FakeLoader, tmp_path: Path) -> None:
    out = tmp_path / "judged.jsonl"
    assert run("pairs", "-", "--output", out, stdin=PRAISE.encode()).exit_code == 0
    before = out.read_bytes()
    assert json.loads(before)["side"] == "support"
    result = run("pairs", "-", "--output", out, stdin=DOUBT.encode())
    assert (result.exit_code, result.stderr) == (2, f"Error: {out} exists already; give --overwrite to replace it\n")
    assert out.read_bytes() == before
    assert run("pairs", "-", "--output", out, "--overwrite", stdin=DOUBT.encode()).exit_code == 0
    assert json.loads(out.read_bytes())["side"] == "oppose"


def test_a_file_that_is_not_there(loader: FakeLoader) -> None:
    result = run("pairs", "nowhere.jsonl")
    assert (result.exit_code, result.stderr) == (2, "Error: cannot read nowhere.jsonl: No such file or directory\n")
    assert loader.asked == []


def test_engine_and_weights_reach_the_loader(loader: FakeLoader, tmp_path: Path) -> None:
    assert run("pairs", "-", "--engine", "onnx", "--weights", tmp_path, stdin=PRAISE.encode()).exit_code == 0
    assert loader.asked == [(tmp_path, "onnx")]
