"""What a row of the tables says, and how it is tried. No rows here.

A row is tried with a real botocore client: what counts is the signed request where botocore hands
it to urllib3, or the refusal that the application sees. DNS comes in as a
:class:`~endpoint_router.router.World`; nothing of the router is replaced.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import botocore
from botocore.awsrequest import AWSResponse
from botocore.compat import HAS_CRT
from botocore.config import Config
from botocore.session import Session

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.router import Lookup, World
from endpoint_router.routing.answer import Answer
from endpoint_router.sdk.activation.installation import Installation
from tests.support.sessions import kind, new_session
from tests.support.wire import Caught, nothing_leaves

PUBLIC, PRIVATE = "52.94.0.10", "10.20.0.10"

#: What DNS may say of a name, by the word that stands in a table.
SAYINGS: dict[str, dict[str, Any]] = {
    "private": {"status": "answered", "addresses": (PRIVATE,)},
    "public": {"status": "answered", "addresses": (PUBLIC,)},
    "NXDOMAIN": {"status": "absent", "detail": "NXDOMAIN"},
    "SERVFAIL": {"status": "failed", "detail": "SERVFAIL"},
}

_ONE_ATTEMPT = {"max_attempts": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One call and what must come of it: a URL with its credential scope, or a refusal."""

    #: What a reader learns from it.
    title: str
    service: str
    #: Method of the client, or the operation whose URL is presigned.
    operation: str
    region: str | None
    policy: Mapping[str, Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: Arguments of ``botocore.config.Config``.
    config: Mapping[str, Any] = field(default_factory=dict)
    #: Further arguments of ``create_client``.
    arguments: Mapping[str, Any] = field(default_factory=dict)
    #: Configuration variables of the session, as a profile would set them.
    profile: Mapping[str, str] = field(default_factory=dict)
    #: Account id of the credentials.
    account_id: str = ""
    #: ``url`` or ``post``: presigned instead of called.
    presigned: str = ""
    #: Name to a word of :data:`SAYINGS` or an address. Names of VPC endpoints are private, all
    #: others public, unless they stand here.
    dns: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    #: Operation to what AWS answers, for calls that botocore makes on the way.
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: How the URL on the wire begins; empty where the call is refused.
    url: str = ""
    #: Of the signature: ``kms/us-east-1``.
    scope: str = ""
    #: Headers that the request must carry, as they are compared by S3's families.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Of the refusal: its code, and words that must stand in its reason or remedy.
    code: str = ""
    says: str = ""
    #: Not tried on an older botocore, which does not know this kind.
    since: tuple[int, ...] = (1, 31, 0)
    #: Is the call signed with SigV4A, for which botocore needs awscrt?
    sigv4a: bool = False
    #: Words for the page instead of what the policy looks like.
    under: str = ""

    @property
    def lacks(self) -> str:
        """What is not installed of what this row is about; empty where it can be tried."""
        if tuple(int(part) for part in botocore.__version__.split(".")[:3]) < self.since:
            return f"botocore {'.'.join(map(str, self.since))}"
        return "awscrt" if self.sigv4a and not HAS_CRT else ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of endpoint: a section of the page, and its rows."""

    title: str
    #: What a reader has to know, in Markdown.
    text: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a row."""

    url: str = ""
    scope: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    error: EndpointDenied | EndpointUnverified | None = None


class _Listening:
    """A network on which every address accepts connections."""

    def begin(self, *_: Any) -> socket.socket:
        ours, theirs = socket.socketpair()
        theirs.close()
        ours.setblocking(False)
        return ours

    def peer(self, connection: socket.socket) -> str:
        raise AssertionError("nothing is dialled: the request is caught before")


def world(dns: Mapping[str, str], **rest: Any) -> World:
    """A world in which DNS says what a row says."""

    def answer(name: str, _timeout: float) -> Answer:
        word = dns.get(name, "private" if ".vpce." in name else "public")
        if word in SAYINGS:
            return Answer(name, **SAYINGS[word], ttl=60)
        return Answer(name, "answered", tuple(word.split()), ttl=60)

    def lookup(_: object) -> Lookup:
        return answer

    return World(lookup=lookup, dialler=_Listening(), **rest)


def session_for(row: Row) -> Session:
    """A routed session for the row's client."""
    session = new_session()
    for name, value in row.profile.items():
        session.set_config_variable(name, value)
    if row.account_id:
        keys = kind().credentials("AKIDEXAMPLE", "secret-of-nobody", account_id=row.account_id)
        session._credentials = keys
    Installation(dict(row.policy), world=world(row.dns), environ=dict(row.environ))(session)
    return session


def _answer(client: Any, row: Row) -> None:
    """Let the row's answers come in place of AWS's."""
    service_id = client.meta.service_model.service_id.hyphenize()
    for operation, parsed in row.answers.items():
        answer = (AWSResponse(client.meta.endpoint_url, 200, {}, None), dict(parsed))
        event = f"before-call.{service_id}.{operation}"
        client.meta.events.register(event, lambda answer=answer, **_: answer)


def come(row: Row) -> Came:
    """Make the row's call.

    :raises botocore.exceptions.BotoCoreError: as botocore itself refuses some calls.
    """
    session = session_for(row)
    config = Config(**{"retries": _ONE_ATTEMPT, **row.config})
    try:
        with nothing_leaves():
            client = session.create_client(row.service, row.region, config=config, **row.arguments)
            _answer(client, row)
            if row.presigned:
                return _presigned(client, row)
            getattr(client, row.operation)(**row.parameters)
    except Caught as caught:
        request = caught.request
        headers = {name: _text(value) for name, value in request.headers.items()}
        return Came(request.url, _scope(headers.get("Authorization", "")), headers)
    except (EndpointDenied, EndpointUnverified) as error:
        return Came(error=error)
    raise AssertionError("the call was answered without being sent")


def _presigned(client: Any, row: Row) -> Came:
    if row.presigned == "post":
        made = client.generate_presigned_post(**row.parameters)
        fields = made["fields"]
        return Came(made["url"], _scope(f"Credential={fields.get('x-amz-credential', '')}"))
    url: str = client.generate_presigned_url(row.operation, Params=dict(row.parameters))
    query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    return Came(url, _scope(f"Credential={query.get('x-amz-credential', '')}"))


# sigv4a names no region in the scope, but in a header.
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/(?:([^/]+)/)?([^/]+)/aws4_request")


def _scope(authorization: str) -> str:
    found = _SCOPE.search(authorization)
    return "/".join(filter(None, reversed(found.groups()))) if found else ""


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def check(row: Row, came: Came) -> None:
    """Hold what came of *row* against it."""
    if row.code:
        assert came.error is not None, f"went to {came.url} as {came.scope}"
        assert came.error.code == row.code, came.error
        assert came.error.reason, "a refusal without a reason"
        assert came.error.remedy, "a refusal without a way out"
        assert row.says in str(came.error), came.error
        return
    assert came.error is None, came.error
    wanted, got = urlsplit(row.url), urlsplit(came.url)
    assert (got.scheme, got.netloc) == (wanted.scheme, wanted.netloc)
    # A discovered host comes without a path.
    assert (got.path or "/").startswith(wanted.path)
    assert came.scope == row.scope
    for name, value in row.headers.items():
        assert came.headers.get(name) == value


def vpce(label: str, region: str = "us-east-1", *, id: str = "0", suffix: str = "") -> str:
    """The DNS name of an interface endpoint of the PrivateLink service with this *label*."""
    return f"vpce-0123456789abcdef{id}-abcdefgh.{label}.{region}.vpce.{suffix or 'amazonaws.com'}"


def interface(*names: str, **rest: Any) -> dict[str, Any]:
    """An entry of ``[[vpc_endpoints]]``."""
    return {"type": "interface", "dns_names": list(names), **rest}


def policy(*endpoints: Mapping[str, Any], **defaults: Any) -> dict[str, Any]:
    """A policy with these ``[[vpc_endpoints]]`` and ``[defaults]``."""
    made: dict[str, Any] = {"defaults": defaults} if defaults else {}
    if endpoints:
        made["vpc_endpoints"] = [dict(one) for one in endpoints]
    return made
