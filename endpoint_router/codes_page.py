"""Draws ``docs/reference/codes.md`` from the table of codes: nothing that a call needs is here.

``python -m endpoint_router.codes_page docs/reference/codes.md`` writes it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from .codes import TABLE

_TOP = """\
# Codes

Each refusal carries a `code`. Alert on codes, not on text: a code keeps its meaning, a text may
change. The same code stands in the error, in a [`Decision`](python.md#decision), and in the output
of [`explain`](command-line.md#explain).

`EndpointDenied` is final: botocore does not retry it. `EndpointUnverified` is retried by botocore,
and each attempt asks DNS again. `PolicyError` means that the policy cannot be used or the call of
this package was wrong; where it is about the policy, every AWS call is refused with it.
"""


def page() -> str:
    """The page, in Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _TOP
    yield from _section("Calls", [code for code in TABLE if not _is_of_use(code)])
    yield ""
    yield from _section("Policy and use", [code for code in TABLE if _is_of_use(code)])


def _is_of_use(code: str) -> bool:
    return TABLE[code].error == "PolicyError"


def _section(heading: str, codes: Sequence[str]) -> Iterator[str]:
    yield f"## {heading}"
    yield ""
    yield "| Code | Error | Retried? | Meaning | Way out |"
    yield "|---|---|---|---|---|"
    for code in codes:
        row = TABLE[code]
        retried = "yes" if row.retried else "no"
        yield f"| `{code}` | `{row.error}` | {retried} | {row.meaning} | {row.way_out} |"


def main(arguments: Sequence[str]) -> None:
    """Write the page to the path that *arguments* name."""
    (path,) = arguments
    Path(path).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
