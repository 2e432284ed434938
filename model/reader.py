"""One article through every stage, from text to reading: the table of contents of the package."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from model.records import Article, ModelInfo, Reading


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
