"""``explain``: the decision about a call that is not made.

It does not go through botocore's request pipeline, where endpoint discovery, S3's CreateSession and
credential refresh would send; it resolves the endpoint alone, asks DNS, and stops there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ParamValidationError
from botocore.session import Session
from botocore.validate import ParamValidator

from .. import codes
from ..errors import PolicyError
from ..policy.load import PolicySource
from ..router import Router
from ..routing.case import Decision
from . import seams
from .activation.hooks import Clients
from .activation.install import Installation, installation_for


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
    :param params: the call's parameters, where its host depends on them (``Bucket``).
    :param session: a boto3 or botocore session, or an asynchronous one like these; ``None`` makes a
        new one.
    :param policy: as for :func:`endpoint_router.install`; ``None`` means what is installed, or what
        the environment and the profile say.
    :raises PolicyError: when the policy cannot be used, or the operation is unknown.
    :raises botocore.exceptions.BotoCoreError: as ``create_client`` does (no such service, say), and
        as the call would for parameters of a wrong type.
    """
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
    model = _operation(client, service, operation)
    _check(params or {}, model.input_shape)
    return wrapper.explain(model, params or {})


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


def _operation(client: Any, service: str, operation: str | None) -> Any:
    model = client.meta.service_model
    if operation is None:
        return model.operation_model(model.operation_names[0])
    for name in model.operation_names:
        if operation in (name, xform_name(name)):
            return model.operation_model(name)
    raise PolicyError(
        where="operation",
        found=repr(operation),
        expected=f"an operation of {service}, such as {model.operation_names[0]}",
        code=codes.OPERATION_UNKNOWN,
    )
