"""The page's files: libraries are those that the list says, labels those of the guidelines, and nothing asks another host."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from model.labels import POLARITY

PAGE = Path(__file__).parents[2] / "model/explore/page"


def test_libraries_are_those_of_the_list() -> None:
    listed = dict(
        re.findall(r"^\| ([\w.-]+) \| .* \| ([0-9a-f]{64}) \|$", (PAGE / "vendor/README.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    files = [path for path in (PAGE / "vendor").iterdir() if path.suffix in (".js", ".css")]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files} == listed
    assert all((PAGE / "vendor" / f"{name}.LICENSE").exists() for name in ("uplot", "d3-force"))


def test_polarities_are_the_guidelines() -> None:
    text = (PAGE / "js/labels.js").read_text(encoding="utf-8")
    block = text[text.index("POLARITY = {") : text.index("};")]
    assert {name: float(value) for name, value in re.findall(r"(\w+): (-?[\d.]+)", block)} == POLARITY


def test_no_other_host_and_nothing_inline() -> None:
    for path in (*PAGE.glob("*.html"), *PAGE.glob("*.css"), *PAGE.glob("js/*.js")):
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|innerHTML|insertAdjacentHTML|document\.write|eval\(", text), path.name
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\son\w+=|style=|<script(?![^>]*\bsrc=)", page)
