"""Coverage-guided fuzzing of the decoders, under atheris: `python tools/fuzz.py articles|events FOLDER [libFuzzer options]`.

FOLDER keeps what is worth to be tried again; it begins with the samples of events/.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["model", "functions"]):
    from tests.unit.test_fuzz import check_articles, check_events

NAMES = ("a.txt", "a.json", "a.jsonl", "a.html", "a", "a.txt.gz", "a.jsonl.gz")
CHARSETS = (None, "utf-8", "latin-1", "utf-16", "idna", "shift_jis")


def articles(data: bytes) -> None:
    """The first two bytes choose the name and the charset."""
    check_articles(data[2:], NAMES[data[0] % len(NAMES)], None, CHARSETS[data[1] % len(CHARSETS)]) if len(data) > 1 else None


def events(data: bytes) -> None:
    check_events(data.decode("utf-8", "replace"))


def samples(part: str) -> Iterator[bytes]:
    folder = Path(__file__).parents[1] / "events"
    if part == "articles":
        yield from (bytes([4, 0]) + path.read_bytes() for path in sorted((folder / "articles").iterdir()))
    else:
        for path in sorted(folder.glob("sqs-*.json")):
            yield from (record["body"].encode() for record in json.loads(path.read_bytes())["Records"])


part, corpus = sys.argv[1], Path(sys.argv[2])
corpus.mkdir(parents=True, exist_ok=True)
for number, sample in enumerate(samples(part)):
    (corpus / f"sample-{number}").write_bytes(sample)
atheris.Setup([sys.argv[0], *sys.argv[2:]], {"articles": articles, "events": events}[part])
atheris.Fuzz()
