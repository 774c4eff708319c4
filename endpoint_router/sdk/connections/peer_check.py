"""The check of a connection's peer, after it is made and before a byte is sent.

Something may stand between connecting and the network, such as a SOCKS library: what was dialled is
not always what answers.
"""

from __future__ import annotations

from ... import codes
from ...routing.networks import Trusted
from .unconfirmed import Unconfirmed

__all__ = ["check_peer"]


def check_peer(address: str, peer: str, trusted: Trusted) -> None:
    """Hold *peer*, where the connection that dialled *address* leads, to the *trusted* networks.

    :raises Unconfirmed: it is outside; asking again would not help.
    """
    if peer not in trusted:
        why = f"the connection to {address} leads to {peer}, outside the trusted networks"
        raise Unconfirmed(codes.PRIVATE_PEER, why)
