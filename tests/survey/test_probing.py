"""What a probe is about where nobody names services, and what counts as broken then."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import Session
from msgspec.structs import replace

from endpoint_router.policy.load import load
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.survey.probed import Host
from endpoint_router.survey.probing import Prober
from tests.support.lab_client import KMS_VPCE, REGION

FIPS = {"defaults": {"fips": "require"}}
ENDPOINT = {"type": "interface", "dns_names": [KMS_VPCE]}


@pytest.mark.parametrize(
    ("policy", "services"),
    [
        ({"rules": [{"services": ["sqs", "kms"], "fips": "require"}]}, ("kms", "sqs")),
        ({"vpc_endpoints": [ENDPOINT]}, ("kms",)),
        ({"defaults": {"allowed_regions": ["us-*"]}, "vpc_endpoints": [ENDPOINT]}, ("kms",)),
        (FIPS, ()),
        ({"defaults": {"dual_stack": "prefer"}}, ()),
    ],
)
def test_without_a_service_those_of_the_policy(
    policy: dict[str, Any], services: tuple[str, ...]
) -> None:
    session = Session()
    prober = Prober(load({"version": 1, **policy}, environ={}), session, World())
    subject = prober.subject((), (REGION,))
    assert subject.of_all is not bool(services)
    assert subject.services == (services or tuple(session.get_available_services()))


def test_what_is_not_there_counts_for_nothing_where_nobody_named_it() -> None:
    """Of all of AWS's services some are not in this region."""
    absent = Answer("x.example", "absent", detail="NXDOMAIN")
    named = Host(
        "x.example", "x.example", "https", 443, "", "", ("x",), "chosen", "absent", absent, 0.1
    )
    assert named.is_broken
    assert not replace(named, is_guess=True).is_broken
    silent = replace(absent, status="failed")
    assert replace(named, is_guess=True, answer=silent, verdict="failed").is_broken
