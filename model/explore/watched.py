"""Stances seen through a watchlist: of its entries only, under their canonical names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from model.explore.records import StanceRow
from model.watchlist import Watchlist
from model.words import slug


def watched(rows: Iterable[StanceRow], watchlist: Watchlist) -> Iterator[StanceRow]:
    """The stances of which an entry is actor or target, by any of its names: readings made without the watchlist may hold any."""
    entries = {name.casefold(): (slug(entry.name), entry.name) for entry in watchlist.entries for name in entry.names}
    for row in rows:
        actor, target = (entries.get(name.casefold()) for name in (row.actor_name, row.target_name))
        if actor is None and target is None:
            continue
        if actor is not None:
            row = replace(row, actor=actor[0], actor_name=actor[1])  # noqa: PLW2901
        if target is not None:
            row = replace(row, target=target[0], target_name=target[1])  # noqa: PLW2901
        yield row
