"""Mentions to entities: which mentions are of the same person, organisation, country, group or issue."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from model import countries
from model.antecedents import Known, MentionFacts, candidate_pairs, features
from model.engine import Engine, Floats
from model.labels import ENTITY_TYPES, EntityType
from model.matching import Matcher
from model.mentions import Located
from model.names import abbreviation, bare, canonical_name, organisation_name, person_name
from model.records import Entity, Mention
from model.watchlist import Watchlist
from model.words import acronym_of, is_pronoun, is_proper, pronoun_class, slug, words_of

_COREFERENT = 1.0  # logit, tuned on the corpus dev split; in training "none" scores 0
_ALIAS = 3.0  # logit from which two names without a word in common may be of one organisation ("KMT", "Kuomintang")
PAIRS_AT_ONCE = 1 << 13  # scored together; an article of 100 mentions has half as many
_ABBREVIATION = re.compile(r"[A-Z]{2,6}")
_KINDS = frozenset(  # what an organisation is; two of a kind have that word in common
    [
        *("house", "senate", "congress", "parliament", "assembly", "court", "committee", "commission", "council", "board", "ministry"),
        *("department", "agency", "office", "bureau", "party", "union", "association", "federation", "university", "institute", "bank"),
        *("company", "group", "authority", "service", "force", "police", "army"),
    ]
)
_GENDERS = frozenset({"he", "she"})


def resolve(
    mentions: Sequence[Located], vectors: Floats, inside: NDArray[np.bool_], engine: Engine, watchlist: Watchlist | None
) -> list[Entity]:
    """Entities in the order of their first mention.

    `vectors` (mentions, 3 * hidden) are the mentions' states and `inside` (characters,) tells what is quoted. A pronoun that no
    earlier mention explains makes no entity.
    """
    named = of_one_type([m.mention for m in mentions])
    facts = [_facts(m, inside) for m in named]
    later, earlier = candidate_pairs(facts)
    scores = _scores(engine, vectors, Known.of(facts), later, earlier)
    sure = scores > _COREFERENT
    clusters = _cluster(named, later[sure], earlier[sure], scores[sure])
    return _entities(clusters, Matcher.of(watchlist))


def _scores(engine: Engine, vectors: Floats, known: Known, later: NDArray[np.int64], earlier: NDArray[np.int64]) -> Floats:
    """The logit of each pair, (n_pairs,); a part at a time, since each pair takes 10 KB on the way."""
    scores = np.zeros(len(later), dtype=np.float32)
    for at in range(0, len(later), PAIRS_AT_ONCE):
        a, b = later[at : at + PAIRS_AT_ONCE], earlier[at : at + PAIRS_AT_ONCE]
        scores[at : at + PAIRS_AT_ONCE] = engine.antecedents(vectors, a, b, features(known, a, b))
    return scores


def _facts(mention: Mention, inside: NDArray[np.bool_]) -> MentionFacts:
    span = mention.span
    return MentionFacts(mention.text, ENTITY_TYPES.index(mention.type), mention.sentence, span.start, span.end, bool(inside[span.start]))


def of_one_type(mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions with one type for each name: the one that they have most of, by their scores.

    A single word that is the last of a person's full name counts as that person too; the name of a state or its capital as the state.
    "The Russians" are their state where it is mentioned too.
    """
    votes: dict[str, dict[EntityType, float]] = defaultdict(lambda: defaultdict(float))
    full: dict[str, float] = {}
    for m in mentions:
        if m.type == "PERSON" and (name := person_name(m.text)) and " " in name:
            full[name.split()[-1]] = max(m.score, full.get(name.split()[-1], 0.0))
    for m in mentions:
        if is_proper(m.text):
            votes[bare(m.text)][m.type] += m.score
    for name, found in votes.items():
        if name in full:
            found["PERSON"] += full[name]
        elif (state := countries.lookup(name)) and name in (state.name, state.capital, *state.names):
            found["COUNTRY"] += 1.0
    states = {state.name for m in mentions if m.type == "COUNTRY" and (state := countries.lookup(m.text))}
    for name, found in votes.items():
        if name.endswith("s") and (people := countries.demonym(name)) and people.name in states:
            found["COUNTRY"] += found.pop("GROUP", 0.0)
    best = {name: max(found, key=lambda kind: (found[kind], kind == "PERSON")) for name, found in votes.items()}
    return [replace(m, type=best.get(bare(m.text), m.type)) for m in mentions]


class _Names:
    """Which cluster a name says a mention is of. Clusters are told apart by their numbers."""

    def __init__(self) -> None:
        self._by_key: dict[str, int] = {}
        self._people: dict[str, set[int]] = defaultdict(set)
        self._short: dict[str, set[int]] = defaultdict(set)

    def home(self, mention: Mention) -> int | None:
        """None where names do not tell."""
        if (key := name_key(mention)) in self._by_key:
            return self._by_key[key]
        if mention.type == "PERSON" and (name := person_name(mention.text)):
            homes = [self._people[word] for word in name.lower().split()]
            return _only(set.intersection(*homes))
        if mention.type == "ORG" and (name := organisation_name(mention.text)):
            return _only(self._short[name]) if _ABBREVIATION.fullmatch(name) else self._by_key.get(f"ORG {acronym_of(name)}")
        return None

    def add(self, mention: Mention, home: int) -> None:
        key = name_key(mention)
        if key is None:
            return
        self._by_key.setdefault(key, home)
        if mention.type == "PERSON":
            for word in key.removeprefix("PERSON ").lower().split():
                self._people[word].add(home)
        if mention.type == "ORG":
            name = organisation_name(mention.text) or ""
            for short in {abbreviation(mention.text), acronym_of(name).upper()} - {None, ""}:
                self._short[str(short)].add(home)


def _only(homes: Collection[int]) -> int | None:
    return next(iter(homes)) if len(homes) == 1 else None


def _cluster(mentions: Sequence[Mention], later: NDArray[np.int64], earlier: NDArray[np.int64], scores: Floats) -> list[list[Mention]]:
    """Each mention joins the cluster that its name says, else that of its best antecedent that it may belong to.

    The pairs are those that score well.
    """
    best: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for i, j, score in zip(later.tolist(), earlier.tolist(), scores.tolist(), strict=True):
        best[i].append((score, j))
    cluster_of: dict[int, int] = {}
    clusters: list[list[Mention]] = []
    names = _Names()
    for i, mention in enumerate(mentions):
        home = names.home(mention)
        if home is None and i and _is_apposition(mentions[i - 1], mention):
            home = cluster_of[i - 1]
        if home is None:
            ranked = ((score, cluster_of[j]) for score, j in sorted(best[i], reverse=True))
            home = next((c for score, c in ranked if _may_join(mention, clusters[c], score)), None)
        if home is None:
            home = len(clusters)
            clusters.append([])
        clusters[home].append(mention)
        cluster_of[i] = home
        names.add(mention, home)
    return clusters


def name_key(mention: Mention) -> str | None:
    """What two mentions of one thing surely share: the state for a COUNTRY, a person's full name, an organisation's name, else all
    words where there are two or more; None where there is no such name."""
    if mention.type == "COUNTRY":
        state = countries.lookup(mention.text) or _people_of(mention.text)
        return f"COUNTRY {state.name}" if state else None
    if mention.type == "PERSON":
        name = person_name(mention.text)
        return f"PERSON {name}" if name and " " in name else None
    words = words_of((mention.type == "ORG" and organisation_name(mention.text)) or mention.text)
    return f"{mention.type} {' '.join(words)}" if len(words) > 1 or (words and mention.type == "ORG" and is_proper(mention.text)) else None


def _people_of(text: str) -> countries.Country | None:
    """The state whose people or government a mention of a COUNTRY means ("the Indians"), where only one is named."""
    found = {state.name: state for word in text.split() if (state := countries.demonym(word))}
    return next(iter(found.values())) if len(found) == 1 else None


def _is_apposition(before: Mention, mention: Mention) -> bool:
    """Whether a person's name and description stand side by side ("Jane Doe, the mayor"), one of them without a name."""
    if not (before.type == mention.type == "PERSON" and before.sentence == mention.sentence):
        return False
    unnamed = [m for m in (before, mention) if person_name(m.text) is None and not is_pronoun(m.text)]
    return mention.span.start - before.span.end == len(", ") and len(unnamed) == 1


def _may_join(mention: Mention, cluster: Sequence[Mention], score: float) -> bool:
    """Whether nothing forbids it: another type, another name, a pronoun of another gender."""
    pronoun = pronoun_class(mention.text)
    if any(m.span.start < mention.span.end and mention.span.start < m.span.end for m in cluster):
        return False  # one holds the other: "its deputy" is not "its"
    if pronoun:
        return _agrees(pronoun, cluster)
    return mention.type == cluster[0].type and _names_agree(mention, cluster, score)


def _names_agree(mention: Mention, cluster: Sequence[Mention], score: float) -> bool:
    """Whether what a mention is called may be a name of the thing that a cluster of its type is about."""
    if mention.type == "COUNTRY":
        mine = countries.lookup(mention.text)
        return mine is None or all(mine == state for m in cluster if (state := countries.lookup(m.text)))
    if mention.type == "PERSON" and (name := person_name(mention.text)):
        return all(_same_person(name, other) for m in cluster if (other := person_name(m.text)))
    if mention.type == "ORG" and score < _ALIAS and is_proper(mention.text):
        names = [m.text for m in cluster if not is_pronoun(m.text) and is_proper(m.text)]
        return not names or any(_may_be_one_name(mention.text, other) for other in names)
    return True


def _agrees(pronoun: str, cluster: Sequence[Mention]) -> bool:
    """Whether a pronoun of this class may stand for what the cluster's mentions are."""
    classes = {pronoun_class(m.text) for m in cluster}
    kinds = {m.type for m in cluster if not is_pronoun(m.text)} or {m.type for m in cluster}
    if pronoun in _GENDERS:
        return "PERSON" in kinds and not classes & (_GENDERS - {pronoun})
    return "PERSON" in kinds if pronoun == "i" else kinds != {"PERSON"} if pronoun == "it" else True


def _may_be_one_name(a: str, b: str) -> bool:
    """Whether one name is the other's acronym or a part of it: its kind alone ("the House") only where the other is of that kind."""
    x, y = (words_of(organisation_name(text) or text) for text in (a, b))
    if acronym_of(a) in ("".join(y), acronym_of(b) or None) or acronym_of(b) == "".join(x):
        return True
    short, long = sorted((x, y), key=len)
    if not set(short) <= set(long):
        return False
    return not set(short) <= _KINDS or len(short) == len(long) or short[-1] == long[-1] != "house"


def _same_person(a: str, b: str) -> bool:
    """Names of one person share a word, and are not two full names with other last words."""
    x, y = a.lower().split(), b.lower().split()
    if len(x) > 1 and len(y) > 1:
        return x[-1] == y[-1] and (x[0] == y[0] or x[0][0] == y[0][0])
    return bool(set(x) & set(y))


def _entities(clusters: Sequence[Sequence[Mention]], matcher: Matcher) -> list[Entity]:
    """Clusters as entities; those that the watchlist calls by one name become one. Ids are unique: a second "x" is "x-2"."""
    merged: dict[str, tuple[str, EntityType, str | None, list[Mention]]] = {}
    for number, cluster in enumerate(clusters):
        if all(is_pronoun(m.text) for m in cluster):
            continue
        kind = _type(cluster)
        entry = matcher.entry(cluster, kind)
        kind = entry.type if entry else kind
        name = entry.name if entry else canonical_name([m for m in cluster if m.type == kind] or cluster)
        same = f"watchlist {name}" if entry else f"{kind} {name.lower()}" if kind != "PERSON" or " " in name else f"cluster {number}"
        merged.setdefault(same, (name, kind, entry.external_id if entry else None, []))[3].extend(cluster)
    ids: Counter[str] = Counter()
    found = []
    for name, kind, external_id, mentions in merged.values():
        key = slug(name)
        ids[key] += 1
        unique = key if ids[key] == 1 else f"{key}-{ids[key]}"
        ordered = tuple(sorted(mentions, key=lambda m: m.span))
        found.append(Entity(unique, name, kind, ordered, external_id))
    return sorted(found, key=lambda e: e.mentions[0].span)


def _type(cluster: Sequence[Mention]) -> EntityType:
    """The type of most of the mentions that are no pronouns; the first one's where they are even."""
    counts = Counter(m.type for m in cluster if not is_pronoun(m.text))
    return counts.most_common(1)[0][0]
