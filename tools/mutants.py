"""Take the guards of tests/mutants.toml out, one at a time, in a copy of the tree; a test of the guard's fault must fail then.

python -m tools.mutants [--fault N ...]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# What the tests need of others, imported once: each mutant's process is a fork of this one.
import aws_lambda_powertools.utilities.batch
import boto3
import hypothesis.stateful
import moto.dynamodb.responses
import moto.s3.responses
import numpy as np
import onnxruntime
import pytest
import tokenizers

FORK = multiprocessing.get_context("fork")
IMPORTED = (aws_lambda_powertools, boto3, hypothesis, moto, np, onnxruntime, tokenizers)
ROOT = Path(__file__).parents[1]
SECONDS = 600  # for one mutant's tests; one that hangs has been noticed, too


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` must stand in the file exactly once; `tests` are pytest's arguments."""

    fault: int
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.fault:>2}  {self.file}: {self.old.strip().splitlines()[0].strip()[:90]}"


def read_mutants(path: Path) -> list[Mutant]:
    """Raises ValueError where a guard is not in its file, or is there more than once."""
    found = []
    for one in tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]:
        tests = tuple(one.get("tests") or (*files_of(one["fault"]), f"--fault={one['fault']}"))
        mutant = Mutant(one["fault"], one["file"], one["old"], one["new"], tests)
        if (count := (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old)) != 1:
            raise ValueError(f"{mutant.name}: stands there {count} times")
        found.append(mutant)
    return found


def files_of(fault: int) -> list[str]:
    """The quick test files that name the fault: collecting all of them takes longer than most of the tests."""
    named = re.compile(rf"(?:mark\.fault\(|FAULT_OF = )[^)\n]*\b{fault}\b")
    files = [path for part in ("unit", "functions") for path in sorted((ROOT / "tests" / part).glob("test_*.py"))]
    return [path.relative_to(ROOT).as_posix() for path in files if named.search(path.read_text(encoding="utf-8"))]


def copied(folder: Path) -> Path:
    """The tracked and new files of the tree, without what git ignores."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return folder


def survives(mutant: Mutant, tree: Path) -> str | None:
    """None where a test failed; otherwise what happened instead."""
    path, log = tree / mutant.file, tree / "mutant.log"
    original = path.read_text(encoding="utf-8")
    path.write_text(original.replace(mutant.old, mutant.new), encoding="utf-8")
    child = FORK.Process(target=run_tests, args=(mutant.tests, tree, log))
    child.start()
    child.join(SECONDS)
    hangs = child.is_alive()
    if hangs:
        child.kill()
        child.join()
    path.write_text(original, encoding="utf-8")
    said = log.read_text(encoding="utf-8", errors="replace")
    if hangs or (child.exitcode == 1 and re.search(r"^FAILED ", said, re.M)):
        return None
    return "survives" if child.exitcode == 0 else f"pytest ended with {child.exitcode}:\n{said[-2000:]}"


def run_tests(tests: Sequence[str], tree: Path, log: Path) -> None:
    """In a child that has imported nothing of the tree yet."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.chdir(tree)
    sys.dont_write_bytecode = True  # a mutant of the same second and size would be taken for the one before
    sys.path.insert(0, str(tree))
    code = pytest.main(["-x", "-p", "no:cacheprovider", *tests])
    sys.stdout.flush()
    os._exit(code)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fault", type=int, action="append", help="only the guards of this fault; may be repeated")
    wanted = parser.parse_args().fault
    mutants = [m for m in read_mutants(ROOT / "tests/mutants.toml") if not wanted or m.fault in wanted]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        tree = copied(Path(folder))
        for mutant in mutants:
            trouble = survives(mutant, tree)
            failed += trouble is not None
            print(f"{'caught' if trouble is None else 'MISSED'}  {mutant.name}" + (f"\n{trouble}" if trouble else ""), flush=True)
    print(f"{len(mutants) - failed} of {len(mutants)} guards are missed when they are gone")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
