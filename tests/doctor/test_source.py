"""Does a program switch routing on by itself, as its source says?"""

from __future__ import annotations

from pathlib import Path

import pytest

from endpoint_router.doctor.source import Mention, mentions

CLIENT = "import boto3\nboto3.client('kms')\n"


@pytest.mark.parametrize(
    ("text", "line", "is_at_start", "client_before"),
    [
        ("import endpoint_router\nendpoint_router.install()\n", 2, True, 0),
        ("import endpoint_router as e\ne.install('p.toml')\n", 2, True, 0),
        ("from endpoint_router import install as on\nif True:\n    on()\n", 3, True, 0),
        ("import endpoint_router\ndef main():\n    endpoint_router.install()\n", 3, False, 0),
        (f"{CLIENT}import endpoint_router\nendpoint_router.install()\n", 4, True, 2),
        (f"import endpoint_router\nendpoint_router.install()\n{CLIENT}", 2, True, 0),
        (
            "import endpoint_router\ns = f()\nc = s.client('x')\nendpoint_router.attach(c)\n",
            4,
            1,
            3,
        ),
    ],
)
def test_a_call(
    tmp_path: Path, text: str, line: int, is_at_start: bool, client_before: int
) -> None:
    main = tmp_path / "app.py"
    main.write_text(text)
    assert mentions([str(main)]) == (Mention(str(main), line, bool(is_at_start), client_before),)


@pytest.mark.parametrize(
    "text",
    [
        "import boto3\n",
        "import endpoint_router\n",
        "# endpoint_router.install()\n",
        "import endpoint_router\nendpoint_router.explain('kms')\n",
        "import pip as endpoint_router\nendpoint_router.install()\n",
        "endpoint_router = (\n",
        "\0 endpoint_router",
    ],
)
def test_no_call(tmp_path: Path, text: str) -> None:
    main = tmp_path / "app.py"
    main.write_text(text)
    assert mentions([str(main), str(tmp_path / "missing.py")]) == ()


def test_a_call_in_a_file_beside_the_program(tmp_path: Path) -> None:
    call = "import endpoint_router\nendpoint_router.install()\n"
    project = tmp_path / "project"
    for name in ("settings/aws.py", ".venv2/a.py", "env/lib/b.py", "tests/c.py"):
        (project / name).parent.mkdir(parents=True)
        (project / name).write_text(call)
    (project / "env" / "pyvenv.cfg").write_text("")
    main = project / "app.py"
    main.write_text("import settings\n")
    assert mentions([str(main)]) == (Mention(str(project / "settings" / "aws.py"), 2),)


def test_beside_a_script_of_an_environment_are_other_programs(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "other.py").write_text("import endpoint_router\nendpoint_router.install()\n")
    (folder / "gunicorn").write_text("#!/usr/bin/python3\n")
    assert mentions([str(folder / "gunicorn")]) == ()
