"""One article through every stage, from text to reading: the table of contents of the package."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from model.aggregate import Judged, aggregate, judgement, tone, tone_judgement
from model.candidates import candidates
from model.encoding import CONTEXT_SENTENCES, Ints, SpanLost, Window, named_window, pair_window, roles, windows
from model.engine import Engine, Floats, mention_vectors
from model.furniture import readable
from model.judging import Marked, Probabilities, encode, judge
from model.language import ENGLISH, detect
from model.mentions import Located, find_mentions
from model.quotes import quoted
from model.records import Article, Entity, Judgement, ModelInfo, PairInput, Reading, Span
from model.resolve import resolve
from model.sentences import split_sentences
from model.watchlist import Watchlist
from model.weights import DEFAULT, Thresholds, load_engine, load_manifest

MAX_SENTENCES = 20_000  # a long novel; what follows is said not to have been read
SENTENCES_AT_ONCE = 512  # windows encoded together; the states of a longer article are not kept
MAX_ENTITIES_PER_SENTENCE = 24  # pairs grow with the square; a list of names holds no more stances
# Every stage has work to do: two entities, a quotation, a pronoun, a pair across sentences.
_WARMING = Article("", "The Unity Party opposes the cut that Amara Okafor, the minister, defended on Monday. “They are wrong,” she said.")


class WindowStates(NamedTuple):
    """An article's windows, and what the lower layers say of each, (n_tokens, hidden); of a long article nothing is kept."""

    rows: Sequence[Window]
    lower: Sequence[Floats]


class Reader:
    """A loaded model. Make one per process with `Reader.load`; `read` is pure and may be called for ever."""

    def __init__(self, engine: Engine, tokenizer: Tokenizer, model: ModelInfo, thresholds: Thresholds) -> None:
        self.engine = engine
        self.tokenizer = tokenizer
        self.model = model
        self.thresholds = thresholds

    @classmethod
    def load(cls, weights: Path | None = None, *, engine: str = "onnx", warm: bool = False) -> Self:
        """Load the weights (those of the package by default). Raises ModelUnusable where they are missing or corrupt.

        `warm` reads a tiny article, so that the first real one does not pay for what is made on first use.
        """
        folder = weights or DEFAULT
        manifest = load_manifest(folder, engine)
        reader = cls(load_engine(folder, engine), manifest.tokenizer, manifest.model, manifest.thresholds)
        if warm:
            reader.read(_WARMING)
        return reader

    def read(self, article: Article, watchlist: Watchlist | None = None) -> Reading:
        """Read one article. The same article gives the same reading.

        An article in another language than English is not read, and a warning says so.
        """
        found = detect(article.text)
        article = replace(article, language=article.language or found)
        if found is not None and found != ENGLISH:
            warning = f"not read: the text is in another language than English ({found})"
            return Reading(article, self.model, (), (), (), (*article.warnings, warning))
        sentences = split_sentences(article.text, readable(article))
        warnings = list(article.warnings)
        if len(sentences) > MAX_SENTENCES:
            warnings.append(f"only the first {MAX_SENTENCES} of {len(sentences)} sentences were read")
            sentences = sentences[:MAX_SENTENCES]
        rows = windows(article.text, sentences, self.tokenizer)
        mentions, vectors, lower = self.mark(article.text, rows)
        entities = resolve(mentions, vectors, quoted(article.text), self.engine, watchlist)
        return self.conclude(article, sentences, entities, WindowStates(rows, lower), warnings)

    def conclude(
        self, article: Article, sentences: Sequence[Span], entities: Sequence[Entity], states: WindowStates, warnings: list[str]
    ) -> Reading:
        """The reading of an article whose sentences and entities are known."""
        rows = states.rows
        pairs, targets = self._pairs(sentences, rows, entities, quoted(article.text), warnings)
        result = self._judge(states, [marked for _, _, marked in pairs] + [marked for _, marked in targets])
        judged = [Judged(a, t, sentences[rows[m.row].sentence], p) for (a, t, m), p in zip(pairs, result.attitudes, strict=False)]
        stances = aggregate(judged, least=self.thresholds.stance)
        entities = _with_tones(entities, [entity for entity, _ in targets], result.tones[len(pairs) :])
        return Reading(article, self.model, tuple(sentences), tuple(entities), tuple(stances), tuple(warnings))

    def judge(self, pairs: Sequence[PairInput]) -> list[Judgement]:
        """Judge given pairs; one judgement each, in order. Raises SpanLost where truncation would cut an actor or target off."""
        located = [self._locate(pair) for pair in pairs]
        rows = [window for window, _ in located]
        lower = self._lower(rows)
        result = judge(
            self.engine, rows, lower, [Marked(i, marked) for i, (_, marked) in enumerate(located)], calibration=self.thresholds.calibration
        )
        return [
            judgement(attitudes) if pair.actor is not None else tone_judgement(tones)
            for pair, attitudes, tones in zip(pairs, result.attitudes, result.tones, strict=True)
        ]

    def mark(self, text: str, rows: Sequence[Window]) -> tuple[list[Located], Floats, list[Floats]]:
        """Mentions in reading order, their states (mentions, 3 * hidden), and the lower states of each window (WindowStates)."""
        lower: dict[int, Floats] = {}
        found: list[tuple[Located, Floats]] = []
        for first in range(0, len(rows), SENTENCES_AT_ONCE):
            part = rows[first : first + SENTENCES_AT_ONCE]
            for chosen, encoded in encode(self.engine, part):
                windows_ = [part[i] for i in chosen]
                spans = {at: encoded.spans[at, :, : len(w), : len(w)] for at, w in enumerate(windows_)}
                here = find_mentions(text, windows_, spans, thresholds=self.thresholds.mention)
                at, starts, ends = (np.array([getattr(m, k) for m in here], dtype=np.int64) for k in ("row", "start", "end"))
                vectors = mention_vectors(encoded.top, at, starts, ends)
                found += [(replace(m, row=first + chosen[m.row]), vector) for m, vector in zip(here, vectors, strict=True)]
                if len(rows) <= SENTENCES_AT_ONCE:
                    lower.update({i: encoded.lower[k, : len(part[i])].copy() for k, i in enumerate(chosen)})
        found.sort(key=lambda pair: (pair[0].mention.span.start, -pair[0].mention.span.end))
        vectors = np.stack([v for _, v in found]) if found else np.zeros((0, 3), dtype=np.float32)
        return [m for m, _ in found], vectors, [lower[i] for i in range(len(lower))]

    def _judge(self, states: WindowStates, marked: Sequence[Marked]) -> Probabilities:
        """Pairs in order. A long article's windows are read again, a part at a time: to keep all their states takes 150 KB a sentence."""
        rows, lower = states
        if len(lower) == len(rows):
            return judge(self.engine, rows, lower, marked, calibration=self.thresholds.calibration)
        found = Probabilities(np.zeros((len(marked), 11), dtype=np.float32), np.zeros((len(marked), 3), dtype=np.float32))
        for first in range(0, len(rows), SENTENCES_AT_ONCE):
            part = rows[first : first + SENTENCES_AT_ONCE]
            chosen = [k for k, one in enumerate(marked) if first <= one.row < first + len(part)]
            here = [replace(marked[k], row=marked[k].row - first) for k in chosen]
            result = judge(self.engine, part, self._lower(part), here, calibration=self.thresholds.calibration)
            found.attitudes[chosen], found.tones[chosen] = result.attitudes, result.tones
        return found

    def _lower(self, rows: Sequence[Window]) -> list[Floats]:
        lower: dict[int, Floats] = {}
        for chosen, encoded in encode(self.engine, rows):
            lower.update({i: encoded.lower[k, : len(rows[i])].copy() for k, i in enumerate(chosen)})
        return [lower[i] for i in range(len(rows))]

    def _locate(self, pair: PairInput) -> tuple[Window, Ints]:
        """The window of a given pair and its roles. A name is looked for in the text; where it does not stand there it is put before it."""
        actor, target = (find_name(pair.text, end) if isinstance(end, str) else end for end in (pair.actor, pair.target))
        if isinstance(actor, str) or isinstance(target, str):
            names = [
                end if isinstance(end, str) else pair.text[end.start : end.end] for end in (pair.actor, pair.target) if end is not None
            ]
            window, places = named_window(pair.text, names, self.tokenizer)
            marked = np.zeros(len(window), dtype=np.int64)
            for place, bit in zip(places, (1, 2) if len(places) == 2 else (2,), strict=True):
                marked[place] |= bit
            return window, marked
        spans = [span for span in (actor, target) if span is not None]
        window = pair_window(pair.text, spans, self.tokenizer, context=pair.context)
        return window, roles(window, [actor] if actor else [], [target] if target else [], width=len(window))

    def _pairs(
        self, sentences: Sequence[Span], rows: Sequence[Window], entities: Sequence[Entity], inside: NDArray[np.bool_], warnings: list[str]
    ) -> tuple[list[tuple[str, str, Marked]], list[tuple[str, Marked]]]:
        """Candidate pairs and the targets whose tone is asked for, each in its window."""
        spans: dict[int, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
        for entity in entities:
            for m in entity.mentions:
                spans[m.sentence][entity.id].append(m.span)
        types = {entity.id: entity.type for entity in entities}
        pairs: list[tuple[str, str, Marked]] = []
        targets: list[tuple[str, Marked]] = []
        for row, window in enumerate(rows):
            i = window.sentence
            here = _first(spans[i], MAX_ENTITIES_PER_SENTENCE, warnings)
            before = _merged(spans[j] for j in range(max(0, i - CONTEXT_SENTENCES), i))
            running = bool(inside[sentences[i].start])
            for actor, target in candidates(list(here), list(before), types, quoted=running):
                marked = _roles(window, here.get(actor) or before.get(actor, []), here[target])
                if marked is not None:
                    pairs.append((actor, target, Marked(row, marked)))
            for target in here:
                marked = _roles(window, [], here[target])
                if marked is not None:
                    targets.append((target, Marked(row, marked)))
        return pairs, targets


def find_name(text: str, name: str) -> Span | str:
    """Where a name stands in the text, as a whole word and letter case aside; the name itself where it does not."""
    at = text.casefold().find(name.casefold()) if len(text) == len(text.casefold()) else text.find(name)
    while at >= 0:
        end = at + len(name)
        if not (at and text[at - 1].isalnum()) and not (end < len(text) and text[end].isalnum()):
            return Span(at, end)
        at = text.casefold().find(name.casefold(), at + 1)
    return name


def _roles(window: Window, actor: Sequence[Span], target: Sequence[Span]) -> Ints | None:
    """Roles in a window, or None where an end stands in another piece of a sentence that has several."""
    try:
        return roles(window, actor, target, width=len(window))
    except SpanLost:
        return None


def _first(found: Mapping[str, list[Span]], most: int, warnings: list[str]) -> dict[str, list[Span]]:
    if len(found) > most:
        warnings.append(f"a sentence names {len(found)} entities; pairs of the first {most} were judged")
    return dict(list(found.items())[:most])


def _merged(parts: Iterator[Mapping[str, list[Span]]]) -> dict[str, list[Span]]:
    merged: dict[str, list[Span]] = defaultdict(list)
    for part in parts:
        for key, spans in part.items():
            merged[key] += spans
    return merged


def _with_tones(entities: Sequence[Entity], owners: Sequence[str], tones: Floats) -> list[Entity]:
    of: dict[str, list[Floats]] = defaultdict(list)
    for owner, row in zip(owners, tones, strict=True):
        of[owner].append(row)
    return [replace(entity, tone=tone(of[entity.id])) for entity in entities]
