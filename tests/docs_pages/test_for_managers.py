"""For managers: one page, and one picture that stands alone."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from endpoint_router.codes import TABLE
from tests.docs_pages.pages import DOCS, page

PAGE = "explanation/for-managers"
PICTURES = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page(PAGE))
SVG = "{http://www.w3.org/2000/svg}"


def test_one_page_and_one_picture() -> None:
    assert len(PICTURES) == 1
    assert len(page(PAGE).split()) < 700


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_stands_alone(name: str) -> None:
    file = (DOCS / "explanation" / name).resolve()
    text = file.read_text(encoding="utf-8")
    picture = ElementTree.fromstring(text)
    # Read aloud, it is its title and description.
    ids = picture.attrib["aria-labelledby"].split()
    assert [picture.find(f"{SVG}{tag}").attrib["id"] for tag in ("title", "desc")] == ids  # type: ignore[union-attr]
    assert re.findall(r"(?:href|src|url)\s*=", text) == []
    assert "<script" not in text


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_of_it_lies_outside(name: str) -> None:
    picture = ElementTree.fromstring((DOCS / "explanation" / name).resolve().read_text())
    _, _, width, height = map(float, picture.attrib["viewBox"].split())
    boxes = picture.findall(f".//{SVG}rect")
    assert len(boxes) > 5
    for box in boxes:
        x, y = float(box.get("x", 0)), float(box.get("y", 0))
        assert x + float(box.attrib["width"]) <= width
        assert y + float(box.attrib["height"]) <= height


@pytest.mark.parametrize("name", PICTURES)
def test_its_codes_exist(name: str) -> None:
    text = (DOCS / "explanation" / name).resolve().read_text()
    codes = re.findall(r"refused: ([\w.]+)<", text)
    assert codes
    assert set(codes) <= TABLE.keys()
