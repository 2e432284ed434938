"""What the API answers: the shapes that its OpenAPI document shows, made from the records of model.explore."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from model.explore.archive import ArticleRow, Cell, EntityRow, Named, Role
from model.explore.records import StanceRow
from model.explore.shifts import Shift as ShiftRow

Side = Literal["support", "oppose", "neutral"]
Attitude = Literal[
    "supportive",
    "conciliatory",
    "neutral",
    "ambivalent",
    "concerned",
    "demanding",
    "sceptical",
    "critical",
    "opposed",
    "defiant",
    "threatening",
]
Truncated = Field(description="Whether the period has more articles than were counted.")
Cursor = Field(description="Pass it as `cursor` for what follows; null after the last.")


class Answer(BaseModel):
    """What all answers have in common."""

    model_config = ConfigDict(extra="forbid")


class Entity(Answer):
    """An actor or a target."""

    id: str
    name: str
    type: str | None = Field(description="PERSON, ORG, COUNTRY, GROUP or ISSUE; null where the store does not know it.")

    @classmethod
    def of(cls, named: Named) -> Entity:
        return cls(id=named.id, name=named.name, type=named.type)


class Evidence(Answer):
    """A sentence that shows a stance; `start` and `end` are characters (code points) of the article's text, half-open."""

    start: int
    end: int
    text: str
    attitude: Attitude
    side: Side
    confidence: float


class Stance(Answer):
    """An actor's attitude toward a target in one article."""

    article_id: str
    title: str | None
    source: str | None
    published_at: str | None
    actor: Entity
    target: Entity
    attitude: Attitude
    side: Side
    polarity: float = Field(ge=-1, le=1)
    confidence: float = Field(ge=0, le=1)
    evidence: list[Evidence]

    @classmethod
    def of(cls, row: StanceRow) -> Stance:
        return cls.model_validate(
            {
                "article_id": row.article_id,
                "title": row.title,
                "source": row.publisher,
                "published_at": row.published_at,
                "actor": {"id": row.actor, "name": row.actor_name, "type": row.actor_type},
                "target": {"id": row.target, "name": row.target_name, "type": row.target_type},
                "attitude": row.attitude,
                "side": row.side,
                "polarity": row.polarity,
                "confidence": row.confidence,
                "evidence": [
                    {"start": e.start, "end": e.end, "text": e.text, "attitude": e.attitude, "side": e.side, "confidence": e.confidence}
                    for e in row.evidence
                ],
            }
        )


class Sides(Answer):
    support: int
    oppose: int
    neutral: int


class Article(Answer):
    """An article in a list; its reading is at /articles/{article_id}."""

    article_id: str
    title: str | None
    source: str | None
    published_at: str | None
    language: str | None
    stances: int
    sides: Sides

    @classmethod
    def of(cls, row: ArticleRow) -> Article:
        return cls(
            article_id=row.article_id,
            title=row.title,
            source=row.source,
            published_at=row.published_at,
            language=row.language,
            stances=row.stances,
            sides=Sides(support=row.support, oppose=row.oppose, neutral=row.neutral),
        )


class Counted(Entity):
    """An actor, or a target, over all articles that count."""

    stances: int
    articles: int
    support: int
    oppose: int
    neutral: int
    polarity: float = Field(description="Mean, weighted by confidence.")
    first: str | None
    last: str | None

    @classmethod
    def row(cls, row: EntityRow) -> Counted:
        return cls(
            **Entity.of(row.entity).model_dump(),
            stances=row.stances,
            articles=row.articles,
            support=row.support,
            oppose=row.oppose,
            neutral=row.neutral,
            polarity=row.polarity,
            first=row.first,
            last=row.last,
        )


class MatrixCell(Answer):
    """What an actor said of a target over all articles that count."""

    actor: str
    target: str
    stances: int
    articles: int
    evidence: int
    support: int
    oppose: int
    neutral: int
    polarity: float
    confidence: float
    attitude: Attitude = Field(description="The most frequent.")

    @classmethod
    def of(cls, cell: Cell) -> MatrixCell:
        return cls.model_validate({name: getattr(cell, name) for name in cls.model_fields})


class Shift(Answer):
    """Where a pair's attitude changes: at point `index`."""

    at: str | None
    index: int
    from_attitude: Attitude
    to_attitude: Attitude
    from_side: Side
    to_side: Side

    @classmethod
    def of(cls, shift: ShiftRow) -> Shift:
        return cls.model_validate({name: getattr(shift, name) for name in cls.model_fields})


class Articles(Answer):
    articles: list[Article]
    next: str | None = Cursor


class Actors(Answer):
    actors: list[Counted]
    next: str | None = Cursor
    truncated: bool = Truncated


class Targets(Answer):
    targets: list[Counted]
    next: str | None = Cursor
    truncated: bool = Truncated


class ActorStances(Answer):
    actor: Entity
    stances: list[Stance]
    next: str | None = Cursor


class TargetStances(Answer):
    target: Entity
    stances: list[Stance]
    next: str | None = Cursor


class Pair(Answer):
    """A pair's stances, oldest first, and where they change."""

    actor: Entity
    target: Entity
    points: list[Stance]
    shifts: list[Shift]
    next: str | None = Cursor


class Matrix(Answer):
    actors: list[Entity]
    targets: list[Entity]
    cells: list[MatrixCell]
    articles: int
    truncated: bool = Truncated


class Node(Entity):
    mode: Role
    stances: int


class Edge(Answer):
    a: str
    b: str
    weight: float


class Network(Answer):
    """A discourse network: undirected, its edges between ids of nodes."""

    nodes: list[Node]
    edges: list[Edge]
    truncated: bool = Truncated


class FoundEntity(Entity):
    roles: list[Role]


class FoundArticle(Answer):
    article_id: str
    title: str | None
    source: str | None
    published_at: str | None


class Found(Answer):
    entities: list[FoundEntity]
    articles: list[FoundArticle]


class Health(Answer):
    status: Literal["ok"]
    store: str


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
