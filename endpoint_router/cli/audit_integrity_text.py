"""Whether a trail's files are whole, in words: for the terminal, and for the page. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..audit.chains import FAULTS, Chain, Kind, told
from ..audit.integrity import Integrity
from ..web_page import Cell, Table

__all__ = ["chain_told", "details", "summary", "tables"]

#: What helps, by kind of fault.
_HELP: dict[Kind, str] = {
    "log-uncovered": "a digest comes up to two hours after the files that it names; or validation"
    " was off",
    "digest-unsigned": "the newest has its signature in the bucket alone, so read s3://...; or copy"
    " the digests of two more days, and say --to",
    "chain-ends": "deliveries of the day after --to count, too, and their digests come later still",
}


def summary(integrity: Integrity) -> str:
    """One sentence, or several halves of one."""
    if not integrity.proven:
        return f"NOT PROVEN: {'; '.join(_reasons(integrity))}"
    digests = sum(chain.digests for chain in integrity.chains)
    chains = len(integrity.chains)
    return (
        f"proven: {integrity.logs['verified']:,} log files unchanged and none missing, by"
        f" {digests:,} digests of {chains:,} {'chain' if chains == 1 else 'chains'}, all signed"
    )


def _reasons(integrity: Integrity) -> Iterator[str]:
    if not integrity.chains:
        yield "no digests of these days"
    elif not integrity.keys:
        reason = f" ({integrity.no_keys})" if integrity.no_keys else ""
        yield f"signatures not verified, for want of public keys{reason}: --public-keys FILE"
    for kind, count in integrity.wrong.items():
        yield f"{FAULTS[kind]}: {count:,}"
    if integrity.logs["unverified"]:
        yield f"log files in digests that are not verified: {integrity.logs['unverified']:,}"


def details(integrity: Integrity) -> Iterator[str]:
    """What is wrong, a line each, worst first."""
    helped: set[Kind] = set()
    for fault in integrity.faults:
        hint = "" if fault.kind in helped else _HELP.get(fault.kind, "")
        helped.add(fault.kind)
        said = "; ".join(filter(None, (fault.why, hint)))
        yield f"{fault.kind}  {fault.what}" + (f": {said}" if said else "")


def chain_told(chain: Chain) -> str:
    """One of them."""
    begins = " (begins there)" if chain.began else ""
    return (
        f"{told(chain.name)}: {chain.begin}{begins} to {chain.end},"
        f" {chain.verified:,} of {chain.digests:,} digests verified"
    )


def tables(integrity: Integrity) -> Iterator[Table]:
    """What is wrong, where something is; and the chains."""
    if integrity.faults:
        wrong = [
            (Cell(FAULTS[fault.kind], "bad"), Cell(fault.what, code=True), fault.why)
            for fault in integrity.faults
        ]
        yield Table(("What is wrong", "Where", "Why"), wrong, "Files that are not proven")
    rows = [
        (
            told(chain.name),
            chain.begin,
            "yes" if chain.began else "",
            chain.end,
            f"{chain.digests:,}",
            Cell(f"{chain.verified:,}", "good" if chain.verified == chain.digests else "bad"),
        )
        for chain in integrity.chains
    ]
    headings = ("Chain", "Deliveries from", "Begins there", "To", "Digests", "Verified")
    yield Table(headings, rows, "Integrity", f"Log files: {summary(integrity)}.")
