"""What is left after a kill, a full disk or Ctrl-C, and how a run goes on from it."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from model.cli.common import CannotStart, OutputFailed
from model.cli.outfile import OutFile, Recovered, recover_csv, recover_jsonl
from tests.unit.cli import ids_in, run, without_time, write_articles
from tests.unit.fakes import FakeLoader, FakeReader


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> FakeLoader:
    fake = FakeLoader(FakeReader())
    monkeypatch.setattr("model.reader.Reader.load", fake)
    return fake


@pytest.fixture
def news(tmp_path: Path) -> Path:
    return write_articles(tmp_path / "news.jsonl", "a", "b", "c")


@pytest.mark.parametrize("option", ["--jsonl", "--csv"])
def test_resume_gives_the_same_file_wherever_it_was_cut_off(loader: FakeLoader, tmp_path: Path, news: Path, option: str) -> None:
    whole = tmp_path / "whole"
    run("classify", news, option, whole)
    data = whole.read_bytes()
    out = tmp_path / "out"
    for size in range(0, len(data), 7 if option == "--csv" else 97):
        out.write_bytes(data[:size])
        assert run("classify", news, option, out, "--resume").exit_code == 0
        assert out.read_bytes() == data, f"cut off at {size}"


def test_what_is_in_the_output_is_not_read_again(loader: FakeLoader, tmp_path: Path, news: Path) -> None:
    out = tmp_path / "out.jsonl"
    run("classify", write_articles(tmp_path / "first.jsonl", "a", "c"), "--jsonl", out)
    loader.reader.read_ids.clear()
    result = run("classify", news, "--jsonl", out, "--resume")
    assert loader.reader.read_ids == ["b"]
    assert ids_in(out) == ["a", "c", "b"]
    assert without_time(result.stderr) == "1 article, 2 stances, N s, 2 skipped (already in the output)"


def test_resume_of_two_outputs_gives_each_what_it_lacks(loader: FakeLoader, tmp_path: Path, news: Path) -> None:
    lines, table = tmp_path / "out.jsonl", tmp_path / "out.csv"
    run("classify", write_articles(tmp_path / "first.jsonl", "a", "b"), "--jsonl", lines)
    assert run("classify", news, "--jsonl", lines, "--csv", table, "--resume").exit_code == 0
    assert ids_in(lines) == ["a", "b", "c"]
    assert [row.partition(",")[0] for row in table.read_text(encoding="utf-8").splitlines()] == ["article_id", "a", "a", "b", "b", "c", "c"]


def test_a_file_of_something_else_is_not_gone_on_with(loader: FakeLoader, tmp_path: Path, news: Path) -> None:
    out = tmp_path / "notes.jsonl"
    out.write_text('{"article_id": "a"}\nmy notes\n{"article_id": "b"}\n', encoding="utf-8")
    before = out.read_bytes()
    result = run("classify", news, "--jsonl", out, "--resume")
    assert result.exit_code == 2
    assert result.stderr == f"Error: cannot resume {out}: line 2 is not a reading; mend it, or start anew with --overwrite\n"
    result = run("classify", news, "--csv", out, "--resume")
    assert result.exit_code == 2
    assert f"cannot resume {out}: its first row is not article_id,published_at," in result.stderr
    assert out.read_bytes() == before


def test_ctrl_c_leaves_whole_lines_and_says_how_to_go_on(loader: FakeLoader, tmp_path: Path, news: Path) -> None:
    out = tmp_path / "out.jsonl"
    loader.reader.stop_at = 3
    result = run("classify", news, "--jsonl", out)
    assert result.exit_code == 130
    assert without_time(result.stderr).splitlines() == [
        f"Interrupted after 2 articles. What stands in {out} is whole; go on with the same command and --resume.",
        "2 articles, 4 stances, N s",
    ]
    assert ids_in(out) == ["a", "b"]


def test_ctrl_c_leaves_a_page_that_opens(loader: FakeLoader, tmp_path: Path, news: Path) -> None:
    loader.reader.stop_at = 2
    result = run("classify", news, "--html", tmp_path / "out.html")
    assert result.exit_code == 130
    assert result.stderr.startswith("Interrupted after 1 article.\n")
    assert (tmp_path / "out.html").read_text(encoding="utf-8").endswith("</html>\n")


def test_a_whole_line_without_its_newline_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text('{"article_id": "a"}\n{"article_id": "b"}', encoding="utf-8")
    recovered = recover_jsonl(path)
    assert recovered == Recovered(frozenset({"a", "b"}), 39, unfinished=True)
    with OutFile(path, "resume", recovered) as file:
        file.append(b'{"article_id": "c"}\n')
    assert ids_in(path) == ["a", "b", "c"]


def test_rows_of_an_article_that_is_not_whole_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b'id,text\r\na,"one\r\nline"\r\nb,x\r\nb,"cut o')
    assert recover_csv(path, ("id", "text")) == Recovered(frozenset({"a"}), 24)


def test_the_last_article_of_a_csv_is_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"id,text\r\na,x\r\nb,y\r\nb,z\r\n")
    assert recover_csv(path, ("id", "text")) == Recovered(frozenset({"a"}), 14, tail=b"b,y\r\nb,z\r\n", tail_id="b")


@pytest.mark.parametrize("rows", [2, 3, 4, 5])
def test_resume_where_rows_are_missing_and_none_is_cut(loader: FakeLoader, tmp_path: Path, news: Path, rows: int) -> None:
    out = tmp_path / "out.csv"
    run("classify", news, "--csv", out)
    data = out.read_bytes()
    out.write_bytes(b"".join(data.splitlines(keepends=True)[:rows]))
    assert run("classify", news, "--csv", out, "--resume").exit_code == 0
    assert out.read_bytes() == data


def test_rows_of_other_articles_stay_where_resume_is_given_other_input(loader: FakeLoader, tmp_path: Path, news: Path) -> None:
    out = tmp_path / "out.csv"
    run("classify", news, "--csv", out)
    data = out.read_bytes()
    assert run("classify", write_articles(tmp_path / "more.jsonl", "d"), "--csv", out, "--resume").exit_code == 0
    assert sorted(out.read_bytes().splitlines())[: len(data.splitlines())] == sorted(data.splitlines())
    assert b"\nd," in out.read_bytes()


def test_a_sentence_longer_than_the_csv_module_expects(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"id,text\r\na," + b"x" * 200_000 + b"\r\n")
    assert recover_csv(path, ("id", "text")).tail_id == "a"


class _FullDisk(io.RawIOBase):
    """Takes `room` bytes in all, then none, as a full disk does."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.data = bytearray()
        self._room = room

    def write(self, data: bytes) -> int:  # type: ignore[override]
        taken = data[: self._room - len(self.data)]
        if not taken:
            raise OSError(28, os.strerror(28))
        self.data += taken
        return len(taken)

    def truncate(self, size: int | None = None) -> int:
        del self.data[size:]
        return len(self.data)


def test_a_full_disk_leaves_whole_records(tmp_path: Path) -> None:
    out = OutFile(tmp_path / "out.jsonl", "new", Recovered())
    disk = _FullDisk(room=25)
    out._file = disk  # type: ignore[assignment]
    out.append(b"0123456789abcde\n")
    with pytest.raises(OutputFailed, match="No space left on device; what stands in it is whole"):
        out.append(b"0123456789abcde\n")
    assert bytes(disk.data) == b"0123456789abcde\n"


def test_a_new_file_is_never_put_in_the_place_of_another(tmp_path: Path) -> None:
    """Even where it appears between the check and the opening."""
    path = tmp_path / "out.jsonl"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(CannotStart, match="File exists"):
        OutFile(path, "new", Recovered())
    assert path.read_text(encoding="utf-8") == "mine"
