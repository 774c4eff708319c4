"""What this Python encrypts with: OpenSSL, its FIPS provider, the oldest TLS."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

from botocore.httpsession import create_urllib3_context
from msgspec import Struct

from .finding import Judged, amber, green, red

__all__ = ["CHECKS", "SeenCryptography", "look"]

#: What the router does and does not do about it, in plain words.
_MEANS = (
    "The router sends calls to hosts that AWS designates as FIPS. That says nothing of the "
    "cryptography on this side, which is as validated as this Python's OpenSSL is."
)

_CONTEXTS: Mapping[str, Callable[[], ssl.SSLContext]] = {
    "Python's default": ssl.create_default_context,
    "botocore's": create_urllib3_context,
}


class SeenCryptography(Struct, frozen=True):
    """What was seen of it."""

    openssl: str
    #: ``True`` where the default properties ask for FIPS; ``None`` where nobody can tell.
    fips_properties: bool | None
    #: Does OpenSSL refuse MD5?
    refuses_md5: bool
    #: ``None`` where the system has no such mode.
    kernel_fips: bool | None
    #: ``OPENSSL_CONF``, or nothing.
    configuration: str
    #: Oldest version of TLS by context, as ``TLSv1_2``.
    minimum_tls: Mapping[str, str]
    #: Does the policy, or botocore's setting, demand FIPS of any call?
    wants_fips: bool = False
    #: Why no TLS can be spoken at all; empty where it can.
    error: str = ""

    @property
    def is_fips(self) -> bool:
        """Is OpenSSL held to FIPS-approved algorithms?"""
        return self.fips_properties is not False and self.refuses_md5


def look(
    environ: Mapping[str, str] = os.environ,
    *,
    wants_fips: bool = False,
    kernel: str = "/proc/sys/crypto/fips_enabled",
) -> SeenCryptography:
    """What this process would encrypt with."""
    minimum, error = {}, ""
    for name, make in _CONTEXTS.items():
        try:
            minimum[name] = make().minimum_version.name
        # urllib3's own reading of the version, where OpenSSL is configured into nothing.
        except (ssl.SSLError, ValueError) as failed:
            error = str(failed)
    return SeenCryptography(
        openssl=ssl.OPENSSL_VERSION,
        fips_properties=_fips_properties(),
        refuses_md5=_refuses_md5(),
        kernel_fips=_kernel(kernel),
        configuration=environ.get("OPENSSL_CONF", ""),
        minimum_tls=minimum,
        wants_fips=wants_fips,
        error=error,
    )


def _fips_properties() -> bool | None:
    try:
        from _hashlib import get_fips_mode
    except ImportError:  # a Python without OpenSSL's hashes
        return None
    try:
        return bool(get_fips_mode())
    except ValueError:  # OpenSSL could not say
        return None


def _refuses_md5() -> bool:
    try:
        from _hashlib import openssl_md5  # hashlib's own would do without OpenSSL
    except ImportError:
        return False
    try:
        openssl_md5(b"")
    except ValueError:
        return True
    return False


def _kernel(path: str) -> bool | None:
    try:
        return Path(path).read_text(encoding="ascii").strip() == "1"
    except (OSError, ValueError):
        return None


# --- checks


def openssl(seen: SeenCryptography) -> Judged:
    """Which one."""
    if seen.error:
        conf = seen.configuration or "OpenSSL's configuration"
        way_out = f"Mend {conf}: it may ask for a FIPS provider that is not installed."
        return red(f"{seen.openssl} cannot speak TLS: {seen.error}", way_out)
    where = f", configured by {seen.configuration}" if seen.configuration else ""
    return green(f"{seen.openssl}{where}")


def fips_provider(seen: SeenCryptography) -> Judged:
    """Is it held to FIPS-approved algorithms?"""
    kernel = {True: "on", False: "off", None: "unknown"}[seen.kernel_fips]
    md5 = "refused" if seen.refuses_md5 else "works"
    told = f"MD5 {md5}, kernel's FIPS mode {kernel}"
    if seen.is_fips and not seen.error:
        return green(f"active ({told}). Whether that OpenSSL is validated is its vendor's word")
    if not seen.wants_fips:
        return green(f"not active ({told}), and no FIPS is demanded")
    way_out = (
        f"{_MEANS} Where validated cryptography is required here too, use a Python whose OpenSSL "
        "has the FIPS provider, on a system in FIPS mode."
    )
    return amber(f"not active ({told})", way_out)


def minimum_tls(seen: SeenCryptography) -> Judged:
    """The oldest version that would be spoken."""
    told = ", ".join(f"{context} {_version(name)}" for context, name in seen.minimum_tls.items())
    if seen.error:
        return amber("not known: no TLS can be spoken", "As for openssl.")
    old = [name for name in seen.minimum_tls.values() if name not in ("TLSv1_2", "TLSv1_3")]
    if not old:
        return green(f"at least {told}")
    way_out = (
        "AWS speaks TLS 1.2 and newer only, so no call uses less. To rule it out on this side, "
        "use urllib3 2, or MinProtocol = TLSv1.2 in OpenSSL's configuration."
    )
    return amber(f"older ones are not ruled out: {told}", way_out)


def _version(name: str) -> str:
    if name == "MINIMUM_SUPPORTED":
        return "as old as OpenSSL has"
    return name.replace("TLSv1_", "TLS 1.").replace("TLSv1", "TLS 1.0")


CHECKS: Mapping[str, Callable[[SeenCryptography], Judged]] = {
    "cryptography.openssl": openssl,
    "cryptography.fips_provider": fips_provider,
    "cryptography.minimum_tls": minimum_tls,
}
