"""The built site holds together by itself: each page is reached, each link leads somewhere, and
nothing is loaded from elsewhere. ``tox run -e site`` builds it and runs this.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "site"
FIRST = SITE / "docs" / "index.html"

#: What a browser loads by itself.
_LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


class Page(HTMLParser):
    """What one page links to, loads, and can be linked at."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.anchors |= {said[name] for name in ("id", "name") if name in said}
        if tag == "a" and "href" in said:
            self.links.add(said["href"])
        # <link rel="search">, rel="next" and their like are only links.
        if said.get(_LOADED.get(tag, "")) and (tag != "link" or "stylesheet" in said["rel"]):
            self.loaded.add(said[_LOADED[tag]])


@functools.cache
def page(file: Path) -> Page:
    return Page(file)


def pages() -> list[Path]:
    """Every page of the site, as a reader can meet it."""
    return sorted(
        file for file in SITE.rglob("*.html") if "_static" not in file.relative_to(SITE).parts
    )


def is_elsewhere(link: str) -> bool:
    return bool(urlsplit(link).scheme or urlsplit(link).netloc)


def target(file: Path, link: str) -> Path:
    path = unquote(urlsplit(link).path)
    return (file.parent / path).resolve() if path else file


def test_there_is_a_page_for_each_page() -> None:
    sources = {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("docs/**/*.html")}
    sources = {one for one in sources if "_site" not in one.parts}
    expected = {one.relative_to(ROOT).with_suffix(".html").as_posix() for one in sources}
    assert len(expected) > 30
    assert expected <= {one.relative_to(SITE).as_posix() for one in pages()}


def test_every_page_is_reached_from_the_first_one() -> None:
    reached, ahead = {FIRST}, [FIRST]
    while ahead:
        file = ahead.pop()
        for link in page(file).links:
            led = target(file, link)
            if not is_elsewhere(link) and led.suffix == ".html" and led not in reached:
                reached.add(led)
                ahead.append(led)
    # index.html leads on, and is what a reader opens.
    assert set(pages()) - reached <= {SITE / "index.html", SITE / "search.html"}


def test_links_lead_somewhere() -> None:
    broken = []
    for file in pages():
        for link in page(file).links | page(file).loaded:
            if is_elsewhere(link):
                continue
            led, fragment = target(file, link), urlsplit(link).fragment
            if not led.exists() or (
                fragment and led.suffix == ".html" and unquote(fragment) not in page(led).anchors
            ):
                broken.append(f"{file.relative_to(SITE)}: {link}")
    assert broken == []


def test_nothing_is_loaded_from_elsewhere() -> None:
    assert [link for file in pages() for link in page(file).loaded if is_elsewhere(link)] == []
    styles = "".join(file.read_text(encoding="utf-8") for file in SITE.rglob("*.css"))
    assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", styles)


def test_the_first_page_is_led_to() -> None:
    text = (SITE / "index.html").read_text(encoding="utf-8")
    assert re.search(r'content="0; url=(.+?)"', text)[1] == "docs/index.html"


@pytest.fixture(scope="module")
def browse(tmp_path_factory: pytest.TempPathFactory):
    """The DOM that a browser without any network makes of a page."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium here")
    profile = tmp_path_factory.mktemp("chromium")

    def dom(address: str) -> str:
        return subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-background-networking", f"--user-data-dir={profile}",
             "--proxy-server=127.0.0.1:9", "--virtual-time-budget=5000", "--dump-dom",
             f"{SITE.as_uri()}/{address}"],
            check=True, capture_output=True, text=True, timeout=120,
        ).stdout  # fmt: skip

    return dom


def test_the_search_finds_without_a_network(browse) -> None:
    found = re.search(r'<ul[^>]* class="search".*?</ul>', browse("search.html?q=waiver"), re.DOTALL)
    assert found
    assert "how-to/waive-a-service.html" in found[0]
