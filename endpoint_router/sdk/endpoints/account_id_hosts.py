"""Hosts that carry the account's id: DynamoDB, Kinesis, EventBridge.

botocore knows three modes: ``preferred`` (its default), ``required`` and ``disabled``. Which of
them the policy wants (``account_id_hosts``) is :mod:`endpoint_router.routing`'s; here is how a
ruleset is asked for a host with or without the id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.regions import EndpointResolverBuiltins as Builtin

from ...aws.hosts import names_account

#: botocore before 1.35 knows no account ids in hosts.
_MODE = getattr(Builtin, "ACCOUNT_ID_ENDPOINT_MODE", None)
_ACCOUNT = getattr(Builtin, "ACCOUNT_ID", None)


def may_omit_account_id(host: str, builtins: Mapping[Any, Any]) -> bool:
    """Would botocore also do without the account id that *host* begins with?"""
    mode = builtins.get(_MODE) if _MODE is not None else None
    return mode == "preferred" and names_account(host)


def inputs_without_account_id() -> dict[Any, str]:
    """What makes a ruleset leave the account id out."""
    return {} if _MODE is None else {_MODE: "disabled"}


def inputs_with_account_id(account: str) -> dict[Any, str]:
    """What makes a ruleset put *account* in front of its hosts."""
    return {} if _MODE is None or _ACCOUNT is None else {_MODE: "preferred", _ACCOUNT: account}
