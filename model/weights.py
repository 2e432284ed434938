"""The weights folder: what stands in it, which revision it is, and which engine runs it.

config.json        encoder's shape, thresholds, and the SHA-256 of every other file
tokenizer.json     the encoder's tokenizer
model.safetensors  the network in float16, for the torch engine
onnx/*.onnx        the same in int8, for ONNX Runtime
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from model.engine import Engine, Floats, ModelUnusable
from model.judging import Calibration
from model.labels import ENTITY_TYPES
from model.records import ModelInfo

DEFAULT = Path(__file__).parent / "weights"
FILES = {"onnx": ("onnx/encode.onnx", "onnx/judge.onnx", "onnx/antecedents.onnx"), "torch": ("model.safetensors",)}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Tuned on validation data. Least probabilities: `mention` (5,) by entity type, `stance` of any attitude but neutral."""

    mention: Floats
    stance: float
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a weights folder before any engine runs."""

    model: ModelInfo
    tokenizer: Tokenizer
    thresholds: Thresholds


def load_manifest(folder: Path, engine: str) -> Manifest:
    """Read and verify a folder: every file that the engine needs must have the digest that config.json says. Raises ModelUnusable."""
    config = _config(folder)
    digests = config["sha256"]
    for name in ("tokenizer.json", *FILES.get(engine, ())):
        verify(folder / name, digests.get(name))
    revision = "sha256:" + hashlib.sha256(json.dumps([digests, config["thresholds"]], sort_keys=True).encode()).hexdigest()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    least = config["thresholds"]
    mention = np.array([least["mention"][kind] for kind in ENTITY_TYPES], dtype=np.float32)
    calibration = Calibration(float(least["neutral"]), float(least["temperature"]))
    return Manifest(ModelInfo(config["name"], revision), tokenizer, Thresholds(mention, float(least["stance"]), calibration))


def load_engine(folder: Path, engine: str) -> Engine:
    """ "onnx" or "torch". Raises ModelUnusable where the files cannot be loaded, ValueError for another name."""
    if engine == "onnx":
        from model.onnx_engine import OnnxEngine  # noqa: PLC0415  ONNX Runtime only where it runs

        return OnnxEngine.load(folder / "onnx")
    if engine == "torch":
        from model.torch_engine import TorchEngine  # noqa: PLC0415  torch only where it runs

        return TorchEngine.load(folder)
    raise ValueError(f"no engine {engine!r}: choose onnx or torch")


def verify(path: Path, expected: str | None) -> None:
    """Raises ModelUnusable where a file is not there or its SHA-256 is not the expected one; None: no list names the file."""
    if expected is None:
        raise ModelUnusable(f"{path.name} is not in config.json's list of files")
    try:
        actual = digest(path)
    except FileNotFoundError as error:
        raise ModelUnusable(f"{path} does not exist") from error
    if actual != expected:
        raise ModelUnusable(f"{path} is damaged or of another revision: its SHA-256 is {actual}, and {expected} is expected")


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        config["name"], config["sha256"], config["thresholds"]
    except FileNotFoundError as error:
        raise ModelUnusable(f"no weights: {path} does not exist") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelUnusable(f"{path} is no manifest of Standpoint weights: {error!r}") from error
    result: dict[str, Any] = config
    return result
