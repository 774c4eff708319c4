"""Draws a world from a seed: a few of the many things that may be, most of them quiet.

Whatever is drawn has to be a policy that loads and a client that can be made; whether the call is
allowed, or even makes sense, does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

from .aws_hosts import PARTITIONS, named, partition_of, real_region
from .calls import CALLS, Call
from .world import SAYINGS, Handler, World

T = TypeVar("T")

_REGIONS = (
    *("us-east-1",) * 6,
    *("eu-west-1",) * 2,
    *("us-gov-west-1",) * 4,
    *("us-west-2", "us-gov-east-1", "cn-north-1", "cn-northwest-1", "us-iso-east-1"),
    *("aws-global", "aws-us-gov-global", "fips-us-gov-west-1", "us-east-1-fips"),
    *("us-esat-1", "useast1", None),
)
_ALLOWED = (["us-gov-*"], ["us-*"], ["eu-*"], ["us-east-1"], ["*"], ["us-east-1", "eu-west-1"])
_STORE = "store.example"
_STRANGERS = (
    "https://evil.example",
    f"https://{_STORE}:9000",
    f"https://{_STORE}",
    f"http://{_STORE}:9000",
    "https://10.20.0.10",
    "https://kms.eu-west-1.amazonaws.com.evil.example",
    "https://sqs.eu-west-1.amazonaws.com",
    "https://sts.amazonaws.com",
    "https://kms-fips.us-east-1.amazonaws.com",
)
_SAYINGS = (*SAYINGS, "private", "public", "public", "mixed", "NXDOMAIN")


class _Draw:
    """Chance, by words."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def once_in(self, times: float) -> bool:
        return self._random.random() * times < 1

    def of(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def some(self, choices: Sequence[T], most: int) -> list[T]:
        return self._random.sample(choices, self._random.randint(0, min(most, len(choices))))


def world_of(seed: int) -> World:
    """The world with this *seed*."""
    draw = _Draw(seed)
    name = draw.of(tuple(CALLS))
    call = CALLS[name]
    region = draw.of(_REGIONS)
    policy = _policy(draw, name, call, region)
    made: dict[str, Any] = {"policy": policy, "config": _config(draw, call), "client": {}}
    environ, profile = _sources(draw, name, call, region, policy, made["client"])
    handlers = _handlers(draw, name, call, region) if draw.once_in(5) else ()
    changing = draw.once_in(6)
    if draw.once_in(12):
        made["client"]["verify"] = False
    if draw.once_in(25):
        made["client"]["use_ssl"] = False
    return World(
        seed=seed,
        call=name,
        region=region,
        environ=environ,
        profile=profile,
        handlers=handlers,
        dns=_dns(draw, name, region, policy, changing),
        changes=draw.of(["look-up", "call"]),
        dead=tuple(draw.of([("10.20.0.10",), ("52.94.0.10",)]) if draw.once_in(20) else ()),
        tampering=draw.of(["http_session", "verify", "host"]) if draw.once_in(25) else "",
        answers=_answers(draw),
        bucket_region=draw.of(["eu-west-1", "us-west-2", "us-gov-east-1"])
        if call.parameters.get("Bucket") in ("zzbucket", "zz.bucket") and draw.once_in(6)
        else "",
        redirect=draw.of([301, 307]),
        discovered=draw.of(
            [
                f"query-cell1.timestream.{real_region(region)}.amazonaws.com",
                "evil.example",
                "query.timestream.us-east-1.amazonaws.com",
                "realtime.machinelearning.us-east-1.amazonaws.com",
            ]
        )
        if name in ("timestream", "predict", "tables")
        else "",
        calls=2 if changing or draw.once_in(6) else 1,
        presigned=draw.of(["url", "url", "post"]) if draw.once_in(9) else "",
        account=draw.once_in(3),
        overridden=draw.of(["endpoint-rule-set-1", "service-2"]) if draw.once_in(40) else "",
        **made,
    )


# --- the policy


def _policy(draw: _Draw, name: str, call: Call, region: str | None) -> dict[str, Any]:
    if draw.once_in(12):
        return {}
    policy: dict[str, Any] = {"defaults": _settings(draw, region)}
    if draw.once_in(8):
        policy["mode"] = draw.of(["off", "report"])
    if draw.once_in(4):
        policy["rules"] = [_rule(draw, call, region) for _ in range(draw.of([1, 1, 2]))]
    endpoints = []
    if call.label:
        endpoints = [_interface(draw, name, call, region) for _ in range(draw.of([0, 0, 1, 1, 2]))]
    if draw.once_in(6):
        endpoints.append(_gateway(draw, region))
    if endpoints:
        policy["vpc_endpoints"] = endpoints
    if draw.once_in(6):
        policy["custom_endpoints"] = [_custom(draw, call, region)]
    if draw.once_in(7):
        policy["network"] = {"private": draw.of([["10.20.0.0/16"], ["10.20.0.0/16", "2002::/16"]])}
    if draw.once_in(8):
        policy["dns"] = {"servers": ["10.20.0.2"]}
    return policy


def _settings(draw: _Draw, region: str | None) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    here = [_known(region)]
    for name, odds, values in (
        ("fips", 2, ("require", "require", "require", "prefer", "off")),
        ("private", 2, ("require", "require", "prefer", "off")),
        ("dual_stack", 12, ("require", "prefer", "off")),
        ("regional", 8, ("require", "off")),
        ("allowed_regions", 2.5, (*_ALLOWED, here, here)),
        ("endpoint_url", 6, ("deny", "deny", "check")),
        ("fips_basis", 5, ("listed", "named", "ruleset", "attested")),
        ("presigned", 6, ("routed",)),
        ("account_id_hosts", 8, ("off",)),
    ):
        if draw.once_in(odds):
            settings[name] = draw.of(values)
    return settings


def _known(region: str | None) -> str:
    """A region that a policy may name: misspelt ones are errors there."""
    name = real_region(region)
    return name if any(name in entry["regions"] for entry in PARTITIONS) else "us-east-1"


def _rule(draw: _Draw, call: Call, region: str | None) -> dict[str, Any]:
    rule: dict[str, Any] = {"reason": "SEC-1"}
    if draw.once_in(1.5):
        rule["services"] = [draw.of([call.service, call.service, "*", "ec2"])]
    if draw.once_in(5):
        rule["operations"] = [draw.of([call.operation, "List*", "Get*"])]
    if draw.once_in(5):
        rule["regions"] = [draw.of([_known(region), "us-*", "eu-west-1"])]
    if draw.once_in(8):
        rule["partitions"] = [draw.of(["aws", "aws-us-gov", "aws*"])]
    return {**_settings(draw, region), **rule}


def vpce(label: str, region: str, id: str = "0") -> str:
    """The DNS name of an interface endpoint."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"vpce-0123456789abcdef{id}-abcdefgh.{label}.{region}.vpce.{suffix}"


def _interface(draw: _Draw, name: str, call: Call, region: str | None) -> dict[str, Any]:
    where = draw.of([real_region(region)] * 5 + ["us-east-1"])
    fips = draw.once_in(3)
    host = vpce(call.label + ("-fips" if fips else ""), where, draw.of("01"))
    entry: dict[str, Any] = {"type": "interface", "dns_names": [host]}
    if call.label == "s3":
        entry["dns_names"] = [f"*.{host}"]
    serves = sorted(named(name, where, fips=fips or draw.once_in(4), dual_stack=draw.once_in(9)))
    if call.label == "s3":
        label = "s3-fips" if fips else "s3"
        serves = [f"{label}.{where}.amazonaws.com", f"*.{label}.{where}.amazonaws.com"]
    if serves:
        # Not every name tells what it serves.
        entry["serves"] = serves
    if draw.once_in(3):
        entry["connect"] = "address"
    if draw.once_in(8) and not fips:
        entry |= {"fips": True, "reason": "its TLS is validated"}
    return entry


def _gateway(draw: _Draw, region: str | None) -> dict[str, Any]:
    service = draw.of(["s3", "dynamodb", "s3express"])
    here = real_region(region)
    region = here if partition_of(here) else "us-east-1"
    entry = {"type": "gateway", "service": service, "region": region}
    if draw.once_in(2):
        entry["prefix_list"] = [draw.of(["52.94.0.0/16", "52.92.0.0/17"])]
    return entry


def _custom(draw: _Draw, call: Call, region: str | None) -> dict[str, Any]:
    urls = [
        f"https://{_STORE}:9000",
        f"https://{_STORE}",
        "https://*.timestream.us-east-1.amazonaws.com",
    ]
    entry: dict[str, Any] = {"url": draw.of(urls), "services": [draw.of([call.service, "*"])]}
    for claim in ("fips", "private"):
        if draw.once_in(3):
            entry |= {claim: True, "reason": "attested"}
    return entry


# --- the application


def _config(draw: _Draw, call: Call) -> dict[str, Any]:
    attempts = draw.of([0, 1, 2])
    config: dict[str, Any] = {
        "retries": {"mode": draw.of(["legacy", "standard", "adaptive"]), "max_attempts": attempts}
    }
    for name, odds, values in (
        ("use_fips_endpoint", 10, (True, True, False)),
        ("use_dualstack_endpoint", 12, (True,)),
        ("inject_host_prefix", 12, (False,)),
        ("signature_version", 15, ("v4", "s3v4", "s3")),
        (
            "proxies",
            15,
            ({"https": "http://proxy.example:3128"}, {"https": "https://proxy.example"}),
        ),
        ("account_id_endpoint_mode", 10, ("disabled", "required", "preferred")),
        ("endpoint_discovery_enabled", 8, (True,)),
        ("tcp_keepalive", 30, (True,)),
    ):
        if draw.once_in(odds):
            config[name] = draw.of(values)
    if config.get("proxies") and draw.once_in(3):
        config["proxies"] = {"https": "https://proxy.example"}
        config["proxies_config"] = {"proxy_use_forwarding_for_https": True}
    if call.service != "s3":
        config.pop("signature_version", None)
    elif draw.once_in(2.5):
        config["s3"] = draw.of(
            [
                {"addressing_style": "path"},
                {"addressing_style": "virtual"},
                {"use_accelerate_endpoint": True},
                {"use_arn_region": False},
                {"us_east_1_regional_endpoint": "regional"},
                {"us_east_1_regional_endpoint": "legacy"},
                {"payload_signing_enabled": True},
            ]
        )
    return config


def _urls(draw: _Draw, name: str, call: Call, region: str | None, policy: Any) -> str:
    """A URL that somebody might configure."""
    here = real_region(region)
    where = draw.of([here, here, here, "us-east-1", "us-west-2"])
    # A bucket's own host is nobody's endpoint_url.
    base = "buckets" if call.service == "s3" else name
    hosts = sorted(named(base, where, fips=draw.once_in(2), dual_stack=draw.once_in(6)))
    urls = [f"https://{host}" for host in hosts]
    urls += [f"{draw.of(['http', 'https'])}://{host}:8443" for host in hosts[:1]]
    urls += [f"http://{host}" for host in hosts[:1]]
    urls += [f"https://{host.upper()}." for host in hosts[:1]]
    for entry in policy.get("vpc_endpoints", ()):
        urls += [f"https://{n.replace('*', 'bucket')}" for n in entry.get("dns_names", ())] * 2
    if call.label:
        urls.append(f"https://{vpce(call.label, here, '7')}")
    return draw.of([*urls, *urls, *_STRANGERS])


def _sources(
    draw: _Draw, name: str, call: Call, region: str | None, policy: Any, client: dict[str, Any]
) -> tuple[dict[str, str], str]:
    """Variables and a profile; an argument goes into *client*."""
    environ: dict[str, str] = {}
    profile: list[str] = []
    services: list[str] = []
    if draw.once_in(4):
        url = _urls(draw, name, call, region, policy)
        where = draw.of(["argument", "argument", "variable", "service", "profile", "section"])
        if where == "argument":
            client["endpoint_url"] = url
        elif where == "variable":
            environ["AWS_ENDPOINT_URL"] = url
        elif where == "service":
            environ[f"AWS_ENDPOINT_URL_{call.service.upper().replace('-', '_')}"] = url
        elif where == "profile":
            profile.append(f"endpoint_url = {url}")
        else:
            profile.append("services = mine")
            key = "sfn" if call.service == "stepfunctions" else call.service
            services = ["[services mine]", f"{key} =", f"  endpoint_url = {url}"]
    if draw.once_in(20):
        profile.append("use_fips_endpoint = true")
    if draw.once_in(30):
        environ["AWS_USE_FIPS_ENDPOINT"] = "true"
    if draw.once_in(12):
        proxy = draw.of(["http://proxy.example:3128", "https://proxy.example:3129"])
        environ["HTTPS_PROXY"] = proxy
        if draw.once_in(2):
            environ["NO_PROXY"] = draw.of(
                [".amazonaws.com", ".vpce.amazonaws.com", "kms.us-east-1.amazonaws.com"]
            )
    if draw.once_in(20):
        profile += [
            "role_arn = arn:aws:iam::111122223333:role/r",
            "credential_source = Environment",
        ]
        profile += ["region = us-east-1"]
    text = "\n".join(["[default]", *profile, *services, ""]) if profile else ""
    return environ, text


def _handlers(draw: _Draw, name: str, call: Call, region: str | None) -> tuple[Handler, ...]:
    url = _urls(draw, name, call, region, {})
    event = draw.of(["resolution", "resolution", "resolution", "call", "created", "sign", "send"])
    if event == "resolution":
        sets, value = draw.of(
            [
                ("region", draw.of(["us-east-1", "us-gov-west-1", "eu-west-1"])),
                ("url", url),
                ("url", url),
                ("fips", draw.of([True, False])),
            ]
        )
        return (Handler("before-endpoint-resolution", sets, value),)
    if event == "sign" and draw.once_in(3):
        return (
            Handler(
                "before-sign", "Host", draw.of(["evil.example", "kms.eu-west-1.amazonaws.com"])
            ),
        )
    names = {
        "call": "before-call",
        "created": "request-created",
        "sign": "before-sign",
        "send": "before-send",
    }
    return (Handler(names[event], "url", url),)


# --- the network and AWS


def _dns(
    draw: _Draw, name: str, region: str | None, policy: Any, changing: bool
) -> dict[str, tuple[str, ...]]:
    here = real_region(region)
    hosts: list[str] = []
    if partition_of(here):
        for fips in (False, True):
            hosts += sorted(named(name, here, fips=fips, dual_stack=False))
    dns: dict[str, tuple[str, ...]] = {}
    for host in draw.some(hosts, 3):
        dns[draw.of([host, f".{host}"])] = _words(draw, changing)
    if draw.once_in(3):
        dns[".amazonaws.com"] = _words(draw, changing)
    if draw.once_in(6):
        # Names of VPC endpoints, before what stands for all.
        dns = {".vpce.amazonaws.com": _words(draw, changing), **dns}
    if draw.once_in(4):
        dns[_STORE] = _words(draw, changing)
    return dns


def _words(draw: _Draw, changing: bool) -> tuple[str, ...]:
    return tuple(draw.of(_SAYINGS) for _ in range(draw.of([2, 3]) if changing else 1))


def _answers(draw: _Draw) -> tuple[str, ...]:
    if not draw.once_in(6):
        return ()
    return tuple(draw.of(["500", "503", "reset", "throttled"]) for _ in range(draw.of([1, 1, 2])))
