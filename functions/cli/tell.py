"""How the operator's commands print: lines for people, JSON for programs. Keys and reasons are others' text: made printable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from model.cli.common import counted, printable

if TYPE_CHECKING:
    from functions.shared.deadletters import DeadLetter, Depth
    from functions.shared.diagnosis import Diagnosis
    from functions.shared.logs import Logged
    from functions.shared.queries import RejectedRow
    from functions.shared.redrive import Progress


def heading(depth: Depth, shown: int) -> str:
    """How many there are (SQS's estimate), how many of them are shown."""
    hidden = f", {depth.hidden:,} of them hidden while another command looks at them" if depth.hidden else ""
    return f"about {counted(depth.total, 'dead letter')}{hidden}; {shown:,} shown"


def letters(found: Sequence[tuple[DeadLetter, Sequence[Diagnosis]]], *, as_json: bool) -> None:
    for letter, diagnoses in found:
        if as_json:
            click.echo(json.dumps(as_dict(letter, diagnoses)))
            continue
        for diagnosis in diagnoses:
            about = printable(subject(diagnosis))
            click.echo(f"{letter.id}  {since(letter.sent):>5}  {letter.receive_count:>3}×  {about}  {diagnosis.reason}")


def explanation(letter: DeadLetter, diagnoses: Sequence[Diagnosis], logged: Sequence[Logged], *, as_json: bool) -> None:
    if as_json:
        log = [{"at": each.at.isoformat(), "error": each.error} for each in logged]
        click.echo(json.dumps({**as_dict(letter, diagnoses), "log": log}))
        return
    click.echo(f"{letter.id}: sent {letter.sent:%Y-%m-%d %H:%M:%S} UTC, {since(letter.sent)} ago; received {letter.receive_count}×")
    for diagnosis in diagnoses:
        known = diagnosis.known
        rows = [
            ("about", subject(diagnosis)),
            ("reason", f"{diagnosis.reason}: {diagnosis.detail}"),
            ("table", known and f"{known.status}, generation {known.generation}" + (f", {known.rejection}" if known.rejection else "")),
            ("advice", diagnosis.advice),
        ]
        click.echo("\n".join(f"  {name:<7} {printable(text)}" for name, text in rows if text))
    for each in logged:
        click.echo(f"  {'log':<7} {each.at:%Y-%m-%d %H:%M:%S} {printable(each.error)}")


def rejected(row: RejectedRow, kept: Sequence[tuple[int, str, str]], *, as_json: bool) -> None:
    """An article a line; `kept` are those of the row that are shown."""
    for article, reason, detail in kept:
        if as_json:
            where = {name: getattr(row, name) for name in ("object_id", "bucket", "key", "version_id", "modified", "status")}
            click.echo(json.dumps({**where, "article": article, "reason": reason, "detail": detail}))
        else:
            number = f" article {article}" if len(row.rejected) > 1 or row.status == "read" else ""
            click.echo(f"{row.modified}  {printable(row.key)}{number}  {reason}: {printable(detail)}")


def progress(seen: Progress) -> str:
    return (
        f"{len(seen.settled):,} dealt with, {len(seen.back):,} came back, {len(seen.open):,} open; "
        f"the queue holds {seen.queue.waiting:,} waiting and {seen.queue.hidden:,} being tried"
    )


def result(counts: dict[str, Any], *, as_json: bool) -> None:
    """The command's last line: numbers, and the ids of what did not end well."""
    if as_json:
        click.echo(json.dumps(counts))
        return
    parts = [f"{name.replace('_', ' ')}: {len(value) if isinstance(value, list) else value}" for name, value in counts.items()]
    click.echo(", ".join(parts))
    for name, value in counts.items():
        if isinstance(value, list) and value:
            click.echo("\n".join([f"{name}:", *(f"  {each}" for each in value)]))


def as_dict(letter: DeadLetter, diagnoses: Sequence[Diagnosis]) -> dict[str, Any]:
    return {
        "id": letter.id,
        "sent": letter.sent.isoformat(),
        "age_seconds": round((datetime.now(UTC) - letter.sent).total_seconds()),
        "receive_count": letter.receive_count,
        "events": [_event(diagnosis) for diagnosis in diagnoses],
    }


def _event(diagnosis: Diagnosis) -> dict[str, Any]:
    event, known = diagnosis.event, diagnosis.known
    about = event and {name: getattr(event, name) for name in ("kind", "bucket", "key", "version_id", "sequencer")}
    table = known and {name: getattr(known, name) for name in ("status", "generation", "revision", "rejection")}
    return {**(about or {}), "reason": diagnosis.reason, "detail": diagnosis.detail, "advice": diagnosis.advice, "table": table}


def subject(diagnosis: Diagnosis) -> str:
    event = diagnosis.event
    if event is None or event.kind == "test":
        return "no object"
    version = f" (version {event.version_id})" if event.version_id else ""
    return f"{event.kind} s3://{event.bucket}/{event.key}{version}"


def since(moment: datetime) -> str:
    """ "45 m", "18 h", "3 d"."""
    passed = datetime.now(UTC) - moment
    for unit, length in (("d", timedelta(days=2)), ("h", timedelta(hours=2))):
        if passed >= length:
            return f"{passed // (length / 2)} {unit}"
    return f"{passed // timedelta(minutes=1)} m"
