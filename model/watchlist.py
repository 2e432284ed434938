"""The entities and issues that a user cares about, from a YAML file:

entities:
  - name: NATO
    type: ORG                  # PERSON, ORG, COUNTRY or GROUP
    aliases: [North Atlantic Treaty Organization, the alliance]
    external_id: Q7184         # optional: Wikidata, or an identifier of your own
issues:
  - name: aid to Ukraine
    aliases: [aid package, military aid to Kyiv]   # an issue is also found in other words: model/matching.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from model.labels import ENTITY_TYPES, EntityType
from model.words import words_of

_SECTIONS = ("entities", "issues")
_KEYS = ("name", "type", "aliases", "external_id")


class WatchlistError(ValueError):
    """The watchlist cannot be used; the message names the entry, counted from 1, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class WatchlistEntry:
    """One entity or issue. `aliases` are other names for it, without `name` itself."""

    name: str
    type: EntityType
    aliases: tuple[str, ...] = ()
    external_id: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is called, the canonical name first."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Entities first, then issues, each in the order of the file. No two entries share a name, letter case aside."""

    entries: tuple[WatchlistEntry, ...]


def load_watchlist(path: Path) -> Watchlist:
    """Read a watchlist file. Raises WatchlistError for what is wrong in it, OSError where it cannot be opened."""
    return parse_watchlist_bytes(path.read_bytes())


def parse_watchlist_bytes(data: bytes) -> Watchlist:
    """A watchlist file's content. Raises WatchlistError."""
    try:
        loaded = yaml.safe_load(data)
    except yaml.YAMLError as error:
        raise WatchlistError(f"not YAML: {_problem(error)}") from error
    return parse_watchlist(loaded)


def parse_watchlist(data: object) -> Watchlist:
    """A watchlist from what YAML or JSON holds. Raises WatchlistError."""
    if not isinstance(data, dict):
        raise WatchlistError("must hold 'entities:' and 'issues:', each with a list under it")
    for key in data:
        if key not in _SECTIONS:
            raise WatchlistError(f"unknown key {key!r}; the keys are entities and issues")
    entries = []
    owners: dict[str, tuple[str, str]] = {}  # by what matching compares: the names and the entries that hold them
    for where, section, item in _items(data):
        entry = _entry(where, section, item)
        for name in entry.names:
            key = " ".join(words_of(name)) or name.casefold()
            known, owner = owners.get(key, (None, ""))
            if known is not None and known.casefold() == name.casefold():
                raise WatchlistError(f"{where}: the name {name!r} already stands in {owner}")
            if known is not None and owner != where:
                raise WatchlistError(f"{where}: the name {name!r} is in a text the same as {known!r} in {owner}")
            owners[key] = (name, where)
        entries.append(entry)
    if not entries:
        raise WatchlistError("holds no entry")
    return Watchlist(tuple(entries))


def _items(data: dict[str, object]) -> Iterator[tuple[str, str, object]]:
    """Where an item stands ("entities, entry 2"), its section and the item itself."""
    for section in _SECTIONS:
        items = data.get(section)
        if items is None:  # an empty section
            continue
        if not isinstance(items, list):
            raise WatchlistError(f"{section}: must be a list; start each entry with '- name: ...'")
        for number, item in enumerate(items, start=1):
            yield f"{section}, entry {number}", section, item


def _entry(where: str, section: str, item: object) -> WatchlistEntry:
    if not isinstance(item, dict):
        raise WatchlistError(f"{where}: must have a name ('- name: ...')")
    for key in item:
        if key not in _KEYS:
            raise WatchlistError(f"{where}: unknown key {key!r}; the keys are {', '.join(_KEYS)}")
    if item.get("name") is None:
        raise WatchlistError(f"{where}: has no name")
    name = _text(where, "name", item["name"])
    where = f"{where} ({name})"
    external_id = item.get("external_id")
    return WatchlistEntry(
        name=name,
        type=_type(where, section, item.get("type")),
        aliases=_aliases(where, name, item.get("aliases")),
        external_id=None if external_id is None else _text(where, "external_id", external_id),
    )


def _type(where: str, section: str, value: object) -> EntityType:
    if section == "issues":
        if value not in (None, "ISSUE"):
            raise WatchlistError(f"{where}: an issue has no type other than ISSUE; persons, organisations, ... belong under entities")
        return "ISSUE"
    for known in ENTITY_TYPES:
        if value == known != "ISSUE":
            return known
    raise WatchlistError(f"{where}: type must be PERSON, ORG, COUNTRY or GROUP, not {value!r} (an issue belongs under issues)")


def _aliases(where: str, name: str, value: object) -> tuple[str, ...]:
    """The aliases without repetitions, in order."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise WatchlistError(f"{where}: aliases must be a list, as in [first alias, second alias]")
    kept: dict[str, str] = {name.casefold(): name}
    for alias in value:
        text = _text(where, "alias", alias)
        kept.setdefault(text.casefold(), text)
    return tuple(kept.values())[1:]


def _text(where: str, field: str, value: object) -> str:
    if not isinstance(value, str):  # YAML reads NO as false and 2030 as a number
        raise WatchlistError(f"{where}: {field} must be text, not {value!r}; put it in quotes")
    text = " ".join(value.split())
    if not text:
        raise WatchlistError(f"{where}: {field} is empty")
    return text


def _problem(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}: {error.problem}"
    return str(error).replace("\n", " ")
