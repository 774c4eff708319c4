"""What is checked at the start against the installed botocore: its age, names and hosts."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.loaders import create_loader

from ... import codes
from ...errors import PolicyError
from ...policy.declared_endpoints import DeclaredEndpoint
from ...policy.loaded import LoadedPolicy
from ...policy.origins import Origin, Place
from ...policy.remarks import Remark
from ...router import table_of
from ..endpoints.botocore_data import data_for

#: ``AWS_ENDPOINT_URL`` exists from here on, and rulesets for nearly all services. On 1.28
#: ``before-endpoint-resolution`` is silently not called: too old is a fail-closed matter.
OLDEST = (1, 31, 0)

#: What rules call a request of :func:`endpoint_router.resolve`.
HTTP = "http"


def check_policy(loaded: LoadedPolicy) -> list[Remark]:
    """Warnings about *loaded*.

    :raises PolicyError: a rule's selector is misspelt (:mod:`.selectors`), or an endpoint does not
        say what it serves and its name does not either.
    """
    warnings: list[Remark] = []
    for remark in remarks(loaded):
        if isinstance(remark, PolicyError):
            raise remark
        warnings.append(remark)
    return warnings


def remarks(loaded: LoadedPolicy) -> Iterator[Remark | PolicyError]:
    """All that :func:`check_policy` has to say, its errors among it."""
    policy = loaded.policy
    if policy.mode == "report" and not policy.log.decisions:
        text = "mode = report without log.decisions records nothing: only metrics() counts"
        yield Remark(text, "report.unrecorded", origin=loaded.origin("mode"), path="mode")
    for gateway in loaded.parsed.gateways:
        why = "and without prefix_list nothing of it is checked"
        if gateway.prefix_list:
            why = "its prefix list is checked where private = require, its route is not"
        text = (
            f"vpc_endpoints[{gateway.index}] is a gateway endpoint: calls to "
            f"{gateway.service} in {gateway.region} count as gateway-declared, {why}"
        )
        yield _of_endpoint("gateway.declared", gateway.origin, gateway.index, text, amber=True)
    if policy.vpc_endpoints or policy.custom_endpoints:
        yield from _attested(loaded)
    if policy.rules or policy.custom_endpoints or policy.defaults.allowed_regions:
        from .selectors import of_selectors  # most policies select nothing

        yield from of_selectors(loaded)
    if policy.vpc_endpoints:
        yield from _of_endpoints(loaded)


def _of_endpoint(
    id: str, origin: Origin, index: int, what: str, way_out: str = "", *, amber: bool = False
) -> Remark:
    path = f"vpc_endpoints[{index}]"
    text = f"AMBER: {what}" if amber else what
    return Remark(text, id, origin=origin, path=path, what=what, way_out=way_out)


def _of_endpoints(loaded: LoadedPolicy) -> Iterator[Remark | PolicyError]:
    origins = {endpoint.index: endpoint.origin for endpoint in loaded.parsed.interfaces}
    for index, host in table_of(loaded.parsed).idle:
        text = f'vpc_endpoints[{index}] cannot serve {host} by its name; use connect = "address"'
        yield _of_endpoint("endpoint.idle", origins[index], index, text)
    data = data_for(create_loader())
    for endpoint in loaded.parsed.interfaces:
        if endpoint.serves:
            yield from _loses_labels(endpoint)
            continue
        first = endpoint.names[0]
        if first.vpce is None or not data.yields(first.vpce):
            path = f"vpc_endpoints[{endpoint.index}].serves"
            yield PolicyError(
                where=Place(f"{endpoint.origin}: {path}", endpoint.origin, path),
                found=f"nothing, and no service of botocore has the host "
                f"{first.vpce.standard_host if first.vpce else first.text}",
                expected="the standard hosts that this endpoint serves",
                hint='For example serves = ["kinesis.us-east-1.amazonaws.com"].',
            )


def _attested(loaded: LoadedPolicy) -> Iterator[Remark]:
    """What the policy says of services of AWS's own, and nothing else does."""
    from ...aws.own_services import is_own_service, may_be_own_service

    for custom in loaded.parsed.custom_endpoints:
        said = [name for name in ("fips", "private") if getattr(custom, name)]
        if said and may_be_own_service(custom.url.host_glob):
            path = f"custom_endpoints[{custom.index}]"
            yield _amber(path, custom.origin, said, custom.url.host_glob)
    for endpoint in loaded.parsed.interfaces:
        named = any(name.vpce and name.vpce.carries_fips for name in endpoint.names)
        own = [name.vpce.standard_host for name in endpoint.names if name.vpce]
        hosts = [host for host in endpoint.serves or own if is_own_service(host.partition(":")[0])]
        if endpoint.attested_fips and hosts and not named:
            path = f"vpc_endpoints[{endpoint.index}]"
            yield _amber(path, endpoint.origin, ["fips"], hosts[0])


def _amber(path: str, origin: Origin, said: list[str], host: str) -> Remark:
    settings = " and ".join(f"{name} = true" for name in said)
    what = (
        f"{path} attests {settings} for a service of AWS's own ({host}): the policy alone says so"
    )
    way_out = "Leave it out, and waive the requirement in a rule, unless AWS confirms it"
    return Remark(
        f"AMBER: {what}", "attested", origin=origin, path=path, what=what, way_out=way_out
    )


def _loses_labels(endpoint: DeclaredEndpoint) -> list[Remark]:
    """API Gateway finds the API by the host's first label; another service perhaps its tenant."""
    first = endpoint.names[0]
    by_label = first.vpce is not None and first.vpce.is_s3
    if endpoint.by_address or first.text.startswith("*.") or by_label:
        return []
    wildcards = [host for host in endpoint.serves if host.startswith("*.")]
    return [
        _of_endpoint(
            "endpoint.labels_lost",
            endpoint.origin,
            endpoint.index,
            f"vpc_endpoints[{endpoint.index}] serves {host}, and its own name has no place for "
            'what stands before that; where the server needs it, use connect = "address"',
        )
        for host in wildcards
    ]


def check_botocore(version: str) -> None:
    """Refuse a botocore that is too old.

    :raises PolicyError: with code ``botocore.too_old``.
    """
    numbers = tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
    if numbers < OLDEST:
        raise PolicyError(
            where="botocore",
            found=version,
            expected=f"{'.'.join(map(str, OLDEST))} or newer",
            hint="Upgrade botocore: older ones pass by the hooks in silence.",
            code=codes.BOTOCORE_TOO_OLD,
        )
