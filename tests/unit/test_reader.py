"""The reader with the real weights: properties that hold for every reading, and the two engines side by side."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from model.articles import read_path
from model.encoding import SpanLost
from model.engine import ModelUnusable
from model.reader import Reader
from model.reading import to_dict
from model.records import Article, PairInput, Span
from model.train.datasets import corpus_document, read_corpus
from model.train.metrics import probabilities, sides
from model.watchlist import parse_watchlist
from model.weights import DEFAULT
from tests.unit.test_reading_schema import SCHEMA

SAMPLES = sorted((Path(__file__).parents[2] / "events" / "articles").iterdir())
TEXT = "The opposition Unity Party voted against the fuel subsidy cut on Monday. Finance minister Amara Okafor defended the cut."


@cache
def reader(engine: str = "onnx") -> Reader:
    return Reader.load(engine=engine)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.name)
def test_every_reading_keeps_the_contract(path: Path) -> None:
    for article in read_path(path):
        assert isinstance(article, Article)
        reading = to_dict(reader().read(article))
        Draft202012Validator(SCHEMA).validate(reading)
        ids = {e["id"] for e in reading["entities"]}
        spans = {(s["start"], s["end"]) for s in reading["sentences"]}
        assert len(ids) == len(reading["entities"])
        for entity in reading["entities"]:
            assert all(reading["text"][m["start"] : m["end"]] == m["text"] for m in entity["mentions"])
        for stance in reading["stances"]:
            assert {stance["actor"], stance["target"]} <= ids
            assert {(e["start"], e["end"]) for e in stance["evidence"]} <= spans


def test_reading_twice_gives_the_same_reading() -> None:
    article = Article("x", TEXT)
    assert reader().read(article) == reader().read(article)


def test_who_stands_where() -> None:
    reading = reader().read(Article("x", TEXT))
    sides_found = {(s.actor, s.target): s.side for s in reading.stances}
    assert sides_found["amara-okafor", "fuel-subsidy-cut"] == "support"
    assert {side for (actor, target), side in sides_found.items() if "unity-party" in actor and target == "fuel-subsidy-cut"} == {"oppose"}


@pytest.mark.parametrize("text", ["", "   \n", "Rain fell.", "…", "word " * 3000])
def test_odd_text_reads_without_a_stance(text: str) -> None:
    assert reader().read(Article("x", text)).stances == ()


def test_the_watchlist_names_what_it_lists() -> None:
    listed = parse_watchlist({"issues": [{"name": "subsidy reform", "aliases": ["fuel subsidy cut"], "external_id": "X1"}]})
    entities = {e.name: e.external_id for e in reader().read(Article("x", TEXT), listed).entities}
    assert entities["subsidy reform"] == "X1"


def test_given_pairs_by_span_by_name_and_tone() -> None:
    text = "Amara Okafor condemned the strike."
    pairs = [
        PairInput(text, Span(23, 33), Span(0, 12)),
        PairInput(text, "the strike", "amara okafor"),
        PairInput("She condemned it in the strongest words.", "the strike", "Amara Okafor"),
        PairInput("The brilliant minister was cheered everywhere.", Span(14, 22)),
    ]
    found = reader().judge(pairs)
    assert [j.side for j in found] == ["oppose", "oppose", "oppose", "support"]
    assert found[0] == found[1]  # a name that stands in the text is its span
    assert all(abs(sum(j.attitudes.values()) - 1) < 1e-4 and abs(sum(j.sides.values()) - 1) < 1e-4 for j in found)


def test_a_pair_too_far_apart_is_lost_not_cut() -> None:
    text = "Ana " + "said and " * 500 + "Bob."
    with pytest.raises(SpanLost, match="tokens apart"):
        reader().judge([PairInput(text, Span(len(text) - 4, len(text) - 1), Span(0, 3))])


def test_int8_and_torch_agree_on_sides() -> None:
    """On the pairs of eight corpus articles; measured 2.0 % of flips there (0.8 % on DSE valid, which is not in the repository)."""
    documents = [corpus_document(r, reader().tokenizer) for r in read_corpus("dev")[:8]]
    pairs = [pair for d in documents for _, pair in d.pairs]
    chosen = [sides(probabilities(reader(e).engine, pairs).attitudes).argmax(1) for e in ("onnx", "torch")]
    assert (chosen[0] != chosen[1]).mean() < 0.05


@pytest.mark.fault(37)
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "onnx/judge.onnx").write_bytes(b"no model"), "judge.onnx is damaged"),
        (lambda f: (f / "onnx/judge.onnx").unlink(), "judge.onnx does not exist"),
        (lambda f: (f / "config.json").write_text("{}"), "no manifest"),
        (lambda f: (f / "config.json").unlink(), "no weights"),
    ],
)
def test_damaged_weights_are_refused(damage: object, message: str, tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(DEFAULT, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    damage(folder)  # type: ignore[operator]
    with pytest.raises(ModelUnusable, match=message):
        Reader.load(folder)


def test_padding_changes_nothing() -> None:
    """A pair judged alone and in a batch of longer ones has the same probabilities, up to int8's rounding of the batch."""
    alone = reader("torch").judge([PairInput("Ana praised Bob.", Span(12, 15), Span(0, 3))])[0]
    longer = PairInput("Ana, who had come late, praised the very long and winding plan.", Span(32, 62), Span(0, 3))
    among = reader("torch").judge([longer, PairInput("Ana praised Bob.", Span(12, 15), Span(0, 3)), longer])[1]
    assert np.allclose(list(alone.attitudes.values()), list(among.attitudes.values()), atol=1e-4)
