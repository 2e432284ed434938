"""Pages and archives made to do harm: nothing is fetched or expanded, and neither time nor memory runs away.

Limits on time and memory are a tenth or less of what the same input costs where the guard is taken away, and far above what it
should cost, since other processes may be at work.
"""

from __future__ import annotations

import gzip
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from model import webpage
from model.articles import parse_articles
from model.records import Article, RejectedInput
from model.webpage import MAX_ATTRIBUTES, MAX_TAGS
from tests.aws_template import ROOT

SAID = "The minister defended the plan on Monday, after a long debate."
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def read(markup: str, name: str = "page.html") -> Article | RejectedInput:
    (found,) = parse_articles(markup.encode(), name=name, default_id="x")
    return found


def text(markup: str) -> str:
    found = read(markup)
    assert isinstance(found, Article), found
    return found.text


@pytest.mark.parametrize("doctype", ["html", "article"])
def test_entities_that_a_page_defines_are_not_expanded(doctype: str) -> None:
    page = f'<!DOCTYPE {doctype} [<!ENTITY l0 "lol">{LAUGHS}]><html><body><article><p>{SAID} &l9;</p></article></body></html>'
    assert len(text(page)) < 100
    assert "lol" not in text(page)


def test_an_xhtml_page_is_parsed_by_the_same_rules() -> None:
    page = (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "lol">{LAUGHS}]>'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{SAID} &l9;</p></body></html>'
    )
    assert "lol" not in text(page)


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_nothing_is_fetched_from_the_network_or_from_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret of the machine", encoding="utf-8")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.setblocking(False)
        at = f"http://127.0.0.1:{server.getsockname()[1]}"
        page = f"""<!DOCTYPE html SYSTEM "{at}/x.dtd" [<!ENTITY % remote SYSTEM "{at}/y.dtd"> %remote;
            <!ENTITY file SYSTEM "{secret.as_uri()}"> <!ENTITY net SYSTEM "{at}/z.txt">]>
            <html><head><base href="{at}/"><link rel="stylesheet" href="{at}/a.css"><script src="{at}/a.js"></script>
            <meta http-equiv="refresh" content="0; url={at}/next"><link rel="canonical" href="{at}/canonical"></head>
            <body><iframe src="{at}/frame"></iframe><article><p>{SAID} &file; &net;</p><img src="{at}/a.png">
            <xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret.as_uri()}" parse="text"/></article></body></html>"""
        assert "secret of" not in text(page)
        with pytest.raises(BlockingIOError):
            server.accept()


TOO_LARGE = {
    "paragraphs": "<p>a " * (MAX_TAGS + 1),
    "attributes": "<p " + " ".join(f"a{n}" for n in range(MAX_ATTRIBUTES + 1)) + f">{SAID}",
    "attributes behind a quoted end of the tag": '<p x=">" ' + "".join(f"a{n}='>'" for n in range(MAX_ATTRIBUTES)) + f">{SAID}",
    "attributes behind a comment that ends at once": f"<!--><p {' '.join(f'a{n}' for n in range(MAX_ATTRIBUTES + 1))}>{SAID}",
    "attributes behind a quote that opens nothing": '<p "' + " ".join(f"a{n}" for n in range(MAX_ATTRIBUTES + 1)) + f'">{SAID}',
    "tags in tags": ("<a " * (MAX_ATTRIBUTES - 1) + ">") * 200,
    "one endless tag name, a million times": "<a" * 1_000_000,
}


@pytest.mark.parametrize("case", TOO_LARGE)
def test_a_page_that_would_take_minutes_is_rejected_before_it_is_parsed(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webpage, "_visible", lambda _: pytest.fail("it was parsed"))
    found = read(TOO_LARGE[case])
    assert isinstance(found, RejectedInput)
    assert found.reason == "too-large"


def test_a_large_but_honest_page_is_read() -> None:
    script = "<script>" + ("if (a<b && c) { go('there', 1, 2) } // so it goes \n" * 250 + "x.map(y => y)\n") * 8 + "</script>"
    state = "<script>window.s = {" + ", ".join(f'"key{n}": "a < b and <p class=x>"' for n in range(5_000)) + "}</script>"
    body = "".join(f'<p class="a b" id=p{n}>Paragraph {n}: {SAID}</p>' for n in range(2_000))
    found = text(f"<html><head>{script}{state}</head><body><article>{body}</article></body></html>")
    assert found.count("The minister defended") == 2_000


DEEP = {
    "elements": "<div>" * 90_000 + SAID + "</div>" * 90_000,
    "inline elements": "<b><i>" * 45_000 + SAID,
    "attributes in many tags": f"<p {' '.join(f'a{n}' for n in range(4500))}>{SAID}" * 100,
    "lists": "<ul><li>" * 40_000 + SAID,
    "tables": "<table><tr><td>" * 30_000 + SAID,
    "one attribute of 4 MB": f"<html><body><article><p title='{'a' * 4_000_000}'>{SAID}</p></article></body></html>",
    "a style of 4 MB": f"<html><body><article><p style='{'display ' * 500_000}'>{SAID}</p></article></body></html>",
    "a comment of 4 MB": f"<html><body><article><!--{'a' * 4_000_000}--><p>{SAID}</p></article></body></html>",
    "entities of characters": f"<p>{SAID} {'&amp;' * 800_000}",
    "less-than signs": "<" * 4_000_000,
    "an open document type": "<!doctype [" + "]  " * 1_300_000,
    "JSON-LD nested deep": f'<script type="application/ld+json">{chr(123) + chr(34)}a{chr(34)}:'
    + "[" * 200_000
    + f"</script><p>{SAID}</p>",
}

PROBE = """
import resource, sys
from tests.unit.test_hostile import DEEP, read, SAID
read(f"<html><body><article><p>{SAID}</p></article></body></html>")
before = resource.getrusage(resource.RUSAGE_SELF)
found = read(DEEP[sys.argv[1]])
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime - before.ru_utime, (after.ru_maxrss - before.ru_maxrss) // 1024, type(found).__name__)
"""


@pytest.mark.parametrize("case", DEEP)
def test_depth_and_length_cost_little_and_break_nothing(case: str) -> None:
    """In a process of its own: a crash, a RecursionError or a gigabyte would be seen."""
    done = subprocess.run([sys.executable, "-c", PROBE, case], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    seconds, megabytes, kind = done.stdout.split()
    assert kind in ("Article", "RejectedInput")
    assert float(seconds) < 20
    assert int(megabytes) < 300


@pytest.mark.parametrize("name", ["bomb.txt.gz", "bomb.html.gz", "bomb.json.gz", "bomb.jsonl.gz", "bomb.txt"])
def test_an_archive_that_unpacks_to_a_gigabyte_is_stopped_early(name: str) -> None:
    bomb = gzip.compress(b"\0" * 1_000_000) * 1000  # a thousand members in a row
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = list(parse_articles(bomb, name=name, default_id="x"))
    assert [type(one) for one in found] == [RejectedInput]
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024 < 100


def test_an_archive_in_an_archive_is_not_opened() -> None:
    nested = gzip.compress(gzip.compress(SAID.encode()))
    (found,) = parse_articles(nested, name="a.txt.gz", default_id="x")
    assert isinstance(found, RejectedInput)
    assert found.reason == "nested-gzip"
