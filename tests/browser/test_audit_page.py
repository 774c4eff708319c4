"""The audit's page in a real browser: filtered, read without colours, printed; nothing in it acts.

Needs selenium and Chromium with its driver: ``tox run -e browser``.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.cli.main import main
from tests.audit.digested import KEY, Trail, listed
from tests.audit.made import OURS, delivered, record
from tests.browser.seen import box, clear, shown

PLAIN = "kms.us-gov-west-1.amazonaws.com"
#: What acts if it is taken for anything but a text; the place is where it would tell.
HOSTILE = (
    "<script>document.title='acted'</script>",
    "\"><img src=x onerror=document.title='acted'>",
    "'onmouseover='document.title=1",
    "<link rel=stylesheet href=http://PLACE/style>",
    "<img src=http://PLACE/picture>",
    "</title><base href=http://PLACE/>",
    "javascript:document.title='acted'",
)


@pytest.fixture(scope="module")
def listener() -> Any:
    """Nobody ever comes here."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, listener: socket.socket) -> Path:
    """Days of each kind; others' words wherever a record has some."""
    folder = tmp_path_factory.mktemp("page")
    trail = Trail(folder / "trail").hours(3)
    place = "{}:{}".format(*listener.getsockname())
    calls = []
    for number, text in enumerate(HOSTILE):
        text = text.replace("PLACE", place)
        calls.append(
            record(
                100 + number,
                host=PLAIN,
                userAgent=f"Boto3/1 app/{text.replace(' ', '')}",
                vpcEndpointId=text,
                eventName=text,
                awsRegion=text,
                recipientAccountId=text,
                userIdentity={"type": "IAMUser", "userName": text},
            )
        )
        calls.append(record(200 + number, host=text))
    calls += [record(300 + number, host=PLAIN) for number in range(30)]
    calls.append(record(400, tlsDetails=..., eventTime="2026-11-22T00:00:00Z"))
    calls.append(record(401, userIdentity={"type": "AWSService"}, vpcEndpointId=OURS))
    delivered(trail.root, *calls, name=HOSTILE[0].replace("/", "_"))
    policy, keys = folder / "policy.toml", folder / "keys.json"
    policy.write_text('version = 1\n[defaults]\nfips = "require"\n')
    keys.write_bytes(listed(KEY))
    html = folder / "audit.html"
    with pytest.MonkeyPatch.context() as patch, html.open("w", encoding="utf-8") as stdout:
        patch.setattr("sys.stdout", stdout)
        options = ["--policy", str(policy), "--public-keys", str(keys), "--html"]
        assert main(["audit", str(trail.root), *options]) == 2
    return html


@pytest.fixture
def page(driver: Any, file: Path) -> Any:
    """The page, as it is when it was opened."""
    driver.get("about:blank")
    driver.get_log("browser")
    driver.get(file.as_uri())
    return driver


def days(page: Any) -> list[list[str]]:
    return [row.split("|") for row in shown(page)["Days"][1:]]


def test_what_was_found_comes_first(page: Any) -> None:
    first, second, *_ = page.find_elements("css selector", "p")
    assert first.text.startswith("INCOMPLETE: the files are not proven to be all")
    assert second.text == "VIOLATES: 37 calls against the policy."
    titles = "return [...document.querySelectorAll('h2')].map(title => title.textContent)"
    assert page.execute_script(titles) == [
        "Verdicts",
        "Violations, worst first",
        "Days",
        "Calls, worst first",
        "Files that are not proven",
        "Integrity",
        "Days without records",
    ]
    who = shown(page)["Violations, worst first"][1].split("|")
    assert (who[0], who[3], who[4]) == ("billing", "30", "fips.no_basis")
    assert who[5] == record(300)["eventID"]


@pytest.mark.parametrize("width", [400, 1280])
def test_only_tables_are_scrolled_sideways(page: Any, width: int) -> None:
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_bars_are_read_without_colour(page: Any) -> None:
    rows = days(page)
    assert [row[0] for row in rows] == ["2026-11-20", "2026-11-21", "2026-11-22"]
    assert rows[1][1:] == ["no records", "0", "0", "0", "0"]
    bar, violates, none, complies, other = rows[0][1], *(int(rows[0][at]) for at in (3, 4, 2, 5))
    assert len(bar) == 40
    assert bar == "".join(sorted(bar, key="#?=.".index))
    assert set(bar) == set("#?=.")
    some = len(HOSTILE)  # where they stand for a host, they are the name of nothing
    assert (violates, none, complies, other) == (30 + some, some, 3, 1)
    assert bar.count("#") > bar.count("?") > bar.count("=") > bar.count(".") == 1
    # What the signs stand for is said above the table, and in words to who does not see them.
    assert "# violates" in page.find_element("css selector", ".legend").text
    image = page.find_element("css selector", ".bar")
    assert image.aria_role == "image"
    assert image.accessible_name == (
        f"violates {violates}, no evidence {none}, complies 3, not a call of an application 1"
    )


def test_words_leave_the_rows_that_have_them(page: Any) -> None:
    box(page).send_keys(f"{PLAIN} billing")
    tables = shown(page)
    assert list(tables) == ["Calls, worst first"]
    assert len(tables["Calls, worst first"]) == 2
    clear(page)
    box(page).send_keys("log-free nothing")
    assert shown(page) == {}
    clear(page)
    assert len(shown(page)) == 7
    box(page).send_keys("2026-11-21")
    assert len(shown(page)["Days"]) == 2


def test_others_words_do_nothing(page: Any, listener: socket.socket) -> None:
    assert page.title == "Audit of CloudTrail"
    count = "return document.querySelectorAll(arguments[0]).length"
    assert page.execute_script(count, "script") == 1
    assert (
        page.execute_script(count, "img, link, base, iframe, object, a, form, style ~ style") == 0
    )
    handlers = "return [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"
    names = {name for name in page.execute_script(handlers) if name.startswith("on")}
    assert names == set()
    text = page.execute_script("return document.body.textContent")
    assert HOSTILE[0] in text
    for cell in page.find_elements("css selector", "td")[:5]:
        page.execute_script("arguments[0].dispatchEvent(new MouseEvent('mouseover'))", cell)
    assert page.title == "Audit of CloudTrail"
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_it_fetches_nothing_and_complains_of_nothing(page: Any) -> None:
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert page.get_log("browser") == []


def test_what_would_come_into_it_may_not_act(page: Any) -> None:
    """Were a text ever not escaped, the page's own rules would stop it."""
    page.execute_script("""
        const script = document.createElement("script");
        script.textContent = "document.title = 'acted'";
        document.body.append(script);
        document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='document.title=1'>");
    """)
    assert page.title == "Audit of CloudTrail"
    assert any("Content Security Policy" in entry["message"] for entry in page.get_log("browser"))


def test_printed(page: Any) -> None:
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not page.find_element("css selector", ".filter").is_displayed()
        assert len(shown(page)) == 7
        cut = page.execute_script("""
            return [...document.querySelectorAll(".wide")].filter(
                element => getComputedStyle(element).overflow !== "visible").length
        """)
        assert cut == 0
        # A4, in 1/96 inch.
        page.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": 1046, "height": 718, "deviceScaleFactor": 1, "mobile": False},
        )
        widths = page.execute_script("""
            return [...document.querySelectorAll("table")].map(
                table => table.getBoundingClientRect().width)
        """)
        assert max(widths) <= 1046
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
