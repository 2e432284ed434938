"""What an entity is called: its canonical name, and an id made of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from model import countries
from model.records import Mention
from model.words import is_pronoun, is_proper

_ARTICLE = re.compile(r"^(?:the|a|an|this|that|these|those|his|her|its|their|our|my|your)\s+", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])$")
_NAME_WORD = re.compile(r"^(?:[A-Z][\w.'’-]*|al-\w+|de|del|della|der|den|di|da|dos|du|la|le|van|von|bin|ibn|el|ter|ten|zu|y)$")
_PARTICLES = frozenset(
    ["de", "del", "della", "der", "den", "di", "da", "dos", "du", "la", "le", "van", "von", "bin", "ibn", "el", "ter", "ten", "zu", "y"]
)
_PREPOSITIONS = frozenset(["of", "at", "from", "in", "for", "to", "with", "on", "by"])
_UPPER = re.compile(r"^[A-Z]")
# Words that stand before a person's name and are no part of it. Offices are taken from the text itself as well: see _person.
_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "prof",
        "professor",
        "sir",
        "lord",
        "lady",
        "dame",
        "president",
        "vice",
        "prime",
        "minister",
        "premier",
        "chancellor",
        "secretary",
        "general",
        "king",
        "queen",
        "prince",
        "princess",
        "pope",
        "senator",
        "sen",
        "rep",
        "representative",
        "congressman",
        "congresswoman",
        "governor",
        "gov",
        "mayor",
        "judge",
        "justice",
        "chief",
        "director",
        "chairman",
        "chairwoman",
        "chairperson",
        "chair",
        "chief",
        "executive",
        "officer",
        "ceo",
        "captain",
        "colonel",
        "col",
        "major",
        "lieutenant",
        "sergeant",
        "gen",
        "admiral",
        "commander",
        "ambassador",
        "commissioner",
        "deputy",
        "former",
        "acting",
        "attorney",
        "foreign",
        "finance",
        "interior",
        "defence",
        "defense",
        "health",
        "education",
        "environment",
        "energy",
        "justice",
        "trade",
        "economy",
        "leader",
        "opposition",
        "speaker",
        "lawmaker",
        "councillor",
        "councilor",
        "mp",
        "mep",
        "spokesman",
        "spokeswoman",
        "spokesperson",
        "republican",
        "democrat",
        "democratic",
        "first",
        "state",
        "national",
        "minister-president",
        "taoiseach",
        "sheikh",
        "ayatollah",
        "imam",
        "bishop",
        "archbishop",
        "cardinal",
        "reverend",
        "rev",
        "father",
        "sister",
        "brother",
        "founder",
        "co-founder",
        "owner",
        "coach",
        "manager",
        "inspector",
        "superintendent",
        "detective",
        "economist",
        "analyst",
        "adviser",
        "advisor",
        "envoy",
        "union",
    ]
)


def canonical_name(mentions: Sequence[Mention]) -> str:
    """The name of the entity that mentions refer to, by the guidelines.

    PERSON: the fullest name without title; COUNTRY: the state's common name; ORG: its full name; GROUP and ISSUE: the clearest short noun
    phrase without its article. A pronoun names an entity only where it has nothing else.
    """
    kind = mentions[0].type
    texts = [m.text for m in mentions if not is_pronoun(m.text)] or [mentions[0].text]
    if kind == "COUNTRY":
        return _country(texts)
    if kind == "PERSON":
        return _person(texts)
    if kind == "ORG":
        proper = [bare(t) for t in texts if is_proper(t)]
        return _fullest(proper) if proper else _phrase(texts)
    return _phrase(texts)


def bare(text: str) -> str:
    """A mention without its article and possessive, blanks made single."""
    return _POSSESSIVE.sub("", _ARTICLE.sub("", " ".join(text.split()))) or text


def person_name(text: str) -> str | None:
    """The name in a mention of a person, title and description taken off, or None where there is no name in it."""
    words = [_POSSESSIVE.sub("", w).strip(",") for w in bare(text).split()]
    end = len(words)
    while end and not _NAME_WORD.match(words[end - 1]):
        end -= 1  # "Jane Doe, who ..." never reaches here: an appositive is a mention of its own
    start = end
    while start and _NAME_WORD.match(words[start - 1]) and not _is_title(words[start - 1]):
        start -= 1
    while start < end and words[start] in _PARTICLES:
        start += 1
    if any(word in _PREPOSITIONS for word in words[:start]):
        return None  # "a fellow at the Royal Institute" describes a person and names another thing
    name = " ".join(words[start:end])
    return name if _UPPER.match(name) else None


@cache
def _is_title(word: str) -> bool:
    return (
        word.lower().rstrip(".") in _TITLES or countries.demonym(word) is not None or (word.isupper() and len(word) > 1 and "." not in word)
    )


def _person(texts: Sequence[str]) -> str:
    names = [name for t in texts if (name := person_name(t))]
    return _fullest(names) if names else _phrase(texts)


def _fullest(names: Sequence[str]) -> str:
    """The name of most words among those seen; of these the most frequent, of these the first."""
    counts = Counter(names)
    length = min(max(len(n.split()) for n in names), 8)
    return max(counts, key=lambda n: (min(len(n.split()), length), counts[n], -names.index(n)))


def _country(texts: Sequence[str]) -> str:
    known = Counter(country.name for t in texts if (country := countries.lookup(t)))
    if known:
        return known.most_common(1)[0][0]
    by_people = Counter(country.name for t in texts for w in t.split() if (country := countries.demonym(w)))
    return by_people.most_common(1)[0][0] if by_people else _phrase(texts)


def _phrase(texts: Sequence[str]) -> str:
    """The phrase that says most in few words: of two to five words if there is one, then the longest, then the first."""
    phrases = [bare(t) for t in texts]
    return max(phrases, key=lambda p: (2 <= len(p.split()) <= 5, -abs(len(p.split()) - 4), -phrases.index(p)))
