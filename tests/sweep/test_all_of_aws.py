"""Every service in every partition, against botocore itself.

The reference is the same botocore without this package, on what is installed; nothing is copied.
Of the regions that botocore's data does not tell apart for a service, one is taken; with
``--all-regions`` (``tox run -e sweep``), all of them. Of the services it is a sample, unless
``--all-services`` or ``--all-regions`` is said.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import cache, lru_cache
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.session import Session
from botocore.tokens import FrozenAuthToken

from endpoint_router.errors import EndpointDenied
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.sdk.activation.installation import Installation
from tests.support.sessions import new_session
from tests.support.wire import OnTheWire, call, least_operation
from tests.sweep.regions import Region, classes

#: Measured, it takes nearly twice its time; the gate holds without it.
pytestmark = pytest.mark.no_cover


class OneOperation(Loader):
    """botocore's loader, with all but one operation left out of each service's model.

    Making a client costs a method for each operation, and EC2 has 700: nine tenths of the time.
    """

    def load_service_model(self, service_name: str, type_name: str, api_version: Any = None) -> Any:
        model = super().load_service_model(service_name, type_name, api_version)
        if type_name != "service-2" or len(model["operations"]) == 1:
            return model
        key = (service_name, "one operation")
        if key not in self._cache:
            name = least_operation(ServiceModel(model, service_name)).name
            self._cache[key] = {**model, "operations": {name: model["operations"][name]}}
        return self._cache[key]

    def forget_services(self) -> None:
        """All services' models are a gigabyte, which slows the garbage collector down."""
        for key in list(self._cache):
            if key[1] not in ("endpoints", "partitions"):
                del self._cache[key]


LOADER = OneOperation()
SERVICES = LOADER.list_available_services("endpoint-rule-set-1")

#: Of the services that are like most others, one in so many is in the sample.
ONE_IN = 32
#: Those with a global host that a setting prefers: tried a second time, with that.
WITH_GLOBAL_HOSTS = ("s3", "sts")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One service after the other in both tests: plain botocore is asked once for the two."""
    services = [(service, "regional") for service in _tried(metafunc.config)]
    legacy = [(service, "legacy") for service in WITH_GLOBAL_HOSTS]
    metafunc.parametrize(("service", "mode"), services + legacy, scope="module")


def _tried(config: pytest.Config) -> list[str]:
    if config.getoption("--all-services") or config.getoption("--all-regions"):
        return SERVICES
    sample = {*SERVICES[::ONE_IN], *UNLIKE_OTHERS, *LISTED_AS_THEY_ARE, *NO_FIPS, *NO_SIGNATURE}
    return [service for service in SERVICES if service in sample]


@pytest.fixture(autouse=True)
def global_hosts(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """STS and S3 use their global hosts, or do not."""
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", mode)
    monkeypatch.setenv("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", mode)


@pytest.fixture
def regions(service: str, request: pytest.FixtureRequest) -> list[Region]:
    """Those to be tried with *service*."""
    groups = classes(LOADER, service)
    if request.config.getoption("--all-regions"):
        return [region for group in groups for region in group]
    return [group[0] for group in groups]


@lru_cache(maxsize=1)
def plain(service: str, mode: str) -> Callable[..., OnTheWire | Exception]:
    """What plain botocore does in a region, found out once, under the *mode* in the environment."""
    LOADER.forget_services()
    made = session()

    @cache
    def in_region(region: str, **config: bool) -> OnTheWire | Exception:
        return outcome(made, service, region, config=config)

    return in_region


def session(installation: Installation | None = None) -> Session:
    """A session that shares the data loader, and so its cache, with the others."""
    made = new_session()
    made.register_component("data_loader", LOADER)
    made.register_component("token_provider", Tokens())  # some services take bearer tokens only
    if installation:
        installation(made)
    return made


class Token(FrozenAuthToken):
    """A token that may be awaited, too."""

    def __await__(self) -> Generator[None, None, Token]:
        yield from ()
        return self


class Tokens:
    """A token provider with a token of nobody."""

    def load_token(self, **_: Any) -> Tokens:
        return self

    def get_frozen_token(self) -> FrozenAuthToken:
        return Token("token-of-nobody")


def world(address: str) -> World:
    """A world in which every name exists, at *address*."""

    def lookup(_dns: Any) -> Any:
        return lambda name, _timeout: Answer(name, "answered", (address,), ttl=300)

    return World(lookup=lookup)


def outcome(*arguments: Any, **options: Any) -> OnTheWire | Exception:
    """What reaches the wire, or what was raised instead."""
    try:
        return call(*arguments, **options)
    except (BotoCoreError, ValueError) as error:
        return error


def test_fips_required(service: str, mode: str, regions: list[Region]) -> None:
    """Host and scope are those of ``use_fips_endpoint=True``, or the call is refused."""
    theirs_in = plain(service, mode)
    routed = session(Installation({"defaults": {"fips": "require"}}, world=world("52.94.0.10")))
    wrong = []
    sent = 0
    for partition, region in regions:
        for dual_stack in (False, True):
            config = {"use_dualstack_endpoint": True} if dual_stack else {}
            ours = outcome(routed, service, region, config=config)
            theirs = theirs_in(region, use_fips_endpoint=True, **config)
            if isinstance(ours, OnTheWire):
                sent += 1
                good = ours == theirs and (
                    "fips" in ours.host
                    or partition == "aws-us-gov"
                    or service in LISTED_AS_THEY_ARE
                    or not is_same_host(ours, theirs_in(region, **config))
                )
            elif isinstance(ours, EndpointDenied):
                standard = theirs_in(region, **config)
                good = refusal_is_right(partition, ours, theirs, standard)
            else:
                good = isinstance(theirs, Exception)
            if not good:
                wrong.append((partition, region, dual_stack, ours, theirs))
    assert not wrong, wrong[:5]
    assert sent or service in NO_FIPS


def is_same_host(ours: OnTheWire, plain: object) -> bool:
    """Does FIPS change nothing? Then it is none, but in GovCloud."""
    return isinstance(plain, OnTheWire) and plain.host == ours.host


def refusal_is_right(partition: str, ours: EndpointDenied, theirs: object, plain: object) -> bool:
    """Right where botocore has no FIPS host, or FIPS changes nothing outside GovCloud."""
    if ours.code != "fips.no_basis":
        return False
    if isinstance(theirs, Exception):
        return True
    assert isinstance(theirs, OnTheWire)
    if "fips" in theirs.host:
        return False
    same = is_same_host(theirs, plain)
    silent = "knows no FIPS" in ours.reason or ours.service == "signin"  # its control plane
    return same and (partition != "aws-us-gov" or silent)


#: Rulesets and signatures of their own, one host for all regions, hosts by account.
UNLIKE_OTHERS = {"dynamodb", "ec2", "iam", "kms", "route53", "s3", "s3control", "sqs", "sts"}

#: ``endpoints.json`` names their plain hosts as FIPS variants: of dms in aws-iso and aws-iso-b.
LISTED_AS_THEY_ARE = {"dms"}

#: Nothing can be sent: no FIPS in the ruleset, FIPS refused by it, or sigv4a without awscrt.
NO_FIPS = {
    "agent-registry",
    "agent-registry-control",
    "cloudfront-keyvaluestore",
    "opensearchmemory",
    "pricing-plan-manager",
    "signin",
}
NO_SIGNATURE = {"cloudfront-keyvaluestore"}

ID = "vpce-0123456789abcdef0-abcdefgh"


def endpoints_for(service: str, hosts: dict[str, str]) -> dict[str, str]:
    """Names of VPC endpoints by region, for the hosts that plain botocore uses there."""
    if service in ("s3", "s3control"):
        suffixes = {
            region: host.partition(f".{region}.")[2] or "amazonaws.com"  # the global host
            for region, host in hosts.items()
        }
        return {region: f"*.{ID}.s3.{region}.vpce.{suffix}" for region, suffix in suffixes.items()}
    return dict.fromkeys(hosts, f"{ID}.any.us-east-1.vpce.amazonaws.com")


def test_vpc_endpoint_keeps_the_signing_scope(
    service: str, mode: str, regions: list[Region]
) -> None:
    """On a VPC endpoint that serves the service's host, the scope is the standard one.

    Also where the client is in another region, where it names the endpoint itself, and where STS
    and S3 use their global host.
    """
    standard = {region: plain(service, mode)(region) for _, region in regions}
    sent = {region: one for region, one in standard.items() if isinstance(one, OnTheWire)}
    hosts = {region: one.host for region, one in sent.items()}
    names = endpoints_for(service, hosts)
    serves = {} if service in ("s3", "s3control") else {"serves": sorted(set(hosts.values()))}
    policy = {
        "defaults": {"private": "require"},
        "vpc_endpoints": [
            {"type": "interface", "dns_names": [name], **serves}
            for name in sorted(set(names.values()))
        ],
    }
    routed = session(Installation(policy, world=world("10.20.0.10")))
    wrong = []
    for region, name in names.items():
        target = name.replace("*", "bucket") if service == "s3" else name
        target = target.replace("*.", "control.") if service == "s3control" else target
        reference = sent[region]
        expected = OnTheWire(target, reference.signing_region, reference.signing_name)
        urls = [None] if service in ("s3", "s3control") else [None, f"https://{name}"]
        for url in urls:
            ours = outcome(routed, service, region, **({"endpoint_url": url} if url else {}))
            if ours != expected:
                wrong.append((region, url, ours, expected))
    assert names or service in NO_SIGNATURE
    assert not wrong, wrong[:5]
