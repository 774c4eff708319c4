"""The operations of S3, on every kind of bucket: plain botocore is the measure.

Generated from the models of the installed botocore: one of those operations that are alike; with
``--all-services`` (``tox run -e sweep``) and botocore as it is, every one. What an S3 endpoint
carries goes to the label for its family, with everything in front of it and behind it as it was;
what it cannot carry is refused or goes where botocore would send it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader

from endpoint_router import EndpointDenied
from endpoint_router.sdk.activation.installation import Installation
from tests.support.sessions import new_session
from tests.support.wire import Caught, OnTheWire, _minimal, nothing_leaves, on_the_wire

from .table import interface, policy, vpce, world

REGION = "us-east-1"
LOADER = Loader()
ACCOUNT = "111122223333"
OUTPOST = f"arn:aws:s3-outposts:{REGION}:{ACCOUNT}:outpost/op-0b1d075431d83bebd"

#: What may stand for a bucket, or for whatever else the ruleset reads from a call.
BUCKETS = {
    "a name": "payroll",
    "a dotted name": "pay.roll",
    "an access point": f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/payroll",
    "another region's access point": f"arn:aws:s3:us-west-2:{ACCOUNT}:accesspoint/payroll",
    "an alias": "payroll-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias",
    "Object Lambda": f"arn:aws:s3-object-lambda:{REGION}:{ACCOUNT}:accesspoint/payroll",
    "an alias of Object Lambda": "payroll-a1b2c3d4e5f6g7h8i9j0k1l2m3n4ouse1a--ol-s3",
    "Outposts": f"{OUTPOST}/accesspoint/payroll",
    "an alias of Outposts": "test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3",
    "several regions": f"arn:aws:s3::{ACCOUNT}:accesspoint/mfzwi23gnjvgw.mrap",
    "Express": "payroll--use1-az4--x-s3",
}
NAMES = {
    "a name": "payroll",
    "an access point": f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/payroll",
    "an access point on Outposts": f"{OUTPOST}/accesspoint/payroll",
    "a bucket on Outposts": f"{OUTPOST}/bucket/payroll",
    "an outpost": "op-0b1d075431d83bebd",
    "an access point of Express": "payroll--use1-az4--xa-s3",
}
#: Parameters of the rulesets in which one of them may stand, by service.
SUBJECTS = {
    "s3": (BUCKETS, {"Bucket"}),
    "s3control": (NAMES, {"Bucket", "AccessPointName", "ResourceArn", "OutpostId"}),
}
CONFIGS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "path style": {"s3": {"addressing_style": "path"}},
    "accelerated": {"s3": {"use_accelerate_endpoint": True}},
    "dual-stack": {"use_dualstack_endpoint": True},
    "the regional host": {"s3": {"us_east_1_regional_endpoint": "regional"}},
}
CASES = [
    (service, config, fips)
    for service, configs in (("s3", list(CONFIGS)), ("s3control", ["as it is", "dual-stack"]))
    for config in configs
    for fips in (False, True)
    if not (fips and config == "the regional host")  # FIPS has no other
]
#: Where everything is on the endpoint, there is nothing to prefer.
POLICIES = {"path style": ("require",), "the regional host": ("require",)}
#: The share of calls that botocore itself sends. Some operations take no access points, say.
FEWEST = 0.3

ENDPOINT = {False: vpce("s3"), True: vpce("s3-fips", id="1")}
#: AWS's documented names: label of an S3 endpoint by the family's host, without and with FIPS.
LABELS = {
    False: {
        "s3.us-east-1.amazonaws.com": "bucket",
        "s3.amazonaws.com": "bucket",
        "s3-accesspoint.us-east-1.amazonaws.com": "accesspoint",
        "s3-control.us-east-1.amazonaws.com": "control",
    },
    True: {
        "s3-fips.us-east-1.amazonaws.com": "bucket",
        "s3-accesspoint-fips.us-east-1.amazonaws.com": "accesspoint",
        "s3-control-fips.us-east-1.amazonaws.com": "control",
    },
}


def on_endpoint(host: str, fips: bool) -> str:
    """Where an S3 endpoint answers for *host*; empty if it does not."""
    for family, label in LABELS[fips].items():
        if f".{host}".endswith(f".{family}"):
            return f"{host.removesuffix(family)}{label}.{ENDPOINT[fips]}"
    return ""


def client_of(service: str, config: dict[str, Any], installation: Any = None) -> Any:
    session = new_session()
    session.register_component("data_loader", LOADER)
    if installation:
        installation(session)
    settings = Config(retries={"max_attempts": 0}, parameter_validation=False, **config)
    return session.create_client(service, REGION, config=settings)


def like(model: Any) -> object:
    """What is the same for operations whose endpoints nothing tells apart."""
    read = [(one.name, one.member_name) for one in model.context_parameters]
    given = [(one.name, one.value) for one in model.static_context_parameters]
    path = model.http["requestUri"].partition("?")[0]
    return str((read, given, model.endpoint, model.auth_type, model.http["method"], path))


def operations(client: Any, every: bool) -> Iterator[tuple[str, Any]]:
    """Method and model: *every* one, or one of those that are alike."""
    known = set()
    for method, name in client.meta.method_to_api_mapping.items():
        model = client.meta.service_model.operation_model(name)
        kind = like(model)  # before its first call, on which botocore changes the model's paths
        if every or kind not in known:
            yield method, model
        known.add(kind)


def calls(client: Any, every: bool) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, what stands for its bucket, and parameters."""
    kinds, readers = SUBJECTS[client.meta.service_model.service_name]
    for method, model in operations(client, every):
        parameters = _minimal(model.input_shape)
        if "AccountId" in parameters:
            parameters["AccountId"] = ACCOUNT
        subjects = [one.member_name for one in model.context_parameters if one.name in readers]
        if not subjects:
            yield method, "none", parameters
        for kind, value in kinds.items() if subjects else ():
            yield method, kind, {**parameters, **dict.fromkeys(subjects[:1], value)}


def installed(endpoint: dict[str, Any], private: str, fips: bool) -> Installation:
    demands = {"fips": "require"} if fips else {}
    made = policy(endpoint, private=private, **demands)
    return Installation(made, world=world({}), environ={})


Sent = tuple[OnTheWire, str]


def come(client: Any, method: str, parameters: dict[str, Any]) -> Sent | Exception:
    """What would be sent, with path and query; or what was raised instead."""
    try:
        getattr(client, method)(**parameters)
    except Caught as caught:
        parts = urlsplit(caught.request.url)
        return on_the_wire(caught.request), f"{parts.path}?{parts.query}"
    except (BotoCoreError, ValueError) as error:
        return error
    raise AssertionError("the call was answered without being sent")


def is_right(
    ours: Sent | Exception, standard: Sent | Exception, *, fips: bool, required: bool
) -> bool:
    """Is *ours* what the policy wants of a call that botocore by itself makes *standard*?"""
    if isinstance(standard, Exception):
        if isinstance(ours, EndpointDenied):
            return fips and says(ours, standard)
        # Where botocore refuses the call without FIPS, too, it may be for another reason.
        return type(ours) is type(standard) or (fips and isinstance(ours, BotoCoreError))
    wire, path = standard
    is_fips = "fips" in wire.host  # the alias of Outposts ignores it
    target = on_endpoint(wire.host, fips)
    if target or not (required or fips > is_fips):
        host = target or wire.host
        return ours == (OnTheWire(host, wire.signing_region, wire.signing_name), path)
    code = "fips.no_basis" if fips > is_fips else "private.public_address"
    return isinstance(ours, EndpointDenied) and (ours.code, ours.host) == (code, wire.host)


def says(refusal: EndpointDenied, error: Exception) -> bool:
    """Does *refusal* give botocore's own reason?"""
    return refusal.code == "fips.no_basis" and str(error) in refusal.reason


@pytest.mark.parametrize(("service", "config", "fips"), CASES)
def test_every_operation_on_every_kind_of_bucket(
    service: str, config: str, fips: bool, pytestconfig: pytest.Config
) -> None:
    asked = any(map(pytestconfig.getoption, ("--all-services", "--all-regions")))
    settings, endpoint = CONFIGS[config], interface(f"*.{ENDPOINT[fips]}")
    wrong: list[object] = []
    total = sent = 0
    with nothing_leaves():
        plain = client_of(service, {**settings, **({"use_fips_endpoint": True} if fips else {})})
        routed = {
            private: client_of(service, settings, installed(endpoint, private, fips))
            for private in POLICIES.get(config, ("require", "prefer"))
        }
        for method, kind, parameters in calls(plain, asked and config == "as it is"):
            standard = come(plain, method, dict(parameters))
            total += 1
            sent += isinstance(standard, tuple)
            for private, client in routed.items():
                ours = come(client, method, dict(parameters))
                if not is_right(ours, standard, fips=fips, required=private == "require"):
                    wrong.append((method, kind, private, ours, standard))
    assert not wrong, (len(wrong), wrong[:5])
    assert total > 90
    assert sent >= FEWEST * total or config == "accelerated"
