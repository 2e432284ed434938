"""What an entity is called: its canonical name, and an id made of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

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
_KEPT = 4096  # answers about words and mentions: a name comes again and again, and a process reads for hours
_OFFICE = re.compile(r"(?:.* )?(?:Secretary|Minister) of (?:the )?[A-Z]\w+")  # what stands before a name: "US Secretary of State"
_LINKS = frozenset(["of", "for", "and", "the", "on", "&"])  # within an organisation's name
_OF_ANOTHER = frozenset(["and", "&", "on", "whose", "that", "which", "who"])  # what follows in a description is another name
_ALIAS = re.compile(r"\s*\(([^()]*)\)")
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
        "herr",
        "frau",
        "monsieur",
        "madame",
        "signor",
        "signora",
        "señor",
        "señora",
        "cllr",
        "cabinet",
        "baroness",
        "baron",
        "viscount",
        "countess",
        "emir",
        "sultan",
        "brigadier",
        "corporal",
        "constable",
        "rabbi",
        "pastor",
        "ombudsman",
        "solicitor",
        "treasurer",
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


@lru_cache(_KEPT)
def person_name(text: str) -> str | None:
    """The name in a mention of a person, title and description taken off, or None where there is no name in it."""
    raw = bare(text).split()
    words = [_POSSESSIVE.sub("", w).strip(",") for w in raw]
    end = len(words)
    while end and not _NAME_WORD.match(words[end - 1]):
        end -= 1  # "Jane Doe, who ..." never reaches here: an appositive is a mention of its own
    start = end
    while start and _NAME_WORD.match(words[start - 1]) and not _is_title(words[start - 1]):
        if start < end and raw[start - 1].endswith(","):
            break  # "the minister of power, Ana Ruiz"
        start -= 1
    while start < end and words[start] in _PARTICLES:
        start += 1
    apposed = start > 0 and raw[start - 1].endswith(",")
    if any(word in _PREPOSITIONS for word in words[:start]) and not apposed and not _OFFICE.fullmatch(" ".join(words[:start])):
        return None  # "a fellow at the Royal Institute" describes a person and names another thing
    name = " ".join(words[start:end])
    return name if _UPPER.match(name) else None


@lru_cache(_KEPT)
def organisation_name(text: str) -> str | None:
    """The name at the end of a mention, what describes it taken off ("the liberal Neos"); None where there is none, or it is another's
    ("a fund that holds shares of Cemex").
    """
    words = [w.strip(",;:“”\"'‘’") for w in _ALIAS.sub("", bare(text)).split()]
    start = len(words)
    while start and (words[start - 1] in _LINKS or words[start - 1][:1].isupper() or words[start - 1][:1].isdigit()):
        start -= 1
    described = words[:start]
    while start < len(words) and words[start] in _LINKS:
        described.append(words[start])
        start += 1
    while len(words) - start > 1 and _POSSESSIVE.search(words[start]) and countries.lookup(words[start]):
        start += 1  # "Germany's SPD"
    if any(w in _OF_ANOTHER or w in _PREPOSITIONS for w in described) or not any(w[:1].isupper() for w in words[start:]):
        return None
    return " ".join(words[start:])


def abbreviation(text: str) -> str | None:
    """What a mention gives in brackets as its short name, "CHP" in "the Republican People's Party (CHP)"; None where there is none."""
    found = _ALIAS.search(text)
    return found[1] if found and found[1].isupper() and found[1].isalpha() else None


@lru_cache(_KEPT)
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
