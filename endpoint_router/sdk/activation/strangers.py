"""Clients that nobody here knows how to route: a fork's, or of another copy of botocore.

Where nothing is demanded of their calls, and in report mode, they are left alone, with one warning;
else each call is refused. They are never broken otherwise, and never let through in silence.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from ... import codes
from ...aws.hosts import host_of
from ...errors import EndpointDenied
from ...policy.model import Settings
from ...policy.rules import WEAKEST, Demands, SpokenRule, applied, expired, speak
from ...router import Router
from ...routing.judging import demanding, first_demand
from ...routing.remedies import INSTALLED
from ..calls.left_alone import LeftAlone
from ..calls.refusing import RefusingClient

__all__ = ["Strangers"]

logger = logging.getLogger("endpoint_router")


class Strangers:
    """The clients of one policy that cannot be routed."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._warned = False

    def left_alone(self, parts: Mapping[str, Any], why: str) -> LeftAlone:
        """For the client with these constructor arguments; *why* it cannot be routed."""
        if not self._warned:
            self._warned = True
            logger.warning(
                "endpoint_router: a client of %s is not routed, because %s. %s",
                _service(parts) or "an unknown service",
                why,
                f"{INSTALLED}.",
            )
        return LeftAlone()

    def wrapper(self, parts: Mapping[str, Any], why: str) -> LeftAlone | RefusingClient:
        """The same; refused where something is demanded."""
        demands = self._demands(parts)
        if demands is None:
            return self.left_alone(parts, why)
        setting = first_demand(demands.settings)
        service, region = _service(parts), _region(parts)
        endpoint = parts.get("endpoint")
        host = host_of(str(getattr(endpoint, "host", ""))) or "an unknown host"
        rule = f"{demands.rule.name} ({demands.origins[setting]})"
        reason = f"{setting} is demanded, and the client cannot be routed, because {why}."

        remedy = f"{INSTALLED}, or {_waiver(service, demands)}."

        def refusal(operation: str) -> EndpointDenied:
            return EndpointDenied(
                code=codes.CLIENT_UNKNOWN,
                service=service or "unknown",
                operation=operation,
                region=region,
                host=host,
                rule=rule,
                reason=reason,
                remedy=remedy,
            )

        count = self._router.world.counters.of_refusal(codes.CLIENT_UNKNOWN, service)
        return RefusingClient(refusal, parts, count, is_strange=True)

    def _demands(self, parts: Mapping[str, Any]) -> Demands | None:
        """What is demanded of some call of the client; ``None`` if nothing is."""
        loaded, today = self._router.loaded, self._router.world.today()
        service = _service(parts)
        demands = speak(
            loaded,
            service=service,
            operation="",
            region=_region(parts),
            partition=str(parts.get("partition") or ""),
            today=today,
        )
        if demanding(demands.settings):
            return demands
        # Which operations it will call, nobody knows; perhaps not even which service it is of.
        for index, rule in enumerate(loaded.policy.rules):
            globs = loaded.parsed.selectors[index].services
            is_about = not (service and globs.texts) or globs.match(service)
            if expired(rule, today) or not is_about:
                continue
            settings = applied(rule, loaded.policy.defaults)
            if demanding(settings) and (rule.operations or not service):
                return Demands(settings, demands.origins, SpokenRule(f"rules[{index}]"))
            if demands.rule.name == f"rules[{index}]":
                break  # no later one speaks
        return None


def _waiver(service: str, demands: Demands) -> str:
    """The rule under which nothing is demanded of *service*."""
    waived = [f'services = ["{service}"]'] if service else []
    for name, weakest in WEAKEST.items():
        alone = Settings(**{name: getattr(demands.settings, name)})
        if demanding(alone):
            waived.append(f"{name} = {json.dumps(weakest)}")
    first = "" if demands.rule.name == "defaults" else f" before {demands.rule.name}"
    return f"add a rule{first} with {', '.join(waived)} and a reason"


def _service(parts: Mapping[str, Any]) -> str:
    return str(getattr(parts.get("service_model"), "service_name", "") or "")


def _region(parts: Mapping[str, Any]) -> str:
    return str(getattr(parts.get("client_config"), "region_name", "") or "")
