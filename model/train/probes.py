"""Figures of a whole reader on single questions: pairs by name, pronouns, names that should not matter."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model import countries
from model.encoding import CONTEXT_SENTENCES, windows
from model.engine import Floats, mention_vectors
from model.judging import encode
from model.labels import ENTITY_TYPES, EntityType
from model.matching import LEAST, likeness, stems
from model.mentions import Located, find_mentions
from model.names import person_name
from model.quotes import quoted
from model.reader import Reader, WindowStates
from model.records import Mention, PairInput, Span
from model.resolve import resolve
from model.train.datasets import Directed, corpus_document, read_jsonl
from model.words import PRONOUN_CLASS, words_of

UNNAMED = ("Not in the list", "None")  # SEESAW's ends that are nobody
PARTIES = {
    "Democrat": "Republican",
    "Republican": "Democrat",
    "Democratic": "Republican",
    "Democrats": "Republicans",
    "Republicans": "Democrats",
}
OTHER_NAMES = ("Marcus Hallworth", "Elena Vasquez-Ortiz", "Tomas Lindgren", "Priya Raman", "Gerald Pym", "Aisha Bello")
OTHER_STATES = ("Portugal", "Peru", "Kenya", "Norway", "Thailand", "Canada")


def seesaw(reader: Reader, path: Path) -> dict[str, float]:
    """Side of a given pair by name in its sentence (Zhang et al. 2022).

    The two sentences before are given as context, which the reader uses where both names stand in the sentence.
    `as_said` counts "neutral" as wrong; `of_two` takes the likelier of support and oppose, as there is always one.
    """
    pairs, gold = [], []
    for record in read_jsonl(path):
        for s in record["stances"]:
            if s["actor"] in UNNAMED or s["target"] in UNNAMED:
                continue
            i = s["sentence"]
            context = " ".join(record["sentences"][max(0, i - CONTEXT_SENTENCES) : i])
            pairs.append(PairInput(record["sentences"][i], s["target"], s["actor"], context))
            gold.append("support" if s["polarity"] == "positive" else "oppose")
    judged = reader.judge(pairs)
    of_two = ["support" if j.sides["support"] >= j.sides["oppose"] else "oppose" for j in judged]
    return {
        "as_said": float(np.mean([j.side == g for j, g in zip(judged, gold, strict=True)])),
        "of_two": float(np.mean([c == g for c, g in zip(of_two, gold, strict=True)])),
        "pairs": float(len(gold)),
    }


def pronouns(reader: Reader, records: Iterable[Mapping[str, Any]]) -> float:
    """Share of the gold pronouns that resolution puts to the right entity, all gold mentions given.

    Entities are aligned to gold ones by shared mentions, one to one, most shared first, as score.py does.
    """
    right = total = 0
    for record in records:
        given = gold_mentions(reader, record)
        entities = resolve(given.located, given.vectors, quoted(record["text"]), reader.engine, None)
        mine = {m.span: e.id for e in entities for m in e.mentions}
        shared = Counter((mine.get(m.mention.span), gold) for m, gold in zip(given.located, given.clusters, strict=True))
        taken: dict[str, str] = {}
        for (entity, gold), _ in sorted(shared.items(), key=lambda item: (-item[1], str(item[0]))):
            if entity is not None and entity not in taken and gold not in taken.values():
                taken[entity] = gold
        for m, gold in zip(given.located, given.clusters, strict=True):
            if m.mention.text.lower() in PRONOUN_CLASS:
                total += 1
                right += taken.get(mine.get(m.mention.span, "")) == gold
    return right / max(1, total)


def watched_issues(records: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """How the gold issues fare as a watchlist of their canonical names, each against the gold mentions of every issue.

    `found`: share of those that the article never calls exactly so which are found by likeness. `false`: of one name, in how many
    articles another issue is taken for it; the same issue under another name counts as another.
    """
    golds = list(records)
    names = [e["name"] for record in golds for e in record["entities"].values() if e["type"] == "ISSUE"]
    aliases = [stems(name) for name in names]
    found = false = unnamed = at = 0
    for record in golds:
        issues = [key for key, e in record["entities"].items() if e["type"] == "ISSUE"]
        for key in issues:
            texts = {record["text"][m["start"] : m["end"]] for m in record["mentions"] if m["entity"] == key} - set(PRONOUN_CLASS)
            called, mentions = {tuple(words_of(text)) for text in texts}, [stems(text) for text in texts]
            like = [
                tuple(words_of(name)) not in called and likeness(alias, mentions) >= LEAST
                for name, alias in zip(names, aliases, strict=True)
            ]
            unnamed += bool(texts) and tuple(words_of(names[at])) not in called
            found += like[at]
            false += sum(like) - like[at] - sum(name.lower() == names[at].lower() and i != at for i, name in enumerate(names) if like[i])
            at += 1
    return {
        "found": found / max(1, unnamed),
        "false a name and article": false / max(1, len(names) * len(golds)),
        "unnamed": float(unnamed),
    }


@dataclass(frozen=True, slots=True)
class GoldMentions:
    """The gold mentions of a record in reading order, an outer one before those that it holds: place, entity and state of each.

    `vectors` is (mentions, 3 * hidden).
    """

    located: list[Located]
    clusters: list[str]
    vectors: Floats
    states: WindowStates


def gold_mentions(reader: Reader, record: Mapping[str, Any]) -> GoldMentions:
    """What the reader would know of a corpus record if it had found exactly its mentions."""
    document = corpus_document(record, reader.tokenizer)
    lower: dict[int, Floats] = {}
    top: dict[int, Floats] = {}
    for chosen, encoded in encode(reader.engine, document.windows):
        top.update({i: encoded.top[at] for at, i in enumerate(chosen)})
        lower.update({i: encoded.lower[at, : len(document.windows[i])] for at, i in enumerate(chosen)})
    located, vectors = [], []
    for m in document.mentions:
        mention = Mention(Span(m.facts.start, m.facts.end), m.facts.text, ENTITY_TYPES[m.facts.type], m.facts.sentence, 1.0)
        index = (np.array([v]) for v in (0, m.start, m.end))
        located.append(Located(mention, m.row, m.start, m.end))
        vectors.append(mention_vectors(top[m.row][None], *index)[0])
    states = WindowStates(document.windows, [lower[i] for i in range(len(lower))])
    return GoldMentions(located, [m.cluster for m in document.mentions], np.stack(vectors), states)


def name_swap(reader: Reader, sentences: Sequence[Directed], *, seed: int = 0) -> dict[str, float]:
    """Share of ordered pairs whose side changes when persons, parties and states of the two ends are named otherwise."""
    chance = random.Random(seed)  # noqa: S311  a sample, not a secret
    before: list[PairInput] = []
    after: list[PairInput] = []
    for s in sentences:
        swapped = _swapped(reader, s, chance)
        if swapped is not None:
            text, p, q = swapped
            before += [PairInput(s.text, s.q, s.p), PairInput(s.text, s.p, s.q)]
            after += [PairInput(text, q, p), PairInput(text, p, q)]
    flips = [a.side != b.side for a, b in zip(reader.judge(before), reader.judge(after), strict=True)]
    return {"flips": float(np.mean(flips)), "pairs": float(len(flips))}


def _swapped(reader: Reader, s: Directed, chance: random.Random) -> tuple[str, Span, Span] | None:
    """The sentence with its ends renamed, everywhere that they stand; None where neither is a person, party or state."""
    text, ends = s.text, [s.p, s.q]
    for i in range(2):
        old = text[ends[i].start : ends[i].end]
        new = _other(reader, text, ends[i], chance)
        if new is None or new in text:
            continue
        for place in reversed(list(re.finditer(rf"\b{re.escape(old)}\b", text))):
            text = text[: place.start()] + new + text[place.end() :]
            shift = len(new) - len(old)
            ends = [_moved(end, place.start(), place.end(), shift) for end in ends]
    return None if text == s.text else (text, ends[0], ends[1])


def _other(reader: Reader, text: str, end: Span, chance: random.Random) -> str | None:
    old = text[end.start : end.end]
    if old in PARTIES:
        return PARTIES[old]
    if countries.lookup(old):
        return chance.choice(OTHER_STATES)
    if person_name(old) == old and _kind(reader, text, end) == "PERSON":
        name = chance.choice(OTHER_NAMES)
        return name if " " in old else name.split()[-1]
    return None


def _kind(reader: Reader, text: str, end: Span) -> EntityType | None:
    """The type that the tagger gives to a mention that ends where this one does."""
    rows = windows(text, [Span(0, len(text))], reader.tokenizer)
    for chosen, encoded in encode(reader.engine, rows):
        spans = {at: encoded.spans[at, :, : len(rows[i]), : len(rows[i])] for at, i in enumerate(chosen)}
        for m in find_mentions(text, [rows[i] for i in chosen], spans, thresholds=reader.thresholds.mention):
            if m.mention.span.end == end.end and m.mention.span.start <= end.start:
                return m.mention.type
    return None


def _moved(span: Span, start: int, end: int, shift: int) -> Span:
    """A span after text[start:end], which stands before it, within it or after it, has grown by `shift`."""
    if span.end <= start:
        return span
    if span.start >= end:
        return Span(span.start + shift, span.end + shift)
    return Span(min(span.start, start), span.end + shift)
