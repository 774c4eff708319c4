"""Every operation with a host prefix, by the name of the endpoint that serves its host.

Generated from the models of the installed botocore; what plain botocore sends is the measure. By
address: ``tests/sdk/connections/test_connect_address_prefixes.py``.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from endpoint_router import EndpointDenied
from endpoint_router.sdk.activation.installation import Installation
from tests.support.host_prefixes import FEWEST, SERVICES, client_of, sent_by_botocore
from tests.support.sessions import new_session
from tests.support.wire import Caught, _minimal, nothing_leaves, on_the_wire

from .table import interface, policy, vpce, world


def outcomes(
    service: str, operations: Any, policy: dict[str, Any], **settings: Any
) -> dict[str, Any]:
    """By operation: what reached the wire, or the refusal."""
    session = new_session()
    Installation(policy, world=world({}), environ={})(session)
    found = {}
    with nothing_leaves():
        client = client_of(session, service, **settings)
        methods = client.meta.method_to_api_mapping.items()
        for python, name in methods:
            if name in operations:
                shape = client.meta.service_model.operation_model(name).input_shape
                try:
                    getattr(client, python)(**_minimal(shape))
                except Caught as caught:
                    found[name] = on_the_wire(caught.request)
                except EndpointDenied as error:
                    found[name] = error
    return found


def endpoints_of(hosts: list[str]) -> dict[str, str]:
    """An endpoint's name for each host, all different."""
    return {host: vpce(f"service{index}") for index, host in enumerate(hosts)}


@pytest.mark.parametrize("service", SERVICES)
def test_each_goes_to_the_endpoint_that_serves_its_prefixed_host(service: str) -> None:
    plain = sent_by_botocore(service)
    assert len(plain) >= int(FEWEST * len(SERVICES[service]))
    names = endpoints_of(sorted({one.host for one in plain.values()}))
    declared = [interface(name, serves=[host]) for host, name in names.items()]
    routed = outcomes(service, plain, policy(*declared, private="require"))
    assert set(routed) == set(plain)
    for name, one in plain.items():
        got = routed[name]
        assert not isinstance(got, EndpointDenied), got
        assert got.host == names[one.host]
        assert (got.signing_name, got.signing_region) == (one.signing_name, one.signing_region)


@pytest.mark.parametrize("service", SERVICES)
def test_an_endpoint_for_the_bare_host_serves_none_of_them(service: str) -> None:
    """``states`` does not serve ``sync-states``, and the refusal names what is missing."""
    plain = sent_by_botocore(service)
    bare = {
        one.host.removeprefix(SERVICES[service][name].replace("{", "").replace("}", ""))
        for name, one in plain.items()
    } - {one.host for one in plain.values()}
    declared = [interface(vpce("bare"), serves=sorted(bare))] if bare else []
    for name, error in outcomes(service, plain, policy(*declared, private="require")).items():
        assert isinstance(error, EndpointDenied), f"{name} went to {error.host}"
        assert error.code == "private.public_address"
        assert error.host == plain[name].host
        assert "com.amazonaws." in error.remedy or "PrivateLink" in error.remedy, error.remedy


@pytest.mark.parametrize("service", SERVICES)
def test_fips_is_botocores_own_prefixed_host_or_refused(service: str) -> None:
    plain = sent_by_botocore(service)
    try:
        fips = sent_by_botocore(service, use_fips_endpoint=True)
    except BotoCoreError:  # every call of neptune-graph's data plane
        fips = {}
    routed = outcomes(service, plain, policy(fips="require"))
    for name, got in routed.items():
        if isinstance(got, EndpointDenied):
            assert got.code in ("fips.no_basis", "fips.absent")
            assert name not in fips or fips[name].host == plain[name].host
        else:
            assert got == fips[name]
