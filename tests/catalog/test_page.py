"""The page: each cell in words, the tone only beside them; small enough for everything there is."""

from __future__ import annotations

from html.parser import HTMLParser

from msgspec.structs import replace

from endpoint_router.catalog.page import as_page
from endpoint_router.catalog.reading import Catalog
from endpoint_router.catalog.values import Endpoint, Row


class Tables(HTMLParser):
    """The tables of a page: by title, rows of ``(class, text)``."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[tuple[str, str]]]] = {}
        self._rows: list[list[tuple[str, str]]] = []
        self._tag, self._class, self._text = "", "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._rows.append([])
        if tag in ("h2", "th", "td"):
            self._tag, self._class, self._text = tag, dict(attrs).get("class") or "", ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "h2":
            self._rows = self.tables[self._text] = []
        if tag in ("th", "td"):
            self._rows[-1].append((self._class, self._text))


def test_more_regions_are_a_table_for_each_partition(known: Catalog) -> None:
    regions = ("us-east-1", "eu-west-1", "us-gov-west-1")
    rows = [row for name in ("iam", "kms", "sqs") for row in known.rows(name, regions)]
    tables = Tables(as_page(rows, ["From somewhere."], dns=False)).tables
    assert list(tables) == ["aws", "aws-us-gov"]
    headings, *lines = tables["aws"]
    assert [text for _, text in headings] == [
        "service",
        "us-east-1",
        "eu-west-1",
        "PrivateLink",
        "FIPS host",
    ]
    cells = {line[0][1]: line[1:] for line in lines}
    assert cells["iam"][0][1].endswith("global")
    assert cells["kms"][0] == ("good", "listed")
    assert cells["kms"][3] == ("", "kms-fips.REGION.amazonaws.com")
    # Newer botocores list dual-stack hosts of it: listed+ds.
    assert [(tone, text[:6]) for tone, text in cells["sqs"][:2]] == [
        ("good", "listed"),
        ("fair", "rulese"),
    ]


def test_what_a_cell_says_of_fips(known: Catalog) -> None:
    def cells(row: Row) -> list[tuple[str, str]]:
        other = replace(row, region="us-west-2")
        lines = Tables(as_page([row, other], [], dns=False)).tables["aws"]
        return lines[1][1:2]

    row = next(known.rows("kms", ["us-east-1"]))
    weak = replace(row, fips=replace(row.fips, basis="ruleset"))
    elsewhere = replace(weak, standard=replace(row.standard, basis="ruleset"))
    none = replace(row, fips=replace(row.fips, name="", basis=""))
    assert cells(weak) == [("fair", "ruleset")]
    assert cells(elsewhere) == [("faint", "(ruleset)")]
    assert cells(none) == [("bad", "none")]
    asked = replace(elsewhere, fips=replace(weak.fips, dns="exists"))
    assert cells(asked) == [("fair", "ruleset exists")]
    assert cells(replace(asked, fips=replace(weak.fips, dns="absent"))) == [
        ("bad", "ruleset absent")
    ]


def test_one_region_is_a_table_with_all_hosts(known: Catalog) -> None:
    row = next(known.rows("kms", ["us-east-1"]))
    page = as_page([row, replace(row, fips=Endpoint(why="nobody knows"))], [], dns=False)
    headings, *lines = Tables(page).tables["us-east-1"]
    assert headings[1][1] == "FIPS"
    assert lines[0][1] == ("good", "kms-fips.us-east-1.amazonaws.com listed")
    assert lines[1][1] == ("bad", "none nobody knows")
    assert "a formatter, not a list" in page


def test_the_whole_catalogue_may_be_mailed(known: Catalog) -> None:
    """Here some of the services, in all regions: each has a row for each partition."""
    services = known.services[::20]
    rows = [row for service in services for row in known.rows(service, known.regions)]
    page = as_page(rows, [], dns=False)
    assert len(page) / len(services) * len(known.services) < 2_000_000
