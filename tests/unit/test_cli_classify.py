"""`standpoint classify`: outputs, failures, exit codes."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.articles import read_path
from model.engine import ModelUnusable
from model.reading import to_dict
from model.records import Article, RejectedInput
from tests.unit.cli import ids_in, run, without_time, write_articles
from tests.unit.fakes import FakeLoader, FakeReader
from tests.unit.readings import TEXT, harbour_reading


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> FakeLoader:
    fake = FakeLoader(FakeReader())
    monkeypatch.setattr("model.reader.Reader.load", fake)
    return fake


def test_a_table_for_people(loader: FakeLoader, tmp_path: Path) -> None:
    result = run("classify", write_articles(tmp_path / "news.jsonl", "harbour"))
    assert result.stdout == (
        "Harbour\n"
        "Varn Daily, harbour\n"
        "  Actor              Attitude        Target             Conf.  Sentence\n"
        "  Ida Holm           + supportive    harbour plan        0.91  Mayor Ida Holm praised the harbour plan.\n"
        "  Unions             − opposed       harbour plan        0.62  Unions oppose the harbour plan and call it a sell-out.\n"
        "\n"
    )
    assert without_time(result.stderr) == "1 article, 2 stances, N s"
    assert result.exit_code == 0
    assert loader.asked == [(None, "onnx")]


def test_a_reading_a_line_on_standard_output(loader: FakeLoader, tmp_path: Path) -> None:
    result = run("classify", write_articles(tmp_path / "news.jsonl", "a", "b"), "--json")
    article = Article(id="a", text=TEXT, title="Harbour", source="Varn Daily")
    first, second = result.stdout.splitlines()
    assert json.loads(first) == to_dict(harbour_reading(article))
    assert json.loads(second)["article_id"] == "b"


def test_a_row_for_each_stance_and_sentence(loader: FakeLoader, tmp_path: Path) -> None:
    out = tmp_path / "stances.csv"
    assert run("classify", write_articles(tmp_path / "news.jsonl", "=a,\r\nb"), "--csv", out).exit_code == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert ",".join(rows[0]) == (
        "article_id,published_at,source,title,actor,actor_name,target,target_name,attitude,side,polarity,confidence,sentence,start,end"
    )
    ends = ["harbour-plan", "harbour plan"]
    assert rows[1:] == [
        [
            "=a,\r\nb",
            "",
            "Varn Daily",
            "Harbour",
            "ida-holm",
            "Ida Holm",
            *ends,
            "supportive",
            "support",
            "1.0",
            "0.91",
            TEXT[:40],
            "0",
            "40",
        ],
        ["=a,\r\nb", "", "Varn Daily", "Harbour", "unions", "Unions", *ends, "opposed", "oppose", "-0.8", "0.62", TEXT[41:], "41", "95"],
    ]


def test_several_outputs_in_one_run(loader: FakeLoader, tmp_path: Path) -> None:
    outputs = [tmp_path / "out.jsonl", tmp_path / "out.csv", tmp_path / "out.html"]
    result = run("classify", write_articles(tmp_path / "news.jsonl", "a"), "--jsonl", outputs[0], "--csv", outputs[1], "--html", outputs[2])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert all(out.stat().st_size for out in outputs)


def test_stances_below_the_least_confidence_are_left_out(loader: FakeLoader, tmp_path: Path) -> None:
    result = run("classify", write_articles(tmp_path / "news.jsonl", "a"), "--json", "--min-confidence", "0.63")
    assert [stance["actor"] for stance in json.loads(result.stdout)["stances"]] == ["ida-holm"]
    assert without_time(result.stderr) == "1 article, 1 stance, N s"


def test_standard_input(loader: FakeLoader) -> None:
    result = run("classify", "-", "--json", stdin=TEXT.encode())
    assert result.exit_code == 0
    assert json.loads(result.stdout)["text"] == TEXT


def test_a_bad_file_is_named_and_the_others_are_read(loader: FakeLoader, tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    (news / "a.txt").write_text(TEXT, encoding="utf-8")
    (news / "b.json").write_text("{bad", encoding="utf-8")
    (news / "c.txt").write_text("REJECT this one", encoding="utf-8")
    (news / "d.txt.gz").write_bytes(gzip.compress(TEXT.encode()))
    (tmp_path / "empty").mkdir()
    result = run("classify", news, tmp_path / "none.txt", tmp_path / "empty", "--json")
    assert [json.loads(line)["article_id"] for line in result.stdout.splitlines()] == [f"{news}/a.txt", f"{news}/d.txt.gz"]
    assert without_time(result.stderr).splitlines() == [
        f"{news}/b.json: bad-json: line 1 column 2: Expecting property name enclosed in double quotes",
        f"{news}/c.txt: no-text: nothing to read",
        f"{tmp_path}/none.txt: unreadable: No such file or directory",
        f"{tmp_path}/empty: no-files: the folder holds no .txt, .json, .jsonl or .html file (or .gz of these)",
        "2 articles, 4 stances, N s",
        "4 inputs rejected: 1 bad-json, 1 no-text, 1 unreadable, 1 no-files",
    ]
    assert result.exit_code == 1


def test_the_watchlist_reaches_the_reader(loader: FakeLoader, tmp_path: Path) -> None:
    watchlist = tmp_path / "watch.yaml"
    watchlist.write_text("issues:\n  - name: harbour plan\n", encoding="utf-8")
    assert run("classify", write_articles(tmp_path / "news.jsonl", "a"), "--json", "--watchlist", watchlist).exit_code == 0
    [used] = loader.reader.watchlists
    assert used is not None
    assert [entry.name for entry in used.entries] == ["harbour plan"]


def test_a_bad_watchlist_stops_the_run_before_the_model_is_loaded(loader: FakeLoader, tmp_path: Path) -> None:
    watchlist = tmp_path / "watch.yaml"
    watchlist.write_text("issues:\n  - name: NATO\n  - title: EU\n", encoding="utf-8")
    result = run("classify", write_articles(tmp_path / "news.jsonl", "a"), "--watchlist", watchlist)
    assert result.exit_code == 2
    assert (
        result.stderr
        == f"Error: watchlist {watchlist}: issues, entry 2: unknown key 'title'; the keys are name, type, aliases, external_id\n"
    )
    assert loader.asked == []


def test_a_model_that_cannot_be_used_leaves_the_outputs_alone(loader: FakeLoader, tmp_path: Path) -> None:
    loader.error = ModelUnusable("config.json is missing in weights")
    out = tmp_path / "out.jsonl"
    out.write_text("old\n", encoding="utf-8")
    result = run("classify", write_articles(tmp_path / "news.jsonl", "a"), "--jsonl", out, "--overwrite", "--weights", tmp_path)
    assert result.exit_code == 2
    assert result.stderr == "Error: the model cannot be used: config.json is missing in weights\n"
    assert out.read_text(encoding="utf-8") == "old\n"
    assert loader.asked == [(tmp_path, "onnx")]


def test_the_torch_engine_says_what_to_install(loader: FakeLoader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.cli.common.find_spec", lambda name: None)
    result = run("classify", write_articles(tmp_path / "news.jsonl", "a"), "--engine", "torch")
    assert result.exit_code == 2
    assert (
        result.stderr
        == "Error: --engine torch needs torch and transformers, not installed here. Install with: pip install 'standpoint[train]'\n"
    )


USAGE_ERRORS = {
    "no path": ([], "Missing argument 'PATH...'"),
    "an unknown engine": (["x", "--engine", "tf"], "'tf' is not one of 'onnx', 'torch'"),
    "a confidence past 1": (["x", "--min-confidence", "1.5"], "1.5 is not in the range 0<=x<=1"),
    "no such weights": (["x", "--weights", "nowhere"], "Directory 'nowhere' does not exist"),
    "overwrite and resume": (["x", "--jsonl", "o", "--overwrite", "--resume"], "exclude each other"),
    "nothing to resume": (["x", "--json", "--resume"], "goes on with a --jsonl or --csv file"),
    "a page to resume": (["x", "--jsonl", "o", "--html", "p", "--resume"], "cannot go on with an --html page"),
    "one file twice": (["x", "--jsonl", "o", "--csv", "./o"], "two outputs have the same file"),
    "a folder that is not there": (["x", "--jsonl", "none/o"], "cannot write none/o: No such file or directory"),
    "a folder as a file": (["x", "--csv", "."], ". is a folder, not a file"),
}


@pytest.mark.parametrize("name", USAGE_ERRORS)
def test_usage_errors(loader: FakeLoader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    args, message = USAGE_ERRORS[name]
    result = run("classify", *args)
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


GO_ON = "--resume to go on with it, or --overwrite"


@pytest.mark.parametrize(("option", "ways"), [("--jsonl", GO_ON), ("--csv", GO_ON), ("--html", "--overwrite")])
def test_an_output_that_exists_is_not_touched(loader: FakeLoader, tmp_path: Path, option: str, ways: str) -> None:
    out = tmp_path / "out"
    out.write_text("mine", encoding="utf-8")
    result = run("classify", write_articles(tmp_path / "news.jsonl", "a"), option, out)
    assert result.exit_code == 2
    assert result.stderr == f"Error: {out} exists already; give {ways} to replace it\n"
    assert out.read_text(encoding="utf-8") == "mine"


def test_overwrite_replaces(loader: FakeLoader, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("mine\n" * 1000, encoding="utf-8")
    assert run("classify", write_articles(tmp_path / "news.jsonl", "a"), "--jsonl", out, "--overwrite").exit_code == 0
    assert ids_in(out) == ["a"]


def test_articles_are_read_one_at_a_time(loader: FakeLoader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No article is taken from the disk before the one before it has been written out: memory is bounded by one."""
    out = tmp_path / "out.jsonl"
    taken: list[int] = []

    def counting(path: Path) -> Iterator[Article | RejectedInput]:
        for article in read_path(path):
            taken.append(out.read_bytes().count(b"\n"))
            yield article

    monkeypatch.setattr("model.cli.sources.read_path", counting)
    assert run("classify", write_articles(tmp_path / "news.jsonl", "a", "b", "c", "d"), "--jsonl", out).exit_code == 0
    assert taken == [0, 1, 2, 3]


def test_a_lone_surrogate_does_not_break_the_output(loader: FakeLoader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    article = Article(id="odd\udcff", text=TEXT, title="\ud800")
    monkeypatch.setattr("model.cli.sources.read_path", lambda path: iter([article]))
    outputs = [tmp_path / "out.jsonl", tmp_path / "out.csv", tmp_path / "out.html"]
    source = write_articles(tmp_path / "news.jsonl", "a")
    assert run("classify", source, "--jsonl", outputs[0], "--csv", outputs[1], "--html", outputs[2]).exit_code == 0
    assert run("classify", source).exit_code == 0
    assert ids_in(outputs[0]) == ["odd\udcff"]
