"""Cases of one call, and verdicts of DNS that settle them: no I/O at all."""

from __future__ import annotations

import datetime
from typing import Any

from msgspec.structs import replace

from endpoint_router.policy.declared_endpoints import parse_interface
from endpoint_router.policy.load import load
from endpoint_router.policy.model import InterfaceEndpoint
from endpoint_router.policy.rules import speak
from endpoint_router.routing.answer import Answer, Question
from endpoint_router.routing.candidates import Resolved, from_rulesets, ordered
from endpoint_router.routing.case import ApiCall, Case, Decision
from endpoint_router.routing.decision import decide
from endpoint_router.routing.declared import HostTable
from endpoint_router.routing.networks import Trusted
from endpoint_router.routing.variants import Variant

PLAIN, FIPS = "kms.us-east-1.amazonaws.com", "kms-fips.us-east-1.amazonaws.com"
VPCE = "vpce-0a-1b.kms.us-east-1.vpce.amazonaws.com"
VPCE_FIPS = "vpce-0a-1b.kms-fips.us-east-1.vpce.amazonaws.com"
PRIVATE, PUBLIC = "10.20.0.10", "52.94.0.10"

SAYINGS: dict[str, dict[str, Any]] = {
    "private": {"status": "answered", "addresses": (PRIVATE,)},
    "public": {"status": "answered", "addresses": (PUBLIC,)},
    "mixed": {"status": "answered", "addresses": (PRIVATE, PUBLIC)},
    "absent": {"status": "absent", "detail": "NXDOMAIN"},
    "failed": {"status": "failed", "detail": "SERVFAIL"},
    "closed": {"status": "answered", "addresses": (PRIVATE,), "reachable": False},
}


def case(
    demands: dict[str, Any],
    declared: tuple[str, ...] = (),
    basis: str = "ruleset",
    proxy: str = "",
    **more: Any,
) -> Case:
    loaded = load({"defaults": demands}, environ={})
    spoken = speak(
        loaded,
        service="kms",
        operation="Encrypt",
        region="us-east-1",
        partition="aws",
        today=datetime.date(2026, 1, 1),
    )
    found = []
    for host, fips in ((FIPS, True), (PLAIN, False)):
        if spoken.settings.fips == "prefer" or fips == (spoken.settings.fips == "require"):
            found.append(
                Resolved(
                    Variant(fips=fips),
                    origin=f"https://{host}",
                    bare_origin=f"https://{host}",
                    host=host,
                    probe_name=host,
                    signing_name="kms",
                    signing_region="us-east-1",
                    fips_basis=basis if fips else None,  # type: ignore[arg-type]
                )
            )
    table = HostTable(
        tuple(
            parse_interface(InterfaceEndpoint(dns_names=(name,)), index)
            for index, name in enumerate(declared)
        )
    )
    candidates = [
        replace(one, proxy=proxy)
        for one in from_rulesets(found, table if spoken.settings.private != "off" else HostTable())
    ]
    return Case(
        call=ApiCall("kms", "Encrypt", "us-east-1", "aws", client_region="us-east-1"),
        demands=spoken,
        candidates=ordered(candidates, spoken),
        trusted=Trusted(loaded.parsed.networks),
        resolved=tuple(found),
        **more,
    )


def settle(asked: Case, says: dict[str, str]) -> Decision:
    """Ask until decided; a name that the table leaves out fails the test."""
    answers: dict[Question, Answer] = {}
    for _ in range(5):
        result = decide(asked, answers)
        if isinstance(result, Decision):
            return result
        for question in result.questions:
            facts = dict(SAYINGS[says[question.name]])
            if question.port is None:
                facts.pop("reachable", None)
            answers[question] = Answer(question.name, **facts)
    raise AssertionError("it never decides")


BOTH = (VPCE, VPCE_FIPS)
