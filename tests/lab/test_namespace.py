"""Inside a namespace the lab is real: port 53, port 443, getaddrinfo, the default resolver."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import sys
import threading
from pathlib import Path
from typing import Any

import botocore.session
import dns.resolver
import pytest
from botocore.config import Config

from endpoint_router.lab.network import Lab
from tests.support import namespace
from tests.support.namespace import IsolationError, needs_namespaces, run_isolated

__all__ = ["needs_namespaces"]

KMS = "kms.us-east-1.amazonaws.com"
FIPS = "kms-fips.us-east-1.amazonaws.com"


def a_real_lab() -> Lab:
    lab = Lab(dns=(namespace.NAMESERVER, 53), https=("::", 443), http=("::", 80))
    lab.host(KMS, "10.20.0.10", "fd00::10")
    lab.host(FIPS, "52.94.0.10")
    return lab


def names_are_looked_up() -> dict[str, Any]:
    with a_real_lab() as lab:
        found = {info[4][0] for info in socket.getaddrinfo(KMS, 443, type=socket.SOCK_STREAM)}
        answer = [r.address for r in dns.resolver.resolve(f"{FIPS}.")]
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo("nobody.test", 443)
        asked = {question.name for question in lab.dns.questions}
        return {"getaddrinfo": found, "dnspython": answer, "asked": asked}


def test_both_resolvers_see_the_labs_names() -> None:
    dns.resolver.get_default_resolver()  # reads the parent's resolv.conf
    result = run_isolated(names_are_looked_up)
    assert result["getaddrinfo"] == {"10.20.0.10", "fd00::10"}
    assert result["dnspython"] == ["52.94.0.10"]
    assert {KMS, FIPS, "nobody.test"} <= result["asked"]


def https_answers() -> list[tuple[str, int, str]]:
    with a_real_lab() as lab:
        context = ssl.create_default_context(cafile=lab.ca_bundle)
        for name, address in ((KMS, "10.20.0.10"), (KMS, "fd00::10"), (FIPS, "52.94.0.10")):
            raw = socket.create_connection((address, 443), 60)
            with raw, context.wrap_socket(raw, server_hostname=name) as secured:
                secured.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
                assert secured.recv(65536).startswith(b"HTTP/1.1 200")
        return [(seen.address, seen.port, seen.sni) for seen in lab.seen]


def test_https_answers_at_the_addresses_themselves() -> None:
    expected = [("10.20.0.10", 443, KMS), ("fd00::10", 443, KMS), ("52.94.0.10", 443, FIPS)]
    assert run_isolated(https_answers) == expected


def a_plain_client_calls() -> tuple[str, str, str]:
    with a_real_lab() as lab:
        session = botocore.session.Session()
        session.set_credentials("AKIALABLABLABLABLAB1", "secret")
        config = Config(retries={"max_attempts": 0}, proxies={})
        client: Any = session.create_client(
            "kms", region_name="us-east-1", verify=lab.ca_bundle, config=config
        )
        assert client.list_keys()["Keys"]
        client.close()
        seen = lab.seen[-1]
        return seen.host, seen.address, seen.region


def test_an_unchanged_client_reaches_the_lab_by_its_own_name() -> None:
    host, address, region = run_isolated(a_plain_client_calls)
    assert (host, region) == (KMS, "us-east-1")
    assert address in ("10.20.0.10", "fd00::10")


def the_hosts_file_speaks() -> str:
    return socket.gethostbyname("pinned.example")


def test_the_hosts_file_is_ones_own() -> None:
    assert run_isolated(the_hosts_file_speaks, hosts={"pinned.example": "10.20.0.12"}) == (
        "10.20.0.12"
    )


def identity(tmp: Path) -> tuple[int, int]:
    (tmp / "from-inside").write_text("here")
    return os.getuid(), os.getgid()


def test_user_and_files_stay_the_same(tmp_path: Path) -> None:
    assert run_isolated(identity, tmp_path) == (os.getuid(), os.getgid())
    assert (tmp_path / "from-inside").owner() == tmp_path.owner()


def bind_anywhere() -> list[int]:
    with socket.create_server(("52.94.0.11", 443)) as server:
        return [server.getsockname()[1]]


def test_nothing_leaks_out() -> None:
    before = Path("/etc/resolv.conf").read_bytes(), Path("/etc/hosts").read_bytes()
    assert run_isolated(bind_anywhere) == [443]
    with pytest.raises(OSError, match="assign"), socket.create_server(("52.94.0.11", 0)):
        pass
    assert (Path("/etc/resolv.conf").read_bytes(), Path("/etc/hosts").read_bytes()) == before


def there_is_no_internet() -> int:
    with socket.socket() as client:
        client.settimeout(5)
        return client.connect_ex(("93.184.216.34", 443))


def test_there_is_no_way_out() -> None:
    assert run_isolated(there_is_no_internet) == 101  # ENETUNREACH on Linux


class Unpicklable(Exception):
    def __init__(self, one: str, two: str) -> None:
        super().__init__(one)


def fail(how: str) -> object:
    if how == "assert":
        left = ["what", "was", "found"]
        assert left == ["what", "was", "expected"]
    if how == "skip":
        pytest.skip("from inside")
    if how == "fail":
        pytest.fail("from inside")
    if how == "unpicklable":
        raise Unpicklable("one", "two")
    if how == "die":
        os.kill(os.getpid(), signal.SIGTERM)
    if how == "hang":
        threading.Event().wait()
    return threading.Lock()


def test_exceptions_come_out_as_they_were() -> None:
    with pytest.raises(AssertionError, match="expected") as caught:
        run_isolated(fail, "assert")
    assert "test_namespace.py" in str(caught.value.__cause__)
    with pytest.raises(pytest.skip.Exception, match="from inside"):
        run_isolated(fail, "skip")
    with pytest.raises(pytest.fail.Exception, match="from inside"):
        run_isolated(fail, "fail")
    with pytest.raises(IsolationError, match=r"Unpicklable.*cannot be pickled"):
        run_isolated(fail, "unpicklable")
    with pytest.raises(IsolationError, match="cannot be pickled"):
        run_isolated(fail, "result")
    with pytest.raises(IsolationError, match="wait status 15"):
        run_isolated(fail, "die")
    with pytest.raises(IsolationError, match="nothing within"):
        run_isolated(fail, "hang", timeout=0.1)
    with pytest.raises(IsolationError, match="set up lo"):
        run_isolated(identity, Path("/"), addresses=("10.20.0.1", "10.20.0.1"))


def test_it_works_from_a_process_with_threads() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert run_isolated(threading.active_count) == 1
    finally:
        done.set()
        thread.join()


def test_where_it_is_impossible_tests_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    namespace.available.cache_clear()
    try:
        assert "darwin" in namespace.available()
        with pytest.raises(pytest.skip.Exception, match=r"NOT RUN: .*darwin"):
            namespace.require({})
        with pytest.raises(pytest.fail.Exception, match=r"CANNOT RUN ON CI: .*darwin"):
            namespace.require({"CI": "true"})
    finally:
        namespace.available.cache_clear()
