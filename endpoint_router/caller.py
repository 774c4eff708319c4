"""Who makes the calls of this process: the application, the machine, the versions.

Reads variables that are there anyway, and one file. No question goes to any network: what only a
platform's endpoint tells (the family of a task on Fargate) is not known here. Nothing is imported
for its version.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Mapping

from msgspec import Struct

from ._version import __version__
from .printable import printable

__all__ = ["APPLICATION", "Caller", "caller_of"]

#: The first that says something is the application's name. Ours; the SDKs' name for it in the user
#: agent; OpenTelemetry's; AWS Lambda's.
_VARIABLES = (
    "ENDPOINT_ROUTER_APPLICATION",
    "AWS_SDK_UA_APP_ID",
    "OTEL_SERVICE_NAME",
    "AWS_LAMBDA_FUNCTION_NAME",
)
APPLICATION = _VARIABLES[0]
#: What the ECS agent on an instance writes, where it is told to.
_ECS_FILE = "ECS_CONTAINER_METADATA_FILE"
#: Characters, of what others name.
_LONGEST = 128
#: Bytes.
_LIMIT = 256 * 1024


class Caller(Struct, frozen=True):
    """What each line of the decision log says of the process that wrote it."""

    #: Empty where nobody says.
    application: str
    #: Its name for itself: of a container, mostly the pod's or the container's id.
    machine: str
    #: By package; of botocore, empty where it is not loaded.
    versions: Mapping[str, str]


def caller_of(environ: Mapping[str, str] = os.environ) -> Caller:
    """The caller as this process shows him, by now."""
    named = (environ.get(name, "").strip() for name in _VARIABLES)
    application = next(filter(None, named), "") or _family(environ.get(_ECS_FILE, ""))
    botocore = getattr(sys.modules.get("botocore"), "__version__", "")
    return Caller(
        application=printable(application)[:_LONGEST],
        machine=printable(_machine())[:_LONGEST],
        versions={"endpoint_router": __version__, "botocore": str(botocore)},
    )


def _machine() -> str:
    try:
        return socket.gethostname()
    except OSError:
        return ""


def _family(path: str) -> str:
    """The family of the task's definition, by the file at *path*; empty where that says nothing."""
    if not path:
        return ""
    try:
        with open(path, "rb") as file:
            said = json.loads(file.read(_LIMIT))
    except (OSError, ValueError, RecursionError):  # the last: brackets, many times over
        return ""
    family = said.get("TaskDefinitionFamily") if isinstance(said, dict) else None
    return family if isinstance(family, str) else ""
