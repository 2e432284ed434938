"""`make pictures`: what the README shows, from the sample articles as the shipped model reads them."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import click

from model.articles import read_path, walk
from model.explore.readings import read_jsonl
from model.reader import Reader
from model.reading import to_dict
from model.records import Article
from tests.browser.running import browser, served

ROOT = Path(__file__).parents[1]
VIEWS = {
    "start": ("#/", 1280, 820, False),
    "article": ("#/article/events%2Farticles%2Fchip-exports.json", 1280, 900, False),
    "article-dark": ("#/article/events%2Farticles%2Fchip-exports.json", 1280, 900, True),
    "actor": ("#/actor/united-states", 1280, 900, False),
    "matrix": ("#/matrix?order=cluster", 1280, 900, False),
    "network": ("#/network?kind=subtract", 1280, 900, False),
    "phone": ("#/article/events%2Farticles%2Fchip-exports.json", 390, 844, False),
}


@click.command()
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "docs" / "pictures", show_default=True)
@click.option("--readings", type=click.Path(path_type=Path, exists=True), help="Instead of reading the sample articles.")
@click.option("--view", "chosen", multiple=True, help="Only this picture.")
def main(output: Path, readings: Path | None, chosen: tuple[str, ...]) -> None:
    """Take the pictures."""
    output.mkdir(parents=True, exist_ok=True)
    with served(read_jsonl(readings) if readings else _samples()) as address:
        for name, (path, width, height, dark) in VIEWS.items():
            if chosen and name not in chosen:
                continue
            with browser(width, height, dark=dark) as driver:
                driver.get(address + path)
                time.sleep(1.5)  # drawn, and transitions over
                if name.startswith("article"):
                    driver.execute_script("document.querySelectorAll('mark')[3].focus()")
                    time.sleep(0.3)
                taken = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "webp", "quality": 80})
                (output / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))
                for line in driver.get_log("browser"):  # type: ignore[no-untyped-call]
                    click.echo(f"{name}: {line['message']}", err=True)


def _samples() -> list[dict[str, object]]:
    reader = Reader.load()
    found = []
    for path in walk([Path("events/articles")]):
        found += [to_dict(reader.read(item)) for item in read_path(path) if isinstance(item, Article)]
    return found


if __name__ == "__main__":
    main()
