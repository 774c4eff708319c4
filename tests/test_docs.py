"""The texts agree with each other and with the project's files.

Links and anchors inside the documentation exist, the README's two commands are where CI takes them
from, and the oldest dependencies that tox tests are the lower bounds that ``setup.cfg`` promises.
Links to other sites are not followed: the tests do without the internet.
"""

from __future__ import annotations

import configparser
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import endpoint_router
import endpoint_router.testing
from endpoint_router.codes import TABLE

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")})


def _configuration() -> configparser.ConfigParser:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return setup


#: The project's page; with a path, a file of it as the package index's page links to it.
REPOSITORY = _configuration()["metadata"]["url"]
BLOB = f"{REPOSITORY}/blob/main/"

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?^ {0,3}\1[`~]*\s*?$", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_LINK = re.compile(
    r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|^ {0,3}\[[^\]]+\]:\s*(\S+)", re.MULTILINE
)
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$", re.MULTILINE)
_HTML_ANCHOR = re.compile(r"<a\s+(?:id|name)=[\"']([^\"']+)[\"']")


def prose(page: Path) -> str:
    """The text of *page* without its fenced code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> Iterator[str]:
    """Targets of the links in *page*, as written."""
    for match in _LINK.finditer(_INLINE_CODE.sub("", prose(page))):
        yield match[1] or match[2]


def anchors(page: Path) -> set[str]:
    """The fragments that GitHub gives the headings of *page*, and those it sets itself."""
    text = prose(page)
    seen: Counter[str] = Counter()
    found = set(_HTML_ANCHOR.findall(text))
    for heading in _HEADING.findall(text):
        label = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)  # a link shows its text only
        slug = re.sub(r"[^\w\- ]", "", label.lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def broken(page: Path) -> list[str]:
    """Links of *page* into this repository that lead nowhere."""
    return [link for link in links(page) if not _leads_somewhere(page, link)]


def _leads_somewhere(page: Path, link: str) -> bool:
    if link.startswith(BLOB):
        page, link = ROOT / "README.md", link.removeprefix(BLOB)
    target = urlsplit(link)
    if target.scheme or target.netloc:
        return True
    destination = page.parent / unquote(target.path) if target.path else page
    if not destination.exists():
        return False
    return not target.fragment or target.fragment in anchors(destination)


def test_the_pages_are_found() -> None:
    names = {page.relative_to(ROOT).as_posix() for page in PAGES}
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/index.md"} <= names
    assert list(links(ROOT / "docs/index.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Rule `fips`, twice\n## Same\n## Same\n<a id='own'></a>\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Here\n"
        "[a](other.md) [b](other.md#rule-fips-twice) [c](other.md#same-1) [d](#here)\n"
        "[e](https://example.com/x#y) [f](other.md#own) `[g](code.md)`\n"
        "```\n[h](fenced.md)\n# Comment\n```\n"
        "[i](missing.md) [j](other.md#missing) [k](#comment) ![l](missing.png)\n"
        "\n[ref]: gone.md\n"
    )
    assert broken(page) == ["missing.md", "other.md#missing", "#comment", "missing.png", "gone.md"]


def test_the_readme_can_be_read_on_the_package_index() -> None:
    """Where it stands alone, relative links lead nowhere."""
    of_the_readme = list(links(ROOT / "README.md"))
    assert len(of_the_readme) > 5
    assert [link for link in of_the_readme if not link.startswith("https://")] == []


def test_the_api_page_has_every_public_name() -> None:
    text = (ROOT / "docs/reference/api.rst").read_text(encoding="utf-8")
    named = re.findall(r"^\.\. (?:auto\w+|py:data):: (\w+)$", text, re.MULTILINE)
    assert sorted(named) == sorted([*endpoint_router.__all__, *endpoint_router.testing.__all__])


def test_the_project_has_one_address() -> None:
    urls = _configuration()["metadata"]["project_urls"].split()
    assert {url for url in urls if "://" in url and not url.startswith(REPOSITORY)} == set()
    files = [*PAGES, ROOT / "setup.cfg", *ROOT.glob("docs/conf.py")]
    named = {
        url
        for file in files
        for url in re.findall(
            r"https?://[^\s/]+/[\w-]*/endpoint[-_]router\b", file.read_text(encoding="utf-8")
        )
    }
    assert named == {REPOSITORY}


def test_every_page_is_listed_on_the_first_one() -> None:
    first = ROOT / "docs/index.md"
    listed = {(first.parent / urlsplit(link).path).resolve() for link in links(first)}
    assert {page for page in ROOT.glob("docs/*/*.md") if page not in listed} == set()


def test_pictures_are_shown_and_can_be_read_aloud() -> None:
    shown = {
        (page.parent / link).resolve()
        for page in PAGES
        for link in links(page)
        if link.endswith(".svg") and "://" not in link
    }
    assert shown == set(ROOT.glob("docs/images/*.svg"))
    for picture in shown:
        root = ET.parse(picture).getroot()
        said = {child.tag.rpartition("}")[2]: child for child in root}
        assert root.get("aria-labelledby") == "title desc"
        assert all((said[name].text or "").strip() for name in ("title", "desc"))
        # It loads nothing, and is readable on dark pages, too.
        text = picture.read_text(encoding="utf-8")
        assert not re.search(r"(?:href|src)=|@import|url\((?!#)", text)
        assert "prefers-color-scheme: dark" in text


@pytest.mark.parametrize("name", ["test", "demo"])
def test_the_readme_marks_the_commands_that_ci_runs(name: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(rf"<!-- ci:{name} -->\s*```\w*\n(.+?)\n```", readme, re.DOTALL)
    assert len(commands) == 1
    assert name in commands[0]


def test_the_oldest_dependencies_are_tested() -> None:
    setup, tox = _configuration(), configparser.RawConfigParser()
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    bounds = re.compile(r"^([\w-]+)>=([\d.]+)", re.MULTILINE)
    promised = bounds.findall(setup["options"]["install_requires"])
    of_the_lab = bounds.findall(setup["options.extras_require"]["lab"])
    tested = re.findall(
        r"^([\w-]+)==([\d.]+)$", tox["testenv:py310-botocore-oldest"]["deps"], re.MULTILINE
    )
    assert len(promised) >= 5
    # boto3 is old with its botocore; certificates may be of any age.
    boto3 = [bound for bound in of_the_lab if bound[0] == "boto3"]
    assert sorted(tested) == sorted([*promised, *boto3])
    assert boto3


def test_tests_that_pages_name_exist() -> None:
    named = {
        name for page in PAGES for name in re.findall(r"`(tests/[a-z0-9_/]+\.py)`", prose(page))
    }
    assert len(named) > 40
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_codes_of_the_threat_model_exist() -> None:
    rows = re.findall(r"^\|.*\|$", (ROOT / "docs/explanation/threat-model.md").read_text(), re.M)
    named = {code for row in rows for code in re.findall(r"`([a-z_]+\.[a-z_]+)`", row)}
    assert len(named) > 10
    assert named <= TABLE.keys()
