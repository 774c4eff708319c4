"""What a world is: a value. Nothing is drawn, run or judged here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

#: The addresses that DNS tells, by the word that stands for them; what is no address is an absence
#: or a failure. Of a translated address the IPv4 address inside is 10.20.0.10.
SAYINGS: dict[str, tuple[str, ...]] = {
    "private": ("10.20.0.10",),
    "other private": ("192.168.7.7",),
    "private IPv6": ("fd00::10",),
    "public": ("52.94.0.10",),
    "two public": ("52.94.0.10", "52.94.0.11"),
    "mixed": ("10.20.0.10", "52.94.0.10"),
    "mixed families": ("10.20.0.10", "2600:1f18::10"),
    "mapped": ("::ffff:10.20.0.10",),
    "6to4": ("2002:a14:a::10",),
    "Teredo": ("2001:0:a14:a::f5eb:fff5",),
    "NAT64": ("64:ff9b::a14:a",),
    "loopback": ("127.0.0.1",),
    "NXDOMAIN": (),
    "NODATA": (),
    "SERVFAIL": (),
    "timeout": (),
}
#: These words say for certain that there is no such host.
ABSENT = ("NXDOMAIN", "NODATA")


class Handler(msgspec.Struct, frozen=True):
    """An application's handler of one of botocore's events."""

    event: str
    #: ``region``, ``fips``, ``url`` (the whole origin) or ``Host`` (the header).
    sets: str
    value: Any


class World(msgspec.Struct, frozen=True, omit_defaults=True):
    """One world. What it leaves out is as on a quiet day."""

    seed: int
    #: Of :data:`tests.worlds.calls.CALLS`.
    call: str
    region: str | None
    policy: Mapping[str, Any] = {}
    #: Arguments of ``Config``, and further ones of ``create_client``.
    config: Mapping[str, Any] = {}
    client: Mapping[str, Any] = {}
    environ: Mapping[str, str] = {}
    #: Text of the configuration file.
    profile: str = ""
    #: Name, or end of a name that begins with a dot, to words of :data:`SAYINGS`, one after the
    #: other. Names of VPC endpoints are private, all others public, unless they stand here.
    dns: Mapping[str, tuple[str, ...]] = {}
    #: What makes DNS say its next word: another ``look-up`` of the name, or another ``call``.
    changes: str = "look-up"
    #: Addresses that refuse connections.
    dead: tuple[str, ...] = ()
    handlers: tuple[Handler, ...] = ()
    #: What is done to the client, after its first call where there are several: ``http_session``,
    #: ``verify``, ``host``.
    tampering: str = ""
    #: What AWS answers instead of success, attempt by attempt: ``500``, ``reset``, ``throttled``.
    answers: tuple[str, ...] = ()
    #: Where the bucket really is, and with which status S3 says so.
    bucket_region: str = ""
    redirect: int = 301
    #: What endpoint discovery or an answer names.
    discovered: str = ""
    #: How often the client calls.
    calls: int = 1
    #: ``url`` or ``post``: presigned instead of called.
    presigned: str = ""
    #: The credentials tell their account.
    account: bool = False
    #: Which of botocore's files another folder replaces: ``endpoint-rule-set-1``, ``service-2``.
    overridden: str = ""

    def __str__(self) -> str:
        told = msgspec.to_builtins(self)
        return ", ".join(f"{name}={value!r}" for name, value in told.items() if name != "seed")


class Sent(msgspec.Struct, frozen=True):
    """One request as the network saw it, or a presigned URL."""

    service: str
    operation: str
    #: Of the request line and the Host header; without a port where that is the scheme's own.
    host: str
    port: int
    scheme: str = "https"
    #: Server name of the TLS session that the request went through; ``None`` without TLS to it.
    sni: str | None = None
    verified: bool = False
    #: Dialled; empty for a presigned URL.
    address: str = ""
    #: All that the last look-up of :attr:`host` said; ``None``: it was not looked up.
    answered: tuple[str, ...] | None = None
    #: The proxy's host, where one is in between.
    proxy: str = ""
    signing_name: str = ""
    signing_region: str = ""
    presigned: bool = False
    #: What was written, less what no two requests have in common.
    written: bytes = b""


class Lived(msgspec.Struct, frozen=True):
    """How a world went for one client."""

    sent: tuple[Sent, ...]
    #: Per call: empty, or type and text of what was raised.
    errors: tuple[str, ...]
    #: Per call: the code of a refusal of ours.
    codes: tuple[str, ...]
    looked_up: tuple[str, ...] = ()
    #: How many requests had been sent after each call.
    after: tuple[int, ...] = ()
