"""Operations of any service that ``check --against`` takes for one kind: they go to one host.

A sample of the services, unless ``--all-services`` or ``--all-regions`` is said.
"""

from __future__ import annotations

import pytest
from botocore.model import ServiceModel

from endpoint_router.policy.load import load
from endpoint_router.review.assumed import assuming
from endpoint_router.sdk import seams
from endpoint_router.sdk.activation.hooks import Clients
from endpoint_router.survey.clients import arguments_for
from endpoint_router.survey.every_call import EveryCall

#: Measured, it takes nearly twice its time; the gate holds without it.
pytestmark = pytest.mark.no_cover

CALLS = EveryCall()
SERVICES = CALLS.services()
POLICY = load({"defaults": {"fips": "require"}}, environ={}, system_policy="")
CLIENTS = Clients(assuming(POLICY, (POLICY,), private_dns=False))
#: Of the services, one in so many is in the sample.
ONE_IN = 48


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    option = metafunc.config.getoption
    whole = option("--all-services") or option("--all-regions")
    metafunc.parametrize("service", SERVICES if whole else SERVICES[::ONE_IN])


@pytest.mark.parametrize("region", ["us-west-2", "us-gov-west-1"])
def test_operations_of_a_kind_go_to_one_host(service: str, region: str) -> None:
    client = CALLS.client(service, region)
    wrapper = CLIENTS.make(seams.client_parts(client))
    model = ServiceModel(CALLS.model(service), service)
    seen = []
    for kind in CALLS.kinds(service, lambda name: None):
        first = wrapper.explain(kind.model, kind.arguments)
        for name in kind.operations:
            operation = model.operation_model(name)
            decision = wrapper.explain(operation, arguments_for(operation))
            assert (decision.code, decision.host) == (first.code, first.host), name
            seen.append(name)
    assert sorted(seen) == sorted(model.operation_names)
