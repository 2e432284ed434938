"""`standpoint serve`: the query API and its page on this machine, over readings of a file or articles read on the fly. No AWS."""

from __future__ import annotations

import os
import socket
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from model.cli.common import EXIT_INTERRUPTED, CannotStart, counted, engine_option, load_reader, weights_option

LOOPBACK = "127.0.0.1"


@click.command(
    epilog="""\b
Exit codes:
  2    nothing was served: no such file, a line that is no reading, a port that is taken
  130  stopped (Ctrl-C)

\b
Examples:
  standpoint serve readings.jsonl
  standpoint serve news/                         (articles: read first, which takes a while)
  standpoint serve readings.jsonl --database readings.db      (the next start is quicker: standpoint serve --database readings.db)
"""
)
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any that is free.")
@click.option(
    "--host", default=LOOPBACK, show_default=True, help="Another address opens the readings to whoever reaches it: there is no password."
)
@click.option("--database", metavar="FILE", type=click.Path(path_type=Path), help="Keep the readings in FILE, and those that it holds.")
@click.option("--no-browser", is_flag=True, help="Do not open the page.")
@engine_option
@weights_option
def serve(  # noqa: PLR0913  click passes each option as a parameter
    *, paths: tuple[str, ...], port: int, host: str, database: Path | None, no_browser: bool, engine: str, weights: Path | None
) -> None:
    """Look at readings in a browser, and query them: the page and the API that run in AWS, on this machine.

    PATH is a .jsonl file of readings (`standpoint classify --jsonl`), or files and folders of articles as `standpoint classify` takes
    them. No text is sent anywhere.
    """
    if not paths and not (database and database.exists()):
        raise click.UsageError("give a file of readings, files or folders of articles, or a --database that exists.")
    listening = _listen(host, port)
    from model.explore.readings import ReadingInvalid  # noqa: PLC0415  keeps --help fast
    from model.explore.sqlite import DatabaseInvalid, SqliteArchive  # noqa: PLC0415

    try:
        archive = SqliteArchive.open(database)
        if paths:
            archive.add(_readings(paths, lambda: load_reader(weights, engine)))
        articles, stances = archive.counts()
    except (ReadingInvalid, DatabaseInvalid) as error:
        raise CannotStart(str(error)) from error
    except OSError as error:
        raise CannotStart(f"{error.filename}: {error.strerror}") from error
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        raise SystemExit(EXIT_INTERRUPTED) from None
    if not articles:
        raise CannotStart("there is no reading to show")
    address = f"http://{host if ':' not in host else f'[{host}]'}:{listening.getsockname()[1]}/"
    try:
        click.echo(f"{counted(articles, 'article')}, {counted(stances, 'stance')}: {address}   (Ctrl-C stops)", err=True)
        if not no_browser and sys.stderr.isatty():
            webbrowser.open(address)
        _run(archive, listening)
    except KeyboardInterrupt:
        pass
    finally:
        archive.close()
    raise SystemExit(EXIT_INTERRUPTED)


def _listen(host: str, port: int) -> socket.socket:
    """Before anything is read: a port that is taken is known at once. Raises CannotStart."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()  # who comes before the server runs waits for it
    except OSError as error:
        raise CannotStart(f"cannot listen on {host}, port {port}: {error.strerror}. --port 0 takes any that is free.") from error
    return listening


def _readings(paths: tuple[str, ...], load: Any) -> Iterator[dict[str, Any]]:
    from model.cli.progress import Tally, meter  # noqa: PLC0415
    from model.cli.sources import Failure, articles, count_files  # noqa: PLC0415
    from model.explore.readings import holds_readings, read_jsonl  # noqa: PLC0415
    from model.reading import to_dict  # noqa: PLC0415
    from model.records import RejectedInput  # noqa: PLC0415

    made = [Path(path) for path in paths if holds_readings(Path(path))]
    to_read = [path for path in paths if Path(path) not in made]
    for path in made:
        yield from read_jsonl(path)
    if not to_read:
        return
    reader = load()
    with meter(Tally(), lambda: count_files(to_read), stdout_busy=False) as told:
        for item in articles(to_read, file_done=told.file_done):
            if isinstance(item, Failure):
                told.failed(item)
                continue
            try:
                reading = reader.read(item)
            except RejectedInput as error:
                told.failed(Failure(item.id, error.reason, error.detail))
                continue
            told.article_done(len(reading.stances))
            yield to_dict(reading)


def _run(archive: Any, listening: socket.socket) -> None:
    import uvicorn  # noqa: PLC0415  slow to import

    from functions.query.api import api  # noqa: PLC0415

    uvicorn.Server(uvicorn.Config(api(archive), log_level="warning", access_log=False)).run(sockets=[listening])
