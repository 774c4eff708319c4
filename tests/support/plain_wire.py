"""Clients whose connections lead into the lab although nobody routes them, byte by byte recorded.

For comparing what a client sends with what another one does: plain botocore looks names up in the
system's DNS, where the lab's hosts are somebody else's.
"""

from __future__ import annotations

import re
import socket
from typing import Any

from botocore.awsrequest import AWSHTTPSConnection, AWSHTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from endpoint_router.lab.network import Lab
from endpoint_router.sdk import seams_urllib3

#: What no two requests have in common: times, signatures, the id of the invocation.
_VARYING = re.compile(
    rb"\d{8}T\d{6}Z"
    rb"|(?<=Signature=)[0-9a-f]{64}"
    rb"|(?<=amz-sdk-invocation-id: )[0-9a-f-]{36}"
    rb"|(?<=ttl=)\?"
    rb"|(?<=/)\d{8}(?=/|%2F)"
    rb"|(?<=%2F)\d{8}(?=%2F)"
)


class Wire(list[bytes]):
    """Everything that the clients put into :meth:`lead` sent, in order, less what always varies."""

    def lead(self, client: Any, lab: Lab) -> Any:
        """Let *client* dial the lab, and record what it writes inside TLS."""
        wire = self

        class Recorded(AWSHTTPSConnection):
            def _new_conn(self) -> socket.socket:
                (address, *_) = lab.zone.addresses(self.host)
                try:
                    return lab.connect(address, self.port, 30.0)
                except OSError as error:  # as urllib3 tells it
                    raise NewConnectionError(self, str(error)) from error

            def send(self, data: Any) -> Any:
                sent = data.read() if hasattr(data, "read") else bytes(data)
                wire.append(normalised(sent))
                return super().send(sent)

        class Pool(AWSHTTPSConnectionPool):
            ConnectionCls = Recorded

        seams_urllib3.set_pool_classes(client._endpoint.http_session, {"https": Pool})
        return client


def normalised(data: bytes) -> bytes:
    """*data* without times, signatures and invocation ids."""
    return _VARYING.sub(b"?", data)
