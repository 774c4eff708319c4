"""Proxies against the hosts that calls are routed to: who carries what.

A proxy looks names up by itself, so behind it nothing is private: an endpoint that is to be reached
directly has to be in ``NO_PROXY``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

from msgspec import Struct

from ..aws.hosts import origin_of, without_user
from ..policy.loaded import LoadedPolicy
from ..policy.rules import applied
from ..printable import printable
from ..router import table_of
from ..sdk.connections.proxies import Proxies
from .finding import Judged, amber, green, red

__all__ = ["CHECKS", "SeenProxies", "SeenRoute", "look"]

_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class SeenRoute(Struct, frozen=True):
    """A host that calls go to."""

    host: str
    #: Without credentials; empty for a direct connection.
    proxy: str
    #: Is it a declared VPC endpoint?
    is_endpoint: bool = False


class SeenProxies(Struct, frozen=True):
    """What carries the calls."""

    #: As ``HTTPS_PROXY=http://proxy:3128``, without credentials.
    variables: tuple[str, ...]
    routes: tuple[SeenRoute, ...]
    #: Is anything required to be private?
    needs_private: bool = False


def look(loaded: LoadedPolicy, public: str, environ: Mapping[str, str] = os.environ) -> SeenProxies:
    """Who carries calls to the policy's endpoints, and to *public*, a host of AWS's.

    :param environ: what is shown; which proxy carries a call, botocore reads in ``os.environ``.
    """
    proxies = Proxies(None, None, time.monotonic)
    policy = loaded.policy
    routes: dict[str, SeenRoute] = {}
    for pattern, serving in table_of(loaded.parsed).patterns:
        host = (pattern if serving.by_address else serving.target).replace("*.", "any.", 1)
        dialled = serving.dials.replace("*.", "any.", 1)
        # Whatever a call is known by, NO_PROXY may name it.
        aliases = tuple(
            f"https://{name}" for name in (host, dialled, pattern.replace("*.", "any.", 1))
        )
        carrier = proxies.carrier(f"https://{host}", aliases=aliases)
        routes.setdefault(host, SeenRoute(host, carrier, is_endpoint=True))
    if public not in routes:
        routes[public] = SeenRoute(public, proxies.carrier(f"https://{public}"))
    settings = [policy.defaults, *(applied(rule, policy.defaults) for rule in policy.rules)]
    return SeenProxies(
        tuple(_variables(environ)),
        tuple(routes.values()),
        any(each.private == "require" for each in settings),
    )


def _variables(environ: Mapping[str, str]) -> list[str]:
    told = []
    for name in sorted(environ):
        value = environ[name]
        if name.lower() not in _VARIABLES or not value:
            continue
        if name.lower() != "no_proxy":
            value = without_user(origin_of(value if "://" in value else f"http://{value}"))
        told.append(printable(f"{name}={value}"))
    return told


# --- checks


def routed_hosts(seen: SeenProxies) -> Judged:
    """Does a proxy come between the program and what it is to reach directly?"""
    proxied = [route for route in seen.routes if route.proxy]
    carried = [route for route in proxied if route.is_endpoint]
    lines = tuple(f"{route.host} by {route.proxy}" for route in proxied)
    if carried:
        names = ",".join(route.host for route in carried)
        way_out = f"Add to NO_PROXY: {names}"
        told = f"a proxy carries calls to {len(carried)} VPC endpoint(s), so they are not private"
        say = red if seen.needs_private else amber
        return say(told, way_out, *lines, *seen.variables)
    if proxied and seen.needs_private:
        way_out = "Add to NO_PROXY what is reached by private DNS: behind a proxy none is private."
        return amber("a proxy carries calls to public hosts", way_out, *lines, *seen.variables)
    if proxied:
        return green("a proxy carries calls to public hosts", *lines, *seen.variables)
    if seen.variables:
        return green("there are proxies, and none carries a routed call", *seen.variables)
    return green("none")


CHECKS: Mapping[str, Callable[[SeenProxies], Judged]] = {"proxies.routed_hosts": routed_hosts}
