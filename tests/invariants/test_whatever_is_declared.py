"""Whatever is declared, of every kind at once: what reaches the wire satisfies the policy.

As in :mod:`.test_whatever_is_demanded`, with gateways, zones, hosts of one's own, account ids, host
prefixes and S3's families (:mod:`.declared`). The judge knows hosts by their looks and DNS by the
test's own table; of the router's own words it believes none.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.session import Session
from hypothesis import HealthCheck, example, given, settings

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.router import World
from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.calls.route import ROUTE
from tests.invariants.declared import (
    ACCOUNT,
    BUCKET,
    CALLS,
    DYNAMODB,
    ENDPOINTS,
    HERE,
    KMS,
    OF_ACCOUNT,
    OWN,
    SECRETS,
    STORE,
    THERE,
    URLS,
    Situation,
    gateway,
    quiet,
    situations,
)
from tests.kinds.table import interface, vpce, world
from tests.support.examples import examples
from tests.support.wire import Caught, nothing_leaves

LOADER = Loader()


@dataclass
class Sent:
    """What would have left the process."""

    url: str
    #: What the guard let pass: a route with its decision, or nothing.
    route: Any
    host: str = field(init=False)
    port: int = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        self.host = (parts.hostname or "").rstrip(".")
        self.port = parts.port or (80 if parts.scheme == "http" else 443)


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def decision_log() -> Iterator[list[str]]:
    handler, log = _Lines(), logging.getLogger("endpoint_router.decisions")
    level, log.level = log.level, logging.INFO
    log.addHandler(handler)
    try:
        yield handler.lines
    finally:
        log.removeHandler(handler)
        log.level = level


def run(situation: Situation, *, routed: bool = True) -> Sent | Exception:
    session = Session()
    session.register_component("data_loader", LOADER)
    session._credentials = Credentials("AKIDEXAMPLE", "nobody", **OF_ACCOUNT)
    if routed:
        there = world({})
        there = World(lookup=lambda _dns: situation.lookup, dialler=there.dialler)
        Installation(situation.policy, world=there, environ={})(session)
    service, operation, parameters = CALLS[situation.call]
    config = Config(retries={"total_max_attempts": 1}, **situation.config)
    try:
        with nothing_leaves():
            client = session.create_client(
                service,
                situation.region,
                config=config,
                endpoint_url=situation.url,
                verify=situation.verify,
            )
            getattr(client, operation)(**parameters)
    except Caught as caught:
        # In report mode an older botocore's requests have none.
        context = getattr(caught.request, "context", {})
        return Sent(caught.request.url, context.get(ROUTE))
    except (BotoCoreError, ValueError) as error:
        return error
    raise AssertionError("the call was answered without being sent")


# --- the judge

_LABELS = re.compile(r"(?:^|[.-])([a-z]{2}-[a-z]+-\d)(?=\.)")
_S3 = ("s3", "s3-fips", "s3-accesspoint", "s3-accesspoint-fips")


def through_agateway(situation: Situation, host: str) -> bool:
    """Does the policy say so, and DNS not say otherwise?"""
    for one in situation.declared("gateway"):
        front = re.sub(rf"\.{one['region']}\.(amazonaws\.com|api\.aws)$", "", host)
        label = front.removesuffix(".dualstack").rpartition(".")[2]
        serves = {
            "s3": label in _S3,
            "s3express": label.startswith("s3express-"),
            "dynamodb": front in ("dynamodb", "dynamodb-fips", f"{ACCOUNT}.ddb"),
        }
        said = situation.said(host)
        if front != host and serves[one["service"]]:
            return said == "listed" or (said == "public" and "prefix_list" not in one)
    return False


def attested(situation: Situation, sent: Sent, what: str) -> bool:
    """Does somebody vouch for the host?"""
    ours = sent.host.endswith("store.example") and sent.port == 9000
    entries = [*situation.policy["custom_endpoints"]]
    if what == "fips":
        entries += situation.declared("interface")
    return ours and any(one.get(what) for one in entries)


def is_aws(host: str) -> bool:
    return host.endswith((".amazonaws.com", ".api.aws")) and ".vpce." not in host


def hold_to_the_policy(situation: Situation, sent: Sent) -> None:
    demands, host = situation.demands, sent.host
    required = [
        name for name in ("fips", "private", "dual_stack", "regional") if demands(name) == "require"
    ]
    if situation.config.get("use_fips_endpoint"):
        required.append("fips")
    if required:
        assert situation.verify
        assert sent.url.startswith("https://")
    if "fips" in required and "fips" not in host:
        assert attested(situation, sent, "fips")
        assert demands("fips_basis") == "attested"
    if "private" in required:
        decision = sent.route.decision
        assert decision.allowed
        if sent.route.lane is not None:
            assert decision.addresses
            assert all(one.startswith("10.") for one in decision.addresses)
            assert situation.said(decision.pin.question.name) in ("private", "half")
        else:
            assert attested(situation, sent, "private") or through_agateway(situation, host)
    if demands("allowed_regions"):
        assert all(one.startswith("us-") for one in _LABELS.findall(host))
    if "regional" in required:
        assert not host.endswith(("s3.amazonaws.com", "s3-fips.amazonaws.com"))
    if "dual_stack" in required and is_aws(host):
        assert ".dualstack." in host or host.endswith(".api.aws")


def hold_to_the_call(situation: Situation, sent: Sent) -> None:
    """It goes to the service that was meant, at the port that was meant."""
    store = (sent.host.endswith("store.example"), OWN in sent.host)
    meant = situation.url and ("store.example" in situation.url.lower() or OWN in situation.url)
    assert any(store) == bool(meant)
    if meant and situation.url:
        assert sent.port == (urlsplit(situation.url.lower()).port or 443)
    else:
        assert sent.port == 443


def hold_to_the_zone(situation: Situation, sent: Sent) -> None:
    pin = sent.route.decision.pin if sent.route else None
    if pin is None or KMS.partition(".")[0] not in pin.question.name:
        return
    assert pin.question.name != THERE
    zone = situation.policy["network"]["zone"]
    if pin.question.name == HERE:
        assert zone == "us-east-1a"
    elif pin.question.name == KMS and zone == "us-east-1a":
        assert situation.said(HERE) not in ("private", "half")


@settings(max_examples=examples(300), deadline=None, suppress_health_check=list(HealthCheck))
@given(situations())
# What chance finds too rarely.
@example(quiet("bucket", gateway("s3", "eu-west-1")))
@example(quiet("bucket", gateway("s3", "us-east-1", "52.94.0.0/16"), says="public"))
@example(quiet("bucket", gateway("s3", "us-east-1"), says="half listed"))
@example(quiet("bucket", gateway("s3", "us-east-1"), says="mixed"))
@example(quiet("tables", gateway("s3", "us-east-1"), gateway("s3express", "us-east-1")))
@example(quiet("bucket", interface(OWN, serves=STORE), url=f"https://{OWN}:9000", private="off"))
@example(quiet("bucket", interface(OWN, serves=STORE), url=f"https://{OWN}:9000", fips="require"))
@example(quiet("bucket", interface(OWN, serves=STORE), url=URLS[3], endpoint_url="deny"))
@example(quiet("kms", url="https://kms.eu-west-1.amazonaws.com", allowed_regions=["us-*"]))
@example(quiet("bucket", url="https://s3-eu-west-1.amazonaws.com", allowed_regions=["us-*"]))
def test_nothing_that_violates_the_policy_reaches_the_wire(situation: Situation) -> None:
    with decision_log() as lines:
        sent = run(situation)
    for secret in SECRETS:
        assert not any(secret in line for line in lines)
    if isinstance(sent, (EndpointDenied, EndpointUnverified)):
        assert sent.code
        assert sent.reason
        assert sent.remedy
        assert "s3cret" not in str(sent)
    elif isinstance(sent, Sent):
        hold_to_the_policy(situation, sent)
        hold_to_the_call(situation, sent)
        hold_to_the_zone(situation, sent)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(situations(mode="report"))
def test_in_report_mode_requests_are_what_they_would_be(situation: Situation) -> None:
    routed, plain = run(situation), run(situation, routed=False)
    if isinstance(plain, Sent):
        assert isinstance(routed, Sent), routed
        assert routed.url == plain.url
    else:
        assert (type(routed), str(routed)) == (type(plain), str(plain))


@pytest.mark.parametrize(
    ("situation", "host"),
    [
        (quiet("kms", *ENDPOINTS), HERE),
        (quiet("bucket", gateway("s3", "us-east-1")), f"{BUCKET}.s3.us-east-1.amazonaws.com"),
        (quiet("tables", gateway("dynamodb", "us-east-1")), f"{DYNAMODB}.us-east-1."),
        (quiet("bucket", interface(OWN, serves=STORE), url="https://store.example:9000"), OWN),
        (quiet("prefix", interface(vpce("sync-states"))), vpce("sync-states")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_invariants_are_not_those_of_a_router_that_refuses_all(
    situation: Situation, host: str
) -> None:
    sent = run(situation)
    assert isinstance(sent, Sent), sent
    assert sent.host.startswith(host)
    hold_to_the_policy(situation, sent)
    hold_to_the_call(situation, sent)
    hold_to_the_zone(situation, sent)
