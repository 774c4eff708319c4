"""``install``, ``uninstall`` and ``attach``: the state of the process, behind one lock.

Which installations there are, and which of them speaks. What each does is :mod:`.installation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

import botocore

from ... import codes
from ...errors import PolicyError
from ...policy.load import PolicySource
from ...process import Lock
from .. import seams
from .installation import Installation

_lock = Lock()
_installed: Installation | None = None
#: Keeps what :func:`attach` put in place, so that :func:`uninstall` can undo it.
_attached: list[Installation] = []
#: What blocks of tests have put over all that (:mod:`endpoint_router.testing`): the last speaks.
_blocks: list[Installation] = []


def install(policy: PolicySource | None = None) -> None:
    """Route every botocore client of this process from now on.

    Covers each session made later, the sessions that exist (boto3's default one among them), and
    the clients that botocore makes inside itself. Clients made before are named in a warning.

    :param policy: a :class:`~endpoint_router.Policy`, a dict of the same shape, or the path of a
        policy file. ``None``: environment variables and the profile say.
    :raises PolicyError: when the policy cannot be used, or when another one is installed. The
        handlers that refuse each call are then in place all the same, so that a ``try`` around
        this call cannot disarm it.
    """
    switch_on(policy)


def switch_on(
    policy: PolicySource | None = None, *, being_made: Any = None, covers: bool = True
) -> None:
    """:func:`install`.

    :param being_made: a client that is about to be attached, and not to be named as missed.
    :param covers: look for sessions that exist already.
    """
    global _installed
    with _lock.here:
        if _blocks:
            Installation(policy).load()  # it has to be one that could be installed
            return
        if _installed is not None:
            if _installed.policy == policy:
                _installed.start()
                return
            raise PolicyError(
                where="install()",
                found="another policy",
                expected="the policy that is installed already, or none",
                hint="Call endpoint_router.uninstall() first.",
                code=codes.POLICY_INSTALLED,
            )
        _installed = Installation(policy)
        botocore.register_initializer(_installed)
        if covers:
            _installed.cover_existing(being_made)
        _installed.start()


def botocore_loaded() -> None:
    """:func:`install`, as the start-up hook calls it whenever botocore has been loaded.

    There is no session of it yet. Loaded anew, it has forgotten whom to tell of sessions.

    :raises PolicyError: as :func:`install`; each call is then refused.
    """
    with _lock.here:
        if _installed is None:
            switch_on(covers=False)
            return
        module: Any = import_module("botocore")  # perhaps another one than ours
        with suppress(ValueError):
            module.unregister_initializer(_installed)
        module.register_initializer(_installed)


def uninstall() -> None:
    """Undo :func:`install` and every :func:`attach`, exactly. Without effect when there is none."""
    global _installed
    with _lock.here:
        if _blocks:
            return
        # The last first: a client may have been routed by one policy and attached to another.
        while _attached:
            _attached.pop().undo()
        if _installed is not None:
            botocore.unregister_initializer(_installed)
            _installed.undo()
            _installed = None


def attach(session_or_client: Any, policy: PolicySource | None = None) -> None:
    """Route the clients of one boto3 or botocore session, or one client that exists already.

    :param session_or_client: of boto3, botocore, aioboto3 or aiobotocore; a boto3 resource, too.
    :param policy: as for :func:`install`; ``None`` means what is installed, if anything is.
    :raises PolicyError: when the policy cannot be used; each call is then refused.
    :raises TypeError: for what ``create_client()`` of an asynchronous session returns: what that
        gives when it is entered is the client.
    """
    if seams.is_pending(session_or_client):
        raise TypeError(
            "attach() needs a client or a session, and this is to be entered first: "
            "async with session.create_client(...) as client: endpoint_router.attach(client)"
        )
    with _lock.here:
        if _blocks:
            Installation(policy).load()  # as in install()
            return
        installation = _installed if policy is None and _installed else Installation(policy)
        if installation is not _installed:
            # Their sessions and clients are gone, and with them what they have found out.
            _attached[:] = [other for other in _attached if other.is_in_use()]
            _attached.append(installation)
        session = seams.botocore_session(session_or_client)
        if hasattr(session, "create_client"):
            installation.claim(session)
            installation.start(session)
        else:
            client = getattr(session_or_client, "meta", session_or_client)
            client = getattr(client, "client", session_or_client)  # a boto3 resource holds one
            for other in filter(None, (_installed, *_attached)):
                if other is not installation:
                    other.release(client)  # one policy speaks for a client: the last attached
            installation.adopt(client)
            installation.start()


@contextmanager
def over_all(block: Installation) -> Iterator[None]:
    """Let *block* alone speak, for tests: over what is installed or attached, and comes to be.

    Meanwhile :func:`install`, :func:`attach` and :func:`uninstall` change nothing. Afterwards all
    is as it was, and what was made meanwhile obeys whom it would have obeyed without.
    """
    with _lock.here:
        _blocks.append(block)
        botocore.register_initializer(block)
    try:
        yield
    finally:
        with _lock.here:
            botocore.unregister_initializer(block)
            _blocks.remove(block)


def installations() -> list[Installation]:
    """All that cover anything, by who speaks: the first before the others."""
    with _lock.here:
        return [*reversed((*filter(None, (_installed,)), *_attached, *_blocks))]


def current() -> Installation | None:
    """What speaks for the process: what :func:`install` put in place, or a test's block over it."""
    return _blocks[-1] if _blocks else _installed


def installation_for(policy: PolicySource | Installation | None) -> Installation:
    """What speaks for a question that is about no client: *policy*, else what is installed."""
    if isinstance(policy, Installation):
        return policy  # the lab's and the tests', with a world of its own
    installed = current()
    return installed if policy is None and installed else Installation(policy)
