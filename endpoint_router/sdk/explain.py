"""``explain``: the decision about a call that is not made.

It does not go through botocore's request pipeline, where endpoint discovery, S3's CreateSession and
credential refresh would send; it resolves the endpoint alone, asks DNS, and stops there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ParamValidationError
from botocore.session import Session
from botocore.validate import ParamValidator

from .. import codes
from ..errors import PolicyError
from ..policy.load import PolicySource
from ..policy.nearest_name import nearest
from ..policy.quoting import quote
from ..router import Router
from ..routing.case import Decision
from ..routing.variants import Variant
from . import seams
from .activation.hooks import Clients
from .activation.install import installation_for
from .activation.installation import Installation
from .endpoints.rulesets import Rulesets
from .endpoints.unfilled import unfilled

#: Account ids are numbers, and what is not told apart from a bucket's name passes for one.
_SAMPLES = {"AccountId": "123456789012"}
_SAMPLE = "example"


class Explanation(NamedTuple):
    """What would happen to a call, and what is not known about it."""

    decision: Decision
    #: Parameters without a value, with which the call's host would be another one.
    depends_on: tuple[str, ...]


def explain(
    service: str,
    operation: str | None = None,
    *,
    region: str | None = None,
    params: Mapping[str, Any] | None = None,
    endpoint_url: str | None = None,
    session: Any = None,
    policy: PolicySource | Installation | None = None,
    config: Config | None = None,
) -> Decision:
    """What would happen to a call, and why. Asks DNS; sends nothing.

    :param service: boto3 client name.
    :param operation: ``PutObject`` or ``put_object``; ``None`` takes the service's first one.
    :param region: as for ``boto3.client``; ``None`` means what the environment and the profile say.
    :param params: the call's parameters, where its host depends on them (``Bucket``).
    :param endpoint_url: as given to ``boto3.client``.
    :param session: a boto3 or botocore session, or an asynchronous one like these; ``None`` makes a
        new one.
    :param policy: as for :func:`endpoint_router.install`; ``None`` means what is installed, or what
        the environment and the profile say.
    :param config: as given to ``boto3.client``.
    :raises PolicyError: when the policy cannot be used, the operation is unknown, or
        *endpoint_url* is no URL that a request can be sent to.
    :raises botocore.exceptions.BotoCoreError: as ``create_client`` does (no such service, say), and
        as the call would for parameters of a wrong type.
    """
    return explained(
        service,
        operation,
        region=region,
        params=params,
        endpoint_url=endpoint_url,
        session=session,
        policy=policy,
        config=config,
    ).decision


def explained(
    service: str,
    operation: str | None = None,
    *,
    region: str | None = None,
    params: Mapping[str, Any] | None = None,
    endpoint_url: str | None = None,
    session: Any = None,
    policy: PolicySource | Installation | None = None,
    config: Config | None = None,
) -> Explanation:
    """As :func:`explain`, with the parameters that would change the answer."""
    if endpoint_url is not None:
        _check_url(endpoint_url)
    botocore_session = Session() if session is None else _blocking(seams.botocore_session(session))
    installation = installation_for(policy)
    loaded = installation.load(botocore_session)
    client = botocore_session.create_client(
        service,
        region_name=region,
        endpoint_url=endpoint_url,
        config=config,
        # Nothing is signed: do not wake the credential chain, which may go to the network.
        aws_access_key_id="explain",
        aws_secret_access_key="explain",
    )
    router = Router(loaded, installation.world)
    parts = seams.client_parts(client)
    wrapper = Clients(router).make(parts)
    model = find_operation(client.meta.service_model, operation)
    _check(params or {}, model.input_shape)
    given = {**unfilled(model), **(params or {})}
    decision = wrapper.explain(model, given)
    return Explanation(decision, _depends_on(Rulesets(parts), model, given))


def _depends_on(rulesets: Rulesets, model: Any, given: Mapping[str, Any]) -> tuple[str, ...]:
    """The parameters of *model* without a value that would change the host that botocore uses."""
    labels = re.findall(r"{(\w+)}", (model.endpoint or {}).get("hostPrefix") or "")
    told = (parameter.member_name for parameter in model.context_parameters)
    missing = [name for name in dict.fromkeys((*labels, *told)) if name not in given]
    if not missing:
        return ()
    without = _url(rulesets, model, given)
    return tuple(
        name
        for name in missing
        if name in labels
        or _url(rulesets, model, {**given, name: _SAMPLES.get(name, _SAMPLE)}) != without
    )


def _url(rulesets: Rulesets, model: Any, arguments: Mapping[str, Any]) -> str:
    resolver = rulesets.resolver(Variant(), keep_url=True)
    try:
        with seams.aside():
            context = {"client_config": rulesets.config}
            url: str = resolver.construct_endpoint(model, dict(arguments), context).url
    except BotoCoreError as error:  # without the value there is no host, or with such a value
        return str(error)
    return url


def _blocking(session: Any) -> Any:
    """*session*, or one like it whose clients need no event loop."""
    if not seams.is_asynchronous_session(session):
        return session
    like = Session(profile=session.profile)
    for name, value in session.instance_variables().items():
        like.set_config_variable(name, value)
    return like


def _check(params: Mapping[str, Any], shape: Any) -> None:
    """Some may be missing or be another operation's; of the wrong type, botocore trips over them.

    :raises ParamValidationError: as the call itself would.
    """
    if shape is None:
        return
    report = ParamValidator().validate(params, shape).generate_report()
    harmless = ("Missing required parameter", "Unknown parameter")
    wrong = [line for line in report.splitlines() if not line.startswith(harmless)]
    if wrong:
        raise ParamValidationError(report="\n".join(wrong))


def find_operation(service_model: Any, operation: str | None) -> Any:
    """The model of *operation*, in the API's spelling or in Python's; ``None``: the first one.

    :raises PolicyError: there is none of that name.
    """
    if operation is None:
        return service_model.operation_model(service_model.operation_names[0])
    for name in service_model.operation_names:
        if operation in (name, xform_name(name)):
            return service_model.operation_model(name)
    letters = {_letters(name): name for name in service_model.operation_names}
    close = letters.get(nearest(_letters(operation), letters), "")
    first = service_model.operation_names[0]
    raise PolicyError(
        where="operation",
        found=quote(operation),
        expected=f"an operation of {service_model.service_name}, such as {first}",
        hint=f"Did you mean '{close}'?" if close else "",
        code=codes.OPERATION_UNKNOWN,
    )


def _letters(name: str) -> str:
    """The same of ``PutObject``, ``put_object`` and ``put-object``."""
    return re.sub(r"[\W_]", "", name).lower()


def _check_url(url: str) -> None:
    """botocore takes some that no request can be sent to, and says little about others.

    :raises PolicyError: with code ``url.invalid``.
    """
    hint = ""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a bracket or a port that is none
        good = False
    if good and url.isprintable() and " " not in url:
        return
    if url.strip() and "/" not in url and url.isprintable():
        hint = f"Write its scheme: https://{url}, or http://{url} where it has no TLS."
    raise PolicyError(
        where="endpoint_url",
        # Up to the last "@": a password may hold anything.
        found=quote(re.sub(r"//.*@", "//***@", url)),
        expected="an absolute URL, as https://kms.us-east-1.amazonaws.com",
        hint=hint,
        code=codes.URL_INVALID,
    )
