"""Discourse networks against small cases reckoned by hand."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.explore.networks import KINDS, Kind, Network, Normalisation, one_mode, two_mode


class Tie(NamedTuple):
    actor: str
    target: str
    support: int
    oppose: int


# Ann: +x +y −z. Ben: +x −y −z. Cem: −x, and both on w. Dee: neutral only.
TIES = [
    Tie("ann", "x", 2, 0),
    Tie("ann", "y", 1, 0),
    Tie("ann", "z", 0, 1),
    Tie("ben", "x", 1, 0),
    Tie("ben", "y", 0, 3),
    Tie("ben", "z", 0, 1),
    Tie("cem", "x", 0, 1),
    Tie("cem", "w", 1, 1),
    Tie("dee", "x", 0, 0),
]


def weights(network: Network) -> dict[str, float]:
    return {f"{edge.a.split(':')[1]}-{edge.b.split(':')[1]}": edge.weight for edge in network.edges}


@pytest.mark.parametrize(
    ("kind", "normalisation", "expected"),
    [
        ("congruence", "no", {"ann-ben": 2}),  # +x, −z
        ("conflict", "no", {"ann-ben": 1, "ann-cem": 1, "ben-cem": 1}),  # y; x; x
        ("subtract", "no", {"ann-ben": 1, "ann-cem": -1, "ben-cem": -1}),
        ("congruence", "average", {"ann-ben": 0.666667}),  # 2 / ((3 + 3) / 2)
        ("congruence", "jaccard", {"ann-ben": 0.5}),  # 2 / (3 + 3 − 2)
        ("congruence", "cosine", {"ann-ben": 0.666667}),  # 2 / √9
        ("conflict", "average", {"ann-ben": 0.333333, "ann-cem": 0.333333, "ben-cem": 0.333333}),
        ("conflict", "jaccard", {"ann-ben": 0.2, "ann-cem": 0.2, "ben-cem": 0.2}),  # 1 / (3 + 3 − 1)
        ("subtract", "jaccard", {"ann-ben": 0.3, "ann-cem": -0.2, "ben-cem": -0.2}),  # 2/4 − 1/5
    ],
)
def test_actors(kind: Kind, normalisation: Normalisation, expected: dict[str, float]) -> None:
    assert weights(one_mode(TIES, {}, kind=kind, normalisation=normalisation)) == expected


def test_targets_by_the_actors_that_they_share() -> None:
    # x: +ann +ben −cem. y: +ann −ben. z: −ann −ben. w: ±cem.
    assert weights(one_mode(TIES, {}, kind="congruence", role="target")) == {"x-y": 1, "y-z": 1, "w-x": 1}
    assert weights(one_mode(TIES, {}, kind="conflict", role="target")) == {"x-y": 1, "x-z": 2, "y-z": 1, "w-x": 1}


def test_two_modes() -> None:
    network = two_mode(TIES, {})
    assert weights(network) == {
        "ann-x": 2,
        "ann-y": 1,
        "ann-z": -1,
        "ben-x": 1,
        "ben-y": -3,
        "ben-z": -1,
        "cem-w": 0,
        "cem-x": -1,
    }
    assert [(node.key, node.stances) for node in network.nodes] == [
        ("actor:ann", 4),
        ("actor:ben", 5),
        ("actor:cem", 3),
        ("target:w", 2),
        ("target:x", 4),
        ("target:y", 4),
        ("target:z", 2),
    ]


def test_who_takes_no_side_is_not_there() -> None:
    assert "actor:dee" not in {node.key for node in one_mode(TIES, {}, kind="congruence").nodes}
    assert one_mode([], {}, kind="conflict") == Network((), ())


ties = st.lists(st.builds(Tie, st.sampled_from("abcd"), st.sampled_from("wxyz"), st.integers(0, 2), st.integers(0, 2)), max_size=16)


def once(found: Iterable[Tie]) -> list[Tie]:
    return list({(tie.actor, tie.target): tie for tie in found}.values())


@given(ties, st.sampled_from(["no", "average", "jaccard", "cosine"]))
def test_subtract_is_congruence_less_conflict(found: list[Tie], normalisation: Normalisation) -> None:
    by_kind = {kind: weights(one_mode(once(found), {}, kind=kind, normalisation=normalisation)) for kind in KINDS}
    for a, b in product("abcd", "abcd"):
        pair = f"{a}-{b}"
        difference = by_kind["congruence"].get(pair, 0) - by_kind["conflict"].get(pair, 0)
        assert by_kind["subtract"].get(pair, 0) == pytest.approx(difference, abs=2e-6)


@given(ties)
def test_normalised_weights_are_shares(found: list[Tie]) -> None:
    for kind, normalisation in product(("congruence", "conflict"), ("average", "jaccard", "cosine")):
        assert all(0 < w <= 1 for w in weights(one_mode(once(found), {}, kind=kind, normalisation=normalisation)).values())  # type: ignore[arg-type]
