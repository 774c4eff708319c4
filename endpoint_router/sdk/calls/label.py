"""The label: what the user agent of routed clients says of the policy that judges their calls.

It is attribution, and no proof: nobody signs the user agent. Set once, when a client is made or
attached; a call costs nothing more. Presigned URLs have no user agent, and so no label.
"""

from __future__ import annotations

import logging
import string
from typing import Any

from ..._version import __version__
from ...policy.loaded import LoadedPolicy
from .. import seams

logger = logging.getLogger("endpoint_router")

#: Bytes of a user agent that CloudTrail keeps; it cuts off the rest, and with it what ends it.
_KEPT = 1024
#: Bytes for what a call may add: features that it uses, as ``m/C,Z,b``.
_OF_A_CALL = 128
#: Hexadecimal digits of the policy's digest.
_DIGITS = 8
#: What botocore lets through in a value; it puts a dash in the place of each other character.
_ALLOWED = frozenset(f"{string.ascii_letters}{string.digits}!$%&'*+-.^_`|~,")


def label_of(loaded: LoadedPolicy, version: str = __version__) -> str:
    """``md/endpoint-router#VERSION-DIGEST``, which no character of *version* breaks."""
    plain = "".join(each if each in _ALLOWED else "-" for each in version)
    digest = loaded.digest().partition(":")[2]
    return f"md/endpoint-router#{plain}-{digest[:_DIGITS]}"


class Label:
    """The label of the clients of one policy."""

    def __init__(self, loaded: LoadedPolicy) -> None:
        self._text = label_of(loaded)
        #: Why clients have none, as far as it was said.
        self._said: set[str] = set()

    def put(self, client: Any) -> bool:
        """Let the requests of *client* bear it, if that is possible, else say once why not.

        ``False``: they do not.
        """
        try:
            length = len(f"{seams.user_agent(client)} {self._text}".encode()) + _OF_A_CALL
            if length <= _KEPT:
                seams.append_to_user_agent(client, self._text)
                return True
            why = f"with it the user agent might exceed the {_KEPT:,} bytes that CloudTrail keeps"
        except AttributeError:
            why = "its user agent is none that botocore builds"
        if why not in self._said:
            self._said.add(why)
            service = client.meta.service_model.service_name
            logger.warning(
                "endpoint_router: a client of %s goes without the label of log.user_agent: %s",
                service,
                why,
            )
        return False

    def cut(self, client: Any) -> None:
        """Undo :meth:`put`, where that was done."""
        seams.cut_from_user_agent(client, self._text)
