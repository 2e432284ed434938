"""The page over much: a pair of 1,200 points over three pages, and 100,000 synthetic stances. Bounds are loose: machines differ."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.running import browser, missing, served
from tests.unit.explored import reading
from tools.explore_bench import readings

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(missing() is not None, reason=missing() or ""),
]
SECONDS = 30


@pytest.fixture(scope="module")
def driver() -> Iterator[WebDriver]:
    with browser() as made:
        yield made


def drawn(driver: WebDriver, address: str, selector: str) -> float:
    """Seconds until something of the view is there."""
    began = time.monotonic()
    driver.get("about:blank")
    driver.get(address)
    WebDriverWait(driver, SECONDS).until(lambda d: d.find_elements(By.CSS_SELECTOR, selector))
    return time.monotonic() - began


def test_a_pair_of_many_points_is_drawn_whole_with_the_changes_between_its_pages(driver: WebDriver) -> None:
    # 600 in support, then 600 in opposition: the change of side is at point 600, the second of the second page of 500.
    points = [
        reading(
            f"{n:04d}",
            f"20{20 + n // 300:02d}-{1 + n % 12:02d}-01T00:00:00Z",
            ("ann", "supportive" if n < 600 else "opposed", "tariff", 0.9),
        )
        for n in range(1200)
    ]
    with served(points) as address:
        drawn(driver, address + "#/pair/ann/tariff", ".uplot canvas")
        assert "1,200 stances, 1 change of side" in driver.find_element(By.CSS_SELECTOR, "main header").text
        assert len(driver.find_elements(By.CSS_SELECTOR, ".points tbody tr")) == 200
        driver.find_element(By.XPATH, "//button[contains(., 'Show all 1,200')]").click()
        rows = driver.find_elements(By.CSS_SELECTOR, ".points tbody tr")
        assert len(rows) == 1200
        assert [n for n, row in enumerate(rows) if row.get_attribute("class") == "shift"] == [600]


def test_a_hundred_thousand_stances(driver: WebDriver) -> None:
    with served(readings(25_000)) as address:
        for view, selector in (
            ("#/", ".three li"),
            ("#/articles", ".list li"),
            ("#/actor/actor-1", ".strength tbody tr"),
            ("#/matrix", "[data-cell]"),
            ("#/network", ".network line"),
        ):
            assert drawn(driver, address + view, selector) < SECONDS
        assert len(driver.find_elements(By.CSS_SELECTOR, "*")) < 10_000  # no endless document
        drawn(driver, address + "#/articles", ".list li")
        more = driver.find_element(By.XPATH, "//button[.='More']")
        more.click()
        WebDriverWait(driver, SECONDS).until(lambda d: len(d.find_elements(By.CSS_SELECTOR, ".list li")) == 100)
