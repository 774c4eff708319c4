"""What botocore's rulesets yield for one client, variant by variant.

The client's own resolver is never changed: each variant is a copy of it with other inputs, so an
application's ``before-endpoint-resolution`` handlers keep working and nothing is shared that could
be raced for. Hosts come out of the ruleset, never out of a format string. The other way round, from
a host to its variant, is :mod:`.identify`.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from itertools import filterfalse, product
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.regions import EndpointResolverBuiltins as Builtin
from msgspec.structs import replace

from ... import codes
from ...aws.hosts import host_of, is_aws, origin_of, probe_name, region_of, with_prefix
from ...routing.candidates import Resolved
from ...routing.variants import Variant
from .. import seams_rulesets
from .account_id_hosts import inputs_without_account_id, may_omit_account_id
from .botocore_data import data_for
from .fips_basis import FipsBasis, fips_basis
from .global_hosts import is_regional, regional_inputs, uses_global_host
from .overrides import override_for
from .signing_scope import SigningScope, default_scope

_NO_SCOPE = SigningScope("", "")
#: Read once: each client asks, and an enumeration's members are found slowly.
_REGION, _URL = Builtin.AWS_REGION, Builtin.SDK_ENDPOINT
_FIPS, _DUAL_STACK = Builtin.AWS_USE_FIPS, Builtin.AWS_USE_DUALSTACK
#: What an application may ask for, by FIPS and dual-stack.
_NATIVE = {flags: Variant(*flags) for flags in product((False, True), repeat=2)}


def _nothing() -> None:
    """Stands for a reference to no resolver."""


class Rulesets:
    """The endpoints of one client."""

    #: Once it was asked for.
    _has_fips: bool | None = None

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self.model = model = parts["service_model"]
        self.service: str = model.service_name
        signer = parts["request_signer"]
        #: Signing name and region that botocore gave the client.
        self.own_scope = SigningScope(signer.signing_name, signer.region_name or "")
        self.config = config = parts["client_config"]
        loader = parts["loader"]
        self.data = data_for(loader, has_read=True)
        self.override = override_for(loader, self.service, model.endpoint_prefix)
        resolver = parts["endpoint_ruleset_resolver"]
        #: Services without a ruleset (an application's own models) send to their one URL.
        self.exist = exist = resolver is not None
        builtins = seams_rulesets.builtins_of(resolver) if exist else {}
        self.builtins: seams_rulesets.Builtins = builtins
        self.region: str = builtins.get(_REGION) or config.region_name or ""
        self.partition: str = (
            self.data.partition(self.region)
            or _of_pseudo_region(self.region)
            or parts["partition"]
            or "aws"
        )
        self.given_url: str = builtins.get(_URL) or ""
        #: What the application itself asked for. botocore forgets it next to an endpoint URL, but
        #: its legacy resolver leaves a trace in the client's configuration.
        self.native = _NATIVE[
            bool(builtins.get(_FIPS) or config.use_fips_endpoint),
            bool(builtins.get(_DUAL_STACK) or config.use_dualstack_endpoint),
        ]
        #: Weakly: the resolver owns what stands in for its method, and so this object.
        self._resolver = weakref.ref(resolver) if exist else _nothing
        self._copies: dict[tuple[Variant, bool, str], Any] = {}

    def _takes_fips(self) -> bool:
        """Does the ruleset know FIPS? Asked for a host, which most clients never come to."""
        if self._has_fips is None:
            self._has_fips = seams_rulesets.has_parameter(self._resolver(), Builtin.AWS_USE_FIPS)
        return self._has_fips

    @property
    def unknown_region(self) -> bool:
        """Is it ``fips``, or another word that no partition of botocore's has a pattern for?"""
        return bool(self.region) and not self.data.is_region(self.region)

    @property
    def uses_global_host(self) -> bool:
        """Would botocore use the global host of STS or S3 for this client?"""
        return uses_global_host(self.service, self.builtins)

    def may_omit_account_id(self, host: str) -> bool:
        """Would botocore also do without the account id that *host* begins with?"""
        return may_omit_account_id(host, self.builtins)

    def fingerprint(self) -> tuple[object, ...]:
        """What two clients have in common whose calls can be routed alike."""
        values = filterfalse(callable, self.builtins.values())
        return (self.service, self.native, self.override, *values)

    def resolver(self, variant: Variant, *, keep_url: bool = False, region: str = "") -> Any:
        """The copy of the client's resolver for *variant*.

        :param keep_url: leave a configured endpoint URL in force.
        :param region: another region than the client's.
        """
        key = (variant, keep_url, region)
        copy = self._copies.get(key)
        if copy is None:
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
            if variant.without_account_id:
                builtins.update(inputs_without_account_id())
            if variant.regional:
                builtins.update(regional_inputs())
            copy = seams_rulesets.with_builtins(self._resolver(), builtins)
            if not region:  # of the client's own there are few
                self._copies[key] = copy
        return copy

    def noting(self, variant: Variant, *, keep_url: bool = False) -> tuple[Any, Any]:
        """The same for one resolution, with inputs that tell what handlers have made of them."""
        inputs = seams_rulesets.NotedBuiltins(
            seams_rulesets.builtins_of(self.resolver(variant, keep_url=keep_url))
        )
        # Of the client's own: asking a copy for its dictionary would slow down each call that it
        # resolves from then on.
        return seams_rulesets.with_builtins(self._resolver(), inputs), inputs

    def without_url(self, variant: Variant, inputs: Mapping[Any, Any]) -> Any:
        """A copy for *variant* that asks no handler: *inputs* as one has left them, but for a URL.

        Whoever sets a URL has to take UseFIPS away, or the ruleset refuses: that is undone too.
        """
        builtins = {
            **inputs,
            Builtin.SDK_ENDPOINT: None,
            Builtin.AWS_USE_FIPS: variant.fips,
            Builtin.AWS_USE_DUALSTACK: variant.dual_stack,
        }
        return seams_rulesets.with_builtins(self._resolver(), builtins, silently=True)

    def default_scope(self, variant: Variant) -> SigningScope:
        """Signing name and region where the ruleset has no say.

        They are those botocore would have given a client of that variant, without a URL: its
        legacy resolver has fixed the signer's for the variant that it saw.

        :raises EndpointVariantError: botocore makes no such client.
        """
        own = self.own_scope
        plain = replace(variant, without_account_id=False)
        if plain == self.native and not self.given_url:
            return own
        if self.service == "sts" and self.uses_global_host and plain == Variant():
            # ClientArgsCreator._set_global_sts_endpoint
            return SigningScope(own.name, "us-east-1")
        model = self.model
        scope = default_scope(
            self.data, model.endpoint_prefix, model.signing_name, self.region, variant
        )
        return scope or own

    def scope(self, variant: Variant, endpoint: Any, *, is_kept: bool = False) -> SigningScope:
        """Signing name and region for *endpoint*, as the ruleset or else the variant says.

        :param is_kept: a URL of the application's is in force; then nobody changes the signer's.
        """
        scope = self.own_scope if is_kept else self.default_scope(variant)
        name, region = scope.name, scope.region
        schemes = endpoint.properties.get("authSchemes")
        if schemes:
            try:
                _, context = self.resolver(variant).auth_schemes_to_signing_ctx(schemes)
            except BotoCoreError:  # sigv4a without awscrt: the call itself will say so
                context = {}
            name, region = context.get("signing_name", name), context.get("region", region)
        if not region or "*" in region or "," in region:
            # A region set of sigv4a: where the signature holds. Where the call goes says the host.
            region = self.region
        return SigningScope(name, region)

    def describe(
        self,
        variant: Variant,
        url: str,
        *,
        prefix: str = "",
        labelled: bool = False,
        scope: SigningScope = _NO_SCOPE,
        plain_host: str = "",
        only_served: bool = False,
        given_url: str = "",
    ) -> Resolved:
        """One resolution as :mod:`endpoint_router.routing` wants it.

        :param labelled: parameters of the call stand in *prefix*.
        :param given_url: that the application has put in force.
        """
        bare_origin = origin_of(url)
        origin = with_prefix(bare_origin, prefix)
        host = host_of(origin)
        name = probe_name(self.service, host)
        basis = FipsBasis(None)
        if variant.fips:
            basis = fips_basis(
                self.data,
                service=self.service,
                endpoint_prefix=self.model.endpoint_prefix,
                host=name,
                plain_host=probe_name(self.service, plain_host),
                # A handler may have named another region than the client's.
                partition=self.data.partition(region_of(name)) or self.partition,
                has_fips_parameter=self._takes_fips(),
                overridden_by=self.override.path,
            )
        return Resolved(
            variant=variant,
            origin=origin,
            bare_origin=bare_origin,
            host=host,
            probe_name=name,
            signing_name=scope.name,
            signing_region=scope.region,
            fips_basis=basis.basis,
            no_basis=basis.why_none,
            no_basis_code=basis.code or codes.FIPS_NO_BASIS,
            is_regional=is_regional(self.service, host, scope.region),
            only_served=only_served,
            veil=self._veil(host, prefix.lower() if labelled else "", given_url or self.given_url),
            overridden_by=self.overridden_by(host),
        )

    def overridden_by(self, host: str) -> str:
        """The file that names *host* in the place of botocore's own data; empty for none.

        A service that botocore does not have is nobody's replacement: there AWS's own hosts count.
        """
        override = self.override
        return override.path if override.replaces or not is_aws(host) else ""

    def _veil(self, host: str, labels: str, given_url: str) -> str:
        """The front of *host* that came from the call: *labels*, or what precedes a given URL."""
        given = host_of(given_url)
        return host.removesuffix(given) if given and host.endswith(f".{given}") else labels

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


def _of_pseudo_region(region: str) -> str:
    from ...aws.partitions import partition_of_pseudo_region  # few clients are in ``aws-global``

    return partition_of_pseudo_region(region)
