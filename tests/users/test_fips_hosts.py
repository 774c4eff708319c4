"""Users who asked for FIPS and got a host that does not exist, or that they did not expect."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError

import endpoint_router
from endpoint_router import EndpointDenied
from endpoint_router.lab import Absent, Empty, Rcode, Silent
from endpoint_router.lab.network import Lab
from tests.support.lab_client import client_for, hosts, only, policy_for, scope

REQUIRE: dict[str, Any] = {"defaults": {"fips": "require"}}
PREFER: dict[str, Any] = {"defaults": {"fips": "prefer"}}


def botocores_fips_url(service: str) -> str:
    """Where plain botocore sends GovCloud's FIPS calls; of an older one not where AWS says."""
    session = botocore.session.Session()
    fips = Config(use_fips_endpoint=True)
    return str(session.create_client(service, "us-gov-west-1", config=fips).meta.endpoint_url)


def test_botocore_2549(lab: Lab) -> None:
    """With FIPS on, ``ec2-instance-connect`` in GovCloud went to a ``-fips`` host that does not
    exist; the refusal now names that host and the waiver, and a waiver reaches the plain host."""
    fips = "ec2-instance-connect-fips.us-gov-west-1.amazonaws.com"
    plain = "ec2-instance-connect.us-gov-west-1.amazonaws.com"
    key = {"InstanceId": "i-0123456789abcdef0", "InstanceOSUser": "u", "SSHPublicKey": "k" * 80}
    lab.zone.set(fips, Absent())
    lab.host(plain, "52.94.2.1")
    client = client_for(lab, REQUIRE, "ec2-instance-connect", "us-gov-west-1")
    with pytest.raises(EndpointDenied) as refusal:
        client.send_ssh_public_key(**key)
    assert refusal.value.code == "fips.absent"
    assert refusal.value.host == fips
    assert 'services = ["ec2-instance-connect"], fips = "prefer"' in refusal.value.remedy
    assert lab.seen == []
    waiver = {
        "services": ["ec2-instance-connect"],
        "fips": "prefer",
        "reason": "the plain host is FIPS",
    }
    policy = {**REQUIRE, "rules": [waiver]}
    client_for(lab, policy, "ec2-instance-connect", "us-gov-west-1").send_ssh_public_key(**key)
    assert only(lab).host == plain


def test_botocore_2833(lab: Lab) -> None:
    """botocore sent RAM in GovCloud to ``ram-fips``, which does not exist; where it still does
    (1.31), the call is refused by name, and where its ruleset was mended it goes to ``ram``."""
    plain = "ram.us-gov-west-1.amazonaws.com"
    lab.host(plain, "52.94.2.2")
    lab.zone.set("ram-fips.us-gov-west-1.amazonaws.com", Absent())
    client = client_for(lab, REQUIRE, "ram", "us-gov-west-1")
    if "ram-fips" in botocores_fips_url("ram"):
        with pytest.raises(EndpointDenied) as refusal:
            client.list_resources(resourceOwner="SELF")
        assert refusal.value.code == "fips.absent"
        assert refusal.value.host == "ram-fips.us-gov-west-1.amazonaws.com"
        assert lab.seen == []
        client = client_for(lab, PREFER, "ram", "us-gov-west-1")
    client.list_resources(resourceOwner="SELF")
    assert only(lab).host == plain
    assert scope(only(lab)) == ("ram", "us-gov-west-1")


def test_botocore_3072(lab: Lab) -> None:
    """``appconfigdata`` in GovCloud went to a ``-fips`` host that does not exist; now the call
    goes to the one AWS documents, or the host that is missing is named."""
    plain = "appconfigdata.us-gov-west-1.amazonaws.com"
    start = {
        "ApplicationIdentifier": "a",
        "EnvironmentIdentifier": "e",
        "ConfigurationProfileIdentifier": "c",
    }
    lab.host(plain, "52.94.2.3")
    lab.zone.set("appconfigdata-fips.us-gov-west-1.amazonaws.com", Absent())
    client = client_for(lab, REQUIRE, "appconfigdata", "us-gov-west-1")
    if "-fips" in botocores_fips_url("appconfigdata"):
        with pytest.raises(EndpointDenied) as refusal:
            client.start_configuration_session(**start)
        assert refusal.value.code == "fips.absent"
        assert lab.seen == []
        client = client_for(lab, PREFER, "appconfigdata", "us-gov-west-1")
    client.start_configuration_session(**start)
    assert only(lab).host == plain


@pytest.mark.parametrize("region", ["us-gov-east-1", "us-gov-west-1"])
def test_botocore_3442(lab: Lab, region: str) -> None:
    """``client.meta.endpoint_url`` of SageMaker in GovCloud showed a host that no request went to;
    what is shown is now what the server sees."""
    for number, name in enumerate(("api", "api-fips")):
        lab.host(f"{name}.sagemaker.{region}.amazonaws.com", f"52.94.2.{10 + number}")
    client = client_for(lab, REQUIRE, "sagemaker", region)
    client.list_models()
    assert client.meta.endpoint_url == f"https://{only(lab).host}"


def test_botocore_3531(lab: Lab) -> None:
    """DynamoDB in GovCloud with FIPS goes to a host without ``fips`` in its name, and the user
    could not tell whether it is one; the decision now says on what ground it counts."""
    region = "us-gov-east-1"
    for number, name in enumerate(("dynamodb", "dynamodb-fips")):
        lab.host(f"{name}.{region}.amazonaws.com", f"52.94.2.{20 + number}")
    client_for(lab, REQUIRE, "dynamodb", region).list_tables()
    seen = only(lab)
    assert scope(seen) == ("dynamodb", region)
    decision = endpoint_router.explain(
        "dynamodb", "ListTables", region=region, policy=policy_for(lab, REQUIRE)
    )
    assert decision.host == seen.host
    assert decision.fips_basis in ("listed", "ruleset")
    if decision.fips_basis == "ruleset":
        # It is only botocore's ruleset that says so, and a policy may want more than that.
        strict = {"defaults": {"fips": "require", "fips_basis": "listed"}}
        with pytest.raises(EndpointDenied) as refusal:
            client_for(lab, strict, "dynamodb", region).list_tables()
        assert refusal.value.code == "fips.no_basis"
        assert hosts(lab) == [seen.host]


def test_botocore_2800(lab: Lab) -> None:
    """A bucket with dots in its name failed with FIPS in GovCloud; path style reaches the FIPS
    host, and a VPC endpoint or private DNS for it changes nothing about that."""
    host = "s3-fips.us-gov-west-1.amazonaws.com"
    lab.host(host, "52.94.2.30")
    client = client_for(lab, REQUIRE, "s3", "us-gov-west-1")
    client.get_object(Bucket="my.dotted.bucket.name", Key="key")
    seen = only(lab)
    assert (seen.host, seen.path) == (host, "/my.dotted.bucket.name/key")
    assert scope(seen) == ("s3", "us-gov-west-1")


def test_aws_cli_8750(lab: Lab) -> None:
    """FIPS in a region without FIPS hosts ended in "Could not connect": under ``require`` it is now
    a refusal before any connection, under ``prefer`` the plain host, as the user had wished."""
    lab.zone.set("s3-fips.ap-southeast-1.amazonaws.com", Absent())
    lab.host("s3.ap-southeast-1.amazonaws.com", "52.94.2.40")
    with pytest.raises(EndpointDenied) as refusal:
        client_for(lab, REQUIRE, "s3", "ap-southeast-1").list_buckets()
    assert refusal.value.code == "fips.absent"
    assert lab.seen == []
    client_for(lab, PREFER, "s3", "ap-southeast-1").list_buckets()
    seen = only(lab)
    assert seen.host == "s3.ap-southeast-1.amazonaws.com"
    assert scope(seen) == ("s3", "ap-southeast-1")


def test_aws_cli_7826(lab: Lab) -> None:
    """``s3-fips.us-east-1`` answers NODATA although names below it exist. botocore lists the host,
    so its absence is a contradiction: FIPS is kept, and connecting tells; buckets work."""
    lab.host("*.s3-fips.us-east-1.amazonaws.com", "52.94.2.50")
    lab.zone.set("s3-fips.us-east-1.amazonaws.com", Empty())
    lab.host("s3.us-east-1.amazonaws.com", "52.94.2.51")
    lab.host("s3.amazonaws.com", "52.94.2.51")
    for policy in (REQUIRE, PREFER):
        client = client_for(lab, policy, "s3", "us-east-1")
        with pytest.raises((EndpointConnectionError, EndpointDenied)) as error:
            client.list_buckets()
        assert "s3-fips.us-east-1" in str(error.value)
        assert lab.seen == []
        client.list_objects_v2(Bucket="fips-test-123")
        assert lab.seen.pop().host == "fips-test-123.s3-fips.us-east-1.amazonaws.com"


def test_aws_sdk_522(lab: Lab) -> None:
    """Auto Scaling had no FIPS host (then in us-east-1, still not in Europe), and one variable for
    all services broke it: a rule now leaves out that one service, with a reason, and no other."""
    lab.zone.set("autoscaling-fips.eu-central-1.amazonaws.com", Absent())
    lab.host("autoscaling.eu-central-1.amazonaws.com", "52.94.2.60")
    waiver = {"services": ["autoscaling"], "fips": "prefer", "reason": "no FIPS host"}
    policy = {**REQUIRE, "rules": [waiver]}
    scaling = client_for(lab, policy, "autoscaling", "eu-central-1")
    scaling.describe_auto_scaling_instances()
    client_for(lab, policy).list_keys()
    assert hosts(lab) == [
        "autoscaling.eu-central-1.amazonaws.com",
        "kms-fips.us-east-1.amazonaws.com",
    ]


@pytest.mark.parametrize("failure", [Silent(), Rcode("SERVFAIL"), Rcode("REFUSED")])
def test_terraform_provider_aws_45933(lab: Lab, failure: Any) -> None:
    """A DNS time-out while FIPS hosts were looked up broke runs; here a failure of DNS changes
    nothing about FIPS, neither towards the plain host nor into a denial for good."""
    fips = "sqs-fips.eu-west-1.amazonaws.com"
    lab.host(fips, "52.94.2.70")
    good = lab.zone.find(fips)
    for policy in (REQUIRE, PREFER):
        lab.zone.set(fips, failure)
        client = client_for(
            lab, {**policy, "dns": {"timeout": 1.0, "failure_ttl": 0}}, "sqs", "eu-west-1"
        )
        with pytest.raises(EndpointConnectionError):
            client.list_queues()
        lab.zone.set(fips, good)
        client.list_queues()
    assert hosts(lab) == [fips, fips]
