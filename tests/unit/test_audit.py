"""`make audit`: what is vulnerable fails; what could not be looked up is said, and is never taken for safe."""

from __future__ import annotations

import sys

import pytest

from tools import audit

SAFE = {"name": "click", "version": "8.1.0", "vulns": []}
VULNERABLE = {
    "name": "lxml",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["1.1"], "description": ""}],
}
UNKNOWN = {"name": "numpy", "skip_reason": "Dependency not found on PyPI and could not be audited: numpy (2.4.6)"}


def pip_audit(output: str = "", errors: str = "", code: int = 0) -> list[str]:
    """A program that answers as pip-audit does."""
    return [sys.executable, "-c", f"import sys; print({output!r}); print({errors!r}, file=sys.stderr); sys.exit({code})"]


def test_what_was_looked_up_what_was_not_and_what_was_found() -> None:
    found = audit.read([SAFE, VULNERABLE, UNKNOWN, {"name": "standpoint", "skip_reason": "ours"}])
    assert found == audit.Audit(2, ("numpy",), ("lxml 1.0: PYSEC-1, mended in 1.1",))


@pytest.mark.parametrize("name", ["PYSEC-1", "CVE-1"])
def test_one_that_does_not_reach_us_is_passed_over_by_any_of_its_names(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(audit.IGNORED, name, "the parser that it is in is never called")
    assert audit.read([VULNERABLE]).found == ()


def test_every_one_passed_over_has_a_reason() -> None:
    assert [name for name, reason in audit.IGNORED.items() if len(reason) < 20] == []


def test_without_a_way_to_the_database_nothing_fails_and_nothing_is_called_safe() -> None:
    errors = "requests.exceptions.ConnectionError: HTTPSConnectionPool: Max retries exceeded"
    assert audit.run([], pip_audit(errors=errors, code=1)) == audit.Audit(0, ("all of them",), ())


def test_any_other_failure_is_one() -> None:
    with pytest.raises(RuntimeError, match="hash mismatch"):
        audit.run([], pip_audit(errors="ERROR: hash mismatch", code=1))


@pytest.mark.parametrize(("dependency", "code"), [(SAFE, 0), (UNKNOWN, 0), (VULNERABLE, 1)])
def test_only_a_vulnerability_fails(
    dependency: dict[str, object], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "run", lambda _: audit.read([dependency]))
    assert audit.main() == code
    assert ("NOT AUDITED" in capsys.readouterr().out) == (dependency is UNKNOWN)


def test_every_package_of_a_function_is_pinned_with_its_hash() -> None:
    assert audit.REQUIREMENTS
    for path in audit.REQUIREMENTS:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
        assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == []
