"""Private DNS: the standard host itself resolves privately."""

from __future__ import annotations

from .table import Kind, Row, interface, policy, vpce

_COMBINED = ["monitoring.us-east-1.amazonaws.com", "monitoring-fips.us-east-1.amazonaws.com"]

KIND = Kind(
    "Private DNS",
    """\
An endpoint with private DNS, or a private hosted zone, gives the standard host private addresses.
Then nothing is rewritten: the answer is the evidence, and the connection goes to those addresses
only. It covers the names that it lists and no other, so the FIPS host is asked about separately.
`monitoring` is one endpoint for both of its hosts, and its own name tells nothing about FIPS: the
FIPS host has to be in the URL, by private DNS or with `connect = "address"`.
""",
    (
        Row(
            title="The standard host is private",
            service="kms",
            operation="list_keys",
            region="us-east-1",
            policy=policy(private="require"),
            dns={"kms.us-east-1.amazonaws.com": "private"},
            url="https://kms.us-east-1.amazonaws.com/",
            scope="kms/us-east-1",
        ),
        Row(
            title="It is not",
            service="kms",
            operation="list_keys",
            region="us-east-1",
            policy=policy(private="require"),
            code="private.public_address",
            says="com.amazonaws.us-east-1.kms",
        ),
        Row(
            title="A private `kms` does not make `kms-fips` private",
            service="kms",
            operation="list_keys",
            region="us-east-1",
            policy=policy(private="require", fips="require"),
            dns={"kms.us-east-1.amazonaws.com": "private"},
            code="private.public_address",
            says="com.amazonaws.us-east-1.kms-fips",
        ),
        Row(
            title="Both are private: FIPS wins",
            service="kms",
            operation="list_keys",
            region="us-east-1",
            policy=policy(private="require", fips="require"),
            dns={
                "kms.us-east-1.amazonaws.com": "private",
                "kms-fips.us-east-1.amazonaws.com": "private",
            },
            url="https://kms-fips.us-east-1.amazonaws.com/",
            scope="kms/us-east-1",
        ),
        Row(
            title="Nobody answers for the FIPS host",
            service="kms",
            operation="list_keys",
            region="us-east-1",
            policy=policy(private="require", fips="require"),
            dns={"kms-fips.us-east-1.amazonaws.com": "SERVFAIL"},
            code="private.unverified",
            says="SERVFAIL",
        ),
        Row(
            title="A combined service under its FIPS name",
            service="cloudwatch",
            operation="list_dashboards",
            region="us-east-1",
            policy=policy(private="require", fips="require"),
            dns={"monitoring-fips.us-east-1.amazonaws.com": "private"},
            url="https://monitoring-fips.us-east-1.amazonaws.com/",
            scope="monitoring/us-east-1",
        ),
        Row(
            title="The same by address, without private DNS",
            service="cloudwatch",
            operation="list_dashboards",
            region="us-east-1",
            policy=policy(
                interface(vpce("monitoring"), serves=_COMBINED, connect="address"),
                private="require",
                fips="require",
            ),
            url="https://monitoring-fips.us-east-1.amazonaws.com/",
            scope="monitoring/us-east-1",
        ),
        Row(
            title="The name of a combined endpoint proves no FIPS",
            service="cloudwatch",
            operation="list_dashboards",
            region="us-east-1",
            policy=policy(
                interface(vpce("monitoring"), serves=_COMBINED), private="require", fips="require"
            ),
            code="private.public_address",
            says="monitoring-fips.us-east-1.amazonaws.com",
        ),
    ),
)
