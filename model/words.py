"""What the words of a name or mention tell by themselves: pronouns, proper names, the words that count, an id."""

from __future__ import annotations

import re
import unicodedata

_PRONOUNS = {
    "he": "he him his himself",
    "she": "she her hers herself",
    "it": "it its itself this that",
    "they": "they them their theirs themselves these those",
    "i": "i me my mine myself",
    "we": "we us our ours ourselves",
    "you": "you your yours yourself",
    "who": "who whom whose which",
}
PRONOUN_CLASS = {word: name for name, words in _PRONOUNS.items() for word in words.split()}
_SMALL = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "and",
        "for",
        "to",
        "in",
        "on",
        "at",
        "by",
        "with",
        "from",
        "as",
        "'s",
        "’s",
        "s",
        "his",
        "her",
        "its",
        "their",
        "our",
        "my",
        "new",
        "former",
    ]
)
_WORD = re.compile(r"\w+(?:[.’'-]\w+)*")


def pronoun_class(text: str) -> str | None:
    """Which kind of pronoun a mention is, as _PRONOUNS names them; None for other words, and for the country "US"."""
    return None if text == "US" else PRONOUN_CLASS.get(text.lower())


def is_pronoun(text: str) -> bool:
    return pronoun_class(text) is not None


def words_of(text: str) -> list[str]:
    """Lower-case words that carry meaning, in order; a possessive 's is no word."""
    found = [w.removesuffix("’s").removesuffix("'s") for w in _WORD.findall(text.lower())]
    return [w for w in found if w and w not in _SMALL]


def acronym_of(text: str) -> str:
    """Initials of the capitalised words of a name ("European Commission" -> "ec"); empty where there are fewer than two."""
    initials = [w[0] for w in _WORD.findall(text) if w[0].isupper()]
    return "".join(initials).lower() if len(initials) > 1 else ""


def is_proper(text: str) -> bool:
    """Whether a mention holds a name: a capitalised word that is not its first, or a first one that is no article or pronoun."""
    words = _WORD.findall(text)
    return any(w[0].isupper() and not (i == 0 and w.lower() in _SMALL | set(PRONOUN_CLASS)) for i, w in enumerate(words))


def slug(name: str) -> str:
    """Lower-case words of a name joined by hyphens, accents off ("Gabriel Nuñez" -> "gabriel-nunez"); "entity" where none are left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:80].rstrip("-") or "entity"
