"""classify's pinned requirements are all that it loads, and nothing that it does not load."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

from tests.aws_template import ROOT

LAMBDA_HAS = {"boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"}
"""What Lambda's python3.13 brings along, with boto3."""

# Every module of the package, the engine's libraries included, in a fresh interpreter.
PROBE = """
import importlib, json, pkgutil, sys
import onnxruntime, tokenizers
# Imported only where a page, or text in a legacy charset, comes: by model, and by htmldate for an unclear date.
import charset_normalizer, dateparser, lxml.html, trafilatura, trafilatura.settings
import functions.shared.batch, functions.shared.wiring, model
for module in pkgutil.iter_modules(model.__path__):
    if module.name not in ("train", "cli", "__main__", "torch_engine"):
        importlib.import_module(f"model.{module.name}")
loaded = {name: str(getattr(module, "__file__", None)) for name, module in list(sys.modules.items()) if module and "." not in name}
print(json.dumps(loaded))
"""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(function: str = "classify") -> dict[str, str]:
    lines = (ROOT / f"functions/{function}/requirements.txt").read_text(encoding="utf-8").splitlines()
    found = [re.fullmatch(r"([\w.-]+)==([\w.]+) --hash=sha256:[0-9a-f]{64}", line) for line in lines if line and not line.startswith("#")]
    assert all(found), "every line is an exact version with its hash"
    return {normal(match[1]): match[2] for match in found if match}


def loaded_distributions() -> set[str]:
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    names = {name for name, file in json.loads(done.stdout).items() if "site-packages" in file}
    distributions = packages_distributions()
    return {normal(distribution) for name in names for distribution in distributions.get(name, [])}


def test_what_is_loaded_is_packed_or_there_already() -> None:
    # A start-up hook of this environment; botocore takes certifi, and urllib3 pysocks, where it finds it.
    if_there = {"setuptools", "certifi", "pysocks"}
    assert loaded_distributions() - set(pinned()) - LAMBDA_HAS - if_there == set()


def test_what_is_packed_is_loaded() -> None:
    assert set(pinned()) - loaded_distributions() == set()


def test_nothing_of_training_is_packed() -> None:
    assert not set(pinned()) & {"torch", "transformers", "scikit-learn", "scipy", "sympy", "huggingface-hub", "boto3"}


def test_dispatch_has_a_part_of_what_classify_has() -> None:
    assert pinned("dispatch").items() <= pinned().items()


@pytest.mark.parametrize("function", ["query", "digest"])
def test_query_and_digest_have_what_dispatch_has_and_no_model(function: str) -> None:
    assert pinned("dispatch").items() <= pinned(function).items()
    assert not set(pinned(function)) & {"onnxruntime", "numpy", "tokenizers", "trafilatura"}


def test_digest_reads_watchlists_as_classify_does() -> None:
    assert pinned("digest").items() <= pinned().items()


@pytest.mark.parametrize(
    ("function", "shared", "models", "code"),
    [
        ("query", "QUERIES", ["EXPLORES"], "functions.query.api, functions.shared.exploring, functions.shared.connections, mangum"),
        (
            "digest",
            "DIGESTS",
            ["EXPLORES", "WATCHES"],
            "functions.shared.digests, functions.shared.connections, functions.shared.watchlists",
        ),
    ],
)
def test_a_function_without_the_model_starts_with_what_is_packed_for_it(function: str, shared: str, models: list[str], code: str) -> None:
    """The Makefile packs parts of functions/shared and of model: this is all that they load of them, and of libraries."""
    makefile = (ROOT / "functions/Makefile").read_text(encoding="utf-8")
    packed, *rest = (re.findall(rf"^{name} = (.+)$", makefile, flags=re.MULTILINE)[0].split() for name in (shared, *models))
    code = (
        f"import json, sys, {code}, functions.shared.observability, functions.shared.settings\n"
        "print(json.dumps({name: str(getattr(m, '__file__', None)) for name, m in list(sys.modules.items()) if m}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    loaded: dict[str, str] = json.loads(done.stdout)
    assert {name.removeprefix("functions.shared.") for name in loaded if name.startswith("functions.shared.")} == set(packed) - {"__init__"}
    files = [str(Path(file).relative_to(ROOT)) for name, file in loaded.items() if name.split(".")[0] == "model"]
    assert [file for file in files if not file.startswith(tuple(chain(*rest)))] == []
    of = packages_distributions()
    libraries = {normal(d) for name, file in loaded.items() if "site-packages" in file and "." not in name for d in of.get(name, [])}
    if_there = {"setuptools", "certifi", "pysocks", "httpx", "httpcore", "h11", "python-multipart", "uvicorn", "click", "sniffio"}
    assert libraries - set(pinned(function)) - LAMBDA_HAS - if_there == set()


def test_dispatch_starts_with_what_is_packed_for_it() -> None:
    """The Makefile packs a part of functions/shared: this is all that dispatch loads of it."""
    makefile = (ROOT / "functions/Makefile").read_text(encoding="utf-8")
    packed = re.findall(r"^DISPATCHES = (.+)$", makefile, flags=re.MULTILINE)[0].split()
    code = "import sys, functions.shared.dispatch\nprint(*(name for name in sys.modules if name.startswith(('functions', 'model'))))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    named = {f"functions.shared.{name}" for name in packed if name != "__init__"} | {"functions", "functions.shared"}
    assert set(done.stdout.split()) == named
