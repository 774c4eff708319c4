"""Users whose calls were to reach a VPC endpoint, past a proxy or from outside the VPC."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.session import Session
from msgspec.structs import replace

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from endpoint_router.probe.resolver import Resolver
from endpoint_router.router import Lookup
from tests.support.lab_client import (
    KMS_VPCE,
    ONE_ATTEMPT,
    client_for,
    hosts,
    installed,
    only,
    scope,
)
from tests.support.proxied import ENDPOINT, NOTICED, Clients, hosts_of, proxy

__all__ = ["proxy"]

SQS_VPCE = "vpce-0123456789abcdef0-abcdefgh.sqs.us-east-1.vpce.amazonaws.com"
SQS = "sqs.us-east-1.amazonaws.com"


def test_boto3_3179(lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container whose environment names a proxy for everything, "NO_PROXY [is] not considered"
    for the one endpoint at hand; the advice was ``Config(proxies={})``, which takes the proxy away
    from the rest as well. Here NO_PROXY is considered for the endpoint that a call is routed to,
    also when it is set after the client was made, and only for that one."""
    policy = {
        "defaults": {"private": "off"},
        "rules": [{"services": ["kms"], "private": "require"}],
        "vpc_endpoints": [ENDPOINT],
    }
    lab.host("ssm.us-east-1.amazonaws.com", "52.94.4.1")
    clients = Clients(lab, policy)
    kms, ssm = clients.client(), clients.client("ssm")
    advised = clients.client(config=Config(proxies={}))
    with pytest.raises(EndpointDenied):
        kms.list_keys()
    monkeypatch.setenv("NO_PROXY", f"localhost,127.0.0.1,{KMS_VPCE}")
    clients.time.passes(NOTICED)
    kms.list_keys()
    advised.list_keys()
    ssm.describe_parameters()
    assert hosts(lab) == [KMS_VPCE, KMS_VPCE, "ssm.us-east-1.amazonaws.com"]
    assert hosts_of(proxy) == ["ssm.us-east-1.amazonaws.com"]


def test_aws_sdk_net_3198(lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The need: "we go through proxy when private endpoints are not supported for a service, and go
    direct when we have a private endpoint": a list of standard hosts in ``no_proxy``, which an
    update of the SDK stopped to read, so that everything went through the proxy and nobody was
    told."""
    private = ("acm-pca", "kms", "lambda", "sqs")
    monkeypatch.setenv(
        "no_proxy",
        ",".join(
            ["169.254.169.254", "127.0.0.1", "localhost"]
            + [f"{one}.ap-southeast-2.amazonaws.com" for one in private]
        ),
    )
    # Private DNS: the standard host is at the endpoint's address.
    lab.host("kms.ap-southeast-2.amazonaws.com", "10.20.5.1")
    lab.host("sqs.ap-southeast-2.amazonaws.com", "10.20.5.2")
    lab.host("ssm.ap-southeast-2.amazonaws.com", "52.94.4.2")
    clients = Clients(lab, {"rules": [{"services": list(private), "private": "require"}]})
    kms = clients.client("kms", "ap-southeast-2")
    kms.list_keys()
    clients.client("sqs", "ap-southeast-2").list_queues()
    clients.client("ssm", "ap-southeast-2").describe_parameters()
    assert [seen.address for seen in lab.seen] == ["10.20.5.1", "10.20.5.2", "52.94.4.2"]
    assert hosts_of(proxy) == ["ssm.ap-southeast-2.amazonaws.com"]
    # Whatever stops reading it: the call is refused, not sent through the proxy.
    monkeypatch.delenv("no_proxy")
    clients.time.passes(NOTICED)
    with pytest.raises(EndpointDenied) as refusal:
        kms.list_keys()
    assert refusal.value.code == "private.proxy"
    assert len(proxy.asked) == 1


def test_terraform_provider_aws_39000(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy, where "no local DNS service is set up", ``use_fips_endpoint`` "should not
    trigger DNS resolution of the endpoint when a proxy is intended to be used", yet each plan
    failed on looking up ``sts-fips``."""
    fips = "sts-fips.us-east-1.amazonaws.com"
    lab.host(fips, "52.94.4.3")
    lab.dns.down()
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    client_for(lab, {}, "sts").get_caller_identity()
    assert (only(lab).host, scope(only(lab))) == (fips, ("sts", "us-east-1"))
    assert hosts_of(proxy) == [fips]
    assert lab.dns.questions == []


ZONAL = "vpce-0123456789abcdef0-abcdefgh-us-east-1b.sqs.us-east-1.vpce.amazonaws.com"


def test_aws_sdk_js_4039(lab: Lab, tmp_path: Path) -> None:
    """The question: "Which VPC endpoint interface (ENI) does the SDK select?" Only those that DNS
    confirmed, and the decision log names the one. "Ideally, the SDK would prefer the ENI in the
    same AZ, but will failover to other AZs if needed": the zonal name stands first in the
    policy."""
    interfaces = ("10.20.6.1", "10.20.6.2", "10.20.6.3")
    lab.host(SQS_VPCE, *interfaces)
    lab.host(ZONAL, "10.20.6.2")
    lab.host(SQS, "52.94.4.4")
    decisions = tmp_path / "decisions.jsonl"

    def policy(*names: str) -> dict[str, Any]:
        endpoints = [{"type": "interface", "dns_names": [name]} for name in names]
        return {"vpc_endpoints": endpoints, "log": {"decisions": str(decisions)}}

    client_for(lab, policy(SQS_VPCE), "sqs").list_queues()
    (line,) = map(json.loads, decisions.read_text().splitlines())
    assert line["peer"] == lab.seen.pop().address
    assert line["peer"] in interfaces

    clients = Clients(lab, policy(ZONAL, SQS_VPCE))
    client = clients.client("sqs")
    client.list_queues()
    assert (lab.seen.pop().address, client.meta.endpoint_url) == ("10.20.6.2", f"https://{ZONAL}")
    client._endpoint.http_session.close()
    lab.unreachable("10.20.6.2")
    with pytest.raises(EndpointConnectionError):
        client.list_queues()  # the first attempt; botocore's next one is already elsewhere
    client.list_queues()
    seen = only(lab)
    assert seen.host == SQS_VPCE
    assert seen.address in ("10.20.6.1", "10.20.6.3")


@pytest.fixture
def on_premises(lab: Lab) -> Lab:
    """The VPC's inbound resolver knows the endpoint; for all others SQS is at a public address."""
    lab.host(SQS_VPCE, "10.20.7.1")
    lab.host(SQS, "10.20.7.1", "52.94.4.5")  # its certificate, at both
    lab.unreachable("52.94.4.5")  # "no Internet access"
    return lab


def send(client: Any) -> None:
    url = f"https://{SQS}/123456789012/my-queue"
    client.send_message(QueueUrl=url, MessageBody="Hello")


@pytest.mark.parametrize(("connect", "host"), [("name", SQS_VPCE), ("address", SQS)])
def test_aws_sdk_java_2135(on_premises: Lab, connect: str, host: str) -> None:
    """The need: "it's for on-prem machines with no Internet access, in those cases only workaround
    is to (kind of) statically resolve ``sqs.<region>.amazonaws.com`` to the IP of the VPC
    endpoint": the queue's URL names the standard host, and the SDK went there whatever endpoint it
    was given."""
    policy = {
        "defaults": {"private": "require"},
        "vpc_endpoints": [{"type": "interface", "dns_names": [SQS_VPCE], "connect": connect}],
    }
    send(client_for(on_premises, policy, "sqs"))
    seen = only(on_premises)
    assert (seen.host, seen.sni, seen.address) == (host, host, "10.20.7.1")
    assert (seen.operation, scope(seen)) == ("SendMessage", ("sqs", "us-east-1"))


def test_aws_sdk_java_2135_with_a_hosts_file(on_premises: Lab, tmp_path: Path) -> None:
    """The workaround itself keeps working, and is checked: with the address of another network in
    the file the call is refused."""
    hosts_file = tmp_path / "hosts"
    policy = {"defaults": {"private": "require"}}

    def look_up(_servers: object) -> Lookup:
        # As where the policy names no servers: the hosts file comes first.
        return Resolver(hosts_path=hosts_file).lookup

    def client() -> Any:
        installation = installed(on_premises, policy)
        installation.world = replace(installation.world, lookup=look_up)
        session = Session()
        session.set_config_variable("ca_bundle", on_premises.ca_bundle)
        installation(session)
        return session.create_client("sqs", "us-east-1", config=Config(retries=ONE_ATTEMPT))

    hosts_file.write_text(f"127.0.0.1 localhost\n10.20.7.1 {SQS}  # the VPC endpoint\n")
    send(client())
    assert (only(on_premises).host, only(on_premises).address) == (SQS, "10.20.7.1")
    hosts_file.write_text(f"52.94.4.5 {SQS}\n")
    with pytest.raises(EndpointDenied) as refusal:
        send(client())
    assert refusal.value.code == "private.public_address"
    assert on_premises.dns.questions == []
