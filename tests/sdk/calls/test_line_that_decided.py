"""A refusal names the line of the policy that decided: in the error, in ``explain``, in the log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session
from msgspec import Struct
from msgspec.structs import replace

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.cli.explanation import as_text
from endpoint_router.codes import TABLE
from endpoint_router.policy.model import Settings
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.routing.case import Decision
from endpoint_router.routing.rendering import as_data
from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.explain import explain

PUBLIC = Answer("", "answered", ("52.94.0.10",), ttl=60.0)
FAILED = Answer("", "failed", detail="SERVFAIL")
ABSENT = Answer("", "absent", detail="NXDOMAIN")


class Told(Struct, frozen=True):
    """A refused call: the policy from line 2 on, how the client is made, and who spoke."""

    policy: str
    code: str
    setting: str
    line: int
    rule: str = "defaults"
    options: dict[str, Any] = {}
    service: str = "kms"
    answer: Answer = PUBLIC
    #: Where the setting itself stands, if that is not the line that is named.
    own_line: int = 0


REQUIRED = '[defaults]\nprivate = "require"'
ELSEWHERE = {"endpoint_url": "https://kms.gateway.example"}

TOLD = {
    "tls.unverified": Told(REQUIRED, "tls.unverified", "private", 3, options={"verify": False}),
    "tls.plaintext": Told(REQUIRED, "tls.plaintext", "private", 3, options={"use_ssl": False}),
    "region.unknown": Told(
        REQUIRED, "region.unknown", "private", 3, options={"region_name": "moon"}
    ),
    "endpoint_url.undeclared, because something is required": Told(
        REQUIRED, "endpoint_url.undeclared", "private", 3, options=ELSEWHERE
    ),
    "endpoint_url.undeclared, because it is denied": Told(
        '[defaults]\nprivate = "off"\nendpoint_url = "deny"',
        "endpoint_url.undeclared", "endpoint_url", 4, options=ELSEWHERE,
    ),
    "region.not_allowed": Told(
        '[defaults]\nfips = "prefer"\nallowed_regions = ["eu-*"]',
        "region.not_allowed", "allowed_regions", 4,
    ),
    "regional.global_host": Told(
        '[defaults]\nprivate = "off"\nregional = "require"',
        "regional.global_host", "regional", 4, service="s3", options={"region_name": "aws-global"},
    ),
    "tls.unverified, because dual-stack is required": Told(
        '[defaults]\nfips = "off"\ndual_stack = "require"',
        "tls.unverified", "dual_stack", 4, options={"verify": False},
    ),
    "private.public_address": Told(REQUIRED, "private.public_address", "private", 3),
    "private.unverified": Told(REQUIRED, "private.unverified", "private", 3, answer=FAILED),
    "fips.absent": Told(
        '[defaults]\nfips = "require"', "fips.absent", "fips", 3, service="mturk", answer=ABSENT
    ),
    "fips.no_basis, too weak for what is written": Told(
        '[defaults]\nfips = "require"\nfips_basis = "listed"',
        "fips.no_basis", "fips_basis", 4, service="mturk",
    ),
    "a rule that says so itself": Told(
        '[defaults]\nprivate = "off"\n\n[[rules]]\nservices = ["kms"]\nprivate = "require"',
        "private.public_address", "private", 5, "rules[0]", own_line=7,
    ),
    "a rule that leaves it to the defaults": Told(
        REQUIRED + '\n\n[[rules]]\nservices = ["kms"]\nfips = "prefer"',
        "private.public_address", "private", 3,
    ),
}  # fmt: skip


class Bent(Session):  # type: ignore[misc]
    """A session whose clients are made with these arguments, whoever makes them."""

    options: dict[str, Any]

    def create_client(self, *arguments: Any, **options: Any) -> Any:
        made = {**options, "region_name": "us-east-1", **self.options}
        return super().create_client(*arguments, **made)


@pytest.mark.parametrize("told", TOLD.values(), ids=TOLD)
def test_the_line_that_decided_is_named(told: Told, tmp_path: Path) -> None:
    path, log = tmp_path / "policy.toml", tmp_path / "log"
    path.write_text(f'version = 1\n{told.policy}\n[log]\ndecisions = "{log}"\n', encoding="utf-8")
    world = World(lookup=lambda _dns: lambda name, _timeout: replace(told.answer, name=name))
    installation = Installation(str(path), world=world, environ={})
    place = f"file {path}:{told.line}"

    session = Bent()
    session.options = told.options
    decision = explain(told.service, session=session, policy=installation)
    assert (decision.code, decision.setting) == (told.code, told.setting)
    assert decision.rule == f"{told.rule} ({place})"
    assert f"  rule       {told.rule} ({place})\n" in f"{as_text(decision)}\n"

    installation.claim(session)
    client = session.create_client(
        told.service,
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"total_max_attempts": 1}),
    )
    operation = {"s3": "list_buckets", "mturk": "list_hits"}.get(told.service, "list_keys")
    with pytest.raises((EndpointDenied, EndpointUnverified)) as caught:
        getattr(client, operation)()
    assert caught.value.rule == f"{told.rule} ({place})"
    assert f"by {told.rule} ({place}): " in str(caught.value)

    record = json.loads(log.read_text("utf-8").splitlines()[-1])
    assert (record["code"], record["setting"]) == (told.code, told.setting)
    written = f"file {path}:{told.own_line or told.line}"
    assert record["settings"][told.setting]["origin"] == written


@pytest.fixture(scope="module")
def allowed() -> Decision:
    world = World(lookup=lambda _dns: lambda name, _timeout: replace(PUBLIC, name=name))
    policy = {"defaults": {"dual_stack": "require"}}
    installation = Installation(policy, world=world, environ={})
    return explain("s3", region="us-east-1", policy=installation, session=Session())


@pytest.mark.parametrize(
    ("code", "setting", "outcome"),
    [
        ("guard.changed", "dual_stack", "denied"),
        ("route.changed", "dual_stack", "unverified"),
        ("private.peer", "private", "denied"),
        ("private.unverified", "private", "unverified"),
    ],
)
def test_what_comes_up_later_is_said_by_the_codes_own_setting_or_what_binds_the_call(
    allowed: Decision, code: str, setting: str, outcome: str
) -> None:
    assert allowed.allowed
    assert (allowed.setting, allowed.chosen) == ("dual_stack", allowed.about)
    overruled = allowed.overruled(code, "Something came up.", "Try again.")
    assert (overruled.setting, overruled.outcome) == (setting, outcome)
    assert overruled.rule == f"defaults ({'code' if setting == 'dual_stack' else 'default'})"
    assert (overruled.chosen, overruled.refused) == (None, allowed.chosen)
    # Which candidate it was is told by a field, and stays told.
    assert [one["chosen"] for one in as_data(overruled)["candidates"]] == [True]
    assert as_data(overruled)["setting"] == setting
    assert as_data(allowed)["setting"] == ""


def test_every_code_that_names_a_setting_names_one_that_there_is() -> None:
    assert {row.setting for row in TABLE.values()} - {""} <= set(Settings.__struct_fields__)
