"""The examples of the page about tests: they pass, and a type checker has nothing to say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import moto  # before any session: each is given the handlers of the first one
import pytest

pytest_plugins = "pytester"

MOTO = pytest.mark.skipif(not hasattr(moto, "mock_aws"), reason="the page is for moto 5")
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "test-your-application.md"

#: Each line marked so has to be refused, and no other.
_WRONG = """
import datetime

from endpoint_router.testing import (
    FakeClock, FakeDns, PolicyInForce, PutInForce, Refused, assert_routed, policy_in_force,
)


def test(block: PolicyInForce, put: PutInForce) -> None:
    with policy_in_force(3):  # wrong
        pass
    with policy_in_force({}, dns={"kms": "10.0.0.1"}):  # wrong
        pass
    with policy_in_force({}, offline=False, clock=FakeClock(datetime.date.today())) as inner:
        inner.cals  # wrong
    FakeDns({"kms.us-east-1.amazonaws.com": 10})  # wrong
    FakeDns({"kms.us-east-1.amazonaws.com": ["10.0.0.1"]}, otherwise="NXDOMAIN", ttl=1)
    FakeClock("2027-01-01")  # wrong
    FakeClock().advance("1 day")  # wrong
    Refused(403)  # wrong
    assert_routed(block)  # wrong
    assert_routed(block.calls, {"kms": 5})  # wrong
    assert_routed(block.calls, {"kms": "*", "sns": Refused()})
    block.calls[0].hots  # wrong
    block.calls[0].decision = None  # wrong
    put("policy.toml", ofline=True)  # wrong
"""


def blocks(language: str) -> list[str]:
    found: list[str] = re.findall(
        rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return found


def files() -> Iterator[tuple[str, str]]:
    """The examples as files of one suite."""
    yield "policy.toml", blocks("toml")[0]
    for number, text in enumerate(blocks("python")):
        yield ("conftest.py" if "pytest_plugins" in text else f"test_{number}.py"), text


@MOTO
def test_they_pass(pytester: pytest.Pytester) -> None:
    for name, text in files():
        (pytester.path / name).write_text(text, encoding="utf-8")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist", "-Werror")
    result.assert_outcomes(passed=6)


@MOTO
def test_the_failure_that_is_shown_is_the_one_that_comes(pytester: pytest.Pytester) -> None:
    for name, text in files():
        changed = text.replace('"sqs.us-gov-west-1.amazonaws.com"', '"sqs-fips.*"')
        (pytester.path / name).write_text(changed, encoding="utf-8")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist", "test_0.py")
    (shown,) = blocks("text")
    lines = [line.removeprefix("E").lstrip() for line in result.outlines if line.startswith("E ")]
    lines[0] = lines[0].removeprefix("AssertionError: ")
    assert lines == [line.lstrip() for line in shown.splitlines()]


def test_types(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api", reason="mypy is not installed")
    for name, text in files():
        (tmp_path / name).write_text(text, encoding="utf-8")
    wrong = tmp_path / "wrong.py"
    wrong.write_text(_WRONG, encoding="utf-8")
    # Of the package's own modules only the signatures: what is in them is checked elsewhere.
    options = ["--strict", "--follow-imports=silent", "--config-file=", "--no-error-summary"]
    cache = f"--cache-dir={PAGE.parents[2] / '.mypy_cache' / 'documented'}"
    said, errors, _ = api.run([*options, cache, *map(str, sorted(tmp_path.glob("*.py")))])
    assert errors == ""
    found = set(re.findall(r"([^/\s]+\.py):(\d+): error: ", said))
    lines = enumerate(_WRONG.splitlines(), 1)
    assert found == {("wrong.py", str(at)) for at, line in lines if line.endswith("# wrong")}, said
