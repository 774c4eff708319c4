"""Entry for ``BOTOCORE_EXPERIMENTAL__PLUGINS=endpoint_router=endpoint_router.sdk.plugin``.

botocore (1.39.9 and newer) imports this module when the first client is made, and swallows whatever
is raised here. So the refusals are put in place before anything can fail: ``install`` covers the
sessions that exist, with the STS and SSO-OIDC clients that they will make inside the credential
chain and for which botocore skips its plugins.
"""

from __future__ import annotations

from typing import Any

from ..errors import PolicyError
from .activation.install import attach, current, switch_on


def initialize_client_plugin(client: Any) -> None:
    """Called by botocore for each client that it makes outside the credential chain."""
    try:
        if current() is None:
            switch_on(being_made=client)
    except PolicyError:
        attach(client)  # installed all the same: this client refuses every call with the reason
        raise
    installation = current()
    if installation is not None and not installation.routes(client):
        attach(client)
