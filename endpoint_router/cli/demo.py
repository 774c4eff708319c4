"""``endpoint-router demo``: a line for each scene, as it is played; the exit status.

0: each call went where the policy says. 1: one did not. The scenes, and what came of them, are
:mod:`endpoint_router.lab.demo`'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from ..lab.demo import Row, played
from ..lab.scenario import SCENES, Scene
from .screen import Screen

__all__ = ["demo"]

_OWN_APPLICATION = """\
The same in your own application, its boto3 code unchanged:

    import endpoint_router
    endpoint_router.install(policy="policy.toml")
    ...  # boto3.client("kms").list_keys(), as ever

or without a line of code:

    ENDPOINT_ROUTER_POLICY=policy.toml endpoint-router run -- python app.py
"""


def demo(
    *,
    as_json: bool = False,
    verbose: bool = False,
    scenes: Sequence[Scene] = SCENES,
    screen: Screen | None = None,
) -> int:
    """Play *scenes* and print what happened.

    :param as_json: print only a JSON list of rows.
    :param verbose: with what the servers saw, and why.
    """
    if as_json:
        rows = list(played(scenes))
        print(json.dumps([row.as_data() for row in rows], indent=2))
    else:
        rows = _told(scenes, screen or Screen.of(), verbose=verbose)
    return 0 if rows and not any(row.wrong for row in rows) else 1


def _told(scenes: Sequence[Scene], screen: Screen, *, verbose: bool) -> list[Row]:
    print("A DNS server and HTTPS servers run on loopback; nothing leaves this machine.\n")
    rows = []
    for number, row in enumerate(played(scenes), 1):
        print("\n".join(_lines(number, row, screen, verbose=verbose)), flush=True)
        rows.append(row)
    right = sum(not row.wrong for row in rows)
    more = "" if verbose else " -v shows what they saw."
    said = f"{right} of {len(rows)} calls went where the policy says, as the servers saw it.{more}"
    print(f"\n{screen.wrapped(said)}\n")
    print(_OWN_APPLICATION, end="")
    return rows


def _lines(number: int, row: Row, screen: Screen, *, verbose: bool) -> Iterator[str]:
    outcome = f"{'WRONG' if row.wrong else row.outcome:<23}"
    painted = screen.paint(outcome, "red" if row.wrong else "green")
    yield f"{number:2}  {painted}  {row.title}"
    if row.wrong:
        yield _detail(screen, "wrong", row.wrong)
    if verbose or row.wrong:
        yield _detail(screen, "call", f"{row.call} in {row.region}: {row.decision}")
        for arrival in row.arrivals:
            yield _detail(screen, "host", f"{arrival.host} ({arrival.address})")
            yield _detail(screen, "signed as", arrival.scope)
        if not row.arrivals:
            yield _detail(screen, "host", "nothing arrived")
        yield _detail(screen, "why", row.why)


def _detail(screen: Screen, label: str, text: str) -> str:
    return screen.wrapped(text, " " * 15, f"    {label:<9}  ") if text else ""
