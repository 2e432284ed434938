"""No row of tests/faults.py's table is without a test."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

from tests.aws_template import ROOT
from tests.faults import FAULTS


def test_every_fault_of_the_table_has_a_test() -> None:
    files = [path for path in sorted((ROOT / "tests").rglob("test_*.py")) if "mark.fault" in path.read_text(encoding="utf-8")]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-m", "fault", "-p", "no:cacheprovider", *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = re.findall(r"^ ?(\d+)  .*\[(.*)\]$", done.stdout, re.M)
    assert [int(number) for number, _ in report] == list(FAULTS) == list(range(1, 43))
    assert [int(number) for number, tests in report if tests == "NO TEST"] == []


def test_every_guard_that_mutants_take_out_stands_in_the_code_once() -> None:
    mutants = tomllib.loads((ROOT / "tests/mutants.toml").read_text(encoding="utf-8"))["mutant"]
    counts = {(m["file"], m["old"]): (ROOT / m["file"]).read_text(encoding="utf-8").count(m["old"]) for m in mutants}
    assert [guard for guard, count in counts.items() if count != 1] == []
