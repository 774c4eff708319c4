"""Lines for a hosts file: standard hosts at the confirmed addresses of their endpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from . import comments
from .values import Loss, Record

#: The addresses of a name that DNS shows to be private; or none, and why.
Confirm = Callable[[str], tuple[Sequence[str], str]]


def as_hosts(
    records: Sequence[Record], losses: Sequence[Loss], confirm: Confirm, origins: Iterable[str]
) -> tuple[str, tuple[Loss, ...]]:
    """The lines; and all that is lost, of *losses* and with them."""
    lost = list(losses)
    lines = []
    for record in records:
        if record.host.startswith("*."):
            lost.append(Loss(record.host, "a hosts file has no wildcards"))
            continue
        addresses, why = confirm(record.dials)
        if not addresses:
            lost.append(Loss(record.host, f"{record.dials}: {why}"))
        lines += [f"{address} {record.host}" for address in addresses]
    what = "Lines for a hosts file. They do not follow DNS: write them anew when endpoints change."
    text = [*comments.head(origins, what), *comments.lost(lost), *lines]
    return "\n".join(text) + "\n", tuple(lost)
