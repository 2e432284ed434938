"""Turn annotated sentences of DSE and NewsMTSC, and annotated documents of GUM, into the standoff files of model/train/corpus/sentences.

    python tools/make_sentences.py --data DIR FILE.stance...

Each block of the input is one training sentence, its id `dse-LINE` or `newsmtsc-LINE` (from 0), or a whole document `gum-ID`. The data
sets' text does not belong in the repository, so that what is written holds the annotation alone: offsets, entities, stances, and a
digest of the text. What the files already hold stays, where the input has no block for the same line.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from model.train.corpus.corpus import Article, parse
from model.train.datasets import SENTENCES, read_jsonl, sentence_spans, text_digest

SETS = ("dse", "newsmtsc", "gum")
NO_META = ("no title", "no date", "no style")  # sentences have none


def main() -> None:
    """Write one file a data set, its lines in order. Exits with a message where a block is not the text that its id names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    sources = {name: read_jsonl(options.data / name / "train.jsonl") for name in SETS}
    gum_lines = {record["id"]: line for line, record in enumerate(sources["gum"])}
    found: dict[str, dict[int, dict[str, Any]]] = {name: _known(name) for name in SETS}
    for path in options.files:
        articles, problems = parse(path)
        if problems := [p for p in problems if not p.endswith(NO_META) and "style must be" not in p]:
            raise SystemExit("\n".join(problems))
        for article in articles:
            name, _, key = article.id.partition("-")
            line = gum_lines[key] if name == "gum" else int(key)
            found[name][line] = _note(article, line, sources[name][line], where=str(path))
    SENTENCES.mkdir(exist_ok=True)
    for name, notes in found.items():
        lines = (json.dumps(notes[i], ensure_ascii=False, separators=(",", ":")) for i in sorted(notes))
        (SENTENCES / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        print(f"{name}: {len(notes)} texts")


def _known(name: str) -> dict[int, dict[str, Any]]:
    path = SENTENCES / f"{name}.jsonl"
    return {note["line"]: note for note in read_jsonl(path)} if path.exists() else {}


def _note(article: Article, line: int, source: dict[str, Any], *, where: str) -> dict[str, Any]:
    """The annotation with offsets in the source's text, whose blanks between sentences are not the markup's."""
    spans = sentence_spans(source)
    texts = [source["text"][s["start"] : s["end"]] for s in spans]
    mine = [article.text[s["start"] : s["end"]] for s in article.sentences]
    if [t.strip() for t in texts] != mine:
        raise SystemExit(f"{where}: {article.id} is not that text")
    shifts = [
        span["start"] + len(text) - len(text.lstrip()) - s["start"] for span, text, s in zip(spans, texts, article.sentences, strict=True)
    ]
    return {
        "line": line,
        "digest": text_digest(source["text"]),
        "entities": {key: [entity["type"], entity["name"]] for key, entity in article.entities.items()},
        "mentions": [[m["entity"], m["start"] + shifts[m["sentence"]], m["end"] + shifts[m["sentence"]]] for m in article.mentions],
        "stances": [[s["actor"], s["target"], s["attitude"], s["sentence"]] for s in article.stances],
    }


if __name__ == "__main__":
    main()
