"""The data sets as training examples. Where each comes from and under which licence: README.md of the data folder."""

from __future__ import annotations

import csv
import hashlib
import json
import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from model.antecedents import MentionFacts
from model.candidates import candidates
from model.encoding import ACTOR, CONTEXT_SENTENCES, TARGET, SpanLost, Window, named_window, pair_window, roles, windows
from model.labels import ENTITY_TYPES, TONES
from model.quotes import quoted
from model.records import Span
from model.train.corpus.corpus import AUTHOR, parse
from model.train.examples import DocumentExample, MentionExample, PairExample, allow_attitude, allow_side
from model.train.network import SPAN_LABELS

CORPUS = Path(__file__).parent / "corpus"
SENTENCES = CORPUS / "sentences"
N_TYPES = len(ENTITY_TYPES)
GUM_CHUNK = 14  # sentences: about as long as a corpus article

Record = Mapping[str, Any]


class DataMissing(FileNotFoundError):  # noqa: N818  says what it is
    """A data set is not where it should be; the message says which and how to get it."""


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """All records of a JSON Lines file. Raises DataMissing where there is none."""
    _check_there(path)
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def read_corpus(split: str) -> list[dict[str, Any]]:
    """The project's own corpus, exported. Raises ValueError where it does not check clean."""
    records: list[dict[str, Any]] = []
    for path in sorted((CORPUS / split).glob("*.stance")):
        articles, problems = parse(path)
        if problems:
            raise ValueError(problems[0])
        records += [dict(article.record()) for article in articles]
    return records


def text_digest(text: str) -> str:
    """What ties an annotation to its text: the first 12 hexadecimal digits of SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_sentences(data: Path) -> list[dict[str, Any]]:
    """Training sentences of DSE and NewsMTSC, and documents of GUM, with the project's annotation of all mentions and stances.

    They are records as the corpus has them. The annotation stands in the repository and the text in `data`. Raises DataMissing where
    the text is missing or of another version.
    """
    found = []
    for path in sorted(SENTENCES.glob("*.jsonl")):
        sources = read_jsonl(data / path.stem / "train.jsonl")
        for note in read_jsonl(path):
            source = sources[note["line"]] if note["line"] < len(sources) else {"text": ""}
            if text_digest(source["text"]) != note["digest"]:
                raise DataMissing(
                    f"{data / path.stem}/train.jsonl is of another version than was annotated: line {note['line']} (from 0) differs"
                )
            spans = sentence_spans(source)
            starts = [span["start"] for span in spans]
            mentions = [(entity, start, end, bisect_right(starts, start) - 1) for entity, start, end in note["mentions"]]
            found.append({
                "id": f"{path.stem}-{note['line']}",
                "text": source["text"],
                "sentences": spans,
                "entities": {key: {"type": kind, "name": name} for key, (kind, name) in note["entities"].items()},
                "mentions": [{"entity": e, "start": start, "end": end, "sentence": i} for e, start, end, i in mentions],
                "stances": [{"actor": a, "target": t, "attitude": attitude, "sentence": i} for a, t, attitude, i in note["stances"]],
            })  # fmt: skip
    return found


def sentence_spans(source: Record) -> list[dict[str, int]]:
    """The sentences that a source record tells of; the whole text where it is one sentence."""
    return [{"start": s["start"], "end": s["end"]} for s in source.get("sentences", [{"start": 0, "end": len(source["text"])}])]


# --- DSE: two entities a sentence ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Directed:
    """A DSE sentence: text, both ends, the crowd's label (0 to 4) and the attitude of each direction by an expert reading.

    An attitude is None where nobody with the guidelines at hand has read that direction.
    """

    text: str
    p: Span
    q: Span
    crowd: int
    p_to_q: str | None
    q_to_p: str | None


def read_dse(folder: Path, split: str) -> list[Directed]:
    """The sentences of a split with the labels of the expert reading beside the crowd's.

    Every training sentence that the crowd called neutral was read too; of the validation split only the others were.
    """
    attitudes = _tsv(folder / f"attitudes_{split}.tsv")
    missed = {(line, direction): attitude for line, direction, attitude in _tsv(folder / "missed_train.tsv")} if split == "train" else {}
    known = dict(attitudes)
    found = []
    for i, record in enumerate(read_jsonl(folder / f"{split}.jsonl")):
        line, crowd = str(i), record["label"]
        expert = "neutral" if known.get(line) == "none" else known.get(line)
        unlabelled = "neutral" if split == "train" or crowd else None
        p_to_q = expert if crowd in (1, 3) else missed.get((line, "P>Q"), unlabelled)
        q_to_p = expert if crowd in (2, 4) else missed.get((line, "Q>P"), unlabelled)
        found.append(Directed(record["text"], Span(*record["p"]), Span(*record["q"]), crowd, p_to_q, q_to_p))
    return found


def dse_examples(sentences: Iterable[Directed], tokenizer: Tokenizer, *, crowd: bool = False) -> list[PairExample]:
    """Both directions of each sentence, in order p to q, q to p. `crowd` takes the crowd's sides instead of the expert's attitudes."""
    found = []
    for s in sentences:
        window = pair_window(s.text, [s.p, s.q], tokenizer)
        for actor, target, attitude, positive, negative in ((s.p, s.q, s.p_to_q, 1, 3), (s.q, s.p, s.q_to_p, 2, 4)):
            side = "support" if s.crowd == positive else "oppose" if s.crowd == negative else "neutral"
            allowed = allow_side(side) if crowd or attitude is None else allow_attitude(attitude)
            found.append(PairExample(window, roles(window, [actor], [target], width=len(window)), allowed))
    return found


def _check_there(path: Path) -> None:
    if not path.exists():
        raise DataMissing(f"no {path}: point --data (or STANDPOINT_DATA) to the folder that holds dse/, newsmtsc/ and gum/")


def _tsv(path: Path) -> list[list[str]]:
    _check_there(path)
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines, delimiter="\t"))


# --- NewsMTSC: one target, no holder ------------------------------------------------------------------------------------------------


def newsmtsc_examples(path: Path, tokenizer: Tokenizer) -> list[PairExample]:
    """The sentence's own tone toward each target; further mentions of the target get its role too."""
    found = []
    for record in read_jsonl(path):
        spans = [Span(*record["target"]), *(Span(*also) for also in record["also"])]
        window = pair_window(record["text"], spans[:1], tokenizer)
        found.append(PairExample(window, roles(window, [], spans, width=len(window)), tone=TONES.index(record["polarity"])))
    return found


# --- Documents: the corpus and GUM --------------------------------------------------------------------------------------------------


def corpus_document(record: Record, tokenizer: Tokenizer) -> DocumentExample:
    """An annotated article: its mentions, its clusters, and every candidate pair of each sentence, unlabelled ones as neutral.

    The writer of an opinion piece is paired with every target; he is an actor that no token stands for, as in questions of tone.
    """
    types = {key: entity["type"] for key, entity in record["entities"].items()}
    document = _document(record, types, tokenizer, slice(0, N_TYPES), {t: i for i, t in enumerate(ENTITY_TYPES)})
    return replace(document, pairs=tuple(_corpus_pairs(record, types, document.windows)))


def _corpus_pairs(record: Record, types: Mapping[str, str], rows: Sequence[Window]) -> Iterator[tuple[int, PairExample]]:
    spans: dict[tuple[int, str], list[Span]] = defaultdict(list)
    for m in record["mentions"]:
        spans[m["sentence"], m["entity"]].append(Span(m["start"], m["end"]))
    gold = {(s["sentence"], s["actor"], s["target"]): s["attitude"] for s in record["stances"]}
    inside = quoted(record["text"])
    for row, window in enumerate(rows):
        i = window.sentence
        here = list(dict.fromkeys(m["entity"] for m in record["mentions"] if m["sentence"] == i))
        before = list(dict.fromkeys(m["entity"] for m in record["mentions"] if i - CONTEXT_SENTENCES <= m["sentence"] < i))
        for actor, target in candidates(here, before, types, quoted=bool(inside[record["sentences"][i]["start"]])):
            earlier = [span for j in range(max(0, i - CONTEXT_SENTENCES), i) for span in spans[j, actor]]
            try:
                marked = roles(window, spans[i, actor] or earlier, spans[i, target], width=len(window))
            except SpanLost:
                continue  # the other end of a sentence of several windows
            yield row, PairExample(window, marked, allow_attitude(gold.get((i, actor, target), "neutral")))
        if record.get("style") == "opinion" or any((i, AUTHOR, target) in gold for target in here):
            for target in here:
                with suppress(SpanLost):
                    alone = roles(window, [], spans[i, target], width=len(window))
                    yield row, PairExample(window, alone, allow_attitude(gold.get((i, AUTHOR, target), "neutral")))


def gum_documents(path: Path, tokenizer: Tokenizer) -> list[DocumentExample]:
    """GUM in parts of GUM_CHUNK sentences: mentions of GUM's own types, and coreference."""
    found = []
    for record in read_jsonl(path):
        for first in range(0, len(record["sentences"]), GUM_CHUNK):
            last = min(first + GUM_CHUNK, len(record["sentences"]))
            mentions = [{**m, "sentence": m["sentence"] - first} for m in record["mentions"] if first <= m["sentence"] < last]
            part = {**record, "id": f"{record['id']}#{first}", "sentences": record["sentences"][first:last], "mentions": mentions}
            labels = {t: N_TYPES + i for i, t in enumerate(SPAN_LABELS[N_TYPES:])}
            found.append(_document(part, {}, tokenizer, slice(N_TYPES, len(SPAN_LABELS)), labels))
    return found


def _document(record: Record, types: Mapping[str, str], tokenizer: Tokenizer, labels: slice, index: Mapping[str, int]) -> DocumentExample:
    """Mentions in reading order, an outer one before those that it holds."""
    text = record["text"]
    rows = windows(text, [Span(s["start"], s["end"]) for s in record["sentences"]], tokenizer)
    by_sentence: dict[int, list[int]] = defaultdict(list)
    for row, window in enumerate(rows):
        by_sentence[window.sentence].append(row)
    inside = quoted(text)
    found = []
    for m in sorted(record["mentions"], key=lambda m: (m["start"], -m["end"])):
        kind = types[m["entity"]] if types else m["type"]
        known = {"person": "PERSON", "organization": "ORG"}.get(kind, kind)
        facts = MentionFacts(
            text=text[m["start"] : m["end"]],
            type=ENTITY_TYPES.index(known) if known in ENTITY_TYPES else -1,
            sentence=m["sentence"],
            start=m["start"],
            end=m["end"],
            quoted=bool(inside[m["start"]]),
        )
        for row in by_sentence[m["sentence"]]:
            place = rows[row].tokens_of(Span(m["start"], m["end"]))
            if place is not None and place.start >= rows[row].first:
                label = index.get(kind, len(SPAN_LABELS) - 1)
                found.append(MentionExample(row, place.start, place.stop, label, m["entity"], facts))
                break
    return DocumentExample(record["id"], tuple(rows), tuple(found), (), labels)


# --- Pairs by name ------------------------------------------------------------------------------------------------------------------


def named_examples(records: Iterable[Record], tokenizer: Tokenizer, *, seed: int) -> list[PairExample]:
    """Stances of the corpus with both ends given by canonical name only, and as many neutral pairs of the same sentences."""
    chance = random.Random(seed)  # noqa: S311  a sample, not a secret
    found = []
    for record in records:
        here: dict[int, list[str]] = defaultdict(list)
        for m in record["mentions"]:
            if m["entity"] not in here[m["sentence"]]:
                here[m["sentence"]].append(m["entity"])
        types = {key: entity["type"] for key, entity in record["entities"].items()}
        gold = {(s["sentence"], s["actor"], s["target"]): s["attitude"] for s in record["stances"] if s["actor"] != AUTHOR}
        neutral = [(i, a, t) for i, ids in here.items() for a, t in candidates(ids, (), types, quoted=False) if (i, a, t) not in gold]
        for key in [*gold, *chance.sample(neutral, min(len(neutral), len(gold)))]:
            example = _named(record, key, gold.get(key, "neutral"), tokenizer)
            if example is not None:
                found.append(example)
    return found


def _named(record: Record, key: tuple[int, str, str], attitude: str, tokenizer: Tokenizer) -> PairExample | None:
    sentence = record["sentences"][key[0]]
    names = [record["entities"][k]["name"] for k in key[1:]]
    try:
        window, places = named_window(record["text"][sentence["start"] : sentence["end"]], names, tokenizer)
    except SpanLost:
        return None
    marked = np.zeros(len(window), dtype=np.int64)
    for place, bit in zip(places, (ACTOR, TARGET), strict=True):
        marked[place] |= bit
    return PairExample(window, marked, allow_attitude(attitude))
