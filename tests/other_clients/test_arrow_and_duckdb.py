"""The examples for pyarrow and DuckDB reach the endpoint by its name, in a network of their own."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

import endpoint_router
from endpoint_router.lab import Reply, Request
from endpoint_router.lab.network import Lab
from tests.support import namespace

REGION = "us-east-1"
NAME = "vpce-0123456789abcdef0-abcdefgh.s3.us-east-1.vpce.amazonaws.com"
ENDPOINT, STANDARD = f"bucket.{NAME}", f"s3.{REGION}.amazonaws.com"
OBJECT = b"fruit,pieces\napple,3\nplum,4\n"
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "other-http-clients.md"

#: Host, SNI and address of each request.
Wire = set[tuple[str, str, str]]


def examples() -> dict[str, Any]:
    """The functions of the page's section."""
    section = PAGE.read_text(encoding="utf-8").split("\n## pyarrow and DuckDB\n")[1]
    names: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", section, re.DOTALL):
        try:
            exec(compile(code, PAGE.name, "exec"), names)
        except ModuleNotFoundError as error:
            if error.name not in ("duckdb", "pyarrow"):
                raise
    return names


def serve(request: Request) -> Reply:
    """The object, or the part of it that is asked for."""
    asked = {name.lower(): value for name, value in request.headers}.get("range", "")
    found = re.fullmatch(r"bytes=(\d+)-(\d+)", asked)
    first, last = (int(found[1]), int(found[2])) if found else (0, len(OBJECT) - 1)
    part = OBJECT[first : last + 1]
    headers = [("ETag", '"1"'), ("Accept-Ranges", "bytes"), ("Content-Type", "text/csv"),
               ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")]  # fmt: skip
    if found:
        headers.append(("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(OBJECT)}"))
    if request.seen.method == "HEAD":
        return Reply(200, (*headers, ("Content-Length", str(len(OBJECT)))))
    return Reply(206 if found else 200, tuple(headers), part)


def _read(how: str, connect: str, address: str) -> tuple[str, Wire]:
    """What the client read, and what the servers saw; inside a namespace."""
    with Lab(dns=(namespace.NAMESERVER, 53), https=("::", 443), http=("::", 80)) as lab:
        lab.host(ENDPOINT, address, answer=serve)
        lab.host(STANDARD, "52.94.0.10", answer=serve)
        os.environ |= {"AWS_ACCESS_KEY_ID": "lab", "AWS_SECRET_ACCESS_KEY": "lab"}
        os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
        declared = {"type": "interface", "dns_names": [f"*.{NAME}"], "connect": connect}
        endpoint_router.install({"defaults": {"private": "require"}, "vpc_endpoints": [declared]})
        try:
            text = READ[how](examples(), lab.ca_bundle)
        except (endpoint_router.EndpointDenied, RuntimeError) as error:
            text = f"{type(error).__name__}: {error}"
        finally:
            endpoint_router.uninstall()
        return text, {(seen.host, seen.sni, seen.address) for seen in lab.seen}


def _by_pyarrow(names: dict[str, Any], ca: str) -> str:
    with names["pyarrow_s3"](REGION, ca).open_input_file("fruit/table.csv") as file:
        return bytes(file.read()).decode()


def _by_duckdb(names: dict[str, Any], ca: str) -> str:
    connection = names["duckdb_s3"](REGION, ca)
    rows = connection.execute("SELECT * FROM read_csv('s3://fruit/table.csv')").fetchall()
    return "".join(["fruit,pieces\n", *(f"{fruit},{pieces}\n" for fruit, pieces in rows)])


READ = {"pyarrow": _by_pyarrow, "duckdb": _by_duckdb}


@pytest.fixture(params=READ)
def how(request: pytest.FixtureRequest) -> str:
    """One of them, where it is installed."""
    namespace.require()
    pytest.importorskip(request.param)
    if request.param == "duckdb":
        # Its own installer loads it from the internet; this package has the same, signed file.
        package = pytest.importorskip("duckdb_extension_httpfs")
        import duckdb

        Path.home().mkdir(exist_ok=True)  # where it puts its extensions
        (file,) = Path(package.__file__).parent.glob("extensions/*/httpfs.duckdb_extension")
        duckdb.connect().install_extension(str(file))
    return str(request.param)


def test_it_reads_from_the_endpoint(how: str) -> None:
    text, wire = namespace.run_isolated(_read, how, "name", "10.20.0.10")
    assert text == OBJECT.decode()
    assert wire == {(ENDPOINT, ENDPOINT, "10.20.0.10")}


def test_what_is_refused_is_not_sent(how: str) -> None:
    text, wire = namespace.run_isolated(_read, how, "name", "52.94.0.11")
    assert text.startswith("EndpointDenied")
    assert wire == set()


def test_what_only_an_address_proves_is_not_sent(how: str) -> None:
    text, wire = namespace.run_isolated(_read, how, "address", "10.20.0.10")
    assert text.startswith("RuntimeError: private by its address alone")
    assert wire == set()
