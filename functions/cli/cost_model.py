"""What a load needs of each AWS service, what that costs, and which limits it passes. Pure arithmetic; docs/cost.md explains it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

MONTH_DAYS = 30.4
GIGABYTE = 1024**3
FULL_CORE_MB = 1769  # of a function's memory (Lambda Developer Guide, "Configure Lambda function memory")
WRITES_A_CALL = 25
LOOKS = 3  # at the table, before an article is read and before its head is flipped
OTHER_CALLS = 3  # HEAD, GET and the flip
HERE = Path(__file__).parent


class PricesInvalid(ValueError):  # noqa: N818  reads as the others: what is wrong, with what
    """A file of prices lacks one, or holds what is no price. The message names it."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked about. `stances` are those of one article; shares are from 0 to 1."""

    articles: float
    days: float
    words: float
    stances: float
    memory_mb: int
    reread: float
    """The share of articles that replace an older reading: its items are deleted."""
    batch: int
    """Articles that one invocation gets at most."""
    concurrency: int
    """Invocations at one time that are allowed: the template's MaximumConcurrency, or the backfill's."""
    peak: float
    """The busiest moment of live uploads, as a multiple of the mean. A backfill goes as fast as it is allowed."""
    hot: float
    """The share of all stances whose actor (or target) is the one that is named most."""
    backfill: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """functions/cli/measured.toml."""

    words: float
    article_bytes: float
    cores: float
    milliseconds: float
    stances: float
    head_bytes: float
    body_bytes: float
    article_bytes_listed: float
    """Of the ARTICLE item, which lists and counts read."""
    stance_bytes: float
    stance_write_units: float
    seconds_a_call: float
    log_bytes_an_article: float
    log_bytes_an_invocation: float
    seconds_of_a_start: float
    hours_of_an_environment: float
    metrics: float
    alarms: float
    dashboards: float
    idle_polls_a_month: float

    @classmethod
    def load(cls) -> Self:
        found = tomllib.loads((HERE / "measured.toml").read_text(encoding="utf-8"))
        values = found["reading"] | found["assumed"]
        return cls(**{field.name: float(values[field.name]) for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class Demand:
    """Of the whole period, but where a name says otherwise. Bytes are those that are kept; write units are of the table alone, those
    of all three indexes, and those of the busiest of them."""

    seconds_an_article: float
    invocations: float
    gb_seconds: float
    sqs_requests: float
    s3_puts: float
    s3_gets: float
    table_write_units: float
    index_write_units: float
    one_index_write_units: float
    read_units: float
    log_gb: float
    traces: float
    transitions: float
    express_requests: float
    express_gb_hours: float
    s3_gb: float
    table_gb: float
    index_gb: float
    mean_rate: float
    """Articles a second."""
    peak_rate: float
    hours: float
    """That the allowed concurrency needs for all."""

    @property
    def peak_concurrency(self) -> float:
        return self.peak_rate * self.seconds_an_article


@dataclass(frozen=True, slots=True)
class Limit:
    """`need` at the peak against `limit`; `remedy` is what has to change where it is passed."""

    name: str
    need: float
    limit: float
    unit: str
    remedy: str

    @property
    def passed(self) -> bool:
        return self.need > self.limit


@dataclass(frozen=True, slots=True)
class Price:
    """Steps of (up to so many a month, dollars a unit)."""

    steps: tuple[tuple[float, float], ...]

    def of(self, quantity: float) -> float:
        """Dollars of a month's quantity."""
        dollars, done = 0.0, 0.0
        for up_to, usd in self.steps:
            dollars += max(0.0, min(quantity, up_to) - done) * usd
            done = up_to
        return dollars


PRICES = (
    *("lambda_gb_second", "lambda_request", "sqs_request", "s3_put", "s3_get", "s3_gb_month"),
    *("dynamodb_write_unit", "dynamodb_read_unit", "dynamodb_gb_month", "dynamodb_backup_gb_month"),
    *("logs_gb", "logs_gb_month", "metric_month", "alarm_month", "dashboard_month", "xray_trace"),
    *("states_transition", "express_request", "express_gb_hour"),
)


def read_prices(path: Path) -> tuple[str, dict[str, Price]]:
    """The region and its prices. Raises PricesInvalid."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PricesInvalid(f"{path}: {error}") from error
    if missing := [name for name in PRICES if not isinstance(found.get(name), dict)]:
        raise PricesInvalid(f"{path}: no price for {', '.join(missing)}")
    return str(found.get("region", "?")), {name: _price(path, name, found[name]) for name in PRICES}


def _price(path: Path, name: str, entry: Mapping[str, Any]) -> Price:
    try:
        usd, per = entry["usd"], float(entry["per"])
        steps = tuple((float(up_to), float(each) / per) for up_to, each in (usd if isinstance(usd, list) else [(math.inf, usd)]))
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise PricesInvalid(f"{path}: {name} needs usd (a number, or [up to, number] pairs) and per (a number)") from error
    rising = all(lower[0] < upper[0] for lower, upper in pairwise(steps))
    if not (steps and rising and steps[-1][0] == math.inf and all(each >= 0 for _, each in steps)):
        raise PricesInvalid(f"{path}: {name}: steps must rise up to inf, and no price may be below 0")
    return Price(steps)


def demand(load: Load, m: Measured) -> Demand:
    """See docs/cost.md, where each line of this is a sentence."""
    length = load.words / m.words
    vcpus = min(load.memory_mb / FULL_CORE_MB, m.cores)
    calls = LOOKS + OTHER_CALLS + math.ceil((2 + load.stances) / WRITES_A_CALL) * (1 + load.reread)
    each = m.milliseconds / 1000 * m.cores / vcpus * length + calls * m.seconds_a_call
    seconds = load.days * 86400
    rate = load.articles / seconds
    # A queue that little arrives in gives small batches: what comes in five seconds to five pollers.
    batch = load.batch if load.backfill else min(load.batch, max(1.0, rate))
    invocations = load.articles / batch
    starts = max(1.0, rate * each) * max(1.0, load.days * 24 / m.hours_of_an_environment)
    body_units = math.ceil(m.body_bytes * length / 1024)
    stance_units = load.stances * m.stance_write_units
    listed_bytes = m.article_bytes_listed * load.stances / m.stances
    listed_units = math.ceil(listed_bytes / 1024)
    kept = m.head_bytes + m.body_bytes * length + listed_bytes + load.stances * m.stance_bytes
    gb = load.articles / GIGABYTE
    invocation_rate = invocations / seconds
    return Demand(
        seconds_an_article=each,
        invocations=invocations,
        gb_seconds=(load.articles * each + starts * m.seconds_of_a_start) * load.memory_mb / 1024,
        sqs_requests=0 if load.backfill else load.articles + 2 * invocations,
        s3_puts=load.articles / 1000 if load.backfill else load.articles,  # a listing's page has 1,000 keys
        s3_gets=2 * load.articles,
        table_write_units=load.articles * (1 + (body_units + listed_units + stance_units) * (1 + load.reread)),
        index_write_units=load.articles * (2 * stance_units + listed_units) * (1 + load.reread),
        one_index_write_units=load.articles * stance_units * (1 + load.reread),
        read_units=load.articles * (LOOKS + load.reread * math.ceil(kept / 4096)),
        log_gb=(load.articles * m.log_bytes_an_article + invocations * m.log_bytes_an_invocation) / GIGABYTE,
        traces=seconds * (min(1.0, invocation_rate) + 0.05 * max(0.0, invocation_rate - 1)),
        transitions=invocations if load.backfill else 0,
        express_requests=invocations if load.backfill else 0,
        express_gb_hours=load.articles * each / 3600 * 64 / 1024 if load.backfill else 0,
        s3_gb=0 if load.backfill else gb * m.article_bytes * length,
        table_gb=gb * kept * (1 - load.reread),
        index_gb=gb * (2 * load.stances * m.stance_bytes + listed_bytes) * (1 - load.reread),
        mean_rate=rate,
        peak_rate=load.concurrency / each if load.backfill else rate * load.peak,
        hours=load.articles * each / load.concurrency / 3600,
    )


@dataclass(frozen=True, slots=True)
class Estimate:
    """Dollars by line: `reading` for all articles once, `keeping` for each month that what came of them is kept and the stack stands."""

    load: Load
    needs: Demand
    reading: dict[str, float]
    keeping: dict[str, float]
    limits: list[Limit]


def estimate(load: Load, measured: Measured, prices: Mapping[str, Price]) -> Estimate:
    needs = demand(load, measured)
    return Estimate(load, needs, _reading(load, needs, prices), _keeping(needs, measured, prices), list(limits(load, needs)))


def _reading(load: Load, d: Demand, prices: Mapping[str, Price]) -> dict[str, float]:
    months = max(1.0, load.days / MONTH_DAYS)

    def of(name: str, quantity: float) -> float:
        """Steps are of a month: a longer period starts anew in each."""
        return months * prices[name].of(quantity / months)

    return {
        "Lambda: compute": of("lambda_gb_second", d.gb_seconds),
        "Lambda: requests": of("lambda_request", d.invocations),
        "SQS: requests": of("sqs_request", d.sqs_requests),
        "S3: requests": of("s3_put", d.s3_puts) + of("s3_get", d.s3_gets),
        "DynamoDB: writes, table": of("dynamodb_write_unit", d.table_write_units),
        "DynamoDB: writes, three indexes": of("dynamodb_write_unit", d.index_write_units),
        "DynamoDB: reads": of("dynamodb_read_unit", d.read_units),
        "CloudWatch: logs": of("logs_gb", d.log_gb),
        "X-Ray: traces": of("xray_trace", d.traces),
        "Step Functions: transitions": of("states_transition", d.transitions),
        "Step Functions: Express children": of("express_request", d.express_requests) + of("express_gb_hour", d.express_gb_hours),
    }


def _keeping(d: Demand, m: Measured, prices: Mapping[str, Price]) -> dict[str, float]:
    watch = {"metric_month": m.metrics, "alarm_month": m.alarms, "dashboard_month": m.dashboards}
    return {
        "S3: articles": prices["s3_gb_month"].of(d.s3_gb),
        "DynamoDB: table and indexes": prices["dynamodb_gb_month"].of(d.table_gb + d.index_gb),
        "DynamoDB: point-in-time recovery": prices["dynamodb_backup_gb_month"].of(d.table_gb),
        "CloudWatch: logs, for their 30 days": prices["logs_gb_month"].of(d.log_gb),
        "CloudWatch: metrics, alarms, dashboard": sum(prices[name].of(quantity) for name, quantity in watch.items()),
        "SQS: an idle queue's polls": prices["sqs_request"].of(m.idle_polls_a_month),
    }


def limits(load: Load, d: Demand) -> Iterator[Limit]:
    """AWS's defaults for an account, us-east-1, and the template's own. All are "at the peak"."""
    peak = d.peak_rate
    per_article = 1 / load.articles
    writes = peak * d.table_write_units * per_article
    of_index = peak * d.one_index_write_units * per_article
    hot = of_index * load.hot
    batch_seconds = load.batch * d.seconds_an_article
    at_once = d.mean_rate * d.seconds_an_article if load.backfill else d.peak_concurrency

    yield Limit(
        "allowed concurrency",
        *(at_once, load.concurrency, "invocations"),
        f"raise it to {math.ceil(at_once)}, or wait: {d.hours:,.1f} hours for all",
    )
    yield Limit(
        "account concurrency",
        *(d.peak_concurrency, 1000, "invocations"),
        "quota “Concurrent executions” of Lambda (L-B99A9384); live and backfill share it",
    )
    yield from _of_backfill(d, batch_seconds) if load.backfill else _of_queue(load, d, batch_seconds)
    yield Limit("S3 reads, one prefix", 2 * peak, 5500, "requests/s", f"{math.ceil(2 * peak / 5500)} prefixes")
    yield Limit(
        "a new table's writes",
        *(writes, 4000, "units/s"),
        "warm the table first (WarmThroughput), or let the load double in no less than 30 minutes",
    )
    yield Limit(
        "table's writes",
        *(writes, 40000, "units/s"),
        f"quota “Table-level write throughput limit”; or {math.ceil(writes / 40000)} tables, by source or by month",
    )
    yield Limit("an index's writes", of_index, 40000, "units/s", "as the table's: the quota holds for each index too")
    yield Limit(
        "one index key's writes",
        *(hot, 1000, "units/s"),
        f"{math.ceil(hot / 1000)} shards of by_actor and by_target (NAME#n by a hash of the article, read side by side): "
        "a partition's limit is hard, the newest end of a key is one partition, and a throttled index throttles the table",
    )


def _of_backfill(d: Demand, batch_seconds: float) -> Iterator[Limit]:
    yield Limit("Distributed Map's children", d.peak_concurrency, 10000, "executions", "several map runs, by prefix; the limit is hard")
    yield Limit("an Express child's duration", batch_seconds, 300, "seconds", "fewer articles a batch: a child has five minutes")


def _of_queue(load: Load, d: Demand, batch_seconds: float) -> Iterator[Limit]:
    yield Limit(
        "one queue's event source",
        *(d.peak_concurrency, 1250, "invocations"),
        f"{math.ceil(d.peak_concurrency / 1250)} queues, each for a bucket or a prefix; or the event source's provisioned mode",
    )
    yield Limit("messages in flight", d.peak_concurrency * load.batch, 120000, "messages", "several queues; the limit is hard")
    behind = max(0.0, d.hours - load.days * 24)
    yield Limit("a queue's retention", behind, 96, "hours behind", "more concurrency: messages older than four days are lost")
    yield Limit("time before a batch's deadline", batch_seconds, 120, "seconds", "fewer articles a batch, or more memory")
    yield Limit(
        "S3 uploads, one prefix",
        *(d.peak_rate, 3500, "requests/s"),
        f"{math.ceil(d.peak_rate / 3500)} prefixes: S3 splits them within the hour where the load rises slowly",
    )
