"""What the commands share: the model, exit codes, and lines that are safe to print."""

from __future__ import annotations

import json
import unicodedata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from model.reader import Reader

EXIT_REJECTED = 1  # some input was rejected or failed; the rest was done
EXIT_CANNOT_START = 2  # nothing was done
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells have it

engine_option = click.option(
    "--engine",
    type=click.Choice(["onnx", "torch"]),
    default="onnx",
    show_default=True,
    help="What runs the model. torch needs 'standpoint[train]' and uses a GPU where there is one.",
)
weights_option = click.option(
    "--weights",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A model of your own (a folder that `standpoint export` made) instead of the one that comes with the package.",
)


class CannotStart(click.ClickException):
    """The run cannot begin; nothing was read or written."""

    exit_code = EXIT_CANNOT_START


class OutputFailed(click.ClickException):
    """The output cannot be written; the run ends."""

    exit_code = EXIT_REJECTED


def load_reader(weights: Path | None, engine: str) -> Reader:
    """The model, or CannotStart with what to do about it."""
    if engine == "torch":
        require_training_packages("--engine torch")
    from model.engine import ModelUnusable  # noqa: PLC0415  slow to import: only when a model is needed
    from model.reader import Reader  # noqa: PLC0415

    try:
        return Reader.load(weights, engine=engine)
    except ModelUnusable as error:
        raise CannotStart(f"the model cannot be used: {error}") from error


def require_training_packages(what: str) -> None:
    """Raise CannotStart where torch or transformers is not installed."""
    missing = [name for name in ("torch", "transformers") if find_spec(name) is None]
    if missing:
        raise CannotStart(f"{what} needs {' and '.join(missing)}, not installed here. Install with: pip install 'standpoint[train]'")


def json_line(obj: dict[str, Any]) -> bytes:
    """One object as a line of UTF-8; a lone surrogate, which UTF-8 cannot hold, is escaped."""
    try:
        return json.dumps(obj, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(obj).encode() + b"\n"


def printable(text: str) -> str:
    """Text of others on one line, without characters that steer a terminal; runs of blanks are one blank."""
    return " ".join("".join("\ufffd" if _steers(c) else c for c in text).split())


def _steers(char: str) -> bool:
    # Cc: control codes, escape sequences among them; Cf: direction marks and the like; Cs: lone surrogates.
    return not char.isspace() and unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in "\u200c\u200d\u00ad"


def counted(n: int, noun: str) -> str:
    """ "1 article", "2 articles", "1,200 articles"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
