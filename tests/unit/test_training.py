"""What training makes of data: cases by hand."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from model.encoding import ACTOR, TARGET, Window, pad
from model.train import datasets
from model.train.adapt import IGNORED, mask_words
from model.train.examples import PairExample, hide_names
from model.train.train import chunked, mean_of

MASK = 103
CHANCE = random.Random(1)  # noqa: S311  a sample, not a secret


def example(roles: list[int], *, first: int = 1) -> PairExample:
    n = len(roles)
    ids = np.arange(1000, 1000 + n, dtype=np.int64)
    zeros = np.zeros(n, dtype=np.int64)
    return PairExample(Window(ids, zeros, zeros, zeros, zeros, np.ones(n, dtype=np.bool_), first, 0), np.array(roles, dtype=np.int64))


@pytest.mark.parametrize(
    ("sizes", "most", "chunks"),
    [
        ([1, 1, 1], 2, [[0, 1], [2]]),
        ([5, 1, 1], 2, [[0], [1, 2]]),
        ([1, 5, 1], 2, [[0], [1], [2]]),
        ([2, 2], 4, [[0, 1]]),
        ([], 4, []),
    ],
)
def test_chunked_keeps_the_order_and_the_size(sizes: list[int], most: int, chunks: list[list[int]]) -> None:
    items = [example([0]) for _ in sizes]
    place = {id(item): i for i, item in enumerate(items)}
    assert [[place[id(e)] for e in chunk] for chunk in chunked(items, sizes, most)] == chunks


def test_hide_names_masks_the_ends_and_nothing_else() -> None:
    hidden = hide_names(example([0, ACTOR, 0, TARGET, TARGET, 0]), CHANCE, probability=1.0, mask_id=MASK)
    assert hidden.window.ids.tolist() == [1000, MASK, 1002, MASK, MASK, 1005]


@pytest.mark.parametrize(("probability", "first"), [(0.0, 1), (1.0, 4)], ids=["never", "given by name only"])
def test_hide_names_leaves_alone(probability: float, first: int) -> None:
    given = example([0, ACTOR, TARGET, 0, 0], first=first)
    assert hide_names(given, CHANCE, probability=probability, mask_id=MASK) is given


@pytest.fixture
def annotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with one document of two sentences, and an annotation of it."""
    text = "The plan is out. Ana Ruiz praised it."
    (tmp_path / "gum").mkdir()
    source = {"text": text, "sentences": [{"start": 0, "end": 16}, {"start": 17, "end": 37}]}
    (tmp_path / "gum" / "train.jsonl").write_text(json.dumps(source) + "\n")
    note = {
        "line": 0,
        "digest": datasets.text_digest(text),
        "entities": {"p1": ["PERSON", "Ana Ruiz"], "i1": ["ISSUE", "plan"]},
        "mentions": [["i1", 0, 8], ["p1", 17, 25], ["i1", 34, 36]],
        "stances": [["p1", "i1", "supportive", 1]],
    }
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "gum.jsonl").write_text(json.dumps(note) + "\n")
    monkeypatch.setattr(datasets, "SENTENCES", tmp_path / "notes")
    return tmp_path


def test_read_sentences_joins_text_and_annotation(annotated: Path) -> None:
    (record,) = datasets.read_sentences(annotated)
    assert record["id"] == "gum-0"
    assert [(record["text"][m["start"] : m["end"]], m["sentence"]) for m in record["mentions"]] == [
        ("The plan", 0),
        ("Ana Ruiz", 1),
        ("it", 1),
    ]
    assert record["stances"] == [{"actor": "p1", "target": "i1", "attitude": "supportive", "sentence": 1}]


def test_a_source_without_sentences_is_one() -> None:
    assert datasets.sentence_spans({"text": "Ana praised it."}) == [{"start": 0, "end": 15}]


@pytest.mark.parametrize("content", [json.dumps({"text": "Ana Ruiz damned it."}) + "\n", ""], ids=["another text", "fewer lines"])
def test_read_sentences_refuses_another_version_of_the_text(annotated: Path, content: str) -> None:
    (annotated / "gum" / "train.jsonl").write_text(content)
    with pytest.raises(datasets.DataMissing, match=r"of another version than was annotated: line 0 \(from 0\) differs"):
        datasets.read_sentences(annotated)


def test_mask_words_takes_whole_words_and_labels_them() -> None:
    window = example([0] * 8).window
    window.ids[0], window.ids[-1] = 101, 102
    window.opens_word[3] = window.opens_word[4] = False  # tokens 2 to 4 are one word
    ids, labels = mask_words([window], pad([window]), np.random.default_rng(0), MASK, 30_000)
    chosen = labels[0] != IGNORED
    assert labels[0][chosen].tolist() == window.ids[chosen].tolist()
    assert ids[0][~chosen].tolist() == window.ids[~chosen].tolist()
    assert not chosen[[0, -1]].any()
    assert chosen.any()
    assert chosen[2] == chosen[3] == chosen[4]


def test_mean_of_two_networks() -> None:
    these = {"w": torch.tensor([1.0, -2.0]), "n": torch.tensor([3])}
    those = {"w": torch.tensor([2.0, 4.0]).half(), "n": torch.tensor([9])}
    found = mean_of(these, those)
    assert {name: (value.tolist(), value.dtype) for name, value in found.items()} == {
        "w": ([1.5, 1.0], torch.float32),
        "n": ([3], torch.int64),
    }
