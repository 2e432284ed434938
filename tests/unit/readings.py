"""Readings made by hand, for tests that must not need a model."""

from __future__ import annotations

from model.records import Article, Entity, Evidence, Mention, ModelInfo, Reading, Span, Stance, Tone

MODEL = ModelInfo(name="standpoint-minilm", revision="sha256:0f1e2d")
TEXT = "Mayor Ida Holm praised the harbour plan. Unions oppose the harbour plan and call it a sell-out."
ARTICLE = Article(
    id="harbour",
    text=TEXT,
    title="Harbour plan divides the town",
    published_at="2025-06-24T00:00:00Z",
    source="Varn Daily",
    language="en",
)


def evidence(attitude: str, side: str, start: int, end: int, confidence: float) -> Evidence:
    return Evidence(Span(start, end), attitude, side, confidence)  # type: ignore[arg-type]


def harbour_reading(article: Article = ARTICLE) -> Reading:
    """Holm supports the plan (first sentence), unions oppose it (second)."""
    return Reading(
        article=article,
        model=MODEL,
        sentences=(Span(0, 40), Span(41, 95)),
        entities=(
            Entity(
                "ida-holm",
                "Ida Holm",
                "PERSON",
                (Mention(Span(0, 14), "Mayor Ida Holm", "PERSON", 0, 0.9),),
                tone=Tone(0.2, "neutral", 0.71234),
            ),
            Entity(
                "harbour-plan", "harbour plan", "ISSUE", (Mention(Span(27, 39), "harbour plan", "ISSUE", 0, 0.9),), external_id="issue-7"
            ),
            Entity("unions", "Unions", "GROUP", (Mention(Span(41, 47), "Unions", "GROUP", 1, 0.9),)),
        ),
        stances=(
            Stance("ida-holm", "harbour-plan", "supportive", "support", 1.0, 0.91, (evidence("supportive", "support", 0, 40, 0.91),)),
            Stance("unions", "harbour-plan", "opposed", "oppose", -0.8, 0.62, (evidence("opposed", "oppose", 41, 95, 0.62),)),
        ),
        warnings=(),
    )
