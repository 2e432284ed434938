"""What moved: reckoned by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from model.cli import main
from model.explore.digest import digest, newest
from model.explore.digest_page import page
from model.explore.readings import stance_rows
from tests.unit.explored import READINGS, reading


def made(*readings: dict[str, Any], since: str = "2025-03", until: str = "2025-04", most: int = 10) -> Any:
    return digest((row for each in readings for row in stance_rows(each)), since, until, most=most)


def test_a_side_that_changed() -> None:
    found = made(
        reading("a", "2025-01-01T00:00:00Z", ("ann", "supportive", "tariff", 1.0)),
        reading("b", "2025-02-01T00:00:00Z", ("ann", "supportive", "tariff", 1.0)),
        reading("c", "2025-03-01T00:00:00Z", ("ann", "opposed", "tariff", 1.0)),
    )
    (move,) = found.changed
    assert move.before is not None
    assert (move.before.polarity, move.before.side, move.before.articles) == (1.0, "support", 2)
    assert (move.now.polarity, move.now.side) == (-0.8, "oppose")
    assert move.shift == pytest.approx(-0.72)  # n = 1 / (1/1 + 1/2) = 2/3; Z = 0.4; 0.4 · −1.8
    assert move.sentence.text == "Ann opposes Tariff."
    assert (found.new, found.shifted) == ((), ())


def test_new_and_shifted_pairs_are_apart_and_strongest_first() -> None:
    found = made(
        reading("a", "2025-01-01T00:00:00Z", ("ann", "supportive", "tariff", 0.5)),
        reading("c", "2025-03-01T00:00:00Z", ("ann", "neutral", "tariff", 1.0)),  # n = 1/3; Z = 1/4
        reading("d", "2025-03-02T00:00:00Z", ("ben", "supportive", "tariff", 0.5)),  # 0.5 / 1.5
        reading("e", "2025-03-03T00:00:00Z", ("ben", "supportive", "quota", 1.0)),  # 0.5
    )
    assert [(m.actor.id, m.target.id, round(m.shift, 4)) for m in found.new] == [("ben", "quota", 0.5), ("ben", "tariff", 0.3333)]
    assert [(m.actor.id, round(m.shift, 4)) for m in found.shifted] == [("ann", -0.25)]
    assert found.changed == ()
    assert [(named.id, n) for named, n in found.actors] == [("ben", 2), ("ann", 1)]


def test_an_unsure_sentence_moves_little() -> None:
    found = made(
        *(reading(str(i), "2025-01-01T00:00:00Z", ("ann", "supportive", "tariff", 0.9)) for i in range(9)),
        reading("c", "2025-03-01T00:00:00Z", ("ann", "critical", "tariff", 0.3)),
    )
    (move,) = found.changed  # n = 1 / (1/0.3 + 1/8.1) = 0.2893; Z = 0.2244; Z · −1.6
    assert move.shift == pytest.approx(-0.359, abs=1e-3)


def test_reports_that_become_more_are_no_shift() -> None:
    found = made(
        reading("a", "2025-01-01T00:00:00Z", ("ann", "supportive", "tariff", 0.9)),
        *(reading(str(i), "2025-03-01T00:00:00Z", ("ann", "supportive", "tariff", 0.9)) for i in range(10)),
    )
    assert (found.new, found.changed, found.shifted) == ((), (), ())


def test_every_new_pair_is_told_and_the_sentence_is_of_the_side_that_won() -> None:
    found = made(
        *(reading(str(i), "2025-03-01T00:00:00Z", ("ann", "opposed", "tariff", 0.6)) for i in range(3)),
        reading("x", "2025-03-02T00:00:00Z", ("ann", "supportive", "tariff", 0.7)),
        reading("y", "2025-03-02T00:00:00Z", ("ben", "critical", "quota", 0.2)),
    )
    assert [(m.actor.id, m.now.side, m.shown.side) for m in found.new] == [("ann", "oppose", "oppose"), ("ben", "oppose", "oppose")]


def test_the_same_reading_twice_counts_once() -> None:
    one = reading("a", "2025-03-01T00:00:00Z", ("ann", "opposed", "tariff", 0.6))
    assert made(one, one) == made(one)


def test_a_date_in_the_future_does_not_take_the_period_along() -> None:
    rows = [
        row for each in (*READINGS, reading("z", "2099-01-01T00:00:00Z", ("ann", "opposed", "quota", 0.9))) for row in stance_rows(each)
    ]
    assert newest(rows, "2026-01-01T00:00:00Z") == "2025-03-10T08:00:00Z"
    assert digest(rows, "2025-03", "2025-04").later == 1


def test_the_period_is_half_open_and_undated_articles_are_told() -> None:
    found = made(*READINGS, since="2025-02-10T08:00:00Z", until="2025-03-10T08:00:00Z")
    assert (found.articles, found.stances, found.undated) == (1, 1, 1)
    assert found.left_out == {"new": 0, "changed": 0, "shifted": 0}


def test_the_rest_is_counted() -> None:
    found = made(reading("a", "2025-03-01T00:00:00Z", ("ann", "opposed", "tariff", 1.0), ("ben", "opposed", "tariff", 0.9)), most=1)
    assert ([m.actor.id for m in found.new], found.left_out["new"]) == (["ann"], 1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "readings.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in READINGS), encoding="utf-8")
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["digest", *map(str, arguments)])
    return result.exit_code, result.output


def test_the_command(file: Path) -> None:
    code, output = run(file, "--since", "30d")
    assert code == 0
    assert output == (
        "2025-02-08 08:00 to 2025-03-10 08:00: 2 articles, 3 stances\n"
        "\n"
        "Changed sides\n"
        "  Ann → Tariff: support +1.00 → − oppose -0.46 (2 stances in 2 articles)\n"
        "      opposed, 80%: Ann opposes Tariff.\n"
        "      A vote · Courier · 2025-03-10\n"
        "\n"
        "New\n"
        "  Ben → Tariff: − oppose -0.80 (1 stance in 1 article)\n"
        "      opposed, 70%: Ben opposes Tariff.\n"
        "      A vote · Courier · 2025-03-10\n"
        "\n"
        "Most heard: Ann (2), Ben (1)\n"
        "\n"
        "Most spoken of: Tariff (3)\n"
        "\n"
        "1 article without a date of publication: in no period.\n"
    )


def test_a_watchlist_narrows_it(file: Path, tmp_path: Path) -> None:
    listed = tmp_path / "w.yaml"
    listed.write_text("entities:\n  - name: Benjamin\n    type: PERSON\n    aliases: [Ben]\n", encoding="utf-8")
    found = json.loads(run(file, "--since", "2025-01", "--until", "2026-01", "--watchlist", listed, "--json")[1])
    assert [(move["actor"]["id"], move["actor"]["name"]) for move in found["new"]] == [("benjamin", "Benjamin")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "soon"], "'soon' is no date (2026-11-01), time, or span (24h, 7d, 4w)"),
        (["--since", "2027-01-01"], "--since 2027-01-01 is not before"),
        (["--since", "7d", "--watchlist", "none.yaml"], "watchlist none.yaml: No such file or directory"),
    ],
)
def test_errors(file: Path, arguments: list[str], said: str) -> None:
    code, output = run(file, *arguments)
    assert code == 2
    assert said in output


def test_the_page_escapes_what_others_wrote(file: Path, tmp_path: Path) -> None:
    evil = reading("x", "2025-03-01T00:00:00Z", ("ann", "opposed", "tariff", 0.9), title="<script>alert(1)</script>", source="<b>\x00")
    drawn = page(made(evil))
    assert "<script" not in drawn
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in drawn
    assert "\x00" not in drawn
    out = tmp_path / "d.html"
    assert run(file, "--since", "30d", "--html", out)[0] == 0
    assert run(file, "--since", "30d", "--html", out) == (2, f"Error: {out} exists; --overwrite replaces it\n")
