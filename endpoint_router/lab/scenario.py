"""What the demo plays: hosts, one policy, and the calls with what each must come to. Only values.

A scene states its expectation as data, in terms of what a *server* can see (host, address, scope of
the signature) or of the refusal's code. Nothing here runs anything, and no expectation is computed
by the code that it is held against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import codes

ALLOWED = "allowed"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request as a server saw it, or is expected to see it."""

    #: Host header; the name in the TLS handshake must be the same.
    host: str
    #: What the client dialled.
    address: str
    #: Service and region of the credential scope: ``kms/us-east-1``.
    scope: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One boto3 call and what must come of it."""

    title: str
    service: str
    #: Method of the boto3 client.
    method: str
    region: str
    #: Every request that servers must see, in order; empty where nothing may leave.
    arrivals: tuple[Arrival, ...] = ()
    #: ``allowed``, the code of the refusal, or the name of botocore's own exception.
    outcome: str = ALLOWED
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: As given to ``client(endpoint_url=...)``.
    endpoint_url: str | None = None
    #: Profile of :data:`AWS_CONFIG`; ``None`` signs with keys of nobody.
    profile: str | None = None
    #: The DNS server answers nothing during this call.
    dns_down: bool = False


ACCOUNT = "111122223333"

VPCE_SQS = "vpce-0a1b2c3d-sqs.sqs.us-east-1.vpce.amazonaws.com"
VPCE_SNS = "vpce-0a1b2c3d-sns.sns.us-east-1.vpce.amazonaws.com"
VPCE_KMS = "vpce-0a1b2c3d-kms.kms-fips.us-gov-west-1.vpce.amazonaws.com"
VPCE_S3 = "vpce-0a1b2c3d-s3.s3.us-east-1.vpce.amazonaws.com"
VPCE_STATES = "vpce-0a1b2c3d-states.states.us-east-1.vpce.amazonaws.com"
VPCE_STATES_EU = "vpce-0a1b2c3d-eu.states.eu-west-1.vpce.amazonaws.com"
VPCE_SYNC = "vpce-0a1b2c3d-sync.sync-states.us-east-1.vpce.amazonaws.com"

#: Host to address. 10.20.0.0/16 is the VPC; the rest plays the public internet. Where the policy
#: must keep a call away from a host, that host is here too: a mistake would arrive, and be seen.
HOSTS: Mapping[str, str] = {
    VPCE_SQS: "10.20.0.10",
    VPCE_KMS: "10.20.0.20",
    f"bucket.{VPCE_S3}": "10.20.0.30",
    f"*.bucket.{VPCE_S3}": "10.20.0.30",
    f"accesspoint.{VPCE_S3}": "10.20.0.30",
    f"*.accesspoint.{VPCE_S3}": "10.20.0.30",
    "ssm.us-east-1.amazonaws.com": "10.20.0.40",  # private DNS is enabled on its endpoint
    VPCE_STATES: "10.20.0.50",
    VPCE_SYNC: "10.20.0.51",
    VPCE_STATES_EU: "10.20.0.52",
    VPCE_SNS: "52.94.1.1",  # looks like an endpoint, and is not inside the VPC
    "sqs.us-east-1.amazonaws.com": "52.94.1.10",
    "sns.us-east-1.amazonaws.com": "52.94.1.20",
    "kms.us-east-1.amazonaws.com": "52.94.1.30",
    "kms-fips.us-east-1.amazonaws.com": "52.94.1.31",
    "kms-fips.us-gov-west-1.amazonaws.com": "52.94.1.32",
    "kms.us-gov-west-1.amazonaws.com": "52.94.1.33",
    "kms.backdoor.example": "52.94.1.34",
    "*.s3.us-east-1.amazonaws.com": "52.94.1.40",
    "*.s3-accesspoint.us-east-1.amazonaws.com": "52.94.1.41",
    "logs.us-east-1.amazonaws.com": "52.94.1.50",
    "secretsmanager.us-east-1.amazonaws.com": "52.94.1.60",
    "comprehend.eu-west-1.amazonaws.com": "52.94.1.70",
    "polly.eu-west-1.amazonaws.com": "52.94.1.71",
    "translate.eu-west-1.amazonaws.com": "52.94.1.72",
    "email.us-east-1.amazonaws.com": "52.94.1.80",
    "email-fips.us-east-1.amazonaws.com": "52.94.1.81",
    "iam.amazonaws.com": "52.94.1.90",
    "iam-fips.amazonaws.com": "52.94.1.91",
    "sts.us-east-1.amazonaws.com": "52.94.1.100",
    "sts-fips.us-east-1.amazonaws.com": "52.94.1.101",
    "lambda.us-east-1.amazonaws.com": "52.94.1.110",
    "lambda-fips.us-east-1.amazonaws.com": "52.94.1.111",
    "sync-states.us-east-1.amazonaws.com": "52.94.1.120",
    "sync-states.eu-west-1.amazonaws.com": "52.94.1.121",
}

#: Names whose servers never answer, while the rest of DNS works.
SILENT = ("translate-fips.eu-west-1.amazonaws.com",)

#: The policy file. ``{dns}`` is where the lab's DNS server listens.
POLICY = f"""\
version = 1

[defaults]
fips = "require"
private = "prefer"

[[rules]]
services = ["sqs", "sns"]
fips = "off"
reason = "carries no regulated data; SEC-1001"

[[rules]]
services = ["ssm", "s3", "logs", "secretsmanager", "stepfunctions"]
fips = "off"
private = "require"
reason = "stays inside the VPC instead; SEC-1002"

[[rules]]
services = ["polly", "translate"]
regions = ["eu-*"]
fips = "prefer"
reason = "not every region has FIPS endpoints; SEC-1003"

[[rules]]
services = ["ses"]
operations = ["ListIdentities"]
fips = "off"
reason = "waiver SEC-1234 until the mail relay is replaced"
expires = 2099-12-31

[[vpc_endpoints]]
type = "interface"
dns_names = ["{VPCE_SQS}"]

[[vpc_endpoints]]
type = "interface"
dns_names = ["{VPCE_SNS}"]

[[vpc_endpoints]]
type = "interface"
dns_names = ["{VPCE_KMS}"]

[[vpc_endpoints]]
type = "interface"
dns_names = ["*.{VPCE_S3}"]

[[vpc_endpoints]]
type = "interface"
dns_names = ["{VPCE_STATES}"]

[[vpc_endpoints]]
type = "interface"
dns_names = ["{VPCE_SYNC}"]

[[vpc_endpoints]]
type = "interface"
dns_names = ["{VPCE_STATES_EU}"]

[network]
private = ["10.20.0.0/16"]

[dns]
servers = ["{{dns}}"]
timeout = 2.0
"""

#: ``~/.aws/config`` of the demo: a role whose credentials come from an STS call inside botocore.
AWS_CONFIG = """\
[profile base]
aws_access_key_id = AKIALABLABLABLABLAB1
aws_secret_access_key = of-nobody

[profile deploy]
role_arn = arn:aws:iam::111122223333:role/deploy
source_profile = base
region = us-east-1
sts_regional_endpoints = regional
"""

SCENES: tuple[Scene, ...] = (
    Scene(
        "a FIPS host",
        *("kms", "list_keys", "us-east-1"),
        (Arrival("kms-fips.us-east-1.amazonaws.com", "52.94.1.31", "kms/us-east-1"),),
    ),
    Scene(
        "a VPC endpoint",
        *("sqs", "list_queues", "us-east-1"),
        (Arrival(VPCE_SQS, "10.20.0.10", "sqs/us-east-1"),),
    ),
    Scene(
        "FIPS on a VPC endpoint",
        *("kms", "list_keys", "us-gov-west-1"),
        (Arrival(VPCE_KMS, "10.20.0.20", "kms/us-gov-west-1"),),
    ),
    Scene(
        "private DNS, private required",
        *("ssm", "get_parameter", "us-east-1"),
        (Arrival("ssm.us-east-1.amazonaws.com", "10.20.0.40", "ssm/us-east-1"),),
        parameters={"Name": "lab"},
    ),
    Scene(
        "no private DNS, private required",
        *("secretsmanager", "list_secrets", "us-east-1"),
        outcome=codes.PRIVATE_PUBLIC_ADDRESS,
    ),
    Scene(
        "a VPC endpoint's name that resolves publicly",
        *("sns", "list_topics", "us-east-1"),
        (Arrival("sns.us-east-1.amazonaws.com", "52.94.1.20", "sns/us-east-1"),),
    ),
    Scene(
        "an S3 upload",
        *("s3", "upload_file", "us-east-1"),
        (Arrival(f"lab-bucket.bucket.{VPCE_S3}", "10.20.0.30", "s3/us-east-1"),),
        parameters={"Bucket": "lab-bucket", "Key": "scenario.py", "Filename": __file__},
    ),
    Scene(
        "an S3 access point, by the same VPC endpoint",
        *("s3", "get_object", "us-east-1"),
        (Arrival(f"lab-{ACCOUNT}.accesspoint.{VPCE_S3}", "10.20.0.30", "s3/us-east-1"),),
        parameters={"Bucket": f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/lab", "Key": "lab"},
    ),
    Scene(
        "an operation with a host and endpoint of its own",
        *("stepfunctions", "start_sync_execution", "us-east-1"),
        (Arrival(VPCE_SYNC, "10.20.0.51", "states/us-east-1"),),
        parameters={"stateMachineArn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:lab"},
    ),
    Scene(
        "the same where only the service's own host has one",
        *("stepfunctions", "start_sync_execution", "eu-west-1"),
        outcome=codes.PRIVATE_PUBLIC_ADDRESS,
        parameters={"stateMachineArn": f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:lab"},
    ),
    Scene(
        "a FIPS host that does not exist, FIPS required",
        *("comprehend", "list_endpoints", "eu-west-1"),
        outcome=codes.FIPS_ABSENT,
    ),
    Scene(
        "a FIPS host that does not exist, FIPS preferred",
        *("polly", "list_lexicons", "eu-west-1"),
        (Arrival("polly.eu-west-1.amazonaws.com", "52.94.1.71", "polly/eu-west-1"),),
    ),
    Scene(
        "a waiver",
        *("ses", "list_identities", "us-east-1"),
        (Arrival("email.us-east-1.amazonaws.com", "52.94.1.80", "ses/us-east-1"),),
    ),
    Scene(
        "the same service beside the waiver",
        *("ses", "get_send_quota", "us-east-1"),
        (Arrival("email-fips.us-east-1.amazonaws.com", "52.94.1.81", "ses/us-east-1"),),
    ),
    Scene(
        "an endpoint_url that would bypass FIPS",
        *("kms", "list_keys", "us-east-1"),
        outcome=codes.ENDPOINT_URL_UNDECLARED,
        endpoint_url="https://kms.backdoor.example",
    ),
    Scene(
        "an endpoint_url that names AWS's plain host",
        *("kms", "list_keys", "us-east-1"),
        (Arrival("kms-fips.us-east-1.amazonaws.com", "52.94.1.31", "kms/us-east-1"),),
        endpoint_url="https://kms.us-east-1.amazonaws.com",
    ),
    Scene(
        "a global service from another region",
        *("iam", "list_users", "eu-west-1"),
        (Arrival("iam-fips.amazonaws.com", "52.94.1.91", "iam/us-east-1"),),
    ),
    Scene(
        "an assume-role profile: STS inside, then the call",
        *("lambda", "list_functions", "us-east-1"),
        (
            Arrival("sts-fips.us-east-1.amazonaws.com", "52.94.1.101", "sts/us-east-1"),
            Arrival("lambda-fips.us-east-1.amazonaws.com", "52.94.1.111", "lambda/us-east-1"),
        ),
        profile="deploy",
    ),
    Scene(
        "DNS is silent about a FIPS host: no fallback",
        *("translate", "list_languages", "eu-west-1"),
        outcome="EndpointConnectionError",
    ),
    Scene(
        "DNS is down, private required",
        *("logs", "describe_log_groups", "us-east-1"),
        outcome=codes.PRIVATE_UNVERIFIED,
        dns_down=True,
    ),
)
