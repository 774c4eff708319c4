"""Where a call would go of which nothing is known yet: what a client shows before it makes any.

Asks no handler of the application, and no DNS that is not at hand. Decides nothing.
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError

from ...aws.hosts import host_of
from ...recent import Recent
from ...routing.candidates import Resolved
from ...routing.case import Case
from ...routing.variants import Variant
from .. import seams_rulesets
from .cases import Cases


class Memory:
    """What clients of one kind have in common: where a call without particulars would go."""

    __slots__ = ("case", "origin", "until")

    def __init__(self, case: Case | None) -> None:
        self.case = case
        self.origin = ""
        #: ``World.clock`` seconds until which ``origin`` need not be asked for again.
        self.until = float("-inf")


def origin_foreseen(cases: Cases, memories: Recent[object, Memory]) -> str:
    """The origin that a call without particulars would go to; empty if refused or unknown.

    :param memories: shared by all clients of a router.
    """
    router = cases.router
    # A case depends on the policy, the date and the client's settings, never on DNS.
    key = (
        router.world.today(),
        cases.rulesets.fingerprint(),
        cases.session_facts(),
        router.zone.at_once(),
    )
    memory = memories.get(key) or memories.recall(key)
    if memory is None:
        memory = Memory(case_foreseen(cases))
        memories.keep(key, memory)
    # The client's proxies were looked at a moment ago: as good as asking the clock again.
    if cases.proxies.watch.looked_at >= memory.until and memory.case:
        memory.origin, memory.until = router.foresee(memory.case)
    return memory.origin


def case_foreseen(cases: Cases, operation: str = "") -> Case | None:
    """The case of a call of which nothing is known yet; ``None`` if botocore has no host.

    :param operation: if that is known, after all.
    """
    rulesets = cases.rulesets
    standard = _resolved(cases, Variant(regional=cases.configured.native.regional))
    if standard is None:
        return None
    configured = cases.used_as_it_is(
        cases.configured, operation, standard.signing_region, presigned=False
    )
    subject = cases.subject(operation, standard, presigned=False, given=configured)
    if configured.is_kept:
        return cases.of_given(subject, configured.url, rulesets.own_scope)
    resolved = [
        known
        for variant, only_served in cases.wanted(subject)
        if (known := _resolved(cases, variant, standard.host, only_served)) is not None
    ]
    return cases.known(subject, resolved)


def _resolved(
    cases: Cases, variant: Variant, plain_host: str = "", only_served: bool = False
) -> Resolved | None:
    rulesets = cases.rulesets
    try:
        scope = rulesets.default_scope(variant)
        url = seams_rulesets.resolve_silently(rulesets.resolver(variant))
    except BotoCoreError:
        return None
    return rulesets.describe(
        variant,
        url,
        scope=scope,
        plain_host=plain_host or host_of(url),
        only_served=only_served,
    )
