"""Files and inline JSON: what is read, what is refused, and which place the refusal names."""

from __future__ import annotations

import datetime
import json
import os
import sys
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from endpoint_router.errors import PolicyError
from endpoint_router.policy.document import MAX_BYTES, from_file
from endpoint_router.policy.load import load
from endpoint_router.policy.model import Policy
from tests.support.examples import examples

GOOD_TOML = 'version = 1\nmode = "report"\n'
GOOD_JSON = '{"version": 1, "mode": "report"}'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.toml", GOOD_TOML),
        ("p.TOML", GOOD_TOML),
        ("p.json", GOOD_JSON),
        ("p.JSON", GOOD_JSON),
        ("p", GOOD_TOML),
        ("p", GOOD_JSON),
        ("p.conf", f"\n  {GOOD_JSON}"),
        ("p.toml", b"\xef\xbb\xbf" + GOOD_TOML.encode()),
        ("p.json", b"\xef\xbb\xbf" + GOOD_JSON.encode()),
        ("p.toml", GOOD_TOML.replace("\n", "\r\n")),
        ("p.json", f"\n{GOOD_JSON}\n"),
    ],
)
def test_a_document_is_read(name: str, content: str | bytes, write: Any, loaded: Any) -> None:
    path = write(content, name)
    for result in (
        loaded(path),
        loaded(Path(path)),
        loaded(environ={"ENDPOINT_ROUTER_POLICY": path}),
        loaded(profile_policy=path, profile="dev"),
    ):
        assert result.policy.mode == "report"
        origin = result.origin("mode")
        assert (origin.kind, origin.name) == ("file", path)
        assert origin.line >= 1


@pytest.mark.parametrize(
    ("content", "name", "line", "found", "expected"),
    [
        ("", "p.toml", 0, "an empty file", "a policy file"),
        (" \n\t\n", "p.json", 0, "an empty file", "a policy file"),
        (b"\xef\xbb\xbf", "p.toml", 0, "an empty file", "a policy file"),
        ("# only words\n", "p.toml", 0, "no version", "version = 1"),
        ("{}", "p.json", 0, "no version", "version = 1"),
        ('mode = "off"\n', "p.toml", 0, "no version", "version = 1"),
        ("version = 2\n", "p.toml", 1, "2", "1"),
        ('version = "1"\n', "p.toml", 1, '"1"', "1"),
        ("version = true\n", "p.toml", 1, "true", "1"),
        ("version = 1\n[defaults\n", "p.toml", 2, "at line 2, column 10", "well-formed TOML"),
        ("version = 1\nmode =", "p.toml", 2, "at line 2, column 7", "well-formed TOML"),
        ("version = 1\nversion = 1\n", "p.toml", 2, "at line 2, column", "well-formed TOML"),
        ('{"version": 1,\n "mode": ', "p.json", 2, "at line 2, column 10", "well-formed JSON"),
        (GOOD_JSON + GOOD_JSON, "p.json", 1, "at line 1, column 33", "well-formed JSON"),
        ('{"version": 1, "version": 1}', "p.json", 0, 'key "version" twice', "well-formed JSON"),
        ('{"version": NaN}', "p.json", 0, "NaN, which is not JSON", "well-formed JSON"),
        (GOOD_JSON, "p.toml", 1, "at line 1, column 1", "well-formed TOML"),
        (GOOD_TOML, "p.json", 1, "at line 1, column 1", "well-formed JSON"),
        ("[1]", "p.json", 0, "[1]", "a table"),
        ("[" * 200_000, "p.json", 0, "nested too deeply", "well-formed JSON"),
        ("version = " + "[" * 200_000, "p.toml", 0, "", "well-formed TOML"),
        ("version = " + "1" * 5000, "p.toml", 0, "4300", "well-formed TOML"),
        ('version = 1\nmode = "off\xe9"'.encode("latin-1"), "p.toml", 2, "0xe9", "a policy file"),
        (GOOD_TOML.encode("utf-16"), "p.toml", 1, "not UTF-8", "a policy file"),
        (bytes(range(256)), "p", 2, "0x80", "a policy file"),
        (b"version = 1\n\0", "p.toml", 2, "at line 2, column 1", "well-formed TOML"),
    ],
)
def test_a_bad_document_is_refused_with_its_place(
    content: str | bytes,
    name: str,
    line: int,
    found: str,
    expected: str,
    write: Any,
    refusal: Any,
) -> None:
    path = write(content, name)
    error = refusal(path)
    at = f"{path}:{line}" if line else path
    assert error.where.partition(", ")[0] == at
    assert found in error.found
    assert expected in error.expected
    assert error.code == "policy.invalid"


_NAMED_BY = {
    "code": "The policy argument",
    "variable": "ENDPOINT_ROUTER_POLICY",
    "profile": "endpoint_router_policy of profile dev",
}


@pytest.mark.parametrize("source", _NAMED_BY)
def test_a_file_that_is_not_there_is_never_no_policy(
    source: str, tmp_path: Path, refusal: Any
) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path, found in (
        (str(tmp_path / "nowhere.toml"), "No such file"),
        (str(tmp_path), "a directory"),
        (str(loop), "symbolic links"),
        (os.devnull, "no regular file"),
        ("a\0b", "a NUL"),
        ("\udcff\ud800", "surrogate"),
        ("x" * 5000, "too long"),
    ):
        if source == "code":
            error = refusal(path)
        elif source == "variable":
            error = refusal(environ={"ENDPOINT_ROUTER_POLICY": path})
        else:
            error = refusal(profile_policy=path, profile="dev")
        assert found in error.found
        assert path[:20] in error.where
        assert error.hint.startswith(f"{_NAMED_BY[source]} names it.")


def test_an_empty_path_from_code_is_an_error(refusal: Any) -> None:
    assert refusal("").found == "nothing"


@pytest.mark.skipif(os.name != "posix", reason="needs mkfifo")
def test_a_pipe_without_a_writer_does_not_hang(tmp_path: Path, refusal: Any) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    assert refusal(tmp_path / "pipe.toml").found == "no regular file"


@pytest.mark.skipif(sys.platform != "linux", reason="needs a regular file that cannot be read")
def test_an_unreadable_file(refusal: Any) -> None:
    error = refusal("/proc/self/mem")  # root may read anything but this
    assert error.where == "/proc/self/mem"
    assert "Input/output error" in error.found


def test_the_home_directory_is_expanded(
    write: Any, loaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(write(GOOD_TOML))
    monkeypatch.setenv("HOME", str(path.parent))
    assert loaded("~/policy.toml").origin("mode").name == str(path)


def test_a_large_file_is_refused_and_not_read_whole(tmp_path: Path, refusal: Any) -> None:
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    tracemalloc.start()
    error = refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "more than 262144 bytes" in error.found
    assert peak < 4 * MAX_BYTES


def test_the_largest_file_is_read(write: Any, loaded: Any) -> None:
    text = GOOD_TOML + "#" * (MAX_BYTES - len(GOOD_TOML))
    assert loaded(write(text)).policy.mode == "report"
    with pytest.raises(PolicyError):
        loaded(write(text + "#"))


def test_inline_json(loaded: Any, refusal: Any) -> None:
    by_variable = loaded(environ={"ENDPOINT_ROUTER_POLICY": f" \n{GOOD_JSON}"})
    assert str(by_variable.origin("mode")) == "inline ENDPOINT_ROUTER_POLICY"
    by_profile = loaded(profile_policy=GOOD_JSON, profile="dev")
    assert str(by_profile.origin("mode")) == "profile dev"
    by_code = loaded(GOOD_JSON)
    assert by_code.origin("mode").kind == "inline"
    assert {r.policy.mode for r in (by_variable, by_profile, by_code)} == {"report"}

    error = refusal(environ={"ENDPOINT_ROUTER_POLICY": '{"version": 1,\n"mode"'})
    assert error.where == "inline ENDPOINT_ROUTER_POLICY"
    assert "at line 2, column 7" in error.found
    error = refusal(environ={"ENDPOINT_ROUTER_POLICY": '{"mode": "off"}'})
    assert (error.found, error.expected) == ("no version", "version = 1")
    error = refusal(profile_policy='{"version": 1, "mode": "of"}', profile="dev")
    assert error.where == "profile dev, mode"


def test_dates_of_toml_and_of_text_are_the_same(write: Any, loaded: Any, refusal: Any) -> None:
    head = 'version = 1\n[[rules]]\nprivate = "off"\nreason = "r"\n'
    for date in ("2027-03-31", '"2027-03-31"'):
        rule = loaded(write(f"{head}expires = {date}\n")).policy.rules[0]
        assert rule.expires == datetime.date(2027, 3, 31)
    for date in ("2027-03-31T00:00:00Z", "07:32:00", '"31.3.2027"', "20270331", '"2027-02-30"'):
        path = write(f"{head}expires = {date}\n")
        error = refusal(path)
        assert error.where == f"{path}:5, rules[0].expires"
        assert error.expected == "a date, YYYY-MM-DD"


def test_no_secret_of_a_file_that_is_no_policy_is_shown(write: Any, refusal: Any) -> None:
    error = refusal(write("{" + "x" * 10_000 + "SECRET"))
    assert "SECRET" not in str(error)
    assert len(str(error)) < 600
    error = refusal(write(f'version = 1\nmode = "{"x" * 10_000}SECRET"'))
    assert "SECRET" not in str(error)
    assert len(error.found) <= 82


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.text(alphabet="[]{}=\"'#.,:\n version1rulesdft-", max_size=80).map(
            lambda text: f"version = 1\n{text}".encode()
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["version", "rules", "defaults", "fips"]), inner)
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    ),
    name=st.sampled_from(["p.toml", "p.json", "p"]),
)
def test_whatever_stands_in_a_file_nothing_but_a_policy_error_comes_out(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    error: PolicyError | None = None
    try:
        assert from_file(str(path)).values["version"] == 1
    except PolicyError as caught:
        error = caught
    with suppress(PolicyError):
        load(path, environ={})
        assert error is None
    assert error is None or str(path) in str(error)


@pytest.mark.parametrize("name", ["policy.json", "policy.toml"])
def test_the_name_of_the_schema_is_no_part_of_the_policy(
    name: str, write: Any, loaded: Any, refusal: Any
) -> None:
    text = '"$schema" = "policy.schema.json"\nversion = 1\n'
    plain, other = "version = 1\n", text.replace('"policy.schema.json"', "3")
    if name == "policy.json":
        text = '{"$schema": "urn:endpoint-router:policy:1",\n"version": 1}'
        plain, other = '{"version": 1}', '{"version": 1,\n"$schema": 3}'
    result = loaded(write(text, name))
    without = loaded(write(plain, f"plain-{name}"))
    assert result.policy == without.policy
    assert result.digest() == without.digest()
    assert "$schema" not in result.origins
    error = refusal(write(other, name))
    assert error.where == f"{write(other, name)}:{2 if 'json' in name else 1}, $schema"
    assert error.found == "3"


def test_the_schema_may_be_named_inline_and_in_code(loaded: Any) -> None:
    inline = '{"$schema": "x", "version": 1, "mode": "report"}'
    assert loaded(environ={"ENDPOINT_ROUTER_POLICY": inline}).policy == Policy(mode="report")
    given = {"$schema": "x", "mode": "report"}
    assert loaded(given).policy == Policy(mode="report")
    assert "$schema" in given
