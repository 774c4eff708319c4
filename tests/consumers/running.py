"""Runs a consumer in a network of its own, and tells what AWS's servers saw of it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import certifi

from endpoint_router.lab import Seen
from endpoint_router.lab.network import Lab
from tests.support.namespace import NAMESERVER, replace, run_isolated

from . import aws, policies

PROGRAMS = Path(__file__).with_name("programs")
#: Seconds for one program; what hangs is shown with what it had said.
PLENTY = 180
PLUGIN = {"BOTOCORE_EXPERIMENTAL__PLUGINS": "endpoint_router=endpoint_router.sdk.plugin"}


class Ran(NamedTuple):
    """What became of a program, and what the servers saw of it."""

    status: int
    said: str
    seen: list[Seen]
    #: Lines of the decision log, in report mode.
    logged: str

    @property
    def sent(self) -> set[str]:
        """Every operation that arrived."""
        return {f"{one.service}:{one.operation}" for one in self.seen}

    @property
    def arrived(self) -> set[str]:
        """The addresses at which something arrived."""
        return {one.address for one in self.seen}


def run(command: Sequence[str], policy: str, way: str, directory: Path) -> Ran:
    """Run *command* in *directory*, under *policy* ("plain": without us), switched on by *way*.

    In any other than those of the table the program does it itself.
    """
    words = [word.replace("PROGRAMS", str(PROGRAMS)) for word in command]
    words[:1] = [sys.executable] if words[0] == "python" else words[:1]
    environ = dict(_environ(directory))
    if policy != "plain":
        file = directory / "policy.toml"
        file.write_text(policies.TEXTS[policy])
        environ["ENDPOINT_ROUTER_POLICY"] = str(file)
        if way == "run":
            words[:0] = [sys.executable, "-m", "endpoint_router", "run", "--"]
        elif way == "variable":
            environ.update(PLUGIN)
    return run_isolated(_run, words, environ, policy, directory, timeout=PLENTY + 30)


def _run(words: Sequence[str], environ: Mapping[str, str], policy: str, directory: Path) -> Ran:
    aws.begin()
    with Lab(dns=(NAMESERVER, 53), https=("::", 443), http=("::", 80)) as lab:
        policies.fill(lab, policy, aws.answer)
        trust = {"AWS_CA_BUNDLE": lab.ca_bundle, "SSL_CERT_FILE": lab.ca_bundle}
        # kombu's own HTTP client listens to neither.
        replace(certifi.where(), Path(lab.ca_bundle).read_text())
        output = directory / "output.txt"
        with output.open("w") as file:
            process = subprocess.Popen(
                words,
                cwd=directory,
                env={**environ, **trust},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                status = process.wait(PLENTY)
            except subprocess.TimeoutExpired:
                status = -1
            finally:
                _end(process)
        log = directory / "decisions.jsonl"
        logged = log.read_text() if log.exists() else ""
        return Ran(status, output.read_text(errors="replace"), list(lab.seen), logged)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Also whatever the program started and left behind."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
    process.wait()


def _environ(directory: Path) -> Iterator[tuple[str, str]]:
    """Nothing of the developer's own but the way to Python."""
    yield "PATH", os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
    yield "HOME", str(directory)
    yield "AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"
    yield "AWS_SECRET_ACCESS_KEY", "secret-of-nobody"
    yield "AWS_DEFAULT_REGION", policies.REGION
    yield "AWS_EC2_METADATA_DISABLED", "true"
    yield "AWS_MAX_ATTEMPTS", "1"
