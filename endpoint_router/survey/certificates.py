"""Reads of a certificate what people ask for: names, issuer, last day.

The standard library decodes only what it has verified, and here the point is what could not be.
Strangers wrote the bytes: whatever is wrong with them gives an empty :class:`Certificate`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from typing import NamedTuple

from .connected import Certificate

__all__ = ["read"]

_OCTETS, _EXTENSIONS = 0x04, 0xA3
_VERSION, _BMP, _UTC_TIME = 0xA0, 0x1E, 0x17
_DNS_NAME, _ADDRESS = 0x82, 0x87
#: X.520's commonName and organizationName, and subjectAltName.
_COMMON_NAME, _ORGANIZATION, _ALTERNATIVES = b"\x55\x04\x03", b"\x55\x04\x0a", b"\x55\x1d\x11"


class _Item(NamedTuple):
    tag: int
    content: bytes


def read(der: bytes | None) -> Certificate:
    """What the certificate *der* says of itself."""
    with suppress(ValueError, IndexError):
        return _read(der or b"")
    return Certificate()


def _read(der: bytes) -> Certificate:
    (whole,) = _items(der)
    fields = list(_items(_first(whole.content)))
    if fields[0].tag == _VERSION:
        fields = fields[1:]
    _serial, _algorithm, issuer, validity, subject, _key, *rest = fields
    names = tuple(name for field in rest if field.tag == _EXTENSIONS for name in _names(field))
    common = _attributes(subject).get(_COMMON_NAME, "")
    issued_by = _attributes(issuer)
    said = (issued_by.get(_ORGANIZATION, ""), issued_by.get(_COMMON_NAME, ""))
    return Certificate(
        names or ((common,) if common else ()),
        ", ".join(dict.fromkeys(filter(None, said))),
        _day(list(_items(validity.content))[1]),
    )


def _items(content: bytes) -> Iterator[_Item]:
    """The values that *content* is made of (X.690, distinguished encoding)."""
    at = 0
    while at < len(content):
        tag, size, at = content[at], content[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            size, at = int.from_bytes(content[at : at + count], "big"), at + count
        if at + size > len(content):
            raise ValueError("cut off")
        yield _Item(tag, content[at : at + size])
        at += size


def _first(content: bytes) -> bytes:
    for item in _items(content):
        return item.content
    raise ValueError("empty")


def _attributes(name: _Item) -> dict[bytes, str]:
    attributes: dict[bytes, str] = {}
    for relative in _items(name.content):
        for pair in _items(relative.content):
            kind, value = _items(pair.content)
            encoding = "utf-16-be" if value.tag == _BMP else "utf-8"
            attributes[kind.content] = value.content.decode(encoding, "replace")
    return attributes


def _names(extensions: _Item) -> Iterator[str]:
    for extension in _items(_first(extensions.content)):
        kind, *_critical, value = _items(extension.content)
        if kind.content != _ALTERNATIVES or value.tag != _OCTETS:
            continue
        for name in _items(_first(value.content)):
            if name.tag == _DNS_NAME:
                yield name.content.decode("ascii", "replace")
            elif name.tag == _ADDRESS:
                yield str(ip_address(name.content))


def _day(time: _Item) -> str:
    form = "%y%m%d%H%M%SZ" if time.tag == _UTC_TIME else "%Y%m%d%H%M%SZ"
    with suppress(ValueError):
        return str(datetime.datetime.strptime(time.content.decode("ascii"), form).date())
    return ""
