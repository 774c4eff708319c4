"""AWS behind the lab's servers: moto, in the process that has the lab.

It is imported once, before the process forks: each run begins with an empty AWS that has a bucket.
"""

from __future__ import annotations

from moto.s3.models import s3_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.test import Client

from endpoint_router.lab import Reply, Request

from .policies import standard_name

BUCKET = "reports"
ACCOUNT = "123456789012"
_HOP_BY_HOP = {"host", "connection", "expect", "content-length", "transfer-encoding", "date"}

_application = DomainDispatcherApplication(create_backend_app)


def begin() -> None:
    """What every program finds: a bucket."""
    s3_backends[ACCOUNT]["aws"].create_bucket(BUCKET, "us-east-1")


def answer(request: Request) -> Reply:
    """What AWS says to *request*."""
    seen = request.seen
    response = Client(_application).open(
        seen.path,
        method=seen.method,
        base_url=f"https://{standard_name(seen.host)}",
        headers=[pair for pair in request.headers if pair[0].lower() not in _HOP_BY_HOP],
        data=request.body,
    )
    dropped = _HOP_BY_HOP - {"content-length"} if seen.method == "HEAD" else _HOP_BY_HOP
    headers = ((k, v) for k, v in response.headers.items() if k.lower() not in dropped)
    return Reply(response.status_code, tuple(headers), response.data)
