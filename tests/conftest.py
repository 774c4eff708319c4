"""Every test starts without the developer's own AWS settings, proxies and CA bundles."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from functools import partial

import pytest

from tests.support.cheap_events import cheap_events
from tests.support.settled_tls import settled_tls
from tests.support.shipped_data import read_once

try:
    from tests.support.examples import register_profiles
except ImportError:  # where only other people's software is tried, there is no hypothesis
    pass
else:
    register_profiles()

if "coverage" in sys.modules and hasattr(os, "register_at_fork"):
    # Its tracer takes a lock that another thread may have held when the child was made, and waits
    # for it for ever. Here, before the package registers hooks of its own, and by built-in
    # functions, because the tracer looks at all others.
    os.register_at_fork(after_in_child=partial(sys.settrace, None))
    os.register_at_fork(after_in_child=partial(threading.settrace, None))

# Here, before any test module may have imported it: its assertions tell what they saw.
pytest.register_assert_rewrite("tests.kinds.table")

_FOREIGN = ("AWS_", "BOTO_", "BOTOCORE_", "ENDPOINT_ROUTER_", "REQUESTS_CA", "CURL_CA", "SSL_CERT")


def pytest_sessionstart() -> None:
    """No test can do without the machine's own policy where there is one: that is its point."""
    from endpoint_router.policy.load import SYSTEM_POLICY

    if os.path.lexists(SYSTEM_POLICY):
        pytest.exit(f"the tests would obey {SYSTEM_POLICY}: move it away", returncode=2)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-services",
        action="store_true",
        help="all of AWS's services and all operations of S3, not a sample",
    )
    parser.addoption(
        "--all-regions",
        action="store_true",
        help="the same in all of AWS's regions, not one of each class that botocore tells apart",
    )
    parser.addoption(
        "--all-faults",
        action="store_true",
        help="be as available as plain botocore under all faults of the network, not a sample",
    )
    parser.addoption(
        "--few-rows",
        action="store_true",
        help="run each program of tests/consumers twice, not under every policy by every way",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Twice as many as there are cores: many tests wait for most of their time."""
    return (os.cpu_count() or 1) * 2


def pytest_configure(config: pytest.Config) -> None:
    """What is the same for all tests, and for each session of botocore, is done once."""
    # Sessions and clients are full of cycles: looking for them all the time costs a tenth.
    gc.set_threshold(100_000, 20, 100)
    # The tests start hundreds of Pythons, which would compile the package anew, each for itself.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Now rather than in a fixture: some modules make sessions when they are imported.
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    read_once(patch)
    cheap_events(patch)
    settled_tls(patch)


def pytest_collection_finish() -> None:
    """What is imported and collected stays: no search for garbage need look at it any more."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def moto_process() -> Iterator[int]:
    """One for all tests of a process: it takes a second to start."""
    from tests.support.moto_lab import moto_server

    with moto_server() as port:
        yield port


@pytest.fixture
def moto(moto_process: int) -> int:
    """A moto server that has nothing yet: the port of 127.0.0.1 on which it serves plain HTTP."""
    from tests.support.moto_lab import reset

    reset(moto_process)
    return moto_process


@pytest.fixture(autouse=True)
def isolated_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory):
    """Credentials of nobody, no profile, no metadata service, no proxy."""
    for name in list(os.environ):
        if name.startswith(_FOREIGN) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.getbasetemp() / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-nobody")
