"""What is loaded is verified before it is parsed, and nothing is loaded that could run code: no pickle in any form."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import onnxruntime
import pytest
from tokenizers import Tokenizer

from model import language, weights
from model.engine import ModelUnusable
from model.reader import Reader
from tests.aws_template import ROOT

SERVED = ["tokenizer.json", "onnx/encode.onnx", "onnx/judge.onnx", "onnx/antecedents.onnx"]
PICKLES = {"pickle", "_pickle", "cPickle", "pickle5", "cloudpickle", "dill", "joblib", "shelve", "marshal", "jsonpickle", "torch.package"}
CODE_LOADERS = {"torch.jit.load", "torch.hub.load", "torch.export.load", "pandas.read_pickle", "pd.read_pickle"}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A weights folder of links, so that one file can be replaced."""
    for path in weights.DEFAULT.rglob("*"):
        if path.is_file():
            link = tmp_path / path.relative_to(weights.DEFAULT)
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(path)
    return tmp_path


def change_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)


@pytest.mark.parametrize("name", [*SERVED, "model.safetensors"])
def test_one_changed_byte_is_found_before_anything_parses_the_file(name: str, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(*_: object, **__: object) -> None:
        pytest.fail("a file was parsed before all were verified")

    change_a_byte(copy / name)
    monkeypatch.setattr(Tokenizer, "from_file", parsed)
    monkeypatch.setattr(onnxruntime, "InferenceSession", parsed)
    monkeypatch.setattr(weights, "load_engine", parsed)
    with pytest.raises(ModelUnusable, match=f"{Path(name).name} is damaged"):
        Reader.load(copy, engine="torch" if name.endswith(".safetensors") else "onnx")


def test_a_file_that_the_manifest_does_not_list_is_not_loaded(copy: Path) -> None:
    config = copy / "config.json"
    text = config.read_text(encoding="utf-8").replace('"onnx/judge.onnx"', '"onnx/another.onnx"')
    config.unlink()
    config.write_text(text, encoding="utf-8")
    with pytest.raises(ModelUnusable, match=r"judge.onnx is not in config.json's list"):
        Reader.load(copy)


def test_the_language_identifier_is_verified_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(language._DATA, tmp_path / "lid.ftz")
    change_a_byte(tmp_path / "lid.ftz")
    monkeypatch.setattr(language, "_DATA", tmp_path / "lid.ftz")
    monkeypatch.setattr("fasttext.load_model", lambda _: pytest.fail("loaded before it was verified"))
    language._identifier.cache_clear()
    with pytest.raises(ModelUnusable, match=r"lid\.ftz is damaged"):
        language.detect("The minister said that the plan was good for all of the country.")
    language._identifier.cache_clear()


def unsafe(source: str) -> list[str]:
    """Lines of a file that load, or could load, objects by pickle or code from elsewhere."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{a.name}" for a in node.names)]
        found += [f"{node.lineno}: import {n}" for n in names if n in PICKLES or n.split(".")[0] in PICKLES]  # type: ignore[attr-defined]
        if isinstance(node, ast.Call):
            called, keywords = ast.unparse(node.func), {k.arg: ast.unparse(k.value) for k in node.keywords}
            if called in CODE_LOADERS:
                found.append(f"{node.lineno}: {called}")
            if called == "torch.load" and keywords.get("weights_only") != "True":
                found.append(f"{node.lineno}: torch.load without weights_only=True")
            if keywords.get("allow_pickle", "False") != "False" or keywords.get("trust_remote_code", "False") != "False":
                found.append(f"{node.lineno}: {called} trusts what it loads")
    return found


def test_nothing_in_the_tree_loads_pickles_or_foreign_code() -> None:
    files = [path for folder in ("model", "functions", "tools", "tests") for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 50
    found = {str(path): unsafe(path.read_text(encoding="utf-8")) for path in files}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "def f():\n    import joblib",
        "import torch.package",
        "from torch import package",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "torch.jit.load(path)",
        "np.load(path, allow_pickle=True)",
        "AutoModel.from_pretrained(name, trust_remote_code=True)",
    ],
)
def test_each_would_be_found(source: str) -> None:
    assert len(unsafe(source)) >= 1


def test_what_is_safe_is_not_found() -> None:
    assert unsafe("import json\ntorch.load(path, weights_only=True)\nnp.load(path, allow_pickle=False)\nload_file(path)") == []
