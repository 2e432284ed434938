"""Versions of the sample articles, and what the packed model reads in each: without a queue, a function or a table."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.aws_template import ROOT
from tools.local_stack import PYTHON

SAMPLES = sorted((ROOT / "events/articles").iterdir())
UPLOADS = int(os.environ.get("E2E_UPLOADS", "300"))
VERSIONS = max(1, UPLOADS // 60)  # of each sample

# A .pdf, a cut-off .gz, JSON nested past any parser's depth, and nothing: each is rejected for ever, with this reason.
REJECTED = {
    "articles/poison/empty.txt": (b"", "empty"),
    "articles/poison/report.pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\x00\x00\n", "binary"),
    "articles/poison/cut-off.txt.gz": (gzip.compress(SAMPLES[0].read_bytes())[:200], "bad-gzip"),
    "articles/poison/nested.json": (b'{"text": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "bad-json"),
}

# Run by Lambda's Python with the package alone on its path, as the function is.
_READ = """
import base64, json, sys
from model.articles import parse_articles
from model.reader import Reader
from model.reading import to_dict
reader = Reader.load(engine="onnx")
for line in sys.stdin:
    name, body = json.loads(line)
    found = [to_dict(reader.read(article)) for article in parse_articles(base64.b64decode(body), name=name, default_id="KEY")]
    print(json.dumps(found), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Version:
    """One state of an article: the sample's file name, for its type, and the bytes."""

    name: str
    body: bytes

    @classmethod
    def of(cls, sample: Path, number: int) -> Version:
        """The sample's first paragraphs, four to six, and a sentence of its own; pages and .jsonl files whole."""
        added = f" This is edition {number}, and the editors welcome it."
        data = gzip.decompress(sample.read_bytes()) if sample.suffix == ".gz" else sample.read_bytes()
        text = data.decode()
        if ".json" in sample.suffixes:
            article = json.loads(text)
            text = json.dumps({**article, "text": _cut(article["text"], number) + added})
        elif ".jsonl" in sample.suffixes:
            articles = [json.loads(line) for line in text.splitlines()]
            text = "".join(json.dumps({**article, "text": article["text"] + added}) + "\n" for article in articles)
        elif ".html" in sample.suffixes:
            text = text.replace("</article>", f"<p>{added}</p></article>")
        else:
            text = _cut(text, number) + added
        return cls(sample.name, gzip.compress(text.encode(), mtime=0) if sample.suffix == ".gz" else text.encode())


def versions() -> list[Version]:
    made = [Version.of(sample, number) for number in range(VERSIONS) for sample in SAMPLES]
    assert len({version.body for version in made}) == len(made)
    return made


Readings = list[dict[str, Any]]


def read(package: Path, found: list[Version]) -> tuple[dict[Version, Readings], float]:
    """Each version's readings by the package's model, their ids "KEY" where the article has none; and the seconds for one."""
    lines = "".join(json.dumps([version.name, base64.b64encode(version.body).decode()]) + "\n" for version in found)
    started = time.perf_counter()
    done = subprocess.run(
        [PYTHON, "-c", _READ],
        cwd=package,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(package)},
        input=lines,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    readings = [json.loads(line) for line in done.stdout.splitlines()]
    return dict(zip(found, readings, strict=True)), (time.perf_counter() - started) / len(found)


def under(key: str, readings: Readings) -> Readings:
    """The readings as they are where the article is stored under this key."""
    return [{**reading, "article_id": reading["article_id"].replace("KEY", key, 1)} for reading in readings]


def _cut(text: str, number: int) -> str:
    return "\n\n".join(text.split("\n\n")[: 4 + number % 3])
