"""Decision logs, line by line: each becomes a :class:`LoggedCall`, or is counted as not understood.

Logs are written by many processes, cut by rotation and by full disks, and joined by hand; one bad
line must not cost the other million. Memory is bounded by the number of *distinct* calls. How a log
is opened is :mod:`.opening`.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

import msgspec

from ..aws.host_names import is_address, is_suffix
from ..aws.own_services import is_own_service
from ..policy.model import Network
from ..policy.networks import parse_network
from ..routing.networks import Trusted
from .callers import Callers

VERSION = 1

_BEGIN = b'{"version":'

#: What may become a glob of a rule. The log is written by programs, but a plan is pasted.
_NAME = re.compile(r"[A-Za-z0-9_.-]{0,128}", re.ASCII)
_TIME = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T[0-9:.]{5,24}Z?", re.ASCII)
#: The policy's own networks are not in the log.
_PRIVATE = Trusted(tuple(map(parse_network, Network().private)))


class LoggedCandidate(msgspec.Struct, frozen=True):
    """One endpoint that was weighed."""

    host: str
    kind: str = ""
    place: str = ""
    fips_basis: str = ""
    code: str = ""
    #: Was it the one to be used? ``None`` in lines of releases that did not write it.
    chosen: bool | None = None


class LoggedAnswer(msgspec.Struct, frozen=True):
    """What DNS said about one name."""

    name: str
    verdict: str = ""


class LoggedRule(msgspec.Struct, frozen=True):
    """The rule that spoke, or ``defaults``."""

    name: str = "defaults"
    reason: str = ""
    #: Its last day; ``None`` where it has none, and in lines of releases that did not write it.
    expires: datetime.date | None = None


class _Setting(msgspec.Struct, frozen=True):
    value: str | list[str]
    origin: str = ""


class _LoggedPolicy(msgspec.Struct, frozen=True):
    hash: str = ""
    origin: list[str] = []


class _Head(msgspec.Struct, frozen=True):
    version: Any = None


class Line(msgspec.Struct, frozen=True):
    """A line, as far as it matters here."""

    time: str
    outcome: str
    code: str
    service: str
    settings: dict[str, _Setting]
    operation: str = ""
    region: str = ""
    host: str = ""
    reason: str = ""
    remedy: str = ""
    proxy: str = ""
    peer: str = ""
    sent: str = ""
    fips_basis: str = ""
    #: ``None`` in lines of releases that did not write it.
    amber: list[str] | None = None
    presigned: bool = False
    process: int | str = ""
    #: Releases that did not write these wrote a line once, or for one call.
    application: str = ""
    machine: str = ""
    calls: Annotated[int, msgspec.Meta(ge=1, le=10**15)] = 1
    rule: LoggedRule = LoggedRule()
    policy: _LoggedPolicy = _LoggedPolicy()
    candidates: list[LoggedCandidate] = []
    evidence: list[LoggedAnswer] = []


class LoggedCall(msgspec.Struct, frozen=True):
    """What the log says about one distinct call. Addresses are not in it: they change all day."""

    service: str
    operation: str
    region: str
    host: str
    outcome: str
    code: str
    reason: str
    remedy: str
    proxy: str
    #: Host that the request really went to; empty where none was sent.
    sent: str
    #: At what kind of address it arrived there; empty where that is not known.
    arrived: Literal["", "private", "public"]
    fips_basis: str
    #: Settings that hold by the policy's word alone, for a service of AWS's own.
    amber: tuple[str, ...]
    #: A presigned URL, which someone else uses elsewhere.
    for_others: bool
    rule: LoggedRule
    #: Name, value and origin; sorted.
    settings: tuple[tuple[str, str | tuple[str, ...], str], ...]
    candidates: tuple[LoggedCandidate, ...]
    evidence: tuple[LoggedAnswer, ...]


class Reading(msgspec.Struct):
    """Everything that was read. Filled by :meth:`add`.

    :ivar calls: distinct calls, in no order that counts, and who made them.
    :ivar first: and ``last``: ISO times of the oldest and newest line; empty without lines.
    """

    calls: dict[LoggedCall, Callers] = {}
    lines: int = 0
    broken: int = 0
    #: Lines by a version that is not known here.
    versions: Counter[str] = msgspec.field(default_factory=Counter)
    #: Application, machine and process id.
    processes: set[tuple[str, str, str]] = set()
    origins: set[str] = set()
    policies: set[str] = set()
    first: str = ""
    last: str = ""

    @property
    def understood(self) -> int:
        """Lines that said something."""
        return self.lines - self.broken - sum(self.versions.values())

    def add(
        self,
        lines: Iterable[bytes],
        source: str = "",
        note: Callable[[Line, LoggedCall], object] | None = None,
    ) -> None:
        """Take in the *lines* of one log.

        :param source: name of the log, for lines that name no machine: process ids of different
            ones are equal by chance.
        :param note: is told of each line that is understood.
        """
        for raw in lines:
            if not raw.strip():
                continue
            self.lines += 1
            try:
                taken = self._take(raw, source)
            # RecursionError: brackets nested by the thousand.
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                self.broken += 1
            else:
                if taken and note:
                    note(*taken)

    def _take(self, raw: bytes, source: str) -> tuple[Line, LoggedCall] | None:
        # A logger or a container's runtime may have put its own prefix before it.
        raw = raw[max(raw.find(_BEGIN), 0) :]
        head = msgspec.json.decode(raw, type=_Head)
        if head.version is None:
            raise msgspec.ValidationError("no line of a decision log")
        if head.version != VERSION or isinstance(head.version, bool):
            self.versions[str(head.version)[:20]] += 1
            return None
        line = msgspec.json.decode(raw, type=Line)
        call = _call(line)
        callers = self.calls.get(call)
        if callers is None:
            callers = self.calls[call] = Callers()
        callers.add(line.application, [line.machine], line.calls)
        self.processes.add((line.application, line.machine or source, str(line.process)))
        self.origins.update(line.policy.origin)
        if line.policy.hash:
            self.policies.add(line.policy.hash)
        self.first = min(filter(None, (self.first, line.time)))
        self.last = max(self.last, line.time)
        return line, call


def _call(line: Line) -> LoggedCall:
    if not (_NAME.fullmatch(line.service) and line.service and _TIME.fullmatch(line.time)):
        raise msgspec.ValidationError("a service or a time that is none")
    try:
        datetime.date.fromisoformat(line.time[:10])
    except ValueError:
        raise msgspec.ValidationError("a day that is none") from None
    if not all(_NAME.fullmatch(text) for text in (line.operation, line.region)):
        raise msgspec.ValidationError("an operation or a region that is none")
    hosts = (line.host, line.sent, *(candidate.host for candidate in line.candidates))
    if not all(is_suffix(host) or is_address(host) for host in hosts if host):
        raise msgspec.ValidationError("a host that is none")
    # Not repeated where it is the host that was decided on.
    sent = line.sent or (line.host if line.outcome == "allowed" else "")
    return LoggedCall(
        service=line.service,
        operation=line.operation,
        region=line.region,
        host=line.host.lower(),
        outcome=line.outcome,
        code=line.code,
        # It names addresses.
        reason="" if line.code.startswith("private.") else line.reason,
        remedy=line.remedy,
        proxy=line.proxy,
        sent=sent.lower(),
        arrived=_arrived(line) if sent else "",
        fips_basis=line.fips_basis,
        amber=_amber(line),
        for_others=line.presigned
        and line.settings.get("presigned", _Setting("")).value != "routed",
        rule=line.rule,
        settings=tuple(
            (
                name,
                tuple(setting.value) if isinstance(setting.value, list) else setting.value,
                setting.origin,
            )
            for name, setting in sorted(line.settings.items())
        ),
        candidates=_candidates(line),
        evidence=tuple(LoggedAnswer(each.name.lower(), each.verdict) for each in line.evidence),
    )


def _amber(line: Line) -> tuple[str, ...]:
    if line.amber is not None:
        return tuple(setting for setting in ("fips", "private") if setting in line.amber)
    if line.outcome != "allowed":
        return ()
    # A line of a release that did not write it: only a gateway is a place of AWS's own host.
    here = [each for each in line.candidates if each.host == line.host and not each.code]
    gateway = bool(here) and here[0].kind == "standard" and here[0].place != ""
    attested = line.fips_basis == "attested" and is_own_service(line.host)
    return ("fips",) * attested + ("private",) * gateway


def _arrived(line: Line) -> Literal["", "private", "public"]:
    if not line.peer or line.proxy:  # a proxy looks names up itself, and goes anywhere
        return ""
    return "private" if line.peer in _PRIVATE else "public"


def _candidates(line: Line) -> tuple[LoggedCandidate, ...]:
    """All of them, each told whether it was chosen."""
    if any(candidate.chosen is not None for candidate in line.candidates):
        return tuple(line.candidates)
    # A line of a release that did not write it. Candidates that lost to the chosen one have a code,
    # and those behind it were not needed.
    here = (
        at for at, other in enumerate(line.candidates) if other.host == line.host and not other.code
    )
    chosen = next(here, None) if line.outcome == "allowed" else None
    return tuple(
        msgspec.structs.replace(candidate, chosen=at == chosen)
        for at, candidate in enumerate(line.candidates)
    )
