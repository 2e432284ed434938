"""The command line, `standpoint`. What is slow to import is imported inside the commands, so that `--help` answers at once."""

from __future__ import annotations

import io
import sys
from importlib.metadata import entry_points

import click

from model.cli.classify import classify
from model.cli.digest import digest
from model.cli.export import export
from model.cli.pairs import pairs
from model.cli.train import evaluate, train

EPILOG = """\b
Examples:
  standpoint classify article.txt
  standpoint classify news/ --jsonl readings.jsonl
  standpoint pairs pairs.jsonl
  standpoint COMMAND --help      (what a command takes, with more examples)
"""


class Commands(click.Group):
    """The commands of this package, and those that other packages add under the entry point group `standpoint.commands`.

    So the commands that need AWS live in functions/, and model/ knows nothing of it.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click passes it
        """This package's first, in their order."""
        return [*self.commands, *sorted(entry_points(group="standpoint.commands").names)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Loaded only when asked for."""
        if (own := super().get_command(ctx, cmd_name)) is not None:
            return own
        for added in entry_points(group="standpoint.commands", name=cmd_name):
            command = added.load()
            if isinstance(command, click.Command):
                return command
        return None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=EPILOG)
@click.version_option(package_name="standpoint", prog_name="standpoint")
def main() -> None:
    """Read news and tell who stands where: each actor's attitude toward each target, with the sentences that show it.

    Readings are made on this machine: no text is sent anywhere.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a character shows "?" for it
            stream.reconfigure(errors="replace")


for _command in (classify, pairs, digest, export, evaluate, train):
    main.add_command(_command)
