"""The dashboard end to end: what a reader sees, reaches by key and hears, and what an article cannot make it do."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

running = pytest.importorskip("tests.browser.running", reason="this tree has no page to look at")

from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.remote.webdriver import WebDriver  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

from model.cli import report  # noqa: E402
from model.cli.crossings import Crossings  # noqa: E402
from model.reading import to_dict  # noqa: E402
from model.records import Article, Entity, Mention, Reading, Span, Stance  # noqa: E402
from tests.unit.readings import MODEL, evidence, harbour_reading  # noqa: E402

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(running.missing() is not None, reason=running.missing() or ""),
]

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
FIRST, SECOND, TAIL = "\U0001f6a2\U0001f6a2 Unions oppose the plan.", "Holm backs it.", "You may also like: tides."
ASTRAL = f"{FIRST} {SECOND} {TAIL}"
EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
VIEWS = [
    "#/",
    "#/articles",
    "#/actors",
    "#/targets",
    "#/article/astral",
    "#/actor/unions",
    "#/target/plan",
    "#/pair/unions/plan",
    "#/matrix",
    "#/network",
    "#/search?q=plan",
    "#/article/none",
]
EVIL_VIEWS = [
    "#/",
    "#/articles",
    "#/actors",
    "#/article/evil",
    "#/actor/evil-a",
    "#/pair/evil-a/evil-b",
    "#/matrix",
    "#/network?mode=two-mode",
]


def astral_reading() -> Reading:
    """Two ships (astral characters) before the evidence, two stances on one sentence, one unsure, and a tail that is not read."""
    at = len(FIRST) + 1
    entities = (
        Entity("unions", "Unions", "GROUP", (Mention(Span(3, 9), "Unions", "GROUP", 0, 0.9),)),
        Entity("plan", "plan", "ISSUE", (Mention(Span(21, 25), "plan", "ISSUE", 0, 0.9),)),
        Entity("holm", "Holm", "PERSON", (Mention(Span(at, at + 4), "Holm", "PERSON", 1, 0.9),)),
    )
    stances = (
        Stance("unions", "plan", "opposed", "oppose", -0.8, 0.92, (evidence("opposed", "oppose", 0, len(FIRST), 0.92),)),
        Stance("holm", "plan", "supportive", "support", 1.0, 0.31, (evidence("supportive", "support", at, at + len(SECOND), 0.31),)),
        Stance("unions", "holm", "critical", "oppose", -0.6, 0.7, (evidence("critical", "oppose", 0, len(FIRST), 0.7),)),
    )
    article = Article(id="astral", text=ASTRAL, title="Ships", published_at="2025-06-25T00:00:00Z", source="Varn Daily", language="en")
    return Reading(article, MODEL, (Span(0, len(FIRST)), Span(at, at + len(SECOND))), entities, stances, ())


def evil_reading() -> Reading:
    entities = tuple(Entity(key, EVIL, "ORG", (Mention(Span(0, 5), EVIL[:5], "ORG", 0, 0.9),)) for key in ("evil-a", "evil-b"))
    stance = Stance("evil-a", "evil-b", "opposed", "oppose", -0.8, 0.9, (evidence("opposed", "oppose", 0, len(EVIL), 0.9),))
    article = Article(id="evil", text=EVIL, title=EVIL, published_at="2025-06-26T00:00:00Z", source=EVIL)
    return Reading(article, MODEL, (Span(0, len(EVIL)),), entities, (stance,), (EVIL,))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running.served([to_dict(r) for r in (harbour_reading(), astral_reading(), evil_reading())]) as served:
        yield served


@pytest.fixture(scope="module")
def light() -> Iterator[WebDriver]:
    with running.browser() as driver:
        yield driver


@pytest.fixture(scope="module", params=["light", "dark", "narrow"])
def seen(request: pytest.FixtureRequest) -> Iterator[WebDriver]:
    with running.browser(320 if request.param == "narrow" else 1280, dark=request.param == "dark") as driver:
        yield driver


def visit(driver: WebDriver, address: str, view: str) -> None:
    """Load the view anew and wait until it is drawn; what the console said before is forgotten."""
    driver.get("about:blank")
    driver.get_log("browser")  # type: ignore[attr-defined]
    driver.get(address + view)
    WebDriverWait(driver, 60).until(
        lambda d: d.execute_script("const m = document.getElementById('main'); return m.childElementCount > 0 && !m.ariaBusy")
    )


def texts(driver: WebDriver, selector: str) -> list[str]:
    """textContent, without what only decorates."""
    return list(
        driver.execute_script(
            "return [...document.querySelectorAll(arguments[0])].map((e) => { const c = e.cloneNode(true);"
            " c.querySelectorAll('[aria-hidden=true]').forEach((x) => x.remove()); return c.textContent; })",
            selector,
        )
    )


def faults(driver: WebDriver) -> list[Any]:
    """What axe finds that is serious, and whether anything runs over the edge."""
    driver.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    found: list[dict[str, Any]] = driver.execute_async_script(
        "const done = arguments[0]; axe.run().then((r) => done(r.violations.map("
        "(v) => ({id: v.id, impact: v.impact, at: v.nodes.map((n) => n.html)}))))"
    )
    fits = driver.execute_script("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    return [each for each in found if each["impact"] in ("serious", "critical")] + ["runs over the edge"] * (not fits)


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_serious_and_nothing_runs_over_the_edge(seen: WebDriver, address: str, view: str) -> None:
    visit(seen, address, view)
    assert faults(seen) == []


@pytest.mark.parametrize("view", [view for view in VIEWS if view != "#/article/none"])
def test_nothing_is_said_in_the_console(light: WebDriver, address: str, view: str) -> None:
    visit(light, address, view)
    assert light.get_log("browser") == []  # type: ignore[attr-defined]


def test_evidence_is_marked_by_code_points(light: WebDriver, address: str) -> None:
    visit(light, address, "#/article/astral")
    assert texts(light, "mark") == [FIRST, SECOND]
    assert texts(light, ".mention") == ["Unions", "plan", "Holm"]
    assert "".join(texts(light, ".unread")).strip() == TAIL


def test_a_mark_reached_by_key_tells_every_stance_in_it(light: WebDriver, address: str) -> None:
    visit(light, address, "#/article/astral")
    mark = light.find_element(By.CSS_SELECTOR, "mark")
    light.execute_script("arguments[0].focus()", mark)
    panel = light.find_element(By.ID, "evidence-panel")
    assert panel.is_displayed()
    assert "Unions → plan" in panel.text
    assert "Unions → Holm" in panel.text
    assert "opposed" in panel.text
    mark.send_keys(Keys.ESCAPE)
    assert not panel.is_displayed()


def test_list_and_text_lead_to_each_other(light: WebDriver, address: str) -> None:
    """The list has the surest first: the third is Holm's."""
    visit(light, address, "#/article/astral")
    button = light.find_element(By.CSS_SELECTOR, '[data-stance="2"] button')
    button.send_keys(Keys.ENTER)
    focused = "return document.activeElement"
    assert light.execute_script(focused).text.endswith(SECOND)
    light.execute_script(focused).send_keys(Keys.ENTER)
    assert light.execute_script(focused) == button


def test_the_unsure_is_drawn_and_said(light: WebDriver, address: str) -> None:
    visit(light, address, "#/article/astral")
    assert light.execute_script("return [...document.querySelectorAll('mark')].map((m) => m.classList.contains('unsure'))") == [False, True]
    unsure, sure = (texts(light, f'[data-stance="{index}"]')[0] for index in (2, 0))
    assert "uncertain" in unsure
    assert "uncertain" not in sure


@pytest.mark.parametrize("view", EVIL_VIEWS)
def test_markup_in_an_article_stays_text(light: WebDriver, address: str, view: str) -> None:
    visit(light, address, view)
    assert light.find_elements(By.CSS_SELECTOR, "main img, main script") == []
    assert light.execute_script("return window.pwned") is None
    assert EVIL[:8] in (light.find_element(By.ID, "main").get_attribute("textContent") or "")


def test_filters_of_the_address_are_obeyed(light: WebDriver, address: str) -> None:
    visit(light, address, "#/target/plan")
    assert set(texts(light, ".strength tbody th")) == {"Unions", "Holm"}
    visit(light, address, "#/target/plan?min_confidence=0.9")
    assert texts(light, ".strength tbody th") == ["Unions"]


def test_what_is_not_there_is_said(light: WebDriver, address: str) -> None:
    visit(light, address, "#/article/none")
    assert "Not found" in light.find_element(By.CSS_SELECTOR, "[role=alert]").text


def test_no_article_at_all(light: WebDriver) -> None:
    with running.served([]) as empty:
        visit(light, empty, "#/")
        assert "no articles yet" in light.find_element(By.ID, "main").text
        visit(light, empty, "#/matrix")
        assert "No stances fit" in light.find_element(By.ID, "main").text


def test_an_article_without_stances(light: WebDriver) -> None:
    with running.served([to_dict(dataclasses.replace(astral_reading(), stances=()))]) as served:
        visit(light, served, "#/article/astral")
        assert texts(light, "mark") == []
        assert "no stance" in light.find_element(By.ID, "main").text.lower()


def test_the_matrix_is_one_stop_of_the_tab_key_and_arrows_move_in_it(light: WebDriver, address: str) -> None:
    visit(light, address, "#/matrix?order=name")
    names = [texts(light, ".matrix " + header) for header in ("tbody th", "thead th .turned")]
    assert len(light.find_elements(By.CSS_SELECTOR, '.matrix [tabindex="0"]')) == 1

    def at() -> tuple[int, int]:
        y, x = light.execute_script(
            "const td = document.activeElement, row = td.parentElement;"
            "return [[...row.parentElement.children].indexOf(row), [...row.querySelectorAll('td')].indexOf(td)]"
        )
        return y, x

    light.execute_script("document.querySelector('.matrix [tabindex=\"0\"]').focus()")
    last = len(names[1]) - 1
    for key in [Keys.ARROW_UP] * len(names[0]) + [Keys.HOME]:
        light.switch_to.active_element.send_keys(key)
    seen = []
    for key in (Keys.ARROW_LEFT, Keys.ARROW_UP, Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.END, Keys.ARROW_RIGHT, Keys.HOME):
        light.switch_to.active_element.send_keys(key)
        seen.append(at())
    assert seen == [(0, 0), (0, 0), (0, 1), (1, 1), (1, last), (1, last), (1, 0)]
    assert len(light.find_elements(By.CSS_SELECTOR, '.matrix [tabindex="0"]')) == 1


def test_a_cell_of_the_matrix_opens_its_sentences(light: WebDriver, address: str) -> None:
    visit(light, address, "#/matrix")
    cell = light.find_element(By.CSS_SELECTOR, '[aria-label^="Holm toward plan"]')
    light.execute_script("arguments[0].focus()", cell)
    cell.send_keys(Keys.ENTER)
    opened = light.find_element(By.CSS_SELECTOR, "section.opened")
    WebDriverWait(light, 20).until(lambda _: SECOND in opened.text)
    assert light.switch_to.active_element == opened
    assert "Holm toward plan" in opened.text
    assert FIRST not in opened.text


def test_stances_are_saved_as_csv(light: WebDriver, tmp_path: Path) -> None:
    """A title that begins like a formula is no formula in a spreadsheet."""
    reading = dataclasses.replace(astral_reading(), article=dataclasses.replace(astral_reading().article, title="=1+1"))
    light.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    with running.served([to_dict(reading)]) as served:
        visit(light, served, "#/actor/unions")
        light.find_element(By.XPATH, "//button[text()='Save as CSV']").click()
        saved = tmp_path / "unions.csv"
        WebDriverWait(light, 20).until(lambda _: saved.exists())
    with saved.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(r["actor"], r["target_name"], r["attitude"], r["confidence"], r["sentence"]) for r in rows} == {
        ("unions", "plan", "opposed", "0.92", FIRST),
        ("unions", "Holm", "critical", "0.7", FIRST),
    }
    assert {r["title"] for r in rows} == {"'=1+1"}


def written(folder: Path) -> Path:
    """The report over an ordinary article, one with astral characters and one that is all markup."""
    met, page = Crossings(), [report.head()]
    readings = (harbour_reading(), astral_reading(), evil_reading())
    for number, reading in enumerate(readings, start=1):
        met.add(reading, number)
        page.append(report.section(reading, number))
    path = folder / "report.html"
    path.write_text("".join([*page, report.foot(3, 6, met.table())]), encoding="utf-8")
    return path


def test_the_report_from_disk(seen: WebDriver, tmp_path: Path) -> None:
    seen.get(written(tmp_path).as_uri())
    assert faults(seen) == []
    assert seen.execute_script("return [window.pwned, document.scripts.length, document.images.length]") == [None, 0, 0]


def test_a_cell_of_the_reports_matrix_leads_to_its_sentence(light: WebDriver, tmp_path: Path) -> None:
    light.get(written(tmp_path).as_uri())
    cell = light.find_element(By.CSS_SELECTOR, '.crossings a[title^="Holm toward plan"]')
    cell.click()
    assert light.current_url.endswith(f"#a2s{len(FIRST) + 1}")
    assert SECOND in light.find_element(By.CSS_SELECTOR, ":target").text
