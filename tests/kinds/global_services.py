"""Global services: one host for all regions, signed for a region that is not the client's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .table import Kind, Row, interface, policy, vpce

#: Where an older botocore names another host, or signs for another region.
_SINCE = (1, 44, 0)

#: An operation that needs no parameters.
_CALLS = {
    "cloudfront": "list_distributions",
    "health": "describe_events",
    "iam": "list_users",
    "networkmanager": "describe_global_networks",
    "organizations": "list_accounts",
    "route53": "list_hosted_zones",
    "route53-recovery-control-config": "list_clusters",
    "savingsplans": "describe_savings_plans",
    "support": "describe_services",
}
_FIPS = policy(fips="require")


def _row(title: str, service: str, region: str | None, scope: str = "", **rest: Any) -> Row:
    """A call of a global *service*; *scope* is the signing region."""
    return Row(
        title=title,
        service=service,
        operation=_CALLS[service],
        region=region,
        policy=rest.pop("policy", {}),
        scope=f"{service}/{scope}" if scope else "",
        **rest,
    )


#: Title, service, client's region, FIPS or not, host, signing region. A star: only since _SINCE.
_HOSTS = """
IAM | iam | eu-west-1 | FIPS | iam-fips.amazonaws.com | us-east-1
Route 53 | route53 | eu-west-1 | FIPS | route53-fips.amazonaws.com | us-east-1
CloudFront | cloudfront | eu-west-1 | FIPS | cloudfront-fips.amazonaws.com | us-east-1
Organizations | organizations | eu-west-1 | FIPS | organizations-fips.us-east-1.amazonaws.com | us-east-1
*Network Manager | networkmanager | eu-west-1 | FIPS | networkmanager-fips.us-west-2.amazonaws.com | us-west-2
*A service in us-west-2 | route53-recovery-control-config | eu-west-1 | | route53-recovery-control-config.us-west-2.amazonaws.com | us-west-2
*FIPS moves it to us-east-1 | route53-recovery-control-config | eu-west-1 | FIPS | route53-recovery-control-config-fips.us-east-1.amazonaws.com | us-east-1
Health is signed for another region than its host's | health | eu-west-1 | FIPS | health-fips.eu-west-1.amazonaws.com | us-east-1
Health, no region | health | | | global.health.amazonaws.com | us-east-1
GovCloud: the plain host is the FIPS host | iam | us-gov-east-1 | FIPS | iam.us-gov.amazonaws.com | us-gov-west-1
GovCloud: Route 53 | route53 | us-gov-east-1 | FIPS | route53.us-gov.amazonaws.com | us-gov-west-1
GovCloud: Organizations | organizations | us-gov-east-1 | FIPS | organizations.us-gov-west-1.amazonaws.com | us-gov-west-1
*GovCloud: Support | support | us-gov-east-1 | FIPS | support.us-gov-west-1.amazonaws.com | us-gov-west-1
China: IAM is in Beijing | iam | cn-northwest-1 | | iam.cn-north-1.amazonaws.com.cn | cn-north-1
China: the others are in Ningxia | organizations | cn-north-1 | | organizations.cn-northwest-1.amazonaws.com.cn | cn-northwest-1
*aws-eusc | route53 | eusc-de-east-1 | | route53.amazonaws.eu | eusc-de-east-1
aws-iso | iam | us-iso-west-1 | | iam.us-iso-east-1.c2s.ic.gov | us-iso-east-1
aws-iso-b | route53 | us-isob-east-1 | | route53.sc2s.sgov.gov | us-isob-east-1
*aws-iso-e | route53 | eu-isoe-west-1 | | route53.cloud.adc-e.uk | eu-isoe-west-1
*aws-iso-f | route53 | us-isof-south-1 | | route53.csp.hci.ic.gov | us-isof-south-1
"""  # noqa: E501 - a table


def _hosts() -> Iterator[Row]:
    for line in _HOSTS.strip().splitlines():
        title, service, region, fips, host, scope = (cell.strip() for cell in line.split("|"))
        yield _row(
            title.removeprefix("*"),
            service,
            region or None,
            scope,
            policy=_FIPS if fips else {},
            url=f"https://{host}/",
            since=_SINCE if title.startswith("*") else (1, 31, 0),
        )


_ABSENT = {"support-fips.eu-west-1.amazonaws.com": "NXDOMAIN"}

_FORMED = (
    Row(
        title="Sustainability is signed for all regions at once",
        service="sustainability",
        operation="get_estimated_carbon_emissions",
        parameters={"TimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"}},
        region="eu-west-1",
        policy=_FIPS,
        url="https://sustainability-fips.global.api.aws/",
        scope="sustainability",
        headers={"X-Amz-Region-Set": "*"},
        since=_SINCE,
        sigv4a=True,
    ),
    _row(
        "botocore forms a FIPS host of Support that does not exist",
        "support",
        "eu-west-1",
        policy=_FIPS,
        dns=_ABSENT,
        code="fips.absent",
        says="support-fips.eu-west-1.amazonaws.com",
    ),
    _row(
        "With a waiver it goes to the plain host, signed as that wants",
        "support",
        "eu-west-1",
        "us-east-1",
        policy=policy(fips="prefer"),
        dns=_ABSENT,
        url="https://support.us-east-1.amazonaws.com/",
    ),
    _row(
        "Savings Plans likewise",
        "savingsplans",
        "eu-west-1",
        "us-east-1",
        policy=policy(fips="prefer"),
        dns={"savingsplans-fips.eu-west-1.amazonaws.com": "NXDOMAIN"},
        url="https://savingsplans.amazonaws.com/",
    ),
    _row(
        "China: no FIPS",
        "iam",
        "cn-north-1",
        policy=_FIPS,
        dns={
            "iam-fips.amazonaws.com.cn": "NXDOMAIN",
            "iam-fips.cn-north-1.amazonaws.com.cn": "NXDOMAIN",
        },
        code="fips.absent",
        says="amazonaws.com.cn",
    ),
)

_IAM = interface(vpce("iam"), serves=["iam.amazonaws.com"])

_ENDPOINTS = (
    _row(
        "An endpoint of `com.amazonaws.iam`",
        "iam",
        "eu-west-1",
        "us-east-1",
        policy=policy(_IAM, private="require"),
        url=f"https://{vpce('iam')}/",
    ),
    _row(
        "Its name carries no FIPS",
        "iam",
        "eu-west-1",
        policy=policy(_IAM, private="require", fips="require"),
        code="private.public_address",
        says="iam-fips.amazonaws.com",
    ),
    _row(
        "By address it is reached under the FIPS name",
        "iam",
        "eu-west-1",
        "us-east-1",
        policy=policy(
            interface(vpce("iam"), serves=["iam-fips.amazonaws.com"], connect="address"),
            private="require",
            fips="require",
        ),
        url="https://iam-fips.amazonaws.com/",
    ),
    _row(
        "An endpoint of `com.amazonaws.route53`",
        "route53",
        "eu-west-1",
        "us-east-1",
        policy=policy(
            interface(vpce("route53"), serves=["route53.amazonaws.com"]), private="require"
        ),
        url=f"https://{vpce('route53')}/",
    ),
    _row(
        "A name with the host's own region needs no `serves`",
        "organizations",
        "eu-west-1",
        "us-east-1",
        policy=policy(interface(vpce("organizations-fips")), private="require", fips="require"),
        url=f"https://{vpce('organizations-fips')}/",
    ),
    _row(
        "No endpoint",
        "cloudfront",
        "eu-west-1",
        policy=policy(private="require"),
        code="private.public_address",
        says="cloudfront.amazonaws.com",
    ),
    _row(
        "The service's own URL, where anything is demanded, is signed rightly",
        "iam",
        "eu-west-1",
        "us-east-1",
        arguments={"endpoint_url": "https://iam.amazonaws.com"},
        policy=policy(allowed_regions=["eu-*"]),
        url="https://iam.amazonaws.com/",
    ),
    _row(
        "A host without a region is exempt from `allowed_regions`",
        "iam",
        "eu-west-1",
        "us-east-1",
        policy=policy(allowed_regions=["eu-*"]),
        url="https://iam.amazonaws.com/",
    ),
    _row(
        "A host that names one is not",
        "organizations",
        "eu-west-1",
        policy=policy(allowed_regions=["eu-*"]),
        code="region.not_allowed",
        says="region us-east-1 (the signature's, the host's)",
    ),
    _row(
        "The exemption ends with the partition",
        "iam",
        "us-east-1",
        policy=policy(allowed_regions=["us-gov-*"]),
        code="region.not_allowed",
        says="all of partition aws",
    ),
    _row(
        "GovCloud's IAM is in GovCloud",
        "iam",
        "us-gov-east-1",
        "us-gov-west-1",
        policy=policy(allowed_regions=["us-gov-*"]),
        url="https://iam.us-gov.amazonaws.com/",
    ),
    _row(
        "FIPS gives Savings Plans a host in each region",
        "savingsplans",
        "eu-west-1",
        policy=policy(allowed_regions=["us-*"], fips="require"),
        code="region.not_allowed",
        says="region eu-west-1 (the client's, the host's)",
    ),
    _row(
        "Support is in us-east-1 for clients of all regions",
        "support",
        "eu-west-1",
        policy=policy(allowed_regions=["eu-*"]),
        code="region.not_allowed",
        says="us-east-1",
    ),
)

KIND = Kind(
    "Global services",
    """\
Some services have one host for all regions of a partition, and it wants a signature for the region
where it is. The host is replaced, the signature stays: giving such a client an `endpoint_url` in
code signs for the client's region instead. A VPC endpoint of a service without a region in its
host has a region in its own name, so the policy has to say what it `serves`.
""",
    (*_hosts(), *_FORMED, *_ENDPOINTS),
)
