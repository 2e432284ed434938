"""Discourse networks, as Discourse Network Analyzer draws them, from the stances of actors toward targets.

Who takes a side on what is a two-mode network. Projected on one mode it says with whom: two actors are *congruent* where they take
the same side on a target, in *conflict* where they take opposite ones (Leifeld 2017, "Discourse Network Analysis: Policy Debates as
Dynamic Networks", Oxford Handbook of Political Networks, ch. 12; Leifeld, Gruber and Bossner 2019, DNA manual 2.0, "Network export").
The sets are binary: that an actor opposes a target twice is one tie. `neutral` is no side, so that it ties nobody.

With S and O the targets that an actor supports and opposes, n = |S| + |O| his activity, and i, j two actors:

    congruence  c = |S_i ∩ S_j| + |O_i ∩ O_j|
    conflict    x = |S_i ∩ O_j| + |O_i ∩ S_j|
    subtract    c − x

    normalisation   no        w
                    average   w / ((n_i + n_j) / 2)     average activity
                    jaccard   w / (n_i + n_j − w)       of what either says, the share that ties them
                    cosine    w / √(n_i · n_j)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from typing import Final, Literal, Protocol, get_args

from model.explore.archive import Named, Role

Kind = Literal["congruence", "conflict", "subtract"]
Normalisation = Literal["no", "average", "jaccard", "cosine"]
Mode = Literal["actors", "targets", "two-mode"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_NORMALISED: Final[dict[Normalisation, Callable[[float, int, int], float]]] = {
    "no": lambda w, _i, _j: w,
    "average": lambda w, i, j: 2 * w / (i + j),
    "jaccard": lambda w, i, j: w / (i + j - w),
    "cosine": lambda w, i, j: w / sqrt(i * j),
}


class Tie(Protocol):
    """What an actor says of a target: an archive's Cell, or anything like it. Counts of stances by side."""

    @property
    def actor(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def support(self) -> int: ...
    @property
    def oppose(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Node:
    """`stances`: how many that take a side. In a two-mode network one entity may be two nodes, an actor and a target."""

    entity: Named
    mode: Role
    stances: int

    @property
    def key(self) -> str:
        return f"{self.mode}:{self.entity.id}"


@dataclass(frozen=True, slots=True)
class Edge:
    """Undirected, between keys of nodes; in a one-mode network a < b, in a two-mode one a is the actor."""

    a: str
    b: str
    weight: float


@dataclass(frozen=True, slots=True)
class Network:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def two_mode(ties: Iterable[Tie], names: Mapping[str, Named]) -> Network:
    """Actors by targets. Weight: stances that support less those that oppose; a tie of as many of both has weight 0."""
    ties = [tie for tie in ties if tie.support or tie.oppose]
    edges = tuple(
        Edge(f"actor:{tie.actor}", f"target:{tie.target}", float(tie.support - tie.oppose))
        for tie in sorted(ties, key=lambda t: (t.actor, t.target))
    )
    return Network((*_nodes(ties, "actor", names), *_nodes(ties, "target", names)), edges)


def one_mode(
    ties: Iterable[Tie], names: Mapping[str, Named], *, kind: Kind, normalisation: Normalisation = "no", role: Role = "actor"
) -> Network:
    """Actors by actors over the targets that both take a side on; `role` "target": targets by targets over their actors."""
    ties = [tie for tie in ties if tie.support or tie.oppose]
    sides: defaultdict[str, set[tuple[str, bool]]] = defaultdict(set)
    for tie in ties:
        mine, other = (tie.actor, tie.target) if role == "actor" else (tie.target, tie.actor)
        sides[mine] |= {(other, supports) for supports, n in ((True, tie.support), (False, tie.oppose)) if n}
    edges = []
    for a, b in combinations(sorted(sides), 2):
        weight = _weight(sides[a], sides[b], kind, _NORMALISED[normalisation])
        if weight:
            edges.append(Edge(f"{role}:{a}", f"{role}:{b}", round(float(weight), 6)))
    return Network(tuple(_nodes(ties, role, names)), tuple(edges))


def _weight(
    mine: set[tuple[str, bool]], others: set[tuple[str, bool]], kind: Kind, normalised: Callable[[float, int, int], float]
) -> float:
    opposite = {(entity, not supports) for entity, supports in others}
    congruence = normalised(len(mine & others), len(mine), len(others))
    conflict = normalised(len(mine & opposite), len(mine), len(others))
    return {"congruence": congruence, "conflict": conflict, "subtract": congruence - conflict}[kind]


def _nodes(ties: Iterable[Tie], role: Role, names: Mapping[str, Named]) -> list[Node]:
    stances: defaultdict[str, int] = defaultdict(int)
    for tie in ties:
        stances[tie.actor if role == "actor" else tie.target] += tie.support + tie.oppose
    return [Node(names.get(key) or Named(key, key, None), role, n) for key, n in sorted(stances.items())]
