"""``endpoint-router policy``: starters, the policy in force with its origins, the JSON Schema.

0: done, or a policy is in force. 1: ``show`` finds none. 2: bad input; nothing is written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from botocore.session import Session

from ..policy.keys import keys_of
from ..policy.load import SYSTEM_POLICY
from ..policy.loaded import LoadedPolicy
from ..policy.nearest_name import did_you_mean
from ..policy.origins import Origin
from ..policy.paths import LISTS, TABLES
from ..policy.quoting import quote
from ..policy.starters import STARTERS, starter
from ..printable import printable
from ..router import World
from .files import write
from .output import BadInput
from .policy_here import policy_here
from .policy_option import policy_named
from .screen import Painted, Screen


def init(options: argparse.Namespace) -> int:
    """Write a starter, or list them."""
    name = options.name
    if name is None:
        if options.output:
            raise BadInput(f"which policy? One of {', '.join(STARTERS)}")
        _list(as_json=options.json)
        return 0
    if name not in STARTERS:
        expected = f"one of {', '.join(STARTERS)}. {did_you_mean(name, STARTERS)}"
        raise BadInput(f"NAME: found {quote(name)}, expected {expected}".rstrip())
    text = starter(name, World().today())
    if options.json:
        from ..policy.toml import loads

        text = json.dumps(loads(text), indent=2) + "\n"
    if options.output is None:
        sys.stdout.write(text)
        return 0
    try:
        write({Path(options.output): text}, force=options.force)
    except FileExistsError:
        raise BadInput(f"{options.output} exists; --force writes over it") from None
    except OSError as error:
        raise BadInput(f"{options.output}: {error.strerror or error}") from None
    print(f"Wrote {printable(options.output)}. Next: fill in the lines that begin with #~, and")
    print(f"endpoint-router check {printable(options.output)} --strict")
    return 0


def _list(*, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"version": 1, "starters": dict(STARTERS)}, indent=2))
    else:
        print(Screen.of().table(("name", "for whom"), [*STARTERS.items()]))


def schema(_options: argparse.Namespace) -> int:
    """Print the JSON Schema."""
    from ..policy.reference import json_schema

    sys.stdout.write(json_schema())
    return 0


# --- show


def show(
    options: argparse.Namespace,
    *,
    environ: Mapping[str, str] = os.environ,
    system_policy: str = SYSTEM_POLICY,
) -> int:
    """Print the policy in force, and where each of its values was written."""
    session = Session(profile=options.profile)
    with policy_named(options.policy) as policy:
        loaded, is_any = policy_here(
            policy, session, today=World().today(), environ=environ, system_policy=system_policy
        )
    # botocore's own switch fills an unset ``fips`` when a client is made.
    asks_fips = bool(session.get_config_variable("use_fips_endpoint"))
    if options.json:
        print(json.dumps(_as_data(loaded, is_any, asks_fips, system_policy), indent=2))
    else:
        _print(loaded, is_any, asks_fips, system_policy)
    return 0 if is_any else 1


def _values(loaded: LoadedPolicy) -> Iterator[tuple[str, Any, Origin]]:
    """Each key that holds no list of tables: its path, value and origin."""
    policy = loaded.policy
    for key in keys_of(type(policy)):
        if key in TABLES:
            table = getattr(policy, key)
            for inner in keys_of(TABLES[key]):
                path = f"{key}.{inner}"
                yield path, msgspec.to_builtins(getattr(table, inner)), loaded.origin(path)
        elif key not in LISTS:
            yield key, getattr(policy, key), loaded.origin(key)


def _items(loaded: LoadedPolicy) -> Iterator[tuple[str, dict[str, Any], Origin]]:
    """Each rule and endpoint: its path, what it says, and its origin."""
    for key in LISTS:
        for index, item in enumerate(getattr(loaded.policy, key)):
            path = f"{key}[{index}]"
            yield path, msgspec.to_builtins(item), loaded.origin(path)


def _as_data(
    loaded: LoadedPolicy, is_any: bool, asks_fips: bool, system_policy: str
) -> dict[str, Any]:
    return {
        "version": 1,
        "in_force": is_any,
        "digest": loaded.digest(),
        "mode": loaded.policy.mode,
        "locked": loaded.policy.locked,
        "sources": list(loaded.sources()),
        "system_policy": _system(system_policy),
        "use_fips_endpoint": asks_fips,
        "values": {
            path: {"value": value, "origin": _origin(origin)}
            for path, value, origin in _values(loaded)
        },
        **{
            key: [
                {"path": path, "says": said, "origin": _origin(origin)}
                for path, said, origin in _items(loaded)
                if path.startswith(f"{key}[")
            ]
            for key in LISTS
        },
        "warnings": [
            {"id": warning.id, "path": warning.path, "message": str(warning)}
            for warning in loaded.warnings
        ],
        "policy": msgspec.to_builtins(loaded.policy),
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "kind": origin.kind,
        "name": origin.name,
        "line": origin.line or None,
        "column": origin.column or None,
    }


def _system(path: str) -> str | None:
    """The machine's own policy, if it has one."""
    return path if path and os.path.lexists(path) else None


def _print(loaded: LoadedPolicy, is_any: bool, asks_fips: bool, system_policy: str) -> None:
    screen, policy = Screen.of(), loaded.policy
    if not is_any:
        print(
            screen.paint("There is no policy: every call goes wherever botocore sends it.", "red")
        )
    mode = Painted(policy.mode, "green" if policy.mode == "enforce" else "amber")
    locked = "yes: variables and code may tighten it only" if policy.locked else "no"
    system = _system(system_policy) or f"none ({system_policy or 'not on this system'})"
    sources = [printable(source) for source in loaded.sources()] or ["nothing"]
    heads = [
        ("mode", screen.shown(mode)),
        ("locked", locked),
        *((("written in", "")[bool(at)], source) for at, source in enumerate(sources)),
        ("of the machine", system),
    ]
    if asks_fips:
        heads.append(("use_fips_endpoint", "on: where no rule says otherwise, fips = require"))
    print(f"digest  {loaded.digest()}")  # it fills the line
    margin = max(len(name) for name, _ in heads)
    for name, text in heads:
        print(f"{name:<{margin}}  {text}")
    rows = [
        (path if not at else "", printable(text), printable(_from(origin)) if not at else "")
        for path, value, origin in _values(loaded)
        for at, text in enumerate(_texts(value))
    ]
    print(f"\n{screen.table(('setting', 'value', 'from'), rows)}")
    for path, said, origin in _items(loaded):
        print(f"\n{screen.paint(path, 'bold')}  {printable(_from(origin))}")
        margin = max(map(len, said), default=0)
        for key, value in said.items():
            for at, text in enumerate(_texts(value)):
                print(f"  {key if not at else '':<{margin}}  {printable(text)}")
    for warning in loaded.warnings:
        print(
            f"\n{screen.wrapped(printable(warning), '  ', screen.paint('warning', 'amber') + ' ')}"
        )


def _texts(value: Any) -> list[str]:
    """*value* in lines: a list has one for each of its items."""
    if isinstance(value, (list, tuple)):
        return [str(item) for item in value] or ["(none)"]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, float):
        return [f"{value:g}"]
    return [str(value) if value != "" else "(none)"]


def _from(origin: Origin) -> str:
    return str(origin).removeprefix("file ")
