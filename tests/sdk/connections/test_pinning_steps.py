"""What is dialled next, decided step by step: no socket, thread or look-up takes part."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_router.policy.networks import parse_network
from endpoint_router.routing.answer import Answer, Question
from endpoint_router.routing.case import Finding
from endpoint_router.routing.networks import Trusted
from endpoint_router.sdk.connections.confirmed import (
    CloseIdle,
    ConfirmedNames,
    Dial,
    Dialled,
    Peer,
    Pinned,
    Renew,
)
from endpoint_router.sdk.connections.peer_check import check_peer
from endpoint_router.sdk.connections.unconfirmed import Unconfirmed

NAME = "kms.us-east-1.amazonaws.com"
ONE, TWO, PUBLIC = "10.20.0.1", "10.20.0.2", "52.94.0.10"
TRUSTED = Trusted((parse_network("10.20.0.0/16"),))
REFUSED = ConnectionRefusedError(111, "refused")


def answer(*addresses: str) -> Answer:
    return Answer(NAME, "answered" if addresses else "absent", addresses, ttl=60.0)


def confirmed(*addresses: str) -> ConfirmedNames:
    names = ConfirmedNames(TRUSTED)
    if addresses:
        names.confirm(Finding(Question(NAME), "private-address", answer(*addresses)))
    return names


def play(names: ConfirmedNames, *turns: tuple[object, object]) -> Pinned:
    """Each of *turns*: what has to be wanted, and what comes of it."""
    steps, given = names.connect(NAME), None
    try:
        for expected, result in turns:
            step: Any = (
                steps.throw(given) if isinstance(given, BaseException) else steps.send(given)
            )
            assert step == expected
            given = result
        if isinstance(given, BaseException):
            steps.throw(given)
        else:
            steps.send(given)
    except StopIteration as end:
        pinned: Pinned = end.value
        return pinned
    raise AssertionError("it wants more")


def test_what_was_confirmed_is_dialled_and_its_peer_checked() -> None:
    names = confirmed(ONE, TWO)
    pinned = play(names, (Dial((ONE, TWO)), Dialled(ONE, ())), (Peer(), ONE))
    known = names.of(NAME)
    assert known is not None
    assert (pinned.name, pinned.confirmed, pinned.peer) == (NAME, known, ONE)
    assert known.peer == ONE
    play(names, (Dial((TWO, ONE)), Dialled(ONE, (TWO,))), (Peer(), ONE))
    play(names, (Dial((ONE, TWO)), Dialled(ONE, ())), (Peer(), ONE))  # TWO is behind


def test_a_peer_outside_the_trusted_networks_is_refused_for_good() -> None:
    with pytest.raises(Unconfirmed) as caught:
        play(confirmed(ONE), (Dial((ONE,)), Dialled(ONE, ())), (Peer(), PUBLIC))
    assert caught.value.code == "private.peer"
    assert PUBLIC in caught.value.reason


def test_the_peer_check_knows_the_wrapped_address() -> None:
    check_peer(ONE, f"::ffff:{ONE}", TRUSTED)
    for peer in (f"::ffff:{PUBLIC}", "", "no address"):
        with pytest.raises(Unconfirmed):
            check_peer(ONE, peer, TRUSTED)


def test_where_nothing_answers_the_evidence_is_renewed_and_dialled_once_more() -> None:
    names = confirmed(ONE)
    pinned = play(
        names,
        (Dial((ONE,)), REFUSED),
        (Renew(Question(NAME), anew=True), answer(TWO)),
        (CloseIdle(), None),
        (Dial((TWO,)), Dialled(TWO, ())),
        (Peer(), TWO),
    )
    assert pinned.peer == TWO


def test_a_peer_that_is_gone_again_counts_like_one_that_does_not_answer() -> None:
    play(
        confirmed(ONE, TWO),
        (Dial((ONE, TWO)), Dialled(TWO, (ONE,))),
        (Peer(), REFUSED),
        (Renew(Question(NAME), anew=True), answer(TWO, PUBLIC.replace("52.94", "10.20"))),
        (CloseIdle(), None),
        (Dial((TWO, "10.20.0.10")), Dialled(TWO, ())),
        (Peer(), TWO),
    )


def test_the_same_addresses_again_are_the_error_of_the_connection() -> None:
    with pytest.raises(ConnectionRefusedError) as caught:
        play(
            confirmed(ONE, TWO),
            (Dial((ONE, TWO)), REFUSED),
            (Renew(Question(NAME), anew=True), answer(TWO, ONE)),
        )
    assert caught.value is REFUSED


def test_a_second_failure_is_not_asked_about_again() -> None:
    with pytest.raises(TimeoutError):
        play(
            confirmed(ONE),
            (Dial((ONE,)), REFUSED),
            (Renew(Question(NAME), anew=True), answer(TWO)),
            (CloseIdle(), None),
            (Dial((TWO,)), TimeoutError("timed out")),
        )


@pytest.mark.parametrize("now", [answer(PUBLIC), answer(ONE, PUBLIC), answer()])
def test_what_is_not_private_any_more_is_never_dialled(now: Answer) -> None:
    names = confirmed(ONE)
    with pytest.raises(Unconfirmed) as caught:
        play(
            names,
            (Dial((ONE,)), REFUSED),
            (Renew(Question(NAME), anew=True), now),
            (CloseIdle(), None),
        )
    assert caught.value.code == "private.unverified"
    assert ONE in caught.value.reason
    assert names.of(NAME) is None


def test_a_name_that_was_given_up_is_learnt_from_what_evidence_holds() -> None:
    play(
        confirmed(),
        (Renew(Question(NAME), anew=False), answer(ONE)),
        (Dial((ONE,)), Dialled(ONE, ())),
        (Peer(), ONE),
    )
    with pytest.raises(Unconfirmed) as caught:
        play(confirmed(), (Renew(Question(NAME), anew=False), answer(PUBLIC)))
    assert "nothing is confirmed of" in caught.value.reason
