"""All tables, in the order of the page."""

from . import (
    account_ids,
    beyond_aws,
    discovery,
    gateways,
    global_services,
    host_prefixes,
    left_alone,
    partitions,
    presigned,
    private_dns,
    regional_twins,
    s3,
    s3_access_points,
    s3_control,
    s3_elsewhere,
    zones,
)

KINDS = (
    s3.KIND,
    s3_access_points.KIND,
    s3_elsewhere.KIND,
    s3_control.KIND,
    host_prefixes.KIND,
    account_ids.KIND,
    private_dns.KIND,
    gateways.KIND,
    global_services.KIND,
    regional_twins.KIND,
    presigned.KIND,
    discovery.KIND,
    zones.KIND,
    beyond_aws.KIND,
    left_alone.KIND,
    partitions.KIND,
)
