"""The validation sets, and all figures of the network on them that need no whole reading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from model.engine import Engine
from model.judging import AS_TRAINED, Calibration
from model.labels import ATTITUDES
from model.train import metrics
from model.train.datasets import Directed, corpus_document, dse_examples, newsmtsc_examples, read_corpus, read_dse
from model.train.examples import DocumentExample, PairExample


@dataclass(frozen=True, slots=True)
class Gold:
    """Validation data as examples; `dse` stands twice a sentence, p to q then q to p."""

    sentences: list[Directed]
    dse: list[PairExample]
    newsmtsc: dict[str, list[PairExample]]
    corpus: list[DocumentExample]

    @classmethod
    def load(cls, data: Path, tokenizer: Tokenizer) -> Gold:
        """Raises DataMissing where a set is not in `data`."""
        sentences = read_dse(data / "dse", "valid")
        newsmtsc = {name: newsmtsc_examples(data / "newsmtsc" / f"{name}_dev.jsonl", tokenizer) for name in ("rw", "mt")}
        return cls(sentences, dse_examples(sentences, tokenizer), newsmtsc, [corpus_document(r, tokenizer) for r in read_corpus("dev")])


def figures(engine: Engine, gold: Gold, *, max_span: int, calibration: Calibration = AS_TRAINED) -> dict[str, float]:
    """Every figure by name."""
    dse = metrics.probabilities(engine, gold.dse, calibration).attitudes
    found = {**metrics.expert_dse(dse, gold.sentences), **metrics.crowd_dse(dse, gold.sentences)}
    for name, examples in gold.newsmtsc.items():
        found[f"newsmtsc_{name}_macro_f1"] = metrics.tone(metrics.probabilities(engine, examples).tones, examples)
    pairs = [pair for d in gold.corpus for _, pair in d.pairs]
    labels = [ATTITUDES[int(np.argmax(pair.allowed))] for pair in pairs if pair.allowed is not None]
    found |= metrics.given_pairs(metrics.probabilities(engine, pairs, calibration).attitudes, labels)
    return found | metrics.marking(engine, gold.corpus, max_span)
