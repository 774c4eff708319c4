"""What ``metrics()`` counts of asynchronous clients is what the lab's servers saw."""

from __future__ import annotations

import asyncio
import gc
import warnings
from typing import Any

import pytest

from endpoint_router import EndpointDenied
from endpoint_router.lab import Fault
from endpoint_router.lab.network import Lab
from tests.support.async_lab import Wire, client_of, plain_session, run
from tests.support.counting import Counting, Misled
from tests.support.lab_client import KMS, hosts
from tests.support.pinning import VPCE
from tests.support.renewing import eventually
from tests.support.report_mode import FIPS, PRIVATE

CALLS = 8


def session_of(counting: Counting, lab: Lab) -> Any:
    session = plain_session(lab)
    counting.installation(session)
    return session


@pytest.mark.parametrize(
    ("policy", "path"),
    [(FIPS, "public"), (VPCE, "interface")],
    ids=["fips", "pinned"],
)
def test_calls_side_by_side(lab: Lab, policy: dict[str, Any], path: str) -> None:
    counting = Counting(lab, policy)

    async def main() -> None:
        async with client_of(session_of(counting, lab)) as client:
            await asyncio.gather(*(client.list_keys() for _ in range(CALLS)))

    run(main())
    assert counting.by("path") == {path: CALLS}
    assert len(hosts(lab)) == CALLS
    eventually(
        lambda: (
            sum(counting.lookups().values())
            == sum(question.type == "A" for question in lab.dns.questions)
        )
    )


def test_refusals(lab: Lab) -> None:
    counting = Counting(lab, {"defaults": {"allowed_regions": ["eu-*"]}})

    async def main() -> None:
        async with client_of(session_of(counting, lab)) as client:
            for _ in range(3):
                with pytest.raises(EndpointDenied):
                    await client.list_keys()

    run(main())
    assert counting.calls() == {("denied", "region.not_allowed", "kms", "none"): 3}


def test_a_connection_that_is_refused_is_no_allowed_call_besides(lab: Lab) -> None:
    counting = Counting(lab, VPCE, dialler=Misled(lab))

    async def main() -> None:
        async with client_of(session_of(counting, lab)) as client:
            with pytest.raises(EndpointDenied):
                await client.list_keys()

    run(main())
    assert counting.calls() == {("denied", "private.peer", "kms", "none"): 1}


def test_a_call_that_is_cancelled_was_one(lab: Lab) -> None:
    counting = Counting(lab, VPCE)
    lab.fail_next(1, Fault(delay=30))

    async def main() -> None:
        async with client_of(session_of(counting, lab), read_timeout=30) as client:
            task = asyncio.create_task(client.list_keys())
            while not lab.seen:
                await asyncio.sleep(0.002)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    with warnings.catch_warnings():
        # asyncio waits for the goodbye of a server that stands still, and this loop has ended: with
        # plain aiobotocore, too. What is left of the connection goes here, and in no later test.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    assert counting.by("path") == {"interface": len(hosts(lab))} == {"interface": 1}


def test_report_mode(lab: Lab) -> None:
    counting = Counting(lab, {**PRIVATE, "mode": "report"})

    async def main() -> None:
        async with client_of(session_of(counting, lab)) as client:
            Wire().lead(client, lab)
            for _ in range(CALLS):
                await client.list_keys()

    run(main())
    assert hosts(lab) == [KMS] * CALLS
    assert counting.by("mode") == {"report": CALLS}
    assert counting.by("outcome") == {"denied": CALLS}
