"""EC2 as moto has it, made to say what AWS says: DNS names, services, pages and refusals.

moto keeps the endpoints; between it and the client stands an HTTP server that puts right what moto
leaves out. Its DNS names are none, it has no pages here, and for the services behind endpoints it
needs all of its extras. Credentials tell what the caller may do.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from tests.support.answering import Answering, Sent, by_moto

#: Who may do nothing of this, by access key.
DENIED = "AKIADENIED0000000000"
#: moto's name of an endpoint, and AWS's.
_NAME = re.compile(r"(vpce-[0-9a-f]+-[0-9a-z]+)\.com\.amazonaws\.([a-z0-9-]+)\.([a-z0-9.-]+?)(?=<)")
_NAMESPACE = 'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"'


class Ec2(Answering):
    """The server, and what it was asked.

    :ivar services: names and private DNS names, a page each.
    """

    content_type = "text/xml"

    def __init__(self, port: int = 0) -> None:
        """*port*: of a moto server, for who asks of endpoints."""
        super().__init__()
        self.asked: list[tuple[str, str]] = []
        self.services: list[tuple[str, tuple[str, ...]]] = []
        self._moto = port

    def answer(self, sent: Sent) -> tuple[int, bytes]:
        asked = {name: values[0] for name, values in parse_qs(sent.body.decode()).items()}
        action = asked["Action"]
        self.asked.append((action, sent.region))
        if DENIED in sent.headers["Authorization"]:
            return 403, _denied(action)
        if action == "DescribeVpcEndpointServices":
            return 200, self._services(int(asked.get("NextToken", "0")))
        status, answer = by_moto(self._moto, sent, f"ec2.{sent.region}.amazonaws.com")
        return status, _NAME.sub(_as_aws_has_it, answer.decode()).encode()

    def _services(self, page: int) -> bytes:
        name, private = self.services[page] if self.services else ("com.amazonaws.none", ())
        hosts = "".join(f"<item><privateDnsName>{host}</privateDnsName></item>" for host in private)
        more = page + 1 < len(self.services)
        return (
            f"<DescribeVpcEndpointServicesResponse {_NAMESPACE}><serviceDetailSet><item>"
            f"<serviceName>{name}</serviceName><serviceType><item><serviceType>Interface"
            f"</serviceType></item></serviceType><privateDnsNameSet>{hosts}</privateDnsNameSet>"
            "<owner>amazon</owner></item></serviceDetailSet>"
            + (f"<nextToken>{page + 1}</nextToken>" if more else "")
            + "</DescribeVpcEndpointServicesResponse>"
        ).encode()


def _as_aws_has_it(name: re.Match[str]) -> str:
    labels = ".".join(reversed(name[3].split(".")))
    return f"{name[1]}.{labels}.{name[2]}.vpce.amazonaws.com"


def _denied(action: str) -> bytes:
    who = "arn:aws:iam::111122223333:user/dev"
    return (
        "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not "
        f"authorized to perform this operation. User: {who} is not authorized to perform: "
        f"ec2:{action} because no identity-based policy allows it</Message></Error></Errors>"
        "<RequestID>0</RequestID></Response>"
    ).encode()


def make_endpoint(client: Any, service: str, kind: str = "Interface") -> str:
    """An endpoint of *service* in the region's default VPC; its id."""
    vpc = client.describe_vpcs()["Vpcs"][0]["VpcId"]
    arguments: dict[str, Any] = {}
    if kind == "Gateway":
        arguments["RouteTableIds"] = [
            client.describe_route_tables()["RouteTables"][0]["RouteTableId"]
        ]
    else:
        arguments["SubnetIds"] = [client.describe_subnets()["Subnets"][0]["SubnetId"]]
    made = client.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{client.meta.region_name}.{service}",
        VpcEndpointType=kind,
        **arguments,
    )
    endpoint: str = made["VpcEndpoint"]["VpcEndpointId"]
    return endpoint
