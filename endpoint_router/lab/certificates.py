"""The lab's certificate authority, and which certificate a server shows to whom.

Which host holds one is :mod:`endpoint_router.lab.network`; TLS itself is spoken in
:mod:`endpoint_router.lab.https`. No socket here.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Sequence
from pathlib import Path

#: What a server shows that holds no certificate for anything.
NO_CERTIFICATE = "no-certificate.invalid"


class Authority:
    """A certificate authority for one lab, made with trustme (extra ``lab``).

    :ivar bundle: path of the CA's certificate in PEM, for ``verify=`` or ``AWS_CA_BUNDLE``.
    """

    def __init__(self, directory: Path) -> None:
        import trustme  # extra `lab`; takes 100 ms with cryptography

        self._ca = trustme.CA(organization_name="endpoint_router lab")
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        path = directory / "lab-ca.pem"
        self._ca.cert_pem.write_to_path(str(path))
        self.bundle = str(path)

    def context(self, name: str) -> ssl.SSLContext:
        """A server context with a certificate for *name*: a host, a wildcard or an address."""
        with self._lock:
            if name not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._ca.issue_cert(name).configure_cert(context)
                self._contexts[name] = context
            return self._contexts[name]


def shown(sni: str, held: Sequence[str]) -> str:
    """Which of the names it *held* certificates for a server shows: the right one, or the first.

    A wildcard stands for exactly one label (RFC 6125), unlike one in DNS.
    """
    sni = sni.lower()
    for name in (sni, f"*.{sni.partition('.')[2]}"):
        if name in held:
            return name
    return held[0] if held else NO_CERTIFICATE
