"""The demo: real boto3 calls on this machine, held against what servers saw.

Here live the run of the scenes and the comparison; the scenes themselves are values in
:mod:`endpoint_router.lab.scenario`, and what is printed is the command's. Whether a call went right
is never asked of the router: it only says *why*. No internet, no privileges, and nothing of the
developer's own AWS settings.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
import trustme  # noqa: F401  extra `lab`: the command line tells how to get it if this import fails
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from botocore.session import Session

from endpoint_router.errors import EndpointRouterError
from endpoint_router.lab import Seen, Silent
from endpoint_router.lab.network import Lab
from endpoint_router.lab.scenario import (
    ALLOWED,
    AWS_CONFIG,
    HOSTS,
    POLICY,
    SCENES,
    SILENT,
    Arrival,
    Scene,
)
from endpoint_router.router import World
from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.calls.route import ROUTE

#: Settings that would make the run another one on another machine.
_FOREIGN = ("AWS_", "BOTO", "ENDPOINT_ROUTER_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

_KEYS = {"aws_access_key_id": "AKIALABLABLABLABLAB1", "aws_secret_access_key": "of-nobody"}

#: One attempt: a retry could hide where the first one went.
_CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=30, read_timeout=60)


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one scene."""

    title: str
    #: ``kms.list_keys``.
    call: str
    region: str
    #: As :attr:`Scene.outcome`.
    outcome: str
    #: What the servers saw, in order.
    arrivals: tuple[Arrival, ...]
    why: str
    #: What was expected instead; empty when the call went as the policy says.
    wrong: str

    def as_data(self) -> dict[str, Any]:
        """JSON types only."""
        return {**asdict(self), "decision": self.decision, "ok": not self.wrong}

    @property
    def decision(self) -> str:
        """``allowed``, ``refused`` with its code, or ``failed`` with botocore's own exception."""
        if self.outcome == ALLOWED:
            return ALLOWED
        return f"refused {self.outcome}" if "." in self.outcome else f"failed {self.outcome}"


class Stage:
    """A running lab with the policy at work in it."""

    def __init__(self, lab: Lab, policy: Path) -> None:
        self._lab = lab
        # The environment of the process has no say in it.
        self._installation = Installation(
            policy, world=World(dialler=lab), environ={}, system_policy=""
        )

    def play(self, scene: Scene) -> Row:
        """Make the scene's call, and compare."""
        before = len(self._lab.seen)
        if scene.dns_down:
            self._lab.dns.down()
        try:
            outcome, why = self._call(scene)
        finally:
            self._lab.dns.up()
        seen = self._lab.seen[before:]
        return Row(
            title=scene.title,
            call=f"{scene.service}.{scene.method}",
            region=scene.region,
            outcome=outcome,
            arrivals=tuple(_arrival(one) for one in seen),
            why=why,
            wrong=_wrong(scene, outcome, seen),
        )

    def _call(self, scene: Scene) -> tuple[str, str]:
        """The outcome of the call, and what the router says about it."""
        session: Any = Session(profile=scene.profile)
        # ``~/.aws/models`` is not part of the demo.
        paths = [Loader.BUILTIN_DATA_PATH]
        loader = Loader(extra_search_paths=paths, include_default_search_paths=False)
        session.register_component("data_loader", loader)
        session.set_default_client_config(_CONFIG)  # for the STS client inside botocore, too
        reasons: list[str] = []
        session.register("before-send", lambda request, **_: reasons.append(_reason(request)))
        self._installation(session)
        made: Any = boto3.Session(botocore_session=session)
        try:
            client = made.client(
                scene.service,
                region_name=scene.region,
                endpoint_url=scene.endpoint_url,
                verify=self._lab.ca_bundle,
                **({} if scene.profile else _KEYS),
            )
            getattr(client, scene.method)(**scene.parameters)
        except EndpointRouterError as error:
            return error.code, str(getattr(error, "reason", error))
        except (BotoCoreError, Boto3Error, ClientError) as error:
            return type(error).__name__, "; ".join([*reasons[-1:], str(error)])
        return ALLOWED, reasons[-1] if reasons else ""


def _reason(request: Any) -> str:
    """Why the router let *request* go; empty if it has never seen it."""
    route = request.context.get(ROUTE)
    return route.decision.reason if route else ""


def _arrival(seen: Seen) -> Arrival:
    return Arrival(seen.host, seen.address, f"{seen.service}/{seen.region}")


def _wrong(scene: Scene, outcome: str, seen: Sequence[Seen]) -> str:
    """In which way it is not what *scene* expects; empty if it is."""
    if outcome != scene.outcome:
        return f"expected {scene.outcome}"
    if tuple(_arrival(one) for one in seen) != scene.arrivals:
        wanted = ", then ".join(f"{one.host} {one.address} {one.scope}" for one in scene.arrivals)
        return f"expected {wanted or 'that nothing arrives'}"
    for one in seen:
        if one.sni != one.host:
            return f"TLS was verified against {one.sni or 'no name'}"
    return ""


def played(scenes: Iterable[Scene] = SCENES) -> Iterator[Row]:
    """Play *scenes* on loopback, one after the other."""
    with _stage() as stage:
        for scene in scenes:
            yield stage.play(scene)


@contextlib.contextmanager
def _stage() -> Iterator[Stage]:
    """The lab with every host of the scenario, and an environment of its own around it."""
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="endpoint-demo-"))
        lab = stack.enter_context(Lab())
        for name, address in HOSTS.items():
            lab.host(name, address)
        for name in SILENT:
            lab.zone.set(name, Silent())
        policy, config = Path(directory, "policy.toml"), Path(directory, "config")
        policy.write_text(POLICY.format(dns=lab.dns_server), encoding="utf-8")
        config.write_text(AWS_CONFIG, encoding="utf-8")
        settings = {
            "AWS_CONFIG_FILE": str(config),
            "AWS_SHARED_CREDENTIALS_FILE": str(Path(directory, "credentials")),
            "AWS_CA_BUNDLE": lab.ca_bundle,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        stack.enter_context(isolated(settings, os.environ))
        yield Stage(lab, policy)


@contextlib.contextmanager
def isolated(settings: Mapping[str, str], environ: MutableMapping[str, str]) -> Iterator[None]:
    """While the block runs, *settings* are all that *environ* holds of AWS, proxies and CAs.

    Not by arguments alone: the clients that botocore makes inside itself get none.
    """
    foreign = {
        name: value
        for name, value in environ.items()
        if name.startswith(_FOREIGN) or name.lower().endswith("_proxy")
    }
    for name in foreign:
        del environ[name]
    environ.update(settings)
    try:
        yield
    finally:
        for name in settings:
            environ.pop(name, None)
        environ.update(foreign)
