"""From an application of twenty services to a policy that passes, as a platform engineer goes.

The application runs in report mode on the internet and ``plan`` reads its log. The test plays
Terraform (endpoints with private DNS get addresses in the VPC, one without gets a name) and the
person who completes the waivers; then the application runs again, enforced. What counts is what
servers saw.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from endpoint_router.cli.main import main
from endpoint_router.lab.network import Lab
from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.explain import explain
from tests.plan.lines import dump, of
from tests.support.lab_client import ONE_ATTEMPT, REGION, installed, policy_for
from tests.support.plain_wire import Wire

#: What the organisation wants in the end.
TARGET = {"version": 1, "defaults": {"fips": "require", "private": "require"}}

_STATE_MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:lab"
#: Client, method, parameters, plain host, FIPS host (none: AWS has none; two: botocore's versions
#: disagree).
_CALLS: tuple[tuple[str, str, dict[str, Any], str, str], ...] = (
    ("kms", "list_keys", {}, "kms", "kms-fips"),
    ("s3", "list_objects_v2", {"Bucket": "lab"}, "*.s3", "*.s3-fips"),
    ("s3", "list_buckets", {}, "s3", "s3-fips"),
    ("dynamodb", "list_tables", {}, "dynamodb", "dynamodb-fips"),
    ("sqs", "list_queues", {}, "sqs", "sqs-fips"),
    ("sns", "list_topics", {}, "sns", "sns-fips"),
    ("sts", "get_caller_identity", {}, "sts", "sts-fips"),
    ("ssm", "describe_parameters", {}, "ssm", "ssm-fips"),
    ("secretsmanager", "list_secrets", {}, "secretsmanager", "secretsmanager-fips"),
    ("logs", "describe_log_groups", {}, "logs", "logs-fips"),
    ("cloudwatch", "list_metrics", {}, "monitoring", "monitoring-fips"),
    ("events", "list_rules", {}, "events", "events-fips"),
    ("lambda", "list_functions", {}, "lambda", "lambda-fips"),
    ("ec2", "describe_regions", {}, "ec2", "ec2-fips"),
    ("ecr", "describe_repositories", {}, "api.ecr", "api.ecr-fips ecr-fips"),
    ("ecs", "list_clusters", {}, "ecs", "ecs-fips"),
    ("kinesis", "list_streams", {}, "kinesis", "kinesis-fips"),
    ("firehose", "list_delivery_streams", {}, "firehose", "firehose-fips"),
    ("stepfunctions", "list_state_machines", {}, "states", "states-fips"),
    (
        "stepfunctions",
        "start_sync_execution",
        {"stateMachineArn": _STATE_MACHINE},
        "sync-states",
        "",
    ),
    (
        "servicediscovery",
        "discover_instances",
        {"NamespaceName": "lab", "ServiceName": "lab"},
        "data-servicediscovery",
        "data-servicediscovery-fips",
    ),
    (
        "sagemaker-runtime",
        "invoke_endpoint",
        {"EndpointName": "lab", "Body": b"{}"},
        "runtime.sagemaker",
        "runtime-fips.sagemaker",
    ),
    (
        "bedrock-runtime",
        "invoke_model",
        {"modelId": "lab", "body": b"{}"},
        "bedrock-runtime",
        "bedrock-runtime-fips",
    ),
    ("chime", "list_accounts", {}, "chime", ""),
)
#: The oldest botocore that is supported does not have all of them.
APPLICATION = [one for one in _CALLS if one[0] in Session().get_available_services()]


@pytest.fixture
def internet() -> Iterator[Lab]:
    """Every host of the application at public addresses; nothing is in the VPC yet."""
    with Lab() as lab:
        for number, (*_, plain, fips) in enumerate(APPLICATION, 1):
            lab.host(f"{plain}.{REGION}.amazonaws.com", f"52.94.1.{number}")
            for name in fips.split():
                lab.host(f"{name}.{REGION}.amazonaws.com", f"52.94.2.{number}")
        # What botocore itself uses in us-east-1.
        for name in ("s3", "*.s3", "sts"):
            lab.host(f"{name}.amazonaws.com", "52.94.3.1")
        yield lab


def run(lab: Lab, installation: Installation, wire: Wire | None = None) -> list[str]:
    """The application, once: every call that failed.

    :param wire: leads into the lab what is not routed there.
    """
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    installation(session)
    failed = []
    config = Config(retries=ONE_ATTEMPT, connect_timeout=30, read_timeout=60)
    for service, method, parameters, *_ in APPLICATION:
        client = session.create_client(service, REGION, config=config)
        if wire is not None:
            wire.lead(client, lab)
        try:
            getattr(client, method)(**parameters)
        except Exception as error:  # whatever it is, the application would have failed
            failed.append(f"{service}.{method}: {error!r}")
    return failed


def explained(lab: Lab, log: Path) -> None:
    """A log as it would be, of decisions about calls that are not made."""
    installation = installed(lab, TARGET)
    lines = [
        of(
            explain(service, method, region=REGION, params=parameters, policy=installation),
            mode="report",
        )
        for service, method, parameters, *_ in APPLICATION
    ]
    log.write_bytes(dump(lines))


def reported(lab: Lab, log: Path) -> None:
    """The log of a run in report mode, which changes nothing for the application."""
    policy = {**TARGET, "mode": "report", "log": {"decisions": str(log)}}
    assert run(lab, installed(lab, policy), Wire()) == []
    assert {seen.address[:6] for seen in lab.seen} == {"52.94."}


def apply(lab: Lab, plan: dict[str, Any]) -> str:
    """Play Terraform: what ``terraform output endpoint_router_vpc_endpoints`` would print."""
    handed_over = []
    for number, endpoint in enumerate(plan["vpc_endpoints"], 1):
        if endpoint["private_dns"]:
            for host in endpoint["hosts"]:
                lab.host(host, f"10.20.0.{number}")
            continue
        service = endpoint["service_name"].removeprefix(f"com.amazonaws.{REGION}.")
        name = f"vpce-0123456789abcdef0-abcdefgh.{service}.{REGION}.vpce.amazonaws.com"
        lab.host(name, f"10.20.0.{number}")
        handed_over += [f"{host}={name}" for host in endpoint["hosts"]]
    return ",".join(handed_over)


@pytest.mark.parametrize("make_log", [explained, reported])
def test_from_a_log_to_a_policy_that_passes(
    make_log: Any, internet: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, policy, terraform = (tmp_path / name for name in ("a.jsonl", "policy.toml", "e.tf"))
    make_log(internet, log)

    command = ["plan", str(log), "--json", "--policy", str(policy), "--terraform", str(terraform)]
    assert main(command) == 1
    plan = json.loads(capsys.readouterr().out)
    assert (plan["work"], plan["unknown"], plan["public"]) == ([], [], [])
    assert {one["services"][0] for one in plan["waivers"]} == {"chime", "stepfunctions"}
    assert terraform.read_text().count('resource "aws_vpc_endpoint"') == len(plan["vpc_endpoints"])

    environ = {
        "ENDPOINT_ROUTER_VPC_ENDPOINTS": apply(internet, plan),
        "ENDPOINT_ROUTER_DNS_SERVERS": internet.dns_server,
        "ENDPOINT_ROUTER_DNS_TIMEOUT": "60",
    }
    text = policy.read_text()
    text = re.sub("owner and ticket to be named", "payments team, SEC-1234", text)
    policy.write_text(text)

    before = len(internet.seen)
    world = installed(internet, {}).world
    enforced = Installation(policy, world=world, environ=environ)
    assert run(internet, enforced) == []
    arrived = internet.seen[before:]
    assert len(arrived) == len(APPLICATION) > 20
    assert [seen for seen in arrived if not seen.address.startswith("10.20.")] == []
    waived = {f"{name}.{REGION}.amazonaws.com" for name in ("chime", "sync-states")}
    assert {seen.host for seen in arrived if "fips" not in seen.host} == waived


def test_a_plan_of_what_is_in_place_is_empty(internet: Lab, tmp_path: Path) -> None:
    """Once the endpoints are there, a new log leaves nothing to plan but waivers."""
    for number, (*_, plain, fips) in enumerate(APPLICATION, 1):
        for name in (fips or plain).split():
            internet.host(f"{name}.{REGION}.amazonaws.com", f"10.20.0.{number}")
    log = tmp_path / "a.jsonl"
    policy = {
        **TARGET,
        "rules": [
            {"services": ["chime"], "fips": "prefer", "reason": "SEC-1"},
            {
                "services": ["stepfunctions"],
                "operations": ["StartSyncExecution"],
                "fips": "prefer",
                "reason": "SEC-2",
            },
        ],
    }
    installation = installed(internet, policy_for(internet, policy))
    decisions = [
        explain(service, method, region=REGION, params=parameters, policy=installation)
        for service, method, parameters, *_ in APPLICATION
    ]
    log.write_bytes(dump([of(one) for one in decisions]))
    terraform = tmp_path / "e.tf"
    assert main(["plan", str(log), "--terraform", str(terraform)]) == 0
    assert not terraform.exists()
