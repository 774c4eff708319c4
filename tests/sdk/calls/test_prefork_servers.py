"""A prefork server: the client has made a call before the workers were forked."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from endpoint_router.lab.network import Lab
from tests.support.lab_client import KMS, questions
from tests.support.renewing import PLENTY, Reach, eventually

pytest.importorskip("gunicorn", reason="gunicorn runs where there is fork")

ROOT = Path(__file__).parents[3]
APPLICATION = "tests.support.prefork_app:app"
#: gunicorn skips settings that it does not know: it has a control socket since 25.
CONFIGURATION = """
bind = "fd://{descriptor}"
workers = 2
preload_app = True
loglevel = "warning"
control_socket_disable = True
timeout = 300
"""


class Server:
    """gunicorn with two workers, which listen on a socket that exists already."""

    def __init__(self, lab: Lab, log: Path) -> None:
        reach = Reach.of(lab)
        self._listener = socket.create_server(("127.0.0.1", 0))
        descriptor = self._listener.fileno()
        settings = log.with_suffix(".conf.py")
        settings.write_text(CONFIGURATION.format(descriptor=descriptor))
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--config", settings, APPLICATION],
                cwd=ROOT,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
                    "LAB_DNS": reach.dns,
                    "LAB_CA": reach.ca_bundle,
                    "LAB_PORT": str(reach.port),
                },
                pass_fds=[descriptor],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._log = log

    def get(self, passing: float = 0) -> int:
        """The pid of the worker that served a request, and made a call for it."""
        port = self._listener.getsockname()[1]
        url = f"http://127.0.0.1:{port}/?pass={passing}"
        try:
            with urllib.request.urlopen(url, timeout=2 * PLENTY) as response:
                return int(response.read())
        except OSError as error:
            raise AssertionError(self._log.read_text()) from error

    def workers(self, without: int = 0) -> set[int]:
        """Both workers, each of which has made a call by now."""
        found: set[int] = set()
        limit = time.monotonic() + 3 * PLENTY
        while len(found - {without}) < 2:
            assert time.monotonic() < limit, self._log.read_text()
            found.add(self.get())
        return found - {without}

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PLENTY)
        self._listener.close()


@pytest.fixture
def server(lab: Lab, tmp_path: Path) -> Iterator[Server]:
    server = Server(lab, tmp_path / "gunicorn.log")
    try:
        yield server
    finally:
        server.stop()


def test_workers_inherit_the_client_and_what_it_knows(lab: Lab, server: Server) -> None:
    workers = server.workers()
    assert len(workers) == 2
    assert server.process.pid not in workers
    assert {(seen.host, seen.operation) for seen in lab.seen} == {(KMS, "ListKeys")}
    assert len(lab.seen) >= 3
    assert questions(lab, KMS) == 1  # before the fork


def test_workers_renew_for_themselves(lab: Lab, server: Server) -> None:
    workers = server.workers()
    renewing = server.get(passing=80)  # in the background
    assert renewing in workers
    eventually(lambda: questions(lab, KMS) == 2)
    # Expired: waits for it, unless the renewal is just coming in.
    eventually(lambda: server.get(passing=1000) in workers and questions(lab, KMS) >= 3)


def test_a_worker_that_was_killed_is_replaced_by_one_that_works(lab: Lab, server: Server) -> None:
    killed = min(server.workers())
    calls = len(lab.seen)
    os.kill(killed, signal.SIGKILL)
    assert killed not in server.workers(without=killed)
    assert len(lab.seen) > calls
    expired = server.get(passing=1000)
    assert expired != killed
    assert questions(lab, KMS) == 2
