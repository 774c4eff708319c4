"""Another network is noticed by the files that tell of it, and what was learnt has expired then."""

from __future__ import annotations

from pathlib import Path

from endpoint_router.probe.network_files import fingerprint
from endpoint_router.routing.answer import Answer

from .names import NAME, Clock, Names, Q, evidence, failed, good, settle


def test_a_file_that_is_rewritten_replaced_made_or_gone_is_another_one(tmp_path: Path) -> None:
    file, other = tmp_path / "resolv.conf", tmp_path / "hosts"
    seen = [fingerprint((file, other))]

    def changed() -> bool:
        seen.append(fingerprint((file, other)))
        return seen[-1] != seen[-2]

    assert not changed()
    file.write_text("nameserver 10.0.0.2\n")
    assert changed()
    assert not changed()
    file.write_text("nameserver 10.0.0.22\n")
    assert changed()
    (tmp_path / "new").write_text("nameserver 10.0.0.22\n")
    (tmp_path / "new").replace(file)
    assert changed()
    file.unlink()
    assert changed()
    other.write_text("10.0.0.1 kms.example\n")
    assert changed()


def test_in_another_network_names_are_asked_for_again(names: Names, clock: Clock) -> None:
    network = "at home"
    subject = evidence(names, clock=clock, network=lambda: network)
    names.zone[NAME] = good(address="52.94.0.10")
    assert subject.gather([Q], deadline=2e9)[Q].answer.addresses == ("52.94.0.10",)
    names.zone[NAME] = good(address="10.0.0.1")
    assert subject.gather([Q], deadline=2e9)[Q].answer.addresses == ("52.94.0.10",)
    network = "VPN"
    assert subject.gather([Q], deadline=2e9)[Q].answer.addresses == ("10.0.0.1",)
    assert names.asked[NAME] == 2


def test_what_cannot_be_learnt_anew_stands(names: Names, clock: Clock) -> None:
    network = "at home"
    subject = evidence(names, clock=clock, network=lambda: network)
    subject.gather([Q], deadline=2e9)
    names.zone[NAME], network = failed(), "a train"
    answer: Answer = subject.gather([Q], deadline=2e9)[Q].answer
    assert (answer.addresses, answer.stale) == (("10.0.0.1",), True)


def test_who_never_waits_notices_as_well(names: Names, clock: Clock) -> None:
    network = "at home"
    subject = evidence(names, clock=clock, network=lambda: network)
    subject.gather([Q], deadline=2e9)
    network = "VPN"
    subject.start([Q])
    settle()
    assert names.asked[NAME] == 2
