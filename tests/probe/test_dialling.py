"""Racing addresses with the system's own sockets: who wins, what it costs, what is left behind."""

from __future__ import annotations

import contextlib
import errno
import itertools
import selectors
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.probe.dialling import HEAD_START, SystemDialler, race

#: A busy machine's delay, far below any time limit that is tested here. Seconds.
BUSY = 15.0

linux_only = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="every address of 127/8, and /proc: Linux only"
)
pytestmark = linux_only


def _ipv6() -> bool:
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


class Network(SystemDialler):
    """Addresses of 127/8 that accept, refuse or hang, all on one port; remembers its sockets."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self.port = self._listen("127.0.0.1", 0).getsockname()[1]
        self.begun: list[str] = []
        self.sockets: list[socket.socket] = []

    def _listen(self, address: str, port: int, backlog: int = 16) -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        server = self._stack.enter_context(socket.socket(family))
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.listen(backlog)
        return server

    def good(self, address: str) -> socket.socket:
        return self._listen(address, self.port)

    def dead(self, address: str) -> str:
        """A listener whose backlog is full: the kernel drops further SYNs."""
        server = self._listen(address, self.port, 0)
        for _ in range(2):
            one = self._stack.enter_context(socket.socket())
            one.setblocking(False)
            assert one.connect_ex(server.getsockname()) in (0, errno.EINPROGRESS)
        return address

    def begin(
        self,
        address: str,
        port: int,
        source_address: tuple[str, int] | None,
        socket_options: Iterable[tuple[int, int, int]],
    ) -> socket.socket:
        self.begun.append(address)
        self.sockets.append(super().begin(address, port, source_address, socket_options))
        return self.sockets[-1]

    def dialled(self) -> list[str]:
        return list(self.begun)

    def open_sockets(self) -> list[socket.socket]:
        return [one for one in self.sockets if one.fileno() >= 0]

    def close(self) -> None:
        for one in self.sockets:
            one.close()
        self._stack.close()


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.close()


def took(began: float) -> float:
    return time.monotonic() - began


def test_a_refusal_costs_nothing(network: Network) -> None:
    network.good("127.0.0.3")
    waits: list[bool] = []

    class Watched(selectors.SelectSelector):
        def select(self, timeout: float | None = None) -> Any:
            ready = super().select(None)  # for as long as it takes
            waits.append(bool(ready))
            return ready

    addresses = ("127.0.0.2", "127.0.0.3")
    raced = race(network, addresses, network.port, 30.0, selector=Watched)
    assert raced.address == "127.0.0.3"
    assert raced.behind == ("127.0.0.2",)
    assert network.peer(raced.connection) == "127.0.0.3"
    assert len(waits) <= 2  # one for each that did not fail, or connect, at once
    assert all(waits)


def test_the_first_of_the_good_ones_wins_and_the_others_are_not_dialled(network: Network) -> None:
    network.good("127.0.0.2")
    network.good("127.0.0.3")
    raced = race(network, ("127.0.0.2", "127.0.0.3"), network.port, 30.0)
    assert raced.address == "127.0.0.2"
    assert raced.behind == ()
    assert network.dialled() == ["127.0.0.2"]


def test_a_dead_address_costs_the_head_start_and_not_the_timeout(network: Network) -> None:
    network.dead("127.0.0.2")
    network.good("127.0.0.3")
    began = time.monotonic()
    raced = race(network, ("127.0.0.2", "127.0.0.3"), network.port, 30.0)
    assert HEAD_START * 0.9 < took(began) < HEAD_START + BUSY
    assert raced.address == "127.0.0.3"
    assert raced.behind == ("127.0.0.2",)
    assert network.open_sockets() == [raced.connection]


def test_two_dead_addresses_and_one_that_refuses(network: Network) -> None:
    network.dead("127.0.0.2")
    network.dead("127.0.0.3")
    network.good("127.0.0.5")
    addresses = ("127.0.0.2", "127.0.0.4", "127.0.0.3", "127.0.0.5")
    began = time.monotonic()
    raced = race(network, addresses, network.port, 30.0)
    assert took(began) < 2 * HEAD_START + BUSY
    assert raced.address == "127.0.0.5"
    assert set(raced.behind) == {"127.0.0.2", "127.0.0.3", "127.0.0.4"}
    assert network.open_sockets() == [raced.connection]


def test_a_slow_address_may_still_win(network: Network) -> None:
    """Overtaken, not given up: whoever answers first."""
    server = network._listen("127.0.0.2", network.port, 0)
    filler = [socket.socket() for _ in range(2)]
    for one in filler:
        one.setblocking(False)
        one.connect_ex(server.getsockname())
    network.dead("127.0.0.3")

    def make_room() -> None:
        for _ in filler:
            with contextlib.suppress(OSError):
                server.accept()[0].close()

    opening = threading.Timer(0.1, make_room)
    opening.start()
    try:
        # The kernel sends the SYN again after one second.
        raced = race(network, ("127.0.0.2", "127.0.0.3"), network.port, 30.0)
    finally:
        opening.join()
        for one in filler:
            one.close()
    assert raced.address == "127.0.0.2"
    assert network.open_sockets() == [raced.connection]


@pytest.mark.parametrize("timeout", [None, 30.0])
def test_all_refuse(network: Network, timeout: float | None) -> None:
    began = time.monotonic()
    with pytest.raises(ConnectionRefusedError) as caught:
        race(network, ("127.0.0.2", "127.0.0.3", "127.0.0.4"), network.port, timeout)
    assert caught.value.errno == errno.ECONNREFUSED
    assert network.dialled() == ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    assert took(began) < BUSY
    assert network.open_sockets() == []


def test_the_last_failure_is_the_one_that_is_told(network: Network) -> None:
    class Unreachable(Network):
        def begin(self, address: str, *arguments: Any) -> socket.socket:
            if address == "127.0.0.3":
                raise OSError(errno.EHOSTUNREACH, "no route")
            return super().begin(address, *arguments)

    other = Unreachable()
    try:
        with pytest.raises(OSError, match="no route") as caught:
            race(other, ("127.0.0.2", "127.0.0.3"), network.port, 30.0)
        assert caught.value.errno == errno.EHOSTUNREACH
        assert other.open_sockets() == []
    finally:
        other.close()


def test_all_dead_share_one_timeout(network: Network) -> None:
    addresses = [network.dead(f"127.0.0.{last}") for last in range(2, 12)]
    began = time.monotonic()
    with pytest.raises(TimeoutError) as caught:
        race(network, addresses, network.port, 2.0)
    assert 1.9 < took(began) < 2.0 + BUSY  # not ten times
    assert isinstance(caught.value, socket.timeout)
    assert network.dialled() == addresses
    assert network.open_sockets() == []


def test_one_refuses_and_one_is_dead(network: Network) -> None:
    """What is still under way might have answered: that is a timeout."""
    network.dead("127.0.0.2")
    with pytest.raises(TimeoutError):
        race(network, ("127.0.0.2", "127.0.0.3"), network.port, 0.4)
    assert network.open_sockets() == []


class Late(selectors.SelectSelector):
    """Nothing ever answers, and whoever waits is woken late, in a time of its own."""

    def __init__(self, late: Iterator[float]) -> None:
        super().__init__()
        self.now, self._late = 0.0, late

    def select(self, timeout: float | None = None) -> Any:
        assert timeout is not None
        self.now += timeout + next(self._late)
        return []


class Silent(SystemDialler):
    """Addresses that never answer; remembers when each had its turn."""

    def __init__(self, selector: Late) -> None:
        self.begun: list[float] = []
        self.sockets: list[socket.socket] = []
        self._selector = selector

    def begin(self, address: str, *_: Any) -> socket.socket:
        self.begun.append(self._selector.now)
        self.sockets.append(socket.socket())
        return self.sockets[-1]


def turns(timeout: float, late: Iterable[float], count: int = 20) -> list[float]:
    """When each of *count* dead addresses was begun, where wake-ups are so late."""
    selector = Late(iter(late))
    dialler = Silent(selector)
    with pytest.raises(TimeoutError):
        race(
            dialler,
            [f"127.0.1.{last}" for last in range(1, count + 1)],
            443,
            timeout,
            clock=lambda: selector.now,
            selector=lambda: selector,
        )
    assert all(sock.fileno() == -1 for sock in dialler.sockets)
    return dialler.begun


@pytest.mark.parametrize("late", [0.0, 0.02, 0.03])
def test_twenty_addresses_all_get_their_turn_within_a_short_timeout(late: float) -> None:
    begun = turns(0.8, itertools.repeat(late))
    assert begun == pytest.approx([0.0, *(0.04 * turn + late for turn in range(1, 20))])


def test_a_late_wake_up_does_not_put_off_those_after_it() -> None:
    begun = turns(30.0, itertools.chain([0.2], itertools.repeat(0.0)), count=4)
    assert begun == pytest.approx([0.0, 0.45, 0.5, 0.75])


def test_after_a_stall_what_is_overdue_is_begun_one_by_one() -> None:
    """At least ten milliseconds apart (RFC 8305, section 5), until the lost time is made up for."""
    begun = turns(2.0, itertools.chain([0.6], itertools.repeat(0.0)))
    assert begun[1] == pytest.approx(0.7)
    apart = [after - before for before, after in itertools.pairwise(begun[1:])]
    assert min(apart) >= 0.00999
    assert apart[:6] == pytest.approx([0.01] * 6)
    assert apart[6:] != pytest.approx([0.01] * 12)
    assert begun[-1] == pytest.approx(1.9)
    assert len(begun) == 20


def test_who_connects_during_a_stall_has_won(network: Network) -> None:
    """The next one is due by then, and is not begun."""
    network.good("127.0.0.2")
    network.good("127.0.0.3")
    now = [0.0]

    class Stalling(SystemDialler):
        def begin(self, *arguments: Any) -> socket.socket:
            now[0] += 4 * HEAD_START
            return network.begin(*arguments)

    addresses = ("127.0.0.2", "127.0.0.3")
    raced = race(Stalling(), addresses, network.port, 30.0, clock=lambda: now[0])
    with raced.connection:
        assert (raced.address, raced.behind) == ("127.0.0.2", ())
    assert network.begun == ["127.0.0.2"]


def test_turns_that_are_closer_than_that_by_themselves_stay_so() -> None:
    assert len(turns(0.1, itertools.repeat(0.0))) == 20


def test_the_tenth_of_twenty_addresses(network: Network) -> None:
    addresses = [f"127.0.1.{last}" for last in range(1, 21)]
    for address in addresses[:9]:
        network.dead(address)
    network.good(addresses[9])
    raced = race(network, addresses, network.port, 30.0)
    assert raced.address == addresses[9]
    assert network.open_sockets() == [raced.connection]


@pytest.mark.parametrize("timeout", [None, 1.0])
def test_no_address_at_all(network: Network, timeout: float | None) -> None:
    with pytest.raises(OSError, match="no address") as caught:
        race(network, (), network.port, timeout)
    assert caught.value.errno == errno.EADDRNOTAVAIL


def test_without_a_timeout_it_waits_and_leaves_none_on_the_socket(network: Network) -> None:
    network.dead("127.0.0.2")
    network.good("127.0.0.3")
    raced = race(network, ("127.0.0.2", "127.0.0.3"), network.port, None)
    assert raced.connection.gettimeout() is None
    assert raced.connection.getblocking()


def test_the_socket_has_the_timeout_as_create_connection_leaves_it(network: Network) -> None:
    server = network.good("127.0.0.2")
    raced = race(network, ("127.0.0.2",), network.port, 7.5)
    assert raced.connection.gettimeout() == 7.5
    accepted, _ = server.accept()
    with accepted:
        accepted.sendall(b"hello")
        assert raced.connection.recv(5) == b"hello"


def test_source_address_and_socket_options_are_applied(network: Network) -> None:
    server = network.good("127.0.0.2")
    options = [
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    ]
    raced = race(
        network,
        ("127.0.0.2",),
        network.port,
        30.0,
        source_address=("127.0.0.77", 0),
        socket_options=iter(options),  # read once, used for each address
    )
    accepted, peer = server.accept()
    accepted.close()
    assert peer[0] == "127.0.0.77"
    for level, name, _ in options:
        assert raced.connection.getsockopt(level, name) != 0


def test_socket_options_reach_the_second_address_as_well(network: Network) -> None:
    network.good("127.0.0.3")
    options = iter([(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)])
    raced = race(network, ("127.0.0.2", "127.0.0.3"), network.port, 30.0, socket_options=options)
    assert raced.connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0


def test_a_source_address_that_is_not_here_fails_and_leaks_nothing(network: Network) -> None:
    network.good("127.0.0.2")
    with pytest.raises(OSError, match="assign requested address"):
        race(network, ("127.0.0.2",), network.port, 30.0, source_address=("192.0.2.1", 0))


@pytest.mark.skipif(not _ipv6(), reason="no ::1 here")
@pytest.mark.parametrize("dead", ["127.0.0.2", "127.0.0.9"])  # hangs, refuses
def test_the_other_family_where_one_is_dead(network: Network, dead: str) -> None:
    network.dead("127.0.0.2")
    network._listen("::1", network.port)
    raced = race(network, (dead, "::1"), network.port, 30.0)
    assert raced.address == "::1"
    assert network.peer(raced.connection) == "::1"
    assert raced.connection.family == socket.AF_INET6


@pytest.mark.skipif(not _ipv6(), reason="no ::1 here")
def test_a_family_that_the_machine_has_not(network: Network) -> None:
    """Unlike a SYN without an answer, that fails in ``connect`` itself."""
    network.good("127.0.0.2")
    raced = race(network, ("2001:db8::1", "127.0.0.2"), network.port, 30.0)
    assert raced.address == "127.0.0.2"


def test_no_descriptor_leaks(network: Network) -> None:
    """Of sockets and of what waits for them; other threads of the process have theirs."""
    network.dead("127.0.0.2")
    network.good("127.0.0.4")
    selectors_made: list[selectors.BaseSelector] = []

    def selector() -> selectors.BaseSelector:
        selectors_made.append(selectors.DefaultSelector())
        return selectors_made[-1]

    def raced(*addresses: str, timeout: float = 30.0) -> socket.socket:
        return race(network, addresses, network.port, timeout, selector=selector).connection

    raced("127.0.0.2", "127.0.0.3", "127.0.0.4").close()
    with pytest.raises(OSError, match="refused"):
        raced("127.0.0.3")
    with pytest.raises(TimeoutError):
        raced("127.0.0.2", timeout=0.02)
    assert (len(network.sockets), network.open_sockets()) == (5, [])
    assert selectors_made
    assert [made for made in selectors_made if made.get_map() is not None] == []


def test_an_interrupt_closes_what_is_under_way(network: Network) -> None:
    network.dead("127.0.0.2")

    class Interrupted(BaseException):
        pass

    def clock() -> float:
        if len(network.sockets) == 1:
            raise Interrupted
        return time.monotonic()

    with pytest.raises(Interrupted):
        race(network, ("127.0.0.2",), network.port, 5.0, clock=clock)
    assert network.open_sockets() == []


def test_the_peer_of_what_is_not_connected(network: Network) -> None:
    with socket.socket() as idle, pytest.raises(OSError, match="not connected"):
        SystemDialler().peer(idle)
