"""`standpoint train` and `evaluate`: thin doors to model.train, which needs the extra packages."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import click

from model.cli.common import CannotStart, engine_option, require_training_packages, weights_option

_folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(
    epilog="""\b
Examples:
  standpoint train model/train/configs/shipped.toml --output runs/first
  nice -n 19 standpoint train model/train/configs/shipped.toml --output runs/second --seed 2
"""
)
@click.argument("config", metavar="CONFIG", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for the checkpoint and its log.",
)
@click.option(
    "--data", metavar="DIR", type=_folder, envvar="STANDPOINT_DATA", show_envvar=True, required=True, help="Folder of the data sets."
)
@click.option("--seed", type=int, help="Instead of the configuration's seed.")
def train(config: Path, output: Path, data: Path, seed: int | None) -> None:
    """Train a model as CONFIG says. Needs 'standpoint[train]'."""
    run("train", config, output=output, data=data, seed=seed)


@click.command(
    epilog="""\b
Examples:
  standpoint evaluate
  standpoint evaluate --weights runs/first --data ../datasets --json
"""
)
@click.option("--data", metavar="DIR", type=_folder, envvar="STANDPOINT_DATA", show_envvar=True, help="Folder of the data sets.")
@click.option(
    "--real", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A .stance file of real articles."
)
@click.option(
    "--stages", is_flag=True, help="Print too where stances are lost: by cause, by slice, and with gold mentions and entities given."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@engine_option
@weights_option
def evaluate(weights: Path | None, engine: str, **options: Any) -> None:
    """Measure a model against gold data. Needs 'standpoint[train]'."""
    run("evaluate", engine=engine, weights=weights, **options)


def run(what: str, *args: Any, **options: Any) -> None:
    """Call model.train.<what>.run, which is imported only now: torch takes seconds."""
    require_training_packages(f"standpoint {what}")
    command = import_module(f"model.train.{what}")
    missing = import_module("model.train.datasets").DataMissing
    settings = import_module("model.train.config").ConfigInvalid
    unusable = import_module("model.engine").ModelUnusable
    try:
        command.run(*args, **options)
    except (missing, settings, unusable) as error:
        raise CannotStart(str(error)) from error
