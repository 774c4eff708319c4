"""What a call's parameters put into a host is taken out again: a log is read by many.

Bucket names, access points, account ids and other labels of a call (design rule: they are masked in
logs and in what makes two decisions the same) stand at the front of hosts. Pure: strings in,
strings out, from what one :class:`~endpoint_router.routing.case.Decision` knows.
"""

from __future__ import annotations

import re
from typing import Any

from ..aws.dns_suffixes import AWS_SUFFIXES
from ..aws.hosts import mask
from .candidates import Resolved
from .case import Decision

# A host in a sentence or URL: labels and dots, without a full stop behind it.
_HOST = re.compile(r"[\w*-]+(?:\.[\w*-]+)+")
# botocore quotes what it was given, which may hold quotes and line breaks itself, and leaves ARNs,
# parts of them and account ids bare: from the first of these on nothing is left.
_GIVEN = re.compile(
    r"""[`"].*|\barn:.*|(?<=found )(?=\S).*|(?<=found: ).*|(?<=Partition: ).*|\b\d{12}\b""",
    re.DOTALL | re.IGNORECASE,
)
#: How the DNS names of VPC endpoints end.
_VPCE = tuple(f".vpce.{suffix}" for suffix in AWS_SUFFIXES)
#: What stands for labels of a call.
_STAR = "*."


class Mask:
    """The hosts of one decision as anybody may read them. ``mask(text)`` replaces all in *text*."""

    def __init__(self, decision: Decision) -> None:
        self._service = decision.service
        candidates = [considered.candidate for considered in decision.candidates]
        #: Leading labels that came from the call, the longest first.
        veils = {veil for each in candidates if (veil := _veil(each.resolved, self._service))}
        self._veils = sorted(veils, key=len, reverse=True)
        # AWS's own names, though a bucket may be called ``s3``.
        resolved = [each.resolved for each in candidates]
        self._plain = {name for each in resolved if (name := each.probe_name) != each.host}
        self._plain |= {each.dials for each in candidates}

    def __call__(self, text: str) -> str:
        return _HOST.sub(lambda host: self._host(host[0]), text)

    def _host(self, host: str) -> str:
        lowered = host.lower()
        if lowered in self._plain:
            return host
        veil = next((each for each in self._veils if lowered.startswith(each)), "")
        rest = host[len(veil) :]
        # A declared endpoint's own name is no secret: ``bucket.vpce-….s3.us-east-1.vpce.…``.
        if not lowered.endswith(_VPCE):
            rest = mask(self._service, rest)
        return f"{_STAR}{rest.removeprefix(_STAR)}" if veil else rest


def _veil(resolved: Resolved, service: str) -> str:
    """The front of the resolved host that only the call knows; empty if there is none."""
    if resolved.veil:
        return resolved.veil
    shown = mask(service, resolved.host)
    if resolved.host.endswith(_VPCE) or shown == resolved.host:
        return ""
    return resolved.host.removesuffix(shown.removeprefix(_STAR))


def masked(decision: Decision, data: dict[str, Any]) -> dict[str, Any]:
    """*data*, the plain form of *decision*, without what the call's parameters put into it."""
    hide = Mask(decision)
    reason = data["reason"]
    if not decision.candidates:  # botocore's own words about the parameters
        reason = _GIVEN.sub("*", reason)
    return {
        **data,
        "reason": hide(reason),
        "remedy": hide(data["remedy"]),
        "host": hide(data["host"]),
        "dials": hide(data["dials"]),
        **{key: [_hidden(item, hide) for item in data[key]] for key in ("candidates", "evidence")},
    }


def _hidden(item: dict[str, Any], hide: Mask) -> dict[str, Any]:
    return {key: hide(value) if isinstance(value, str) else value for key, value in item.items()}
