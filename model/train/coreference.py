"""Coreference by itself: gold mentions in, how well they are put together out.

MUC (Vilain et al. 1995), B³ (Bagga and Baldwin 1998), CEAF with the entity similarity φ4 (Luo 2005), and the mean of their F1, by which
CoNLL-2012 ranked systems (Pradhan et al. 2012). As there, entities of one mention do not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment

from model.quotes import quoted
from model.reader import Reader
from model.resolve import resolve
from model.train.probes import gold_mentions

M = TypeVar("M", bound=Hashable)
Clusters = Sequence[Collection[M]]
Counts = tuple[float, float]  # of a ratio: above and below the line


def conll(documents: Iterable[tuple[Clusters[M], Clusters[M]]]) -> dict[str, float]:
    """F1 by each measure over documents of (gold, found) clusters, and `conll`, their mean."""
    sums: dict[str, list[Counts]] = defaultdict(lambda: [(0.0, 0.0), (0.0, 0.0)])
    for gold, found in documents:
        key, mine = ([set(c) for c in clusters if len(c) > 1] for clusters in (gold, found))
        for name, measure in (("muc", _muc), ("b3", _b3)):
            for side, counts in enumerate((measure(key, mine), measure(mine, key))):
                sums[name][side] = (sums[name][side][0] + counts[0], sums[name][side][1] + counts[1])
        alike = _alike(key, mine)
        for side, clusters in enumerate((key, mine)):
            sums["ceaf_e"][side] = (sums["ceaf_e"][side][0] + alike, sums["ceaf_e"][side][1] + len(clusters))
    scores = {name: _f1(*(above / below if below else 0.0 for above, below in sides)) for name, sides in sums.items()}
    return {**scores, "conll": sum(scores.values()) / 3 if scores else 0.0}


def resolved(reader: Reader, records: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """`conll` of the reader's resolution on records whose mentions are given."""
    return conll(_clusters(reader, record) for record in records)


def of_gum(record: Mapping[str, Any]) -> dict[str, Any]:
    """A document of GUM as a record of the corpus: places as countries, all that is neither person nor organisation as issues."""
    kinds = {"person": "PERSON", "organization": "ORG", "place": "COUNTRY"}
    entities = {m["entity"]: {"type": kinds.get(m["type"], "ISSUE")} for m in reversed(record["mentions"])}  # by the first mention
    return {**record, "entities": entities, "stances": []}


def _clusters(reader: Reader, record: Mapping[str, Any]) -> tuple[Clusters[Any], Clusters[Any]]:
    given = gold_mentions(reader, record)
    gold: dict[str, set[Any]] = defaultdict(set)
    for m, cluster in zip(given.located, given.clusters, strict=True):
        gold[cluster].add(m.mention.span)
    entities = resolve(given.located, given.vectors, quoted(record["text"]), reader.engine, None)
    return list(gold.values()), [{m.span for m in entity.mentions} for entity in entities]


def _muc(key: Sequence[set[M]], mine: Sequence[set[M]]) -> Counts:
    """Of the links that hold the key's clusters together, those that `mine` has."""
    of = {m: i for i, cluster in enumerate(mine) for m in cluster}
    parts = [len({of.get(m, (m,)) for m in cluster}) for cluster in key]
    return sum(len(c) - p for c, p in zip(key, parts, strict=True)), sum(len(c) - 1 for c in key)


def _b3(key: Sequence[set[M]], mine: Sequence[set[M]]) -> Counts:
    """Over the key's mentions, the share of each one's cluster that is also with it in `mine`."""
    of = {m: cluster for cluster in mine for m in cluster}
    return sum(len(cluster & of.get(m, set())) / len(cluster) for cluster in key for m in cluster), sum(map(len, key))


def _alike(key: Sequence[set[M]], mine: Sequence[set[M]]) -> float:
    """The φ4 of the best one-to-one alignment, summed."""
    phi = np.array([[2 * len(a & b) / (len(a) + len(b)) for b in mine] for a in key]).reshape(len(key), len(mine))
    return float(phi[linear_sum_assignment(-phi)].sum())


def _f1(recall: float, precision: float) -> float:
    return 2 * recall * precision / (recall + precision) if recall + precision else 0.0
