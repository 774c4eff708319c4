"""What botocore's rulesets yield for one client, variant by variant.

The client's own resolver is never changed: each variant is a twin of it with other inputs, so an
application's ``before-endpoint-resolution`` handlers keep working and nothing is shared that could
be raced for. Hosts come out of the ruleset, never out of a format string.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from functools import cached_property
from itertools import product
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError
from botocore.regions import EndpointResolverBuiltins as Builtin

from ...aws.hosts import (
    host_of,
    is_aws,
    names_account,
    names_region,
    origin_of,
    probe_name,
    with_prefix,
)
from ...routing.candidates import Resolved, Variant
from .. import seams
from .facts import Facts, facts_for

#: The services that have a global host beside their regional ones.
_GLOBAL_TWINS = {
    "sts": Builtin.AWS_STS_USE_GLOBAL_ENDPOINT,
    "s3": Builtin.AWS_S3_USE_GLOBAL_ENDPOINT,
}

_VARIANTS = tuple(Variant(*flags) for flags in product((False, True), repeat=3))

#: botocore before 1.35 knows no account ids in hosts.
_ACCOUNT_ID_MODE = getattr(Builtin, "ACCOUNT_ID_ENDPOINT_MODE", None)


def _nothing() -> None:
    """Stands for a reference to no resolver."""


class Rulesets:
    """The endpoints of one client."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self.model = parts["service_model"]
        self.service: str = self.model.service_name
        signer = parts["request_signer"]
        #: Signing name and region that botocore gave the client.
        self.own_scope: tuple[str, str] = (signer.signing_name, signer.region_name or "")
        self.config = parts["client_config"]
        self.facts: Facts = facts_for(tuple(parts["loader"].search_paths))
        resolver = parts["endpoint_ruleset_resolver"]
        #: Services without a ruleset (an application's own models) send to their one URL.
        self.exist = resolver is not None
        self.builtins: seams.Builtins = seams.builtins_of(resolver) if self.exist else {}
        self.region: str = self.builtins.get(Builtin.AWS_REGION) or self.config.region_name or ""
        self.partition: str = self.facts.partition(self.region) or parts["partition"] or "aws"
        self.given_url: str = self.builtins.get(Builtin.SDK_ENDPOINT) or ""
        #: What the application itself asked for. botocore forgets it next to an endpoint URL, but
        #: its legacy resolver leaves a trace in the client's configuration.
        self.native = Variant(
            fips=bool(self.builtins.get(Builtin.AWS_USE_FIPS) or self.config.use_fips_endpoint),
            dual_stack=bool(
                self.builtins.get(Builtin.AWS_USE_DUALSTACK) or self.config.use_dualstack_endpoint
            ),
        )
        self._has_fips = self.exist and seams.has_parameter(resolver, Builtin.AWS_USE_FIPS)
        #: Weakly: the resolver owns what stands in for its method, and so this object.
        self._resolver = weakref.ref(resolver) if self.exist else _nothing
        self._twins: dict[tuple[Variant, bool, str], Any] = {}

    @property
    def unknown_region(self) -> bool:
        """Is it ``fips``, or another word that no partition of botocore's has a pattern for?"""
        return bool(self.region) and not self.facts.is_region(self.region)

    @property
    def has_global_twin(self) -> bool:
        """Would botocore use the global host of STS or S3 for this client?"""
        twin = _GLOBAL_TWINS.get(self.service)
        return twin is not None and bool(self.builtins.get(twin))

    def has_plain_twin(self, host: str) -> bool:
        """Would botocore also do without the account id that *host* begins with?"""
        mode = self.builtins.get(_ACCOUNT_ID_MODE) if _ACCOUNT_ID_MODE is not None else None
        return mode == "preferred" and names_account(host)

    @cached_property
    def regionless(self) -> bool:
        """Has the service no region in its host? Judged by its own host, not by that of a call.

        Any region counts: ``support`` is at ``support.us-east-1`` for clients of all regions.
        """
        host = host_of(self._try(Variant(), "", None)) if self.exist else ""
        if not host or self.service in _GLOBAL_TWINS or names_region(host, self.region):
            return False
        return not any(self.facts.partition(label) for label in host.split("."))

    def fingerprint(self) -> tuple[object, ...]:
        """What two clients have in common whose calls can be routed alike."""
        values = (value for value in self.builtins.values() if not callable(value))
        return (self.service, self.native, self.facts, tuple(values))

    def resolver(self, variant: Variant, *, keep_url: bool = False, region: str = "") -> Any:
        """The twin of the client's resolver for *variant*.

        :param keep_url: leave a configured endpoint URL in force.
        :param region: another region than the client's.
        """
        key = (variant, keep_url, region)
        twin = self._twins.get(key)
        if twin is None:
            builtins = dict(self.builtins)
            builtins[Builtin.AWS_USE_FIPS] = variant.fips and not keep_url
            builtins[Builtin.AWS_USE_DUALSTACK] = variant.dual_stack and not keep_url
            if region:
                builtins[Builtin.AWS_REGION] = region
            if self.given_url and not keep_url:
                builtins[Builtin.SDK_ENDPOINT] = None
                # Next to a URL botocore forces path style.
                style = (self.config.s3 or {}).get("addressing_style")
                builtins[Builtin.AWS_S3_FORCE_PATH_STYLE] = style == "path"
            if variant.without_account_id and _ACCOUNT_ID_MODE is not None:
                builtins[_ACCOUNT_ID_MODE] = "disabled"
            if variant.regional:
                for twin_builtin in _GLOBAL_TWINS.values():
                    builtins[twin_builtin] = False
            twin = self._twins[key] = seams.with_builtins(self._resolver(), builtins)
        return twin

    def default_scope(self, variant: Variant) -> tuple[str, str]:
        """Signing name and region where the ruleset has no say.

        They are those botocore would have given a client of that variant, without a URL: its
        legacy resolver has fixed the signer's for the variant that it saw.

        :raises EndpointVariantError: botocore makes no such client.
        """
        own = self.own_scope
        plain = variant._replace(without_account_id=False)
        if plain == self.native and not self.given_url:
            return own
        if self.service == "sts" and self.has_global_twin and not any(plain):
            return own[0], "us-east-1"  # ClientArgsCreator._set_global_sts_endpoint
        found = self.facts.default_scope(
            self.model.endpoint_prefix,
            self.model.signing_name,
            self.region or None,
            variant,
        )
        return found or own

    def scope(self, variant: Variant, endpoint: Any) -> tuple[str, str]:
        """Signing name and region for *endpoint*, as the ruleset or else the variant says."""
        name, region = self.default_scope(variant)
        schemes = endpoint.properties.get("authSchemes")
        if schemes:
            try:
                _, context = self.resolver(variant).auth_schemes_to_signing_ctx(schemes)
            except BotoCoreError:  # sigv4a without awscrt: the call itself will say so
                context = {}
            name, region = context.get("signing_name", name), context.get("region", region)
        if not region or "*" in region or "," in region:  # a sigv4a region set
            region = self.region
        return name, region

    def describe(
        self,
        variant: Variant,
        url: str,
        *,
        prefix: str = "",
        labelled: bool = False,
        scope: tuple[str, str] = ("", ""),
        plain_host: str = "",
        only_served: bool = False,
    ) -> Resolved:
        """One resolution as :mod:`endpoint_router.routing` wants it.

        :param labelled: parameters of the call stand in *prefix*.
        """
        bare_origin = origin_of(url)
        origin = with_prefix(bare_origin, prefix)
        host = host_of(origin)
        name = probe_name(self.service, host)
        basis, why, code = None, "", ""
        if variant.fips:
            basis, why, code = self.facts.basis(
                service=self.service,
                endpoint_prefix=self.model.endpoint_prefix,
                host=name,
                plain_host=probe_name(self.service, plain_host),
                partition=self.partition,
                has_fips_parameter=self._has_fips,
            )
        return Resolved(
            variant=variant,
            origin=origin,
            bare_origin=bare_origin,
            host=host,
            probe_name=name,
            signing_name=scope[0],
            signing_region=scope[1],
            fips_basis=basis,
            no_basis=why,
            no_basis_code=code or "fips.no_basis",
            # A host of one's own is where it is, and no twin of anything.
            is_regional=self.service not in _GLOBAL_TWINS
            or not is_aws(host)
            or names_region(host, scope[1]),
            only_served=only_served,
            veil=self._veil(host, prefix.lower() if labelled else ""),
        )

    def _veil(self, host: str, labels: str) -> str:
        """The front of *host* that came from the call: *labels*, or what precedes a given URL."""
        given = host_of(self.given_url)
        return host.removesuffix(given) if given and host.endswith(f".{given}") else labels

    def identify(
        self, host: str, operation_model: Any = None, *, fips_first: bool
    ) -> Resolved | None:
        """Which of this service's hosts *host* is; ``None`` when it is none of them.

        Looks in the client's own region, and for an operation also in the regions that *host*
        names, so that a nested presign for another region is recognised.

        :param fips_first: how to read a host that is plain and FIPS at once, as in GovCloud.
        """
        if not self.exist:
            return None
        regions = [""]
        if operation_model is not None:
            regions += [one for one in host.split(".") if self.facts.partition(one)]
        prefix = self.prefix(operation_model, {})
        for region in regions:
            for variant in sorted(_VARIANTS, key=lambda one: one.fips is not fips_first):
                url = self._try(variant, region, operation_model)
                if not url:
                    continue
                plain = self._try(variant._replace(fips=False), region, operation_model)
                name, own_region = self.default_scope(variant)
                one = self.describe(
                    variant,
                    url,
                    prefix=prefix,
                    scope=(name, region or own_region),
                    plain_host=f"{prefix}{host_of(plain)}",
                )
                if one.host in (host, probe_name(self.service, host)) and (
                    not variant.fips or one.fips_basis or plain != url
                ):
                    return one
        return None

    def counterpart(
        self, one: Resolved, variant: Variant, operation_model: Any, *, only_served: bool = False
    ) -> Resolved | None:
        """What is *variant* to *one*, in the same region; ``None`` when there is no such host."""
        url = self._try(variant, one.signing_region, operation_model)
        if not url:
            return None
        prefix = self.prefix(operation_model, {})
        plain = self._try(variant._replace(fips=False), one.signing_region, operation_model)
        return self.describe(
            variant,
            url,
            prefix=prefix,
            scope=(one.signing_name, one.signing_region),
            plain_host=f"{prefix}{host_of(plain)}",
            only_served=only_served,
        )

    def _try(self, variant: Variant, region: str, operation_model: Any) -> str:
        try:
            self.default_scope(variant)
            return seams.resolve_silently(self.resolver(variant, region=region), operation_model)
        except BotoCoreError:
            return ""

    def is_left_alone(
        self,
        variant: Variant,
        operation_model: Any,
        call_args: Mapping[str, Any],
        context: dict[str, Any],
    ) -> bool:
        """Do the application's handlers let the ruleset answer for FIPS?

        One that resets UseFIPS or sets an endpoint takes away the ground on which a host that only
        the ruleset names counts as FIPS.
        """
        twin = self.resolver(variant)
        builtins = seams.customized_builtins(twin, operation_model, call_args, context)
        return bool(builtins.get(Builtin.AWS_USE_FIPS)) and not builtins.get(Builtin.SDK_ENDPOINT)

    def has_labels(self, operation_model: Any) -> bool:
        """Do parameters of the call stand in the operation's host prefix?"""
        return "{" in ((operation_model.endpoint or {}).get("hostPrefix") or "")

    def prefix(self, operation_model: Any, parameters: Mapping[str, Any]) -> str:
        """The operation's host prefix, as ``Serializer._expand_host_prefix`` fills it in.

        Empty when it cannot be filled in; botocore itself then refuses the call.
        """
        endpoint = operation_model.endpoint if operation_model is not None else None
        template: str = (endpoint or {}).get("hostPrefix", "")
        if self.service == "s3control" and template == "{AccountId}.":
            # The ruleset puts it there, and handlers.remove_accid_host_prefix_from_model takes it
            # out of the model when an operation is first called; ``explain`` calls none.
            return ""
        if "{" not in template:
            return template
        try:
            return template.format(**parameters)
        except (KeyError, IndexError, ValueError):
            return ""


def is_bare_url(url: str) -> bool:
    """Is *url* only scheme, host and port?"""
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query
