"""``resolve``: where another HTTP client is to send a request, by the same policy.

For an application behind PrivateLink that is not reached through botocore. Nothing is sent and
nothing guards what the caller does with the answer: it is advice that raises.
"""

from __future__ import annotations

from botocore.loaders import create_loader
from msgspec.structs import replace

from .. import codes
from ..aws.host_regions import Place, place_of
from ..aws.hosts import host_of, is_aws, origin_of, probe_name, without_user
from ..aws.zone import UNKNOWN, Zone
from ..errors import PolicyError
from ..policy.load import PolicySource
from ..policy.rules import WEAKEST
from ..router import Router
from ..routing.candidates import Resolved, foreign, from_rulesets, ordered
from ..routing.case import ApiCall, Case, Decision, Given
from ..routing.declared import HostTable
from ..routing.variants import Variant
from .activation.check import HTTP
from .activation.install import installation_for
from .activation.installation import Installation
from .calls.route import error_for
from .connections.proxies import Proxies, with_proxies
from .endpoints.botocore_data import BotocoreData, data_for
from .endpoints.configured_url import custom_for
from .endpoints.partitions_json import partitions


def resolve(
    url: str, *, service: str = HTTP, policy: PolicySource | Installation | None = None
) -> Decision:
    """Where to send a request to *url*, and which addresses to dial.

    ``Decision.url`` is the URL to use: *url* itself, or with the host of the VPC endpoint that
    serves it. ``Decision.addresses`` are those that were confirmed to be private: connect to them
    and no others, with the name of ``Decision.url`` in TLS; empty where nothing relies on them.

    :param url: absolute, ``https://`` or ``http://``.
    :param service: what the policy's ``services`` call it.
    :param policy: as for :func:`endpoint_router.install`; ``None`` means what is installed, or what
        the environment says. What DNS said is remembered only by an installed policy.
    :raises EndpointDenied: the policy forbids it (``mode = "enforce"``).
    :raises EndpointUnverified: DNS gave no proof either way; asking again may help.
    :raises PolicyError: the policy cannot be used, or *url* is none.
    """
    router = installation_for(policy).router_for()
    mode = router.loaded.policy.mode
    # A fragment is sent nowhere, and may look like a port.
    asked, sign, fragment = url.partition("#")
    scheme, colon, rest = asked.partition(":")
    asked = f"{scheme.lower()}{colon}{rest}"
    decision = decide_url(router, asked, service)
    if mode != "off":
        router.count_of(decision).calls += 1
        if router.log is not None:
            router.log.record(decision)
    if mode != "enforce":
        # The same as without the package: nothing is refused, nothing is changed.
        return replace(decision, url=url, pin=None)
    if decision.chosen is None:
        raise error_for(decision)
    rest = asked[len(origin_of(asked)) :]
    return replace(decision, url=f"{decision.chosen.origin}{rest}{sign}{fragment}")


def decide_url(router: Router, url: str, service: str) -> Decision:
    """The decision about a request to *url*, whatever the policy's mode.

    :raises PolicyError: *url* is none.
    """
    deadline = router.deadline()
    case = case_of(router, url, service, router.zone.wait(deadline))
    proxies = Proxies(None, None, router.world.clock)
    settling = router.settling(with_proxies(case, proxies), deadline=deadline)
    return router.run(settling).decision


def case_of(router: Router, url: str, service: str, zone: Zone = UNKNOWN) -> Case:
    """The case of a request to *url* from *zone*, without the proxies on its way.

    :raises PolicyError: *url* is none.
    """
    origin, host = origin_of(url), host_of(url)
    # urllib leaves tabs and line breaks out, and other clients do not: nobody knows which host.
    odd = not origin.isprintable() or " " in origin
    if not host or odd or origin.partition("://")[0] not in ("https", "http"):
        raise PolicyError(
            where="url",
            found=repr(without_user(origin)),
            expected="an absolute URL, as https://billing.internal.example/",
            code=codes.URL_INVALID,
        )
    data = data_for(create_loader())
    place = place_of(host, partitions()) if is_aws(host) else Place()
    region, partition = place.region, place.partition.name if place.partition else "aws"
    demands = router.demands(
        service=service,
        operation="Request",
        region=region,
        partition=partition,
        presigned=False,
        application_fips=False,
    )
    if router.loaded.policy.mode == "off":
        demands = demands.with_settings(**WEAKEST)
    resolved = _described(data, service, origin, host)
    custom = custom_for(router, service, origin)
    wants = demands.settings.private != "off"
    if is_aws(resolved.host) and not custom:
        undeclared_url = ""
        candidates = from_rulesets([resolved], router.table if wants else HostTable(), zone=zone)
    else:
        candidates, undeclared_url = foreign(
            resolved, custom, router.table, wants_endpoints=wants, zone=zone
        )
    return Case(
        call=ApiCall(
            service=service,
            operation="Request",
            region=region,
            partition=partition,
        ),
        demands=demands,
        candidates=ordered(candidates, demands, zone),
        zone=zone,
        trusted=router.trusted,
        resolved=(resolved,),
        partitions=partitions(),
        given=Given(
            undeclared_url=without_user(undeclared_url) if undeclared_url else "",
            url_is_configured=False,
        ),
    )


def _described(data: BotocoreData, service: str, origin: str, host: str) -> Resolved:
    bare = probe_name(service, host)
    listed = data.lists(bare)
    return Resolved(
        Variant(fips=listed),
        origin=origin,
        bare_origin=origin,
        host=host,
        probe_name=bare,
        fips_basis="listed" if listed else None,
        no_basis="" if listed else "botocore lists no such FIPS host",
    )
