"""Key paths find their lines again, in the styles in which people write TOML and JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.policy.lines import spots
from endpoint_router.policy.paths import Path, dotted
from tests.support.examples import examples

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TOML = '''\
version = 1                          # 1
mode = "report" # [defaults]

[defaults]                           # 4
fips = "require"
allowed_regions = [
    "us-gov-*",  # a comment, with ] and "quotes"
    'us-east-1',
]
"private" = "off"                    # 10

[[rules]]                            # 12
services = ["ses", "sesv2"]
reason = """
[[rules]]
fips = "off" \\" """
expires = 2027-03-31                 # 17
[[ rules ]]
  regions = [ [], ["x"] ]
  dual_stack = "require"             # 20

[dns]
timeout = 1.5
[log]
decisions = \'\'\'
[dns]
timeout\'\'\'
'''


def lines(text: str, language: str) -> dict[Path, int]:
    """The line of each."""
    return {path: spot.line for path, spot in spots(text, language).items()}


def test_columns() -> None:
    text = 'a = 1\n  b.c = [1,\n "\u00e9", 22]\n\n [[r]]\n\tx = {y = """\n""", z=2}\n'
    found = {dotted(path): tuple(spot) for path, spot in spots(text, "toml").items()}
    assert found == {
        "a": (1, 1), "b": (2, 3), "b.c": (2, 3), "b.c[0]": (2, 10), "b.c[1]": (3, 2),
        "b.c[2]": (3, 7), "r[0]": (5, 2), "r": (5, 2), "r[0].x": (6, 2), "r[0].x.y": (6, 7),
        "r[0].x.z": (7, 6),
    }  # fmt: skip


def test_an_ordinary_toml_file() -> None:
    found = {dotted(path): line for path, line in lines(TOML, "toml").items()}
    assert found == {
        "version": 1,
        "mode": 2,
        "defaults": 4,
        "defaults.fips": 5,
        "defaults.allowed_regions": 6,
        "defaults.allowed_regions[0]": 7,
        "defaults.allowed_regions[1]": 8,
        "defaults.private": 10,
        "rules": 12,
        "rules[0]": 12,
        "rules[0].services": 13,
        "rules[0].services[0]": 13,
        "rules[0].services[1]": 13,
        "rules[0].reason": 14,
        "rules[0].expires": 17,
        "rules[1]": 18,
        "rules[1].regions": 19,
        "rules[1].regions[0]": 19,
        "rules[1].regions[1]": 19,
        "rules[1].regions[1][0]": 19,
        "rules[1].dual_stack": 20,
        "dns": 22,
        "dns.timeout": 23,
        "log": 24,
        "log.decisions": 25,
    }


def test_dotted_keys_and_inline_tables() -> None:
    text = (
        "dns.timeout = 1.5\n"
        "rules = [\n"
        '  {services = ["s3"], fips = "off"},\n'
        '  {services = ["kms"],\n fips = "off"}]\n'
        "[defaults]\nfips = 'off'"
    )
    found = {dotted(path): line for path, line in lines(text, "toml").items()}
    assert found["dns"] == found["dns.timeout"] == 1
    assert (found["rules"], found["rules[0].fips"]) == (2, 3)
    assert (found["rules[1].services"], found["rules[1].fips"]) == (4, 5)
    assert found["defaults.fips"] == 7


def test_json() -> None:
    text = '{"version": 1,\n "rules": [\n  {"services": ["a{", "]b"],\n   "fips" : "off"},\n {}]}'
    found = {dotted(path): line for path, line in lines(text, "json").items()}
    assert found == {
        "version": 1,
        "rules": 2,
        "rules[0]": 3,
        "rules[0].services": 3,
        "rules[0].services[0]": 3,
        "rules[0].services[1]": 3,
        "rules[0].fips": 4,
        "rules[1]": 5,
    }


def paths(value: object, above: Path = ()) -> list[Path]:
    """Every key and index of a parsed document."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    found: list[Path] = []
    for step, inner in items:
        path: Path = (*above, step)
        found += [path, *paths(inner, path)]
    return found


KEYS = st.text(alphabet="abcxyz_-09", min_size=1, max_size=6)
TEXTS = st.text(alphabet="ab[]{}=:,.#\"'\\\n ", max_size=12)
LEAVES = st.booleans() | st.integers(-99, 99) | TEXTS


@settings(max_examples=examples(200), deadline=None)
@given(
    st.dictionaries(
        KEYS,
        st.recursive(
            LEAVES,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
            max_leaves=10,
        ),
        max_size=4,
    )
)
def test_every_path_of_a_json_document_is_found_on_its_line(document: dict[str, Any]) -> None:
    text = json.dumps(document, indent=1)
    found = lines(text, "json")
    expected = {path for path in paths(document) if len(path) <= 6}
    assert {path for path in found if len(path) <= 6} == expected
    for path, line in found.items():
        if isinstance(path[-1], str):
            assert text.splitlines()[line - 1].lstrip().startswith(json.dumps(path[-1]))
            column = spots(text, "json")[path].column
            assert text.splitlines()[line - 1][column - 1 :].startswith(json.dumps(path[-1]))
    assert set(lines(json.dumps(document), "json").values()) <= {1}


def toml_text(value: object) -> str:
    if isinstance(value, str) and "\n" in value:
        return '"""' + value.replace("\\", "\\\\").replace('"', '\\"') + '"""'
    if isinstance(value, str) and "'" not in value:
        return f"'{value}'"
    if isinstance(value, list):
        return "[\n" + "".join(f"  {toml_text(item)}, # ]\n" for item in value) + "]"
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {toml_text(item)}" for key, item in value.items())
        return f"{{ {inner} }}"
    return json.dumps(value)


TABLES = st.dictionaries(
    KEYS,
    LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(KEYS, LEAVES, max_size=2),
    max_size=3,
)


@settings(max_examples=examples(200), deadline=None)
@given(top=TABLES, tables=st.dictionaries(KEYS, TABLES, max_size=3), arrays=st.lists(TABLES))
def test_every_path_of_a_toml_document_is_found(
    top: dict[str, Any], tables: dict[str, Any], arrays: list[dict[str, Any]]
) -> None:
    text = "".join(f"{key} = {toml_text(value)}\n" for key, value in top.items())
    expected_lines: dict[Path, int] = {}

    def add(header: str, path: Path, table: dict[str, Any]) -> None:
        nonlocal text
        text += f"\n# [none]\n{header}\n"
        expected_lines[path] = text.count("\n")
        for key, value in table.items():
            inner: Path = (*path, key)
            expected_lines[inner] = text.count("\n") + 1
            text += f"{key}={toml_text(value)} # x = 1\n"

    for name, table in tables.items():
        if name not in top:
            add(f"[{name}]", (name,), table)
    for index, table in enumerate(arrays):
        add("[[RULES]]", ("RULES", index), table)
    found = lines(text, "toml")
    assert set(found) == set(paths(tomllib.loads(text)))
    for path, line in expected_lines.items():
        assert found[path] == line


@settings(max_examples=examples(300), deadline=None)
@given(st.text(alphabet="ab[]{}=:,.#\"'\\\n ", max_size=60), st.sampled_from(["toml", "json"]))
@pytest.mark.filterwarnings("error")
def test_the_scanner_ends_on_any_text(text: str, language: str) -> None:
    last = text.count("\n") + 1
    assert all(0 < line <= last for line in lines(text, language).values())
