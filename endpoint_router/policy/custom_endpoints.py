"""``[[custom_endpoints]]`` as values: which URLs of which services the policy declares. Pure."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from msgspec import Struct

from ..aws.bad_name import BadName
from ..aws.host_names import is_address, is_host_glob
from ..aws.hosts import host_of
from .globs import Globs
from .origins import DEFAULT, Origin


class CustomUrl(Struct, frozen=True):
    """The URL of an entry; its host may be a glob."""

    scheme: str
    host_glob: str
    port: int

    def match(self, origin: str) -> bool:
        """Is *origin* (``scheme://host[:port]``) one of the hosts that it means?"""
        parts = urlsplit(origin)
        return (
            parts.scheme == self.scheme
            and fnmatchcase(host_of(origin), self.host_glob)
            and (parts.port or _default_port(parts.scheme)) == self.port
        )


class CustomHost(Struct, frozen=True):
    """A ``[[custom_endpoints]]`` entry, ready to be compared."""

    #: In ``custom_endpoints``.
    index: int
    url: CustomUrl
    services: Globs
    #: What the policy attests.
    fips: bool = False
    private: bool = False
    origin: Origin = DEFAULT

    def matches(self, service: str, origin: str) -> bool:
        """Does the entry declare *origin* (``scheme://host[:port]``) for *service*?"""
        return self.url.match(origin) and self.services.match(service)


def parse_custom_url(url: str) -> CustomUrl:
    """The URL of an entry.

    :raises BadName: it is none; what was found is shown without a user name and password.
    """
    problem = ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad(url, "a URL, as https://host:port") from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https"):
        problem = "a URL that begins with https:// or http://"
    elif "@" in parts.netloc or parts.query or parts.fragment or port == 0:
        problem = "scheme, host, port and path only"
    elif not host or not url.isprintable() or " " in url:
        problem = "a URL with a host, as https://host:port"
    elif not (is_host_glob(host) or is_address(host, version=6)):
        problem = 'a host, or a glob of hosts as "*.example.com"; the last label without "*"'
    if problem:
        raise _bad(url, problem)
    return CustomUrl(parts.scheme, host, port or _default_port(parts.scheme))


def _bad(url: str, expected: str) -> BadName:
    # Up to the last "@": a password may hold anything.
    return BadName(re.sub(r"//.*@", "//***@", url), expected)


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
