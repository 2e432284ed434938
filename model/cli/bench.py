"""`make bench`: how fast a reading comes, as medians, beside the bare encoder on the same tokens.

The last lines are what the cost model wants to know (functions/cli/measured.toml).
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from model.articles import read_path
from model.encoding import windows
from model.furniture import readable
from model.judging import encode
from model.reader import Reader
from model.records import Article
from model.sentences import split_sentences

SAMPLES = Path(__file__).parents[2] / "events" / "articles"
START = "from model.reader import Reader; from model.records import Article; Reader.load().read(Article('x', 'Ana Diaz praised the plan.'))"
WORDS = 700


@click.command()
@click.option("--runs", default=9, show_default=True, help="Runs of each measurement.")
def main(runs: int) -> None:
    """Print medians: process start to first reading, a 700-word article warm, the bare encoder, and peak memory."""
    reader = Reader.load()
    article = sample()
    click.echo(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; median of {runs} runs")
    click.echo(f"start to first reading   {_median(_start, runs):8.0f} ms")
    reading = _median(lambda: reader.read(article), runs)
    bare = _median(lambda: _bare(reader, article), runs)
    click.echo(f"{len(article.text.split())}-word article, warm   {reading:8.0f} ms")
    click.echo(f"bare encoder, same text  {bare:8.0f} ms   (the reading takes {reading / bare:.1f} times as long)")
    click.echo(f"… time on all cores      {_median(lambda: reader.read(article), runs, time.process_time):8.0f} ms")
    click.echo(f"peak memory              {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")
    click.echo(f"words = {len(article.text.split())}\ncores = {os.cpu_count()}\nmilliseconds = {reading:.0f}")


def sample() -> Article:
    """The sample articles one after another, cut at the end of the sentence after 700 words."""
    texts = [a.text for p in sorted(SAMPLES.glob("*.txt")) for a in read_path(p) if isinstance(a, Article)]
    whole = "\n\n".join(texts)
    at = len(" ".join(whole.split(" ")[:WORDS]))
    return Article("bench", whole[: whole.find(". ", at) + 1])


def _start() -> None:
    subprocess.run([sys.executable, "-c", START], check=True)  # noqa: S603  our own interpreter and code


def _bare(reader: Reader, article: Article) -> None:
    sentences = split_sentences(article.text, readable(article))
    for _ in encode(reader.engine, windows(article.text, sentences, reader.tokenizer)):
        pass


def _median(call: Callable[[], object], runs: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Milliseconds; one call before does not count."""
    call()
    times = []
    for _ in range(runs):
        began = clock()
        call()
        times.append(1000 * (clock() - began))
    return statistics.median(times)


if __name__ == "__main__":
    main()
