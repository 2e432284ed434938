"""A training run's settings: a TOML file, checked when it is read."""

from __future__ import annotations

import importlib.util
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path

CONFIGS = Path(__file__).parent / "configs"
SHIPPED = CONFIGS / "shipped.toml"
DATA_SETS = ("dse", "newsmtsc", "gum", "corpus", "sentences", "named")
LOSSES = ("span", "antecedent", "pair", "tone")


class ConfigInvalid(ValueError):  # noqa: N818  says what it is
    """A configuration file lacks a setting, has an unknown one, or is of another run."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """What a run depends on beside the data. Rates are peak learning rates; `warmup`, `average` and `hide_names` are in [0, 1)."""

    name: str
    encoder: str
    seed: int
    adapt_epochs: int  # passes of masked-language modelling before; 0 for none
    epochs: int
    pairs_per_batch: int
    windows_per_batch: int  # of documents
    max_span: int
    encoder_rate: float
    head_rate: float
    warmup: float
    weight_decay: float
    clip: float
    average: float
    hide_names: float  # probability that an end of a given pair is masked
    repeat: Mapping[str, int]
    weight: Mapping[str, float]
    crowd: bool = False  # DSE's crowd labels instead of the expert's
    most: Mapping[str, int] = field(default_factory=dict)  # examples of a data set that one epoch draws, where that is not all
    initial: str = ""  # folder of a run or of weights to begin with, instead of the encoder as it comes
    mean_with: str = ""  # folder of a run or of weights whose mean with this run's is kept (model soups, Wortsman et al. 2022)


def read_config(path: Path) -> TrainConfig:
    """Raises ConfigInvalid that names the setting which is missing, unknown or of the wrong kind."""
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {f.name for f in fields(TrainConfig)}
    optional = {f.name for f in fields(TrainConfig) if f.default is not MISSING or f.default_factory is not MISSING}
    if unknown := sorted(set(values) - known):
        raise ConfigInvalid(f"{path}: unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}")
    if missing := sorted(known - set(values) - optional):
        raise ConfigInvalid(f"{path}: no setting {missing[0]!r}")
    for table, names in (("repeat", DATA_SETS), ("weight", LOSSES)):
        if set(values[table]) != set(names):
            raise ConfigInvalid(f"{path}: [{table}] must hold exactly {', '.join(names)}")
    if unknown := sorted(set(values.get("most", ())) - set(DATA_SETS)):
        raise ConfigInvalid(f"{path}: [most] knows no data set {unknown[0]!r}")
    return TrainConfig(**values)


def encoder_folder(name: str) -> str:
    """Where an encoder stands: the folder inside the PyPI package of that name, or the name itself for transformers to find."""
    spec = importlib.util.find_spec(name.replace("-", "_")) if "/" not in name else None
    if spec is None or not spec.submodule_search_locations:
        return name
    return str(Path(spec.submodule_search_locations[0]) / "model")
