"""The bar and the messages above it; the summary."""

from __future__ import annotations

import io

from rich.console import Console
from rich.progress import Progress

from model.cli.progress import Meter, Tally
from model.cli.sources import Failure


def test_the_bar_counts_files_and_articles_and_messages_stand_above_it() -> None:
    stream = io.StringIO()
    bar = Progress(console=Console(file=stream, width=40))
    task = bar.add_task("", total=2, counts="")
    meter = Meter(Tally(), bar, task)
    meter.article_done(3)
    meter.article_done(0)
    meter.failed(Failure("a[b].txt", "empty", "no \x1b[2Jtext; a line longer than the console is wide"))
    meter.file_done()
    assert bar.tasks[0].completed == 1
    assert bar.tasks[0].fields["counts"] == "2 articles, 3 stances"
    assert stream.getvalue() == "a[b].txt: empty: no \ufffd[2Jtext; a line longer than the console is wide\n"


def test_the_summary_tells_what_was_left_out_and_why() -> None:
    tally = Tally(articles=1, stances=12_000, skipped=3)
    tally.reasons.update({"empty": 1, "bad-json": 2000})
    first, second = tally.summary().splitlines()
    assert first.startswith("1 article, 12,000 stances, 0.0 s, 3 skipped (already in the output)")
    assert second == "2,001 inputs rejected: 2,000 bad-json, 1 empty"
