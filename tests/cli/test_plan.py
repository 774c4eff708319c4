"""``endpoint-router plan`` as a command: files in, text and files out, exit status."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.cli.files import write
from endpoint_router.cli.main import main
from endpoint_router.cli.plan import plan
from tests.plan.lines import allowed, dump, line, no_fips


def log(directory: Path, name: str, *lines: Mapping[str, Any] | bytes) -> str:
    path = directory / name
    path.write_bytes(b"".join(one if isinstance(one, bytes) else dump([one]) for one in lines))
    return str(path)


def test_two_processes_are_merged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = log(tmp_path, "a.jsonl", line("kms"), line("sqs"))
    b = log(tmp_path, "b.jsonl", line("sqs", process=12), no_fips("chime"))
    assert main(["plan", a, b, "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    names = [one["service_name"].rpartition(".")[2] for one in data["vpc_endpoints"]]
    assert names == ["chime", "kms", "sqs"]
    assert len(data["waivers"]) == 1
    # Both files have lines of process 4711, which are two.
    assert data["read"]["processes"] == 3


def test_nothing_missing_is_status_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "endpoints.tf"
    assert main(["plan", log(tmp_path, "a", allowed()), "--terraform", str(file)]) == 0
    out = capsys.readouterr().out
    assert "Nothing is missing" in out
    assert "Not written" in out
    assert not file.exists()


def test_broken_lines_are_counted_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = log(tmp_path, "a", line(), b"torn off", b"\n", {**line(), "version": 7})
    assert main(["plan", file]) == 1
    out = capsys.readouterr().out
    assert "1 line not understood" in out
    assert "version 7" in out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no line of a decision log"),
        (b"\n\nhello\n", "no line of a decision log"),
        (dump([{"version": 2}]), "only lines of version 2"),
    ],
)
def test_nothing_that_can_be_read_is_bad_input(
    content: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.toml"
    assert main(["plan", log(tmp_path, "a", content), "--policy", str(policy)]) == 2
    assert said in capsys.readouterr().err
    assert not policy.exists()


def test_a_log_that_is_not_there_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there, missing = log(tmp_path, "a", allowed()), str(tmp_path / "missing.jsonl")
    assert main(["plan", there, missing]) == 2
    captured = capsys.readouterr()
    assert f"{missing}: No such file" in captured.err
    assert captured.out == ""
    assert main(["plan", str(tmp_path)]) == 2


def test_stdin_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan(["-"], stdin=io.BytesIO(dump([line()]))) == 1
    assert "com.amazonaws.us-east-1.kms" in capsys.readouterr().out


def test_the_services_may_be_piped_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = log(tmp_path, "a", line())
    name = "com.amazonaws.us-east-1.other"
    service = {"ServiceName": name, "ServiceType": [{"ServiceType": "Interface"}]}
    listed = io.BytesIO(json.dumps({"ServiceDetails": [service]}).encode())
    assert plan([source], services="-", stdin=listed) == 1
    assert "is not among the services" in capsys.readouterr().out


def test_a_dash_prints_a_file_in_the_reports_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = log(tmp_path, "a", line())
    for option in ("policy", "terraform"):
        file = str(tmp_path / option)
        assert main(["plan", source, f"--{option}", file]) == 1
        capsys.readouterr()
        assert main(["plan", source, f"--{option}", "-"]) == 1
        assert capsys.readouterr().out == Path(file).read_text()
    assert not Path("-").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-", "--services", "-"], "only one of LOG and --services"),
        (["-", "-"], "only one of"),
        (["x", "--policy", "-", "--terraform", "-"], "are one file"),
        (["x", "--policy", "-", "--json"], "are both stdout"),
        (["x", "--policy", ""], "an argument is empty"),
        ([""], "an argument is empty"),
        (["x", "--services", "/nowhere"], "--services /nowhere: No such file"),
    ],
)
def test_arguments_that_make_no_sense(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log(tmp_path, "x", line())
    monkeypatch.chdir(tmp_path)
    assert main(["plan", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), os.listdir()) == ("", 1, ["x"])
    assert said in err


def test_only_a_file_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = log(tmp_path, "a", line())
    target = tmp_path / "folder"
    target.mkdir()
    assert main(["plan", source, "--policy", str(target), "--force"]) == 2
    assert "no regular file" in capsys.readouterr().err
    assert main(["plan", source, "--policy", os.devnull, "--force"]) == 2
    assert not Path(os.devnull).is_file()


def test_a_file_is_never_overwritten_without_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = log(tmp_path, "a", line())
    policy, terraform = tmp_path / "policy.toml", tmp_path / "e.tf"
    terraform.write_text("mine")
    command = ["plan", source, "--policy", str(policy), "--terraform", str(terraform)]
    assert main(command) == 2
    assert "would then destroy" in capsys.readouterr().err
    # Neither of the two: half a plan is none.
    assert not policy.exists()
    assert terraform.read_text() == "mine"
    assert main([*command, "--force"]) == 1
    assert "aws_vpc_endpoint" in terraform.read_text()
    assert policy.exists()


def test_two_plans_do_not_fit_into_one_file(tmp_path: Path) -> None:
    one = str(tmp_path / "one")
    source = log(tmp_path, "a", line())
    assert main(["plan", source, "--policy", one, "--terraform", one]) == 2
    assert not Path(one).exists()


def test_a_dangling_link_is_in_the_way_too(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").symlink_to(tmp_path / "nowhere")
    assert (
        main(["plan", log(tmp_path, "a", line()), "--policy", str(tmp_path / "policy.toml")]) == 2
    )


def test_files_are_written_at_once_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "policy.toml"
    target.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write({target: "half \ud800"}, force=True)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["policy.toml"]


def test_a_directory_that_is_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "none" / "policy.toml"
    assert main(["plan", log(tmp_path, "a", line()), "--policy", str(target)]) == 2
    assert "No such file or directory" in capsys.readouterr().err


def test_the_same_log_gives_the_same_files(tmp_path: Path) -> None:
    lines = [line("kms"), no_fips("chime"), line("sqs", process=2), allowed("sns")]
    texts = []
    for number, order in enumerate((lines, lines[::-1], [*lines, *lines])):
        source = log(tmp_path, "a", *order)
        files = tmp_path / f"{number}.toml", tmp_path / f"{number}.tf"
        main(["plan", source, "--policy", str(files[0]), "--terraform", str(files[1])])
        texts.append([file.read_text() for file in files])
    assert texts[0] == texts[1] == texts[2]


def test_a_plan_asks_no_dns(tmp_path: Path) -> None:
    code = (
        "import sys; from endpoint_router.cli.plan import plan; "
        f"plan([{log(tmp_path, 'a', line())!r}]); sys.exit('dns' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
