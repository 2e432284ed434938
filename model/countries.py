"""States by the names that news uses for them: their own, their capitals', and those of palaces that stand for the government.

The data is model/data/countries.json, which says where it comes from. A name is looked up as a whole and by its letter case, for
"US" is a state and "us" is not, "Turkey" is one and "turkey" is not. What the words alone cannot tell is for the caller to judge
by the mention's type and its sentence:

- "Georgia", "Jordan" and "Chad" are also a federal state and first names; capitals are most often just cities.
- "Congo" and "Congolese" go to DR Congo, "Dominican" to the Dominican Republic, "Guinean" to Guinea, "Samoan" to Samoa.
- "Korean" is no demonym here, and Brussels (the European Union), Victoria, Kingston, Georgetown, St. John's, St. George's and the
  bare "San Jose" and "Male" are no state: they as often mean something else. Neither are The Hague, Geneva and Tel Aviv.
- Dependencies (Greenland, Hong Kong, Gibraltar) and constituent countries (Scotland) are not in the list.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_DATA: Final = Path(__file__).parent / "data" / "countries.json"
_INITIALS: Final = re.compile(r"(?:[A-Z]\.)+[A-Z]?\.?")
_ARTICLE: Final = re.compile(r"(?:the|The|THE) ")
_POSSESSIVE: Final = re.compile(r"'[sS]$|(?<=[sS])'$")


@dataclass(frozen=True, slots=True)
class Country:
    """A state. `name` is the common name, as news writes it; `names` are others ("UK"), `places` are capitals and palaces that are
    used for the state ("Kyiv", "Kremlin"), and `demonyms` nouns and adjectives, plurals included ("Dane", "Danes", "Danish").
    """

    name: str
    capital: str
    names: tuple[str, ...]
    places: tuple[str, ...]
    demonyms: tuple[str, ...]


def lookup(mention: str) -> Country | None:
    """The state that a whole mention names, or None. An article, a possessive and dots in initials ("the U.S.'s") do not matter."""
    name = _plain(mention)
    tables = _tables()
    if name.isupper() and len(name) > 3:  # a headline's capitals; shorter ones are initials and stand in the data as they are
        return tables.capitals.get(name)
    return tables.names.get(name)


def demonym(word: str) -> Country | None:
    """The state whose people or adjective a word is ("Russian", "Danes", "Dutch"), or None. Letter case matters."""
    return _tables().demonyms.get(_plain(word))


def countries() -> tuple[Country, ...]:
    """Every state, by name."""
    return _tables().countries


@dataclass(frozen=True, slots=True)
class _Tables:
    countries: tuple[Country, ...]
    names: dict[str, Country]
    capitals: dict[str, Country]
    demonyms: dict[str, Country]


@cache
def _tables() -> _Tables:
    rows = json.loads(_DATA.read_text(encoding="utf-8"))["countries"]
    all_countries = tuple(
        Country(row["name"], row["capital"], tuple(row["names"]), tuple(row["places"]), tuple(row["demonyms"])) for row in rows
    )
    names = {name: country for country in all_countries for name in (country.name, *country.names, *country.places)}
    return _Tables(
        all_countries,
        names,
        {name.upper(): country for name, country in names.items()},
        {word: country for country in all_countries for word in country.demonyms},
    )


def _plain(mention: str) -> str:
    """One blank between words, straight apostrophes, no article before, no possessive behind, initials without dots."""
    name = unicodedata.normalize("NFC", " ".join(mention.split())).replace("’", "'")
    name = _POSSESSIVE.sub("", _ARTICLE.sub("", name, count=1) if _ARTICLE.match(name) else name)
    return name.replace(".", "") if _INITIALS.fullmatch(name) else name
