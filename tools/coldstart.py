"""`make coldstart`: how the packed function starts and reads, by memory size, behind AWS's Runtime Interface Emulator.

Lambda gives a function processor time by its memory: one whole core at 1,769 MB (AWS Lambda Developer Guide, "Memory"), as a quota
over all cores that it sees. Where this process may make control groups (as root), the same is done here by a CFS quota; elsewhere
the function is stopped for the rest of every 20 ms. Not imitated: Lambda's disk and network, its microVM, a snapshot's restore.
"""

from __future__ import annotations

import logging
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import click

from tests.aws_template import ROOT
from tests.functions.test_classify import batch, put
from tests.slow.emulator import CREDENTIALS, Emulated, Missing, aws, emulated

ONE_CORE = 1769  # MB
PERIOD = 0.02  # seconds; Lambda's own is of this order
V1, V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds, and megabytes of the function's process at its peak. `busy` is the processor time of `init`, whoever else is at work."""

    init: float
    busy: float
    first: float
    warm: list[float]
    peak: float


class Share:
    """A share of processor time, in cores, for a process and all that it starts."""

    how = "control group, CFS quota"

    def __init__(self, cores: float) -> None:
        self.group = (V1 if V1.is_dir() else V2) / f"standpoint-{os.getpid()}"
        self.group.mkdir()
        period, quota = int(PERIOD * 1e6), int(cores * PERIOD * 1e6)
        try:
            if V1.is_dir():
                (self.group / "cpu.cfs_period_us").write_text(str(period), encoding="ascii")
                (self.group / "cpu.cfs_quota_us").write_text(str(quota), encoding="ascii")
            else:
                (self.group / "cpu.max").write_text(f"{quota} {period}", encoding="ascii")
        except OSError:
            self.close()
            raise

    def enter(self) -> None:
        """Called in the new process."""
        (self.group / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")

    def follow(self, function: Emulated) -> None:
        """Nothing to do: what the process starts is in the group."""

    def close(self) -> None:
        for _ in range(50):  # its last process may not be gone yet
            try:
                self.group.rmdir()
            except OSError:
                time.sleep(0.1)
            else:
                return


class DutyCycle:
    """The same by stopping and continuing; coarse, and blind to how many cores are used at a time."""

    how = "stopped and continued every 20 ms"

    def __init__(self, cores: float) -> None:
        self._runs = min(1.0, cores / (os.cpu_count() or 1))
        self._over = threading.Event()

    def enter(self) -> None:
        os.setpgid(0, 0)

    def follow(self, function: Emulated) -> None:
        threading.Thread(target=self._cycle, args=(function.process.pid,), daemon=True).start()

    def _cycle(self, group: int) -> None:
        try:
            while self._runs < 1 and not self._over.is_set():
                os.killpg(group, signal.SIGSTOP)
                time.sleep(PERIOD * (1 - self._runs))
                os.killpg(group, signal.SIGCONT)
                time.sleep(PERIOD * self._runs)
        except ProcessLookupError:
            return

    def close(self) -> None:
        self._over.set()


@contextmanager
def share(cores: float) -> Iterator[Share | DutyCycle]:
    try:
        made: Share | DutyCycle = Share(cores)
    except OSError:  # no right to make groups, or no such controller
        made = DutyCycle(cores)
    try:
        yield made
    finally:
        made.close()


def processes(emulator: int) -> list[Path]:
    """What the emulator's process started, in /proc: the function."""
    tasks = Path(f"/proc/{emulator}/task").iterdir()
    return [Path("/proc") / pid for task in tasks for pid in (task / "children").read_text(encoding="ascii").split()]


def peak_megabytes(emulator: int) -> float:
    lines = [line for p in processes(emulator) for line in (p / "status").read_text(encoding="utf-8", errors="replace").splitlines()]
    return max(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def busy_seconds(emulator: int) -> float:
    fields = [(p / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split() for p in processes(emulator)]
    return sum(int(f[11]) + int(f[12]) for f in fields) / os.sysconf("SC_CLK_TCK")  # utime and stime, proc(5)


def measure(package: Path, endpoint: str, cores: float, runs: int) -> tuple[Figures, str]:
    """Start the function with so many cores, and read one article again and again under new names."""
    text = (ROOT / "events/articles/lithium-mine.txt").read_text(encoding="utf-8")
    with (
        tempfile.TemporaryDirectory() as folder,
        share(cores) as given,
        redirect_stdout(StringIO()),  # the function's log
        emulated(package, endpoint, Path(folder), at_start=given.enter) as function,
    ):
        given.follow(function)
        init = _took(function, {"Records": []})
        busy = busy_seconds(function.process.pid)
        first, *warm = (_took(function, batch(put(f"articles/{cores}/{n}.txt", body=text))) for n in range(runs + 1))
        return Figures(init, busy, first, warm, peak_megabytes(function.process.pid)), given.how


def _took(function: Emulated, event: dict[str, object]) -> float:
    status, answer, seconds = function.invoke(event)
    if (status, answer) != (200, {"batchItemFailures": []}):
        raise RuntimeError(f"the function answered {status}: {answer}")
    return seconds


@click.command()
@click.option("--package", type=click.Path(path_type=Path), default=ROOT / ".aws-sam/build/ClassifyFunction", help="A built package.")
@click.option("--memory", type=int, multiple=True, default=(1024, 1769, 2048, 3008), show_default=True, help="Megabytes.")
@click.option("--runs", type=int, default=50, show_default=True, help="Warm readings of each.")
def main(package: Path, memory: tuple[int, ...], runs: int) -> None:
    """Print a table: start, first reading, warm median and 99th percentile, peak memory."""
    os.environ.update(CREDENTIALS)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # moto's server tells of every request
    try:
        with aws() as endpoint:
            os.environ["AWS_ENDPOINT_URL"] = endpoint
            _table(memory, lambda cores: measure(package.resolve(strict=True), endpoint, cores, runs))
    except (Missing, FileNotFoundError) as error:
        sys.exit(f"cannot measure: {error}")


def _table(memory: tuple[int, ...], measured: Callable[[float], tuple[Figures, str]]) -> None:
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before; a 2,944-character article; seconds")
    print(" memory  cores   init  (busy)  first  warm p50  warm p99  peak MB")
    for megabytes in memory:
        cores = min(megabytes / ONE_CORE, float(os.cpu_count() or 1))
        figures, how = measured(cores)
        p99 = statistics.quantiles(figures.warm, n=100, method="inclusive")[98]
        start = f"{megabytes:7} {cores:6.2f} {figures.init:6.2f} {figures.busy:7.2f} {figures.first:6.2f}"
        print(f"{start} {statistics.median(figures.warm):9.3f} {p99:9.3f} {figures.peak:8.0f}", flush=True)
    print(f"processor time by {how}; load average {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
