"""What DNS would say, where it is not asked: the assumption on which a comparison rests.

Whoever reads the outcome must be told; here is also the sentence that does so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_network

from ..policy.loaded import LoadedPolicy
from ..router import table_of
from ..routing.answer import Answer, Question
from ..survey.assuming import Assuming

#: An address of AWS's, in no private network.
_PUBLIC = "52.94.0.10"
_TTL = 60.0

PUBLIC_HOSTS = (
    "DNS is not asked. Assumed: every host exists; names of declared endpoints resolve to "
    "addresses of the trusted networks and accept connections; all others resolve publicly, behind "
    "a gateway's prefix list within it. Private DNS is not assumed."
)
PRIVATE_DNS = (
    "DNS is not asked. Assumed: every host exists, and resolves to addresses of the trusted "
    "networks, as with private DNS for every service."
)


def assuming(
    loaded: LoadedPolicy, policies: Iterable[LoadedPolicy], *, private_dns: bool
) -> Assuming:
    """A router of *loaded* under the assumption.

    :param policies: all that are compared: an endpoint that one of them declares is there.
    :param private_dns: every host resolves privately, not only declared endpoints.
    """
    return Assuming(loaded, _answers(loaded, policies, private_dns=private_dns))


def _answers(
    loaded: LoadedPolicy, policies: Iterable[LoadedPolicy], *, private_dns: bool
) -> Callable[[Question], Answer]:
    networks = loaded.policy.network.private
    inside = str(ip_network(networks[0])[0]) if networks else _PUBLIC
    endpoints = {
        name.text.removeprefix("*.")
        for each in policies
        for endpoint in each.parsed.interfaces
        for name in endpoint.names
    }
    table = table_of(loaded.parsed)

    def answer(question: Question) -> Answer:
        name = question.name
        if private_dns or _at_or_below(name, endpoints):
            return _answered(name, inside)
        gateway = table.gateway(name)
        if gateway is not None and gateway.prefix_list is not None:
            declared = next(each for each in loaded.parsed.gateways if each.index == gateway.index)
            return _answered(name, str(declared.prefix_list[0][0]))
        return _answered(name, _PUBLIC)

    return answer


def _at_or_below(name: str, endpoints: set[str]) -> bool:
    labels = name.split(".")
    return any(".".join(labels[at:]) in endpoints for at in range(len(labels)))


def _answered(name: str, address: str) -> Answer:
    return Answer(name, "answered", (address,), ttl=_TTL, reachable=True)
