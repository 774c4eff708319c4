"""The policy of presigned URLs: who uses them is elsewhere.

Pure. Where their refusal comes, and who signs them, is the client's part.
"""

from __future__ import annotations

from ..policy.rules import Demands


def demands_of_url(demands: Demands) -> Demands:
    """What is demanded of a presigned URL, where *demands* would be in force for the call itself.

    ``presigned = "public"`` asks for a public host; ``routed`` for the call's own.
    """
    if demands.settings.presigned == "public":
        return demands.with_settings(private="off")
    return demands
