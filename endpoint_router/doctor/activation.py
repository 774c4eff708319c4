"""How routing is switched on here, whether early enough, and what it does not come to.

Found out by trying (:mod:`.trial`). What a program's own code does is not seen so; of a program
that is not run, it is read (:mod:`.source`).
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Literal

from msgspec import Struct

from ..printable import printable
from .finding import Judged, amber, green, red
from .running import HOOK, MODULE, VARIABLE, Running, running
from .source import Mention
from .trial import Trial
from .versions import numbers

__all__ = ["CHECKS", "SeenActivation", "look"]

_OURS = f"endpoint_router={MODULE}"
#: aiobotocore that reads the variable, too.
_AIOBOTOCORE = (2, 25)
_WAY_OUT = "endpoint-router run -- your-program"
#: Packages with clients of AWS that are not botocore's, and what they are.
_OTHERS = {
    "boto": "the clients of boto 2",
    "deltalake": "a client of S3 in Rust",
    "duckdb": "a client of S3 in C++",
    "lancedb": "a client of S3 in Rust",
    "minio": "a client of S3 over urllib3",
    "obstore": "a client of S3 in Rust",
    "polars": "a client of S3 in Rust",
    "pyarrow": "a client of S3 in C++",
    "s3torchconnector": "a client of S3 by the Common Runtime",
    "smithy-aws-core": "AWS's SDK without botocore",
}

#: ``run`` stands for whatever is on before botocore is imported.
By = Literal["run", "variable", "code", ""]


class SeenActivation(Struct, frozen=True):
    """What was seen of it."""

    trial: Trial
    #: botocore's variable, or ``None``; and does this botocore read it?
    variable: str | None = None
    reads_variable: bool = False
    botocore: str = ""
    #: Is the start-up hook's folder in ``PYTHONPATH``?
    hook: bool = False
    #: Flags by which this Python does not read that, as ``-I``.
    deaf: str = ""
    #: The program in whose place this is; empty for none. And what it says in its source.
    program: str = ""
    mentions: tuple[Mention, ...] = ()
    running: tuple[Running, ...] = ()
    #: Versions by package of those that are not botocore's.
    others: Mapping[str, str] = {}
    #: Of aiobotocore, and of the AWS CLI's version 1; empty where they are not installed.
    aiobotocore: str = ""
    awscli: str = ""
    #: The AWS CLI that a shell would find, if it is one that cannot be routed.
    frozen_cli: str = ""

    @property
    def by(self) -> By:
        """What switches it on here; empty for nothing."""
        if self.trial.on_import:
            return "run"
        if self.trial.on_client:
            return "variable"
        return "code" if self.mentions else ""


def look(
    trial: Trial,
    environ: Mapping[str, str] = os.environ,
    *,
    program: str = "",
    mentions: Sequence[Mention] = (),
    processes: str = "/proc",
    version_of: Callable[[str], str] = metadata.version,
    frozen_cli: str = "",
) -> SeenActivation:
    """What this environment says of it, besides *trial*.

    :param program: the command in whose place this is.
    :param mentions: of what its source says.
    :param processes: where the system shows its processes.
    :param frozen_cli: path of an AWS CLI that nothing can be built into.
    """
    import botocore

    installed = {}
    for name in (*_OTHERS, "aiobotocore", "awscli"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            installed[name] = version_of(name)
    flags = sys.flags
    deaf = [
        letter
        for letter, is_set in (
            ("-I", flags.isolated),
            ("-E", flags.ignore_environment and not flags.isolated),
            ("-S", flags.no_site),
        )
        if is_set
    ]
    paths = environ.get("PYTHONPATH", "").split(os.pathsep)
    return SeenActivation(
        trial=trial,
        variable=environ.get(VARIABLE),
        reads_variable=importlib.util.find_spec("botocore.plugin") is not None,
        botocore=botocore.__version__,
        hook=any(path.rstrip("/\\").endswith(HOOK) for path in paths),
        deaf=" ".join(deaf),
        program=program,
        mentions=tuple(mentions),
        running=() if program else tuple(running(Path(processes))),
        aiobotocore=installed.pop("aiobotocore", ""),
        awscli=installed.pop("awscli", ""),
        others=installed,
        frozen_cli=frozen_cli,
    )


# --- checks


def switched_on(seen: SeenActivation) -> Judged:
    """Is a client that is made here routed?"""
    trial = seen.trial
    if trial.error and not trial.on_import:
        return amber(
            f"no client can be made here: {trial.error}",
            "Mend that: the program can make none, either.",
        )
    if trial.on_import:
        by = "endpoint-router run" if seen.hook else "what this Python runs at its start"
        return green(f"by {by}: as soon as botocore is imported")
    if trial.on_client:
        return green("by botocore's variable: with the first client")
    if seen.variable is not None and not seen.mentions:
        return red(*_silent_variable(seen))
    if seen.hook and not seen.mentions:
        why = f"this Python is started with {seen.deaf}" if seen.deaf else "it was not imported"
        way_out = "Start it without, or put endpoint_router.install() into the program."
        return red(f"the start-up hook of run is not heard: {why}", way_out)
    return _by_code(seen)


def _silent_variable(seen: SeenActivation) -> tuple[str, str]:
    """Why :data:`VARIABLE` switches nothing on, and the way out."""
    value = printable(repr(seen.variable))
    pairs = [pair.split("=") for pair in (seen.variable or "").split(",")]
    modules = [pair[1].strip() for pair in pairs if len(pair) == 2]
    if not seen.reads_variable:
        return (
            f"botocore {seen.botocore} does not read {VARIABLE}",
            f"pip install 'botocore>=1.39.9', or {_WAY_OUT}",
        )
    if MODULE not in modules:
        return f"{VARIABLE} = {value} does not name this package", f"{VARIABLE}={_OURS}"
    return (
        f"{VARIABLE} is set, and yet a client is not routed",
        f"Look whether this Python can import {MODULE}; or {_WAY_OUT}.",
    )


def _by_code(seen: SeenActivation) -> Judged:
    if seen.running:
        told = [f"process {each.pid} ({each.name}) by {each.by}" for each in seen.running[:3]]
        return amber(
            "by nothing in this environment, but in a program that runs here",
            "Look into its own interpreter: endpoint-router doctor -- and its command.",
            *told,
        )
    if not seen.program:
        return amber(
            "by nothing in this environment. Whether a program does it by code cannot be seen here",
            f"{_WAY_OUT}; or set {VARIABLE}={_OURS}; or, where the program calls "
            "endpoint_router.install(): endpoint-router doctor -- python app.py",
        )
    first = next(iter(seen.mentions), None)
    if first is None:
        return red(
            "by nothing: neither in this environment, nor in the program's own source",
            f"{_WAY_OUT}; or endpoint_router.install() where the program begins.",
        )
    where = printable(f"{first.file}:{first.line}")
    if first.is_at_start:
        return green(f"by code, as read: {where}")
    return amber(
        f"by code, as read: {where}. Whether the program comes there cannot be read",
        "Call endpoint_router.install() where the program begins, before its first client.",
    )


def _unknown(seen: SeenActivation) -> Judged:
    """Where nothing is switched on, nothing comes of that."""
    why = "not known: no client can be made here" if seen.trial.error else "not switched on here"
    return amber(why, "As for switched on.")


def early(seen: SeenActivation) -> Judged:
    """Before the first client that a program makes?"""
    if seen.by == "run":
        return green("before any client can be made")
    if seen.by == "variable":
        return green("with the first client that the program makes")
    if seen.by != "code":
        return _unknown(seen)
    first = seen.mentions[0]
    if first.client_before:
        where = f"{first.file}:{first.line}"
        return amber(
            printable(f"line {first.client_before} makes a client before {where}"),
            "Call install() first, or endpoint_router.attach(client).",
        )
    return green("no client is made before it, as read")


def nested(seen: SeenActivation) -> Judged:
    """The clients of STS and SSO by which botocore gets credentials."""
    if seen.by == "variable" and not seen.trial.nested_first:
        return amber(
            "credentials that are fetched before the first client come by an unrouted call",
            f"{_WAY_OUT}, which is on from the start.",
        )
    if seen.by == "code":
        return green("clients of STS and SSO for credentials are routed from install() on")
    if seen.by:
        return green("clients of STS and SSO for credentials are routed")
    return _unknown(seen)


def asynchronous(seen: SeenActivation) -> Judged:
    """Clients of aiobotocore."""
    if not seen.aiobotocore:
        return green("aiobotocore is not installed")
    told = f"aiobotocore {seen.aiobotocore}"
    if seen.by == "variable" and numbers(seen.aiobotocore) < _AIOBOTOCORE:
        return red(
            f"{told} does not read {VARIABLE}",
            f"pip install 'aiobotocore>=2.25', or {_WAY_OUT}",
        )
    if not seen.by:
        return _unknown(seen)
    return green(f"{told}: its clients are routed in the same way")


def others(seen: SeenActivation) -> Judged:
    """Clients of AWS that are not botocore's."""
    told = [f"{name} {version}: {_OTHERS[name]}" for name, version in seen.others.items()]
    if seen.frozen_cli:
        told.append(f"{printable(seen.frozen_cli)}: the AWS CLI, version 2")
    if seen.awscli and seen.by == "variable":
        told.append(f"awscli {seen.awscli} makes its clients where no plugins are loaded: use run")
    if not told:
        return green("no other client of AWS's services that is known by name")
    return amber(
        f"{len(told)} installed with clients that are not routed",
        "Give them the policy: endpoint-router export, or endpoint_router.resolve().",
        *told,
    )


CHECKS: Mapping[str, Callable[[SeenActivation], Judged]] = {
    "activation.switched_on": switched_on,
    "activation.early": early,
    "activation.nested": nested,
    "activation.asynchronous": asynchronous,
    "activation.others": others,
}
