"""Exports read back by the tools that they are for, against rows written by hand."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from model.cli import main
from model.explore import frames
from model.explore.archive import Filters
from model.explore.exports import Wanted, chosen, period, statements
from model.explore.readings import stance_rows
from tests.unit.explored import READINGS, reading


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "readings.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in READINGS), encoding="utf-8")
    return path


def export(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["export", *map(str, arguments)])
    return result.exit_code, result.output


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_sentences_as_csv(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    assert export(file, "--to", out) == (0, f"{out}: 5 rows\n")
    first = rows_of(out)[0]
    assert first == {
        "article_id": "january.txt",
        "published_at": "2025-01-10T08:00:00Z",
        "source": "Courier",
        "title": "A vote",
        "actor": "ann",
        "actor_name": "Ann",
        "actor_type": "PERSON",
        "target": "tariff",
        "target_name": "Tariff",
        "target_type": "ISSUE",
        "stance_attitude": "supportive",
        "stance_side": "support",
        "stance_polarity": "1.0",
        "stance_confidence": "0.9",
        "attitude": "supportive",
        "side": "support",
        "polarity": "1.0",
        "confidence": "0.9",
        "sentence": "Ann supports Tariff.",
        "start": "0",
        "end": "20",
    }
    assert rows_of(out)[4]["published_at"] == ""


def test_parquet_is_the_same_with_types(file: Path, tmp_path: Path) -> None:
    assert export(file, "--to", tmp_path / "s.csv")[0] == export(file, "--to", tmp_path / "s.parquet")[0] == 0
    table = pq.read_table(tmp_path / "s.parquet")
    assert [str(table.schema.field(name).type) for name in ("actor", "confidence", "start")] == ["string", "double", "int64"]
    as_text = [{k: "" if v is None else str(v) for k, v in row.items()} for row in table.to_pylist()]
    assert as_text == rows_of(tmp_path / "s.csv")


def test_statements_leave_neutral_out(file: Path, tmp_path: Path) -> None:
    assert export(file, "--to", tmp_path / "s.csv", "--statements")[0] == 0
    found = [
        (r["statement_id"], r["document_id"], r["person"], r["organization"], r["concept"], r["agreement"])
        for r in rows_of(tmp_path / "s.csv")
    ]
    assert found == [
        ("1", "january.txt", "Ann", "", "Tariff", "1"),
        ("2", "march.txt", "Ann", "", "Tariff", "0"),
        ("3", "march.txt", "Ben", "", "Tariff", "0"),
        ("4", "undated.txt", "Ben", "", "Quota", "1"),
    ]


def test_an_organisation_is_no_person() -> None:
    made = reading("a", None, ("ann", "supportive", "tariff", 0.9))
    made["entities"][0]["type"] = "ORG"
    ((*_, person, organization, _, _, _, _),) = statements(stance_rows(made))
    assert (person, organization) == (None, "Ann")


def test_graphml_is_read_by_networkx_and_igraph(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "g.graphml"
    assert export(file, "--to", out, "--network", "two-mode") == (0, f"{out}: 4 nodes, 3 edges\n")
    graph = nx.read_graphml(out)
    assert {(a, b): d["weight"] for a, b, d in graph.edges(data=True)} == {
        ("actor:ann", "target:tariff"): 0.0,
        ("actor:ben", "target:tariff"): -1.0,
        ("actor:ben", "target:quota"): 1.0,
    }
    assert graph.nodes["actor:ann"] == {"label": "Ann", "type": "PERSON", "mode": "actor", "stances": 2, "bipartite": 0}
    other = igraph.Graph.Read_GraphML(str(out))
    assert (other.vcount(), sorted(other.es["weight"])) == (4, [-1.0, 0.0, 1.0])


def test_a_network_for_each_month(file: Path, tmp_path: Path) -> None:
    code, said = export(file, "--to", tmp_path / "g.graphml", "--network", "congruence", "--window", "month")
    assert (code, said.split(":")[0]) == (0, "3 networks")
    march = nx.read_graphml(tmp_path / "g-2025-03.graphml")
    assert [(a, b, d["weight"]) for a, b, d in march.edges(data=True)] == [("actor:ann", "actor:ben", 1.0)]
    assert export(file, "--to", tmp_path / "e.csv", "--network", "congruence", "--window", "month")[0] == 0
    assert [tuple(row.values()) for row in rows_of(tmp_path / "e.csv")] == [("2025-03", "actor:ann", "actor:ben", "Ann", "Ben", "1.0")]


@pytest.mark.parametrize(
    ("moment", "width", "expected"),
    [
        ("2025-06-24T08:00:00Z", "day", "2025-06-24"),
        ("2024-12-30T00:00:00Z", "week", "2025-W01"),
        ("2027-01-03T00:00:00Z", "week", "2026-W53"),
        ("2025-06-24T08:00:00Z", "month", "2025-06"),
        ("2025-06-24T08:00:00Z", "year", "2025"),
        (None, "day", ""),
    ],
)
def test_windows(moment: str | None, width: Any, expected: str) -> None:
    assert period(moment, width) == expected


@pytest.mark.parametrize(
    ("wanted", "articles"),
    [
        (Wanted(), ["january", "february", "march", "march", "undated"]),
        (Wanted(Filters(since="2025-02", until="2025-03")), ["february"]),
        (Wanted(Filters(until="2025-03")), ["january", "february"]),
        (Wanted(Filters(sides=frozenset({"oppose"}))), ["march", "march"]),
        (Wanted(Filters(sources=frozenset({"Gazette"}))), ["february"]),
        (Wanted(Filters(min_confidence=0.85)), ["january", "undated"]),
        (Wanted(actors=frozenset({"ben"})), ["march", "undated"]),
        (Wanted(targets=frozenset({"quota"})), ["undated"]),
    ],
)
def test_what_is_wanted(wanted: Wanted, articles: list[str]) -> None:
    rows = chosen((row for each in READINGS for row in stance_rows(each)), wanted)
    assert [row.article_id.removesuffix(".txt") for row in rows] == articles


@pytest.mark.parametrize(("per", "left"), [(None, 4), ("article", 4), ("day", 3), ("week", 3), ("month", 2), ("source", 3)])
def test_what_is_counted_once(per: Any, left: int) -> None:
    said = ("ann", "opposed", "tariff", 0.9)
    found = [
        reading("1", "2025-06-02T08:00:00Z", said, source="A"),
        reading("2", "2025-06-02T20:00:00Z", said, source="B"),
        reading("3", "2025-06-09T08:00:00Z", said, source="C"),
        reading("4", "2025-07-01T08:00:00Z", said, source="A"),
    ]
    assert len(list(chosen((row for each in found for row in stance_rows(each)), Wanted(per=per)))) == left


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give --to FILE for the stances of readings, or --output DIR for the weights of a training run."),
        (["--to", "x.csv", "--output", "y"], "give --to FILE for the stances"),
        (["--to", "x.json"], "x.json: the name must end with .csv, .parquet or .graphml."),
        (["--to", "x.graphml"], ".graphml holds a network: say which with --network."),
        (["--to", "x.parquet", "--network", "conflict"], ".parquet holds the sentences"),
        (["--to", "x.csv", "--window", "month"], "are of networks: say which with --network."),
        (["--to", "x.csv", "--network", "two-mode", "--normalise", "cosine"], "a two-mode network has counts only"),
        (["--to", "x.csv", "--network", "conflict", "--statements"], "exclude each other"),
        (["--output", "y"], "--output takes the folder of one training run; readings go --to a file."),
    ],
)
def test_what_does_not_go_together(file: Path, arguments: list[str], said: str) -> None:
    code, output = export(file, *arguments)
    assert code == 2
    assert said in output


def test_nothing_is_replaced_unasked_or_by_half(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    out.write_text("mine", encoding="utf-8")
    assert export(file, "--to", out) == (2, f"Error: {out} exists; --overwrite replaces it\n")
    bad = tmp_path / "bad.jsonl"
    bad.write_text(json.dumps(READINGS[0]) + '\n{"text": "no reading"}\n', encoding="utf-8")
    code, said = export(bad, "--to", out, "--overwrite")
    assert (code, out.read_text(encoding="utf-8")) == (2, "mine")
    assert f"{bad}, line 2 is no reading: it lacks article_id, entities, stances, model." in said
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []
    assert export(file, "--to", out, "--overwrite")[0] == 0


def test_an_empty_export_has_its_header(file: Path, tmp_path: Path) -> None:
    assert export(file, "--to", tmp_path / "s.csv", "--actor", "nobody") == (0, f"{tmp_path / 's.csv'}: 0 rows\n")
    assert (tmp_path / "s.csv").read_text(encoding="utf-8").startswith("article_id,")
    assert export(file, "--to", tmp_path / "s.parquet", "--actor", "nobody")[0] == 0
    assert pq.read_table(tmp_path / "s.parquet").num_rows == 0
    assert export(file, "--to", tmp_path / "g.graphml", "--network", "conflict", "--actor", "nobody")[0] == 0


def test_frames(file: Path) -> None:
    frame = frames.stance_frame(file)
    assert list(frame["actor"]) == ["ann", "ann", "ann", "ben", "ben"]
    assert frame["published_at"].isna().sum() == 1
    matrix = frame.standpoint.matrix()
    assert matrix.loc["ann", "tariff"] == pytest.approx((0.9 * 1 + 0.6 * 0 + 0.8 * -0.8) / 2.3)
    assert pd.isna(matrix.loc["ann", "quota"])
    shares = frame.standpoint.shares("MS")
    assert shares.to_dict("list") == {"neutral": [0, 1, 0], "oppose": [0, 0, 1], "support": [1, 0, 0]}
    assert list(frame.standpoint.network("congruence").edges(data="weight")) == [("actor:ann", "actor:ben", 1.0)]
    assert len(frames.evidence_frame(READINGS)) == 5


def test_a_frame_of_something_else_has_no_stances() -> None:
    with pytest.raises(AttributeError, match="it lacks actor, confidence, polarity, side, target"):
        _ = pd.DataFrame({"a": [1]}).standpoint
