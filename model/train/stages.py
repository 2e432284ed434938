"""Where stances die: what whole readings score with gold mentions and entities, and at which stage stances are lost or made up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model.quotes import quoted
from model.reader import Reader
from model.reading import to_dict
from model.records import Article, Entity, Span
from model.resolve import resolve
from model.train import score as scorer
from model.train.probes import gold_mentions

Record = Mapping[str, Any]
Marked = dict[tuple[int, str], set[str]]


def ceilings(reader: Reader, records: Sequence[Record]) -> dict[str, dict[str, float]]:
    """Scores of `score.py` with gold sentences and mentions, then with gold entities too: what finding and merging cost."""
    found = {}
    for name, entities_given in (("gold mentions", False), ("gold mentions and entities", True)):
        readings = {record["id"]: _given(reader, record, entities=entities_given) for record in records}
        found[name] = flat(scorer.score([dict(r) for r in records], readings))
    return found


def flat(scores: Mapping[str, Any]) -> dict[str, float]:
    """What a reader of a table wants of the scorer's report."""
    return {
        "stances_f1": scores["stances"]["f1"],
        "stances_precision": scores["stances"]["precision"],
        "stances_recall": scores["stances"]["recall"],
        "article_f1": scores["article"]["f1"],
    }


def _given(reader: Reader, record: Record, *, entities: bool) -> dict[str, Any]:
    """The reading of a record whose mentions, and entities if so said, are taken from gold."""
    given = gold_mentions(reader, record)
    if entities:
        clusters: dict[str, list[Any]] = defaultdict(list)
        for located, cluster in zip(given.located, given.clusters, strict=True):
            clusters[cluster].append(located.mention)
        resolved = [
            Entity(key, record["entities"][key]["name"], record["entities"][key]["type"], tuple(mentions), None)
            for key, mentions in clusters.items()
        ]
    else:
        resolved = resolve(given.located, given.vectors, quoted(record["text"]), reader.engine, None)
    sentences = [Span(s["start"], s["end"]) for s in record["sentences"]]
    article = Article(record["id"], record["text"], record.get("title"))
    return to_dict(reader.conclude(article, sentences, resolved, given.states, []))


def causes(records: Iterable[Record], readings: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """How many gold stances are found or lost, and how many read ones are false, by cause, most frequent first."""
    gold_by: Counter[str] = Counter()
    false_by: Counter[str] = Counter()
    for record in records:
        gold = scorer.gold_of(dict(record))
        reading = readings[gold.id]
        comparison = scorer.compare(gold, dict(reading))
        marked = _marked(gold, reading)
        for pair, label in gold.stances.items():
            if label.side != "neutral":
                gold_by[_fate(pair, label.side, comparison, marked)] += 1
        for pair, label in comparison.found.items():
            if label.side != "neutral" and (pair not in gold.stances or gold.stances[pair].side != label.side):
                false_by[_fault(pair, gold, marked)] += 1
    return {"gold stances": dict(gold_by.most_common()), "false stances": dict(false_by.most_common())}


def slices(records: Iterable[Record], readings: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """F1 of stances by kind of target, by whether the sentence holds a quotation, and by its length in words.

    A stance is right where a gold one has its sentence, ends and side; one that takes no side is none.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for record in records:
        gold = scorer.gold_of(dict(record))
        reading = readings[gold.id]
        found = scorer.compare(gold, dict(reading)).found
        types = {f"?{e['id']}": e["type"] for e in reading["entities"]} | {key: e["type"] for key, e in record["entities"].items()}
        inside = quoted(record["text"])
        for name, labels in (("gold", gold.stances), ("found", found)):
            for pair, label in labels.items():
                if label.side != "neutral":
                    start, end = gold.spans[pair.sentence]
                    words = len(record["text"][start:end].split())
                    length = f"of {'up to 20' if words <= 20 else '21 to 35' if words <= 35 else 'more than 35'} words"
                    kinds = (f"toward {types[pair.target]}", "with a quotation" if inside[start:end].any() else "without one", length)
                    right = name == "found" and pair in gold.stances and gold.stances[pair].side == label.side
                    for kind in kinds:
                        counts[kind][name] += 1
                        counts[kind]["right"] += right
    return {
        kind: {
            "stances_f1": 2 * n["right"] / (n["gold"] + n["found"]),
            "precision": n["right"] / max(1, n["found"]),
            "recall": n["right"] / max(1, n["gold"]),
            "gold": float(n["gold"]),
        }
        for kind, n in sorted(counts.items())
    }


def _marked(gold: scorer.Gold, reading: Mapping[str, Any]) -> Marked:
    """Read entities by sentence and by the gold entity that one of their mentions there is of: more than half of the longer is shared."""
    found: Marked = defaultdict(set)
    for entity in reading["entities"]:
        for m in entity["mentions"]:
            sentence = next((i for i, (start, end) in enumerate(gold.spans) if start <= m["start"] < end), -1)
            for key, wanted in gold.entities.items():
                if scorer.same_mention((m["start"], m["end"]), wanted.mentions or frozenset()):
                    found[sentence, key].add(entity["id"])
    return found


def _fate(pair: scorer.Pair, side: str, comparison: scorer.Comparison, marked: Marked) -> str:
    said = comparison.found.get(pair)
    if said and said.side == side:
        return "right"
    for name, end in (("target", pair.target), ("actor", pair.actor)):
        here = marked.get((pair.sentence, end), set())
        if not here:
            return f"{name} not marked"
        if not any(comparison.aligned.get(entity) == end for entity in here):
            return f"{name} in another entity"
    return "wrong side" if said and said.side != "neutral" else "read as neutral"


def _fault(pair: scorer.Pair, gold: scorer.Gold, marked: Marked) -> str:
    for name, end in (("target", pair.target), ("actor", pair.actor)):
        if end.startswith("?"):
            known = any(end[1:] in entities for (sentence, _), entities in marked.items() if sentence == pair.sentence)
            return f"{name} in a second entity" if known else f"{name} is nothing in gold"
    return "wrong side" if pair in gold.stances and gold.stances[pair].side != "neutral" else "neutral in gold"
