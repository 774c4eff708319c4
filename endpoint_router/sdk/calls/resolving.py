"""The endpoints that botocore resolves for one call, with the application's handlers, by variant.

Each variant is resolved once, and so each handler of ``before-endpoint-resolution`` runs once for
each. It may change what the ruleset is asked for, and it may name a URL: that is an
``endpoint_url`` like any other, and judged as one (:mod:`..endpoints.configured_url`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.regions import EndpointResolverBuiltins as Builtin
from msgspec.structs import replace

from ...aws.hosts import host_of, origin_of
from ...policy.rules import Demands
from ...router import Router
from ...routing.candidates import Resolved
from ...routing.judging import demanding
from ...routing.variants import Variant
from ...steps import Invoke, Steps
from .. import seams_rulesets
from ..endpoints.configured_url import ConfiguredUrl, configured_url
from ..endpoints.rulesets import Rulesets
from ..endpoints.signing_scope import SigningScope

#: Endpoints as botocore resolved them, for the caller who needs one of them again.
Endpoints = dict[Variant, Any]


class Resolving:
    """The resolutions of one call."""

    def __init__(
        self,
        router: Router,
        rulesets: Rulesets,
        configured: ConfiguredUrl,
        as_it_is: Callable[[ConfiguredUrl, str], ConfiguredUrl],
        operation_model: Any,
        call_args: Mapping[str, Any],
        context: dict[str, Any],
        *,
        presigned: bool,
    ) -> None:
        self._router, self._rulesets = router, rulesets
        #: Of a URL and a region: that URL, kept in force where nobody wants anything.
        self._as_it_is = as_it_is
        self._model, self._call_args, self._context = operation_model, call_args, context
        self._presigned = presigned
        #: The operation's host prefix, where hosts are to have it.
        self.prefix = self._rulesets.prefix(operation_model, call_args)
        #: As botocore resolved them, by variant.
        self.endpoints: Endpoints = {}
        #: The URL in force: the client's, or what a handler named last.
        self.given = configured
        #: What came of a URL that stays in force.
        self.kept: Any = None
        #: Did a handler name one that does not, or take the client's away?
        self.passes_over = False
        #: Without FIPS, where a handler asks for it although nobody else does.
        self.plain_host = ""

    def keeps(self) -> bool:
        """Does a URL stay in force?"""
        return self.kept is not None

    def resolve(
        self, variant: Variant, plain_host: str = "", only_served: bool = False
    ) -> Steps[Resolved]:
        """What the ruleset and the application's handlers yield for *variant*."""
        rulesets = self._rulesets
        try:
            endpoint, inputs = yield from self._endpoint(variant)
            scope = rulesets.scope(variant, endpoint)
        except BotoCoreError as error:
            return Resolved(variant, error=str(error), only_served=only_served)
        self.endpoints[variant] = endpoint
        if inputs.get(Builtin.AWS_USE_FIPS) and not variant.fips:
            plainly = rulesets.without_url(variant, inputs).construct_endpoint
            plain = yield Invoke(plainly, (self._model, self._call_args, self._context))
            self.plain_host = f"{self.prefix}{host_of(plain.url)}"
        resolved = self._described(variant, scope, plain_host, only_served=only_served)
        if resolved.fips_basis == "ruleset" and not inputs.get(Builtin.AWS_USE_FIPS):
            why = "a before-endpoint-resolution handler answers instead of the ruleset"
            return replace(resolved, fips_basis=None, no_basis=why)
        if self._presigned and not resolved.is_regional:
            # ``generate_presigned_url`` signs for the client's own region, and ignores that
            # of the ruleset: S3's global host is signed for Ireland by a client from there.
            own_region = rulesets.default_scope(variant).region
            return replace(resolved, signing_region=own_region)
        return resolved

    def _endpoint(self, variant: Variant) -> Steps[tuple[Any, Mapping[Any, Any]]]:
        """The endpoint for *variant*, and the inputs as handlers have left them.

        A handler may name a URL. Of AWS's own hosts it is passed over, as a configured one is.
        """
        resolver, inputs = self._rulesets.noting(variant)
        arguments = (self._model, self._call_args, context_for(variant, self._context))
        endpoint, error = None, None
        try:
            endpoint = yield Invoke(resolver.construct_endpoint, arguments)
        except BotoCoreError as caught:  # with UseFIPS, rulesets refuse a URL
            error = caught
        url = self._note(inputs.used, endpoint)
        if not url or self.given.is_kept:
            if error is not None:
                raise error
            return endpoint, inputs.used
        self.passes_over = True
        known = self._rulesets.without_url(variant, inputs.used)
        own = yield Invoke(known.construct_endpoint, arguments)
        # What comes to the same goes as the handler wants it.
        is_same = endpoint is not None and origin_of(endpoint.url) == origin_of(own.url)
        return endpoint if is_same else own, seams_rulesets.builtins_of(known)

    def with_configured_url(self, configured: ConfiguredUrl) -> Steps[None]:
        """What comes of the client's own URL, unless a handler names another or none."""
        resolver, inputs = self._rulesets.noting(Variant(), keep_url=True)
        arguments = (self._model, self._call_args, self._context)
        endpoint = yield Invoke(resolver.construct_endpoint, arguments)
        self.given, self.kept = configured, None
        if not self._note(inputs.used, endpoint):
            self.given = ConfiguredUrl(self._rulesets.native)
        self.passes_over = not self.keeps()

    def _note(self, inputs: Mapping[Any, Any], endpoint: Any) -> str:
        """The URL that is in force, if there is one, and from which *endpoint* came."""
        url: str = inputs.get(Builtin.SDK_ENDPOINT) or ""
        if url and url != self.given.url:
            region = inputs.get(Builtin.AWS_REGION) or ""
            named = configured_url(self._rulesets, self._router, url, region)
            self.given = self._as_it_is(named, region)
        if url and self.given.is_kept:
            self.kept = endpoint
        return url

    def as_demanded(self, standard: Resolved, demands: Demands) -> Resolved:
        """*standard*, without a host prefix if the application wants none and nobody cares.

        botocore's switch is for all operations of a client, and names hosts that do not have them.
        """
        rulesets = self._rulesets
        wanted = rulesets.config.inject_host_prefix or self._router.table
        if not self.prefix or wanted or demanding(demands.settings) or standard.error:
            return standard
        self.prefix = ""
        scope = SigningScope(standard.signing_name, standard.signing_region)
        return self._described(standard.variant, scope)

    def _described(
        self,
        variant: Variant,
        scope: SigningScope,
        plain_host: str = "",
        *,
        only_served: bool = False,
    ) -> Resolved:
        endpoint = self.endpoints[variant]
        return self._rulesets.describe(
            variant,
            endpoint.url,
            prefix=self.prefix,
            labelled=self._rulesets.has_labels(self._model),
            scope=scope,
            plain_host=plain_host or f"{self.prefix}{host_of(endpoint.url)}",
            only_served=only_served,
        )


def context_for(variant: Variant, context: dict[str, Any]) -> dict[str, Any]:
    """The request context with which *variant* is resolved.

    S3 presigns through the global endpoint by default, which under FIPS names another region's
    host (``s3-fips.us-east-1``) than the one that is signed for.
    """
    if (variant.fips or variant.regional) and context.get("use_global_endpoint"):
        return {**context, "use_global_endpoint": False}
    return context
