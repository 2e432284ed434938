"""Read the .stance markup of this folder (see GUIDELINES.md): check it, count it, export it.

python -m model.train.corpus.corpus check FILE...     problems on standard error, exit 1 if there are any; counts on standard output
python -m model.train.corpus.corpus export FILE...    JSON Lines: one article a line, offsets half-open in characters of "text"
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NotRequired, TypedDict, cast

from model.labels import ACTOR_TYPES, ENTITY_TYPES, POLARITY, EntityType

# The markup leaves "neutral" out: every pair of a sentence that has no stance line is neutral.
ATTITUDES: Final[dict[str, float]] = {attitude: polarity for attitude, polarity in POLARITY.items() if attitude != "neutral"}
META: Final = ("title", "date", "style")
STYLES: Final = frozenset(
    {"wire", "broadcast", "tabloid", "broadsheet", "regional", "business", "press-release", "opinion", "live-blog", "analysis"}
)
AUTHOR: Final = "author"  # the one actor that needs no declaration and no mention
_BRACE: Final = re.compile(r"\{([a-z]+\d*):|\}")
_META_LINE: Final = re.compile(rf"({'|'.join(META)}): (.+)")


class EntityRecord(TypedDict):
    """A declared entity; its id is the key that it stands under."""

    type: EntityType
    name: str


class SpanRecord(TypedDict):
    """Half-open [start, end), in characters of the article's text."""

    start: int
    end: int


class MentionRecord(SpanRecord):
    """A mention of an entity in the sentence with this index."""

    entity: str
    sentence: int


class StanceRecord(TypedDict):
    """A stance that the sentence with this index shows; `actor` and `target` are entity ids, or "author"."""

    sentence: int
    actor: str
    target: str
    attitude: str
    polarity: float


class ArticleRecord(TypedDict):
    """The exported form of an article. The three keys that may be missing are missing only where `parse` found problems."""

    id: str
    title: NotRequired[str]
    date: NotRequired[str]
    style: NotRequired[str]
    text: str
    entities: dict[str, EntityRecord]
    sentences: list[SpanRecord]
    mentions: list[MentionRecord]
    stances: list[StanceRecord]


@dataclass(slots=True)
class Article:
    """One block of a .stance file. `line` is where it begins; `parse` fills it and nothing changes it afterwards."""

    id: str
    line: int
    meta: dict[str, str] = field(default_factory=dict)
    entities: dict[str, EntityRecord] = field(default_factory=dict)
    text: str = ""
    sentences: list[SpanRecord] = field(default_factory=list)
    mentions: list[MentionRecord] = field(default_factory=list)
    stances: list[StanceRecord] = field(default_factory=list)

    def record(self) -> ArticleRecord:
        """The exported form: text, sentence spans, mentions with sentence index, stances."""
        record = {
            "id": self.id,
            **self.meta,
            "text": self.text,
            "entities": self.entities,
            "sentences": self.sentences,
            "mentions": self.mentions,
            "stances": self.stances,
        }
        return cast(ArticleRecord, record)


def parse(path: Path) -> tuple[list[Article], list[str]]:
    """All articles of one file, and its problems as 'FILE:LINE: what'."""
    parser = _Parser(path.name)
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        parser.feed(number, raw.strip())
    problems = [f"{path.name}:{article.line}: {article.id}: {what}" for article in parser.articles for what in _lacks(article)]
    return parser.articles, parser.problems + problems


def parse_sentence(line: str) -> tuple[str, list[tuple[str, int, int]]]:
    """Strip the braces: the plain sentence and (entity id, start, end) per mention, outer mentions first.

    Raises ValueError where braces do not balance.
    """
    plain = ""
    found: list[tuple[str, int, int]] = []
    open_mentions: list[tuple[str, int]] = []
    at = 0
    for brace in _BRACE.finditer(line):
        plain += line[at : brace.start()]
        at = brace.end()
        if brace[1]:
            open_mentions.append((brace[1], len(plain)))
        elif open_mentions:
            entity, start = open_mentions.pop()
            found.append((entity, start, len(plain)))
        else:
            raise ValueError("a closing brace with no mention open")
    if open_mentions:
        raise ValueError(f"mention {open_mentions[-1][0]} is never closed")
    plain += line[at:]
    if "{" in plain or "}" in plain:
        raise ValueError("a stray brace")
    return plain, sorted(found, key=lambda mention: (mention[1], -mention[2]))


class _Parser:
    """Takes a file line by line; collects articles and problems."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.articles: list[Article] = []
        self.problems: list[str] = []
        self._line = 0
        self._paragraph_ended = False

    def feed(self, number: int, line: str) -> None:
        """Take the next line, stripped of outer blanks; `number` counts from 1."""
        self._line = number
        article = self.articles[-1] if self.articles else None
        if line.startswith("== "):
            self.articles.append(Article(line[3:].strip(), number))
            self._paragraph_ended = False
        elif article is None:
            if line:
                self._problem("text before the first '== id'")
        elif not line:
            self._paragraph_ended = True
        elif not article.text and (meta := _META_LINE.fullmatch(line)):
            article.meta[meta[1]] = meta[2]
        elif line.startswith("@ "):
            self._entity(article, line[2:])
        elif line.startswith("> "):
            self._stance(article, line[2:].split())
        else:
            self._sentence(article, line)

    def _problem(self, what: str) -> None:
        self.problems.append(f"{self.file}:{self._line}: {what}")

    def _entity(self, article: Article, declaration: str) -> None:
        parts = declaration.split(None, 2)
        if len(parts) != 3 or parts[1] not in ENTITY_TYPES:
            self._problem("expected '@ id TYPE name'")
        elif parts[0] in article.entities:
            self._problem(f"entity {parts[0]} twice")
        else:
            article.entities[parts[0]] = {"type": parts[1], "name": parts[2]}

    def _stance(self, article: Article, parts: list[str]) -> None:
        if not article.sentences:
            self._problem("a stance before any sentence")
            return
        if len(parts) != 3:
            self._problem("expected '> actor target attitude'")
            return
        actor, target, attitude = parts
        stance: StanceRecord = {
            "sentence": len(article.sentences) - 1,
            "actor": actor,
            "target": target,
            "attitude": attitude,
            "polarity": ATTITUDES.get(attitude, 0.0),
        }
        for what in _wrong_with(stance, article):
            self._problem(what)
        article.stances.append(stance)

    def _sentence(self, article: Article, line: str) -> None:
        try:
            plain, found = parse_sentence(line)
        except ValueError as error:
            self._problem(str(error))
            return
        if article.text:
            article.text += "\n\n" if self._paragraph_ended else " "
        self._paragraph_ended = False
        start = len(article.text)
        article.text += plain
        article.sentences.append({"start": start, "end": start + len(plain)})
        for entity, a, b in found:
            if entity not in article.entities:
                self._problem(f"mention of undeclared {entity}")
            elif not plain[a:b] or plain[a:b] != plain[a:b].strip():
                self._problem(f"mention of {entity} is empty or has outer blanks")
            article.mentions.append({"entity": entity, "sentence": len(article.sentences) - 1, "start": start + a, "end": start + b})


def _wrong_with(stance: StanceRecord, article: Article) -> list[str]:
    """What is wrong with a stance, given the article up to and including its sentence."""
    actor, target, entities = stance["actor"], stance["target"], article.entities
    problems = []
    if stance["attitude"] not in ATTITUDES:
        problems.append(f"unknown attitude {stance['attitude']}")
    if actor != AUTHOR and (actor not in entities or entities[actor]["type"] not in ACTOR_TYPES):
        problems.append(f"{actor} is no actor")
    if target not in entities:
        problems.append(f"unknown target {target}")
    if actor == target:
        problems.append("an actor's stance toward itself")
    so_far = {mention["entity"] for mention in article.mentions}
    problems += [
        f"{entity} has not been mentioned yet"
        for entity in (actor, target)
        if entity != AUTHOR and entity in entities and entity not in so_far
    ]
    if any((s["sentence"], s["actor"], s["target"]) == (stance["sentence"], actor, target) for s in article.stances):
        problems.append(f"two labels for {actor} {target} in one sentence")
    return problems


def _lacks(article: Article) -> list[str]:
    """What a finished article lacks."""
    seen = {mention["entity"] for mention in article.mentions} | {AUTHOR}
    problems = [f"{entity} is declared and never mentioned" for entity in article.entities if entity not in seen]
    problems += [f"no {key}" for key in META if key not in article.meta]
    if article.meta.get("style") not in STYLES:
        problems.append(f"style must be one of {', '.join(sorted(STYLES))}")
    return problems


def counts(articles: Sequence[Article]) -> str:
    """Two lines: how much there is, and how often each attitude stands."""
    attitudes = Counter(stance["attitude"] for article in articles for stance in article.stances)
    with_stance = sum(len({stance["sentence"] for stance in article.stances}) for article in articles)
    return (
        f"{len(articles)} articles, {sum(len(article.sentences) for article in articles)} sentences ({with_stance} with a stance), "
        f"{sum(len(article.mentions) for article in articles)} mentions, {attitudes.total()} stances\n"
        + "  ".join(f"{attitude} {attitudes[attitude]}" for attitude in ATTITUDES)
    )


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit status: 0 clean, 1 problems, 2 wrong usage."""
    command, *names = arguments or [""]
    if command not in {"check", "export"} or not names:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    articles: list[Article] = []
    problems: list[str] = []
    for name in names:
        parsed, found = parse(Path(name))
        articles += parsed
        problems += found
    problems += [f"id {id_} twice" for id_, n in Counter(article.id for article in articles).items() if n > 1]
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    if command == "export":
        sys.stdout.writelines(json.dumps(article.record(), ensure_ascii=False) + "\n" for article in articles)
    else:
        sys.stdout.write(counts(articles) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
