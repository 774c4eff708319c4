"""Asking the platform for its zone: Lambda, ECS and EC2 on loopback, and bad servers."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from http.server import BaseHTTPRequestHandler

import pytest

from endpoint_router.aws.zone import Zone
from endpoint_router.probe.metadata import from_metadata

from .metadata_server import (
    HERE,
    LAMBDA,
    NAME,
    Behaviour,
    Metadata,
    cut_short,
    drip,
    drip_headers,
    find,
    huge,
    other,
    raw,
    server,
    serving,
    silence,
    to,
)
from .names import PLENTY, Clock

__all__ = ["other", "server"]

# --- the platforms --------------------------------------------------------------------------------


def test_ec2(server: Metadata) -> None:
    assert find(server.imds()) == HERE
    assert server.asked == [
        ("PUT", "/latest/api/token"),
        ("GET", NAME),
        ("GET", f"{NAME}-id"),
    ]


def test_ec2_in_a_local_zone_by_ipv6() -> None:
    try:
        listening = Metadata(socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 here")
    with serving(listening) as server:
        environ = server.imds()
        server.pages |= {NAME: "us-west-2-lax-1a", f"{NAME}-id": "usw2-lax1-az1\n"}
        zone = find(environ)
    assert (zone.name, zone.id) == ("us-west-2-lax-1a", "usw2-lax1-az1")


@pytest.mark.parametrize("missing", ["name", "id"])
def test_one_of_name_and_id_will_do(missing: str, server: Metadata) -> None:
    environ = server.imds()
    del server.pages[NAME if missing == "name" else f"{NAME}-id"]
    zone = find(environ)
    assert (zone.name, zone.id) == (("", "use1-az4") if missing == "name" else ("us-east-1a", ""))
    assert zone.source == HERE.source


def test_the_name_counts_though_the_id_is_late(server: Metadata, clock: Clock) -> None:
    def late(handler: BaseHTTPRequestHandler) -> None:
        clock.now += PLENTY + 1
        handler.wfile.write(b"H")  # ends the wait that began before
        silence(handler)

    environ = server.imds()
    server.pages[f"{NAME}-id"] = late
    zone = from_metadata(PLENTY, environ=environ, clock=clock)
    assert zone == Zone(name="us-east-1a", source=HERE.source)


def test_without_its_token_ec2_tells_nothing(server: Metadata) -> None:
    environ = server.imds()
    server.pages["/latest/api/token"] = "another"
    assert find(environ) == Zone(source="EC2 instance metadata: HTTP 401")
    server.pages["/latest/api/token"] = 403
    assert find(environ) == Zone(source="EC2 instance metadata: HTTP 403")
    assert server.asked[-1] == ("PUT", "/latest/api/token")  # never by the first version


@pytest.mark.parametrize("word", ["true", "True"])
def test_ec2_switched_off(word: str, server: Metadata) -> None:
    zone = find({**server.imds(), "AWS_EC2_METADATA_DISABLED": word})
    assert zone == Zone(source="EC2 instance metadata: AWS_EC2_METADATA_DISABLED is set")
    assert not server.asked
    assert find({**server.imds(), "AWS_EC2_METADATA_DISABLED": "false"}) == HERE


def test_ecs(server: Metadata, other: Metadata) -> None:
    body = json.dumps({"AvailabilityZone": "us-gov-west-1b", "Containers": [{"Name": "é"}] * 1000})
    zone = find({**server.ecs(body), **other.imds()})
    assert zone == Zone(name="us-gov-west-1b", source="ECS task metadata")
    assert server.asked == [("GET", "/v4/abc/task")]
    assert not other.asked
    # Switching EC2's off switches nothing else off.
    assert find({**server.ecs(body), "AWS_EC2_METADATA_DISABLED": "true"}) == zone


def test_lambda(server: Metadata, other: Metadata) -> None:
    everything = {**other.ecs("{}"), **other.imds(), "AWS_LAMBDA_FUNCTION_NAME": "f"}
    zone = find({**server.lambda_('{"AvailabilityZoneID": "usgw1-az2"}'), **everything})
    assert zone == Zone(id="usgw1-az2", source="Lambda metadata")
    assert server.asked == [("GET", LAMBDA)]
    # A runtime that knows no such endpoint; nobody else is asked in its stead.
    assert find(everything).source == "Lambda metadata: AWS_LAMBDA_METADATA_API is not set"
    assert not other.asked


@pytest.mark.parametrize("wrong", ["", "other", "other\r\nX: y", "ключ"])
def test_lambda_with_a_wrong_token(wrong: str, server: Metadata) -> None:
    environ = server.lambda_('{"AvailabilityZoneID": "usgw1-az2"}')
    zone = find({**environ, "AWS_LAMBDA_METADATA_TOKEN": wrong})
    assert not zone
    assert not wrong or wrong not in zone.source


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "not JSON"),
        ("us-east-1a", "not JSON"),
        ("[" * 60_000, "not JSON"),
        ("[]", "no "),
        ("null", "no "),
        ("{}", "no "),
        ('{"AvailabilityZone": null, "AvailabilityZoneID": 1}', "no "),
        ('{"AvailabilityZone": "", "AvailabilityZoneID": ""}', "not an availability zone"),
        # Each where the other belongs.
        (
            '{"AvailabilityZone": "use1-az1", "AvailabilityZoneID": "us-east-1a"}',
            "not an availability zone",
        ),
        (
            '{"AvailabilityZone": "us-east-1a\\n", "AvailabilityZoneID": "use1-az1 "}',
            "not an availability zone",
        ),
    ],
)
def test_garbage_in_json(body: str, why: str, server: Metadata, other: Metadata) -> None:
    for environ in (server.ecs(body), other.lambda_(body)):
        zone = find(environ)
        assert not zone
        assert f": {why}" in zone.source


# --- bad servers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (404, "HTTP 404"),
        (500, "HTTP 500"),
        (204, "HTTP 204"),
        ("<html>", "not an availability zone"),
        ("us-east-1", "not an availability zone"),
        ("us-east-1a us-east-1b", "not an availability zone"),
        ("", "not an availability zone"),
        (huge, "more than 262144 bytes"),
        (raw(b""), "RemoteDisconnected"),
        (raw(b"SSH-2.0-token-of-nobody==\r\n"), "BadStatusLine"),
        (raw(b"HTTP/1.1 200 OK\r\n\r\n\xff\xfe"), "UnicodeDecodeError"),
        (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"), "HTTPException"),
        (raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"), "LineTooLong"),
    ],
)
def test_a_bad_answer_is_no_zone(page: str | int | Behaviour, why: str, server: Metadata) -> None:
    environ = server.imds()
    server.pages |= {NAME: page, f"{NAME}-id": page}
    assert find(environ) == Zone(source=f"EC2 instance metadata: {why}")


@pytest.mark.parametrize(
    "page",
    [
        cut_short,
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nus-east-1a"),
    ],
)
def test_half_an_answer_is_no_zone(page: Behaviour, server: Metadata) -> None:
    environ = server.imds()
    server.pages |= {NAME: page, f"{NAME}-id": page}
    assert not find(environ)


@pytest.mark.parametrize("page", [drip, drip_headers, silence])
@pytest.mark.parametrize("at", ["/latest/api/token", NAME])
def test_one_deadline_for_everything(page: Behaviour, at: str, server: Metadata) -> None:
    environ = server.imds()
    server.pages[at] = page
    began = time.monotonic()
    zone = find(environ, 0.2)
    assert time.monotonic() - began < PLENTY / 2
    assert zone == Zone(source="EC2 instance metadata: no answer in time")


def test_without_time_nobody_is_asked(server: Metadata) -> None:
    for timeout in (0.0, -1.0):
        assert not find(server.imds(), timeout)
    assert not server.asked


def test_a_listener_that_accepts_nobody() -> None:
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for one in (first, second):  # the backlog is full then
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        api = f"127.0.0.1:{listener.getsockname()[1]}"
        began = time.monotonic()
        assert not find({"AWS_LAMBDA_METADATA_API": api}, 0.2)
        assert time.monotonic() - began < PLENTY / 2


def test_nobody_listens() -> None:
    with socket.socket() as bound:  # and never listens
        bound.bind(("127.0.0.1", 0))
        zone = find({"ECS_CONTAINER_METADATA_URI_V4": f"http://127.0.0.1:{bound.getsockname()[1]}"})
    assert zone == Zone(source=f"ECS task metadata: {os.strerror(errno.ECONNREFUSED)}")


def test_redirects_are_not_followed(server: Metadata, other: Metadata) -> None:
    environ = server.imds()
    other.imds()
    server.pages |= {NAME: to(other), f"{NAME}-id": to(other)}
    assert find(environ) == Zone(source="EC2 instance metadata: HTTP 302")
    assert not other.asked


def test_proxies_are_none_of_its_business(
    server: Metadata, other: Metadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxies = {f"{scheme}_proxy": f"http://{other.address}" for scheme in ("http", "https", "all")}
    proxies |= {name.upper(): value for name, value in proxies.items()}
    for name, value in proxies.items():
        monkeypatch.setenv(name, value)
    assert find({**server.imds(), **proxies}) == HERE
    assert not other.asked


@pytest.mark.parametrize(
    "base", ["", "127.0.0.1", "https://127.0.0.1", "file:///etc/passwd", "http://", "http://[", "x"]
)
def test_what_is_no_address_is_not_asked(base: str) -> None:
    environ = {"ECS_CONTAINER_METADATA_URI_V4": base, "AWS_EC2_METADATA_DISABLED": "true"}
    assert not find(environ)
    assert not find({"AWS_EC2_METADATA_SERVICE_ENDPOINT": base or "x"})


def test_the_name_of_an_endpoint_may_have_several_addresses(server: Metadata) -> None:
    port = server.server_address[1]
    server.imds()
    assert find({"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://localhost:{port}"}) == HERE
