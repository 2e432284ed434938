"""`standpoint evaluate`: every figure of the README, from the weights that a user has."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import click

from model.reader import Reader
from model.reading import to_dict
from model.records import Article
from model.train import score as scorer
from model.train.corpus.corpus import parse
from model.train.datasets import read_corpus, read_jsonl
from model.train.gold import Gold, figures
from model.train.probes import name_swap, pronouns, seesaw, watched_issues
from model.train.stages import causes, ceilings, slices

MAX_SPAN = 48


def run(  # noqa: PLR0913  the command's options
    *, data: Path | None, as_json: bool, engine: str, weights: Path | None, real: Path | None = None, stages: bool = False
) -> None:
    """Print the figures. The corpus is in the repository; the other sets are measured where `data` holds them.

    `real` is a .stance file of real articles; SEESAW and DSE are not part of the repository (their licences).
    """
    reader = Reader.load(weights, engine=engine)
    report: dict[str, Any] = {
        "engine": engine,
        "revision": reader.model.revision,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    dev = read_corpus("dev")
    if data is not None:
        gold = Gold.load(data, reader.tokenizer)
        report["network"] = figures(reader.engine, gold, max_span=MAX_SPAN, calibration=reader.thresholds.calibration)
        if (by_name := data / "seesaw" / "valid.jsonl").exists():  # non-commercial: not everybody may have it
            report["SEESAW by name"] = seesaw(reader, by_name)
        report["names swapped, DSE valid"] = name_swap(reader, gold.sentences)
    report["pronouns put right, corpus dev"] = pronouns(reader, dev)
    report |= _coreference(reader, dev, data)
    report["watchlist of corpus dev's issues"] = watched_issues(dev)
    report |= whole(reader, dev, "corpus dev", stages=stages)
    if real is not None:
        report |= whole(reader, [article.record() for article in parse(real)[0]], "real articles", stages=stages)
    if as_json:
        click.echo(json.dumps(report, default=float))
        return
    for name, part in report.items():
        click.echo(f"\n{name}" if isinstance(part, Mapping) else f"{name}: {part}")
        if isinstance(part, Mapping):
            _print(part)


def _coreference(reader: Reader, dev: Sequence[Mapping[str, Any]], data: Path | None) -> dict[str, Any]:
    """With gold mentions: of corpus dev, and of GUM's news where `data` holds it."""
    if find_spec("scipy") is None:
        return {"coreference": "not measured: it needs scipy (pip install 'standpoint[train]')"}
    from model.train.coreference import of_gum, resolved  # noqa: PLC0415  as above

    found: dict[str, Any] = {"coreference, corpus dev": resolved(reader, dev)}
    if data is not None and (path := data / "gum" / "dev.jsonl").exists():
        found["coreference, GUM dev news"] = resolved(reader, [of_gum(r) for r in read_jsonl(path) if r["genre"] == "news"])
    return found


def whole(reader: Reader, records: Iterable[object], name: str, *, stages: bool) -> dict[str, Any]:
    """Scores of whole readings against gold articles (model/train/score.py); with `stages` also where stances are lost on the way."""
    golds = [dict(cast(Mapping[str, Any], record)) for record in records]
    with click.progressbar(golds, label=f"reading {name}", file=sys.stderr) as bar:
        readings = {g["id"]: to_dict(reader.read(Article(g["id"], g["text"], g.get("title")))) for g in bar}
    found: dict[str, Any] = {name: scorer.score(golds, readings)}
    if stages:
        found |= {f"{name}: {what}": n for what, n in causes(golds, readings).items()}
        found[f"{name}, by slice"] = slices(golds, readings)
        found |= {f"{name}, {given} given": figures for given, figures in ceilings(reader, golds).items()}
    return found


def _print(part: Mapping[str, Any]) -> None:
    for name, value in part.items():
        shown = (
            "  ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in value.items())
            if isinstance(value, Mapping)
            else value
        )
        click.echo(f"  {name:36} {shown:.4f}" if isinstance(shown, float) else f"  {name:36} {shown}")
