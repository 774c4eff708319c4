"""``explain`` shows each setting that is not left at its default, with who said so."""

from __future__ import annotations

from typing import Any

from endpoint_router.cli.explanation import as_text
from endpoint_router.policy.model import Settings
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.explain import explain

OTHER: dict[str, Any] = {
    "fips": "require",
    "fips_basis": "attested",
    "private": "off",
    "dual_stack": "prefer",
    "regional": "require",
    "allowed_regions": ["us-*", "eu-*"],
    "endpoint_url": "deny",
    "presigned": "routed",
    "account_id_hosts": "off",
}


def shown(settings: dict[str, Any]) -> list[str]:
    """The lines about settings."""

    def public(name: str, _timeout: float) -> Answer:
        return Answer(name, "answered", ("52.94.0.10",), ttl=60.0)

    world = World(lookup=lambda _dns: public)
    installation = Installation({"defaults": settings}, world=world, environ={})
    decision = explain("sts", region="us-east-1", policy=installation)
    return [line.strip() for line in as_text(decision, verbose=True).splitlines() if " = " in line]


def test_all_of_them_in_their_order() -> None:
    assert tuple(OTHER) == Settings.__struct_fields__
    texts = {**OTHER, "allowed_regions": "us-*, eu-*"}
    assert shown(OTHER) == [f"{name} = {text}  (code)" for name, text in texts.items()]


def test_each_one_alone() -> None:
    for name in ("fips_basis", "presigned", "account_id_hosts"):
        assert shown({name: OTHER[name]}) == [f"{name} = {OTHER[name]}  (code)"]


def test_defaults_are_not_worth_a_line() -> None:
    assert shown({}) == shown({"fips": "off", "private": "prefer"}) == []
