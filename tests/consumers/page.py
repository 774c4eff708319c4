"""The reference page that the table draws: ``python -m tests.consumers`` writes it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .table import POLICIES, WAYS, Broken, Consumer, Refused, Result, Routed, Unrouted

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "compatibility.md"

_TOP = """\
# Other people's software

Programs that use other people's software, unchanged, in a network where every host of AWS is up.
Each cell is a test: the program runs to its end, and what AWS's servers saw of it is compared. The
page is drawn from those tests.

- *fips*: `fips = "require"`. Every request arrives at a FIPS host.
- *private*: `private = "require"`, with declared VPC endpoints (S3, SQS) and with private
  DNS (DynamoDB, KMS, STS). Every request arrives at an endpoint's address.
- *report*: `mode = "report"` with both required. Every request arrives where it would without this
  package, and decisions are logged.

Where the router comes in makes a difference: through [`endpoint-router
run`](../how-to/activate-without-code.md#around-a-program) or through [botocore's
variable](../how-to/activate-without-code.md#by-a-variable-of-botocore). One word stands for both.

*routed*: as above. *refused*: the policy forbids it, with this code. *not routed*: out of reach;
the requests are those without this package. *unsupported*: that software cannot do with what the
policy wants. *broken*: a known defect.

| software | what it does | fips | private | report |
|---|---|---|---|---|
"""


def draw(consumers: Iterable[Consumer]) -> str:
    """The whole page, in Markdown."""
    whys: dict[str, int] = {}
    rows = [_row(consumer, whys) for consumer in consumers]
    notes = [f"{number}. {_sentence(why)}" for why, number in whys.items()]
    return _TOP + "\n".join([*rows, "", *notes]) + "\n"


def _row(consumer: Consumer, whys: dict[str, int]) -> str:
    cells = [consumer.name, consumer.does, *(_cell(consumer, policy, whys) for policy in POLICIES)]
    return "| " + " | ".join(cells) + " |"


def _cell(consumer: Consumer, policy: str, whys: dict[str, int]) -> str:
    by_way = {way: consumer.result(policy, way) for way in WAYS}
    if len(set(by_way.values())) == 1:
        return _words(by_way[WAYS[0]], consumer, whys)
    return ", ".join(f"{way}: {_words(result, consumer, whys)}" for way, result in by_way.items())


def _words(result: Result, consumer: Consumer, whys: dict[str, int]) -> str:
    if isinstance(result, Routed):
        return "routed" if consumer.sends else "works"
    note = f" ({whys.setdefault(result.why, len(whys) + 1)})"
    if isinstance(result, Refused):
        return f"refused: `{result.code}`{note}"
    if isinstance(result, Unrouted):
        return f"**not routed**{note}"
    return ("**broken**" if isinstance(result, Broken) else "unsupported") + note


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
