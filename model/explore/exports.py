"""Stances in the forms that other tools read: tables of sentences, statements for Discourse Network Analyzer, networks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from model.explore.archive import Cell, Filters, Named
from model.explore.counting import Link, count_cells
from model.explore.networks import Kind, Mode, Network, Normalisation, one_mode, two_mode
from model.explore.records import StanceRow
from model.labels import POLARITY

if TYPE_CHECKING:
    import networkx
    import pyarrow

Value = str | int | float | None
Per = Literal["article", "day", "week", "month", "source"]
Width = Literal["day", "week", "month", "year"]
ROW_GROUP = 50_000  # rows held at a time for Parquet

SENTENCES: Final = (
    "article_id",
    "published_at",
    "source",
    "title",
    "actor",
    "actor_name",
    "actor_type",
    "target",
    "target_name",
    "target_type",
    "stance_attitude",
    "stance_side",
    "stance_polarity",
    "stance_confidence",
    "attitude",
    "side",
    "polarity",
    "confidence",
    "sentence",
    "start",
    "end",
)
STATEMENTS: Final = (
    "statement_id",
    "time",
    "document_id",
    "document_title",
    "document_source",
    "start",
    "stop",
    "text",
    "person",
    "organization",
    "concept",
    "agreement",
    "attitude",
    "confidence",
)
EDGES: Final = ("window", "source", "target", "source_name", "target_name", "weight")
_NUMBERS: Final = {"stance_polarity", "stance_confidence", "polarity", "confidence"}
_COUNTS: Final = {"start", "end"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which stances: those that pass the filters, of these actors and targets (empty: of all), each once per `per` (None: as they are)."""

    filters: Filters = field(default_factory=Filters)
    actors: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    per: Per | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """Which network. `mode` "two-mode" has neither kind nor normalisation."""

    mode: Mode = "actors"
    kind: Kind = "congruence"
    normalisation: Normalisation = "no"
    window: Width | None = None


def chosen(rows: Iterable[StanceRow], wanted: Wanted) -> Iterator[StanceRow]:
    """The stances wanted, in their order. Of those that are counted once, the first is kept: same actor, target and side."""
    seen: set[tuple[str | None, ...]] = set()
    filters = wanted.filters
    for row in rows:
        moment = row.published_at or ""
        if not filters.pass_labels(row.attitude, row.side, row.confidence, row.publisher):
            continue
        if (filters.since and moment < filters.since) or (filters.until and not "" < moment < filters.until):
            continue
        if (wanted.actors and row.actor not in wanted.actors) or (wanted.targets and row.target not in wanted.targets):
            continue
        if wanted.per:
            key = (_unit(row, wanted.per), row.actor, row.target, row.side)
            if key in seen:
                continue
            seen.add(key)
        yield row


def period(moment: str | None, width: Width) -> str:
    """The window that a time falls in: "2025-06-24", "2025-W26" (ISO 8601 weeks), "2025-06", "2025"; "" without a time."""
    if not moment:
        return ""
    if width == "week":
        year, week, _ = date.fromisoformat(moment[:10]).isocalendar()
        return f"{year}-W{week:02d}"
    return moment[: {"day": 10, "month": 7, "year": 4}[width]]


def sentences(rows: Iterable[StanceRow]) -> Iterator[tuple[Value, ...]]:
    """Rows in the order of SENTENCES: one a stance and sentence that shows it."""
    for row in rows:
        about = (row.article_id, row.published_at, row.publisher, row.title)
        ends = (row.actor, row.actor_name, row.actor_type, row.target, row.target_name, row.target_type)
        stance = (row.attitude, row.side, row.polarity, row.confidence)
        for e in row.evidence:
            yield (*about, *ends, *stance, e.attitude, e.side, POLARITY[e.attitude], e.confidence, e.text, e.start, e.end)


def statements(rows: Iterable[StanceRow]) -> Iterator[tuple[Value, ...]]:
    """Rows in the order of STATEMENTS, as DNA's statement table has them: a sentence in which an actor takes a side on a concept.

    A target is the concept, `agreement` 1 or 0; neutral sentences are no statements. Only a PERSON is a person; other actors stand as
    organizations. Times are of publication.
    """
    number = 0
    for row in rows:
        person, organization = (row.actor_name, None) if row.actor_type == "PERSON" else (None, row.actor_name)
        for e in row.evidence:
            if e.side != "neutral":
                number += 1
                document = (number, row.published_at, row.article_id, row.title, row.publisher)
                yield (
                    *document,
                    e.start,
                    e.end,
                    e.text,
                    person,
                    organization,
                    row.target_name,
                    int(e.side == "support"),
                    e.attitude,
                    e.confidence,
                )


def networks(rows: Iterable[StanceRow], drawing: Drawing) -> dict[str, Network]:
    """A network by window, in order of time; without windows there is one, "". What has no time is in no window."""
    links: defaultdict[str, list[Link]] = defaultdict(list)
    names: dict[str, Named] = {}
    for row in rows:
        key = period(row.published_at, drawing.window) if drawing.window else ""
        if drawing.window and not key:
            continue
        actor, target = Named(row.actor, row.actor_name, row.actor_type), Named(row.target, row.target_name, row.target_type)
        names |= {actor.id: actor, target.id: target}
        links[key].append(Link(row.article_id, row.published_at or "", actor, target, row.attitude, row.confidence, len(row.evidence)))
    return {key: draw(count_cells(links[key]), names, drawing) for key in sorted(links)}


def draw(cells: Sequence[Cell], names: dict[str, Named], drawing: Drawing) -> Network:
    """One network of counted pairs."""
    if drawing.mode == "two-mode":
        return two_mode(cells, names)
    role: Literal["actor", "target"] = "actor" if drawing.mode == "actors" else "target"
    return one_mode(cells, names, kind=drawing.kind, normalisation=drawing.normalisation, role=role)


def edges(found: dict[str, Network]) -> Iterator[tuple[Value, ...]]:
    """Rows in the order of EDGES."""
    for window, network in found.items():
        names = {node.key: node.entity.name for node in network.nodes}
        for edge in network.edges:
            yield window, edge.a, edge.b, names[edge.a], names[edge.b], edge.weight


def to_networkx(network: Network) -> networkx.Graph[str]:
    """Nodes by key, with label, type, mode ("actor" or "target") and stances; `bipartite` is 0 for actors. Needs networkx."""
    import networkx as nx  # noqa: PLC0415  an extra

    graph: networkx.Graph[str] = nx.Graph()
    for node in network.nodes:
        about = {"label": node.entity.name, "type": node.entity.type or "", "mode": node.mode, "stances": node.stances}
        graph.add_node(node.key, **about, bipartite=int(node.mode == "target"))
    for edge in network.edges:
        graph.add_edge(edge.a, edge.b, weight=edge.weight)
    return graph


def graphml(network: Network) -> bytes:
    """GraphML, as Gephi, igraph and networkx read it. Needs networkx."""
    import networkx as nx  # noqa: PLC0415  an extra

    out = BytesIO()
    nx.write_graphml(to_networkx(network), out)
    return out.getvalue()


def write_parquet(rows: Iterable[tuple[Value, ...]], path: Path) -> int:
    """SENTENCES as Parquet, a part at a time. Returns the number of rows. Needs pyarrow."""
    import pyarrow as pa  # noqa: PLC0415  an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    kinds = {name: pa.float64() if name in _NUMBERS else pa.int64() if name in _COUNTS else pa.string() for name in SENTENCES}
    schema: pyarrow.Schema = pa.schema(list(kinds.items()))
    count = 0
    with pq.ParquetWriter(path, schema) as writer:
        for part in _parts(rows):
            columns = [list(column) for column in zip(*part, strict=True)]
            writer.write_table(pa.table(columns, schema=schema))
            count += len(part)
    return count


def _parts(rows: Iterable[tuple[Value, ...]]) -> Iterator[list[tuple[Value, ...]]]:
    part: list[tuple[Value, ...]] = []
    for row in rows:
        part.append(row)
        if len(part) == ROW_GROUP:
            yield part
            part = []
    if part:
        yield part


def _unit(row: StanceRow, per: Per) -> str | None:
    if per == "article":
        return row.article_id
    if per == "source":
        return row.publisher
    return period(row.published_at, per)
