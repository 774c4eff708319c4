"""Senders that dial for themselves: they look a name up when they connect, as DNS says by then.

What stands in for kombu's pycurl, for a CRT client, for the HTTP session of a tracing library. They
reach the lab, verify its certificates, and know nothing of the router.
"""

from __future__ import annotations

import socket
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from endpoint_router.lab.network import Lab
from endpoint_router.sdk import seams_urllib3


class _FollowsDns:
    """Opens connections to where the lab's zone leads by now."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def open(self, connection: Any) -> socket.socket:
        (address, *_) = self._lab.zone.addresses(connection.host)
        return self._lab.connect(address, connection.port, 30.0)

    def holds(self, connection: Any) -> bool:
        return True


def own_session(lab: Lab, **options: Any) -> URLLib3Session:
    """An HTTP session of somebody's own."""
    session = URLLib3Session(**{"verify": lab.ca_bundle, **options})
    seams_urllib3.set_pool_classes(session, seams_urllib3.pools_for(_FollowsDns(lab)))
    return session


class Wrapped:
    """What a tracing library puts in the place of a session: it looks, and hands on."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.sent: list[str] = []

    def send(self, request: Any) -> Any:
        self.sent.append(request.url)
        return self._session.send(request)

    def close(self) -> None:
        self._session.close()


def send(lab: Lab, request: AWSRequest) -> int:
    """Send a signed *request*, and tell the status."""
    session = own_session(lab)
    try:
        status: int = session.send(request.prepare()).status_code
    finally:
        session.close()
    return status
