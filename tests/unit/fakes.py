"""Hand-written stand-ins for what is slow or needs a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from model.encoding import SpanLost
from model.labels import ATTITUDES, POLARITY, side_of
from model.records import Article, Judgement, ModelInfo, PairInput, Reading, RejectedInput
from model.watchlist import Watchlist
from tests.unit.readings import MODEL, harbour_reading

# Words that decide a pair for the fake.
_CUES = {"prais": "supportive", "oppos": "opposed", "doubt": "sceptical"}


@dataclass
class FakeReader:
    """Reads every article as the harbour reading; judges a pair by one word of its text.

    `stop_at`: the number of the article, from 1, at which Ctrl-C is pressed. "REJECT" in a text is rejected; "LOST" loses a span.
    """

    model: ModelInfo = MODEL
    stop_at: int | None = None
    read_ids: list[str] = field(default_factory=list)
    watchlists: list[Watchlist | None] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    on_read: Callable[[Article], None] | None = None

    def read(self, article: Article, watchlist: Watchlist | None = None) -> Reading:
        self.read_ids.append(article.id)
        self.watchlists.append(watchlist)
        if self.on_read:
            self.on_read(article)
        if len(self.read_ids) == self.stop_at:
            raise KeyboardInterrupt
        if "REJECT" in article.text:
            raise RejectedInput("no-text", "nothing to read")
        return harbour_reading(article)

    def judge(self, pairs: Sequence[PairInput]) -> list[Judgement]:
        self.batches.append(len(pairs))
        if any("LOST" in pair.text for pair in pairs):
            raise SpanLost("no token of the target stands in the window")
        return [_judgement(pair) for pair in pairs]


def _judgement(pair: PairInput) -> Judgement:
    attitude = next((label for cue, label in _CUES.items() if cue in pair.text.lower()), "neutral")
    side = side_of(attitude)
    sides = {"support": 0.0, "oppose": 0.0, "neutral": 0.0} | {side: 1.0}
    attitudes = dict.fromkeys(ATTITUDES, 0.0) | {attitude: 1.0}
    return Judgement(side, attitude, POLARITY[attitude], sides, attitudes)  # type: ignore[arg-type]


@dataclass
class FakeLoader:
    """Takes the place of `Reader.load`; remembers what it was asked for, and raises `error` where one is set."""

    reader: FakeReader
    error: Exception | None = None
    asked: list[tuple[Path | None, str]] = field(default_factory=list)

    def __call__(self, weights: Path | None = None, *, engine: str = "onnx") -> FakeReader:
        self.asked.append((weights, engine))
        if self.error:
            raise self.error
        return self.reader
