"""On what ground a host that botocore's ruleset yields for FIPS counts as FIPS.

Neither "fips" in a name nor ``use_fips_endpoint`` proves it: rulesets make hosts up. Strongest
first: ``listed`` in botocore's ``endpoints.json``, or ``ruleset`` where the ruleset knows FIPS and
yields another host for it. What a policy attests, and what the name of a VPC endpoint says, is
:mod:`endpoint_router.routing.candidates`.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ... import codes
from .botocore_data import BotocoreData

#: The only partition whose plain hosts AWS designates as FIPS.
_PLAIN_IS_FIPS = "aws-us-gov"


class FipsBasis(Struct, frozen=True):
    """The ground, or why there is none, with the code of that reason."""

    basis: Literal["listed", "ruleset"] | None
    why_none: str = ""
    code: str = ""


def fips_basis(
    data: BotocoreData,
    *,
    service: str,
    endpoint_prefix: str,
    host: str,
    plain_host: str,
    partition: str,
    has_fips_parameter: bool,
    overridden_by: str = "",
) -> FipsBasis:
    """On what ground *host*, which the ruleset gives for UseFIPS, is FIPS.

    :param host: without bucket and account labels; *plain_host* is the one without FIPS.
    :param overridden_by: the file that stands in the place of botocore's data. It could send the
        call to a plain host while ``use_fips_endpoint`` still reads True.
    """
    if overridden_by:
        why = f"endpoint data is overridden by {overridden_by}"
        return FipsBasis(None, why, codes.FIPS_DATA_OVERRIDDEN)
    if not has_fips_parameter:
        return FipsBasis(
            None, f"botocore's ruleset of {service} knows no FIPS", codes.FIPS_NO_BASIS
        )
    if host in data.listed(endpoint_prefix):
        return FipsBasis("listed")
    if _ignores_fips(service, host) or (host == plain_host and partition != _PLAIN_IS_FIPS):
        return FipsBasis(
            None, "use_fips_endpoint changes nothing for this host", codes.FIPS_NO_BASIS
        )
    return FipsBasis("ruleset")


def _ignores_fips(service: str, host: str) -> bool:
    """Hosts that rulesets return for UseFIPS although it means nothing to them.

    The S3 Outposts alias (``--op-s3``) and the control plane of ``signin``, in every partition.
    """
    if "fips" in host:
        return False
    return (service == "s3" and "s3-outposts." in host) or service == "signin"
