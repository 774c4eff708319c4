"""Which zone this is: the platforms' endpoints on loopback, bad servers, and asking once only."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from endpoint_router.probe.metadata import from_metadata
from endpoint_router.probe.own_zone import OwnZone
from endpoint_router.probe.zone import Zone, stated

from .names import PLENTY, Clock, eventually, in_child, needs_fork

TOKEN = "token-of-nobody=="
HERE = Zone("us-east-1a", "use1-az4", "EC2 instance metadata")
NAME = "/latest/meta-data/placement/availability-zone"
IMDS = {NAME: "us-east-1a", f"{NAME}-id": "use1-az4"}
LAMBDA = "/2026-01-15/metadata/execution-environment"

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class Metadata(ThreadingHTTPServer):
    """A metadata endpoint: ``pages[path]`` is a body, a status, or a behaviour."""

    daemon_threads = True

    def __init__(self, family: socket.AddressFamily = socket.AF_INET) -> None:
        self.address_family = family
        self.pages: dict[str, str | int | Behaviour] = {}
        self.asked: list[tuple[str, str]] = []
        #: What every GET must bring along.
        self.needed: tuple[str, str] | None = None
        super().__init__(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing where the client has hung up, as it may."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def address(self) -> str:
        host, port = self.server_address[:2]
        return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"

    def imds(self, **more: str | int | Behaviour) -> dict[str, str]:
        """Play EC2, version 2 only; the environment that leads here."""
        self.pages |= {"/latest/api/token": token, **IMDS, **more}
        self.needed = ("X-aws-ec2-metadata-token", TOKEN)
        return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://{self.address}/"}

    def ecs(self, body: str) -> dict[str, str]:
        self.pages["/v4/abc/task"] = body
        return {"ECS_CONTAINER_METADATA_URI_V4": f"http://{self.address}/v4/abc"}

    def lambda_(self, body: str) -> dict[str, str]:
        self.pages[LAMBDA] = body
        self.needed = ("Authorization", f"Bearer {TOKEN}")
        return {"AWS_LAMBDA_METADATA_API": self.address, "AWS_LAMBDA_METADATA_TOKEN": TOKEN}


class _Handler(BaseHTTPRequestHandler):
    server: Metadata

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path))
        needed = self.server.needed
        if needed and self.command == "GET" and self.headers[needed[0]] != needed[1]:
            page: str | int | Behaviour = 401
        else:
            page = self.server.pages.get(self.path, 404)
        if callable(page):
            page(self)
        elif isinstance(page, int):
            reply(self, "", page)
        else:
            reply(self, page)

    do_PUT = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing."""


def reply(handler: BaseHTTPRequestHandler, body: str, status: int = 200, length: int = -1) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body.encode()) if length < 0 else length))
    handler.end_headers()
    handler.wfile.write(body.encode())


def token(handler: BaseHTTPRequestHandler) -> None:
    seconds = handler.headers["X-aws-ec2-metadata-token-ttl-seconds"] or ""
    reply(handler, TOKEN, 200 if handler.command == "PUT" and seconds.isdigit() else 400)


def drip(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, some seconds long."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    with suppress(OSError):
        for _ in range(300):  # or until it is cut off
            handler.wfile.write(b"u")
            time.sleep(0.01)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    """Not even that."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(300):  # or until it is cut off
            handler.wfile.write(b"x")
            time.sleep(0.01)


def silence(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.settimeout(PLENTY)
    assert handler.rfile.read(1) == b""  # until the other side closes


def huge(handler: BaseHTTPRequestHandler) -> None:
    with suppress(OSError):  # it had enough
        reply(handler, "x" * (8 << 20))


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, "us-east-1a", length=11)
    handler.close_connection = True


def raw(data: bytes) -> Behaviour:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return send


def to(server: Metadata) -> Behaviour:
    def redirect(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", f"http://{server.address}{handler.path}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return redirect


@contextmanager
def serving(server: Metadata) -> Iterator[Metadata]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(PLENTY)
        server.server_close()


@pytest.fixture
def server() -> Iterator[Metadata]:
    with serving(Metadata()) as one:
        yield one


@pytest.fixture
def other() -> Iterator[Metadata]:
    with serving(Metadata()) as one:
        yield one


def find(environ: dict[str, str], timeout: float = PLENTY) -> Zone:
    return from_metadata(timeout, environ=environ)


# --- zones ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "ident"),
    [
        ("us-gov-west-1a", "us-gov-west-1a", ""),
        ("usgw1-az3", "", "usgw1-az3"),
        ("usw2-lax1-az1", "", "usw2-lax1-az1"),
        ("none", "", ""),
        ("", "", ""),
    ],
)
def test_a_stated_zone(text: str, name: str, ident: str) -> None:
    zone = stated(text)
    assert (zone.name, zone.id, bool(zone)) == (name, ident, bool(name or ident))
    assert "network.zone" in zone.source


def test_a_zone_matches_its_name_and_its_id() -> None:
    assert HERE.matches("us-east-1a")
    assert HERE.matches("use1-az4")
    for zone in ("us-east-1b", "use1-az1", "", "us-east-1"):
        assert not HERE.matches(zone)
    assert not Zone().matches("")
    assert not Zone(name="us-east-1a").matches("")
    assert not Zone()
    assert str(HERE) == "us-east-1a = use1-az4"
    assert str(Zone(source="x")) == "unknown"


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


# --- once -----------------------------------------------------------------------------------------


class Finder:
    """A look-up that counts, and holds back on demand."""

    def __init__(self, zone: Zone = HERE) -> None:
        self.zone, self.asked = zone, 0
        self.open = threading.Event()
        self.open.set()

    def __call__(self, timeout: float) -> Zone:
        self.asked += 1
        self.timeout = timeout
        assert self.open.wait(PLENTY)
        return self.zone


def soon() -> float:
    return time.monotonic() + PLENTY


def test_nothing_is_asked_before_it_is_wanted() -> None:
    finder = Finder()
    subject = OwnZone(finder, 3.0)
    assert not subject.at_once()
    assert (finder.asked, subject.at_once().source) == (0, "no answer yet")
    assert subject.wait(soon()) is HERE
    assert (finder.asked, finder.timeout) == (1, 3.0)
    assert subject.at_once() is subject.wait(0.0) is HERE
    subject.start()
    assert finder.asked == 1


def test_start_does_not_wait_and_the_look_up_goes_on_after_a_deadline() -> None:
    finder = Finder()
    finder.open.clear()
    subject = OwnZone(finder, PLENTY)
    subject.start()
    subject.start()
    assert not subject.wait(time.monotonic() + 0.01)
    assert not subject.wait(time.monotonic() - 1)
    assert subject.at_once().source == "no answer yet"
    finder.open.set()
    assert subject.wait(soon()) is HERE
    assert finder.asked == 1


def test_an_unknown_zone_is_an_answer_too() -> None:
    finder = Finder(Zone(source="nobody knows"))
    subject = OwnZone(finder, PLENTY)
    for _ in range(3):
        assert subject.wait(soon()).source == "nobody knows"
    assert subject.at_once().source == "nobody knows"
    assert finder.asked == 1


def test_what_the_look_up_raises_is_an_unknown_zone() -> None:
    def broken(timeout: float) -> Zone:
        raise LookupError("secret")

    zone = OwnZone(broken, PLENTY).wait(soon())
    assert zone == Zone(source="the look-up failed: LookupError")


def test_one_that_is_settled_asks_nobody() -> None:
    before = threading.active_count()
    subject = OwnZone.of(stated("usgw1-az3"))
    subject.start()
    assert subject.wait(0.0) == subject.at_once() == stated("usgw1-az3")
    assert threading.active_count() == before


def test_once_however_many_ask(server: Metadata) -> None:
    environ = server.imds()
    subject = OwnZone(lambda timeout: from_metadata(timeout, environ=environ), PLENTY)
    together = threading.Barrier(16)
    found: list[Zone] = []

    def ask() -> None:
        together.wait(PLENTY)
        found.append(subject.wait(soon()))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PLENTY)
    assert found == [HERE] * 16
    assert len({id(zone) for zone in found}) == 1
    assert len(server.asked) == 3


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_inherits_the_zone_but_no_look_up() -> None:
    parent = os.getpid()
    finder = Finder()
    finder.open.clear()

    def find(timeout: float) -> Zone:
        return finder(timeout) if os.getpid() == parent else Zone(name="us-east-1c")

    settled, flying = OwnZone(Finder(), PLENTY), OwnZone(find, PLENTY)
    settled.wait(soon())
    flying.start()
    eventually(lambda: finder.asked == 1)
    assert in_child(lambda: settled.wait(0.0) is HERE)
    assert in_child(lambda: flying.wait(soon()).name == "us-east-1c")
    finder.open.set()
    assert flying.wait(soon()) is HERE


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_does_not_inherit_a_held_lock() -> None:
    subject = OwnZone(Finder(), PLENTY)
    taken, release = threading.Event(), threading.Event()

    def hold() -> None:
        with subject._lock:
            taken.set()
            assert release.wait(PLENTY)

    holder = threading.Thread(target=hold, daemon=True)
    holder.start()
    assert taken.wait(PLENTY)
    assert in_child(lambda: subject.wait(soon()) == HERE)
    release.set()
    holder.join(PLENTY)


def test_without_threads_wait_looks_up_by_itself_and_start_leaves_it() -> None:
    script = """
import threading, time
from endpoint_router.probe.own_zone import OwnZone
from endpoint_router.probe.zone import Zone
print(threading.active_count())
threading.stack_size(1 << 40)  # more than there is: can't start new thread
asked = []
def find(timeout):
    asked.append(timeout)
    return Zone(threading.current_thread().name)
subject = OwnZone(find, 60.0)
subject.start()
subject.wait(time.monotonic() - 1)  # too late to ask
print(asked, subject.at_once())
print(subject.wait(time.monotonic() + 5), asked[0] <= 5, subject.at_once())
"""
    assert run(script) == "1\n[] unknown\nMainThread True MainThread\n"


def test_a_look_up_under_way_does_not_delay_exit() -> None:
    script = """
import time
from endpoint_router.probe.own_zone import OwnZone
subject = OwnZone(lambda timeout: time.sleep(60), 60.0)
subject.start()
print("started")
"""
    assert run(script) == "started\n"


def test_at_interpreter_shutdown_wait_looks_up_by_itself() -> None:
    script = """
import time
from endpoint_router.probe.own_zone import OwnZone
from endpoint_router.probe.zone import Zone
class Late:
    def __init__(self):
        self.subject, self.now = OwnZone(lambda timeout: Zone("late"), 5.0), time.monotonic
    def __del__(self, print=print):
        print(self.subject.wait(self.now() + 5))
late = Late()
"""
    assert run(script) == "late\n"


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stderr == ""
    return done.stdout
