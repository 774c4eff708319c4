"""Global services: one host for all regions, signed for a region that is not the client's."""

from __future__ import annotations

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
    "sts": "get_caller_identity",
    "support": "describe_services",
}
_FIPS = policy(fips="require")
_BUCKET = {"Bucket": "mybucket"}
_LEGACY = {"sts_regional_endpoints": "legacy"}


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


def _regional(title: str, region: str | None, scope: str = "", **rest: Any) -> Row:
    """A call of S3, which has a global host beside its regional ones."""
    scope = f"s3/{scope}" if scope else ""
    return Row(
        title=title,
        service="s3",
        operation="head_bucket",
        parameters=_BUCKET,
        region=region,
        scope=scope,
        **rest,
    )


_FIPS_HOSTS = (
    _row(
        "IAM", "iam", "eu-west-1", "us-east-1", policy=_FIPS, url="https://iam-fips.amazonaws.com/"
    ),
    _row(
        "Route 53",
        "route53",
        "eu-west-1",
        "us-east-1",
        policy=_FIPS,
        url="https://route53-fips.amazonaws.com/",
    ),
    _row(
        "CloudFront",
        "cloudfront",
        "eu-west-1",
        "us-east-1",
        policy=_FIPS,
        url="https://cloudfront-fips.amazonaws.com/",
    ),
    _row(
        "Organizations",
        "organizations",
        "eu-west-1",
        "us-east-1",
        policy=_FIPS,
        url="https://organizations-fips.us-east-1.amazonaws.com/",
    ),
    _row(
        "Network Manager",
        "networkmanager",
        "eu-west-1",
        "us-west-2",
        policy=_FIPS,
        url="https://networkmanager-fips.us-west-2.amazonaws.com/",
        since=_SINCE,
    ),
    _row(
        "FIPS moves the service to another region",
        "route53-recovery-control-config",
        "eu-west-1",
        "us-east-1",
        policy=_FIPS,
        url="https://route53-recovery-control-config-fips.us-east-1.amazonaws.com/",
        since=_SINCE,
    ),
    _row(
        "The same without FIPS",
        "route53-recovery-control-config",
        "eu-west-1",
        "us-west-2",
        url="https://route53-recovery-control-config.us-west-2.amazonaws.com/",
        since=_SINCE,
    ),
    _row(
        "Health is signed for another region than its host's",
        "health",
        "eu-west-1",
        "us-east-1",
        policy=_FIPS,
        url="https://health-fips.eu-west-1.amazonaws.com/",
    ),
    _row(
        "Health without a region",
        "health",
        None,
        "us-east-1",
        url="https://global.health.amazonaws.com/",
    ),
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
    ),
    _row(
        "botocore forms a FIPS host of Support that does not exist",
        "support",
        "eu-west-1",
        policy=_FIPS,
        dns={"support-fips.eu-west-1.amazonaws.com": "NXDOMAIN"},
        code="fips.absent",
        says="support-fips.eu-west-1.amazonaws.com",
    ),
    _row(
        "With a waiver it goes to the plain host, signed as that wants",
        "support",
        "eu-west-1",
        "us-east-1",
        policy=policy(fips="prefer"),
        dns={"support-fips.eu-west-1.amazonaws.com": "NXDOMAIN"},
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
)

_OTHER_PARTITIONS = (
    _row(
        "GovCloud: the plain host is the FIPS host",
        "iam",
        "us-gov-east-1",
        "us-gov-west-1",
        policy=_FIPS,
        url="https://iam.us-gov.amazonaws.com/",
    ),
    _row(
        "GovCloud: Route 53",
        "route53",
        "us-gov-east-1",
        "us-gov-west-1",
        policy=_FIPS,
        url="https://route53.us-gov.amazonaws.com/",
    ),
    _row(
        "GovCloud: Organizations",
        "organizations",
        "us-gov-east-1",
        "us-gov-west-1",
        policy=_FIPS,
        url="https://organizations.us-gov-west-1.amazonaws.com/",
    ),
    _row(
        "GovCloud: Support",
        "support",
        "us-gov-east-1",
        "us-gov-west-1",
        policy=_FIPS,
        url="https://support.us-gov-west-1.amazonaws.com/",
        since=_SINCE,
    ),
    _row(
        "China: IAM is in Beijing",
        "iam",
        "cn-northwest-1",
        "cn-north-1",
        url="https://iam.cn-north-1.amazonaws.com.cn/",
    ),
    _row(
        "China: the others are in Ningxia",
        "organizations",
        "cn-north-1",
        "cn-northwest-1",
        url="https://organizations.cn-northwest-1.amazonaws.com.cn/",
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
    _row(
        "European Sovereign Cloud",
        "route53",
        "eusc-de-east-1",
        "eusc-de-east-1",
        url="https://route53.amazonaws.eu/",
        since=_SINCE,
    ),
    _row(
        "aws-iso",
        "iam",
        "us-iso-west-1",
        "us-iso-east-1",
        url="https://iam.us-iso-east-1.c2s.ic.gov/",
    ),
    _row(
        "aws-iso-b",
        "route53",
        "us-isob-east-1",
        "us-isob-east-1",
        url="https://route53.sc2s.sgov.gov/",
    ),
    _row(
        "aws-iso-e",
        "route53",
        "eu-isoe-west-1",
        "eu-isoe-west-1",
        url="https://route53.cloud.adc-e.uk/",
        since=_SINCE,
    ),
    _row(
        "aws-iso-f",
        "route53",
        "us-isof-south-1",
        "us-isof-south-1",
        url="https://route53.csp.hci.ic.gov/",
        since=_SINCE,
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
        "The service's own URL, given by the application, is signed rightly all the same",
        "iam",
        "eu-west-1",
        "us-east-1",
        arguments={"endpoint_url": "https://iam.amazonaws.com"},
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
        says="us-east-1",
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

_STS = (
    _row(
        "STS in legacy mode",
        "sts",
        "eu-west-1",
        "us-east-1",
        profile=_LEGACY,
        url="https://sts.amazonaws.com/",
    ),
    _row(
        "Its regional twin",
        "sts",
        "eu-west-1",
        "eu-west-1",
        profile=_LEGACY,
        policy=policy(regional="require"),
        url="https://sts.eu-west-1.amazonaws.com/",
    ),
    _row(
        "FIPS has only the twin",
        "sts",
        "eu-west-1",
        "eu-west-1",
        profile=_LEGACY,
        policy=_FIPS,
        url="https://sts-fips.eu-west-1.amazonaws.com/",
    ),
    _row(
        "An endpoint that serves the twin is used without `regional`, too",
        "sts",
        "eu-west-1",
        "eu-west-1",
        profile=_LEGACY,
        policy=policy(interface(vpce("sts", "eu-west-1")), private="require"),
        url=f"https://{vpce('sts', 'eu-west-1')}/",
    ),
    _row(
        "An endpoint of another region does not serve it",
        "sts",
        "eu-west-1",
        profile=_LEGACY,
        policy=policy(interface(vpce("sts", "eu-central-1")), private="require"),
        code="private.public_address",
    ),
    _row(
        "No region, no twin",
        "sts",
        None,
        policy=policy(regional="require"),
        code="regional.global_host",
        says="sts.amazonaws.com",
    ),
    _row(
        "No region, no FIPS host",
        "sts",
        None,
        policy=_FIPS,
        dns={"sts-fips.aws-global.amazonaws.com": "NXDOMAIN"},
        code="fips.absent",
    ),
)

_S3 = (
    _regional(
        "S3 in us-east-1 begins at the global host",
        "us-east-1",
        "us-east-1",
        policy={},
        url="https://mybucket.s3.amazonaws.com/",
    ),
    _regional(
        "The regional twin of S3",
        "us-east-1",
        "us-east-1",
        policy=policy(regional="require"),
        url="https://mybucket.s3.us-east-1.amazonaws.com/",
    ),
    _regional(
        "An application that asks for the global host",
        "us-east-1",
        "us-east-1",
        config={"s3": {"us_east_1_regional_endpoint": "legacy"}},
        policy=policy(regional="require"),
        url="https://mybucket.s3.us-east-1.amazonaws.com/",
    ),
    _regional(
        "The pseudo-region of the global host has no twin",
        "aws-global",
        policy=policy(regional="require"),
        code="regional.global_host",
        says="s3.amazonaws.com",
    ),
    _regional(
        "An endpoint for us-east-1 serves the global host's calls",
        "us-east-1",
        "us-east-1",
        policy=policy(interface(f"*.{vpce('s3')}"), private="require"),
        url=f"https://mybucket.bucket.{vpce('s3')}/",
    ),
)

KIND = Kind(
    "Global services",
    """\
Some services have one host for all regions of a partition, and it wants a signature for the region
where it is. The host is replaced, the signature stays: giving such a client an `endpoint_url` in
code signs for the client's region instead. A VPC endpoint of a service without a region in its
host has a region in its own name, so the policy has to say what it `serves`. STS and S3 have a
regional twin beside the global host: `regional = "require"` uses that one only.
""",
    (*_FIPS_HOSTS, *_OTHER_PARTITIONS, *_ENDPOINTS, *_STS, *_S3),
)
