"""What `sam build` puts into the package, and how large that is."""

from __future__ import annotations

import platform
import re
from pathlib import Path

import pytest

from tests.aws_template import ROOT

pytestmark = pytest.mark.slow

# Lambda takes 250 MB (MiB) unpacked, a zip package with its layers (AWS Lambda Developer Guide, "Lambda quotas"); 20 are kept free.
LIMIT = 230_000_000


def files(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def test_it_fits(package: Path) -> None:
    size = sum(files(package).values())
    print(f"package: {size / 1e6:.1f} MB unpacked")  # noqa: T201  seen with -s
    assert size < LIMIT


def test_it_holds_the_function_and_the_model_but_no_training(package: Path) -> None:
    held = files(package)
    assert {"functions/classify/app.py", "functions/shared/service.py", "model/reader.py", "model/articles.py"} <= set(held)
    unwanted = ("model/train/", "model/cli/", "torch", "transformers", "sympy", "huggingface_hub", "tests/", "boto3/", "bin/")
    assert [name for name in held if name.startswith(unwanted)] == []
    assert [name for name in held if name.endswith(".safetensors") or name == "model/torch_engine.py"] == []
    weights = {path.relative_to(ROOT).as_posix() for path in (ROOT / "model/weights").rglob("*") if path.is_file()}
    assert {name for name in weights if not name.endswith(".safetensors")} <= set(held)


def test_its_libraries_are_for_lambda_and_not_for_this_machine(package: Path) -> None:
    compiled = [name for name in files(package) if name.endswith(".so") and ".cpython-" in name]
    assert compiled
    assert [name for name in compiled if ".cpython-313-x86_64-linux-gnu.so" not in name] == [], platform.python_version()


def test_every_module_is_compiled_for_lambda(package: Path) -> None:
    """Else each start compiles what it loads: the package is not writable there."""
    held = files(package)
    modules = {name for name in held if name.endswith(".py")}
    if not [name for name in held if name.endswith(".pyc")]:
        pytest.skip("no python3.13 here: nothing is compiled")
    compiled = {re.sub(r"__pycache__/([^/]+)\.cpython-313\.pyc$", r"\1.py", name) for name in held if name.endswith(".pyc")}
    assert compiled == modules
    header = (package / "model/__pycache__/reader.cpython-313.pyc").read_bytes()[:8]
    assert int.from_bytes(header[4:], "little") == 0b01  # by hash, unchecked (PEP 552): times are lost on the way
