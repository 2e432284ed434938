"""Score end-to-end readings of whole articles against gold stances.

    python -m model.train.score GOLD.jsonl READINGS.jsonl [--json] [--misses N]

GOLD is either the corpus export (model/train/corpus: text, entities, sentences, mentions, stances) or SEESAW (sentences,
entities by canonical name, stances, no offsets). READINGS holds one reading a line; only these fields are read:

    {"article_id": gold id,
     "entities": [{"id", "name", "mentions": [{"start", "end"}]}],
     "stances":  [{"actor", "target", "attitude", "stance": "support|oppose|neutral",
                   "evidence": [{"start", "end", "attitude", "stance"}]}]}

Offsets are half-open characters of the article's text; for SEESAW that text is its sentences joined by one blank.
A stance of a reading is counted once a sentence in which it has evidence. "neutral" stances are ignored, except that
"ambivalent" is scored as an attitude. Entities are aligned one to one: by shared mention offsets where gold has offsets
(greedy, most shared first), else by name (same words, or one name's words within the other's, or its acronym, articles and
"US"/"United States" folded). A SEESAW stance with an end outside its entity list ("Not in the list", "None") is not gold,
and a prediction that fits it is not counted.

Printed: precision, recall and F1 of
  entities   gold entities that take part in a stance, found by the reading (recall only means much here)
  pairs      directed (sentence, actor, target), whatever the label
  stances    pairs with the right side: support or oppose
  article    directed (actor, target, side) once an article
  attitude   share of matched pairs with the right fine label, and its macro-F1 over labels (corpus gold only)
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from model.labels import Side, side_of

Json = Mapping[str, Any]
Report = dict[str, int | dict[str, float]]

ANYONE: Final = "*"  # an end of a SEESAW stance that its entity list does not name
_SMALL: Final = frozenset({"the", "a", "an", "of", "and", "for", "to", "in", "on"})
_US: Final = re.compile(r"\bU\.?S\.?A?\.?(?=\W|$)")
_NOTHING: Final[Json] = {"entities": [], "stances": []}


class Pair(NamedTuple):
    """A directed pair in the sentence with this index; both ends are gold entity ids, or "?" and an id of the reading."""

    sentence: int
    actor: str
    target: str


class Label(NamedTuple):
    """`attitude` is None where gold tells sides only (SEESAW)."""

    side: Side
    attitude: str | None


class GoldEntity(NamedTuple):
    """`mentions` are (start, end); None where gold has no offsets (SEESAW)."""

    name: str
    mentions: frozenset[tuple[int, int]] | None


@dataclass(frozen=True, slots=True)
class Gold:
    """One shape for both kinds of gold. `anyone` holds the pairs with an end that SEESAW leaves unnamed."""

    id: str
    spans: tuple[tuple[int, int], ...]
    entities: dict[str, GoldEntity]
    stances: dict[Pair, Label]
    anyone: frozenset[Pair] = frozenset()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One article's gold beside what the reading found there. `aligned` maps the reading's entity ids to gold's."""

    gold: Gold
    aligned: dict[str, str]
    found: dict[Pair, Label]
    n_entities: int


def score(golds: Iterable[Json], readings: Mapping[str, Json]) -> Report:
    """The report for gold records and readings by article id. An article without a reading counts as one that found nothing."""
    n: Counter[str] = Counter()
    attitudes: list[tuple[str, str]] = []
    for record in golds:
        gold = gold_of(record)
        n["articles"] += 1
        n["missing"] += gold.id not in readings
        comparison = compare(gold, readings.get(gold.id, _NOTHING))
        n.update(_counts(comparison))
        attitudes += _matched_attitudes(comparison)
    report: Report = {"articles": n["articles"], "without a reading": n["missing"]}
    for name in ("entities", "pairs", "stances", "article"):
        report[name] = _prf(n[name + " hit"], n[name + " predicted"], n[name + " gold"])
    if attitudes:
        right = sum(gold_attitude == found for gold_attitude, found in attitudes)
        report["attitude"] = {
            "accuracy": round(right / len(attitudes), 4),
            "macro_f1": round(macro_f1(attitudes), 4),
            "matched pairs": len(attitudes),
        }
    return report


def missed(golds: Iterable[Json], readings: Mapping[str, Json]) -> list[str]:
    """A line for each gold stance that was not found, or was found with the wrong side."""
    lines = []
    for record in golds:
        gold = gold_of(record)
        found = compare(gold, readings.get(gold.id, _NOTHING)).found
        for pair, label in gold.stances.items():
            got = found.get(pair)
            if got is None or got.side != label.side:
                wanted = f"gold {pair.actor} -> {pair.target} {label.attitude or label.side}"
                lines.append(f"{gold.id} sentence {pair.sentence}: {wanted}; reading {got.attitude if got else 'nothing'}")
    return lines


def compare(gold: Gold, reading: Json) -> Comparison:
    """Align the reading's entities with gold's, and bring its stances into gold's terms."""
    aligned = align(gold, reading)
    return Comparison(gold, aligned, predicted(gold, reading, aligned), len(reading["entities"]))


def gold_of(record: Json) -> Gold:
    """Gold from one line of the corpus export or of SEESAW (whose sentences are strings)."""
    return _seesaw_gold(record) if isinstance(record["sentences"][0], str) else _corpus_gold(record)


def _corpus_gold(record: Json) -> Gold:
    mentions: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    for mention in record["mentions"]:
        mentions[mention["entity"]].add((mention["start"], mention["end"]))
    return Gold(
        id=record["id"],
        spans=tuple((sentence["start"], sentence["end"]) for sentence in record["sentences"]),
        entities={id_: GoldEntity(entity["name"], frozenset(mentions[id_])) for id_, entity in record["entities"].items()},
        stances={
            Pair(stance["sentence"], stance["actor"], stance["target"]): Label(side_of(stance["attitude"]), stance["attitude"])
            for stance in record["stances"]
            if stance["actor"] != "author"
        },
    )


def _seesaw_gold(record: Json) -> Gold:
    spans, at = [], 0
    for sentence in record["sentences"]:
        spans.append((at, at + len(sentence)))
        at += len(sentence) + 1
    names = {entity["name"] for entity in record["entities"]}
    stances: dict[Pair, Label] = {}
    anyone: set[Pair] = set()
    for stance in record["stances"]:
        actor, target = (stance[end] if stance[end] in names else ANYONE for end in ("actor", "target"))
        pair = Pair(stance["sentence"], actor, target)
        if ANYONE in (actor, target):
            anyone.add(pair)
        else:
            stances[pair] = Label("support" if stance["polarity"] == "positive" else "oppose", None)
    entities = {name: GoldEntity(name, None) for name in names}
    return Gold(record["id"], tuple(spans), entities, stances, frozenset(anyone))


def align(gold: Gold, reading: Json) -> dict[str, str]:
    """Entity id of the reading -> gold entity id, one to one, the likeliest first."""
    scores = []
    for entity in reading["entities"]:
        mine = [(mention["start"], mention["end"]) for mention in entity["mentions"]]
        for id_, wanted in gold.entities.items():
            alike = _same_entity(entity["name"], mine, wanted)
            if alike > 0:
                scores.append((alike, entity["id"], id_))
    taken: dict[str, str] = {}
    for _, mine_id, gold_id in sorted(scores, reverse=True):
        if mine_id not in taken and gold_id not in taken.values():
            taken[mine_id] = gold_id
    return taken


def _same_entity(name: str, mentions: Sequence[tuple[int, int]], gold: GoldEntity) -> float:
    """How alike an entity of the reading and one of gold are; 0 where they are not."""
    if gold.mentions is not None:
        return sum(same_mention(mention, gold.mentions) for mention in mentions)
    if not same_name(name, gold.name):
        return 0.0
    # Among entities of one name the one with more mentions goes first.
    return (2.0 if words(name) == words(gold.name) else 1.0) + len(mentions) / 1000


def same_mention(mention: tuple[int, int], gold: frozenset[tuple[int, int]]) -> float:
    """1 for the same span, 1/2 where more than half of the longer span is shared."""
    if mention in gold:
        return 1.0
    start, end = mention
    return 0.5 if any(min(b, end) - max(a, start) > 0.5 * max(b - a, end - start) for a, b in gold) else 0.0


def words(name: str) -> list[str]:
    """A name's words for comparing: lower case, without articles and possessives, "US" spelt out."""
    spelt = _US.sub("united states", name)
    return [word for word in re.findall(r"\w+", spelt.lower().replace("’s", "").replace("'s", "")) if word not in _SMALL]


def same_name(a: str, b: str) -> bool:
    """The same words, one name's words within the other's, or its acronym."""
    short, long = sorted((words(a), words(b)), key=len)
    if not short:
        return False
    if set(short) <= set(long) or set(long) <= set(short):
        return True
    return len(short) == 1 and len(short[0]) > 1 and short[0] == "".join(word[0] for word in long)


def predicted(gold: Gold, reading: Json, aligned: Mapping[str, str]) -> dict[Pair, Label]:
    """The reading's stances by gold's sentences; an entity that was not aligned keeps its own id with a "?" before it."""
    found: dict[Pair, Label] = {}
    for stance in reading["stances"]:
        actor, target = (aligned.get(stance[end], "?" + stance[end]) for end in ("actor", "target"))
        for evidence in stance["evidence"]:
            label = Label(evidence.get("stance", stance["stance"]), evidence.get("attitude", stance["attitude"]))
            if label.side == "neutral" and label.attitude != "ambivalent":
                continue
            sentence = _sentence_of(evidence, gold.spans)
            if sentence is None:
                continue
            pair = Pair(sentence, actor, target)
            if pair in gold.stances or not any(_fits(pattern, pair) for pattern in gold.anyone):
                found[pair] = label
    return found


def _sentence_of(evidence: Json, spans: Sequence[tuple[int, int]]) -> int | None:
    """The index of the gold sentence that shares most characters with the evidence; None where none shares any."""
    shared = [max(0, min(end, evidence["end"]) - max(start, evidence["start"])) for start, end in spans]
    most = max(shared, default=0)
    return shared.index(most) if most else None


def _fits(pattern: Pair, pair: Pair) -> bool:
    """Whether a gold stance with an end that SEESAW leaves unnamed allows this prediction."""
    return pattern.sentence == pair.sentence and pattern.actor in (pair.actor, ANYONE) and pattern.target in (pair.target, ANYONE)


def _counts(comparison: Comparison) -> dict[str, int]:
    gold, found = comparison.gold.stances, comparison.found
    involved = {end for pair in gold for end in (pair.actor, pair.target)}
    sided_gold = {pair: label.side for pair, label in gold.items() if label.side != "neutral"}
    sided_found = {pair: label.side for pair, label in found.items() if label.side != "neutral"}
    once_gold = {(pair.actor, pair.target, side) for pair, side in sided_gold.items()}
    once_found = {(pair.actor, pair.target, side) for pair, side in sided_found.items()}
    return {
        "entities gold": len(involved),
        "entities predicted": comparison.n_entities,
        "entities hit": len(involved & set(comparison.aligned.values())),
        "pairs gold": len(gold),
        "pairs predicted": len(found),
        "pairs hit": len(gold.keys() & found.keys()),
        "stances gold": len(sided_gold),
        "stances predicted": len(sided_found),
        "stances hit": len(sided_gold.items() & sided_found.items()),
        "article gold": len(once_gold),
        "article predicted": len(once_found),
        "article hit": len(once_gold & once_found),
    }


def _matched_attitudes(comparison: Comparison) -> list[tuple[str, str]]:
    """(gold, found) for every matched pair of which gold tells the attitude."""
    return [
        (label.attitude, str(comparison.found[pair].attitude))
        for pair, label in comparison.gold.stances.items()
        if label.attitude is not None and pair in comparison.found
    ]


def _prf(hit: int, n_predicted: int, n_gold: int) -> dict[str, float]:
    precision = hit / n_predicted if n_predicted else 0.0
    recall = hit / n_gold if n_gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(f1, 4),
        "gold": n_gold,
        "predicted": n_predicted,
    }


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Mean F1 over the labels that gold has, for (gold, found) pairs; 0 for none."""
    gold = Counter(wanted for wanted, _ in pairs)
    found = Counter(got for _, got in pairs)
    right = Counter(wanted for wanted, got in pairs if wanted == got)
    return sum(2 * right[label] / (gold[label] + found[label]) for label in sorted(gold)) / len(gold) if gold else 0.0


def _read_lines(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; prints the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("readings", type=Path)
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument(
        "--misses", type=int, default=0, metavar="N", help="also print the first N gold stances that were missed or got the wrong side"
    )
    options = parser.parse_args(arguments)
    golds = _read_lines(options.gold)
    readings = {reading["article_id"]: reading for reading in _read_lines(options.readings)}
    report = score(golds, readings)
    if options.json:
        sys.stdout.write(json.dumps(report) + "\n")
    else:
        for name, value in report.items():
            cells = "  ".join(f"{key} {number}" for key, number in value.items()) if isinstance(value, dict) else str(value)
            sys.stdout.write(f"{name:18} {cells}\n")
    if options.misses:
        sys.stdout.writelines(f"{line}\n" for line in missed(golds, readings)[: options.misses])
    return 0


if __name__ == "__main__":
    sys.exit(main())
