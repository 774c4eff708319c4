"""What is no error of a policy but its owner should hear: each a sentence with an id and a place.

The ids are public: people write them into CI to say what they know already. What is remarked on
stands where it is found; here are the ids, and the value that carries one. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from .origins import DEFAULT, Origin

#: Each id, and what it means to the policy's owner.
REMARKS: Mapping[str, str] = {
    "attested": "the policy alone says that a host of AWS's own is FIPS or private",
    "demand.contradicted": "what is demanded together cannot be had, whatever is declared",
    "document.unused": "another document takes this one's place",
    "endpoint.idle": "a host in `serves` that the endpoint's name has no place for",
    "endpoint.labels_lost": "what stands before a served host gets lost behind the endpoint's name",
    "endpoint.overlap": "two endpoints serve the same host: the first is used where it can be",
    "endpoint.unusable": "what is demanded keeps each call away from the endpoint",
    "file.writable": "others may change the policy's file",
    "gateway.declared": "a gateway endpoint, which nothing proves to be in the way",
    "mode.off": "the policy does nothing",
    "network.everything": "every address counts as private",
    "private_dns.needed": "no endpoint is declared for a service that must be private",
    "report.unrecorded": "report mode, and nothing is recorded",
    "rule.hidden": "an earlier rule matches all of this one's calls",
    "rule.never": "no call is in that region and that partition",
    "rule.refused": "`allowed_regions` refuses what the rule is about",
    "selector.unknown": "a name that the installed botocore does not know",
    "variable.unused": "a variable that declares no endpoint",
    "waiver.ended": "a rule that has ended",
    "waiver.ends": "a rule that ends soon",
}

#: Of these, those that are good to know and ask for nothing.
NOTES = frozenset({"private_dns.needed"})


class Remark(str):
    """One of them: the sentence as a log has it, and its parts for who shows them otherwise."""

    #: In :data:`REMARKS`.
    id: str
    #: Where it was written.
    origin: Origin
    #: Dotted, in the merged policy or in the layer; empty for the whole.
    path: str
    #: Without place and way out.
    what: str
    way_out: str

    def __new__(
        cls,
        text: str,
        id: str = "",
        *,
        origin: Origin = DEFAULT,
        path: str = "",
        what: str = "",
        way_out: str = "",
    ) -> Remark:
        """:param what: by default *text*, less its way out."""
        remark = super().__new__(cls, f"{text}. {way_out}" if way_out else text)
        remark.id, remark.origin, remark.path = id, origin, path
        remark.what, remark.way_out = what or text, way_out
        return remark
