"""One article through every stage, from text to reading: the table of contents of the package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from model.records import Article, Judgement, ModelInfo, PairInput, Reading


class Reader:
    """A loaded model. Make one per process with `Reader.load`; `read` is pure and may be called for ever."""

    model: ModelInfo

    @classmethod
    def load(cls, weights: Path | None = None, *, engine: str = "onnx") -> Self:
        """Load the weights (those of the package by default). Raises ModelUnusable where they are missing or corrupt."""
        raise NotImplementedError

    def read(self, article: Article) -> Reading:
        """Read one article. The same article gives the same reading."""
        raise NotImplementedError

    def judge(self, pairs: Sequence[PairInput]) -> list[Judgement]:
        """Judge given pairs; one judgement each, in order. Raises SpanLost where truncation would cut an actor or target off."""
        raise NotImplementedError
