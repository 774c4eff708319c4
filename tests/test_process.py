"""What a process has once: a fork amid anything leaves a child that works, and ends."""

from __future__ import annotations

import ast
import gc
import os
import weakref
from pathlib import Path

import endpoint_router
from endpoint_router import process
from tests.support.children import forks, in_child, output_of

PACKAGE = Path(endpoint_router.__file__).parent


# --- the registry


class Renewed:
    def __init__(self, order: list[object], *, broken: bool = False) -> None:
        self.order, self.broken = order, broken

    def begin_anew(self) -> None:
        self.order.append(self)
        if self.broken:
            raise ValueError("cannot be renewed")


@forks
def test_it_renews_in_the_order_of_registration() -> None:
    order: list[object] = []
    things = [Renewed(order) for _ in range(50)]
    for thing in reversed(things):
        process.renew_in_children(thing)
    assert in_child(lambda: order == things[::-1])
    assert order == []


@forks
def test_one_that_cannot_be_renewed_keeps_no_other_from_it() -> None:
    order: list[object] = []
    things = [Renewed(order), Renewed(order, broken=True), Renewed(order)]
    for thing in things:
        process.renew_in_children(thing)
    assert in_child(lambda: order == things)


@forks
def test_it_keeps_nothing_alive() -> None:
    order: list[object] = []
    thing = Renewed(order)
    gone = weakref.ref(thing)
    process.renew_in_children(thing)
    del thing
    gc.collect()
    assert gone() is None
    assert in_child(lambda: order == [])


@forks
def test_a_fork_with_the_lock_in_hand() -> None:
    """The thread that forks goes on in the child, and releases what it holds."""
    lock, pids, done = process.Lock(), list[int](), False
    try:
        with lock.here:
            pids.append(os.fork())
            with lock.here:
                pass
        done = True
    finally:
        if pids == [0]:
            os._exit(0 if done else 1)
    assert os.waitpid(pids[0], 0)[1] == 0


def test_nobody_else_registers_a_hook_hires_or_takes_the_lock_of_cached_property() -> None:
    ours = {"register_at_fork", "Thread", "cached_property"}
    users = {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if not ours.isdisjoint(getattr(node, name, "") for name in ("id", "attr", "name"))
    }
    assert users == {"process.py", "lab"}  # the lab has servers, and is forked by nobody


# --- threads


def test_who_is_hired_does_not_delay_the_exit() -> None:
    script = """
import time
from endpoint_router.process import hire
print(hire(lambda: time.sleep(60), "someone").name)
"""
    assert output_of(script) == "someone\n"


def test_nobody_is_hired_at_interpreter_shutdown_or_without_threads() -> None:
    script = """
import threading
from endpoint_router.process import hire
class Late:
    def __del__(self, hire=hire, print=print):
        try:
            hire(print, "late")
        except RuntimeError as error:
            print(error)
late = Late()
size = threading.stack_size(1 << 40)  # more than there is
try:
    hire(print, "another")
except RuntimeError as error:
    print(error)
"""
    no_thread, shutdown = output_of(script).splitlines()
    assert no_thread == "can't start new thread"
    assert "interpreter shutdown" in shutdown


def test_threads_that_decode_at_once_what_was_never_decoded() -> None:
    """msgspec itself crashes the interpreter then, in about every second run."""
    script = """
import sys, threading
from endpoint_router.policy.load import load
from endpoint_router.sdk.endpoints.endpoints_json import endpoints_table
from endpoint_router.sdk.endpoints.partitions_json import partitions

def work(name):
    for use in (endpoints_table, partitions, lambda: load({}, environ={})):
        start.wait()
        use()
    print(name)

sys.setswitchinterval(1e-6)
start = threading.Barrier(8)
for name in range(8):
    threading.Thread(target=work, args=(name,)).start()
"""
    for _ in range(3):
        assert sorted(output_of(script).split()) == list("01234567")


# --- a fork while a thread of ours imports

AMID_AN_IMPORT = """
import os, sys, threading, time, warnings
from endpoint_router.policy.dns_servers import parse_dns_server
from endpoint_router.router import World

# Python 3.12 and later warn of a fork beside a thread that still lives.
warnings.simplefilter("ignore", DeprecationWarning)
begun = threading.Event()

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "dns.message":
            begun.set()
            time.sleep(0.5)

sys.meta_path.insert(0, Slow())
# Nobody answers there: what counts is that somebody asks.
look_up = World().lookup((parse_dns_server("127.0.0.1:9"),))
threading.Thread(target=look_up, args=("kms.us-east-1.amazonaws.com", 1.0)).start()
begun.wait()
child = os.fork()
answer = look_up("sts.us-east-1.amazonaws.com", 1.0)
if child == 0:
    os._exit(0 if "import" not in answer.detail else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@forks
def test_a_child_has_no_half_made_module() -> None:
    assert output_of(AMID_AN_IMPORT).split() == ["0"]
