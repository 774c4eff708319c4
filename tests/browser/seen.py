"""What somebody sees of a page, and does to it."""

from __future__ import annotations

from typing import Any


def shown(driver: Any) -> dict[str, list[str]]:
    """By title, the rows that can be seen."""
    tables: dict[str, list[str]] = driver.execute_script("""
        const seen = element => element.offsetParent !== null;
        const text = row => [...row.cells].filter(seen).map(cell => cell.textContent).join("|");
        return Object.fromEntries([...document.querySelectorAll("section")].filter(seen).map(
            section => [section.querySelector("h2").textContent,
                        [...section.querySelectorAll("tr")].filter(seen).map(text)]));
    """)
    return tables


def box(driver: Any) -> Any:
    return driver.find_element("css selector", "input")


def clear(driver: Any) -> None:
    from selenium.webdriver import Keys

    box(driver).send_keys(Keys.CONTROL, "a")
    box(driver).send_keys(Keys.DELETE)
