"""`-m fault` and `--fault N`: the tests of tests/faults.py's table, reported in its order; and Hypothesis for long runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.faults import FAULTS

settings.register_profile("fuzz", max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class FaultReport:
    """Which tests carry which number, and how they ended."""

    def __init__(self) -> None:
        self.tests: dict[int, list[str]] = defaultdict(list)
        self.outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The worst of setup, call and teardown."""
        if report.when == "call" or report.outcome != "passed":
            self.outcomes.setdefault(report.nodeid, report.outcome)
        if report.failed:
            self.outcomes[report.nodeid] = "failed"

    def lines(self) -> Iterator[str]:
        for number, fault in FAULTS.items():
            ended = [self.outcomes.get(test, "not run") for test in self.tests[number]]
            counts = ", ".join(f"{ended.count(how)} {how}" for how in ("failed", "passed", "skipped", "not run") if how in ended)
            yield f"{number:>2}  {fault.case}: {fault.result}  [{counts or 'NO TEST'}]"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fault", type=int, action="append", help="run the tests of this fault of the table only; may be repeated")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(number, ...): holds the service to a row of tests/faults.py")
    if config.getoption("--fault") or "fault" in config.getoption("markexpr"):
        config.pluginmanager.register(FaultReport(), "fault-report")


def numbers(item: pytest.Item) -> set[int]:
    return {number for marker in item.iter_markers("fault") for number in marker.args}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if unknown := numbers(item) - FAULTS.keys():
            raise pytest.UsageError(f"{item.nodeid}: the table has no fault {unknown}")
    report, wanted = config.pluginmanager.get_plugin("fault-report"), set(config.getoption("--fault") or [])
    if not isinstance(report, FaultReport):
        return
    for item in items:
        for number in numbers(item):
            report.tests[number].append(item.nodeid)
    if wanted:
        config.hook.pytest_deselected(items=[item for item in items if not numbers(item) & wanted])
        items[:] = [item for item in items if numbers(item) & wanted]
    items.sort(key=lambda item: min(numbers(item), default=0))  # stable: in the table's order


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    report = config.pluginmanager.get_plugin("fault-report")
    if isinstance(report, FaultReport):
        terminalreporter.section("faults, and what must come of each")
        for line in report.lines():
            terminalreporter.write_line(line)
