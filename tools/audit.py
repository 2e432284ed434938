"""`make audit`: known vulnerabilities in what the package holds and in what is installed here.

A vulnerability fails. A package that could not be looked up does not: an index without the vulnerability database (a mirror, a
build machine without internet) says nothing of it, and that is said, never taken for an all-clear.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PIP_AUDIT = ROOT / ".venv-audit/bin/pip-audit"
REQUIREMENTS = sorted(ROOT.glob("functions/*/requirements.txt"))
# Vulnerabilities that do not reach Standpoint, each with the reason: id -> why.
IGNORED: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Audit:
    """What is known of one set of packages: how many were looked up, which could not be, and what was found."""

    looked_up: int
    unknown: tuple[str, ...]
    found: tuple[str, ...]


def main() -> int:
    """0 where nothing was found, 1 where something was."""
    failed = False
    for name, arguments in _sets():
        audit = run(arguments)
        print(f"{name}: {audit.looked_up} packages looked up, {len(audit.found)} vulnerabilities")
        for line in audit.found:
            print(f"  {line}")
        if audit.unknown:
            print(f"  NOT AUDITED, since the database could not be asked: {', '.join(audit.unknown)}")
        failed |= bool(audit.found)
    return int(failed)


def _sets() -> list[tuple[str, list[str]]]:
    packed = [
        (path.relative_to(ROOT).as_posix(), ["--requirement", str(path), "--disable-pip", "--require-hashes"]) for path in REQUIREMENTS
    ]
    installed = [str(path) for path in (ROOT / ".venv/lib").glob("python3*/site-packages")]
    return packed + [("installed in .venv", ["--path", path]) for path in installed]


def run(arguments: Sequence[str], program: Sequence[str] = (str(PIP_AUDIT),)) -> Audit:
    """Ask pip-audit. What it cannot reach is `unknown`; an answer that is none for another reason raises RuntimeError."""
    options = ["--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    done = subprocess.run([*program, *arguments, *options], capture_output=True, text=True, check=False)  # noqa: S603  our own arguments
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        if _is_offline(done.stderr):
            return Audit(0, ("all of them",), ())
        raise RuntimeError(f"pip-audit failed:\n{done.stderr[-2000:]}") from None
    return read(dependencies)


def read(dependencies: Sequence[dict[str, Any]]) -> Audit:
    """pip-audit's list of packages."""
    own = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    others = [d for d in dependencies if d["name"] != own]
    known = [d for d in others if "skip_reason" not in d]
    return Audit(
        looked_up=len(known),
        unknown=tuple(d["name"] for d in others if "skip_reason" in d),
        found=tuple(
            f"{d['name']} {d['version']}: {v['id']}, mended in {', '.join(v['fix_versions']) or 'no version yet'}"
            for d in known
            for v in d["vulns"]
            if not {v["id"], *v["aliases"]} & IGNORED.keys()
        ),
    )


def _is_offline(errors: str) -> bool:
    """Whether pip-audit ended because nobody answered; its messages have no code for that."""
    return any(
        sign in errors for sign in ("ConnectionError", "ConnectTimeout", "Could not connect", "Max retries exceeded", "ServiceError")
    )


if __name__ == "__main__":
    sys.exit(main())
