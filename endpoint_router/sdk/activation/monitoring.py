"""botocore's client-side monitoring: datagrams that go past every policy, and the warning of them.

With ``csm_enabled`` botocore tells a host of one's choice of each call: access key id, operation,
host. That is no request, so nothing here routes it or holds it back.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from ...policy.loaded import LoadedPolicy
from ...policy.rules import applied
from ...routing.judging import demanding


def warning_of(session: Any, loaded: LoadedPolicy) -> str:
    """Where monitored calls of *session*'s clients are told; empty where that is no concern.

    It is none on this machine, and where nothing is demanded.
    """
    host = str(session.get_config_variable("csm_host") or "")
    if _is_here(host) or not _binds(session, loaded):
        return ""
    return (
        f"client-side monitoring (csm_enabled) tells {host!r} of each call: access key id, "
        "operation and host, by no policy. Set AWS_CSM_ENABLED=false, or AWS_CSM_HOST=127.0.0.1"
    )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() in ("", "localhost")


def _binds(session: Any, loaded: LoadedPolicy) -> bool:
    """Does the policy, or botocore's own setting, demand anything of any call?"""
    policy = loaded.policy
    if policy.mode == "off":
        return False
    settings = [policy.defaults, *(applied(rule, policy.defaults) for rule in policy.rules)]
    return bool(session.get_config_variable("use_fips_endpoint")) or any(map(demanding, settings))
