"""The examples in the documentation work.

Policies load, Python compiles, command lines parse, variables exist, printed output is what the
program prints. A fenced block that is no such thing is preceded by ``<!-- not a policy -->``.
"""

from __future__ import annotations

import argparse
import datetime
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

import endpoint_router
from endpoint_router import errors, testing
from endpoint_router.cli import main as command_line
from endpoint_router.lab import Addresses
from endpoint_router.lab.dns import DnsServer
from endpoint_router.lab.hosted_zone import HostedZone
from endpoint_router.policy import environment
from endpoint_router.policy.load import load
from endpoint_router.routing.case import Decision
from endpoint_router.sdk.activation.check import check_policy

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
#: Before the waivers in the examples end.
TODAY = datetime.date(2026, 1, 1)

_BLOCK = re.compile(
    r"(?P<mark><!-- not a policy -->\s*)?^(?P<indent> {0,3})```(?P<language>\w+)\n"
    r"(?P<text>.*?)^ {0,3}```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """One fenced block."""

    page: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """The blocks in these languages, less the marked ones."""
    found = []
    for page in PAGES:
        content = page.read_text(encoding="utf-8")
        for match in _BLOCK.finditer(content):
            if match["language"] not in languages or match["mark"]:
                continue
            line = content.count("\n", 0, match.start("text")) + 1
            text = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
            found.append(Block(page.relative_to(ROOT).as_posix(), line, text))
    return found


def commands() -> list[Block]:
    """The lines that start the command."""
    return [
        Block(block.page, block.line + number, line.removeprefix("$ "))
        for block in blocks("sh", "console")
        for number, line in enumerate(block.text.splitlines())
        if line.removeprefix("$ ").startswith("endpoint-router ")
    ]


def subcommands() -> dict[str, argparse.ArgumentParser]:
    """Name to parser."""
    (action,) = (
        one
        for one in command_line.make_parser()._actions
        if isinstance(one, argparse._SubParsersAction)
    )
    return dict(action.choices)


@pytest.mark.parametrize("block", blocks("toml", "json"), ids=str)
def test_a_policy_loads_without_a_warning(block: Block, tmp_path: Path) -> None:
    file = tmp_path / ("policy.json" if block.text.lstrip().startswith("{") else "policy.toml")
    file.write_text(block.text, encoding="utf-8")
    loaded = load(file, environ={}, today=TODAY)
    said = (*loaded.warnings, *check_policy(loaded))
    assert [one for one in said if not one.startswith("AMBER")] == []


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_compiles(block: Block) -> None:
    compile(block.text, str(block), "exec")


@pytest.mark.parametrize("block", commands(), ids=str)
def test_a_command_line_parses(block: Block) -> None:
    _, *arguments = shlex.split(block.text.partition(" > ")[0], comments=True)
    assert command_line.make_parser().parse_args(arguments).command in subcommands()


def test_the_examples_are_found() -> None:
    pages = {block.page for block in blocks("toml")}
    assert {"README.md", "docs/tutorial/first-policy.md", "docs/how-to/lock-a-policy.md"} <= pages
    assert len(blocks("python")) >= 6
    assert {block.text.split()[1] for block in commands()} >= {"explain", "run"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_variables_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"\bENDPOINT_ROUTER_[A-Z_]*[A-Z]\b", text))
    assert named <= {variable.name for variable in environment.VARIABLES}


def test_pasted_endpoint_names_are_read() -> None:
    name = "ENDPOINT_ROUTER_VPC_ENDPOINTS"
    pasted = [
        found
        for block in blocks("sh")
        for found in re.findall(rf"^export {name}='(.+)'$", block.text, re.MULTILINE)
    ]
    assert pasted
    for value in pasted:
        loaded = load(environ={name: value})
        assert loaded.policy.vpc_endpoints
        assert check_policy(loaded) == []


def test_the_readme_shows_what_explain_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (policy,) = (one.text for one in blocks("toml") if one.page == "README.md")
    (shown,) = (one.text for one in blocks("console") if one.page == "README.md")
    command, _, printed = shown.partition("\n")
    (tmp_path / "policy.toml").write_text(policy, encoding="utf-8")
    zone = HostedZone(
        {
            re.findall(r'"(vpce-.+)"', policy)[0]: Addresses(("10.20.1.10",), 60),
            "kms-fips.us-gov-west-1.amazonaws.com": Addresses(("52.94.0.10",), 60),
        }
    )
    with DnsServer(zone) as server:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("ENDPOINT_ROUTER_DNS_SERVERS", server.address)
        monkeypatch.setenv("ENDPOINT_ROUTER_DNS_TIMEOUT", "60")
        assert command_line.main(shlex.split(command)[2:]) == 0
        written = capsys.readouterr().out.replace(server.address, "10.20.0.2:53")
    assert written == printed


def test_the_command_line_page_names_every_option() -> None:
    page = (REFERENCE / "command-line.md").read_text(encoding="utf-8")
    for name, parser in subcommands().items():
        _, heading, section = page.partition(f"\n## {name}\n")
        assert heading
        section = section.partition("\n## ")[0]
        parsers = [parser, *getattr(parser, "commands", {}).values()]
        options = {text for each in parsers for one in each._actions for text in one.option_strings}
        options = {option for option in options if option.startswith("--")} - {"--help"}
        assert set(re.findall(r"^\| `(--[\w-]+)`", section, re.MULTILINE)) == options


def test_the_python_page_names_what_is_public() -> None:
    page = (REFERENCE / "python.md").read_text(encoding="utf-8")
    for name in (*endpoint_router.__all__, *testing.__all__):
        assert re.search(rf"\b{name}\b", page), name
    properties = {name for name, one in vars(Decision).items() if isinstance(one, property)}
    fields = set(Decision.__struct_fields__)
    section = page.partition("\n## Decision\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(cells))) == properties | fields


def test_the_python_page_names_the_fields_of_errors() -> None:
    page = (REFERENCE / "python.md").read_text(encoding="utf-8")
    denied = errors.EndpointDenied(code="x.y", service="kms")
    policy = errors.PolicyError(where="a", found="b", expected="c")
    for error in (denied, policy):
        row = re.search(rf"^\| `{type(error).__name__}` \|.*$", page, re.MULTILINE)
        assert row
        fields = set(vars(error)) - {"code", "kwargs"}
        assert set(re.findall(r"`(\w+)`", row[0])) == fields | {type(error).__name__}
