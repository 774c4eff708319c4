"""Operations that go to another host of their service."""

from __future__ import annotations

from typing import Any

from .table import Kind, Row, interface, policy, vpce

_START = {"stateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:orders"}


def _row(title: str, policy: dict[str, Any], service: str, operation: str, **rest: Any) -> Row:
    call = {"service": service, "operation": operation, "region": "us-east-1"}
    return Row(**{"title": title, "policy": policy, **call, **rest})


KIND = Kind(
    "Operations with a host prefix",
    """\
Hundreds of operations in some twenty services put a prefix in front of their service's host, and
each such host is a PrivateLink service of its own. Calls are routed by the prefixed host, whatever
`inject_host_prefix` says, unless nothing is demanded and no endpoint declared. A refusal names the
endpoint service that is missing. All of them, as the installed botocore knows them, are tested by
name and by address.
""",
    (
        _row(
            "Both endpoints of Step Functions",
            policy(interface(vpce("states")), interface(vpce("sync-states")), private="require"),
            "stepfunctions",
            "start_sync_execution",
            parameters=_START,
            url=f"https://{vpce('sync-states')}/",
            scope="states/us-east-1",
        ),
        _row(
            "`states` does not serve `sync-states`",
            policy(interface(vpce("states")), private="require"),
            "stepfunctions",
            "start_sync_execution",
            parameters=_START,
            code="private.public_address",
            says="interface endpoint of com.amazonaws.us-east-1.sync-states",
        ),
        _row(
            "Where private is preferred, it goes to its own public host",
            policy(interface(vpce("states")), private="prefer"),
            "stepfunctions",
            "start_sync_execution",
            parameters=_START,
            url="https://sync-states.us-east-1.amazonaws.com/",
            scope="states/us-east-1",
        ),
        _row(
            "The workaround for endpoint URLs does not send it to `states`",
            policy(interface(vpce("states")), private="prefer"),
            "stepfunctions",
            "start_sync_execution",
            parameters=_START,
            config={"inject_host_prefix": False},
            url="https://sync-states.us-east-1.amazonaws.com/",
            scope="states/us-east-1",
        ),
        _row(
            "The endpoint's name as `endpoint_url` stays without prefix",
            policy(interface(vpce("sync-states"))),
            "stepfunctions",
            "start_sync_execution",
            parameters=_START,
            arguments={"endpoint_url": f"https://{vpce('sync-states')}"},
            url=f"https://{vpce('sync-states')}/",
            scope="states/us-east-1",
        ),
        _row(
            "FIPS: the prefixed FIPS host",
            policy(fips="require"),
            "stepfunctions",
            "start_sync_execution",
            parameters=_START,
            url="https://sync-states-fips.us-east-1.amazonaws.com/",
            scope="states/us-east-1",
        ),
        _row(
            "FIPS, and it does not exist",
            policy(fips="require"),
            "stepfunctions",
            "start_sync_execution",
            parameters=_START,
            dns={"sync-states-fips.us-east-1.amazonaws.com": "NXDOMAIN"},
            code="fips.absent",
            says="sync-states-fips.us-east-1.amazonaws.com",
        ),
        _row(
            "FIPS and private",
            policy(
                interface(vpce("data-servicediscovery")),
                interface(vpce("data-servicediscovery-fips", id="1")),
                fips="require",
                private="require",
            ),
            "servicediscovery",
            "discover_instances",
            parameters={"NamespaceName": "shop", "ServiceName": "cart"},
            url=f"https://{vpce('data-servicediscovery-fips', id='1')}/",
            scope="servicediscovery/us-east-1",
        ),
        _row(
            "Live tails of logs have a host of their own",
            policy(interface(vpce("logs")), private="require"),
            "logs",
            "start_live_tail",
            parameters={"logGroupIdentifiers": ["arn"]},
            code="private.public_address",
            says="stream-logs.us-east-1.amazonaws.com",
            since=(1, 43, 0),
        ),
        _row(
            "Amazon Location: two planes, one endpoint service",
            policy(
                interface(vpce("maps.geo"), serves=["cp.maps.geo.us-east-1.amazonaws.com"]),
                private="require",
            ),
            "location",
            "list_maps",
            url=f"https://{vpce('maps.geo')}/",
            scope="geo/us-east-1",
            since=(1, 36, 0),
        ),
        _row(
            "What is missing has another name than the host",
            policy(private="require"),
            "location",
            "list_maps",
            code="private.public_address",
            says="interface endpoint of com.amazonaws.us-east-1.geo.maps",
        ),
        _row(
            "The account id of `s3control`",
            policy(interface(f"*.{vpce('s3')}"), private="require"),
            "s3control",
            "list_jobs",
            parameters={"AccountId": "111122223333"},
            url=f"https://111122223333.control.{vpce('s3')}/",
            scope="s3/us-east-1",
        ),
        _row(
            "A graph's own host, by address",
            policy(
                interface(
                    vpce("neptune-graph-data"),
                    serves=["*.us-east-1.neptune-graph.amazonaws.com"],
                    connect="address",
                ),
                private="require",
            ),
            "neptune-graph",
            "list_queries",
            parameters={"graphIdentifier": "g-0123456789", "maxResults": 5},
            url="https://g-0123456789.us-east-1.neptune-graph.amazonaws.com/queries",
            scope="neptune-graph/us-east-1",
            since=(1, 40, 0),
        ),
        _row(
            "A graph's own host has no FIPS twin, and botocore says so",
            policy(fips="require"),
            "neptune-graph",
            "list_queries",
            parameters={"graphIdentifier": "g-0123456789", "maxResults": 5},
            code="fips.no_basis",
            says="fips endpoint is not supported for this API",
            since=(1, 40, 0),
        ),
    ),
)
