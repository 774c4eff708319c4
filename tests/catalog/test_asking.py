"""What may be asked: globs of services and regions, and variants on a basis that counts."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from endpoint_router.catalog.asking import NoSuchName, condition, selected
from endpoint_router.catalog.reading import Catalog
from endpoint_router.catalog.values import Endpoint, Row


def test_names_and_globs_in_the_order_that_is_known() -> None:
    known = ("bedrock", "bedrock-agent", "kms", "s3")
    assert selected((), known, "x") == known
    assert selected(("S3", "bedrock*", "kms "), known, "x") == known
    assert selected(("kms", "kms"), known, "x") == ("kms",)


@pytest.mark.parametrize(("word", "said"), [("kmss", "Did you mean 'kms'?"), ("", "found ")])
def test_what_names_nothing(word: str, said: str) -> None:
    with pytest.raises(NoSuchName, match="expected a service") as caught:
        selected((word,), ("kms", "s3"), "a service")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("fisp", "Did you mean 'fips'?"),
        ("fips=lsited", "expected listed or ruleset after fips=. Did you mean 'listed'?"),
        ("privatelink=listed", "expected named or documented"),
        ("fips=", "expected listed or ruleset"),
        ("", "expected one of standard, "),
    ],
)
def test_a_condition_that_means_nothing(word: str, said: str) -> None:
    with pytest.raises(NoSuchName) as caught:
        condition(word, wanted=True)
    assert said in str(caught.value)


def test_a_weaker_basis_does_not_count(known: Catalog) -> None:
    row: Row = next(known.rows("kms", ["us-east-1"]))
    assert row.fips.basis == "listed"
    weak = replace(row, fips=replace(row.fips, basis="ruleset"))
    none = replace(row, fips=Endpoint(why="no"))
    with_any, with_listed = condition("FIPS", wanted=True), condition("fips=listed", wanted=True)
    assert [with_any.holds(each) for each in (row, weak, none)] == [True, True, False]
    assert [with_listed.holds(each) for each in (row, weak, none)] == [True, False, False]
    without = condition("fips=listed", wanted=False)
    assert [without.holds(each) for each in (row, weak, none)] == [False, True, True]


def test_only_an_absence_takes_a_host_away(known: Catalog) -> None:
    row: Row = next(known.rows("kms", ["us-east-1"]))
    without = condition("fips", wanted=False)
    by_dns = {
        dns: without.holds(replace(row, fips=replace(row.fips, dns=dns)))
        for dns in ("", "exists", "absent", "unknown")
    }
    assert by_dns == {"": False, "exists": False, "absent": True, "unknown": False}
