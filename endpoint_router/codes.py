"""Every code once: its error, whether a retry helps, which setting speaks, what it means.

A code is a plain string that people alert on. The page ``docs/reference/codes.md`` is drawn from
this table (:mod:`.codes_page`); the way out of one particular call is worded in
:mod:`endpoint_router.routing.remedies`. Here facts and nothing else: this module imports none of
ours. Codes are public: none changes its meaning.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Error = Literal["EndpointDenied", "EndpointUnverified", "PolicyError"]
Refused = Literal["denied", "unverified"]
Cure = Literal["endpoint", "waiver", "person"]

#: Of a decision that refuses nothing.
ALLOWED = "allowed"


class Code(Struct, frozen=True):
    """What is known about one code."""

    error: Error
    #: For people, in Markdown.
    meaning: str
    way_out: str
    #: Which setting speaks; empty: whichever binds the call first.
    setting: str = ""
    #: The network ruled an endpoint out, which says more than that it was never eligible.
    observed: bool = False
    #: What a plan makes of it: a VPC endpoint, a waiver of FIPS, or somebody's work.
    cure: Cure = "person"

    @property
    def retried(self) -> bool:
        """Does botocore try again, and may that help?"""
        return self.error == "EndpointUnverified"

    @property
    def outcome(self) -> Refused:
        """What becomes of a call that is refused with it."""
        return "unverified" if self.retried else "denied"


#: In the order of the page.
TABLE: dict[str, Code] = {}


def _code(
    code: str,
    setting: str,
    meaning: str,
    way_out: str,
    *,
    error: Error = "EndpointDenied",
    observed: bool = False,
    cure: Cure = "person",
) -> str:
    TABLE[code] = Code(error, meaning, way_out, setting, observed, cure)
    return code


# --- calls

FIPS_ABSENT = _code(
    "fips.absent",
    "fips",
    "DNS says for certain that the FIPS host does not exist.",
    "Use a region that has one, or [waive](../how-to/waive-a-service.md) the service.",
    observed=True,
    cure="waiver",
)
FIPS_NO_BASIS = _code(
    "fips.no_basis",
    "fips",
    "Nothing shows that the host is FIPS, or nothing as strong as `fips_basis` wants.",
    "Of AWS's own services: use a region or operation with a FIPS endpoint, or "
    "[waive](../how-to/waive-a-service.md) the service. Of services of your own: attest FIPS where "
    'you declare the endpoint, with `fips_basis = "attested"` in force.',
    cure="waiver",
)
FIPS_DATA_OVERRIDDEN = _code(
    "fips.data_overridden",
    "fips",
    "A file under `AWS_DATA_PATH` or `~/.aws/models` replaces botocore's endpoint data, so it "
    "proves nothing about FIPS.",
    "Remove that file.",
)
PRIVATE_PUBLIC_ADDRESS = _code(
    "private.public_address",
    "private",
    "Each address of the host lies outside the trusted networks.",
    "Declare a VPC endpoint, enable private DNS on it, or add your network to `network.private`.",
    observed=True,
    cure="endpoint",
)
PRIVATE_MIXED = _code(
    "private.mixed",
    "private",
    "Some addresses of the host lie outside the trusted networks.",
    "As above; look for a stray record, often an AAAA.",
    observed=True,
    cure="endpoint",
)
PRIVATE_ABSENT = _code(
    "private.absent",
    "private",
    "DNS says for certain that the host which should be private does not exist.",
    "As above; check the endpoint's name for typing errors.",
    observed=True,
    cure="endpoint",
)
PRIVATE_PREFIX_LIST = _code(
    "private.prefix_list",
    "private",
    "A gateway endpoint is declared for the host, and an address of the host lies outside its "
    "`prefix_list`.",
    "Correct the list (`aws ec2 get-managed-prefix-list-entries`), or leave it out.",
    observed=True,
)
PRIVATE_NO_ENDPOINT = _code(
    "private.no_endpoint",
    "private",
    "`private` and `fips` are both required, and the endpoint that is declared does not count as "
    "FIPS; or an S3 endpoint is declared by a name that has no place for the bucket.",
    'Declare the FIPS endpoint of the service; for S3, use `connect = "address"` or path-style '
    "addressing.",
    observed=True,
    cure="endpoint",
)
PRIVATE_PEER = _code(
    "private.peer",
    "private",
    "A connection to a confirmed address leads to another one, outside the trusted networks: "
    "something redirects sockets.",
    "Remove what redirects them (a SOCKS library), or add its address to `network.private`.",
)
PRIVATE_PROXY = _code(
    "private.proxy",
    "private",
    "A proxy would carry the call, so nothing proves that it is private; a VPC endpoint with "
    '`connect = "address"` needs a direct connection.',
    "Add the host to `NO_PROXY`: [Work behind a proxy](../how-to/behind-a-proxy.md).",
    observed=True,
)
PRIVATE_UNPINNED = _code(
    "private.unpinned",
    "private",
    "The call relies on a private address, and its connections cannot be told where to dial: "
    "somebody has replaced the client's HTTP session, its `send` or the connections in its pools, "
    "as a cassette of vcrpy's does, or sends the request by himself, as kombu and s3transfer's CRT "
    "client do.",
    "Leave the client's HTTP session and its connections as botocore makes them (a test plays its "
    "cassette under `endpoint_router.testing`), or declare the VPC endpoint by its own "
    '`vpce-…` name (`connect = "name"`), which TLS proves to whoever connects.',
    observed=True,
)
PRIVATE_UNVERIFIED = _code(
    "private.unverified",
    "private",
    "DNS failed (time-out, SERVFAIL, …), so nothing proves that the host is private. A presigned "
    "URL is refused at once.",
    "Check `dns.servers` and the network.",
    error="EndpointUnverified",
)
REGION_NOT_ALLOWED = _code(
    "region.not_allowed",
    "allowed_regions",
    "The client's region, the signature's or the host's is not among `allowed_regions`, or the "
    "host is in no region: [Which regions are allowed](../explanation/how-it-decides.md"
    "#which-regions-are-allowed).",
    "Use an allowed region, or allow what the refusal names.",
)
REGION_UNKNOWN = _code(
    "region.unknown",
    "",
    "The client's region matches no partition that the installed botocore knows (`fips`, "
    "`rds-fips.us-east-1`, a newer partition), so its host is made up, and something is required.",
    "Give the client a real region; upgrade botocore for a new partition.",
)
REGIONAL_GLOBAL_HOST = _code(
    "regional.global_host",
    "regional",
    'The call would go to a global host, and `regional = "require"`.',
    "Give the client a region.",
)
DUAL_STACK_NONE = _code(
    "dual_stack.none",
    "dual_stack",
    'There is no dual-stack host, and `dual_stack = "require"`.',
    "Use a service and region that have one, or turn the demand off.",
    observed=True,
)
ENDPOINT_NONE = _code(
    "endpoint.none",
    "",
    "botocore knows no endpoint for this call with these settings.",
    "Read the reason, which is botocore's, and change the call.",
)
ENDPOINT_URL_UNDECLARED = _code(
    "endpoint_url.undeclared",
    "",
    "The `endpoint_url`, whoever named it, is neither AWS's own nor declared, and something is "
    'required, `endpoint_url = "deny"`, or there are `allowed_regions` and it is not AWS\'s.',
    "Remove it, or declare it under `[[custom_endpoints]]`.",
)
DATA_OVERRIDDEN = _code(
    "data.overridden",
    "",
    "A file under `AWS_DATA_PATH`, `~/.aws/models` or another path of botocore's loader names the "
    "host in the place of botocore's own data, and something is required, `allowed_regions` is set "
    'or `endpoint_url = "deny"`. '
    "A file that names no host differently is no override.",
    "Remove that file, or declare the host under `[[custom_endpoints]]`.",
)
TLS_UNVERIFIED = _code(
    "tls.unverified",
    "",
    "Something is required, and AWS's certificate is not verified: verification is off, or a proxy "
    "ends TLS itself and sees each request (`proxy_use_forwarding_for_https` with an `https://` "
    "proxy).",
    "Remove `verify=False`, or the empty `AWS_CA_BUNDLE` or `REQUESTS_CA_BUNDLE`; or "
    "`proxy_use_forwarding_for_https`, so that the proxy makes a tunnel.",
)
TLS_PLAINTEXT = _code(
    "tls.plaintext",
    "",
    "The call would use plain HTTP, and something is required.",
    "Remove `use_ssl=False` or the `http://` URL.",
)
ROUTE_CHANGED = _code(
    "route.changed",
    "",
    "Another endpoint became the policy's choice while the call was under way.",
    "Call again.",
    error="EndpointUnverified",
)
GUARD_CHANGED = _code(
    "guard.changed",
    "",
    "The request is about to go to another host than was decided on, or names another one in its "
    "`Host` header.",
    "Remove the handler that changes requests after signing, or sets that header.",
)

CLIENT_UNKNOWN = _code(
    "client.unknown",
    "",
    "Something is required, and nobody knows how to route the client: it is a fork's, of another "
    "copy of botocore, or lacks a part that botocore's have.",
    "Make it with the boto3, botocore or aiobotocore that is installed, or "
    "[waive](../how-to/waive-a-service.md) what is required in a rule for its service.",
)

# --- policy and use

POLICY_INVALID = _code(
    "policy.invalid",
    "",
    "A file, variable or argument cannot be read or understood.",
    "The error names the place, what was found and what was expected.",
    error="PolicyError",
)
POLICY_LOCKED = _code(
    "policy.locked",
    "",
    "Something would loosen a locked policy.",
    "Remove it, or change the locked policy: [Lock a policy](../how-to/lock-a-policy.md).",
    error="PolicyError",
)
POLICY_INSTALLED = _code(
    "policy.installed",
    "",
    "`install()` was called with a second, different policy.",
    "Call `uninstall()` first, or `attach()` for a single session.",
    error="PolicyError",
)
BOTOCORE_TOO_OLD = _code(
    "botocore.too_old",
    "",
    "botocore is older than 1.31.0 and would pass by the router in silence.",
    "Upgrade botocore.",
    error="PolicyError",
)
URL_INVALID = _code(
    "url.invalid",
    "",
    "`resolve` or `explain` was given something that is no absolute `http` or `https` URL with a "
    "host; `resolve`, one with a user name in it.",
    "Pass a URL as `https://billing.example/`.",
    error="PolicyError",
)
OPERATION_UNKNOWN = _code(
    "operation.unknown",
    "",
    "`explain` was asked about an operation that the service does not have.",
    "Spell it as the API or as Python does: `PutObject` or `put_object`.",
    error="PolicyError",
)
