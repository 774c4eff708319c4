"""How routing is switched on, by what was tried and what the environment says."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path

import pytest
from msgspec.structs import replace

from endpoint_router.doctor import activation
from endpoint_router.doctor.activation import CHECKS, SeenActivation
from endpoint_router.doctor.running import HOOK, MODULE, VARIABLE
from endpoint_router.doctor.source import Mention
from endpoint_router.doctor.trial import Trial, try_it

NOTHING = SeenActivation(Trial(), reads_variable=True, botocore="1.44.5")
BY_RUN = replace(NOTHING, trial=Trial(True, True, True), hook=True)
BY_VARIABLE = replace(NOTHING, trial=Trial(False, True, False), variable=f"a={MODULE}")
OF_A_PROGRAM = replace(NOTHING, program="python app.py")
HERE = Mention("app.py", 3, is_at_start=True)


def colours(seen: SeenActivation) -> str:
    """First letters, in the order of the checks."""
    return "".join(check(seen).colour[0] for check in CHECKS.values())


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (NOTHING, "aaagg"),
        (BY_RUN, "ggggg"),
        (BY_VARIABLE, "ggagg"),
        (OF_A_PROGRAM, "raagg"),
        (replace(OF_A_PROGRAM, mentions=(HERE,)), "ggggg"),
        (replace(OF_A_PROGRAM, mentions=(replace(HERE, is_at_start=False),)), "agggg"),
        (replace(OF_A_PROGRAM, mentions=(replace(HERE, client_before=2),)), "gaggg"),
        (replace(NOTHING, trial=Trial(error="no such profile")), "aaagg"),
        (replace(BY_VARIABLE, aiobotocore="2.24.1"), "ggarg"),
        (replace(BY_VARIABLE, aiobotocore="2.25.0"), "ggagg"),
        (replace(BY_RUN, aiobotocore="2.15.2"), "ggggg"),
        (replace(NOTHING, aiobotocore="3.0"), "aaaag"),
        (replace(BY_RUN, others={"pyarrow": "20.0"}), "gggga"),
        (replace(BY_RUN, awscli="1.44"), "ggggg"),
        (replace(BY_VARIABLE, awscli="1.44"), "ggaga"),
        (replace(BY_RUN, frozen_cli="/usr/local/bin/aws"), "gggga"),
    ],
)
def test_colours(seen: SeenActivation, expected: str) -> None:
    assert colours(seen) == expected


@pytest.mark.parametrize(
    ("changes", "seen", "way_out"),
    [
        ({"reads_variable": False}, "botocore 1.44.5 does not read", "botocore>=1.39.9"),
        ({"variable": "endpoint_router.sdk.plugin"}, "does not name this package", f"={MODULE}"),
        ({"variable": ""}, "does not name this package", VARIABLE),
        ({"variable": "a=b,c=\x1b"}, r"\x1b", VARIABLE),
        ({}, "a client is not routed", "run"),
    ],
)
def test_a_variable_that_switches_nothing_on_is_red(
    changes: dict[str, object], seen: str, way_out: str
) -> None:
    silent = replace(NOTHING, **{"variable": f"endpoint_router={MODULE}", **changes})
    judged = CHECKS["activation.switched_on"](silent)
    assert judged.colour == "red"
    assert seen in judged.seen
    assert way_out in judged.way_out


def test_a_hook_that_is_not_heard_is_red() -> None:
    judged = CHECKS["activation.switched_on"](replace(NOTHING, hook=True, deaf="-I"))
    assert (judged.colour, "-I" in judged.seen) == ("red", True)


def process(folder: Path, pid: int, program: str, *variables: str) -> None:
    (folder / str(pid)).mkdir(parents=True)
    (folder / str(pid) / "environ").write_bytes("\0".join(variables).encode())
    (folder / str(pid) / "exe").symlink_to(program)


def test_pythons_that_run_here_already(tmp_path: Path) -> None:
    hook = f"PYTHONPATH=/app:/venv/lib/{HOOK}:/x"
    process(tmp_path, 1, "/sbin/tini", hook)
    process(tmp_path, 7, "/usr/bin/python3.12", "A=1", hook)
    process(tmp_path, 8, "/usr/bin/python3.12", f"{VARIABLE}=endpoint_router={MODULE}")
    process(tmp_path, 9, "/usr/bin/python3.12", f"{VARIABLE}=other=module", "PYTHONPATH=/app")
    (tmp_path / "self").symlink_to("7")
    look = activation.look(Trial(), {}, processes=str(tmp_path))
    assert [(each.pid, each.by) for each in look.running] == [(7, "run"), (8, "variable")]
    assert colours(replace(look, others={}, aiobotocore="")) == "aaagg"
    assert "process 7 (python3.12) by run" in CHECKS["activation.switched_on"](look).details
    inside = activation.look(Trial(), {}, processes=str(tmp_path), program="python app.py")
    assert inside.running == ()


def test_what_the_environment_says() -> None:
    def version_of(name: str) -> str:
        if name in ("duckdb", "aiobotocore"):
            return "1.0"
        raise metadata.PackageNotFoundError(name)

    paths = os.pathsep.join(["/a", f"/b/{HOOK}/"])
    environ = {"PYTHONPATH": paths, VARIABLE: "x"}
    seen = activation.look(Trial(), environ, processes="/nowhere", version_of=version_of)
    assert (seen.hook, seen.variable, seen.aiobotocore) == (True, "x", "1.0")
    assert seen.others == {"duckdb": "1.0"}


def test_a_client_is_made_and_looked_at() -> None:
    """In the processes of test_doctor.py it is routed; here nothing is installed."""
    assert try_it().on_client is False


def test_no_client_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "nobody" in try_it().error
