"""What a certificate says of itself, read from its bytes, whoever wrote them."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from endpoint_router.survey.certificates import read
from endpoint_router.survey.connected import Certificate

_CA = trustme.CA(organization_name="A company", organization_unit_name="its firewall")
_ISSUED = _CA.issue_cert(
    "kms.us-east-1.amazonaws.com",
    "*.example",
    "10.20.0.10",
    "fd00::10",
    not_after=datetime.datetime(2049, 5, 6, tzinfo=datetime.timezone.utc),
)
DER = ssl.PEM_cert_to_DER_cert(_ISSUED.cert_chain_pems[0].bytes().decode())


def test_names_issuer_and_last_day() -> None:
    names = ("kms.us-east-1.amazonaws.com", "*.example", "10.20.0.10", "fd00::10")
    assert read(DER) == Certificate(names, "A company", "2049-05-06")


def test_as_the_standard_library_reads_authorities(tmp_path: Path) -> None:
    """Of those that it trusts it tells: here, those that botocore ships."""
    import botocore

    bundle = Path(botocore.__file__).with_name("cacert.pem")
    context = ssl.create_default_context(cafile=str(bundle))
    decoded = context.get_ca_certs()
    assert len(decoded) > 50
    for der, told in zip(context.get_ca_certs(binary_form=True), decoded, strict=True):
        issuer = {kind: value for ((kind, value),) in told["issuer"]}
        wanted = (issuer.get("organizationName"), issuer.get("commonName"))
        known = read(der)
        assert known.issuer == ", ".join(dict.fromkeys(filter(None, wanted)))
        ends = datetime.datetime.strptime(told["notAfter"], "%b %d %H:%M:%S %Y %Z")
        assert known.until == str(ends.date())


@given(st.binary(max_size=300))
def test_any_bytes_are_read(der: bytes) -> None:
    read(der)


@given(st.data())
def test_a_certificate_that_is_broken_is_read(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(DER) - 1))
    broken = DER[:at] + bytes([data.draw(st.integers(0, 255))]) + DER[at + 1 :]
    read(broken)
    read(DER[:at])


@pytest.mark.parametrize("der", [None, b"", b"\x30\x00", b"\x30\x02\x30\x00", b"\x30\xff"])
def test_what_is_none_says_nothing(der: bytes | None) -> None:
    assert read(der) == Certificate()
