"""The command line, `standpoint`. What is slow to import is imported inside the commands, so that `--help` answers at once."""

from __future__ import annotations

import io
import sys

import click

from model.cli.classify import classify
from model.cli.pairs import pairs
from model.cli.train import evaluate, export, train

EPILOG = """\b
Examples:
  standpoint classify article.txt
  standpoint classify news/ --jsonl readings.jsonl
  standpoint pairs pairs.jsonl
  standpoint COMMAND --help      (what a command takes, with more examples)
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=EPILOG)
@click.version_option(package_name="standpoint", prog_name="standpoint")
def main() -> None:
    """Read news and tell who stands where: each actor's attitude toward each target, with the sentences that show it.

    Everything runs on this machine: nothing is sent anywhere.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a character shows "?" for it
            stream.reconfigure(errors="replace")


for _command in (classify, pairs, evaluate, train, export):
    main.add_command(_command)
