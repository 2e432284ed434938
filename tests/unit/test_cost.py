"""What reading costs in AWS. Expected figures are worked out by hand, in the comments beside them."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from functions.cli import cost_model
from functions.cli.cost import cost
from functions.cli.cost_model import PRICES, Load, Measured, Price, PricesInvalid, estimate, read_prices
from tests.aws_template import template
from tools.measure_items import item_bytes, sizes

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "functions/cli/prices.toml"

MEASURED = Measured(
    words=1000,
    article_bytes=5000,
    cores=1,
    milliseconds=500,
    stances=23,
    head_bytes=500,
    body_bytes=4096,
    article_bytes_listed=1000,
    stance_bytes=1000,
    stance_write_units=1,
    seconds_a_call=0.01,
    log_bytes_an_article=1000,
    log_bytes_an_invocation=1000,
    seconds_of_a_start=1,
    hours_of_an_environment=24,
    metrics=10,
    alarms=20,
    dashboards=1,
    idle_polls_a_month=1_000_000,
)
LIVE = Load(
    articles=86_400,  # one a second
    days=1,
    words=1000,
    stances=23,
    memory_mb=1769,  # one vCPU
    reread=0,
    batch=10,
    concurrency=10,
    peak=1,
    hot=0.1,
    backfill=False,
)
BACKFILL = replace(LIVE, articles=864_000, days=10, reread=1, backfill=True)
DOLLARS_A_MILLION = {name: Price(((float("inf"), 1e-6),)) for name in PRICES}


def run(*args: str) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(cost, args, prog_name="standpoint cost")


def test_what_live_uploads_need() -> None:
    needs = estimate(LIVE, MEASURED, DOLLARS_A_MILLION).needs
    assert needs.seconds_an_article == pytest.approx(0.57)  # 0.5 and 7 calls: HEAD, GET, three looks, one batch of 25, flip
    assert needs.invocations == 86_400  # one comes in a second: batches of one
    assert needs.gb_seconds == pytest.approx(85_079.57, abs=0.01)  # (86,400 * 0.57 + one start of 1 s) * 1769 / 1024
    assert needs.sqs_requests == 259_200  # sent, received, deleted
    assert (needs.s3_puts, needs.s3_gets) == (86_400, 172_800)  # HEAD and GET
    assert needs.table_write_units == 86_400 * 29  # the head, 4 of the body, the listed article, 23 stances
    assert needs.index_write_units == 86_400 * 47  # 23 in two, the listed article in one
    assert needs.one_index_write_units == 86_400 * 23
    assert needs.read_units == 86_400 * 3
    assert needs.log_gb == pytest.approx(0.160933, abs=1e-6)  # 86,400 * 2,000 / 2^30
    assert needs.traces == 86_400  # the first of each second
    assert (needs.transitions, needs.express_requests, needs.express_gb_hours) == (0, 0, 0)
    assert needs.table_gb == pytest.approx(2.301013, abs=1e-6)  # 86,400 * 28,596 / 2^30
    assert needs.index_gb == pytest.approx(3.781915, abs=1e-6)  # 86,400 * 47,000 / 2^30
    assert needs.peak_concurrency == pytest.approx(0.57)
    assert needs.hours == pytest.approx(1.368)  # 86,400 * 0.57 / 10 / 3600


def test_what_a_backfill_needs() -> None:
    needs = estimate(BACKFILL, MEASURED, DOLLARS_A_MILLION).needs
    assert needs.seconds_an_article == pytest.approx(0.58)  # a batch of deletions more
    assert needs.invocations == needs.transitions == needs.express_requests == 86_400
    assert needs.table_write_units == 864_000 * 57  # the head; 28 written, 28 deleted
    assert needs.index_write_units == 864_000 * 94
    assert needs.read_units == 864_000 * 10  # 28,596 bytes of the old reading are 7 units
    assert (needs.sqs_requests, needs.s3_puts, needs.s3_gets) == (0, 864, 1_728_000)  # pages of the listing
    assert needs.express_gb_hours == pytest.approx(8.7)  # 864,000 * 0.58 / 3600 * 64 / 1024
    assert (needs.s3_gb, needs.table_gb, needs.index_gb) == (0, 0, 0)  # nothing more is kept than before
    assert needs.mean_rate == 1
    assert needs.peak_rate == pytest.approx(17.24138)  # as fast as it may: 10 at once, 0.58 s each


def test_more_memory_is_faster_up_to_the_cores_that_were_measured() -> None:
    twice = replace(MEASURED, cores=2)  # the same 500 ms now stand for a whole second of one core
    seconds = [estimate(replace(LIVE, memory_mb=mb), twice, DOLLARS_A_MILLION).needs.seconds_an_article for mb in (1769, 3538, 10_240)]
    assert seconds == pytest.approx([1.07, 0.57, 0.57])


def test_longer_articles_and_busier_queues() -> None:
    busy = replace(LIVE, articles=86_400 * 40, words=2000, stances=50)
    needs = estimate(busy, MEASURED, DOLLARS_A_MILLION).needs
    assert needs.seconds_an_article == pytest.approx(1.09)  # 1.0 and 9 calls: 51 items are 3 batches
    assert needs.invocations == busy.articles / 10
    assert needs.table_write_units == busy.articles * 62  # 1, 8, 3 (2,174 bytes), 50
    assert needs.traces == pytest.approx(86_400 * (1 + 0.05 * 3))  # 4 invocations a second


def test_the_bill() -> None:
    prices = DOLLARS_A_MILLION | {"dynamodb_write_unit": Price(((1e6, 0.0), (2e6, 1e-6), (float("inf"), 2e-6)))}
    one = estimate(LIVE, MEASURED, prices)
    assert one.reading["DynamoDB: writes, table"] == pytest.approx(2.0112)  # of 2,505,600: a million free, one at 1, the rest at 2
    assert one.reading["SQS: requests"] == pytest.approx(0.2592)
    assert one.reading["S3: requests"] == pytest.approx(0.2592)
    assert one.reading["Step Functions: transitions"] == 0
    assert one.keeping["CloudWatch: metrics, alarms, dashboard"] == pytest.approx(31e-6)
    assert one.keeping["DynamoDB: table and indexes"] == pytest.approx(6.082928e-6)
    assert one.keeping["DynamoDB: point-in-time recovery"] == pytest.approx(2.301013e-6)
    two_months = estimate(replace(LIVE, articles=86_400 * 60.8, days=60.8), MEASURED, prices)
    # 76,170,240 a month: 1 + 2 * 74,170,240e-6 = 149.34 dollars
    assert two_months.reading["DynamoDB: writes, table"] == pytest.approx(2 * 149.34048)


def passed(load: Load) -> list[str]:
    return [limit.name for limit in estimate(load, MEASURED, DOLLARS_A_MILLION).limits if limit.passed]


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, []),
        ({"articles": 86_400 * 18}, ["allowed concurrency"]),  # 18 * 0.57 = 10.3
        ({"articles": 86_400 * 18, "concurrency": 11}, []),
        ({"articles": 86_400 * 9, "peak": 2}, ["allowed concurrency"]),
        ({"articles": 86_400 * 137, "concurrency": 1000}, []),  # 137 * 29 = 3,973 units
        ({"articles": 86_400 * 138, "concurrency": 1000}, ["a new table's writes"]),  # 4,002
        ({"articles": 86_400 * 50, "hot": 0.8, "concurrency": 1000}, []),  # 50 * 24 * 0.8 = 960
        ({"articles": 86_400 * 50, "hot": 0.9, "concurrency": 1000}, ["one index key's writes"]),
        ({"memory_mb": 128, "batch": 100}, ["time before a batch's deadline"]),  # 6.98 s each
    ],
)
def test_which_limits_are_passed(changes: dict[str, Any], names: list[str]) -> None:
    assert passed(replace(LIVE, **changes)) == names


def test_at_a_hundred_million_a_day_the_design_has_to_change() -> None:
    assert passed(replace(LIVE, articles=100e6, peak=4, concurrency=2700, batch=100)) == [
        "account concurrency",  # 4,630 articles a second at the peak, 0.57 s each: 2,639
        "one queue's event source",
        "messages in flight",  # 263,900
        "S3 uploads, one prefix",
        "S3 reads, one prefix",
        "a new table's writes",
        "table's writes",  # 134,259
        "an index's writes",  # 111,111
        "one index key's writes",
    ]


@pytest.mark.parametrize(("concurrency", "lost"), [(7, True), (9, False)])
def test_a_queue_that_falls_behind_by_more_than_it_keeps(concurrency: int, lost: bool) -> None:
    ten_days = replace(LIVE, articles=86_400 * 20 * 10, days=10, concurrency=concurrency)  # 2,736 hours of work: 391 or 304 of 240
    assert ("a queue's retention" in passed(ten_days)) == lost


def test_limits_of_a_backfill() -> None:
    assert passed(replace(BACKFILL, articles=864_000 * 18_000, concurrency=20_000, batch=30))[:2] == [
        "account concurrency",
        "Distributed Map's children",  # 18,000 * 0.58
    ]
    assert passed(replace(BACKFILL, articles=864_000 * 18)) == ["allowed concurrency"]  # 18 * 0.58 = 10.4 to be done in ten days
    assert passed(replace(BACKFILL, concurrency=41)) == ["a new table's writes"]  # 41 / 0.58 * 57 = 4,029
    assert passed(replace(BACKFILL, memory_mb=128, batch=100)) == ["an Express child's duration"]


# --- the two files of data ---------------------------------------------------------------------------------------------------


def test_the_measured_sizes_are_those_of_the_code() -> None:
    """Where this fails, `make bench` prints what belongs into functions/cli/measured.toml."""
    written = tomllib.loads((ROOT / "functions/cli/measured.toml").read_text(encoding="utf-8"))["reading"]
    found = sizes()
    assert found == {name: pytest.approx(written[name], rel=0.1) for name in found}


def test_bytes_of_an_item_as_dynamodb_counts_them() -> None:
    # Names and strings as UTF-8; 21 bytes at most for a number of 38 digits; 3 for a list or map and 1 for each of its values
    assert item_bytes({"pk": "é", "n": 120, "b": b"123", "l": ["a"], "m": {"k": -7}}) == (2 + 2) + (1 + 2) + (1 + 3) + (1 + 3 + 2) + (
        1 + 3 + 1 + 1 + 3
    )


def test_the_table_s_defaults_are_the_template_s() -> None:
    defaults = {option.name: option.default for option in cost.params}
    of_template = {name: template()["Parameters"][name]["Default"] for name in ("MemoryMegabytes", "BatchSize", "MaximumConcurrency")}
    assert (defaults["memory"], defaults["batch"], defaults["concurrency"]) == tuple(of_template.values())


def test_every_price_says_where_and_when_it_is_from() -> None:
    found = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert set(found) == {"region", *PRICES}
    for name in PRICES:
        assert set(found[name]) == {"usd", "per", "page", "known", "from"}
        assert found[name]["page"].startswith("https://aws.amazon.com/")
        assert "2024-01-01" <= found[name]["known"].isoformat() <= "2026-11-25"


def test_prices_of_another_region(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    text = SHIPPED.read_text(encoding="utf-8").replace('region = "us-east-1"', 'region = "eu-west-1"')
    path.write_text(text.replace("usd = 0.625", "usd = 6.25"), encoding="utf-8")
    here, there = (json.loads(run("--articles", "1e6", "--json", *args).stdout) for args in ([], ["--prices", str(path)]))
    assert there["region"] == "eu-west-1"
    line = "DynamoDB: writes, table"
    assert there["usd_reading"][line] == pytest.approx(10 * here["usd_reading"][line])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[sqs_request]", "[sqs]", "no price for sqs_request"),
        ("usd = 0.625", 'usd = "much"', "dynamodb_write_unit needs usd"),
        ("usd = 0.625", "usd = -1", "dynamodb_write_unit: steps must rise up to inf, and no price may be below 0"),
        ("[51200, 0.023]", "[600000, 0.023]", "s3_gb_month: steps must rise"),
        ("[inf, 0.01642]", "[9000, 0.01642]", "express_gb_hour: steps must rise up to inf"),
        ("usd = 0.625\nper = 1e6", "usd = 0.625\nper = 0", "dynamodb_write_unit needs usd"),
        ("usd = 0.625", "usd = = 1", "Invalid value"),
    ],
)
def test_prices_that_are_none(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path = tmp_path / "prices.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PricesInvalid, match=re.escape(f"{path}: {message}")):
        read_prices(path)
    result = run("--articles", "1", "--prices", str(path))
    assert result.exit_code == 2
    assert "Invalid value for --prices" in result.stderr


def test_a_file_of_prices_that_is_not_there() -> None:
    result = run("--articles", "1", "--prices", "nowhere.toml")
    assert (result.exit_code, "nowhere.toml" in result.stderr) == (2, True)


# --- the command -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["0", "-1", "nan", "inf", "many", "1e15"])
def test_numbers_that_are_none(number: str) -> None:
    result = run("--articles", number)
    assert result.exit_code == 2
    assert "--articles" in result.stderr


def test_json_is_a_line_each_with_its_totals() -> None:
    lines = [json.loads(line) for line in run("--articles", "1_000", "--articles", "10e6", "--days", "2", "--json").stdout.splitlines()]
    assert [(one["load"]["articles"], one["load"]["days"]) for one in lines] == [(1000, 2), (10_000_000, 2)]
    for one in lines:
        for total in (one["usd_reading"], one["usd_a_month"]):
            assert total.pop("total") == pytest.approx(sum(total.values()))
        assert all(limit["passed"] == (limit["need"] > limit["limit"]) for limit in one["limits"])


def test_defaults_that_depend_on_others() -> None:
    live, backfill = (
        json.loads(run("--articles", "1", "--words", "1482", "--json", *args).stdout)["load"] for args in ([], ["--backfill"])
    )
    assert (live["stances"], live["reread"], backfill["reread"]) == (84, 0, 1)
    given = json.loads(run("--articles", "1", "--backfill", "--reread", "0.5", "--stances", "7", "--json").stdout)["load"]
    assert (given["stances"], given["reread"]) == (7, 0.5)


def test_help_has_an_example() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert "Examples:\n    standpoint cost --articles 10e6 --days 1\n" in result.stdout


DOCUMENTED = re.compile(r"```\n\$ standpoint cost (?P<args>[^\n]*)\n```\n\n(?P<output>.*?)(?=\n\n<!-- end -->)", re.DOTALL)


def test_the_tables_of_the_document_are_what_the_command_says() -> None:
    text = (ROOT / "docs/cost.md").read_text(encoding="utf-8")
    shown = list(DOCUMENTED.finditer(text))
    assert len(shown) == 2
    for one in shown:
        assert run(*one["args"].split()).stdout.strip() == one["output"].strip()


def test_the_document_names_what_was_measured() -> None:
    text = (ROOT / "docs/cost.md").read_text(encoding="utf-8")
    measured = Measured.load()
    assert f"{measured.milliseconds:.0f} ms" in text
    assert f"{measured.words:.0f} words" in text
    assert cost_model.FULL_CORE_MB == 1769
