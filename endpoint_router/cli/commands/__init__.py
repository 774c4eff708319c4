"""The commands, a module each: ``WHAT`` it does in a line, ``EXAMPLES``, ``arguments`` and ``run``.

They say how a command is called, and hand over; what it does is elsewhere. All of them are imported
for any command, so nothing else is: neither botocore nor our own rooms, but inside ``run``.
"""

from __future__ import annotations

from types import ModuleType

from . import (
    audit,
    catalog,
    check,
    completion,
    demo,
    discover,
    doctor,
    explain,
    export,
    plan,
    policy,
    probe,
    run,
)

#: In the order of the help.
COMMANDS: tuple[ModuleType, ...] = (
    explain,
    check,
    policy,
    probe,
    doctor,
    run,
    plan,
    catalog,
    discover,
    export,
    audit,
    demo,
    completion,
)


def name_of(command: ModuleType) -> str:
    """What its user types."""
    return command.__name__.rpartition(".")[2]
