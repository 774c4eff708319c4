"""Operations that go the same way are asked about once, and then the same is true of all."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

from endpoint_router.policy.load import load
from endpoint_router.sdk import seams
from endpoint_router.sdk.activation.hooks import Clients
from endpoint_router.survey.clients import operations, read_quickly, silent_client, ways
from endpoint_router.survey.hopes import hoping

#: Of the rules one tells operations apart.
POLICY: dict[str, Any] = {
    "version": 1,
    "defaults": {"fips": "require", "private": "require"},
    "rules": [
        {"services": ["kms"], "operations": ["Encrypt"], "fips": "prefer", "reason": "a test"}
    ],
}


@pytest.mark.parametrize(
    "service", ["kms", "s3", "s3control", "dynamodb", "kinesis", "stepfunctions", "sts", "iam"]
)
def test_each_operation_goes_where_its_like_goes(service: str) -> None:
    loaded = load(POLICY, environ={})
    client = silent_client(Session(), service, "us-east-1")
    wrapper = Clients(hoping(loaded)).make(seams.client_parts(client))

    def told(model: Any, arguments: dict[str, Any]) -> tuple[object, ...]:
        decision = wrapper.explain(model, arguments)
        hosts = [considered.candidate.host for considered in decision.candidates]
        return decision.code, decision.host, hosts, decision.demands.rule.name

    each = {model.name: told(model, arguments) for model, arguments in operations(client)}
    together = {
        name: told(model, arguments)
        for model, arguments, names in ways(client, loaded.parsed.selectors)
        for name in names
    }
    assert together == each
    assert len(list(ways(client, loaded.parsed.selectors))) <= len(each)
    if service == "kms":
        assert each["Encrypt"] != each["Decrypt"]
        assert len(list(ways(client, loaded.parsed.selectors))) == 2


def test_models_that_are_read_quickly_are_the_same() -> None:
    quick = Session()
    read_quickly(quick)
    assert quick.get_available_services() == Session().get_available_services()
    usual = Loader(file_loader=JSONFileLoader())
    for service in ("kms", "s3"):
        wanted = usual.load_service_model(service, "service-2")
        model = quick.get_component("data_loader").load_service_model(service, "service-2")
        assert model == wanted
        # Those that are waited for are read in the order of the file.
        assert list(model["operations"]) == list(wanted["operations"])
    client = silent_client(quick, "kms", "us-east-1")
    assert client.meta.endpoint_url == "https://kms.us-east-1.amazonaws.com"
