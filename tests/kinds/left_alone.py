"""Hosts that the call or the customer names: never rewritten, and judged like any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .table import Kind, Row, interface, policy, vpce

_REALTIME = "realtime.machinelearning.us-east-1.amazonaws.com"
_API = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
_SEARCH = "search-movies-abc123.us-east-1.cloudsearch.amazonaws.com"
_IOT = "a1b2c3d4e5f6g7-ats.iot.us-east-1.amazonaws.com"
_VIDEO = "s-1234abcd.kinesisvideo.us-east-1.amazonaws.com"
_ARCHIVE = "b-1234abcd.kinesisvideo.us-east-1.amazonaws.com"
_SIGNALS = "r-1234abcd.kinesisvideo.us-east-1.amazonaws.com"
_STORE = "a1b2c3.data.mediastore.us-east-1.amazonaws.com"

#: Service, operation and parameters by the host that the customer was given.
_CALLS: dict[str, tuple[str, str, Mapping[str, Any]]] = {
    _API: ("apigatewaymanagementapi", "get_connection", {"ConnectionId": "c"}),
    _SEARCH: ("cloudsearchdomain", "search", {"query": "star wars"}),
    _IOT: ("iot-data", "list_retained_messages", {}),
    _STORE: ("mediastore-data", "list_items", {}),
    _ARCHIVE: ("kinesis-video-archived-media", "list_fragments", {"StreamName": "door"}),
    _SIGNALS: (
        "kinesis-video-signaling",
        "get_ice_server_config",
        {"ChannelARN": "arn:aws:kinesisvideo:us-east-1:111122223333:channel/door/1"},
    ),
    _VIDEO: (
        "kinesis-video-media",
        "get_media",
        {"StreamName": "door", "StartSelector": {"StartSelectorType": "NOW"}},
    ),
}
_BOTH = {"fips": "require", "private": "require"}


def _custom(url: str, service: str, **facts: Any) -> dict[str, Any]:
    """An entry of ``[[custom_endpoints]]``."""
    return {"url": url, "services": [service], "reason": "ours", **facts}


def _declared(*customs: Mapping[str, Any], **defaults: Any) -> dict[str, Any]:
    return {**policy(**defaults), "custom_endpoints": [dict(one) for one in customs]}


def _given(title: str, host: str, path: str = "", scope: str = "", **rest: Any) -> Row:
    """A call of a client whose ``endpoint_url`` is the customer's own *host*."""
    service, operation, parameters = _CALLS[host]
    url = f"https://{host}"
    return Row(
        title=title,
        service=service,
        operation=operation,
        region="us-east-1",
        parameters=parameters,
        arguments={"endpoint_url": url},
        url=f"{url}{path}" if scope else "",
        scope=scope,
        **rest,
    )


def _predict(title: str, url: str = f"https://{_REALTIME}", scope: str = "", **rest: Any) -> Row:
    """``Predict``, whose parameter *url* is the host."""
    return Row(
        title=title,
        service="machinelearning",
        operation="predict",
        region="us-east-1",
        parameters={"MLModelId": "model", "Record": {}, "PredictEndpoint": url},
        url=f"{url}/" if scope else "",
        scope=scope,
        **rest,
    )


_ML = _custom(f"https://{_REALTIME}", "machinelearning")
_ML_SCOPE = "machinelearning/us-east-1"

_PREDICT = (
    _predict("The call names its host", policy={}, scope=_ML_SCOPE),
    _predict(
        "A wish changes nothing about it",
        policy=policy(fips="prefer", private="prefer"),
        scope=_ML_SCOPE,
    ),
    _predict(
        "A requirement wants it declared, and prints how",
        policy=policy(**_BOTH),
        code="endpoint_url.undeclared",
        says=f'[[custom_endpoints]] url = "https://{_REALTIME}", services = ["machinelearning"], '
        'reason = "..."; nothing shows that it is FIPS, so add a rule',
    ),
    _predict(
        "`endpoint_url = deny` holds for it as well",
        policy=policy(endpoint_url="deny"),
        code="endpoint_url.undeclared",
        says=_REALTIME,
    ),
    _predict(
        "Declared, and private by DNS",
        policy=_declared(_ML, private="require"),
        dns={_REALTIME: "private"},
        scope=_ML_SCOPE,
    ),
    _predict(
        "Declared, and public by DNS",
        policy=_declared(_ML, private="require"),
        code="private.public_address",
        says=_REALTIME,
    ),
    _predict(
        "Declared for FIPS",
        policy=_declared({**_ML, "fips": True}, fips="require", fips_basis="attested"),
        scope=_ML_SCOPE,
    ),
    _predict(
        "Declared, without a word about FIPS",
        policy=_declared(_ML, fips="require", fips_basis="attested"),
        code="fips.no_basis",
        says="the policy does not attest FIPS",
    ),
    _predict(
        "A declaration is not for other hosts",
        "https://realtime.machinelearning.example",
        policy=_declared(_ML, private="require"),
        code="endpoint_url.undeclared",
        says="realtime.machinelearning.example",
    ),
    _predict(
        "Nor for plain HTTP",
        f"http://{_REALTIME}",
        policy=_declared(_ML, private="require"),
        dns={_REALTIME: "private"},
        code="endpoint_url.undeclared",
        says=f"http://{_REALTIME}",
    ),
)

_GLOB = _custom("https://*.execute-api.us-east-1.amazonaws.com", "apigatewaymanagementapi")
_API_SCOPE = "execute-api/us-east-1"

_API_GATEWAY = (
    _given("API Gateway", _API, "/@connections/", _API_SCOPE, policy={}),
    _given(
        "API Gateway, undeclared",
        _API,
        policy=policy(private="require"),
        # Not even where it happens to be private: nobody said that it is ours.
        dns={_API: "private"},
        code="endpoint_url.undeclared",
        says=f'[[custom_endpoints]] url = "https://{_API}"',
    ),
    _given(
        "API Gateway, by a glob, private by DNS",
        _API,
        "/@connections/",
        _API_SCOPE,
        policy=_declared(_GLOB, private="require"),
        dns={_API: "private"},
    ),
    _given(
        "API Gateway, by a glob, public by DNS",
        _API,
        policy=_declared(_GLOB, private="require"),
        code="private.public_address",
        says=_API,
    ),
    _given(
        "API Gateway, by a glob that attests it",
        _API,
        "/@connections/",
        _API_SCOPE,
        policy=_declared({**_GLOB, "private": True}, private="require"),
    ),
    _given(
        "A glob is for the services that it names",
        _SEARCH,
        policy=_declared({**_GLOB, "url": "https://*.amazonaws.com"}, private="require"),
        code="endpoint_url.undeclared",
    ),
    _given(
        "API Gateway by its VPC endpoint's address: the host, which names the API, stays",
        _API,
        "/@connections/",
        _API_SCOPE,
        policy=policy(
            interface(
                vpce("execute-api"),
                serves=["*.execute-api.us-east-1.amazonaws.com"],
                connect="address",
            ),
            private="require",
        ),
    ),
)


def _customers_own(name: str, host: str, glob: str, path: str, scope: str) -> tuple[Row, Row]:
    service = _CALLS[host][0]
    attested = _custom(f"https://{glob}", service, fips=True)
    return (
        _given(
            f"{name}, undeclared",
            host,
            policy=policy(**_BOTH),
            code="endpoint_url.undeclared",
            says=f'[[custom_endpoints]] url = "https://{host}", services = ["{service}"]',
        ),
        _given(
            f"{name}, declared for FIPS, private by DNS",
            host,
            path,
            scope,
            policy=_declared(attested, fips_basis="attested", **_BOTH),
            dns={host: "private"},
        ),
    )


_OTHERS = (
    *_customers_own(
        "A CloudSearch domain",
        _SEARCH,
        "*.us-east-1.cloudsearch.amazonaws.com",
        "/2013-01-01/search",
        "cloudsearch/us-east-1",
    ),
    *_customers_own(
        "A Kinesis video stream",
        _VIDEO,
        "*.kinesisvideo.us-east-1.amazonaws.com",
        "/getMedia",
        "kinesisvideo/us-east-1",
    ),
    *_customers_own(
        "Its archive",
        _ARCHIVE,
        "*.kinesisvideo.us-east-1.amazonaws.com",
        "/listFragments",
        "kinesisvideo/us-east-1",
    ),
    *_customers_own(
        "A video signaling channel",
        _SIGNALS,
        "*.kinesisvideo.us-east-1.amazonaws.com",
        "/v1/get-ice-server-config",
        "kinesisvideo/us-east-1",
    ),
    *_customers_own(
        "An account's IoT endpoint",
        _IOT,
        "*.iot.us-east-1.amazonaws.com",
        "/retainedMessage",
        "iotdata/us-east-1",
    ),
    *_customers_own(
        "A MediaStore container",
        _STORE,
        "*.data.mediastore.us-east-1.amazonaws.com",
        "/",
        "mediastore/us-east-1",
    ),
    _given(
        "An account's IoT endpoint by the address of its VPC endpoint",
        _IOT,
        "/retainedMessage",
        "iotdata/us-east-1",
        policy=policy(
            interface(vpce("iot.data"), serves=[_IOT], connect="address"), private="require"
        ),
    ),
)

KIND = Kind(
    "Hosts that the call or the customer names",
    """\
`Predict` of Machine Learning takes its host as a parameter; a CloudSearch domain, a video stream, a
WebSocket API or an account's IoT endpoint has a host of its own, which the application gives as
`endpoint_url`. Where nothing is required it is used as it is. Where something is, the policy has to
declare it with `[[custom_endpoints]]`, by name or with a glob, and then it is judged like any
other: private by DNS, and without FIPS by a waiver. The refusal prints the stanza to paste. What
the policy attests of such a host, which is one of AWS's own, is amber. It is not rewritten, unless
a VPC endpoint is declared to serve it: by address, where the host says whose API or domain it is.

What never passes through a client is not touched at all: the instance metadata service, container
credentials, and the authentication tokens of RDS and Aurora DSQL, which name the database's host.
""",
    (*_PREDICT, *_API_GATEWAY, *_OTHERS),
)
