"""What is wrong with a policy is told in the words that it is written in, and with a way out.

Whoever reads the message may never have seen Python: no ``None``, no ``True``, no tuple.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from endpoint_router.errors import PolicyError
from endpoint_router.policy import environment
from endpoint_router.policy.keys import keys_of
from endpoint_router.policy.load import load
from endpoint_router.policy.model import (
    CustomEndpoint,
    GatewayEndpoint,
    InterfaceEndpoint,
    Policy,
    Rule,
)
from endpoint_router.policy.paths import TABLES
from endpoint_router.policy.quoting import quote

VPCE = "vpce-0a-1b.kms.us-east-1.vpce.amazonaws.com"
#: What Python says of values, and TOML does not.
PYTHON = re.compile(
    r"None|True|False|\(\)|\(\w*[\"'].*,\)|dict\b|tuple|datetime|<\w+ |<class|codec|Traceback|b'"
    r"|recursion|int_max_str|object at 0x|NoneType|\binf\b.*float|\bstr\b|errno",
)
#: One value of each kind that TOML, JSON or code can hold; each is wrong somewhere.
WRONG: dict[str, Any] = {
    "true": True,
    "false": False,
    "null": None,
    "a number": 7,
    "less than nothing": -1.5,
    "no number": float("nan"),
    "an endless number": 10**400,
    "text": "requried",
    "nothing": "",
    "blank": " ",
    "half a character": "\ud800",
    "a control character": "\x1b[2J",
    "an empty list": [],
    "a list": ["us-gov-*", "a b"],
    "a list of numbers": [1, 2.5],
    "a list of nothing": [None],
    "a list of lists": [[[[["x"]]]]],
    "a tuple": ("us-gov-*",),
    "an empty table": {},
    "a table": {"a b": True, "c": None},
    "a list of tables": [{"x": ()}],
    "a day": datetime.date(2027, 3, 31),
    "a moment": datetime.datetime(2027, 3, 31, tzinfo=datetime.timezone.utc),
    "an hour": datetime.time(7, 30),
}


def places() -> Iterator[tuple[str, Any]]:
    """Each key of the model, and how to put a value there."""
    for name in keys_of(Policy):
        yield name, lambda value, name=name: {name: value}
        for key in keys_of(TABLES[name]) if name in TABLES else ():
            yield (
                f"{name}.{key}",
                lambda value, name=name, key=key: {name: {key: value}},
            )
    items: tuple[tuple[str, type[msgspec.Struct], dict[str, Any]], ...] = (
        ("rules", Rule, {}),
        ("vpc_endpoints", InterfaceEndpoint, {"dns_names": [VPCE]}),
        (
            "vpc_endpoints",
            GatewayEndpoint,
            {"type": "gateway", "service": "s3", "region": "us-east-1"},
        ),
        ("custom_endpoints", CustomEndpoint, {"url": "https://a.example", "services": ["s3"]}),
    )
    for name, struct, usual in items:
        for key in (*keys_of(struct), "type", "unknown"):
            yield (
                f"{name}[].{key} of {struct.__name__}",
                lambda value, name=name, key=key, usual=usual: {name: [{**usual, key: value}]},
            )


PLACES = dict(places())


def in_words_of_toml(text: str) -> None:
    assert text.isprintable()
    # What the policy says is no word of ours.
    bare = re.sub(r'"[^"]*"', '""', text)
    assert not PYTHON.search(bare), text


@pytest.mark.parametrize("place", PLACES)
def test_no_python_in_what_is_said_of_a_wrong_value(place: str) -> None:
    refused = 0
    for value in WRONG.values():
        policy = PLACES[place](value)
        locked = json.dumps({"version": 1, "locked": True, "defaults": {"fips": "require"}})
        for environ in ({}, {"ENDPOINT_ROUTER_POLICY": locked}):
            try:
                load(policy, environ=environ)
            except PolicyError as error:
                in_words_of_toml(str(error))
                refused += 1
    assert refused


@pytest.mark.parametrize("variable", environment.VARIABLES, ids=lambda variable: variable.suffix)
def test_no_python_in_what_is_said_of_a_variable(variable: environment.Variable) -> None:
    refused = 0
    for text in ("x=", "{", "[]", "0x", "\ud800", "-1", "1e999", "~\0", "a" * 999):
        try:
            load(environ={variable.name: text})
        except PolicyError as error:
            in_words_of_toml(str(error))
            refused += 1
    assert refused


_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.datetimes()
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=9),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(), inner, max_size=9),
    ),
)


@given(_VALUES)
@example(10**5000)
@example([[[[[]]]]])
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_value_is_shown_in_a_short_line(value: Any) -> None:
    text = quote(value)
    assert len(text) <= 82
    assert text.isprintable()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (None, "null"),
        ((), "[]"),
        (("us-gov-*",), '["us-gov-*"]'),
        ({"fips": "off", "a b": [1, 2.5]}, '{fips = "off", "a b" = [1, 2.5]}'),
        (datetime.date(2027, 3, 31), "2027-03-31"),
        (list(range(9)), "[0, 1, 2, 3, 4, 5, ...]"),
        ("a\nb", r'"a\nb"'),
        (10**400, "an integer of 1329 bits"),
    ],
)
def test_values_are_shown_as_toml_writes_them(value: object, shown: str) -> None:
    assert quote(value) == shown


# --- the way out


@pytest.mark.parametrize(
    ("policy", "hint"),
    [
        ({"fips": "require"}, "It belongs under [defaults]."),
        ({"private": "require"}, "It belongs under [defaults]."),
        ({"private": ["10.0.0.0/8"]}, "It belongs under [network]."),
        ({"timeout": 3}, "It belongs under [dns]."),
        ({"services": ["s3"]}, "It belongs under [[rules]] or under [[custom_endpoints]]."),
        ({"url": "https://a"}, "It belongs under [[custom_endpoints]]."),
        ({"fips": True}, "It belongs under [[vpc_endpoints]] with type = \"interface\" or under "
         "[[custom_endpoints]]."),
        ({"defaults": {"mode": "report"}}, "It belongs at the top level, before the first table."),
        ({"network": {"fips": "off"}}, "It belongs under [defaults]."),
        ({"rules": [{"zone": "us-east-1a"}]}, "It belongs under [network]."),
        (
            {"vpc_endpoints": [{"service": "s3", "region": "us-east-1"}]},
            'It belongs under [[vpc_endpoints]] with type = "gateway".',
        ),
        # A slip is a slip, though another table has a key of that name.
        ({"rules": [{"service": ["s3"]}]}, "Did you mean 'services'?"),
        ({"default": {}}, "Did you mean 'defaults'?"),
        ({"nonsense": 1}, ""),
        # The right key, written in another way.
        ({"rules": {"fips": "off"}}, "In TOML, each begins with [[rules]]."),
        ({"defaults": [{"fips": "off"}]}, "In TOML, it begins with [defaults]."),
        ({"defaults": {"allowed_regions": "us-*"}}, 'Write ["us-*"], a list of one.'),
        ({"locked": "true"}, "Write true, without quotes."),
        ({"rules": [[]]}, ""),
        ({"vpc_endpoints": "x"}, ""),
    ],
)  # fmt: skip
def test_a_way_out(policy: dict[str, Any], hint: str, refusal: Any) -> None:
    assert refusal(policy).hint == hint


def test_what_a_way_out_proposes_is_taken(loaded: Any) -> None:
    assert loaded({"defaults": {"fips": "require"}}).policy.defaults.fips == "require"
    assert loaded({"defaults": {"allowed_regions": ["us-*"]}})
    assert loaded({"network": {"private": ["10.0.0.0/8"]}})


# --- endpoints that do not say their type


def test_an_endpoint_without_a_type_is_an_interface(loaded: Any, write: Any) -> None:
    short = loaded(write(f'version = 1\n[[vpc_endpoints]]\ndns_names = ["{VPCE.upper()}"]\n'))
    full = loaded({"vpc_endpoints": [{"type": "interface", "dns_names": [VPCE]}]})
    assert short.policy == full.policy
    assert short.digest() == full.digest()
    assert str(short.origin("vpc_endpoints[0]")).endswith(":2")


def test_its_layers_are_joined_and_locked_as_any_other(loaded: Any, refusal: Any) -> None:
    locked = {"version": 1, "locked": True, "vpc_endpoints": [{"dns_names": [VPCE]}]}
    environ = {"ENDPOINT_ROUTER_POLICY": json.dumps(locked)}
    more = {"vpc_endpoints": [{"dns_names": [VPCE.replace("kms", "sqs")]}]}
    names = [one.dns_names[0] for one in loaded(more, environ).policy.vpc_endpoints]
    assert names == [VPCE.replace("kms", "sqs"), VPCE]
    more["vpc_endpoints"][0] |= {"fips": True, "reason": "r"}
    assert refusal(more, environ).code == "policy.locked"
