"""The reference page and the schema are what the model says, and all of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from endpoint_router.policy import environment, model, reference
from endpoint_router.policy.keys import keys_of
from endpoint_router.policy.model import Policy

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"
STRUCTS = [struct for _, struct, _ in reference.SECTIONS]


def test_the_files_are_up_to_date() -> None:
    again = "run python -m endpoint_router.policy.reference docs/reference"
    assert (DOCS / "policy.md").read_text("utf-8") == reference.markdown(), again
    assert (DOCS / "policy.schema.json").read_text("utf-8") == reference.json_schema(), again


def test_the_command_writes_both_files(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "endpoint_router.policy.reference", str(tmp_path / "new")]
    subprocess.run(command, check=True)
    written = {path.name: path.read_text("utf-8") for path in (tmp_path / "new").iterdir()}
    assert written == {
        "policy.md": reference.markdown(),
        "policy.schema.json": reference.json_schema(),
    }


def test_every_class_of_the_model_has_a_table() -> None:
    structs = [
        value
        for name, value in vars(model).items()
        if not name.startswith("_")
        and isinstance(value, type)
        and issubclass(value, msgspec.Struct)
    ]
    assert set(STRUCTS) == set(structs) - {msgspec.Struct}


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_key_has_a_meaning(struct: type[msgspec.Struct]) -> None:
    for name, key in keys_of(struct).items():
        assert len(key.meaning) > 10, name
        assert key.meaning.endswith("."), name


def test_the_schema_describes_every_key() -> None:
    defs = json.loads(reference.json_schema())["$defs"]
    for struct in STRUCTS:
        properties = defs[struct.__name__]["properties"]
        assert set(struct.__struct_fields__) <= set(properties)
        for name, key in keys_of(struct).items():
            described = properties[name]["description"]
            assert "](" not in described
            assert described[:20] == key.meaning[:20]
    assert sum(len(one["properties"]) for one in defs.values()) >= 60


def test_the_schema_has_a_name_of_its_own() -> None:
    schema = json.loads(reference.json_schema())
    assert schema["$id"] == f"urn:endpoint-router:policy:{Policy().version}"
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_page_names_every_key_and_variable() -> None:
    page = reference.markdown()
    for struct in STRUCTS:
        for key in struct.__struct_fields__:
            assert f"| `{key}` |" in page
    for variable in environment.VARIABLES:
        assert f"| `{variable.name}` |" in page
    assert all(len(line) < 400 for line in page.splitlines())


def test_the_schema_asks_for_the_version_and_refuses_unknown_keys() -> None:
    schema = json.loads(reference.json_schema())
    assert schema["$defs"]["Policy"]["required"] == ["version"]
    assert all(
        one["additionalProperties"] is False
        for one in schema["$defs"].values()
        if one["type"] == "object"
    )
    assert set(schema["$defs"]) == {struct.__name__ for struct in STRUCTS}
