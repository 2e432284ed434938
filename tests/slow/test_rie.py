"""The packed function behind AWS's own Runtime Interface Emulator: a process of its own, with the real weights.

moto stands in for S3 and DynamoDB, on 127.0.0.1. What cannot be seen here: real cold starts, IAM, the queue itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.aws_template import ROOT
from tests.functions.test_classify import batch, put
from tests.slow.emulator import CREDENTIALS, Emulated, Missing, aws, emulated, emulator, interpreter

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

WEIGHTS = ROOT / "model/weights/onnx"


@pytest.fixture
def aws_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    try:
        emulator(), interpreter()
    except Missing as missing:
        pytest.skip(str(missing))
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with aws() as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        yield endpoint


STANDIN = """
import os
from model.reader import Reader
from model.records import Article, Entity, Evidence, ModelInfo, Reading, Span, Stance


class Standin:
    model = ModelInfo("stand-in", "sha256:0")

    def read(self, article):
        if "CRASH" in article.text and not os.path.exists(os.environ["CRASHED"]):
            open(os.environ["CRASHED"], "w").close()
            os._exit(3)
        evidence = (Evidence(Span(0, 5), "critical", "oppose", 0.5),)
        entities = (Entity("ann", "Ann", "PERSON", ()), Entity("ben", "Ben", "PERSON", ()))
        stance = Stance("ann", "ben", "critical", "oppose", -0.5, 0.5, evidence)
        return Reading(article, self.model, (Span(0, 5),), entities, (stance,))


Reader.load = classmethod(lambda cls, *arguments, **named: Standin())
from functions.classify.app import handler
"""


def with_standin(package: Path, tmp_path: Path) -> dict[str, str]:
    """The packed function with a stand-in for the model alone."""
    (tmp_path / "standin.py").write_text(STANDIN, encoding="utf-8")
    return {"handler": "standin.handler", "PYTHONPATH": f"{package}:{tmp_path}", "CRASHED": str(tmp_path / "crashed")}


def rows(function: Emulated) -> list[str]:
    return [row.object_id for row in function.queries.stances_by_actor("ann")]


def test_uploads_in_items_out_with_a_stand_in_for_the_model(package: Path, aws_server: str, tmp_path: Path) -> None:
    with emulated(package, aws_server, tmp_path, with_standin(package, tmp_path)) as function:
        good, other = put("a b+c.txt"), put("ü.txt")
        assert function.invoke(batch(good, "no JSON", other))[:2] == (200, {"batchItemFailures": [{"itemIdentifier": "m1"}]})
        assert function.invoke(batch(good, other))[:2] == (200, {"batchItemFailures": []})
        assert sorted(rows(function)) == ["a b+c.txt", "ü.txt"]


def test_pages_and_legacy_charsets_are_read_with_what_is_packed(package: Path, aws_server: str, tmp_path: Path) -> None:
    page = (ROOT / "events/articles/harbour-fees.html").read_bytes()
    with emulated(package, aws_server, tmp_path, with_standin(package, tmp_path)) as function:
        messages = (
            put("page.html", body=page),
            put("old.txt", body="Der Müller grüßt Ann, die ihn für den Plan kräftig lobt.".encode("cp1252")),
        )
        assert function.invoke(batch(*messages))[:2] == (200, {"batchItemFailures": []})
        page_text, old = (function.queries.reading(key) for key in ("page.html", "old.txt"))
        assert page_text
        assert old
        assert "<" not in page_text["text"]
        assert "Müller grüßt" in old["text"]


def test_a_process_that_dies_mid_batch_gets_the_batch_again_without_duplicates(package: Path, aws_server: str, tmp_path: Path) -> None:
    with emulated(package, aws_server, tmp_path, with_standin(package, tmp_path)) as function:
        whole = batch(put("1.txt"), put("2.txt", body="CRASH"), put("3.txt"))
        status, answer, _ = function.invoke(whole)
        assert status != 200 or "batchItemFailures" not in answer
        assert rows(function) == ["1.txt"]
        assert function.invoke(whole)[:2] == (200, {"batchItemFailures": []})
        assert sorted(rows(function)) == ["1.txt", "2.txt", "3.txt"]


@pytest.mark.skipif(not WEIGHTS.exists(), reason="model/weights/onnx is not there: train, or fetch the weights")
def test_an_upload_becomes_stances(package: Path, aws_server: str, tmp_path: Path) -> None:
    with emulated(package, aws_server, tmp_path) as function:
        read_one(function)


def read_one(function: Emulated) -> None:
    text = (ROOT / "events/articles/lithium-mine.txt").read_text(encoding="utf-8")
    message = put("articles/lithium-mine.txt", body=text)
    status, answer, cold = function.invoke(batch(message))
    assert (status, answer) == (200, {"batchItemFailures": []})
    reading = function.queries.reading("articles/lithium-mine.txt")
    assert reading
    assert reading["text"] == text
    stances = reading["stances"]
    assert stances
    found = [row for stance in stances for row in function.queries.stances_by_actor(stance["actor"])]
    assert {(row.actor, row.target) for row in found} == {(stance["actor"], stance["target"]) for stance in stances}
    assert all(text[e.start : e.end] == e.text for row in found for e in row.evidence)
    assert function.invoke(batch(message))[:2] == (200, {"batchItemFailures": []})  # the same again: a duplicate
    status, answer, warm = function.invoke(batch(put("articles/again.txt", body=text)))
    assert (status, answer) == (200, {"batchItemFailures": []})
    print(f"cold {cold:.2f} s, warm {warm:.2f} s, {len(text)} characters, {len(stances)} stances")  # noqa: T201  seen with -s


def test_a_start_that_fails_acknowledges_nothing(package: Path, aws_server: str, tmp_path: Path) -> None:
    with emulated(package, aws_server, tmp_path, {"TABLE_NAME": ""}) as function:
        status, answer, _ = function.invoke(batch(put("a.txt")))
    assert status != 200 or "batchItemFailures" not in answer
    assert "TABLE_NAME is not set" in (tmp_path / "log").read_text(encoding="utf-8")
