"""AWS Lambda: the page's layer is built and run by AWS's own runtime client, frozen and thawed."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from endpoint_router.lab import Addresses
from endpoint_router.lab.network import Lab
from tests.docs_pages.lambda_runtime import Function, RuntimeApi, make_runtime
from tests.docs_pages.pages import ROOT, example
from tests.support import namespace
from tests.support.namespace import bind_read_only, needs_namespaces, run_isolated

__all__ = ["needs_namespaces"]

pytest.importorskip("awslambdaric", reason="AWS's runtime client, in tox -e platforms")

PAGE = "how-to/aws-lambda"
KMS = "kms.us-gov-west-1.amazonaws.com"
KMS_FIPS = "kms-fips.us-gov-west-1.amazonaws.com"
WRAPPER = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/endpoint-router-exec"}
PLUGIN = {
    "BOTOCORE_EXPERIMENTAL__PLUGINS": "endpoint_router=endpoint_router.sdk.plugin",
    "ENDPOINT_ROUTER_POLICY": "/opt/endpoint-router.toml",
}
#: What only the layer has.
LAYERED = ("endpoint_router", "__editable__", "cachetools", "dns", "msgspec")


class Machine(NamedTuple):
    """Where things lie before a namespace makes ``/opt`` of one of them."""

    runtime: Path
    layer: Path
    task: Path


class Lived(NamedTuple):
    """What became of the invocations, what the servers saw, and the function's log."""

    answers: list[tuple[str, Any]]
    hosts: list[str]
    log: str


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """The layer, built by the page's own command; the runtime has none of it."""
    folder = tmp_path_factory.mktemp("lambda")
    build(folder)
    task = folder / "task"
    task.mkdir()
    (task / "app.py").write_text(example(PAGE, "python"))
    return Machine(make_runtime(folder / "runtime", LAYERED), folder / "layer", task)


def build(folder: Path) -> None:
    """Do what the page says under *The layer*, with this work tree for the package."""
    (folder / "layer").mkdir()
    script = folder / "layer" / "endpoint-router-exec"
    script.write_text(example(PAGE, "bash"))
    script.chmod(0o755)
    (folder / "layer" / "endpoint-router.toml").write_text(example(PAGE, "toml"))
    command = shlex.split(example(PAGE, "sh", "pip install").replace("\\\n", " "))
    assert command[0] == "pip"
    of_this_machine = {"3.13": f"3.{sys.version_info[1]}", "endpoint-router": str(ROOT)}
    words = [of_this_machine.get(word, word) for word in command[1:]]
    # What is not published yet is no wheel either.
    words.remove("--only-binary=:all:")
    for option in ("--platform", "--python-version"):
        del words[words.index(option) : words.index(option) + 2]
    subprocess.run([sys.executable, "-m", "pip", *words], cwd=folder, check=True)


def live(machine: Machine, environ: dict[str, str], **options: Any) -> Lived:
    """Two invocations in a network of their own; with ``frozen``, a long freeze in between."""
    return run_isolated(_live, machine, environ, options, timeout=400)


def _live(machine: Machine, environ: dict[str, str], options: dict[str, Any]) -> Lived:
    bind_read_only(str(machine.layer), "/opt")
    with (
        Lab(dns=(namespace.NAMESERVER, 53), https=("::", 443), http=("::", 80)) as lab,
        RuntimeApi() as api,
    ):
        lab.host(KMS, "52.94.0.10")
        lab.host(KMS_FIPS, "52.94.0.11", ttl=1)
        environ = {"AWS_CA_BUNDLE": lab.ca_bundle, **environ}
        image = options.get("image", ())
        with Function(api, machine.runtime, machine.task, environ, image) as function:
            answers = [api.invoke({})]
            if options.get("frozen"):
                function.freeze()
                lab.zone.set(KMS_FIPS, Addresses(("52.94.0.12",), 1))
                lab.host(KMS_FIPS, "52.94.0.12", ttl=1)
                time.sleep(1.5)  # longer than the answer's TTL; the process gets nothing of it
                function.thaw()
            if answers[0][0] == "response":  # else nobody is left to ask
                answers.append(api.invoke({}))
        return Lived(answers, [f"{seen.host} {seen.address}" for seen in lab.seen], function.err)


def test_without_the_layer_the_function_is_plain(machine: Machine) -> None:
    """Otherwise the tests below could not fail."""
    lived = live(machine, {})
    assert lived.hosts == [f"{KMS} 52.94.0.10"] * 2, lived.log


def test_the_wrapper_routes_what_the_handler_calls(machine: Machine) -> None:
    lived = live(machine, WRAPPER)
    assert lived.answers == [("response", {"keys": ["lab"]})] * 2, lived.log
    assert lived.hosts == [f"{KMS_FIPS} 52.94.0.11"] * 2
    (line,) = (json.loads(text) for text in lived.log.splitlines() if text.startswith("{"))
    assert (line["operation"], line["outcome"], line["sent"]) == ("ListKeys", "allowed", KMS_FIPS)
    assert line["policy"]["origin"] == ["file /opt/endpoint-router.toml"]


def test_botocores_variable_routes_it_as_well(machine: Machine) -> None:
    lived = live(machine, PLUGIN)
    assert lived.hosts == [f"{KMS_FIPS} 52.94.0.11"] * 2, lived.log


def test_other_layers_are_still_found(machine: Machine) -> None:
    """Lambda leaves the layers out of ``sys.path`` as soon as there is a PYTHONPATH."""
    inside = machine.layer / "python" / "lib" / f"python3.{sys.version_info[1]}" / "site-packages"
    inside.mkdir(parents=True)
    (inside / "of_another_layer.py").write_text("word = 'found'\n")
    task = machine.task.with_name("task-of-two-layers")
    shutil.copytree(machine.task, task)
    (task / "app.py").write_text(
        "import of_another_layer\ndef handler(event, context): return of_another_layer.word\n"
    )
    try:
        assert live(machine._replace(task=task), WRAPPER).answers == [("response", "found")] * 2
    finally:
        shutil.rmtree(machine.layer / "python" / "lib")


def test_after_a_freeze_dns_is_asked_again(machine: Machine, tmp_path: Path) -> None:
    """The address changes while nothing runs; what relies on it is dialled at the new one."""
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'version = 1\n[defaults]\nprivate = "require"\n[network]\nprivate = ["52.94.0.8/29"]\n'
        "[dns]\nmin_ttl = 1\n"
    )
    environ = {**WRAPPER, "ENDPOINT_ROUTER_POLICY": str(policy), "ENDPOINT_ROUTER_FIPS": "require"}
    lived = live(machine, environ, frozen=True)
    assert lived.hosts == [f"{KMS_FIPS} 52.94.0.11", f"{KMS_FIPS} 52.94.0.12"], lived.log


def test_a_broken_policy_does_not_start(machine: Machine) -> None:
    environ = {**WRAPPER, "ENDPOINT_ROUTER_FISP": "require"}
    status, log = run_isolated(_start, machine, environ, timeout=400)
    assert status == 2
    assert "ENDPOINT_ROUTER_FIPS" in log.splitlines()[-1]


def _start(machine: Machine, environ: dict[str, str]) -> tuple[int, str]:
    bind_read_only(str(machine.layer), "/opt")
    with RuntimeApi() as api, Function(api, machine.runtime, machine.task, environ) as function:
        return function.ended()


def test_in_an_image_the_client_is_started_under_run(machine: Machine) -> None:
    text = example(PAGE, "dockerfile")
    instructions = [line.partition(" ") for line in text.splitlines()]
    command = [
        word
        for name, _, rest in instructions
        if name in ("ENTRYPOINT", "CMD")
        for word in json.loads(rest)
    ]
    assert command[0] == "endpoint-router"
    python = str(machine.runtime / "bin" / "python")
    started = [python, "-m", "endpoint_router", *command[1:]]
    environ = {
        "PYTHONPATH": "/opt/python",
        "ENDPOINT_ROUTER_POLICY": "/opt/endpoint-router.toml",
        "PATH": f"{machine.runtime / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }
    lived = live(machine, environ, image=started)
    assert lived.hosts == [f"{KMS_FIPS} 52.94.0.11"] * 2, lived.log
