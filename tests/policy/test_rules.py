"""Which rule speaks, what it demands, and what an application can raise."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint_router.policy.globs import Globs, Selectors
from endpoint_router.policy.loaded import LoadedPolicy
from endpoint_router.policy.model import Policy, Rule, Settings
from endpoint_router.policy.origins import DEFAULT, Origin
from endpoint_router.policy.rules import (
    GRADED,
    ORDER,
    Demands,
    SpokenRule,
    expired,
    loosens,
    speak,
    weaker,
)

TODAY = datetime.date(2026, 6, 1)


def demands(
    *rules: Rule,
    defaults: Settings | None = None,
    service: str = "s3",
    operation: str = "PutObject",
    region: str = "us-gov-west-1",
    partition: str = "aws-us-gov",
    application_fips: bool = False,
) -> Demands:
    return speak(
        LoadedPolicy.of(Policy(defaults=defaults or Settings(), rules=rules)),
        service=service,
        operation=operation,
        region=region,
        partition=partition,
        today=TODAY,
        application_fips=application_fips,
    )


@pytest.mark.parametrize(
    ("selectors", "matches"),
    [
        ({}, True),
        ({"services": ("s3",)}, True),
        ({"services": ("S3",)}, True),
        ({"services": ("s3*",)}, True),
        ({"services": ("kms", "s?")}, True),
        ({"services": ("[rs]3",)}, True),
        ({"services": ("s",)}, False),
        ({"services": ("s3control",)}, False),
        ({"operations": ("putobject",)}, True),
        ({"operations": ("Put*",)}, True),
        ({"operations": ("Get*",)}, False),
        ({"regions": ("us-gov-*",)}, True),
        ({"regions": ("US-GOV-WEST-1",)}, True),
        ({"regions": ("us-east-1",)}, False),
        ({"partitions": ("aws-us-gov",)}, True),
        ({"partitions": ("aws",)}, False),
        ({"services": ("s3",), "regions": ("us-gov-*",), "operations": ("*Object",)}, True),
        ({"services": ("s3",), "regions": ("us-east-1",)}, False),
        ({"services": ("kms",), "regions": ("us-gov-*",)}, False),
    ],
)
def test_selectors(selectors: dict[str, Any], matches: bool) -> None:
    found = demands(Rule(**selectors, dual_stack="require", reason="r"))
    assert found.rule.name == ("rules[0]" if matches else "defaults")
    assert found.settings.dual_stack == ("require" if matches else "off")
    assert found.rule.reason == ("r" if matches else "")


@pytest.mark.parametrize(
    ("regions", "matches"),
    [((), True), (("*",), True), (("us-*", "*"), True), (("us-*",), False), (("?*",), False)],
)
def test_a_service_without_a_region(regions: tuple[str, ...], matches: bool) -> None:
    found = demands(Rule(regions=regions, dual_stack="require"), region="")
    assert (found.rule.name == "rules[0]") is matches


def test_the_first_match_wins_and_the_rest_comes_from_the_defaults() -> None:
    found = demands(
        Rule(services=("kms",), fips="off"),
        Rule(services=("s3",), private="require"),
        Rule(fips="off", private="off"),
        defaults=Settings(fips="require", allowed_regions=("us-*",), presigned="routed"),
    )
    settings = Settings(
        fips="require", private="require", allowed_regions=("us-*",), presigned="routed"
    )
    origins = dict.fromkeys(Settings.__struct_fields__, DEFAULT)
    assert found == Demands(
        settings, origins, SpokenRule("rules[1]", names_service=True, sets=frozenset({"private"}))
    )


def test_demands_are_frozen() -> None:
    with pytest.raises(AttributeError):
        demands().settings = Settings()  # type: ignore[misc]


def test_an_empty_list_in_a_rule_is_a_setting() -> None:
    found = demands(Rule(allowed_regions=()), defaults=Settings(allowed_regions=("us-*",)))
    assert found.settings.allowed_regions == ()


@pytest.mark.parametrize(
    ("expires", "ended"),
    [
        (None, False),
        (TODAY + datetime.timedelta(days=1), False),
        (TODAY, False),
        (TODAY - datetime.timedelta(days=1), True),
    ],
)
def test_a_rule_ends_after_the_day_it_names(expires: datetime.date | None, ended: bool) -> None:
    rule = Rule(private="off", reason="r", expires=expires)
    assert expired(rule, TODAY) is ended
    found = demands(rule, Rule(private="require"))
    assert found.settings.private == ("require" if ended else "off")
    assert found.rule.name == ("rules[1]" if ended else "rules[0]")


@pytest.mark.parametrize(
    ("rule", "fips", "names_service"),
    [
        (None, "require", False),
        (Rule(services=("s3",), fips="off"), "off", True),
        (Rule(services=("s3",), fips="prefer"), "prefer", True),
        (Rule(services=("s*",), fips="off"), "off", True),
        (Rule(services=("*", "s3"), fips="off"), "off", True),
        (Rule(services=("s3",)), "require", True),
        (Rule(services=("*",), fips="off"), "require", False),
        (Rule(services=("**",), fips="off"), "require", False),
        (Rule(services=("*", "kms"), fips="off"), "require", False),
        (Rule(fips="off"), "require", False),
        (Rule(regions=("us-*",), fips="prefer"), "require", False),
        (Rule(services=("kms",), fips="off"), "require", False),
    ],
)
@pytest.mark.parametrize("default", ["off", "prefer", "require"])
def test_an_application_raises_fips(
    rule: Rule | None, fips: str, names_service: bool, default: Any
) -> None:
    rules = (rule,) if rule else ()
    found = demands(*rules, defaults=Settings(fips=default), application_fips=True)
    assert found.settings.fips == fips
    assert found.rule.names_service is names_service
    without = demands(*rules, defaults=Settings(fips=default))
    raised = without.settings.fips != fips
    assert (found.origins["fips"] == Origin("application")) is raised
    assert not weaker("fips", found.settings.fips, without.settings.fips)


def test_origins(loaded: Any) -> None:
    result = loaded(
        {"rules": [{"services": ["s3"], "private": "require"}]},
        {"ENDPOINT_ROUTER_FIPS": "require"},
    )
    found = speak(result, service="s3", operation="", region="", partition="", today=TODAY)
    assert found.origins["private"] == found.rule.origin == Origin("code")
    assert found.origins["fips"] == Origin("variable", "ENDPOINT_ROUTER_FIPS")
    assert found.origins["dual_stack"] == DEFAULT
    other = speak(result, service="kms", operation="", region="", partition="", today=TODAY)
    assert (other.rule.name, other.rule.origin, other.origins["private"]) == (
        "defaults",
        DEFAULT,
        DEFAULT,
    )


def test_origins_of_rules_have_lines(write: Any, loaded: Any) -> None:
    path = write('version = 1\n[[rules]]\nservices = ["s3"]\nfips = "require"\n')
    found = speak(loaded(path), service="s3", operation="", region="", partition="", today=TODAY)
    assert str(found.origins["fips"]) == f"file {path}:4"
    assert str(found.rule.origin) == f"file {path}:2"


@pytest.mark.parametrize("key", sorted(set(ORDER) - {"mode"}))
def test_loosens(key: str) -> None:
    order = ORDER[key]
    for low, weak in enumerate(order):
        for high, strong in enumerate(order):
            rule = Rule(**{key: weak})  # type: ignore[arg-type]
            defaults = Settings(**{key: strong})  # type: ignore[arg-type]
            assert loosens(rule, defaults) == ((key,) if low < high else ())


@pytest.mark.parametrize(
    ("new", "old", "loose"),
    [
        ((), (), False),
        (("us-*",), (), False),
        ((), ("us-*",), True),
        (("us-*",), ("us-*",), False),
        (("US-*",), ("us-*",), False),
        (("us-east-1",), ("us-*",), True),  # compared as text: simple and conservative
        (("us-*",), ("us-*", "eu-*"), False),
        (("us-*", "ap-*"), ("us-*", "eu-*"), True),
    ],
)
def test_loosens_allowed_regions(new: tuple[str, ...], old: tuple[str, ...], loose: bool) -> None:
    rule, defaults = Rule(allowed_regions=new), Settings(allowed_regions=old)
    assert bool(loosens(rule, defaults)) is loose


def test_free_settings_do_not_loosen() -> None:
    assert not loosens(Rule(presigned="public"), Settings(presigned="routed"))
    assert not loosens(Rule(account_id_hosts="auto"), Settings(account_id_hosts="off"))
    assert {*GRADED, "presigned", "account_id_hosts"} == set(Settings.__struct_fields__)


@given(st.text(max_size=8), st.text(alphabet="ab*?[]!-", max_size=8))
def test_any_glob_and_name(name: str, glob: str) -> None:
    selectors = Selectors(services=Globs((glob,)))
    found = selectors.match(service=name, operation="", region="", partition="")
    assert found is Globs((glob,)).match(name)
    assert found or not selectors.names(name)
