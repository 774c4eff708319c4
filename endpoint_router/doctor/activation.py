"""How routing is switched on here, whether early enough, and what it does not come to.

Found out by trying: a client is made as a program makes one, in this very interpreter, and looked
at. It has no credentials and sends nothing. What a program's own code does is not seen so; of a
program that is not run, it is read (:mod:`.source`).
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from ..printable import printable
from .finding import Judged, amber, green, red
from .source import Mention
from .versions import numbers

__all__ = [
    "CHECKS",
    "HOOK",
    "MODULE",
    "VARIABLE",
    "Running",
    "SeenActivation",
    "Trial",
    "look",
    "quiet",
    "try_it",
]

VARIABLE, MODULE = "BOTOCORE_EXPERIMENTAL__PLUGINS", "endpoint_router.sdk.plugin"
_OURS = f"endpoint_router={MODULE}"
#: How the folder of the start-up hook ends, in whatever installation.
HOOK = os.path.join("endpoint_router", "cli", "site")
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
#: Processes that are looked at.
_MOST = 500


#: ``run`` stands for whatever is on before botocore is imported.
By = Literal["run", "variable", "code", ""]


class Trial(Struct, frozen=True):
    """What came of making clients."""

    #: Was routing on as soon as botocore was imported?
    on_import: bool = False
    #: And when a client had been made?
    on_client: bool = False
    #: Is a client for credentials routed that is made before any other? ``None``: not tried.
    nested_first: bool | None = None
    #: Why no client could be made; empty where one was.
    error: str = ""


class Running(Struct, frozen=True):
    """A process that runs here with routing switched on."""

    pid: int
    name: str
    by: By


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


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What would be logged or printed meanwhile is not: the checks tell it."""
    logger = logging.getLogger("endpoint_router")
    propagates = logger.propagate
    nowhere = logging.NullHandler()
    logger.addHandler(nowhere)
    logger.propagate = False
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logger.removeHandler(nowhere)
        logger.propagate = propagates


def try_it(region: str = "us-east-1") -> Trial:
    """Make clients as a program would, without credentials; nothing is sent.

    To be called before anything else has made a client.
    """
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    from ..sdk.activation.install import current

    on_import = current() is not None
    session = Session()
    keys = {"aws_access_key_id": "doctor", "aws_secret_access_key": "doctor"}

    def routed(make: Callable[..., Any]) -> bool:
        client = make("sts", region_name=region, **keys)
        installation = current()
        return installation is not None and (
            installation.routes(client) or installation.make_for(session) is None
        )

    try:
        nested = _nested(session)
        nested_first = routed(nested) if nested else None
        on_client = routed(session.create_client)
    # An AWS configuration that botocore cannot read: a value that is none, no such profile.
    except (BotoCoreError, ValueError, OSError) as error:
        return Trial(on_import, error=printable(str(error)))
    return Trial(on_import, on_client, nested_first)


def _nested(session: Any) -> Callable[..., Any] | None:
    """How botocore makes clients for its credentials; ``None`` where that is no way of its own."""
    try:
        from botocore.utils import create_nested_client
    except ImportError:  # before it had plugins
        return None
    return lambda *words, **options: create_nested_client(session, *words, **options)


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
        running=() if program else tuple(_running(Path(processes))),
        aiobotocore=installed.pop("aiobotocore", ""),
        awscli=installed.pop("awscli", ""),
        others=installed,
        frozen_cli=frozen_cli,
    )


def _running(folder: Path) -> Iterator[Running]:
    """Pythons of this container that have the hook or the variable: an entry point's, say."""
    try:
        pids = sorted(int(name) for name in os.listdir(folder) if name.isdigit())[:_MOST]
    except OSError:  # no Linux
        return
    for pid in pids:
        if pid in (os.getpid(), os.getppid()):
            continue
        try:
            variables = (folder / str(pid) / "environ").read_bytes().split(b"\0")
            name = os.path.basename(os.readlink(folder / str(pid) / "exe"))
        except OSError:  # somebody else's, or gone
            continue
        hooked = any(
            word.startswith(b"PYTHONPATH=") and HOOK.encode() in word for word in variables
        )
        told = any(
            word.startswith(f"{VARIABLE}=".encode()) and MODULE.encode() in word
            for word in variables
        )
        if (hooked or told) and name.startswith(("python", "pypy")):
            yield Running(pid, printable(name), "run" if hooked else "variable")


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
