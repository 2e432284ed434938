"""Which entry of a watchlist a cluster of mentions is about: by alias, and of issues also by the words that they share.

An entry is called by an alias where a mention is an alias, articles, possessives and letter case aside. An issue need not be named:
"cuts in the fuel subsidy" are "fuel subsidy cut". What was measured: EXPERIMENTS.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from model.labels import EntityType
from model.records import Mention
from model.watchlist import Watchlist, WatchlistEntry
from model.words import is_pronoun, words_of

# Of the sum of two shares in [0, 1]. Precision first: on the corpus a name is given wrongly once in 5,000 articles. 2/3 + 1/2, which
# is where "carbon tax reform" meets "income tax reform", has to stay below it.
LEAST = 1.2
_COMMON_WORDS = 2  # of an alias and a cluster: one word in common says nothing, however rare it is
_ENDINGS = ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ed", "es", "s", "y", "e")
_HYPHEN = re.compile(r"[-’']")

Stems = frozenset[str]


@dataclass(frozen=True, slots=True)
class Matcher:
    """A watchlist made ready for matching. Make it once; `entry` may be called for ever."""

    exact: Mapping[str, WatchlistEntry]
    issues: Sequence[tuple[Stems, WatchlistEntry]]

    @classmethod
    def of(cls, watchlist: Watchlist | None) -> Self:
        """Without a watchlist nothing matches. Of aliases that differ only in what does not count ("the aid", "aid") the last holds."""
        named = [(name, entry) for entry in watchlist.entries for name in entry.names] if watchlist else []
        issues = [(stems(name), entry) for name, entry in named if entry.type == "ISSUE"]
        return cls(
            {key: entry for name, entry in named if (key := _key(name))},
            [(alias, entry) for alias, entry in issues if len(alias) >= _COMMON_WORDS],
        )

    def entry(self, cluster: Sequence[Mention], kind: EntityType) -> WatchlistEntry | None:
        """The entry that a cluster of mentions, most of them `kind`, is about; None where there is none, or several fit equally."""
        texts = [m.text for m in cluster if not is_pronoun(m.text)]
        named = next((self.exact[key] for text in texts if (key := _key(text)) in self.exact), None)
        return named or (self._by_words(texts) if kind == "ISSUE" else None)

    def _by_words(self, texts: Sequence[str]) -> WatchlistEntry | None:
        mentions = [stems(text) for text in texts]
        best: dict[WatchlistEntry, float] = {}
        for alias, entry in self.issues:
            best[entry] = max(best.get(entry, 0.0), likeness(alias, mentions))
        ranked = sorted(best.items(), key=lambda item: -item[1])
        if not ranked or ranked[0][1] < LEAST or (len(ranked) > 1 and ranked[1][1] == ranked[0][1]):
            return None
        return ranked[0][0]


def likeness(alias: Stems, mentions: Iterable[Stems]) -> float:
    """How much mentions of one thing say what an alias says, in [0, 2]; 0 where they share fewer than two words with it.

    The share of the alias's words that stand in any of the mentions, and the Jaccard index of the alias and the mention most like it.
    """
    mentions = list(mentions)
    common = alias & frozenset().union(*mentions)
    if len(common) < _COMMON_WORDS:
        return 0.0
    return len(common) / len(alias) + max(len(alias & m) / len(alias | m) for m in mentions)


def stems(text: str) -> Stems:
    """The words that carry meaning, each without its ending ("the subsidies" -> subsid); hyphens part words."""
    return frozenset(_stem(part) for word in words_of(text) for part in _HYPHEN.split(word) if part)


def _stem(word: str) -> str:
    return next((word.removesuffix(end) for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 3), word)


def _key(name: str) -> str:
    return " ".join(words_of(name))
