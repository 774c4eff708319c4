"""Whatever a policy's text holds: a policy or a PolicyError, soon, and in little memory."""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from endpoint_router.errors import PolicyError
from endpoint_router.policy.document import MAX_BYTES, MAX_PARTS
from endpoint_router.policy.layer import MAX_ITEMS
from endpoint_router.policy.load import load
from tests.support.examples import examples

#: It repeats what other tests do thousands of times; measuring that doubles its time.
pytestmark = pytest.mark.no_cover

HEAD = "version = 1\n"


@contextmanager
def little_work() -> Iterator[None]:
    """Ten seconds of this process's own time, where half of one is what the worst case takes."""
    before = time.process_time()
    yield
    assert time.process_time() - before < 10


def filled(unit: str, head: str = HEAD, tail: str = "") -> str:
    """As much of *unit* as a policy file may hold."""
    return head + unit * ((MAX_BYTES - len(head) - len(tail)) // len(unit)) + tail


def many(line: Callable[[int], str]) -> str:
    lines = [HEAD]
    room = MAX_BYTES - len(HEAD)
    for index in itertools.count():
        lines.append(line(index))
        room -= len(lines[-1])
        if room < 0:
            break
    return "".join(lines[:-1])


PARTS = "a." * (MAX_PARTS - 2)
LARGE = {
    "empty lines": filled("\n"),
    "Windows lines": filled("\r\n"),
    "spaces": filled(" "),
    "comments": filled("#\n"),
    "rules": filled('[[rules]]\nservices=["a"]\n'),
    "globs": filled('"*a*a*a",', f"{HEAD}[defaults]\nallowed_regions=[", "]\n"),
    "keys": many(lambda index: f"k{index}=1\n"),
    "tables": many(lambda index: f"[t{index}]\n"),
    "lists of tables": filled("[[a]]\n"),
    "deep keys": many(lambda index: f"b{index}.{PARTS}a=1\n"),
    "deep tables": many(lambda index: f"[{PARTS}b{index}]\n"),
    "deep inline tables": filled("{" + PARTS + "a=1},", f"{HEAD}x=[", "]\n"),
    "a header of parts": filled("a.", f"{HEAD}[", "a]\n"),
    "a key of parts": filled("a.", tail="a=1\n"),
    "a key of quoted parts": filled('"a" . ', tail="a=1\n"),
    "a long key": filled("a", tail="=1\n"),
    "spaces in a key": filled(" ", f"{HEAD}a", ".b=1\n"),
    "quotes": filled('"'),
    "long strings that do not end": filled('\\"""\n'),
    "a long string": filled('""a', f'{HEAD}x="""', '"""\n'),
    "escapes": filled("\\n", f'{HEAD}x="', '"\n'),
    "lists in lists": filled("[", f"{HEAD}x="),
    "closed lists in lists": f"{HEAD}x={'[' * 100}{']' * 100}\n",
    "tables in tables": filled("{a=", f"{HEAD}x="),
    "an integer": filled("9", "version = "),
    "a hexadecimal integer": filled("f", "version = 0x"),
    "a fraction": filled("9", "version = 1.", "e9999\n"),
    "JSON in lists": filled("[", '{"version":1,"x":'),
    "JSON in tables": filled('{"a":', '{"version":1,"x":'),
    "JSON's integer": filled("9", '{"version":', "}"),
    "JSON's escapes": filled("\\u0041", '{"version":1,"mode":"', '"}'),
    "JSON's rules": filled('{"fips":"off"},', '{"version":1,"rules":[', "{}]}"),
}


@pytest.mark.parametrize("name", LARGE)
def test_the_largest_file_costs_little(name: str, write: Any) -> None:
    path = write(LARGE[name], "policy")
    assert os.stat(path).st_size <= MAX_BYTES
    with little_work(), suppress(PolicyError):
        load(path, environ={})


@pytest.mark.parametrize("name", ["empty lines", "rules", "a header of parts"])
def test_in_little_memory(name: str, write: Any) -> None:
    path = write(LARGE[name], "policy")
    tracemalloc.start()
    with suppress(PolicyError):
        load(path, environ={})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 250 * MAX_BYTES


def test_a_header_of_many_parts_is_not_parsed(write: Any, refusal: Any) -> None:
    path = write(f"{HEAD}\n[{'.'.join('a' * 20_000)}]\n")
    with little_work():
        error = refusal(path)
    assert error.where == f"{path}:3"
    assert error.found == f"a key of more than {MAX_PARTS} parts"


def test_long_host_names_are_no_deep_keys(write: Any, loaded: Any) -> None:
    name = f"vpce-0a-1b.{'a.' * 15}kms.us-east-1.vpce.amazonaws.com"
    result = loaded(write(f'{HEAD}[[rules]]\nprivate = "require"\nreason = "{name}"\n'))
    assert result.policy.rules[0].reason == name


@pytest.mark.parametrize("key", ["rules", "vpc_endpoints", "custom_endpoints"])
def test_a_list_has_an_end(key: str, refusal: Any) -> None:
    error = refusal({key: [{}] * (MAX_ITEMS + 1)})
    assert error.where == f"code, {key}"
    assert error.found == f"a list of {MAX_ITEMS + 1}"


def test_as_many_rules_as_may_be(loaded: Any) -> None:
    rules = [{"services": [f"s{index}"], "private": "require"} for index in range(MAX_ITEMS)]
    with little_work():
        assert len(loaded({"rules": rules}).policy.rules) == MAX_ITEMS
        locked = {"version": 1, "locked": True, "rules": rules}
        environ = {"ENDPOINT_ROUTER_POLICY": json.dumps(locked)}
        assert len(loaded({"rules": rules}, environ).policy.rules) == 2 * MAX_ITEMS


def test_inline_json_has_an_end(refusal: Any) -> None:
    text = '{"version": 1' + " " * MAX_BYTES + "}"
    assert "more than" in refusal(environ={"ENDPOINT_ROUTER_POLICY": text}).found


@pytest.mark.parametrize(
    "text",
    ['mode = "report"', '[defaults]\nfips = "require"', "# ours\nversion = 1", "x = 1\n" * 10_000],
)
def test_toml_in_place_of_a_path(text: str, refusal: Any) -> None:
    for error in (refusal(text), refusal(environ={"ENDPOINT_ROUTER_POLICY": text})):
        assert "looks like TOML" in error.found
        assert "Write it to a file" in error.hint
        assert len(str(error)) < 300


def test_a_file_that_is_called_so_is_read(
    tmp_path: Path, loaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mode = 1").write_text(HEAD)
    monkeypatch.chdir(tmp_path)
    assert loaded("mode = 1").policy.mode == "enforce"


@pytest.mark.parametrize("path", ["~\0", "~\0/policy.toml", "~\ud800", "a" * 100_000])
def test_paths_that_are_none(path: str, refusal: Any) -> None:
    assert len(str(refusal(path))) < 300


@pytest.mark.skipif(sys.platform != "linux", reason="devices of Linux")
@pytest.mark.parametrize("path", ["/dev/zero", "/dev/tty", "/dev/full", "/proc/self", "/proc/kmsg"])
def test_devices_are_not_opened(path: str) -> None:
    with little_work(), pytest.raises(PolicyError):
        load(path, environ={})


def test_yaml_is_told_so(write: Any, refusal: Any) -> None:
    error = refusal(write("version: 1\nmode: report\n", "policy.yaml"))
    assert error.hint == "YAML is not read: write TOML or JSON."


UNITS = st.text("[]{}=\"'#.,:\\\n\r\t 019aefinrsu-_T", min_size=1, max_size=12)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    head=st.sampled_from(
        ["", HEAD, f"{HEAD}x = ", f"{HEAD}[[rules]]\n", '{"version": 1, "rules": [']
    ),
    units=st.lists(UNITS, min_size=1, max_size=3),
    tail=st.sampled_from(["", "\n", "]}", '"""', "= 1\n"]),
    name=st.sampled_from(["p.toml", "p.json", "p"]),
)
def test_whatever_is_repeated_costs_little(
    tmp_path_factory: pytest.TempPathFactory, head: str, units: list[str], tail: str, name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"repeated-{name}"
    share = MAX_BYTES // len(units) - len(head + tail)
    text = head + "".join(unit * (share // len(unit)) for unit in units) + tail
    path.write_text(text, encoding="utf-8", newline="")
    with little_work(), suppress(PolicyError):
        load(path, environ={})


@settings(max_examples=examples(60), deadline=None)
@given(
    variable=st.sampled_from(["POLICY", "VPC_ENDPOINTS", "ALLOWED_REGIONS", "DNS_SERVERS", "ZONE"]),
    units=st.lists(UNITS, min_size=1, max_size=3),
)
def test_long_variables_cost_little(variable: str, units: list[str]) -> None:
    text = "".join(unit * (100_000 // len(units) // len(unit)) for unit in units)
    with little_work(), pytest.raises(PolicyError) as caught:
        load(environ={f"ENDPOINT_ROUTER_{variable}": text})
    assert len(str(caught.value)) < 1000


CODE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=3)
    | st.sampled_from(["require", "off", object(), "\ud800", "\x1b[2J"])
    | st.integers(4300, 5000).map(lambda digits: 10**digits),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["version", "rules", "defaults", "fips", "network", "private", 1, None]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@settings(max_examples=examples(300), deadline=None)
@given(st.dictionaries(st.sampled_from(["rules", "defaults", "network", "dns", "log"]), CODE))
def test_whatever_code_hands_over(policy: dict[str, Any]) -> None:
    with suppress(PolicyError):
        load(policy, environ={})
