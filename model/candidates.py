"""Which pairs of a sentence are put to the classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from model.labels import ACTOR_TYPES


def candidates(here: Sequence[str], before: Sequence[str], types: Mapping[str, str], *, quoted: bool) -> list[tuple[str, str]]:
    """Ordered (actor, target) pairs of entity ids, without repetition.

    `here` are the entities that the sentence mentions, `before` those of the sentences before it that the encoder sees. The target is
    always one of `here`. An actor from `before` comes in only where the sentence begins inside quotation marks: he is its speaker, and the
    sentence need not name him (guidelines: "a speaker two sentences back").
    """
    actors = [e for e in here if types[e] in ACTOR_TYPES]
    if quoted:
        actors += [e for e in before if types[e] in ACTOR_TYPES and e not in here]
    return [(actor, target) for actor in actors for target in here if actor != target]
