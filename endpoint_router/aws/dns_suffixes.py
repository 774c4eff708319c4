"""Suffixes of AWS's own hosts: dnsSuffix and dualStackDnsSuffix of botocore's partitions.json."""

AWS_SUFFIXES = (
    "amazonaws.com",
    "api.aws",
    "amazonaws.com.cn",
    "api.amazonwebservices.com.cn",
    "amazonaws.eu",
    "api.amazonwebservices.eu",
    "c2s.ic.gov",
    "api.aws.ic.gov",
    "sc2s.sgov.gov",
    "api.aws.scloud",
    "cloud.adc-e.uk",
    "api.cloud-aws.adc-e.uk",
    "csp.hci.ic.gov",
    "api.aws.hci.ic.gov",
)

#: Of hosts of AWS's that rulesets name besides (sign-in, and some services by dual-stack). Below
#: them may be hosts of AWS's customers, so nobody else's URL counts as AWS's for its suffix.
RARE_SUFFIXES = (
    "on.aws",
    "signin.aws",
    "signin.aws.amazon.com",
    "signin.amazonaws.cn",
    "amazonaws-us-gov.com",
    "amazonaws-eusc.eu",
    "signin.c2shome.ic.gov",
    "signin.sc2shome.sgov.gov",
    "signin.csphome.adc-e.uk",
    "signin.csphome.hci.ic.gov",
)
