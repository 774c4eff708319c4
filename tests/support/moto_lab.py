"""A lab whose S3 is moto's: real objects, behind the lab's TLS and every name of a VPC endpoint.

The lab records what arrived (Host, SNI, address, scope), then the request goes on to a moto server
under the public name of the same thing, since moto knows no ``vpce`` host. Access points are moto's
own: it finds the bucket behind the one that ``s3control`` created. The public hosts are moto's,
too: whatever went there by mistake would be answered, and seen.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from endpoint_router.lab import Application, Reply, Request
from endpoint_router.lab.network import Lab
from tests.support.lab_client import REGION

ENDPOINT = "10.20.0.30"
PUBLIC = "52.94.0.30"
#: Of moto's, for whatever key signs.
ACCOUNT = "123456789012"

_VPCE = f"vpce-0123456789abcdef0-abcdefgh.s3.{REGION}.vpce.amazonaws.com"
#: As it stands in a policy, and one host of each family below it.
VPCE_S3 = f"*.{_VPCE}"
VPCE_BUCKET, VPCE_ACCESS_POINT, VPCE_CONTROL = (
    f"{label}.{_VPCE}" for label in ("bucket", "accesspoint", "control")
)
S3 = f"s3.{REGION}.amazonaws.com"
#: What botocore names by default in us-east-1. No VPC endpoint serves it.
S3_GLOBAL = "s3.amazonaws.com"
#: AWS's own hosts of the same families. An S3 interface endpoint shows certificates for them, too.
STANDARD = (S3, f"s3-accesspoint.{REGION}.amazonaws.com", f"s3-control.{REGION}.amazonaws.com")

_FAMILIES = {"bucket": "s3", "accesspoint": "s3-accesspoint", "control": "s3-control"}
_BELOW_VPCE = re.compile(
    r"(?P<front>.+\.)?(?P<label>\w+)\.vpce-[\w-]+\.s3\.(?P<region>[\w-]+)\.vpce"
)
#: Of one connection: each side has its own.
_HOP_BY_HOP = {"host", "connection", "expect", "content-length", "transfer-encoding", "server"}


@contextmanager
def moto_server() -> Iterator[int]:
    """A moto server, and the port of 127.0.0.1 on which it serves plain HTTP."""
    program = Path(__file__).with_name("moto_server.py")
    with subprocess.Popen(
        [sys.executable, str(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


def reset(port: int) -> None:
    """The moto server at *port* forgets everything."""
    _send(port, "POST", "/moto-api/reset", {}, b"")


@contextmanager
def moto_lab(port: int) -> Iterator[Lab]:
    """A lab with S3's public hosts and an interface endpoint, before the moto server at *port*."""
    answer = forwarding_to(port)
    with Lab() as lab:
        for name in (VPCE_BUCKET, VPCE_ACCESS_POINT, VPCE_CONTROL):
            for host in (name, f"*.{name}"):
                lab.host(host, ENDPOINT, answer=answer)
        for name in STANDARD:
            for host in (name, f"*.{name}"):
                lab.host(VPCE_BUCKET, ENDPOINT, certificate=host)
        for name in (*STANDARD, S3_GLOBAL):
            for host in (name, f"*.{name}"):
                lab.host(host, PUBLIC, answer=answer)
        yield lab
    assert lab.https.errors == [], lab.https.errors


def as_moto_knows(host: str) -> str:
    """The public host of the same bucket, access point or account as a VPC endpoint's *host*."""
    found = _BELOW_VPCE.match(host)
    if not found:
        return host
    family = _FAMILIES[found["label"]]
    return f"{found['front'] or ''}{family}.{found['region']}.amazonaws.com"


def forwarding_to(port: int) -> Application:
    """What has the moto server at *port* answer."""

    def answer(request: Request) -> Reply:
        seen = request.seen
        headers = {
            name: value for name, value in request.headers if name.lower() not in _HOP_BY_HOP
        }
        headers["Host"] = as_moto_knows(seen.host)
        return _send(port, seen.method, seen.path, headers, request.body)

    return answer


def _send(port: int, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        hop_by_hop = _HOP_BY_HOP - {"content-length"} if method == "HEAD" else _HOP_BY_HOP
        kept = ((k, v) for k, v in response.getheaders() if k.lower() not in {*hop_by_hop, "date"})
        return Reply(response.status, tuple(kept), response.read())
