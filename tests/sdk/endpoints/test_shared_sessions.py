"""Sessions and clients come and go: what is remembered of them has a bound."""

from __future__ import annotations

import gc
from collections.abc import Callable

import boto3
from botocore.session import Session

import endpoint_router
from endpoint_router.sdk.activation.installation import Installation
from tests.support.decisions import world

FIPS = {"defaults": {"fips": "require"}}


def left_behind(make: Callable[[], object], rounds: int = 5) -> float:
    """Objects that the collector knows, and that each round of *make* leaves behind.

    The collector counts the whole process, where other threads come and go, and it does nothing
    while one of them collects. That disturbs some batch; a leak is seen in each.
    """

    def batch() -> float:
        before = len(gc.get_objects())
        for _ in range(rounds):
            make()
        gc.collect()
        return (len(gc.get_objects()) - before) / rounds

    batch()
    return min(batch() for _ in range(3))


def test_sessions_of_boto3_on_one_of_botocore_leave_nothing() -> None:
    """Each appends a path to the data loader that they share."""

    def making(shared: Session) -> Callable[[], None]:
        def make() -> None:
            session = boto3.Session(botocore_session=shared)
            session.client("kms", "us-west-2")
            session.resource("sqs", "us-west-2")

        return make

    plain, routed = Session(), Session()
    Installation(FIPS, world=world(), environ={})(routed)
    # boto3 leaves something, too: handlers on the session that they share.
    assert left_behind(making(routed)) < left_behind(making(plain)) + 1


def test_sessions_of_their_own_leave_nothing() -> None:
    installation = Installation(FIPS, world=world(), environ={})

    def make() -> None:
        session = Session()
        installation(session)
        session.create_client("kms", "us-west-2")

    assert left_behind(make) < 1


def test_sessions_that_are_attached_with_a_policy_of_their_own_leave_nothing() -> None:
    def make() -> None:
        session = Session()
        endpoint_router.attach(session, FIPS)
        session.create_client("kms", "us-west-2")

    try:
        # Some answers of a ruleset stay, in a cache that has a bound. An installation with a router
        # has some fifty objects.
        assert left_behind(make) < 15
    finally:
        endpoint_router.uninstall()
