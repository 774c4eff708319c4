from __future__ import annotations

from pathlib import Path

import pytest

from endpoint_router.probe.hosts_file import addresses


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    path = tmp_path / "hosts"
    path.write_text(
        "127.0.0.1 localhost\n"
        "# 10.0.0.9 sqs.example\n"
        "\n"
        "  10.0.0.1\tSQS.example  alias.example # kms.example\n"
        "fd00::1 sqs.example\n"
        "10.0.0.2 sqs.example.\n"
        "10.0.0.1 sqs.example\n"
        "not-an-address sqs.example\n"
        "10.0.0.3\n"
    )
    return path


def test_every_line_of_the_name_ipv4_first(hosts: Path) -> None:
    assert addresses("sqs.example", hosts) == ("10.0.0.1", "10.0.0.2", "fd00::1")
    assert addresses("alias.example", hosts) == ("10.0.0.1",)


@pytest.mark.parametrize("name", ["kms.example", "example", "qs.example", "10.0.0.3", "not-an"])
def test_other_names(hosts: Path, name: str) -> None:
    assert addresses(name, hosts) == ()


def test_changes_are_seen_at_once(hosts: Path) -> None:
    hosts.write_text("10.9.9.9 sqs.example\n")
    assert addresses("sqs.example", hosts) == ("10.9.9.9",)


def test_missing_file(tmp_path: Path) -> None:
    assert addresses("sqs.example", tmp_path / "none") == ()
