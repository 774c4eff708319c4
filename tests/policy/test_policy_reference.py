"""The reference page and the schema are what the model says, and all of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from endpoint_router.policy import environment, model, reference

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"
STRUCTS = [struct for _, struct, _ in reference.TABLES]


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
        for value in vars(model).values()
        if isinstance(value, type) and issubclass(value, msgspec.Struct)
    ]
    assert set(STRUCTS) == set(structs) - {msgspec.Struct}


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_key_has_a_meaning_and_no_meaning_is_left_over(struct: type[msgspec.Struct]) -> None:
    for key in struct.__struct_fields__:
        assert reference.meaning(struct, key)
    assert set(reference.MEANINGS[struct]) <= set(struct.__struct_fields__)


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
