"""The catalogue's page in a real browser: found by typing, by keyboard, with nothing fetched.

Needs selenium and Chromium with its driver: ``tox run -e browser``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from endpoint_router.catalog.page import as_page
from endpoint_router.catalog.reading import Catalog
from tests.browser.seen import box, clear, shown

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All services in all regions."""
    known = Catalog()
    rows = [row for service in known.services for row in known.rows(service, known.regions)]
    file = tmp_path_factory.mktemp("page") / "catalog.html"
    file.write_text(as_page(rows, ["From a test."], dns=False), encoding="utf-8")
    return file


@pytest.fixture
def page(driver: Any, file: Path) -> Any:
    """The page, as it is when it was opened."""
    driver.get("about:blank")
    driver.get(file.as_uri())
    return driver


def test_words_leave_the_rows_that_have_them(page: Any) -> None:
    assert set(shown(page)) >= {"aws", "aws-us-gov", "aws-cn"}
    box(page).send_keys("kms aws-us-gov")
    (title, (_, row)), *others = shown(page).items()
    assert (title, others) == ("aws-us-gov", [])
    assert row == "kms|listed|listed|yes+FIPS|kms-fips.REGION.amazonaws.com"
    said = page.find_element("css selector", "output").text
    assert said.startswith("1 of ")
    clear(page)
    assert len(shown(page)) > 5


def test_a_region_leaves_its_column(page: Any) -> None:
    box(page).send_keys("sqs us-gov-west-1")
    assert shown(page) == {"aws-us-gov": ["service|us-gov-west-1", "sqs|listed"]}
    clear(page)
    box(page).send_keys("us-gov-we")  # its beginning, while one types
    assert shown(page)["aws-us-gov"][0] == "service|us-gov-west-1"


def test_nothing_is_there(page: Any) -> None:
    box(page).send_keys("nosuchservice")
    assert shown(page) == {}
    assert page.find_element("css selector", "output").text.startswith("0 of ")


def test_an_address_may_say_what_is_looked_for(page: Any, file: Path) -> None:
    page.get(f"{file.as_uri()}#kms%20cn-north-1")
    assert shown(page) == {"aws-cn": ["service|cn-north-1", "kms|ruleset"]}
    page.get(f"{file.as_uri()}#%")  # nothing that can be read
    assert len(shown(page)) > 5


def test_it_fetches_nothing_and_complains_of_nothing(page: Any) -> None:
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert page.get_log("browser") == []


def test_by_keyboard(page: Any) -> None:
    from selenium.webdriver.support import wait

    keys = webdriver.Keys
    page.find_element("css selector", "body").send_keys(keys.TAB)
    assert page.switch_to.active_element.tag_name == "input"
    page.switch_to.active_element.send_keys(keys.TAB)
    table = page.switch_to.active_element
    assert (table.aria_role, table.accessible_name) == ("region", "aws")
    table.send_keys(keys.PAGE_DOWN)
    table.send_keys(*[keys.ARROW_RIGHT] * 5)
    wait.WebDriverWait(page, 10).until(
        lambda _: page.execute_script("return arguments[0].scrollLeft", table) > 0
    )
    # The row's name stays beside its cells.
    left = page.execute_script(
        "return arguments[0].querySelector('tbody th').getBoundingClientRect().left", table
    )
    assert left < 50


def test_typing_does_not_wait(page: Any) -> None:
    took = page.execute_script("""
        const box = document.querySelector("input"), began = performance.now();
        for (const word of ["k", "km", "kms", ""]) {
          box.value = word;
          box.dispatchEvent(new Event("input"));
          document.body.offsetHeight;  // lays the page out
        }
        return performance.now() - began;
    """)
    assert took < 20_000  # milliseconds, on a machine that does much else
