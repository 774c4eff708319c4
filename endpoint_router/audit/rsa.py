"""RSA signatures as CloudTrail makes them: SHA-256, PKCS #1 v1.5. Verifies, signs nothing. Pure.

Of its own, because the core install brings no package that can (awscrt and cryptography may be
missing), and because what is secret elsewhere is public here: key, text and signature, so how
long it takes tells nobody anything. Others were forged upon because they *read* the padding that
came out; here the only right block is made and compared whole (RFC 8017, 8.2.2).
"""

from __future__ import annotations

from hashlib import sha256

from msgspec import Struct

__all__ = ["BadKey", "PublicKey", "public_key", "verifies"]

#: In front of the hash in the block: says that it is SHA-256's (RFC 8017, 9.2, note 1).
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
#: Bytes of a modulus: AWS's have 256. Fewer were broken, more are no key's.
_SHORTEST, _LONGEST = 128, 1024


class BadKey(ValueError):
    """What was given is no RSA public key of PKCS #1; the text says why."""


class PublicKey(Struct, frozen=True):
    """Modulus and exponent."""

    modulus: int
    exponent: int

    @property
    def size(self) -> int:
        """Bytes of the modulus, and of each signature."""
        return (self.modulus.bit_length() + 7) // 8


def public_key(der: bytes) -> PublicKey:
    """The key in *der*: ``RSAPublicKey`` of PKCS #1, as ListPublicKeys gives it.

    :raises BadKey: it is anything else.
    """
    inside, rest = _element(der, 0x30)
    modulus, inside = _element(inside, 0x02)
    exponent, inside = _element(inside, 0x02)
    if rest or inside:
        raise BadKey("more in it than an RSA public key of PKCS #1")
    key = PublicKey(int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big"))
    negative = bool((modulus[0] | exponent[0]) & 0x80)
    if negative or not _SHORTEST <= key.size <= _LONGEST or not 3 <= key.exponent < 1 << 33:
        raise BadKey("its numbers are no RSA public key's")
    return key


def _element(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """What is in the first element, which has to be a *tag*, and what follows it."""
    if len(der) < 2 or der[0] != tag:
        raise BadKey("no RSA public key of PKCS #1 in DER")
    length, start = der[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[2:start], "big")
    end = start + length
    if not length or end > len(der):
        raise BadKey("it is cut off")
    return der[start:end], der[end:]


def verifies(key: PublicKey, text: bytes, signature: bytes) -> bool:
    """Is *signature* the one of *text* by the owner of *key*?"""
    number = int.from_bytes(signature, "big")
    if len(signature) != key.size or number >= key.modulus:
        return False
    hashed = _SHA256 + sha256(text).digest()
    padding = b"\xff" * (key.size - len(hashed) - 3)
    block = b"\x00\x01" + padding + b"\x00" + hashed
    return pow(number, key.exponent, key.modulus).to_bytes(key.size, "big") == block
