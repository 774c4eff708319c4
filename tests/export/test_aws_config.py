"""Services are called in sections and variables what botocore itself calls them there."""

from __future__ import annotations

from botocore.configprovider import ConfiguredEndpointProvider
from botocore.session import Session

from endpoint_router.export.aws_config import as_variables
from endpoint_router.export.values import Settings, Url
from endpoint_router.survey.values import Service


def test_every_service_has_botocores_name() -> None:
    session = Session()
    loader = session.get_component("data_loader")
    for name in session.get_available_services():
        model = loader.load_service_model(name, "service-2")
        service = Service(name, model["metadata"]["serviceId"], "us-east-1", ())
        url = Url(service, "https://here.example")
        text = as_variables(Settings("us-east-1", False, False, (url,), ()), ())
        environ = dict(line.split("=", 1) for line in text.splitlines() if line[0] != "#")
        provider = ConfiguredEndpointProvider({}, {}, name, environ)
        assert provider.provide() == "https://here.example", name
