"""Logs and lists of services that an attacker made: valid names come out, or nothing does."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from endpoint_router import codes
from endpoint_router.cli.main import main
from endpoint_router.cli.plan import plan
from endpoint_router.policy.load import load
from endpoint_router.sdk.activation.check import check_policy
from tests.plan.lines import REQUIRED, allowed, candidate, dump, line, no_fips
from tests.support.examples import examples
from tests.support.hcl import blocks, unquote

NASTY = [
    '"', "\\", '${file("/etc/passwd")}', "%{if}", "$${", "$$${x}", "\n", "\r", "\x1b[2J", "\u202e",
    "\x00", '"""', "'''", "]]\n[rules]\n", "= ", "#", "\u2028", "\ud800", "a" * 300, "..", "*",
    "*.", "", "rules[0]", "us-east-1", "kms.us-east-1.amazonaws.com", "2027-01-01",
]  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(NASTY), st.text(), st.lists(st.sampled_from(NASTY), max_size=4).map("".join)
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=5,
)
#: What may stand somewhere else in a line, and one name that is another misspelt.
USUAL = st.sampled_from(
    [
        "off", "prefer", "require", "check", "deny", "listed", "attested", "public", "routed",
        "defaults", "rules[1]", "application", "kms", "kmss", "us-wst-2", "Encript", "standard",
        "interface", "custom", "allowed", "denied", "unverified", "9999-12-31", ["us-*"], [],
        *codes.TABLE,
    ]
)  # fmt: skip
#: A waiver in force, an attestation, a wrong endpoint, and what is usual.
LINES = [
    line(),
    line(demands=REQUIRED),
    no_fips(),
    allowed(demands={"fips": "off"}, rule={"name": "rules[0]", "expires": "2026-12-01"}),
    allowed(amber=["fips"], candidates=[candidate("a.b", "attested", "custom", place="x")]),
    line(candidates=[candidate("a.b", kind="interface", place="y", code="private.mixed")]),
]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in *value* with each of its keys."""
    if not isinstance(value, (dict, list)):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    below = [place for key in keys for place in places(value[key])]
    return [(value, key) for key in keys] + below


@st.composite
def hostile_lines(draw: st.DrawFn) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(LINES))))
    for _ in range(draw(st.integers(0, 3))):
        container, key = draw(st.sampled_from(places(made)))
        if isinstance(container, dict) and draw(st.integers(0, 4)) == 0:
            del container[key]  # as a line of another release
        else:
            container[key] = draw(st.one_of(USUAL, TEXTS, ANYTHING))
    return made


PREFIXED = TEXTS.map(lambda text: f"com.amazonaws.us-east-1.{text}")
SERVICES = st.fixed_dictionaries(
    {
        "ServiceName": st.one_of(st.just("com.amazonaws.us-east-1.kms"), PREFIXED, TEXTS),
        "ServiceType": st.just([{"ServiceType": "Interface"}]),
        "PrivateDnsNames": st.lists(
            st.one_of(st.just("*.us-east-1.amazonaws.com"), TEXTS).map(
                lambda name: {"PrivateDnsName": name}
            ),
            max_size=2,
        ),
    }
)


@given(
    logged=st.lists(st.one_of(hostile_lines(), hostile_lines(), ANYTHING), min_size=1, max_size=3),
    services=st.one_of(st.none(), st.lists(SERVICES, max_size=3), ANYTHING),
    as_json=st.booleans(),
)
@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_of_it_gets_out_of_its_quotes(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    logged: list[Any],
    services: Any,
    as_json: bool,
) -> None:
    log, listed = tmp_path / "log", tmp_path / "services"
    written, terraform = tmp_path / "policy.toml", tmp_path / "endpoints.tf"
    for file in (written, terraform):
        file.unlink(missing_ok=True)
    log.write_bytes(dump(logged))
    listed.write_text(json.dumps({"ServiceDetails": services}))
    command = ["plan", str(log), "--policy", str(written), "--terraform", str(terraform), "--force"]
    command += ["--services", str(listed)] * (services is not None) + ["--json"] * as_json
    status = main(command)
    said = capsys.readouterr()
    assert all(text.isprintable() for text in f"{said.out}\n{said.err}".split("\n"))
    assert (status == 2) == bool(said.err)
    if status == 2:
        assert (said.out, said.err.count("\n"), written.exists()) == ("", 1, False)
        return
    loaded = load(written, environ={})
    check_policy(loaded)
    policy = loaded.policy
    nobodys = (policy.vpc_endpoints, policy.custom_endpoints, policy.dns.servers)
    assert (policy.mode, policy.locked, policy.log.decisions, *nobodys) == (
        "enforce", False, "", (), (), (),
    )  # fmt: skip
    if terraform.exists():
        text = terraform.read_text()
        made = blocks(text)
        assert {kind for kind, *_ in made} <= {"variable", "data", "resource", "output"}
        names = [unquote(body["service_name"]) for key, body in made.items() if key[0] == "data"]
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in names)
        code = [each for each in text.splitlines() if not each.startswith("#")]
        assert sum("${" in each for each in code) == sum(
            "${entry.dns_name}" in each for each in code
        )


def write_policy(directory: Path, *lines: dict[str, Any]) -> tuple[int, Path]:
    log, policy = directory / "log", directory / "policy.toml"
    log.write_bytes(dump(lines))
    return main(["plan", str(log), "--policy", str(policy)]), policy


def test_settings_that_a_line_leaves_out_are_as_built_in(tmp_path: Path) -> None:
    """Of another release, or cut by hand: the rule loosens what the defaults do not name."""
    short = allowed("sts")
    del short["settings"]["private"]
    rule = {"name": "rules[0]", "reason": ""}
    status, policy = write_policy(tmp_path, short, allowed(demands={"private": "off"}, rule=rule))
    assert status == 0
    assert load(policy, environ={}).policy.rules[0].private == "off"


TIGHT = {"demands": {"private": "require"}, "rule": {"name": "rules[0]", "reason": ""}}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([allowed("kmss", **TIGHT)], 'rules[0].services: found "kmss"'),
        ([allowed(region="us-wst-2", **TIGHT)], "Did you mean us-west-2?"),
        ([allowed(operation="Encript", **TIGHT), allowed(demands={})], "Did you mean Encrypt?"),
        ([no_fips(f"s{number}") for number in range(1001)], "1000 items at most"),
    ],
    ids=["service", "region", "operation", "too many"],
)
def test_a_policy_that_would_not_load_is_not_written(
    lines: list[dict[str, Any]], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, policy = write_policy(tmp_path, allowed("sts", demands={}), *lines)
    out, err = capsys.readouterr()
    assert (status, out, err.count("\n"), policy.exists()) == (2, "", 1, False)
    assert "nothing is written" in err
    assert said in err
    assert main(["plan", str(tmp_path / "log")]) != 2  # the report is there all the same


WHOLE = dump([line()]).decode().strip()
ODD = {
    "an endless number": WHOLE.replace("4711", "1" * 5000),
    "an endless version": WHOLE.replace('"version": 1', f'"version": {"1" * 5000}'),
    "NaN": WHOLE.replace("4711", "NaN"),
    "infinity": WHOLE.replace("4711", "1e999"),
    "deep": WHOLE.replace("4711", "[" * 100_000),
    "deep where nobody looks": WHOLE.replace('"peer"', f'"x": {"[" * 9999 + "]" * 9999}, "peer"'),
    "a long host": WHOLE.replace("kms.us-east-1.amazonaws.com", f"{'a.' * 50_000}com"),
    "a day that is none": WHOLE.replace("2026-11-21", "2026-02-31"),
    "a last day that is none": WHOLE.replace(
        '"reason": ""}', '"reason": "", "expires": "2026-13-99"}'
    ),
    "endless": f'{{"version": 1, "service": "{"a" * (3 << 20)}"}}',
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_line_that_is_none_costs_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], odd: str
) -> None:
    log = tmp_path / "log"
    log.write_text(f"{odd}\n{WHOLE.replace('kms', 'sqs')}\n")
    assert plan([str(log)], as_json=True) == 1
    read = json.loads(capsys.readouterr().out)["read"]
    assert (read["lines"], read["broken"]) == (1, 1)


def test_a_line_from_the_future_prolongs_no_waiver(tmp_path: Path) -> None:
    log, written = tmp_path / "log", tmp_path / "policy.toml"
    log.write_bytes(dump([{**no_fips(), "time": "9999-12-31T05:33:29.123Z"}]))
    plan([str(log)], policy_file=str(written), today=datetime.date(2026, 11, 21))
    assert "expires = 2027-02-19" in written.read_text()


def test_many_endpoints_of_one_name_take_no_long_time(tmp_path: Path) -> None:
    log, terraform = tmp_path / "log", tmp_path / "endpoints.tf"
    hosts = (f"a{'-_'[number % 2]}{number // 2}.us-east-1.amazonaws.com" for number in range(4000))
    log.write_bytes(dump(line("kms", host=host) for host in hosts))
    assert plan([str(log)], terraform_file=str(terraform)) == 1
    assert len(blocks(terraform.read_text())) > 4000
