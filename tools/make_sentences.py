"""Turn annotated sentences of DSE and NewsMTSC into the standoff files of model/train/corpus/sentences.

    python tools/make_sentences.py --data DIR FILE.stance...

Each block of the input is one training sentence, its id `dse-LINE` or `newsmtsc-LINE` (from 0). The data sets' text does not
belong in the repository, so that what is written holds the annotation alone: offsets, entities, stances, and a digest of the text.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from model.train.corpus.corpus import parse
from model.train.datasets import SENTENCES, read_jsonl, text_digest

SETS = ("dse", "newsmtsc")


def main() -> None:
    """Write one file a data set, its lines in order. Exits with a message where a block is not the sentence that its id names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    texts = {name: [record["text"] for record in read_jsonl(options.data / name / "train.jsonl")] for name in SETS}
    found: dict[str, dict[int, str]] = {name: {} for name in SETS}
    for path in options.files:
        articles, problems = parse(path)
        if problems:
            raise SystemExit("\n".join(problems))
        for article in articles:
            name, line = article.id.rsplit("-", 1)
            if article.text != texts[name][int(line)]:
                raise SystemExit(f"{path}: {article.id} is not that sentence")
            found[name][int(line)] = json.dumps(
                {
                    "line": int(line),
                    "digest": text_digest(article.text),
                    "entities": {key: [entity["type"], entity["name"]] for key, entity in article.entities.items()},
                    "mentions": [[m["entity"], m["start"], m["end"]] for m in article.mentions],
                    "stances": [[s["actor"], s["target"], s["attitude"]] for s in article.stances],
                },
                ensure_ascii=False,
                separators=(",", ":"),
            )
    SENTENCES.mkdir(exist_ok=True)
    for name, lines in found.items():
        (SENTENCES / f"{name}.jsonl").write_text("".join(f"{lines[i]}\n" for i in sorted(lines)), encoding="utf-8")
        print(f"{name}: {len(lines)} sentences")


if __name__ == "__main__":
    main()
