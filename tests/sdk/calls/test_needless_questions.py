"""No question of DNS that changes nothing: whoever is sure of the host neither asks nor waits."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.lab.network import Lab
from endpoint_router.router import World
from endpoint_router.sdk.activation.installation import Installation
from tests.support.lab_client import KMS_FIPS, KMS_VPCE, SQS_FIPS, hosts, lab, policy_for, questions
from tests.support.plain_wire import Wire
from tests.support.report_mode import make, plain_session

__all__ = ["lab"]

PLAIN_ENDPOINT = {"type": "interface", "dns_names": [KMS_VPCE]}


def called(
    lab: Lab, policy: dict[str, Any], service: str = "kms", region: str = "us-east-1"
) -> Any:
    """One call of a routed client that connects as urllib3 does: what is asked, the router asks."""
    session = plain_session(lab)
    Installation(policy_for(lab, policy), world=World(), environ={})(session)
    return Wire().lead(make(session, service, region), lab)


@pytest.mark.parametrize("demand", ["require", "prefer"])
@pytest.mark.parametrize("declared", [[], [PLAIN_ENDPOINT]], ids=["alone", "before an endpoint"])
def test_a_listed_fips_host_is_not_looked_up(
    lab: Lab, demand: str, declared: list[dict[str, Any]]
) -> None:
    called(lab, {"defaults": {"fips": demand}, "vpc_endpoints": declared}).list_keys()
    assert hosts(lab) == [KMS_FIPS]
    assert lab.dns.questions == []


def test_one_that_only_a_ruleset_names_is(lab: Lab) -> None:
    lab.host(SQS_FIPS, "52.94.0.21")
    called(lab, {"defaults": {"fips": "require"}}, "sqs", "eu-west-1").list_queues()
    assert hosts(lab) == [SQS_FIPS]
    assert questions(lab, SQS_FIPS) == 1


def test_dnspython_is_not_imported_for_it(tmp_path: Path) -> None:
    program = """
        import sys
        import boto3
        from botocore.stub import Stubber
        import endpoint_router
        endpoint_router.install({"defaults": {"fips": "require"}})
        client = boto3.client("kms", "us-east-1")
        with Stubber(client) as stubber:
            stubber.add_response("list_keys", {"Keys": []})
            client.list_keys()
        assert client.meta.endpoint_url == "https://kms-fips.us-east-1.amazonaws.com"
        print([name for name in sys.modules if name.partition(".")[0] == "dns"])
    """
    nobody = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "HOME": str(tmp_path)}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(
        command, env={**os.environ, **nobody}, check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"
