"""What the stages hand to one another: frozen records, no behaviour that needs a model.

Every offset is half-open [start, end), in characters (code points) of the article's text.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from model.labels import EntityType, Side, ToneLabel


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open [start, end), in characters of the article's text, not of the sentence."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span must have 0 <= start < end, not [{self.start}, {self.end})")


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it came in. `text` is never changed after decoding, so that offsets hold for the caller.

    `published_at` is ISO 8601 in UTC ("2025-06-24T00:00:00Z"). `title_span` marks a title that stands inside `text`
    (a .txt file's first line): it is not read as a sentence.
    """

    id: str
    text: str
    title: str | None = None
    published_at: str | None = None
    source: str | None = None
    url: str | None = None
    language: str | None = None
    title_span: Span | None = None
    warnings: tuple[str, ...] = ()


class RejectedInput(ValueError):  # noqa: N818  the contract's word: rejected input is a result, not a malfunction
    """Input that can never become a reading, whatever is retried.

    `reason` is one stable lower-case word for machines ("empty", "binary", "too-large", "bad-json", ...); `detail` tells a
    person what is wrong and where, without quoting the article.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Mention:
    """A span that refers to an entity. `sentence` is the index of the sentence that holds it; `score` is in [0, 1]."""

    span: Span
    text: str
    type: EntityType
    sentence: int
    score: float


@dataclass(frozen=True, slots=True)
class Tone:
    """How the article itself writes about an entity."""

    polarity: float
    label: ToneLabel
    confidence: float


@dataclass(frozen=True, slots=True)
class Entity:
    """What mentions refer to, in the order of first mention. `tone` is None where no sentence could be judged."""

    id: str
    name: str
    type: EntityType
    mentions: tuple[Mention, ...]
    external_id: str | None = None
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that shows a stance, with the label that this sentence alone gives it."""

    span: Span
    attitude: str
    side: Side
    confidence: float


@dataclass(frozen=True, slots=True)
class Stance:
    """One actor's attitude toward one target over the article; `actor` and `target` are entity ids."""

    actor: str
    target: str
    attitude: str
    side: Side
    polarity: float
    confidence: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model read: `revision` is "sha256:" and the digest of the weights and thresholds."""

    name: str
    revision: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one model revision reads in one article."""

    article: Article
    model: ModelInfo
    sentences: tuple[Span, ...]
    entities: tuple[Entity, ...]
    stances: tuple[Stance, ...]
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class PairInput:
    """A given pair to judge: who (`actor`) stands where toward what (`target`) in `text`.

    A Span is in characters of `text`. A string is a name: it is looked for in `text`, and need not stand there. An actor of
    None asks for the text's own tone toward the target. `context` is the text before `text`.
    """

    text: str
    target: Span | str
    actor: Span | str | None = None
    context: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Probabilities for one pair: `sides` over labels.SIDES, `attitudes` over labels.ATTITUDES, each summing to 1."""

    side: Side
    attitude: str
    polarity: float
    sides: dict[Side, float]
    attitudes: dict[str, float]
