"""The group of a record: what an audit must tell apart, and nothing else. Pure.

How many there are of each is :mod:`.counting`'s.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import astuple

from ..aws.hosts import probe_name
from .records import Identity, Record

#: Whose call it is. ``aws`` is a service by itself, ``on-behalf`` one that somebody has asked for
#: something else; ``none`` is no call: an event of a service's, or somebody who signs in. That it
#: is ``console`` says AWS; of ``claims-console`` nothing but the user agent, which anybody writes.
#: ``presigned`` is whoever has the URL, ``another-account`` somebody of an account that
#: ``principal`` names.
Caller = Literal[
    "application",
    "presigned",
    "another-account",
    "console",
    "claims-console",
    "on-behalf",
    "aws",
    "none",
]
#: Why no host is there, or is none that can be relied on.
Lacks = Literal["", "network-activity", "old-version", "service", "host", "version"]

_CALLS = frozenset(("AwsApiCall", "AwsVpceEvent", "AwsVpceEvents", ""))
#: Of user agents: how those of SDKs and those of the console begin, and what the latter may hold.
SDKS = ("aws-cli/", "boto3/", "botocore/", "aws-sdk-", "apn/")
CONSOLES = ("S3Console", "console.", "signin.amazonaws.com", "AWS Internal")
INTERNAL = "aws-internal/"
#: The console may be a browser that calls by itself: S3 says of no call that it comes from there.
BROWSERS = ("Mozilla/",)
_LABEL = re.compile(r"(?:^|\s)md/endpoint-router#")
_APPLICATION = re.compile(r"(?:^|\s)app/([^\s\]]+)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
#: Whose path nobody but AWS can give a role; other roles may have it further behind.
_SERVICE_LINKED = re.compile(r"arn:[^:]*:iam::\d*:role/aws-service-role/", re.ASCII)
#: The type of whoever is of another account, or anonymous.
_ELSEWHERE = "AWSAccount"
_NOBODY = Identity()
#: In front of the name of an S3 endpoint, behind a bucket.
S3_LABELS = ("bucket", "accesspoint", "control")
#: How records name STS's global host where another region than us-east-1 answered for it.
_STS_GLOBALLY = "sts-global"


class Group(Struct, frozen=True, order=True, gc=False):
    """What the records of one group have in common. Empty is what they do not say."""

    #: Of the event, in UTC: ``2026-11-22``.
    day: str
    account: str
    #: Where the call was served.
    region: str
    #: ``kms``: the event's source without ``.amazonaws.com``.
    source: str
    operation: str
    #: ``Management``, ``Data`` or ``NetworkActivity``.
    category: str
    #: As the client asked for it, without bucket and account.
    host: str
    #: VPC endpoint, and the account that owns it.
    endpoint: str
    endpoint_owner: str
    tls: str
    caller: Caller
    lacks: Lacks
    #: The role behind a session, by its ARN; else the user's name, or of which type it is.
    principal: str
    #: What the SDK was told to be called (``app/…`` of the user agent).
    application: str
    #: Does the user agent bear the router's label?
    labelled: bool

    def digest(self) -> bytes:
        """Eight bytes that stand for it."""
        text = "\0".join(map(str, astuple(self)))
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()

    def silence(self) -> tuple[bool, bool, bool]:
        """How little it tells, for the copy that tells most: the caller's, mostly."""
        return not self.host, self.caller == "another-account", not self.endpoint


class _Agent(NamedTuple):
    """What a user agent says."""

    application: str
    labelled: bool
    #: Does an SDK or the CLI call by itself, so that also in the console nothing stands between?
    by_itself: bool
    of_console: bool
    of_browser: bool


@lru_cache(maxsize=4096)
def _agent(text: str) -> _Agent:
    plain = text.lstrip("[")
    application = _APPLICATION.search(plain)
    return _Agent(
        application[1] if application else "",
        _LABEL.search(plain) is not None,
        plain.lower().startswith(SDKS) and INTERNAL not in plain,
        plain.startswith(CONSOLES) or INTERNAL in plain,
        plain.startswith(BROWSERS),
    )


def group_of(record: Record) -> Group:
    """The group of one record."""
    identity = record.user_identity or _NOBODY
    tls = record.tls_details
    agent = _agent(record.user_agent or "")
    category = _category(record)
    source = source_of(record)
    host = "" if tls is None else bare_host(source, tls.client_provided_host_header or "")
    return Group(
        day=_day(record.event_time or ""),
        account=record.recipient_account_id or "",
        region=(_serving(record) if source == "sts" else "") or record.aws_region or "",
        source=source,
        operation=record.event_name or "",
        category=category,
        host=host,
        endpoint=record.vpc_endpoint_id or "",
        endpoint_owner=record.vpc_endpoint_account_id or "",
        tls=(tls.tls_version or "") if tls is not None else "",
        caller=_caller(record, identity, agent),
        lacks=_lacks(record, category, host),
        principal=_who(identity),
        application=agent.application,
        labelled=agent.labelled,
    )


def _day(time: str) -> str:
    """Empty where no day can be read."""
    return time[:10] if _DAY.match(time) else ""


def source_of(record: Record) -> str:
    """``eventSource`` in short."""
    return (record.event_source or "").removesuffix(".amazonaws.com").lower()


def _who(identity: Identity) -> str:
    if identity.type == _ELSEWHERE:
        return identity.account_id or identity.type  # CloudTrail says no more of it
    return _role(identity) or identity.user_name or identity.type or ""


def _role(identity: Identity) -> str:
    context = identity.session_context
    issuer = context.session_issuer if context is not None else None
    return (issuer.arn if issuer is not None else None) or ""


def _serving(record: Record) -> str:
    """The region that answered for a global host."""
    extra = record.additional_event_data
    if extra is None:
        return ""
    nested = extra.details.aws_serving_region if extra.details is not None else None
    return nested or extra.aws_serving_region or ""


def _category(record: Record) -> str:
    """What older versions leave out: then management events are those that say so."""
    if record.event_category:
        return record.event_category
    if (record.event_type or "").startswith("AwsVpceEvent"):
        return "NetworkActivity"
    return "Data" if record.management_event is False else "Management"


def _caller(record: Record, identity: Identity, agent: _Agent) -> Caller:
    is_call = (record.event_type or "") in _CALLS
    if not is_call or ":" in (record.event_source or ""):
        return "none"
    # A service-linked role: nobody but that service can take it on.
    if identity.type == "AWSService" or _SERVICE_LINKED.match(_role(identity)):
        return "aws"
    from_console = record.session_credential_from_console in (True, "true")
    if from_console and not agent.by_itself:
        return "console"
    if identity.invoked_by:
        return "on-behalf"
    if agent.of_console:
        return "claims-console"
    if identity.type == _ELSEWHERE:
        return "another-account"
    if _is_presigned(record):
        return "presigned"
    return "claims-console" if agent.of_browser else "application"


def _is_presigned(record: Record) -> bool:
    extra = record.additional_event_data
    by_url = extra is not None and extra.authentication_method == "QueryString"
    return by_url and (record.event_source or "").lower().startswith("s3")


def _lacks(record: Record, category: str, host: str) -> Lacks:
    if _version(record.event_version)[0] != 1:
        return "version"
    if host:
        return ""
    if category == "NetworkActivity":
        return "network-activity"
    if record.tls_details is not None:
        return "host"
    return "old-version" if _version(record.event_version) < (1, 8) else "service"


@lru_cache(maxsize=256)
def _version(text: str | None) -> tuple[int, int]:
    """As numbers: 1.10 is after 1.9. A record that says none is as old as they get."""
    major, _, minor = (text or "1.0").partition(".")
    return (int(major) if major.isdecimal() else 0, int(minor) if minor.isdecimal() else 0)


@lru_cache(maxsize=4096)
def bare_host(source: str, header: str) -> str:
    """The host of a Host header, without what each call has of its own: bucket, account."""
    host = header.strip().rstrip(".").removesuffix(":443").rstrip(".")
    if not host.isascii():
        return host  # the name of nothing, though in lower case it may look like one
    host = host.lower()
    labels = host.split(".")
    for at, label in enumerate(labels):
        if label.startswith("vpce-"):
            keeps = at and labels[at - 1] in S3_LABELS
            return ".".join(labels[at - 1 if keeps else at :])
    if source == "sts" and labels[0] == _STS_GLOBALLY and host.endswith(".amazonaws.com"):
        return "sts.amazonaws.com"
    return probe_name(source, host)
