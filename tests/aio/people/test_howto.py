"""The examples of the how-to, literally: each runs to its end, and arrives where it may."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.consumers.policies import FIPS, PRIVATE
from tests.consumers.running import run
from tests.support import namespace

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "async-clients.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def imported(example: str) -> list[str]:
    return re.findall(r"^(?:import|from) (\w+)", example, re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: imported(example)[-1])
@pytest.mark.parametrize(("policy", "address"), [("fips", FIPS), ("private", PRIVATE)])
def test_an_example(example: str, policy: str, address: str, tmp_path: Path) -> None:
    namespace.require()
    if missing := [name for name in imported(example) if find_spec(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    program = tmp_path / "example.py"
    program.write_text(example, encoding="utf-8")
    # The program itself switches it on.
    ran = run(["python", str(program)], policy, "code", tmp_path)
    assert ran.status == 0, ran.said
    assert ran.arrived == {address}, ran.seen
