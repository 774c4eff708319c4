"""Who made the calls of a log, and how many: by application, and by the machines that it ran on.

What is remembered is bounded, whatever a log says; what is beyond is counted without a name.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

__all__ = ["Caller", "Callers"]

#: Names that are kept, of one decision or finding.
_APPLICATIONS = 1000
_MACHINES = 100
#: Whoever comes after those.
_OTHERS = "(others)"
#: Characters of a name.
_LONGEST = 128


class Caller(Struct, frozen=True):
    """An application behind something, with what it did. Sorted by calls, most first.

    :ivar application: empty where the log names none.
    :ivar calls: requests, each retry being one.
    :ivar machines: by name, 100 at most; empty where the log names none.
    :ivar is_cut: are there more machines?
    """

    application: str
    calls: int
    machines: tuple[str, ...] = ()
    is_cut: bool = False


class Callers:
    """The callers of what is one decision, or one finding."""

    __slots__ = ("_calls", "_machines")

    def __init__(self) -> None:
        self._calls: dict[str, int] = {}
        self._machines: dict[str, set[str]] = {}

    def add(self, application: str, machines: Iterable[str], calls: int) -> None:
        """So many *calls* more."""
        application = application[:_LONGEST]
        if application not in self._calls and len(self._calls) >= _APPLICATIONS:
            application = _OTHERS
        self._calls[application] = self._calls.get(application, 0) + calls
        known = self._machines.setdefault(application, set())
        for machine in machines:
            if machine and len(known) <= _MACHINES:
                known.add(machine[:_LONGEST])

    def join(self, others: Iterable[Callers]) -> Callers:
        """All of *others* added to these."""
        for other in others:
            for application, calls in other._calls.items():
                self.add(application, other._machines[application], calls)
        return self

    def told(self) -> tuple[Caller, ...]:
        """As values."""
        return tuple(
            Caller(application, calls, tuple(machines[:_MACHINES]), len(machines) > _MACHINES)
            for application, calls in sorted(self._calls.items(), key=lambda one: (-one[1], one[0]))
            for machines in [sorted(self._machines[application])]
        )
