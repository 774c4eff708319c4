"""What the calls of a block came to, and the assertion about it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from msgspec import Struct

from .. import codes
from ..errors import EndpointDenied, EndpointUnverified
from ..policy.globs import Globs
from ..routing.case import Decision

__all__ = ["CallLog", "Refused", "RoutedCall", "assert_routed"]

#: Key of ours in botocore's request context: the call's place in the log.
_PLACE = "endpoint_router.testing"


class RoutedCall(Struct, frozen=True):
    """One call of a block, or one presigned URL, and what was decided about it."""

    decision: Decision
    #: What was raised, if anything was: a call that a stub answers is not even signed.
    refusal: EndpointDenied | EndpointUnverified | None = None

    @property
    def service(self) -> str:
        """boto3 client name."""
        return self.decision.service

    @property
    def operation(self) -> str:
        """In the API's spelling."""
        return self.decision.operation

    @property
    def region(self) -> str:
        """Signing region of the standard endpoint."""
        return self.decision.region

    @property
    def allowed(self) -> bool:
        """May it be sent?"""
        return self.refusal is None and self.decision.allowed

    @property
    def host(self) -> str:
        """Where it goes, or the host that was refused."""
        return self.refusal.host if self.refusal else self.decision.host

    @property
    def code(self) -> str:
        """``allowed``, or the code of the refusal."""
        return self.refusal.code if self.refusal else self.decision.code

    @property
    def reason(self) -> str:
        """Why."""
        return self.refusal.reason if self.refusal else self.decision.reason

    def __str__(self) -> str:
        came = self.host if self.allowed else f"refused [{self.code}]: {self.reason}"
        presigned = " (presigned)" if self.decision.presigned else ""
        return f"{self.service}.{self.operation}{presigned} in {self.region}: {came}"


class Refused(Struct, frozen=True):
    """What :func:`assert_routed` expects of a call that the policy forbids.

    :param code: of the refusal, or a glob of codes; any unless told.
    """

    code: str = "*"

    def __post_init__(self) -> None:
        if not any(fnmatchcase(code, self.code) for code in codes.TABLE):
            raise ValueError(f"{self.code!r} is no code of a refusal")


class CallLog:
    """The calls of one block, in the order in which they were decided. Thread-safe."""

    def __init__(self) -> None:
        self._calls: list[RoutedCall] = []
        self._lock = threading.Lock()

    def __call__(self) -> tuple[RoutedCall, ...]:
        with self._lock:
            return tuple(self._calls)

    def note(
        self,
        context: dict[str, Any],
        decision: Decision,
        refusal: EndpointDenied | EndpointUnverified | None = None,
    ) -> None:
        """What was decided about the call with this request *context*, by now."""
        call = RoutedCall(decision, refusal)
        with self._lock:
            place = context.get(_PLACE)
            # A call that goes on to another host is told as two: each of them saw it.
            if place is not None and _is_same(self._calls[place], call):
                self._calls[place] = call
            else:
                context[_PLACE] = len(self._calls)
                self._calls.append(call)


def _is_same(before: RoutedCall, call: RoutedCall) -> bool:
    decision = before.decision
    return decision.call == call.decision.call and decision.host == call.decision.host


def assert_routed(
    calls: Iterable[RoutedCall], expected: Mapping[str, str | Refused] | None = None
) -> None:
    """Fail unless *calls* went where they were expected to go.

    :param calls: of a block: ``assert_routed(block.calls)``. There has to be one.
    :param expected: call to host. A call is named ``kms.Encrypt`` or, for all of a service,
        ``kms``; globs (``s3.Get*``, ``*``) are taken, and the first name that matches a call
        speaks. So is a glob of hosts. :class:`Refused` stands for a call that is forbidden. Every
        call must be named, and every name must be of a call. Unless told, each call has to be
        allowed.
    :raises AssertionError: they did not; it names each call that did not, and lists all.
    """
    __tracebackhide__ = True  # pytest shows the test's own line
    made = tuple(calls)
    if not made:
        raise AssertionError(
            "no call was decided on. Was the client made by botocore, and is the policy's mode "
            '"enforce"? In the others nothing is routed.'
        )
    faults = _faults(made, {"*": "*"} if expected is None else expected)
    if faults:
        lines = [*faults, "all calls:", *(f"  {call}" for call in made)]
        raise AssertionError("\n".join(lines))


def _faults(made: tuple[RoutedCall, ...], expected: Mapping[str, str | Refused]) -> list[str]:
    faults, missed = [], dict.fromkeys(expected)
    for call in made:
        name = next((name for name in expected if _is_named(call, name)), None)
        if name is None:
            faults.append(f"{call}\n  no such call was expected")
            continue
        missed.pop(name, None)
        wanted = expected[name]
        if isinstance(wanted, Refused):
            if call.allowed or not fnmatchcase(call.code, wanted.code):
                faults.append(f"{call}\n  a refusal was expected: [{wanted.code}]")
        elif not call.allowed or not Globs((wanted.lower(),)).match(call.host):
            faults.append(f"{call}\n  expected was: {wanted}")
    return [*faults, *(f"{name}: no such call was made" for name in missed)]


def _is_named(call: RoutedCall, name: str) -> bool:
    service, dot, operation = name.lower().partition(".")
    return Globs((service,)).match(call.service) and (
        not dot or Globs((operation,)).match(call.operation)
    )
