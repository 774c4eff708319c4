"""One measured program: a fresh interpreter calls a real HTTPS server, a connection for each call.

``python -m benchmarks.real_calls plain|routed DNS_SERVER CA_BUNDLE PORT COUNT``; :class:`Servers`
makes the arguments. Plain botocore is given the server as ``endpoint_url``; the routed client finds
it through DNS, must prove it private and pins its connections.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.callgrind import count

KMS = "kms.us-east-1.amazonaws.com"

#: Nothing of the developer's own AWS settings.
NOBODYS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def client_for(side: str, dns_server: str, ca_bundle: str, port: int) -> Any:
    """A client of KMS whose calls lead to *port* of this machine."""
    import boto3  # here: what a process pays for at its start is what is measured
    from botocore.config import Config
    from botocore.session import Session

    session = Session()
    session.set_credentials("AKIDEXAMPLE", "secret-of-nobody")
    options: dict[str, Any] = {"endpoint_url": f"https://localhost:{port}"}
    if side == "routed":
        from endpoint_router.probe.dialling import SystemDialler
        from endpoint_router.router import World
        from endpoint_router.sdk.activation.installation import Installation

        class Loopback(SystemDialler):
            """Dials *port* instead of 443."""

            def begin(self, address: str, _port: int, *options: Any) -> socket.socket:
                return super().begin(address, port, *options)

        policy = {
            "defaults": {"private": "require"},
            "network": {"private": ["127.0.0.0/8"]},
            "dns": {"servers": [dns_server]},
        }
        Installation(policy, world=World(dialler=Loopback()), environ={})(session)
        options = {}
    made = boto3.Session(botocore_session=session, region_name="us-east-1")
    return made.client("kms", verify=ca_bundle, config=Config(proxies={}), **options)


class Servers:
    """A lab, and what :func:`client_for` needs to know of it."""

    def __init__(self, lab: Any) -> None:
        self._lab = lab
        lab.host(KMS, "127.0.0.1", ttl=3600)
        lab.host("localhost", "127.0.0.1")

    def client(self, side: str) -> Any:
        """See :func:`client_for`."""
        return client_for(side, self._lab.dns_server, self._lab.ca_bundle, self._lab.https.port)

    def _arguments(self, side: str, calls: int) -> list[str]:
        lab = self._lab
        return [side, lab.dns_server, lab.ca_bundle, str(lab.https.port), str(calls)]

    def seconds(self, side: str, calls: int = 1) -> float:
        """Wall time of a fresh interpreter that makes *calls*."""
        command = [sys.executable, "-m", __name__, *self._arguments(side, calls)]
        environ = {"PYTHONPATH": str(Path(__file__).parents[1]), **NOBODYS}
        began = time.perf_counter()
        subprocess.run(command, env=environ, check=True)
        return time.perf_counter() - began

    def instructions(self, side: str, calls: int = 1) -> int:
        """Instructions of the same."""
        return count(__name__, *self._arguments(side, calls))


@contextmanager
def servers() -> Iterator[Servers]:
    """A lab on loopback that closes each connection after its reply."""
    from endpoint_router.lab import Reply
    from endpoint_router.lab.demo import isolated
    from endpoint_router.lab.network import Lab

    closing = Reply(headers=(("Connection", "close"),), body=b'{"Keys":[]}')
    with isolated(NOBODYS, os.environ), Lab(replies={("kms", "ListKeys"): closing}) as lab:
        yield Servers(lab)


if __name__ == "__main__":
    client = client_for(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
    for _ in range(int(sys.argv[5])):
        client.list_keys()
