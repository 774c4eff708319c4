"""Kubernetes: the manifests fit Kubernetes' own schemas, and the pod's containers are run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.cli import main as command_line
from endpoint_router.lab.network import Lab
from endpoint_router.policy.load import SYSTEM_POLICY, load
from tests.docs_pages.pages import ROOT, examples, page
from tests.support import namespace
from tests.support.namespace import bind_read_only, run_isolated

yaml = pytest.importorskip("yaml", reason="PyYAML, which moto brings")

PAGE = "how-to/kubernetes"
KMS_FIPS = "kms-fips.us-gov-west-1.amazonaws.com"
APP = """
import botocore.session
client = botocore.session.Session().create_client("kms")
print(client.list_keys()["Keys"][0]["KeyId"])
"""


def manifests() -> dict[str, dict[str, Any]]:
    """Those of the page, by name."""
    read = [yaml.safe_load(one.text) for one in examples(PAGE, "yaml")]
    return {one["metadata"]["name"]: one for one in read}


def pod(name: str) -> dict[str, Any]:
    manifest = manifests()[name]
    return (
        manifest["spec"]["template"]["spec"] if "template" in manifest["spec"] else manifest["spec"]
    )


def container(name: str, of: str) -> dict[str, Any]:
    every = [*pod(of)["initContainers"], *pod(of)["containers"]]
    (only,) = (one for one in every if one["name"] == name)
    return only


def test_the_manifests_fit_the_schemas() -> None:
    """Strict: a misspelt key is an error."""
    validate = pytest.importorskip(
        "kubernetes_validate", reason="Kubernetes' schemas, in tox -e platforms"
    )
    for manifest in manifests().values():
        validate.validate(manifest, validate.latest_version(), strict=True)
    broken = manifests()["orders"]
    broken["spec"]["template"]["spec"]["initContainer"] = []
    with pytest.raises(validate.ValidationError):
        validate.validate(broken, validate.latest_version(), strict=True)


@pytest.mark.parametrize("name", ["orders", "orders-with-log"])
def test_what_is_mounted_is_a_volume(name: str) -> None:
    volumes = {volume["name"]: volume for volume in pod(name)["volumes"]}
    mounted = {
        mount["name"]
        for one in [*pod(name)["initContainers"], *pod(name)["containers"]]
        for mount in one["volumeMounts"]
    }
    assert mounted == set(volumes)


def test_the_policy_is_mounted_where_it_is_found() -> None:
    (volume,) = pod("orders")["volumes"]
    config = manifests()[volume["configMap"]["name"]]
    (item,) = volume["configMap"]["items"]
    assert item["key"] in config["data"]
    for name in ("endpoints", "orders"):
        (mount,) = container(name, "orders")["volumeMounts"]
        assert f"{mount['mountPath']}/{item['path']}" == SYSTEM_POLICY


@pytest.mark.parametrize(
    ("name", "of"), [("endpoints", "orders"), ("orders", "orders"), ("orders", "orders-with-log")]
)
def test_the_commands_exist(name: str, of: str) -> None:
    one = container(name, of)
    command = [*one["command"], *one.get("args", [])]
    assert command[0] == "endpoint-router"
    assert command_line.make_parser().parse_args(command[1:]).command in ("probe", "run")


def test_the_variables_are_read() -> None:
    for of in ("orders", "orders-with-log"):
        given = {one["name"]: one["value"] for one in container("orders", of)["env"]}
        load(environ=given, system_policy="")


def test_variables_of_a_service_of_that_name_are_ignored() -> None:
    """What the kubelet injects for a Service, by Kubernetes' documentation."""
    port = {"": "tcp://10.0.0.11:443", "_PROTO": "tcp", "_PORT": "443", "_ADDR": "10.0.0.11"}
    injected = {
        "ENDPOINT_ROUTER_SERVICE_HOST": "10.0.0.11",
        "ENDPOINT_ROUTER_SERVICE_PORT": "443",
        "ENDPOINT_ROUTER_SERVICE_PORT_HTTPS": "443",
        "ENDPOINT_ROUTER_PORT": "tcp://10.0.0.11:443",
        **{f"ENDPOINT_ROUTER_PORT_443_TCP{name}": value for name, value in port.items()},
    }
    assert (
        load(environ=injected, system_policy="").origins
        == load(environ={}, system_policy="").origins
    )
    (named,) = re.findall(r"`(ENDPOINT_ROUTER_PORT\w+)`", page(PAGE))
    assert named in injected


def _config_map(folder: Path, data: dict[str, str]) -> Path:
    """A volume as the kubelet writes it: links to links, so that it changes at once."""
    real = folder / "..2026_11_22_03_00_00.1"
    real.mkdir(parents=True)
    (folder / "..data").symlink_to(real.name)
    for name, text in data.items():
        (real / name).write_text(text)
        (folder / name).symlink_to(f"..data/{name}")
    return folder


def _run(command: list[str], given: dict[str, str], data: dict[str, str], scratch: Path) -> Any:
    # The folder must be there before it is mounted over.
    namespace.put_into_etc("endpoint-router/policy.toml", "broken", scratch)
    volume = _config_map(scratch / "volume", data)
    bind_read_only(str(volume), os.path.dirname(SYSTEM_POLICY))
    with Lab(dns=(namespace.NAMESERVER, 53), https=("::", 443)) as lab:
        lab.host(KMS_FIPS, "10.20.0.10")
        done = subprocess.run(
            command,
            env={**os.environ, **given, "PYTHONPATH": str(ROOT), "AWS_CA_BUNDLE": lab.ca_bundle,
                 "AWS_DEFAULT_REGION": given.get("AWS_REGION", "us-gov-west-1"),
                 "ENDPOINT_ROUTER_DNS_TIMEOUT": "60"},
            capture_output=True,
            text=True,
            timeout=300,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr, [seen.host for seen in lab.seen]


def _started(name: str, tmp_path: Path) -> list[str]:
    """A container's command with this machine's paths in it."""
    one = container(name, "orders")
    script = tmp_path / "app.py"
    script.write_text(APP)
    here = {"endpoint-router": [sys.executable, "-m", "endpoint_router"],
            "python": [sys.executable], "/app/app.py": [str(script)]}  # fmt: skip
    words = [*one["command"], *one.get("args", [])]
    return [part for word in words for part in here.get(word, [word])]


def test_the_application_runs_under_the_mounted_policy(tmp_path: Path) -> None:
    namespace.require()
    (tmp_path / "etc").mkdir()
    given = {one["name"]: one["value"] for one in container("orders", "orders")["env"]}
    data = manifests()["endpoint-policy"]["data"]
    ran = run_isolated(_run, _started("orders", tmp_path), given, data, tmp_path / "etc")
    status, out, err, seen = ran
    assert (status, seen) == (0, [KMS_FIPS]), err
    line = json.loads(next(text for text in out.splitlines() if text.startswith("{")))
    assert f"file {SYSTEM_POLICY}" in line["policy"]["origin"]
    assert (line["application"], line["private_basis"]) == ("orders", "private-address")


def test_the_init_container_fails_where_a_demand_cannot_be_met(tmp_path: Path) -> None:
    """STS has no endpoint in this network."""
    namespace.require()
    (tmp_path / "etc").mkdir()
    data = manifests()["endpoint-policy"]["data"]
    ran = run_isolated(_run, _started("endpoints", tmp_path), {}, data, tmp_path / "etc")
    status, out, err, _ = ran
    assert status == 1, err
    assert "sts" in out
