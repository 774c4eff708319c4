"""Each private name of rulesets and loaders: it does what is relied upon."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from botocore.loaders import JSONFileLoader, Loader
from botocore.regions import EndpointResolverBuiltins as Builtin
from botocore.regions import EndpointRulesetResolver
from botocore.session import Session

from endpoint_router.sdk import seams_rulesets


@pytest.fixture
def client() -> Any:
    return Session().create_client("kms", "us-east-1")


@pytest.fixture
def resolver(client: Any) -> Any:
    return client._ruleset_resolver


def operation(client: Any, name: str = "ListKeys") -> Any:
    return client.meta.service_model.operation_model(name)


def test_the_resolvers_inputs(resolver: Any) -> None:
    builtins = seams_rulesets.builtins_of(resolver)
    assert builtins[Builtin.AWS_REGION] == "us-east-1"
    assert builtins[Builtin.AWS_USE_FIPS] is False
    assert builtins[Builtin.AWS_USE_DUALSTACK] is False
    assert builtins[Builtin.SDK_ENDPOINT] is None
    assert builtins is resolver._builtins


def test_the_builtins_that_routing_sets_exist() -> None:
    assert {
        Builtin.AWS_REGION,
        Builtin.AWS_USE_FIPS,
        Builtin.AWS_USE_DUALSTACK,
        Builtin.SDK_ENDPOINT,
        Builtin.AWS_S3_FORCE_PATH_STYLE,
        Builtin.AWS_STS_USE_GLOBAL_ENDPOINT,
        Builtin.AWS_S3_USE_GLOBAL_ENDPOINT,
    } <= set(Builtin)


def test_rulesets_that_ask_calls(resolver: Any) -> None:
    assert not seams_rulesets.asks_calls(resolver)  # all is told by the client's settings
    assert seams_rulesets.asks_calls(Session().create_client("s3", "us-east-1")._ruleset_resolver)
    assert not seams_rulesets.asks_calls(None)


def test_a_ruleset_that_wants_more_refuses(resolver: Any) -> None:
    """Releases before 1.36 trip over their own message where they want to say which."""
    with pytest.raises(BotoCoreError):
        seams_rulesets.url_of_ruleset(resolver._provider, {"Region": None})

    class OfOldReleases:
        def resolve_endpoint(self, **_: Any) -> Any:
            raise TypeError("unhashable type")

    with pytest.raises(BotoCoreError):
        seams_rulesets.url_of_ruleset(OfOldReleases(), {})


def test_a_copy_resolves_with_its_own_inputs_and_leaves_the_first_alone(
    client: Any, resolver: Any
) -> None:
    builtins = {**seams_rulesets.builtins_of(resolver), Builtin.AWS_USE_FIPS: True}
    copy = seams_rulesets.with_builtins(resolver, builtins)
    assert copy._provider is resolver._provider
    fips = copy.construct_endpoint(operation(client), {}, {}).url
    assert fips == "https://kms-fips.us-east-1.amazonaws.com"
    plain = resolver.construct_endpoint(operation(client), {}, {}).url
    assert plain == "https://kms.us-east-1.amazonaws.com"


def test_a_method_on_the_instance_is_called_by_botocore_and_not_by_a_copy(
    client: Any, resolver: Any
) -> None:
    called: list[str] = []
    original = resolver.construct_endpoint

    def ours(operation_model: Any, *arguments: Any, **options: Any) -> Any:
        called.append(operation_model.name)
        return original(operation_model, *arguments, **options)

    resolver.construct_endpoint = ours
    client.generate_presigned_url("list_keys")
    assert called == ["ListKeys"]
    copy = seams_rulesets.with_builtins(resolver, seams_rulesets.builtins_of(resolver))
    copy.construct_endpoint(operation(client), {}, {})
    assert called == ["ListKeys"]


def test_what_handlers_make_of_the_inputs_is_noted(client: Any, resolver: Any) -> None:
    """botocore copies the inputs with ``copy.copy``, and hands that copy to them."""
    heard: list[str] = []

    def flip(builtins: dict[Any, Any], **_: Any) -> None:
        heard.append("resolution")
        builtins[Builtin.AWS_USE_FIPS] = True

    client.meta.events.register("before-endpoint-resolution", flip)
    inputs = seams_rulesets.NotedBuiltins(seams_rulesets.builtins_of(resolver))
    found = seams_rulesets.with_builtins(resolver, inputs).construct_endpoint(
        operation(client), {}, {}
    )
    assert found.url == "https://kms-fips.us-east-1.amazonaws.com"
    assert heard == ["resolution"]
    assert (inputs.used[Builtin.AWS_USE_FIPS], inputs[Builtin.AWS_USE_FIPS]) == (True, False)


def test_a_silent_copy_asks_no_handler(client: Any, resolver: Any) -> None:
    heard: list[str] = []
    client.meta.events.register("before-endpoint-resolution", lambda **_: heard.append("it"))
    silent = seams_rulesets.with_builtins(
        resolver, seams_rulesets.builtins_of(resolver), silently=True
    )
    found = silent.construct_endpoint(operation(client), {}, {})
    assert found.url == "https://kms.us-east-1.amazonaws.com"
    assert heard == []


def test_which_parameters_a_ruleset_has(resolver: Any) -> None:
    assert seams_rulesets.has_parameter(resolver, Builtin.AWS_USE_FIPS)
    assert not seams_rulesets.has_parameter(resolver, Builtin.AWS_S3_ACCELERATE)


def test_silent_resolution_gives_the_same_and_emits_nothing(client: Any, resolver: Any) -> None:
    heard: list[str] = []
    client.meta.events.register(
        "before-endpoint-resolution", lambda **_: heard.append("resolution")
    )
    silent = seams_rulesets.resolve_silently(resolver, operation(client))
    assert heard == []
    assert silent == resolver.construct_endpoint(operation(client), {}, {}).url
    assert heard == ["resolution"]


def test_static_parameters_of_an_operation() -> None:
    client = Session().create_client("s3control", "us-east-1")
    model = client.meta.service_model.operation_model("ListRegionalBuckets")
    assert client._ruleset_resolver._get_static_context_params(model)


def test_signing_context_of_auth_schemes(resolver: Any) -> None:
    schemes = [{"name": "sigv4", "signingName": "x", "signingRegion": "y"}]
    _, context = resolver.auth_schemes_to_signing_ctx(schemes)
    assert (context["signing_name"], context["region"]) == ("x", "y")


def test_the_resolver_can_be_copied(resolver: Any) -> None:
    assert isinstance(copy.copy(resolver), EndpointRulesetResolver)
    assert "construct_endpoint" not in vars(resolver)


class _Counting(JSONFileLoader):
    """Counts what is read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def load_file(self, file_path: str) -> Any:
        if Path(file_path).name == "service-2":
            self.read.append(Path(file_path).parent.parent.name)
        return super().load_file(file_path)


def test_a_service_that_is_forgotten_is_read_again() -> None:
    loader = Loader(file_loader=_Counting())
    for _ in range(2):
        loader.load_service_model("kms", "service-2")
        loader.load_service_model("sts", "service-2")
    assert loader.file_loader.read == ["kms", "sts"]
    seams_rulesets.forget_service(loader, "kms")
    loader.load_service_model("kms", "service-2")
    loader.load_service_model("sts", "service-2")
    assert loader.file_loader.read == ["kms", "sts", "kms"]


def test_where_botocore_keeps_its_table_of_endpoints() -> None:
    text = Path(Loader.BUILTIN_DATA_PATH, "endpoints.json").read_text("utf-8")
    unshared = Loader(file_loader=JSONFileLoader())
    assert json.loads(text) == unshared.load_data("endpoints")


def test_what_a_loader_has_read_and_will_not_read_again(client: Any) -> None:
    loader = client._loader
    read = seams_rulesets.data_read(loader)
    assert read is not None
    of_kms = [f"kms/2014-11-01/{kind}" for kind in ("service-2", "endpoint-rule-set-1")]
    for name in ("endpoints", "partitions", *(name.replace("/", os.sep) for name in of_kms)):
        data, path = read["load_data_with_path", name]
        assert path == os.path.join(Loader.BUILTIN_DATA_PATH, name)
        assert loader.load_data(name) is data
    assert seams_rulesets.data_read(object()) is None
