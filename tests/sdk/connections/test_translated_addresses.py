"""Addresses that somebody translates on the way: the kernel routes the outer one, so both count.

In a namespace, where the outer addresses are real: what was dialled is what is asserted.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.sdk.activation.installation import Installation
from tests.support import namespace
from tests.support.namespace import needs_namespaces, run_isolated

__all__ = ["needs_namespaces"]

KMS = "kms.us-east-1.amazonaws.com"
INSIDE = "10.20.0.10"
#: Each has 10.20.0.10 inside, which is private; by itself it leads to the internet.
OUTER = {
    "64:ff9b::a14:a": "64:ff9b::/96",
    "64:ff9b:1::a14:a": "64:ff9b:1::/48",
    "2002:a14:a::1": "2002::/16",
    "2001:0:4136:e378:8000:63bf:f5eb:fff5": "2001::/32",
}


def dialled(addresses: tuple[str, ...], networks: tuple[str, ...]) -> tuple[list[str], str, str]:
    """What a call's connections reached, and code and remedy of the refusal."""
    with Lab(dns=(namespace.NAMESERVER, 53), https=("::", 443), http=("::", 80)) as lab:
        lab.host(KMS, *addresses)
        policy: dict[str, Any] = {
            "defaults": {"private": "require"},
            "network": {"private": list(networks)},
            "dns": {"timeout": 30.0},
        }
        session = Session()
        session.set_credentials("AKIALABLABLABLABLAB1", "secret")
        Installation(policy, environ={})(session)
        config = Config(retries={"max_attempts": 0}, proxies={})
        client: Any = session.create_client("kms", "us-east-1", verify=lab.ca_bundle, config=config)
        code = remedy = ""
        try:
            client.list_keys()
        except EndpointDenied as error:
            code, remedy = error.code, error.remedy
        return [seen.address for seen in lab.seen], code, remedy


@pytest.mark.parametrize(("outer", "translator"), OUTER.items())
def test_a_private_address_inside_is_no_proof(outer: str, translator: str) -> None:
    seen, code, remedy = run_isolated(
        dialled, (outer,), ("10.0.0.0/8",), addresses=(*namespace.ADDRESSES, outer)
    )
    assert (seen, code) == ([], "private.public_address")
    assert f"add {translator} to network.private" in remedy


@pytest.mark.parametrize(("outer", "translator"), OUTER.items())
def test_a_translator_of_ones_own_may_be_trusted(outer: str, translator: str) -> None:
    seen, code, _ = run_isolated(
        dialled, (outer,), ("10.0.0.0/8", translator), addresses=(*namespace.ADDRESSES, outer)
    )
    assert (seen, code) == ([outer], "")


def test_a_trusted_translator_makes_no_public_address_private() -> None:
    outer = "64:ff9b::345e:a"  # 52.94.0.10
    seen, code, remedy = run_isolated(
        dialled, (outer,), ("10.0.0.0/8", "64:ff9b::/96"), addresses=(*namespace.ADDRESSES, outer)
    )
    assert (seen, code) == ([], "private.public_address")
    assert "64:ff9b" not in remedy


def test_beside_the_address_itself_what_dns64_made_is_left_out() -> None:
    """Both of a DNS64 that everybody knows, and of one with a prefix of the network's own."""
    for image in ("64:ff9b::a14:a", "2600:1f18:0:64::a14:a"):
        addresses = (*namespace.ADDRESSES, image)
        seen, code, _ = run_isolated(dialled, (INSIDE, image), ("10.0.0.0/8",), addresses=addresses)
        assert (seen, code) == ([INSIDE], "")


@pytest.mark.parametrize(
    "answer",
    [
        (INSIDE, "2002:a14:a::1"),  # 6to4, which nobody makes of an answer
        (INSIDE, "64:ff9b::a14:b"),  # of another address
        (INSIDE, "64:ff9b::a14:a", "2600:1f18::1"),
        (INSIDE, "52.94.0.10", "64:ff9b::a14:a", "64:ff9b::345e:a"),
    ],
)
def test_any_other_address_beside_it_makes_the_answer_mixed(answer: tuple[str, ...]) -> None:
    addresses = tuple(dict.fromkeys((*namespace.ADDRESSES, *answer)))
    seen, code, _ = run_isolated(dialled, answer, ("10.0.0.0/8",), addresses=addresses)
    assert (seen, code) == ([], "private.mixed")


def presigned(addresses: tuple[str, ...]) -> str:
    """The code by which a presigned URL is refused."""
    with Lab(dns=(namespace.NAMESERVER, 53), https=("::", 443), http=("::", 80)) as lab:
        lab.host(KMS, *addresses)
        session = Session()
        session.set_credentials("AKIALABLABLABLABLAB1", "secret")
        policy = {"defaults": {"private": "require", "presigned": "routed"}}
        Installation(policy, environ={})(session)
        client: Any = session.create_client("kms", "us-east-1", config=Config(proxies={}))
        try:
            client.generate_presigned_url("list_keys")
        except EndpointDenied as error:
            return error.code
        return ""


def test_a_presigned_url_is_not_ours_to_dial() -> None:
    """Whoever uses it may well take the image, so nothing is left out."""
    image = "64:ff9b::a14:a"
    addresses = (*namespace.ADDRESSES, image)
    assert run_isolated(presigned, (INSIDE,), addresses=addresses) == ""
    assert run_isolated(presigned, (INSIDE, image), addresses=addresses) == "private.mixed"
