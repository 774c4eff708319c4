"""What a probe found, as a person reads it and as JSON. Nothing is asked or printed here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..printable import printable
from ..survey.connected import Connection
from ..survey.probed import Calls, Host, Probe
from .screen import Cell, Colour, Painted, Screen

__all__ = ["as_data", "as_text"]

#: Of refusals that are alike, so many are told of; operations and addresses that are named.
_TOLD, _NAMED = 3, 4


def as_text(probe: Probe, screen: Screen, *, named: bool) -> str:
    """The answer: what cannot be met, then each host, worst first, then all in a line.

    :param named: somebody said which services.
    """
    parts = [] if named else [screen.wrapped(_whose(probe))]
    parts += _refusals(probe, screen)
    if probe.hosts:
        hosts = sorted(probe.hosts, key=lambda host: _WORST_FIRST.index(_colour(host)))
        headings = ["host", "verdict", "use", "DNS", "addresses", "connect", "services"]
        rows = [_row(host) for host in hosts]
        parts.append(screen.table(*_filled(headings, rows)))
    parts.append(_summary(probe, screen))
    return "\n\n".join(parts)


def _whose(probe: Probe) -> str:
    if probe.of_all:
        return (
            f"All {len(probe.services)} services of this botocore, because the policy wants "
            "something of all. Name those that you use, and only they are asked about."
        )
    return f"The services that the policy names or has endpoints for: {', '.join(probe.services)}."


# --- what cannot be met


def _refusals(probe: Probe, screen: Screen) -> Iterator[str]:
    by_code: dict[str, list[Calls]] = {}
    for calls in probe.unmet:
        by_code.setdefault(calls.decision.code, []).append(calls)
    for code, refused in by_code.items():
        outcome = refused[0].decision.outcome.upper()
        lines = [f"{screen.paint(outcome, 'red')}  {screen.paint(code, 'bold')}"]
        lines.append(screen.wrapped(", ".join(_subjects(probe, code)), "  "))
        reasons = list(dict.fromkeys(calls.decision.reason for calls in refused))
        lines += [_line(screen, "why", reason) for reason in reasons[:_TOLD]]
        if len(reasons) > _TOLD:
            lines.append(_line(screen, "", f"and {len(reasons) - _TOLD} like these: see --json"))
        lines.append(_line(screen, "way out", refused[0].decision.remedy))
        yield "\n".join(lines)


def _subjects(probe: Probe, code: str) -> Iterator[str]:
    """Whose calls are refused with *code*: services, or where only some are, those."""
    by_service: dict[tuple[str, str], list[Calls]] = {}
    for calls in probe.calls:
        by_service.setdefault((calls.service, calls.region), []).append(calls)
    for (service, region), all_calls in by_service.items():
        refused = [calls for calls in all_calls if calls.decision.code == code]
        where = f"{service} in {region}" if len(probe.regions) > 1 else service
        if refused and len(refused) < len(all_calls):
            names = [name for calls in refused for name in calls.operations]
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            where += f" ({', '.join(names[:_NAMED])}{more})"
        if refused:
            yield printable(where)


def _line(screen: Screen, heading: str, text: str) -> str:
    return screen.wrapped(printable(text), " " * 11, f"  {heading:<7}  ")


# --- hosts

_WORST_FIRST: tuple[Colour, ...] = ("red", "amber", "green", "dim")


def _colour(host: Host) -> Colour:
    if host.is_broken or (host.is_missed and host.use == "refused"):
        return "red"
    if host.use == "unfit":
        return "dim"
    unsure = host.verdict in ("gateway-declared", "failed", "mixed", "absent")
    partly = any(not connection.works for connection in host.connections)
    return "amber" if unsure or partly or host.amber or host.use == "refused" else "green"


def _row(host: Host) -> list[Cell]:
    verdict = host.verdict or f"asked by the proxy {host.proxy}"
    verdict += "".join(f", {setting} by the policy's word alone" for setting in host.amber)
    return [
        printable(host.shown),
        Painted(printable(verdict), _colour(host)),
        host.use,
        printable(_dns(host)),
        _addresses(host),
        printable("; ".join(_connections(host.connections))),
        printable(", ".join(host.services)),
    ]


def _dns(host: Host) -> str:
    answer = host.answer
    if answer is None:
        return ""
    said = [answer.detail] if answer.detail else []
    if host.name not in (host.host, ""):
        said.append(f"asked for {host.name}")
    if answer.source == "hosts":
        said.append("hosts file")
    if host.seconds is not None and answer.server:
        said.append(_time(host.seconds))
    return ", ".join(said)


def _addresses(host: Host) -> str:
    more = len(host.addresses) - _NAMED
    return ", ".join(host.addresses[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _connections(connections: Sequence[Connection]) -> Iterator[str]:
    """Of those that show the same, in one breath."""
    alike: dict[str, list[str]] = {}
    for connection in connections:
        alike.setdefault(_connection(connection), []).append(connection.address)
    for said, addresses in alike.items():
        where = "" if len(alike) == 1 else f"{', '.join(addresses)}: "
        yield f"{where}{said}"


def _connection(connection: Connection) -> str:
    if not connection.works:
        return connection.hint
    if connection.tls is None or connection.certificate is None:
        return "TCP connects; plain HTTP"
    tls, certificate = connection.tls, connection.certificate
    names = ", ".join(certificate.names[:2]) + (" ..." if len(certificate.names) > 2 else "")
    return f"{tls.version} {tls.cipher}, certificate for {names}, issued by {certificate.issuer}"


def _filled(
    headings: Sequence[str], rows: Sequence[Sequence[Cell]]
) -> tuple[list[str], list[list[Cell]]]:
    """Both without the columns in which nothing stands."""
    kept = [at for at in range(len(headings)) if any(row[at] for row in rows)]
    return [headings[at] for at in kept], [[row[at] for at in kept] for row in rows]


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


# --- all in a line


def _summary(probe: Probe, screen: Screen) -> str:
    services = {calls.service for calls in probe.calls}
    said = []
    if probe.unmet:
        refused = {calls.service for calls in probe.unmet}
        said.append(f"a demand cannot be met for {_count(refused, 'service')}")
    if probe.broken:
        said.append(f"calls to {_count(probe.broken, 'host')} would fail")
    counted = f"{_count(services, 'service')}, {_count(probe.hosts, 'host')}"
    text = f"{counted}: {', '.join(said) or 'all demands can be met'}"
    return screen.paint(screen.wrapped(text), "red" if said else "green")


def _count(things: Any, word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


# --- JSON


def as_data(probe: Probe) -> dict[str, Any]:
    """For a program: JSON types only. The keys are stable."""
    return {
        "met": probe.is_met,
        "services": list(probe.services),
        "regions": list(probe.regions),
        "of_all": probe.of_all,
        "calls": list(map(_calls_data, probe.calls)),
        "hosts": list(map(_host_data, probe.hosts)),
    }


def _calls_data(calls: Calls) -> dict[str, Any]:
    decision = calls.decision
    return {
        "service": calls.service,
        "region": calls.region,
        "operations": list(calls.operations),
        "outcome": decision.outcome,
        "code": decision.code,
        "reason": decision.reason,
        "remedy": decision.remedy,
        "setting": "" if decision.allowed else decision.setting,
        "rule": decision.demands.rule.name,
        "host": decision.host,
        "fips_basis": decision.fips_basis,
        "private_basis": decision.private_basis,
        "amber": list(decision.amber),
    }


def _host_data(host: Host) -> dict[str, Any]:
    answer = host.answer
    return {
        "host": host.shown,
        "name": host.name,
        "port": host.port,
        "place": host.place,
        "proxy": host.proxy,
        "services": list(host.services),
        "use": host.use,
        "amber": list(host.amber),
        "verdict": host.verdict,
        "status": answer.status if answer else None,
        "addresses": list(host.addresses),
        "detail": answer.detail if answer else "",
        "source": answer.source if answer else None,
        "server": answer.server if answer else "",
        "ttl": answer.ttl if answer else None,
        "seconds": None if host.seconds is None else round(host.seconds, 4),
        "problem": host.lacks if host.use == "chosen" else "",
        "connections": list(map(_connection_data, host.connections)),
    }


def _connection_data(connection: Connection) -> dict[str, Any]:
    tls, certificate = connection.tls, connection.certificate
    return {
        "address": connection.address,
        "result": connection.result,
        "detail": connection.detail,
        "hint": connection.hint,
        "tcp_seconds": _rounded(connection.tcp_seconds),
        "tls_seconds": _rounded(connection.tls_seconds),
        "tls_version": tls.version if tls else "",
        "cipher": tls.cipher if tls else "",
        "names": list(certificate.names) if certificate else [],
        "issuer": certificate.issuer if certificate else "",
        "valid_until": certificate.until if certificate else "",
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)
