"""The three questions, asked of a world, and what is told of it where the answer is wrong.

1. Did anything leave that may not?
2. Was anything refused that plain botocore reaches and no setting forbids?
3. Where nothing is required: is the wire byte by byte plain botocore's?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import fields, replace

from . import oracle
from .running import live
from .world import Lived, Sent, World


class Finding(msgspec.Struct, frozen=True):
    """A wrong answer."""

    seed: int
    question: int
    code: str
    text: str

    def __str__(self) -> str:
        return f"question {self.question}, {self.code}: {self.text}"


class Explored(msgspec.Struct, frozen=True):
    """A world, how it went twice, and what is wrong about it."""

    world: World
    plain: Lived
    routed: Lived
    findings: tuple[Finding, ...]


def explore(world: World) -> Explored:
    """Live through *world* twice, and ask."""
    plain = live(world, routed=False)
    routed = live(world, routed=True)
    findings = (
        *_left(world, routed),
        *_refused(world, plain, routed),
        *_changed(world, plain, routed),
    )
    return Explored(world, plain, routed, findings)


def _left(world: World, routed: Lived) -> Iterator[Finding]:
    for sent in routed.sent:
        for objection in oracle.judge(world, sent):
            if objection.sure:
                yield Finding(world.seed, 1, objection.code, f"{objection.why}; {told(sent)}")


def _refused(world: World, plain: Lived, routed: Lived) -> Iterator[Finding]:
    if "policy.invalid" in routed.codes:
        yield Finding(world.seed, 2, "policy.invalid", routed.errors[0])
    if _unsteady(world):
        return
    began = 0
    for number, error in enumerate(routed.errors):
        sent = plain.sent[began : plain.after[number]]
        began = plain.after[number]
        if not error or plain.errors[number] or not sent or _connecting_tells(world, error):
            continue
        if routed.codes[number] and _own_doing(world, routed.codes[number]):
            continue
        if not any(True for one in sent for _ in oracle.judge(world, one)):
            code = routed.codes[number] or error.partition(":")[0]
            yield Finding(world.seed, 2, code, f"{error}; plain botocore: {told(sent[-1])}")


def _own_doing(world: World, code: str) -> bool:
    """Did the application change a request after it was signed, or the client's parts?

    The signer listens for ``request-created``, too, by a name that comes before a handler's. The
    host is signed: with awscrt plain botocore still sends the other one, without it AWS says no.
    """
    late = any(
        handler.event in ("before-sign", "before-send")
        or handler.sets == "Host"
        or (handler.event == "request-created" and code == "guard.changed")
        for handler in world.handlers
    )
    return late or bool(world.tampering)


def _connecting_tells(world: World, error: str) -> bool:
    """Was a FIPS host tried of which DNS tells nothing, or contradicts botocore's list?

    That is what ``fips = "prefer"`` promises: FIPS is left on proof only.
    """
    wanted = str(world.policy)
    # Or a VPC endpoint that is declared, resolves, and does not answer.
    tells = "prefer" in wanted or bool(world.dead and "private" in wanted)
    return error.startswith("EndpointConnectionError") and tells


def _unsteady(world: World) -> bool:
    """May what DNS said to one client be something else than what it said to the other?"""
    return any(len(words) > 1 for words in world.dns.values())


def silent(world: World) -> bool:
    """Does the policy have no wish at all, and no endpoint to prefer?"""
    policy = world.policy
    if policy.get("mode", "enforce") != "enforce":
        return True
    return not policy and not oracle.applications_fips(world)


def _changed(world: World, plain: Lived, routed: Lived) -> Iterator[Finding]:
    if not silent(world) or _unsteady(world):
        return
    for number, (one, other) in enumerate(zip(plain.sent, routed.sent, strict=False)):
        mine = replace(other, answered=one.answered)
        if world.answers and other.address in (one.answered or ()):
            # Whoever dials for himself tries another one after a failure.
            mine = replace(mine, address=one.address)
        if any(handler.sets == "url" for handler in world.handlers):
            # The proxy is chosen for where a request goes, not for where it was to go.
            mine = replace(mine, proxy=one.proxy, address=one.address)
        if mine != one:
            differing = [
                f.name for f in fields(Sent) if getattr(mine, f.name) != getattr(one, f.name)
            ]
            text = (
                f"request {number} differs in {differing}: plain {told(one)}, routed {told(other)}"
            )
            if differing == ["written"]:
                text += f" {_difference(one.written, other.written)}"
            yield Finding(world.seed, 3, "changed", text)
            return
    if (len(plain.sent), plain.errors) != (len(routed.sent), routed.errors):
        text = f"plain sent {len(plain.sent)} {plain.errors}, "
        text += f"routed {len(routed.sent)} {routed.errors}"
        yield Finding(world.seed, 3, "outcome", text)


def _difference(one: bytes, other: bytes) -> str:
    plain, routed = one.split(b"\r\n"), other.split(b"\r\n")
    only_plain = [line for line in plain if line not in routed]
    return f"only plain {only_plain}, only routed {[x for x in routed if x not in plain]}"


def told(sent: Sent) -> str:
    """A request in a few words."""
    way = f"by proxy {sent.proxy}" if sent.proxy else f"at {sent.address or '-'}"
    signed = (
        f"signed {sent.signing_name}/{sent.signing_region}" if sent.signing_name else "unsigned"
    )
    kind = "presigned " if sent.presigned else ""
    return (
        f"{kind}{sent.service}.{sent.operation} to {sent.scheme}://{sent.host}:{sent.port} {way}, "
        f"SNI {sent.sni}{'' if sent.verified or sent.presigned else ' unverified'}, {signed}"
    )


def smallest(world: World, finding: Finding) -> World:
    """*world* without whatever the same kind of finding does not need."""

    def still(candidate: World) -> bool:
        kinds = {(found.question, found.code) for found in explore(candidate).findings}
        return (finding.question, finding.code) in kinds

    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(world):
            try:
                fits = still(candidate)
            # Broad on purpose: half a world may be none, and is then not the smallest one.
            except Exception:
                continue
            if fits:
                world, smaller = candidate, True
                break
    return world


_KEPT = ("seed", "call", "region")


def _smaller(world: World) -> Iterator[World]:
    for field in fields(World):
        value = getattr(world, field.name)
        if field.name in _KEPT or value == field.default or not value:
            continue
        kept = isinstance(field.default, (str, int, tuple))
        yield replace(world, **{field.name: field.default if kept else type(value)()})
    for name in ("policy", "config", "client", "environ", "dns"):
        for path in _paths(getattr(world, name)):
            yield replace(world, **{name: _without(getattr(world, name), path)})
    if world.region != "us-east-1":
        yield replace(world, region="us-east-1")


def _paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    keys = (
        list(value)
        if isinstance(value, dict)
        else range(len(value))
        if isinstance(value, list)
        else ()
    )
    for key in keys:
        yield (*above, key)
        if isinstance(value[key], (dict, list)):
            yield from _paths(value[key], (*above, key))


def _without(value: Any, path: tuple[Any, ...]) -> Any:
    first, *rest = path
    if isinstance(value, dict):
        if not rest:
            return {key: item for key, item in value.items() if key != first}
        return {**value, first: _without(value[first], tuple(rest))}
    made = list(value)
    if rest:
        made[first] = _without(made[first], tuple(rest))
    else:
        del made[first]
    return made


#: Where a URL may stand, which is all the same to a finding.
_URL_SOURCES = ("endpoint_url", "AWS_ENDPOINT_URL", "profile")


def kind(world: World, finding: Finding) -> str:
    """What a finding is about, when *world* is the smallest that has it: for merging like ones."""
    told = msgspec.to_builtins(world)
    policy = told.pop("policy", {})
    settings = {**policy.pop("defaults", {})}
    for rule in policy.pop("rules", ()):
        settings |= {name: value for name, value in rule.items() if name != "reason"}
    about = {
        name if name in ("allowed_regions", "regions", "services") else f"{name}={value}"
        for name, value in settings.items()
    }
    about |= set(policy)
    for name in ("config", "client", "environ"):
        about |= set(told.pop(name, {}))
    about |= {f"{handler['event']} sets {handler['sets']}" for handler in told.pop("handlers", ())}
    about |= set(told) - {*_KEPT, "changes", "redirect"}
    about = {"endpoint_url" if word.startswith(_URL_SOURCES) else word for word in about}
    return " | ".join([f"question {finding.question}", finding.code, *sorted(about)])


class Tally:
    """What many worlds came to."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.kinds: Counter[tuple[int, str]] = Counter()

    def add(self, explored: Explored) -> None:
        plain, routed = explored.plain, explored.routed
        self.counts["worlds"] += 1
        self.counts["calls"] += len(plain.errors)
        self.counts["sent by plain botocore"] += len(plain.sent)
        self.counts["sent by the routed client"] += len(routed.sent)
        self.counts["calls that fail in plain botocore"] += sum(map(bool, plain.errors))
        self.counts["calls that fail when routed"] += sum(map(bool, routed.errors))
        self.refusals.update(code for code in routed.codes if code)
        self.kinds.update((found.question, found.code) for found in explored.findings)
