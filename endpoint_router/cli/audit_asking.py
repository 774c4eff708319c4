"""What ``endpoint-router audit`` asks AWS, for who names a bucket or a trail: by the very policy.

What is asked, and how, is :mod:`endpoint_router.audit.bucket`'s and :mod:`~.audit.trail`'s.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

from botocore.exceptions import NoCredentialsError, NoRegionError, PartialCredentialsError
from botocore.session import Session

from ..audit.foreign import as_utf8
from ..audit.sources import Store, Unreadable, is_elsewhere, text_of
from ..audit.trail import Trail, ask, of_file
from ..discover.asking import Refused
from ..sdk.activation.installation import Installation
from .output import BadInput
from .progress import progress

_FILES = "give files that lie on this machine"


@contextlib.contextmanager
def answers() -> Iterator[None]:
    """While the block runs, what AWS refuses is bad input.

    What the policy refuses is told as everywhere.
    """
    try:
        yield
    except Refused as error:
        raise BadInput(str(error)) from None
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise BadInput(f"{error}: set AWS_PROFILE, or {_FILES}") from None
    except NoRegionError as error:
        unread = " (boto3 does not read AWS_REGION)" if os.environ.get("AWS_REGION") else ""
        raise BadInput(f"{error} Set AWS_DEFAULT_REGION{unread}") from None


def store_of(sources: Sequence[str], installation: Installation) -> Store | None:
    """What gets at those of *sources* that are in buckets; ``None`` where none is."""
    if not any(map(is_elsewhere, sources)):
        return None
    from ..audit.bucket import Bucket, client_of

    client = client_of(session_of(installation))
    return Bucket(client, lambda: progress("pages of the bucket's list", None))


def trails_of(names: Sequence[str], installation: Installation) -> tuple[Trail, ...]:
    """What each of *names* records: a trail, its ARN, or a file of ``get-event-selectors``.

    :raises BadInput: a file is none.
    """
    session = None
    trails = []
    for name in dict.fromkeys(names):
        if _is_file(name):
            trails.append(_read(name))
            continue
        session = session or session_of(installation)
        trails.append(ask(session, name))
    return tuple(trails)


def session_of(installation: Installation) -> Session:
    """One whose calls pass the policy."""
    session = Session()
    installation.claim(session)
    return session


def _is_file(name: str) -> bool:
    """What exists is one, and what no trail can be called."""
    if os.path.exists(name):
        return True
    return not name.startswith("arn:") and ("/" in name or name.endswith(".json"))


def _read(name: str) -> Trail:
    try:
        return of_file(name, as_utf8(text_of(name)))
    except (Unreadable, ValueError) as error:
        wanted = "a trail, its ARN, or a file of `aws cloudtrail get-event-selectors`"
        raise BadInput(f"--trail: {name}: {error}; expected {wanted}") from None
