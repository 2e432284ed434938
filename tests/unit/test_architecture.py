"""The architecture is a test: imports run one way, tests -> functions -> model, and serving loads nothing heavy.

The static part walks each file's syntax tree by the rules below; the last tests start a fresh interpreter and look at what it loaded.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
AWS = frozenset({"boto3", "botocore", "aiobotocore", "aioboto3"})
NETWORK = frozenset({"socket", "ssl", "http.client", "urllib.request", "requests", "httpx", "urllib3", "aiohttp"})
TRAINING = frozenset({"torch", "transformers"})
NEVER_SERVED = ("torch", "transformers", "boto3", "rich", "click", "trafilatura")


class Import(NamedTuple):
    """An imported module, dotted and absolute. `lazy` where it stands inside a function."""

    module: str
    line: int
    lazy: bool


def in_folder(*folders: str) -> Callable[[str], bool]:
    return lambda file: file.startswith(folders)


def serving(file: str) -> bool:
    """What the Lambda package runs of `model`."""
    return file.startswith("model/") and not may_use_torch(file)


def may_use_torch(file: str) -> bool:
    return file.startswith("model/train/") or file == "model/torch_engine.py"


class Rule(NamedTuple):
    """Modules that files of a kind may not import; with `lazily`, not even inside a function."""

    name: str
    files: Callable[[str], bool]
    modules: frozenset[str]
    lazily: bool = True


RULES = [
    Rule("model knows neither functions nor tests", in_folder("model/"), frozenset({"functions", "tests"})),
    Rule("model knows no AWS", in_folder("model/"), AWS | {"aws_lambda_powertools"}),
    Rule("model knows no network", in_folder("model/"), NETWORK),
    Rule("functions knows no tests", in_folder("functions/"), frozenset({"tests"})),
    Rule(
        "only training and the torch engine import torch",
        lambda file: not may_use_torch(file),
        TRAINING,
    ),
    Rule("serving loads training for a command at most", serving, frozenset({"model.train", "model.torch_engine"}), lazily=False),
    Rule("functions knows no training", in_folder("functions/"), frozenset({"model.train", "model.torch_engine"})),
    Rule(
        "only functions/cli knows the command line",
        lambda file: file.startswith("functions/") and not file.startswith("functions/cli/"),
        frozenset({"model.cli", "functions.cli", "click", "rich"}),
    ),
    Rule(
        "only shared and cli name AWS clients",
        lambda file: file.startswith("functions/") and not file.startswith(("functions/shared/", "functions/cli/")),
        AWS,
    ),
]


def imports(tree: ast.Module, file: str) -> Iterator[Import]:
    """Every import of a file, `importlib.import_module("…")` and those under TYPE_CHECKING included."""
    lazy_nodes = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        for module in _modules(node, file):
            yield Import(module, getattr(node, "lineno", 0), node in lazy_nodes)


def _modules(node: ast.AST, file: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        package = file.split("/")[: -node.level] if node.level else []
        base = ".".join([*package, *([node.module] if node.module else [])])
        return [f"{base}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "import_module", "__import__"):
        return [argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant) and isinstance(argument.value, str)]
    return []


def environment_reads(tree: ast.Module) -> Iterator[int]:
    """Lines that reach for the environment: os.environ, os.getenv, or those names from os."""
    names = {"environ", "environb", "getenv", "getenvb", "putenv"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in names and ast.unparse(node.value) == "os":
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "os" and names & {alias.name for alias in node.names}:
            yield node.lineno


def violations(file: str, source: str) -> list[str]:
    """What one file breaks, as 'FILE:LINE: rule (module)'. `file` is relative to the root, with forward slashes."""
    tree = ast.parse(source)
    found = [
        f"{file}:{imported.line}: {rule.name} ({imported.module})"
        for rule in RULES
        if rule.files(file)
        for imported in imports(tree, file)
        if (rule.lazily or not imported.lazy) and any(_within(imported.module, module) for module in rule.modules)
    ]
    found += [
        f"{file}:{imported.line}: shared knows no function ({imported.module})"
        for imported in imports(tree, file)
        if file.startswith("functions/shared/")
        and _within(imported.module, "functions")
        and not _within(imported.module, "functions.shared")
    ]
    if file.startswith("model/"):
        found += [f"{file}:{line}: model reads no environment" for line in environment_reads(tree)]
    return found


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def test_every_file_keeps_the_rules() -> None:
    files = [path for folder in ("model", "functions") for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(files) > 5
    assert [line for path in files for line in violations(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))] == []


BROKEN = [
    ("model/reader.py", "import boto3", "model knows no AWS"),
    ("model/reader.py", "from aws_lambda_powertools import Logger", "model knows no AWS"),
    ("model/train/fit.py", "from botocore.config import Config", "model knows no AWS"),
    ("model/reader.py", "from functions.shared import store", "model knows neither functions nor tests"),
    ("model/reader.py", "from ..functions import shared", "model knows neither functions nor tests"),
    ("model/reader.py", "from tests.unit import cases", "model knows neither functions nor tests"),
    ("model/reader.py", "import urllib.request", "model knows no network"),
    ("model/reader.py", "from urllib import request", "model knows no network"),
    ("model/reader.py", "import torch.nn as nn", "only training and the torch engine import torch"),
    ("model/reader.py", "def load():\n    import transformers", "only training and the torch engine import torch"),
    ("model/reader.py", "import importlib\nimportlib.import_module('torch')", "only training and the torch engine import torch"),
    ("functions/classify/app.py", "from torch import no_grad", "only training and the torch engine import torch"),
    ("model/cli.py", "from model.train import fit", "serving loads training for a command at most"),
    ("model/cli.py", "from model import torch_engine", "serving loads training for a command at most"),
    ("functions/classify/app.py", "from model.train.score import score", "functions knows no training"),
    ("functions/classify/app.py", "import boto3", "only shared and cli name AWS clients"),
    (
        "functions/classify/app.py",
        "def handler():\n    from botocore.session import Session",
        "only shared and cli name AWS clients",
    ),
    ("functions/classify/app.py", "from model.cli.common import printable", "only functions/cli knows the command line"),
    ("functions/shared/store.py", "from functions.classify import app", "shared knows no function"),
    ("functions/classify/app.py", "import tests", "functions knows no tests"),
    ("model/reader.py", "import os\nos.environ['A']", "model reads no environment"),
    ("model/reader.py", "import os\nhome = os.getenv('HOME')", "model reads no environment"),
    ("model/train/fit.py", "from os import environ", "model reads no environment"),
]


@pytest.mark.parametrize(("file", "source", "rule"), BROKEN)
def test_a_violation_is_found(file: str, source: str, rule: str) -> None:
    found = violations(file, source)
    assert len(found) == 1
    assert rule in found[0]


KEPT = [
    ("model/train/fit.py", "import torch\nfrom transformers import AutoModel\nfrom model.train.score import score"),
    ("model/torch_engine.py", "import torch\nfrom model.train.network import Network"),
    ("model/cli.py", "def train():\n    from model.train import fit\n    from model.torch_engine import TorchEngine"),
    ("model/reader.py", "from model import records\nfrom .labels import SIDES\nimport os\nos.path.join('a')\nimport torchlike"),
    ("functions/cli/deadletters.py", "import click\nfrom model.cli.common import counted\nfrom functions.cli import tell"),
    ("functions/shared/store.py", "import boto3\nimport os\nos.environ\nfrom functions.shared import records\nfrom model.reading import x"),
    ("functions/cli/backfill.py", "import boto3\nfrom functions.shared import store\nfrom model.cli.common import printable"),
    (
        "functions/classify/app.py",
        "from aws_lambda_powertools import Logger\nfrom functions.shared import store\nfrom model.reader import Reader",
    ),
]


@pytest.mark.parametrize(("file", "source"), KEPT)
def test_what_is_allowed_is_not_found(file: str, source: str) -> None:
    assert violations(file, source) == []


def loaded(statement: str) -> set[str]:
    """Which of NEVER_SERVED a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*({set(NEVER_SERVED)!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    return set(done.stdout.split())


@pytest.mark.slow
def test_the_reader_loads_nothing_heavy() -> None:
    assert loaded("import model.reader") == set()


@pytest.mark.slow
def test_a_heavy_module_would_be_seen() -> None:
    assert loaded("import model.reader, click, rich") == {"click", "rich"}
