"""Signatures: those that cryptography makes are verified, and nothing that only looks like one."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from endpoint_router.audit.rsa import BadKey, PublicKey, public_key, verifies

from .digested import KEY, Key

OF_KEY = public_key(KEY.der)
TEXT = b"2026-11-20T01:00:31Z\nexample-bucket/AWSLogs/...\n00\nnull"
SIGNED = KEY.sign(TEXT)
NAME = bytes.fromhex("3031300d060960864801650304020105000420")


def signed_block(block: bytes, key: Key = KEY) -> bytes:
    """What the owner of *key* would send if he signed *block* as it stands."""
    numbers = key.private.private_numbers()
    modulus = numbers.public_numbers.n
    size = (modulus.bit_length() + 7) // 8
    return pow(int.from_bytes(block, "big"), numbers.d, modulus).to_bytes(size, "big")


def block_of(hashed: bytes, *, kind: int = 1, name: bytes = NAME, short: int = 0) -> bytes:
    filling = b"\xff" * (256 - 3 - len(name) - len(hashed) - short)
    return b"\0" + bytes([kind]) + filling + b"\0" + name + hashed + b"\x41" * short


@pytest.mark.parametrize("size", [1024, 2048, 2049, 3072])
def test_what_cryptography_signs_is_verified(size: int) -> None:
    key = Key(size)
    assert verifies(public_key(key.der), TEXT, key.sign(TEXT))
    assert not verifies(public_key(key.der), TEXT, SIGNED)


@given(at=st.integers(0, 255), bits=st.integers(1, 255))
def test_no_other_signature_is(at: int, bits: int) -> None:
    changed = bytearray(SIGNED)
    changed[at] ^= bits
    assert not verifies(OF_KEY, TEXT, bytes(changed))


@given(st.binary(max_size=300))
def test_nor_any_bytes(text: bytes) -> None:
    assert not verifies(OF_KEY, TEXT, text)
    assert verifies(OF_KEY, text, SIGNED) == (text == TEXT)


HASHED = sha256(TEXT).digest()
FORGED = {
    "bytes behind the hash": block_of(HASHED, short=40),
    "the hash shifted, padding too short": b"\0\1\xff\0" + NAME + HASHED + b"\0" * 201,
    "of another kind": block_of(HASHED, kind=2),
    "no kind": block_of(HASHED, kind=0),
    "another hash's name": block_of(HASHED, name=bytes.fromhex("3021300906052b0e03021a05000414")),
    "no name": block_of(HASHED, name=b""),
    "no parameters of SHA-256": block_of(
        HASHED, name=bytes.fromhex("302f300b0609608648016503040201" + "0420")
    ),
    "padding that is none": block_of(HASHED).replace(b"\xff" * 8, b"\xff\xfe" * 4, 1),
    "another text": block_of(sha256(b"").digest()),
}


def test_the_right_block_is_verified() -> None:
    assert signed_block(block_of(HASHED)) == SIGNED


@pytest.mark.parametrize("name", FORGED)
def test_a_block_is_right_in_each_byte(name: str) -> None:
    assert not verifies(OF_KEY, TEXT, signed_block(FORGED[name]))


def test_the_same_number_written_otherwise() -> None:
    number = int.from_bytes(SIGNED, "big")
    longer = (number + OF_KEY.modulus).to_bytes(257, "big")
    for signature in (b"\0" + SIGNED, SIGNED + b"\0", longer, longer[1:], b""):
        assert not verifies(OF_KEY, TEXT, signature)


def test_the_cube_root_of_a_block() -> None:
    """Of 2006: with an exponent of 3, and the rest of the block ignored, anybody can sign."""
    key = rsa.generate_private_key(public_exponent=3, key_size=2048).public_key()
    weak = public_key(key.public_bytes(Encoding.DER, PublicFormat.PKCS1))
    target = int.from_bytes(b"\0\1\xff\0" + NAME + HASHED + b"\xff" * 201, "big")
    low, high = 0, 1 << 700
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= target else (low, middle - 1)
    forged = low.to_bytes(256, "big")
    assert pow(low, 3).to_bytes(256, "big").startswith(b"\0\1\xff\0" + NAME + HASHED)
    assert not verifies(weak, TEXT, forged)


def test_keys_are_read_as_cryptography_writes_them() -> None:
    numbers = KEY.private.public_key().public_numbers()
    assert PublicKey(numbers.n, numbers.e) == OF_KEY
    assert OF_KEY.size == 256


SPKI = KEY.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "der",
    [b"", b"0", b"\x30\x00", KEY.der[:-1], KEY.der + b"\0", SPKI, b"\x30\x84" + KEY.der[2:], b"{}"],
)
def test_what_is_no_key(der: bytes) -> None:
    with pytest.raises(BadKey):
        public_key(der)


@given(at=st.integers(0, 10), byte=st.integers(0, 255))
def test_a_changed_key_is_none_or_another(at: int, byte: int) -> None:
    changed = bytearray(KEY.der)
    changed[at] = byte
    try:
        key = public_key(bytes(changed))
    except BadKey:
        return
    assert verifies(key, TEXT, SIGNED) == (bytes(changed) == KEY.der)


def test_another_algorithm_is_no_signature() -> None:
    of_sha512 = KEY.private.sign(TEXT, padding.PKCS1v15(), hashes.SHA512())
    salted = KEY.private.sign(TEXT, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    assert not verifies(OF_KEY, TEXT, of_sha512)
    assert not verifies(OF_KEY, TEXT, salted)
