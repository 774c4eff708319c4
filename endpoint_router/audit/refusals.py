"""What AWS says where it does not do as it was asked, in a line that says what to do. Pure."""

from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import ClientError

_NO_GOOD = "the credentials are no good here, or AWS_DEFAULT_REGION is of another partition"
#: What no other call would have more luck with.
_STOPS: dict[str, str] = {
    "ExpiredToken": "the credentials have expired",
    "ExpiredTokenException": "the credentials have expired",
    "TokenRefreshRequired": "the credentials have expired",
    "InvalidToken": _NO_GOOD,
    "InvalidClientTokenId": _NO_GOOD,
    "UnrecognizedClientException": _NO_GOOD,
    "InvalidAccessKeyId": _NO_GOOD,
    "SignatureDoesNotMatch": _NO_GOOD,
    "RequestTimeTooSkewed": "this machine's clock is wrong",
    "NoSuchBucket": "there is no such bucket",
    "PermanentRedirect": "it is in another region",
    "AuthorizationHeaderMalformed": "it is in another region",
    "IllegalLocationConstraintException": "it is in another region",
}
_REGION = re.compile(r"expecting '([a-z0-9-]+)'")
_DENIED = (
    "AccessDenied",
    "AccessDeniedException",
    "AllAccessDisabled",
    "UnauthorizedOperation",
    "403",
    "Forbidden",
)
#: ``User: arn:… is not authorized to perform: kms:Decrypt on resource: …``
_WHO = re.compile(r"User: (\S+) is not authorized")
_WHAT = re.compile(r"to perform: ([\w:*-]+)")


def code_of(error: ClientError) -> str:
    """AWS's name of it; an HTTP status where there is no other."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_denied(error: ClientError) -> bool:
    """Does a permission lack?"""
    return code_of(error) in _DENIED


def stops(error: ClientError) -> bool:
    """Would every other call of the kind fare the same?"""
    return code_of(error) in _STOPS


def why(error: ClientError, action: str) -> str:
    """What is the matter.

    :param action: that was tried, as IAM calls it: ``s3:GetObject``.
    """
    response: Any = error.response
    said = response.get("Error", {})
    code, message = code_of(error), str(said.get("Message", ""))
    if is_denied(error):
        who, what = _WHO.search(message), _WHAT.search(message)
        named = what[1] if what else action
        return f"no permission {named}{f' for {who[1]}' if who else ''}"
    if code in _STOPS:
        return f"{_STOPS[code]}{_region(error)} ({code})"
    if code in ("NoSuchKey", "404"):
        return "gone since it was listed"
    if code == "InvalidObjectState":
        kind = said.get("StorageClass") or "another storage class"
        return f"archived ({kind}): restore it first"
    return f"{action}: {code}: {message}"


def _region(error: ClientError) -> str:
    """Where the bucket is instead, as far as S3 says it."""
    response: Any = error.response
    said = response.get("Error", {})
    expected = _REGION.search(str(said.get("Message", "")))
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = headers.get("x-amz-bucket-region") or said.get("Region") or (expected and expected[1])
    if "region" not in _STOPS[code_of(error)] or not region:
        return ""
    return f", {region}: set AWS_DEFAULT_REGION"
