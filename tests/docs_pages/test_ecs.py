"""ECS: botocore's own model takes the task definition, and its parts run as ECS would run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session
from botocore.validate import ParamValidator

from endpoint_router.cli import main as command_line
from endpoint_router.lab.network import Lab
from tests.docs_pages.pages import ROOT, example
from tests.support import namespace
from tests.support.answering import Answering, Sent
from tests.support.namespace import run_isolated

PAGE = "how-to/ecs"
KMS_FIPS = "kms-fips.us-gov-west-1.amazonaws.com"
CREDENTIALS = "169.254.170.2"
APP = """
import botocore.session
client = botocore.session.Session().create_client("kms", "us-gov-west-1")
print(client.list_keys()["Keys"][0]["KeyId"])
"""


def definition() -> dict[str, Any]:
    return json.loads(example(PAGE, "json"))


def containers() -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in definition()["containerDefinitions"]}


def instructions() -> dict[str, str]:
    pairs = [line.partition(" ") for line in example(PAGE, "dockerfile").splitlines()]
    return {name: rest for name, _, rest in pairs}


def test_the_task_definition_fits_the_api() -> None:
    model = Session().get_service_model("ecs").operation_model("RegisterTaskDefinition")
    errors = ParamValidator().validate(definition(), model.input_shape)
    assert errors.generate_report() == ""


def test_the_first_container_starts_what_exists() -> None:
    first = containers()["endpoints"]
    assert first["entryPoint"] == ["endpoint-router"]
    arguments = command_line.make_parser().parse_args(first["command"])
    assert arguments.command == "probe"
    (condition,) = containers()["orders"]["dependsOn"]
    assert condition == {"containerName": "endpoints", "condition": "SUCCESS"}


def test_the_image_puts_the_policy_where_it_is_found() -> None:
    assert instructions()["COPY"]  # of two, the application's
    assert "policy.toml /etc/endpoint-router/policy.toml" in example(PAGE, "dockerfile")


class _Agent(Answering):
    """ECS's agent, of whom the application has its credentials."""

    content_type = "application/json"

    def __init__(self) -> None:
        super().__init__((CREDENTIALS, 80))
        self.asked: list[str] = []

    def answer(self, sent: Sent) -> tuple[int, bytes]:
        self.asked.append(sent.path)
        keys = {"AccessKeyId": "AKIDTASK", "SecretAccessKey": "x", "Token": "t"}
        return 200, json.dumps({**keys, "Expiration": "2099-01-01T00:00:00Z"}).encode()


def _run(policy: str, scratch: Path) -> tuple[int, str, str, list[str], list[str]]:
    namespace.put_into_etc("endpoint-router/policy.toml", policy, scratch)
    entry = [*json.loads(instructions()["ENTRYPOINT"]), *json.loads(instructions()["CMD"])]
    assert entry[:4] == ["endpoint-router", "run", "--", "python"]
    script = scratch / "app.py"
    script.write_text(APP)
    command = [sys.executable, "-m", "endpoint_router", "run", "--", sys.executable, str(script)]
    with _Agent() as agent, Lab(dns=(namespace.NAMESERVER, 53), https=("::", 443)) as lab:
        lab.host(KMS_FIPS, "10.20.0.10")
        named = {one["name"]: one["value"] for one in containers()["orders"]["environment"]}
        environ = {name: value for name, value in os.environ.items() if "ACCESS_KEY" not in name}
        done = subprocess.run(
            command,
            env={
                **environ,
                **named,
                "PYTHONPATH": str(ROOT),
                "ENDPOINT_ROUTER_DNS_TIMEOUT": "60",
                "AWS_CA_BUNDLE": lab.ca_bundle,
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/task",
            },
            capture_output=True,
            text=True,
            timeout=300,
        )
        return (
            done.returncode,
            done.stdout,
            done.stderr,
            agent.asked,
            [seen.host for seen in lab.seen],
        )


def test_the_tasks_credentials_need_no_waiver(tmp_path: Path) -> None:
    """They come from a link-local address, which nothing calls private, by plain HTTP."""
    namespace.require()
    status, out, err, agent, seen = run_isolated(
        _run, example(PAGE, "toml"), tmp_path, addresses=(*namespace.ADDRESSES, CREDENTIALS)
    )
    assert (status, agent, seen) == (0, ["/v2/credentials/task"], [KMS_FIPS]), err
    decision, printed = sorted(out.splitlines(), reverse=True)
    assert printed == "lab" or decision == "lab"
    line = json.loads(next(text for text in (decision, printed) if text != "lab"))
    assert line["code"] == "allowed"
    assert line["application"] == "orders"
    assert line["settings"]["allowed_regions"]["origin"] == "ENDPOINT_ROUTER_ALLOWED_REGIONS"


def test_what_is_not_routed_is_said() -> None:
    pytest.importorskip("botocore.utils")
    from botocore.utils import ContainerMetadataFetcher

    text = (ROOT / "docs" / f"{PAGE}.md").read_text(encoding="utf-8")
    assert ContainerMetadataFetcher.IP_ADDRESS in text
