"""Who is calling: what variables, a file and the machine say of it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import botocore
import pytest

from endpoint_router import __version__
from endpoint_router.caller import APPLICATION, caller_of
from endpoint_router.policy import environment

#: Strongest first.
NAMED = {
    "ENDPOINT_ROUTER_APPLICATION": "ours",
    "AWS_SDK_UA_APP_ID": "sdk",
    "OTEL_SERVICE_NAME": "otel",
    "AWS_LAMBDA_FUNCTION_NAME": "function",
}


@pytest.mark.parametrize("first", range(len(NAMED) + 1))
def test_the_first_variable_that_says_something_counts(first: int) -> None:
    said = [*NAMED.values(), ""]
    environ = {
        name: value if at >= first else " " for at, (name, value) in enumerate(NAMED.items())
    }
    assert caller_of(environ).application == said[first]


def test_our_variable_is_one_that_the_policy_s_reader_knows() -> None:
    assert environment.APPLICATION.name == APPLICATION


def test_machine_and_versions() -> None:
    caller = caller_of({})
    assert caller.machine == socket.gethostname()
    assert caller.versions == {"endpoint_router": __version__, "botocore": botocore.__version__}


@pytest.mark.parametrize(
    ("content", "family"),
    [
        (json.dumps({"Cluster": "c", "TaskDefinitionFamily": "billing"}), "billing"),
        (json.dumps({"TaskDefinitionFamily": 7}), ""),
        ("[]", ""),
        ("{", ""),
        ("[" * 100_000, ""),
        ("\xff", ""),
    ],
)
def test_the_family_that_the_agent_of_ecs_wrote_down(
    tmp_path: Path, content: str, family: str
) -> None:
    file = tmp_path / "ecs-container-metadata.json"
    file.write_text(content, encoding="latin-1")
    environ = {"ECS_CONTAINER_METADATA_FILE": str(file)}
    assert caller_of(environ).application == family
    assert caller_of({**environ, "OTEL_SERVICE_NAME": "otel"}).application == "otel"


def test_a_file_that_is_missing_says_nothing(tmp_path: Path) -> None:
    assert caller_of({"ECS_CONTAINER_METADATA_FILE": str(tmp_path / "none")}).application == ""


def test_what_others_name_is_one_short_visible_line() -> None:
    (name,) = {caller_of({"OTEL_SERVICE_NAME": "a\x1b[2J\udcff\n" + "b" * 500}).application}
    assert name.isprintable()
    assert name.startswith(r"a\x1b[2J\udcff")
    assert len(name) == 128
