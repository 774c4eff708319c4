"""Where a policy demands nothing, the proxy is the one that plain botocore takes."""

from __future__ import annotations

import os
from unittest.mock import patch

import pytest
from botocore.endpoint import EndpointCreator
from botocore.exceptions import ClientError
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from endpoint_router.lab.network import Lab
from endpoint_router.sdk import seams_sending
from endpoint_router.sdk.connections.proxies import Proxies
from tests.support.lab_client import KMS, KMS_FIPS, KMS_VPCE, SQS, client_for, hosts
from tests.support.plain_wire import Wire
from tests.support.proxied import a_proxy, hosts_of


@pytest.mark.parametrize(
    ("variables", "is_used"),
    [
        ({"HTTPS_PROXY": "{url}"}, True),
        ({"https_proxy": "{url}"}, True),
        ({"https_proxy": "{bare}"}, True),
        ({"https_proxy": "//{bare}"}, True),
        ({"https_proxy": "{url}", "HTTPS_PROXY": "http://127.0.0.1:9"}, True),
        ({"https_proxy": "", "HTTPS_PROXY": "{url}"}, False),
        ({"HTTP_PROXY": "{url}", "http_proxy": "{url}"}, False),
        ({"ALL_PROXY": "{url}", "all_proxy": "{url}"}, False),
        ({"HTTPS_PROXY": "{url}", "no_proxy": KMS}, False),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": "", "no_proxy": ""}, True),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": KMS, "no_proxy": "localhost"}, True),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": "*.us-east-1.amazonaws.com"}, True),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": "52.94.0.0/16"}, True),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": f"{KMS}:443"}, True),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": "east-1.amazonaws.com"}, True),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": "x,*"}, True),
    ],
)
def test_the_variables_mean_what_they_mean_to_botocore(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], is_used: bool
) -> None:
    with a_proxy(lab) as proxy:
        bare = proxy.url.partition("://")[2]
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(url=proxy.url, bare=bare))
        routed = client_for(lab, {})
        plain = Wire().lead(Session().create_client("kms", "us-east-1", verify=lab.ca_bundle), lab)
        for client in (plain, routed):
            proxy.targets.clear()
            client.list_keys()
            assert hosts_of(proxy) == ([KMS] if is_used else [])
    assert hosts(lab) == 2 * [KMS]


def test_plain_http_has_a_proxy_of_its_own(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_proxy(lab) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        client = client_for(lab, {}, use_ssl=False)
        with pytest.raises(ClientError):  # this proxy makes tunnels only
            client.list_keys()
        assert [asked.line for asked in proxy.asked] == [f"POST http://{KMS}/ HTTP/1.1"]
    assert lab.dialled == []


KMS_MODEL = Session().get_service_model("kms")

#: What people write into NO_PROXY, and what they write there by mistake.
ENTRIES = st.sampled_from(
    [
        KMS,
        KMS_FIPS,
        KMS_VPCE,
        KMS.upper(),
        f".{KMS}",
        f"*.{KMS}",
        f"{KMS}:443",
        "s3.us-east-1.amazonaws.com",
        "us-east-1.amazonaws.com",
        ".us-east-1.amazonaws.com",
        ".vpce.amazonaws.com",
        "amazonaws.com",
        "api.aws",
        "com",
        ".",
        "",
        " ",
        "*",
        "10.0.0.0/8",
        "169.254.169.254",
        "http://kms.us-east-1.amazonaws.com",
    ]
)
HOSTS = st.sampled_from(
    [
        KMS,
        KMS_FIPS,
        KMS_VPCE,
        SQS,
        "sts.amazonaws.com",
        "s3.us-east-1.amazonaws.com",
        "kms.us-east-1.api.aws",
        "169.254.169.254",
        "localhost",
    ]
)
PROXY_URLS = st.sampled_from(
    ["", "http://proxy:3128", "https://u:p%40@proxy", "proxy:3128", "//proxy", "http://[fd00::1]:1"]
)


@given(
    scheme=st.sampled_from(["https", "http"]),
    host=HOSTS,
    port=st.sampled_from(["", ":443", ":8443"]),
    variables=st.dictionaries(
        st.sampled_from(["http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"]), PROXY_URLS
    ),
    no_proxy=st.dictionaries(
        st.sampled_from(["no_proxy", "NO_PROXY"]), st.lists(ENTRIES, max_size=4).map(",".join)
    ),
)
def test_where_nothing_is_demanded_the_proxy_is_botocores(
    scheme: str, host: str, port: str, variables: dict[str, str], no_proxy: dict[str, str]
) -> None:
    url = f"{scheme}://{host}{port}"
    with patch.dict(os.environ, {**variables, **no_proxy}):
        plain = seams_sending.proxy_configuration(
            EndpointCreator(None)
            .create_endpoint(KMS_MODEL, region_name="us-east-1", endpoint_url=url, verify=False)
            .http_session
        )
        ours = Proxies(None, None, lambda: 0.0)
        for _ in range(2):  # found out, and remembered
            assert ours.proxy_url_for(f"{url}/?a=b") == plain.proxy_url_for(f"{url}/?a=b")
        assert bool(ours.carrier(url)) == bool(plain.proxy_url_for(url))
