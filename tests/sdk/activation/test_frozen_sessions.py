"""Sessions and clients that ``gc.freeze()`` hides, as prefork servers do before they fork.

In interpreters and a network of their own: what is frozen stays frozen.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sdk.test_plugin import assume_role, needs_plugins
from tests.support.children import needs_fork
from tests.support.lab_client import KMS, KMS_FIPS
from tests.support.namespace import needs_namespaces
from tests.support.programs import STS_FIPS, run

__all__ = ["needs_namespaces"]

BOTO3 = """
import boto3
boto3.setup_default_session(region_name="us-east-1")
make = boto3.client
"""
BOTOCORE = """
import botocore.session
session = botocore.session.Session()
session.set_config_variable("region", "us-east-1")
make = session.create_client
"""
FREEZE = "import gc; gc.freeze()\n"
INSTALL = "import endpoint_router; endpoint_router.install()\n"
CALL = 'print(make("kms").list_keys()["Keys"][0]["KeyId"])\n'


def program(tmp_path: Path, *parts: str) -> Path:
    file = tmp_path / "app.py"
    file.write_text("".join(parts))
    return file


@pytest.mark.parametrize("session", [BOTO3, BOTOCORE], ids=["boto3", "botocore"])
def test_a_frozen_session(tmp_path: Path, session: str) -> None:
    app = program(tmp_path, session, FREEZE, INSTALL, CALL)
    ran = run([app], ENDPOINT_ROUTER_FIPS="require")
    assert ran.seen == [("ListKeys", KMS_FIPS)], ran.err


def test_threads_that_make_its_next_clients_at_once(tmp_path: Path) -> None:
    threads = """
import sys, threading
sys.setswitchinterval(1e-6)
start = threading.Barrier(8)
def work():
    start.wait()
    make("kms").list_keys()
workers = [threading.Thread(target=work) for _ in range(8)]
for worker in workers: worker.start()
for worker in workers: worker.join()
"""
    # An older botocore makes a session's components without a lock: here they are made before.
    first = 'make("sts")\n'
    app = program(tmp_path, BOTOCORE, first, FREEZE, INSTALL, threads)
    ran = run([app], ENDPOINT_ROUTER_FIPS="require")
    assert ran.seen == [("ListKeys", KMS_FIPS)] * 8, ran.err


@needs_fork
def test_a_worker_that_installs_after_the_fork(tmp_path: Path) -> None:
    fork = "import os, sys\nif os.fork(): sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))\n"
    app = program(tmp_path, BOTO3, FREEZE, fork, INSTALL, CALL)
    ran = run([app], ENDPOINT_ROUTER_FIPS="require")
    assert (ran.status, ran.seen) == (0, [("ListKeys", KMS_FIPS)]), ran.err


def test_a_session_of_a_class_of_ones_own(tmp_path: Path) -> None:
    own = """
import botocore.session
class Own(botocore.session.Session):
    def create_client(self, *arguments, **options):
        return botocore.session.Session.create_client(self, *arguments, **options)
session = Own()
session.set_config_variable("region", "us-east-1")
make = session.create_client  # bound before
"""
    app = program(tmp_path, own, FREEZE, INSTALL, CALL)
    ran = run([app], ENDPOINT_ROUTER_FIPS="require")
    assert ran.seen == [("ListKeys", KMS_FIPS)], ran.err


def test_a_broken_policy_refuses_there_too(tmp_path: Path) -> None:
    install = INSTALL.replace("endpoint_router.install()", "\ntry: endpoint_router.install()")
    app = program(tmp_path, BOTO3, FREEZE, install, "\nexcept Exception: pass\n", CALL)
    ran = run([app], ENDPOINT_ROUTER_FISP="require")
    assert "ENDPOINT_ROUTER_FIPS" in ran.err
    assert ran.seen == []


@needs_plugins
def test_a_plugin_covers_the_sts_call_of_a_frozen_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = assume_role(tmp_path, monkeypatch)
    app = program(tmp_path, "import boto3\nboto3.setup_default_session()\n", FREEZE)
    with app.open("a") as file:
        file.write("make = boto3.client\n" + CALL)
    ran = run([app], ENDPOINT_ROUTER_FIPS="require", **environ)
    assert ran.seen == [("AssumeRole", STS_FIPS), ("ListKeys", KMS_FIPS)], (ran.out, ran.err)


def test_frozen_clients_are_named(tmp_path: Path) -> None:
    make = 'client = make("kms")\nmake = lambda name: client\n'
    app = program(tmp_path, BOTO3, make, FREEZE, INSTALL, CALL)
    ran = run([app], ENDPOINT_ROUTER_FIPS="require")
    assert ran.seen == [("ListKeys", KMS)]
    assert (
        "gc.freeze() hides client(s) made before install(), which are not routed: KMS." in ran.err
    )
    assert "attach(client)" in ran.err


def test_a_frozen_client_can_be_attached(tmp_path: Path) -> None:
    make = 'client = make("kms")\nmake = lambda name: client\n'
    attach = "endpoint_router.attach(client)\n"
    app = program(tmp_path, BOTO3, make, FREEZE, INSTALL, attach, CALL)
    assert run([app], ENDPOINT_ROUTER_FIPS="require").seen == [("ListKeys", KMS_FIPS)]


def test_without_clients_nobody_is_warned_of_any(tmp_path: Path) -> None:
    ran = run([program(tmp_path, BOTO3, FREEZE, INSTALL, CALL)], ENDPOINT_ROUTER_FIPS="require")
    assert ran.err == ""


def test_uninstall_leaves_the_class_as_it_was(tmp_path: Path) -> None:
    undone = """
from botocore.session import Session
assert Session.get_component is not before
endpoint_router.uninstall()
assert Session.get_component is before
"""
    before = "from botocore.session import Session\nbefore = Session.get_component\n"
    app = program(tmp_path, BOTO3, before, FREEZE, INSTALL, undone, CALL)
    ran = run([app], ENDPOINT_ROUTER_FIPS="require")
    assert ran.seen == [("ListKeys", KMS)], ran.err


def test_uninstall_beside_a_wrapper_of_somebody_elses(tmp_path: Path) -> None:
    wrap = """
inner = Session.get_component
Session.get_component = lambda self, *words, **more: inner(self, *words, **more)
endpoint_router.uninstall()
"""
    before = "from botocore.session import Session\n"
    app = program(tmp_path, BOTO3, before, FREEZE, INSTALL, wrap, CALL)
    ran = run([app], ENDPOINT_ROUTER_FIPS="require")
    assert ran.seen == [("ListKeys", KMS)], ran.err


def test_where_nothing_is_frozen_no_class_is_touched(tmp_path: Path) -> None:
    before = "from botocore.session import Session\nbefore = Session.get_component\n"
    same = "assert Session.get_component is before\n"
    ran = run([program(tmp_path, BOTO3, before, INSTALL, same)], ENDPOINT_ROUTER_FIPS="require")
    assert ran.status == 0, ran.err
