"""Each variant is the host that a plain client of botocore's would use, on the basis that is told.

The hosts are those of requests that botocore has ready to send; the basis is held against its
``endpoints.json``, read as a file.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.session import Session

from endpoint_router.catalog.reading import Catalog
from endpoint_router.catalog.values import BASES, VARIANTS, Row

#: A call that needs no parameters.
CALLS = {
    "cloudwatch": "list_metrics",
    "dynamodb": "list_tables",
    "ecr": "describe_registry",
    "iam": "list_users",
    "kms": "list_keys",
    "s3": "list_buckets",
    "stepfunctions": "list_state_machines",
    "sts": "get_caller_identity",
}
#: The last, which older botocores lack, has no dual-stack hosts, as far as their clients know.
REGIONS = ("us-east-1", "us-gov-west-1", "eu-isoe-west-1")


class _Sent(Exception):
    """A request was ready to be sent, to this host."""


def _stop(request: Any, **_: Any) -> AWSResponse:
    raise _Sent(re.sub(r"https://([^/]+)/.*", r"\1", request.url))


def sent_to(service: str, call: str, region: str, /, **parameters: Any) -> str:
    """The host of a plain client's call; empty where botocore makes no such client or request."""
    flags = {
        name: parameters.pop(name, False)
        for name in ("use_fips_endpoint", "use_dualstack_endpoint")
    }
    try:
        client = Session().create_client(
            service,
            region,
            aws_access_key_id="a",
            aws_secret_access_key="b",
            config=Config(ignore_configured_endpoint_urls=True, **flags),
        )
        client.meta.events.register("before-send", _stop)
        getattr(client, call)(**parameters)
    except BotoCoreError:
        return ""
    except _Sent as sent:
        return str(sent)
    raise AssertionError("nothing was sent")


@pytest.mark.parametrize("service", CALLS)
def test_what_a_client_of_botocores_would_use(known: Catalog, service: str) -> None:
    for row in known.rows(service, [region for region in REGIONS if region in known.regions]):
        if row.operation:
            continue
        for variant, fips, dual_stack in (
            ("standard", False, False),
            ("fips", True, False),
            ("dual_stack", False, True),
            ("fips_dual_stack", True, True),
        ):
            host = sent_to(
                service,
                CALLS[service],
                row.region,
                use_fips_endpoint=fips,
                use_dualstack_endpoint=dual_stack,
            )
            endpoint = row.variant(variant)
            if endpoint.name or not host:
                assert endpoint.name == host, (row.region, variant)
            else:  # botocore sends it somewhere, and nothing says that it is FIPS
                assert "fips" not in host
                assert endpoint.why


def test_operations_that_go_elsewhere(known: Catalog) -> None:
    main, other = known.rows("servicediscovery", ["us-west-2"])
    assert main.operation == ""
    assert other.label == "servicediscovery.DiscoverInstances"
    assert (other.standard.name, other.standard.basis) == (
        sent_to(
            "servicediscovery",
            "discover_instances",
            "us-west-2",
            NamespaceName="n",
            ServiceName="s",
        ),
        "ruleset",
    )
    operations = Session().get_service_model("servicediscovery").operation_names
    assert main.operations + other.operations == len(operations)


def test_the_account_and_the_bucket_do_not_show(known: Catalog) -> None:
    for service, host in (("s3control", "s3-control"), ("s3", "s3")):
        row = next(known.rows(service, ["eu-west-1"]))
        assert row.standard.name == f"{host}.eu-west-1.amazonaws.com"


def test_the_regional_twin_of_a_global_host(known: Catalog) -> None:
    row = next(known.rows("s3", ["us-east-1"]))
    assert row.standard.name == "s3.amazonaws.com"
    assert row.regional.name == "s3.us-east-1.amazonaws.com"
    row = next(known.rows("iam", ["us-east-1"]))
    assert row.standard.name == "iam.amazonaws.com"
    assert (row.regional.name, row.regional.why) == ("", "the host is a global one")


def _variants(partitions: list[Any]) -> dict[tuple[str, ...], set[str]]:
    """Tags to the hosts that are written for a region with them."""
    hosts: dict[tuple[str, ...], set[str]] = {}
    for partition in partitions:
        for service, table in partition["services"].items():
            for region, endpoint in table.get("endpoints", {}).items():
                for variant in endpoint.get("variants", ()):
                    suffix = variant.get("dnsSuffix", partition["dnsSuffix"])
                    if "hostname" in variant:
                        hosts.setdefault(tuple(sorted(variant["tags"])), set()).add(
                            variant["hostname"].format(
                                service=service, region=region, dnsSuffix=suffix
                            )
                        )
    return hosts


def test_listed_is_what_endpoints_json_has(rows: list[Row]) -> None:
    file = Path(Loader.BUILTIN_DATA_PATH, "endpoints.json")
    partitions = json.loads(file.read_bytes())["partitions"]
    hosts = _variants(partitions)
    for variant, known in (
        ("fips", hosts["fips",] | hosts["dualstack", "fips"]),
        ("dual_stack", hosts["dualstack",]),
    ):
        listed = {
            row.variant(variant).name for row in rows if row.variant(variant).basis == "listed"
        }
        assert len(listed) >= 5
        assert listed <= known
        # What is not in the file is nothing but the ruleset's word.
        others = {
            row.variant(variant).name for row in rows if row.variant(variant).basis == "ruleset"
        }
        assert len(others) > 200
        assert not any(re.search(r"\b(kms|sqs)-fips\.us-", host) for host in others)


def test_every_cell_has_a_basis_or_a_reason(rows: list[Row]) -> None:
    for row in rows:
        for variant in VARIANTS:
            endpoint = row.variant(variant)
            assert bool(endpoint.name) is (endpoint.basis in BASES), (row.label, variant)
            assert bool(endpoint.name) is not bool(endpoint.why), (row.label, variant)


def test_named_says_fips(known: Catalog, rows: list[Row]) -> None:
    named = {row.privatelink_fips.name for row in rows if row.privatelink_fips.basis == "named"}
    assert "com.amazonaws.us-gov-west-1.kms-fips" in named
    assert all("fips" in name for name in named)
    # One service serves both hosts of CloudWatch, and its name does not tell.
    both = next(known.rows("cloudwatch", ["us-east-1"])).privatelink_fips
    assert (both.name, both.basis) == ("com.amazonaws.us-east-1.monitoring", "documented")


def test_all_services_are_there(known: Catalog, rows: list[Row]) -> None:
    assert {row.service for row in rows} == set(known.services)
    assert set(Session().get_available_services()) == set(known.services)
