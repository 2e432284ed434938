"""`from model import read`: a typed reading of a string, and a light import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from model import read
from model.records import Reading, RejectedInput


def test_a_string_gives_a_reading() -> None:
    reading = read(
        "The Unity Party opposes the fuel subsidy cut.", title="Vote", published_at="2026-11-25T09:00:00+01:00", source="Daily", id="x"
    )
    assert isinstance(reading, Reading)
    assert [(s.actor, s.attitude, s.target) for s in reading.stances] == [("unity-party", "opposed", "fuel-subsidy-cut")]
    article = reading.article
    assert (article.id, article.title, article.published_at, article.source) == ("x", "Vote", "2026-11-25T08:00:00Z", "Daily")
    assert read("The Unity Party opposes the fuel subsidy cut.").stances == reading.stances


def test_a_watchlist_by_its_file(tmp_path: Path) -> None:
    listed = tmp_path / "w.yaml"
    listed.write_text("entities: [{name: Unity Party, type: ORG, external_id: Q1}]", encoding="utf-8")
    reading = read("The Unity Party opposes the fuel subsidy cut.", watchlist=listed)
    assert [e.external_id for e in reading.entities if e.id == "unity-party"] == ["Q1"]


def test_what_cannot_be_read() -> None:
    with pytest.raises(RejectedInput, match="empty"):
        read("   ")


def test_the_country_us_is_no_pronoun() -> None:
    names = {entity.name for entity in read("Brussels criticised the US over tariffs. She told us so.").entities}
    assert "United States" in names
    assert not {"US", "us"} & names


def test_importing_is_light() -> None:
    code = "import sys, model\nprint(*sorted({'numpy', 'onnxruntime', 'tokenizers', 'trafilatura', 'click'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2], timeout=60
    )
    assert done.stdout.strip() == ""
