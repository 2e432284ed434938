"""Standpoint's reader: text in, readings out.

>>> from model import read
>>> reading = read("The Unity Party opposes the fuel subsidy cut.")
>>> [(s.actor, s.attitude, s.target) for s in reading.stances]
[('unity-party', 'opposed', 'fuel-subsidy-cut')]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from model.reader import Reader
    from model.records import Reading
    from model.watchlist import Watchlist

__all__ = ["read"]

_READERS: dict[tuple[Path | None, str], Reader] = {}


def read(  # noqa: PLR0913  an article's fields
    text: str,
    *,
    title: str | None = None,
    published_at: str | None = None,
    source: str | None = None,
    url: str | None = None,
    id: str = "",  # noqa: A002  the contract's name
    watchlist: Watchlist | Path | str | None = None,
    weights: Path | None = None,
    engine: str = "onnx",
) -> Reading:
    """Read one article's text and return the typed reading; `model.reading.to_dict` makes the contract's JSON object of it.

    `published_at` is ISO 8601 in any zone. `watchlist` is a file, or what `model.watchlist.load_watchlist` returned. The model is
    loaded at the first call (0.2 s) and kept: one for each `weights` and `engine`. Not to be called by several threads at once.
    Raises RejectedInput (model.records) where the text can never be read, WatchlistError, and ModelUnusable.
    """
    # Here, so that `import model` stays light: onnxruntime and numpy are loaded when something is read.
    from pathlib import Path  # noqa: PLC0415

    from model.articles import from_fields  # noqa: PLC0415
    from model.reader import Reader  # noqa: PLC0415
    from model.records import RejectedInput  # noqa: PLC0415
    from model.watchlist import load_watchlist  # noqa: PLC0415

    reader = _READERS.get((weights, engine))
    if reader is None:
        reader = _READERS[weights, engine] = Reader.load(weights, engine=engine)
    given = load_watchlist(Path(watchlist)) if isinstance(watchlist, (str, Path)) else watchlist
    if not text.strip():
        raise RejectedInput("empty", "no text, only blanks")
    fields: dict[str, object] = {"text": text, "title": title, "published_at": published_at, "source": source, "url": url}
    return reader.read(from_fields(fields, id), given)
