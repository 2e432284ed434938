"""Readings as pandas frames. Needs pandas ('standpoint[export]')."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

try:
    import pandas as pd
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("model.explore.frames needs pandas: pip install 'standpoint[export]'", name="pandas") from error

from model.explore.exports import SENTENCES, Drawing, networks, sentences, to_networkx
from model.explore.networks import Kind, Network, Normalisation
from model.explore.readings import read_jsonl, stance_rows
from model.explore.records import EvidenceRow, StanceRow
from model.reading import to_dict
from model.records import Reading

Readings = Iterable[Reading | dict[str, Any]] | Path | str
STANCES = [c for c in SENTENCES if c not in ("attitude", "side", "polarity", "confidence", "sentence", "start", "end")]


def rows(readings: Readings) -> Iterator[StanceRow]:
    """The stances of readings: typed ones, JSON objects, or a .jsonl(.gz) file of them."""
    found = read_jsonl(Path(readings)) if isinstance(readings, (str, Path)) else readings
    for reading in found:
        yield from stance_rows(to_dict(reading) if isinstance(reading, Reading) else reading)


def stance_frame(readings: Readings) -> pd.DataFrame:
    """A row a stance: STANCES without the prefix "stance_", and `sentences`, how many show it. `published_at` is a time, or NaT."""
    columns = [name.removeprefix("stance_") for name in STANCES]
    values = [
        (
            *(row.article_id, row.published_at, row.publisher, row.title, row.actor, row.actor_name, row.actor_type),
            *(row.target, row.target_name, row.target_type, row.attitude, row.side, row.polarity, row.confidence, len(row.evidence)),
        )
        for row in rows(readings)
    ]
    return _timed(pd.DataFrame(values, columns=[*columns, "sentences"]))


def evidence_frame(readings: Readings) -> pd.DataFrame:
    """A row a stance and sentence that shows it, in the columns of exports.SENTENCES."""
    return _timed(pd.DataFrame(list(sentences(rows(readings))), columns=list(SENTENCES)))


@pd.api.extensions.register_dataframe_accessor("standpoint")
class StandpointAccessor:
    """`frame.standpoint`: what a frame of stances (stance_frame) is asked most often. Raises AttributeError on other frames."""

    def __init__(self, frame: pd.DataFrame) -> None:
        missing = {"actor", "target", "side", "polarity", "confidence"} - set(frame.columns)
        if missing:
            raise AttributeError(
                f"no frame of stances: it lacks {', '.join(sorted(missing))} (model.explore.frames.stance_frame makes one)"
            )
        self._frame = frame

    def matrix(self) -> pd.DataFrame:
        """Actors by targets: mean polarity, weighted by confidence; NaN where nothing is said."""
        weighted = self._frame.assign(weighted=self._frame["polarity"] * self._frame["confidence"])
        sums = weighted.groupby(["actor", "target"])[["weighted", "confidence"]].sum()
        return (sums["weighted"] / sums["confidence"]).unstack("target")

    def shares(self, frequency: str = "MS") -> pd.DataFrame:
        """Share of each side by period (a pandas frequency), over the stances that have a time."""
        dated = self._frame.dropna(subset=["published_at"])
        counts = dated.groupby([pd.Grouper(key="published_at", freq=frequency), "side"]).size().unstack("side", fill_value=0)
        return counts.div(counts.sum(axis=1), axis=0)

    def network(self, kind: Kind | Literal["two-mode"] = "congruence", normalisation: Normalisation = "no") -> Any:
        """A networkx graph of actors (exports.to_networkx). Needs networkx."""
        drawing = Drawing("two-mode") if kind == "two-mode" else Drawing("actors", kind, normalisation)
        found = networks(map(_row, self._frame.to_dict("records")), drawing)
        return to_networkx(found.get("", Network((), ())))


def _timed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(published_at=pd.to_datetime(frame["published_at"], utc=True, errors="coerce"))


def _row(record: dict[Any, Any]) -> StanceRow:
    no_evidence: tuple[EvidenceRow, ...] = ()
    return StanceRow(
        object_id=str(record.get("article_id")),
        article_id=str(record.get("article_id")),
        title=record.get("title"),
        publisher=record.get("source"),
        published_at=None,
        revision="",
        actor=record["actor"],
        actor_name=record.get("actor_name") or record["actor"],
        target=record["target"],
        target_name=record.get("target_name") or record["target"],
        attitude=record["attitude"],
        side=record["side"],
        polarity=record["polarity"],
        confidence=record["confidence"],
        evidence=no_evidence,
        actor_type=record.get("actor_type"),
        target_type=record.get("target_type"),
    )
