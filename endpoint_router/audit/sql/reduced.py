"""What is left of that which differs in almost every record: Host headers and user agents. Pure.

What is cut off is only ever what stands in front, or what :mod:`..grouping` does not look for, so
that it reads the rest as it would have read the whole. Each pattern means the same in RE2 (DuckDB)
and in Java's syntax (Trino).
"""

from __future__ import annotations

import re

from ...aws.dns_suffixes import AWS_SUFFIXES
from ..grouping import BROWSERS, CONSOLES, INTERNAL, S3_LABELS, SDKS
from .names import literal

__all__ = ["AGENT", "HOST"]


def _host() -> str:
    """A Host header without the bucket that stands in front of S3's and of VPC endpoints' names."""
    family = "s3|s3-[a-z-]+|s3express-[a-z0-9-]+"
    suffix = "|".join(re.escape(suffix) for suffix in AWS_SUFFIXES)
    endpoint = rf"(?i)\A(?:\s*|.*?\.)((?:(?:{'|'.join(S3_LABELS)})\.)?vpce-.*)\z"
    bucket = rf"(?i)\A(?:.+\.|\s*)((?:{family})(?:\.[a-z0-9-]+)*\.(?:{suffix})\.*(?::443)?\.*\s*)\z"
    return f"""CASE
      WHEN lower(host) LIKE '%vpce-%'
      THEN coalesce(nullif(regexp_extract(host, {literal(endpoint)}, 1), ''), host)
      WHEN lower(host) LIKE '%s3%.%' AND lower(host) NOT LIKE '%.vpce.%'
      THEN coalesce(nullif(regexp_extract(host, {literal(bucket)}, 1), ''), host)
      ELSE host
    END"""


def _agent() -> str:
    """A user agent with the words that :mod:`.grouping` looks for, and no others."""
    sdk = literal(rf"(?i)\A\[*(?:{'|'.join(SDKS)})")
    fronts = "|".join((*CONSOLES, *BROWSERS)).replace(".", r"\.")
    console = literal(rf"\A\[*({fronts})")
    application = literal(r"(?:\A\[*|\s)(app/[^\s\]]+)")
    label = literal(r"(?:\A\[*|\s)(md/endpoint-router#[^\s\]]*)")
    internal = literal(f"%{INTERNAL}%")
    return f"""coalesce(regexp_extract(agent, {sdk}), '')
      || coalesce(regexp_extract(agent, {console}, 1), '')
      || ' ' || coalesce(regexp_extract(agent, {application}, 1), '')
      || ' ' || coalesce(regexp_extract(agent, {label}, 1), '')
      || CASE WHEN agent LIKE {internal} THEN ' {INTERNAL}' ELSE '' END"""


HOST, AGENT = _host(), _agent()
