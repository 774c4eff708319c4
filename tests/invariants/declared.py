"""Situations in which everything may be declared: a policy, a call, and what DNS says, drawn.

Here is what may be the case; what may come of it is judged by the tests.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from botocore.credentials import Credentials
from hypothesis import strategies as st

from endpoint_router.routing.answer import Answer
from tests.kinds.table import interface, vpce

ACCOUNT, BUCKET, POINT = "111122223333", "zzbucket", "zzpoint"
#: botocore before 1.35 knows no account ids of credentials.
_KNOWS_ACCOUNTS = "account_id" in inspect.signature(Credentials).parameters
OF_ACCOUNT: dict[str, Any] = {"account_id": ACCOUNT} if _KNOWS_ACCOUNTS else {}
DYNAMODB = f"{ACCOUNT}.ddb" if OF_ACCOUNT else "dynamodb"
SECRETS = (ACCOUNT, BUCKET, POINT, "s3cret")

KMS, KMS_FIPS = vpce("kms"), vpce("kms-fips", id="1")
HERE, THERE = (KMS.replace("-abcdefgh.", f"-abcdefgh-us-east-1{zone}.") for zone in "ab")
OWN = vpce("vpce-svc-0fedcba9876543210")

#: Service, operation and parameters.
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "kms": ("kms", "list_keys", {}),
    "bucket": ("s3", "list_objects_v2", {"Bucket": BUCKET}),
    "dotted": ("s3", "list_objects_v2", {"Bucket": f"{BUCKET}.example"}),
    "access point": (
        "s3",
        "list_objects_v2",
        {"Bucket": f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/{POINT}"},
    ),
    "express": ("s3", "list_objects_v2", {"Bucket": f"{BUCKET}--use1-az4--x-s3"}),
    "buckets": ("s3", "list_buckets", {}),
    "control": ("s3control", "list_access_points", {"AccountId": ACCOUNT}),
    "tables": ("dynamodb", "list_tables", {}),
    "prefix": (
        "stepfunctions",
        "start_sync_execution",
        {"stateMachineArn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m"},
    ),
}
URLS = [
    None,
    "https://store.example:9000",
    "https://STORE.example.:9000",
    "https://store.example",
    "http://store.example:9000",
    f"https://user:s3cret@{OWN}:9000",
    f"https://{OWN}:9000",
    f"https://{OWN}",
    f"https://{KMS}",
    f"https://{THERE}",
    f"https://bucket.{vpce('s3')}",
    "https://kms.eu-west-1.amazonaws.com",
    "https://s3-eu-west-1.amazonaws.com",
]


def gateway(service: str, region: str, *networks: str) -> dict[str, Any]:
    entry = {"type": "gateway", "service": service, "region": region}
    return {**entry, "prefix_list": list(networks)} if networks else entry


_ATTESTED = {"fips": True, "reason": "its TLS is validated"}
STORE = ["store.example:9000", "*.store.example:9000"]
ENDPOINTS = [
    interface(KMS, HERE, THERE),
    interface(KMS_FIPS),
    interface(KMS_FIPS, serves=["kms.us-east-1.amazonaws.com", "kms-fips.us-east-1.amazonaws.com"]),
    interface(f"*.{vpce('s3')}"),
    interface(f"*.{vpce('s3', 'eu-west-1')}"),
    interface(vpce("s3-fips"), connect="address"),
    interface(vpce("dynamodb")),
    interface(vpce("sync-states")),
    interface(OWN, serves=STORE),
    interface(OWN, serves=STORE, connect="address"),
    interface(OWN, serves=STORE, connect="address", **_ATTESTED),
    interface(OWN, serves=["store.example"]),
    gateway("s3", "us-east-1"),
    gateway("s3", "us-east-1", "52.94.0.0/16"),
    gateway("s3", "eu-west-1", "52.94.0.0/16"),
    gateway("s3express", "us-east-1"),
    gateway("dynamodb", "us-east-1", "52.94.0.0/16"),
    gateway("dynamodb", "eu-west-1"),
]
#: What an entry says when it may concern a call.
CONCERNS = {"kms": "kms", "tables": "dynamodb", "prefix": "sync-states"}
CUSTOM = {"url": "https://*.example:9000", "services": ["s3"], "reason": "ours"}
CUSTOMS = [CUSTOM, {**CUSTOM, "private": True}, {**CUSTOM, "fips": True}]

SAYINGS: dict[str, dict[str, Any]] = {
    "private": {"status": "answered", "addresses": ("10.20.0.10",)},
    "listed": {"status": "answered", "addresses": ("52.94.0.10",)},
    "public": {"status": "answered", "addresses": ("52.95.0.10", "52.94.0.10")},
    "mixed": {"status": "answered", "addresses": ("10.20.0.10", "52.94.0.10")},
    "half": {"status": "answered", "addresses": ("10.20.0.10",), "unanswered": ("AAAA",)},
    "half listed": {"status": "answered", "addresses": ("52.94.0.10",), "unanswered": ("AAAA",)},
    "absent": {"status": "absent", "detail": "NXDOMAIN"},
    "failed": {"status": "failed", "detail": "SERVFAIL"},
}


@dataclass
class Situation:
    """A policy, a call, and what DNS says."""

    call: str
    region: str
    url: str | None
    policy: dict[str, Any]
    dns: dict[str, str]
    config: dict[str, Any]
    verify: bool

    def said(self, name: str) -> str:
        """By kind of name, since the names themselves are the ruleset's."""
        kinds = (HERE, THERE, ".vpce.", "store.example", "fips", "")
        return self.dns[next(one for one in kinds if one in name)]

    def lookup(self, name: str, _timeout: float) -> Answer:
        return Answer(name, **SAYINGS[self.said(name)], ttl=60)

    def demands(self, setting: str) -> Any:
        return self.policy["defaults"].get(setting)

    def declared(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.policy["vpc_endpoints"] if one["type"] == kind]


@st.composite
def situations(draw: st.DrawFn, mode: str = "enforce") -> Situation:
    demand = st.sampled_from(["off", "prefer", "require"])
    rarely = st.sampled_from(["off"] * 7 + ["require"])
    names = (HERE, THERE, ".vpce.", "store.example", "fips", "")
    words = st.sampled_from(sorted(SAYINGS))
    # What is declared is private, mostly: otherwise nearly everything is refused.
    of_endpoints = st.sampled_from(["private"] * 4 + sorted(SAYINGS))
    call, url = draw(st.sampled_from(sorted(CALLS))), draw(st.sampled_from([None] * 20 + URLS))
    about = "vpce-svc" if url and ".example" in url else CONCERNS.get(call, "s3")
    relevant = [one for one in ENDPOINTS if about in str(one)]
    return Situation(
        call=call,
        region=draw(st.sampled_from(["us-east-1", "us-east-1", "eu-west-1"])),
        url=url,
        policy={
            "mode": mode,
            "log": {"decisions": "logger"},
            "defaults": {
                "fips": draw(demand),
                "fips_basis": draw(st.sampled_from(["listed", "named", "ruleset", "attested"])),
                "private": draw(demand),
                "dual_stack": draw(rarely),
                "regional": draw(rarely),
                "allowed_regions": draw(st.sampled_from([[], [], ["us-*"]])),
                "account_id_hosts": draw(st.sampled_from(["auto", "off"])),
            },
            "vpc_endpoints": [
                *draw(st.lists(st.sampled_from(relevant), max_size=3)),
                *draw(st.lists(st.sampled_from(ENDPOINTS), max_size=1)),
            ],
            "custom_endpoints": draw(st.lists(st.sampled_from(CUSTOMS), max_size=1)),
            "network": {"zone": draw(st.sampled_from(["us-east-1a", "use1-az1", "none"]))},
        },
        dns={one: draw(of_endpoints if "vpce" in one else words) for one in names},
        config=draw(
            st.sampled_from(
                [
                    {},
                    {},
                    {"use_fips_endpoint": True},
                    {"s3": {"addressing_style": "virtual"}},
                    {"s3": {"addressing_style": "path"}},
                ]
            )
        ),
        verify=draw(st.sampled_from([True] * 9 + [False])),
    )


def quiet(
    call: str,
    *endpoints: dict[str, Any],
    url: str | None = None,
    says: str = "listed",
    **defaults: Any,
) -> Situation:
    """A situation in which nothing else stands in the way. *says*: DNS, of hosts of AWS's."""
    policy = {
        "mode": "enforce",
        "log": {"decisions": "logger"},
        "defaults": defaults or {"private": "require"},
        "vpc_endpoints": list(endpoints),
        "custom_endpoints": [],
        "network": {"zone": "us-east-1a"},
    }
    dns = {HERE: "private", THERE: "private", ".vpce.": "private"}
    dns |= {"store.example": "listed", "fips": "absent", "": says}
    return Situation(call, "us-east-1", url, policy, dns, config={}, verify=True)
