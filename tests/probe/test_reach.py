from __future__ import annotations

import socket

from endpoint_router.probe.dialling import SystemDialler, any_reachable, connect_tcp

from .names import PLENTY


def test_connects_and_closes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert connect_tcp("127.0.0.1", listener.getsockname()[1], PLENTY) is True
        listener.settimeout(PLENTY)
        accepted, _ = listener.accept()
        with accepted:
            accepted.settimeout(PLENTY)
            assert accepted.recv(1) == b""


def test_nobody_listens() -> None:
    with socket.socket() as bound:  # and never listens
        bound.bind(("127.0.0.1", 0))
        assert connect_tcp("127.0.0.1", bound.getsockname()[1], PLENTY) is False


def test_no_time_left_asks_nobody() -> None:
    class Nobody(SystemDialler):
        def begin(self, *_: object) -> socket.socket:
            raise AssertionError("must not connect")

    assert connect_tcp("127.0.0.1", 1, 0.0, Nobody()) is False


def test_addresses_in_turn_share_the_time() -> None:
    tried: list[tuple[str, int, float]] = []
    now = 100.0

    def reach(address: str, port: int, timeout: float) -> bool:
        nonlocal now
        tried.append((address, port, timeout))
        now += timeout
        return address == "10.0.0.3"

    addresses = ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")
    assert any_reachable(addresses, 443, 2.0, reach, lambda: now) is True
    assert tried == [("10.0.0.1", 443, 0.5), ("10.0.0.2", 443, 0.5), ("10.0.0.3", 443, 0.5)]


def test_a_reachable_later_address_counts_after_a_quick_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert any_reachable(("127.0.0.2", "127.0.0.1"), port, PLENTY) is True
        assert any_reachable((), port, PLENTY) is False
