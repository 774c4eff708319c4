"""Lives through a world with a real client, routed or not. Nothing is judged here."""

from __future__ import annotations

import atexit
import copy
import functools
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.config import Config
from botocore.httpsession import URLLib3Session
from botocore.loaders import Loader
from botocore.session import Session
from msgspec.structs import replace

from endpoint_router.sdk.activation.installation import Installation

from .aws_hosts import LOADER
from .calls import ACCOUNT, CALLS
from .edges import Network, entered, scope
from .server import aws
from .world import SAYINGS, Handler, Lived, Sent, World

_NESTED = {
    "DescribeEndpoints": "",
    "CreateSession": "s3",
    "AssumeRole": "sts",
    "HeadBucket": "s3",
}
_KNOWN = {*Config.OPTION_DEFAULTS, *Config.NON_LEGACY_OPTION_DEFAULTS}
_FOREIGN = ("AWS_", "BOTO_CONFIG", "ENDPOINT_ROUTER_", "REQUESTS_CA", "CURL_CA", "SSL_CERT")


def live(world: World, *, routed: bool) -> Lived:
    """How *world* goes: what is sent, and what the application hears."""
    network = Network(world, aws(world))
    errors: list[str] = []
    codes: list[str] = []
    after: list[int] = []
    with entered(network), _environment(world):
        client = None
        for number in range(world.calls):
            network.call = number
            if client is not None and number:
                _tamper(client, world.tampering)
            error: Exception | None = None
            try:
                client = client or _client(world, network, routed)
                network.sent += _call(world, network, client)
            # Broad on purpose: whatever comes of a call is what came of it.
            except Exception as raised:
                error = raised
            errors.append(f"{type(error).__name__}: {error}" if error else "")
            codes.append(str(getattr(error, "code", "")))
            after.append(len(network.sent))
            network.now += 400.0 if world.changes == "call" else 0.0
        if client is not None and hasattr(client, "close"):
            client.close()
    call = CALLS[world.call]
    sent = tuple(
        replace(
            one,
            operation=one.operation or call.operation,
            service=_NESTED.get(one.operation) or call.service,
        )
        for one in network.sent
    )
    return Lived(sent, tuple(errors), tuple(codes), tuple(network.looked_up), tuple(after))


@functools.cache
def _pristine() -> Session:
    """A session whose handlers others copy: to register four hundred costs 7 ms."""
    return Session()


def _session(world: World) -> Session:
    events = copy.copy(_pristine()._original_handler)
    session = Session(event_hooks=events, include_builtin_handlers=False)
    if world.overridden:
        loader = Loader([str(_data_of_others(CALLS[world.call].service, world.overridden))])
    else:
        loader = LOADER
    session.register_component("data_loader", loader)
    return session


def _client(world: World, network: Network, routed: bool) -> Any:
    # botocore changes what it is given, and the world has another life before it.
    world = copy.deepcopy(world)
    session = _session(world)
    for handler in world.handlers:
        session.register(handler.event, functools.partial(_handle, handler))
    if routed:
        Installation(dict(world.policy), world=network.world(), environ={})(session)
    arguments: dict[str, Any] = dict(world.client)
    if "role_arn" not in world.profile:
        arguments |= {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "nobody's"}
        if world.account and "aws_account_id" in signature(Session.create_client).parameters:
            arguments["aws_account_id"] = ACCOUNT
    # What an older botocore does not know.
    known = {name: value for name, value in world.config.items() if name in _KNOWN}
    client = session.create_client(
        CALLS[world.call].service, world.region, config=Config(**known), **arguments
    )
    if world.calls == 1:
        _tamper(client, world.tampering)
    return client


def _tamper(client: Any, how: str) -> None:
    """What tracing and test libraries do to a client."""
    if how == "http_session":
        client._endpoint.http_session = URLLib3Session()
    elif how == "verify":
        client._endpoint.http_session._verify = False
        client._endpoint.http_session._manager.connection_pool_kw["cert_reqs"] = "CERT_NONE"
    elif how == "host":
        client._endpoint.host = "https://evil.example"


def _call(world: World, network: Network, client: Any) -> Iterator[Sent]:
    """Make the call; yields a presigned URL as if it had been sent."""
    call = CALLS[world.call]
    parameters = {
        name: world.discovered if value == "{}" else value
        for name, value in call.parameters.items()
    }
    if not world.presigned:
        getattr(client, call.method)(**parameters)
        return
    if world.presigned == "post" and "Bucket" in parameters:
        url = client.generate_presigned_post(parameters["Bucket"], "k")["url"]
    else:
        url = client.generate_presigned_url(call.method, Params=parameters)
    parts = urlsplit(url)
    query = {name.lower(): values[0] for name, values in parse_qs(parts.query).items()}
    name, region = scope(
        f"Credential={query.get('x-amz-credential', '')}", query.get("x-amz-region-set", "")
    )
    yield Sent(
        service=call.service,
        operation="",
        host=str(parts.hostname),
        port=parts.port or (443 if parts.scheme == "https" else 80),
        scheme=parts.scheme,
        answered=SAYINGS[network.says(str(parts.hostname))],
        signing_name=name,
        signing_region=region,
        presigned=True,
        written=f"{parts.scheme}://{parts.netloc}{parts.path}".encode(),
    )


def _handle(handler: Handler, **event: Any) -> None:
    """Do what *handler* does at whichever event it was registered for."""
    if "builtins" in event:
        name = {"region": "AWS::Region", "fips": "AWS::UseFIPS", "url": "SDK::Endpoint"}
        event["builtins"][name[handler.sets]] = handler.value
    elif handler.sets == "Host":
        event["request"].headers["Host"] = handler.value
    elif "params" in event and isinstance(event["params"], dict) and "url" in event["params"]:
        event["params"]["url"] = _moved(event["params"]["url"], handler.value)
    elif "request" in event:
        event["request"].url = _moved(event["request"].url, handler.value)


def _moved(url: str, origin: str) -> str:
    parts, to = urlsplit(url), urlsplit(origin)
    return parts._replace(scheme=to.scheme, netloc=to.netloc).geturl()


@contextmanager
def _environment(world: World) -> Iterator[None]:
    """Only the variables and the profile that *world* has."""
    kept = dict(os.environ)
    for name in kept:
        if name.startswith(_FOREIGN) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ.update(
        {
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            **_config_file(world.profile),
            **world.environ,
        }
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


@functools.cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="worlds-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _config_file(text: str) -> Mapping[str, str]:
    if not text:
        return {}
    path = _folder() / "config"
    path.write_text(text)
    return {
        "AWS_CONFIG_FILE": str(path),
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "nobody's",
    }


@functools.cache
def _data_of_others(service: str, file: str) -> Path:
    """A folder of ``AWS_DATA_PATH`` in which *file* of *service* names a stranger's host."""
    data = copy.deepcopy(LOADER.load_service_model(service, file))
    if file == "service-2":
        for operation in data["operations"].values():
            operation["endpoint"] = {"hostPrefix": "evil.example/"}
        text = json.dumps(data)
    else:
        suffix = "amazonaws.com.evil.example"
        text = re.sub(r"\{[Pp]artitionResult#dnsSuffix\}", suffix, json.dumps(data))
    version = LOADER.determine_latest_version(service, file)
    folder = _folder() / f"data-{service}-{file}"
    (folder / service / version).mkdir(parents=True)
    (folder / service / version / f"{file}.json").write_text(text)
    return folder
