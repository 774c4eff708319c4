"""Does a program switch routing on by itself? Read in its source; nothing of it is run.

A reader cannot know what is executed: what is found here is told as read.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from msgspec import Struct

__all__ = ["Mention", "mentions"]

_PACKAGE = "endpoint_router"
_SWITCHES = frozenset({"install", "attach"})
#: What makes clients, of botocore's and boto3's sessions.
_MAKERS = frozenset({"client", "resource", "create_client"})
#: Folders that are not the program's own.
_OTHERS = frozenset({"__pycache__", "node_modules", "site-packages", "tests"})
#: Of files that are looked into, and of the bytes of each.
_MOST_FILES, _MOST_BYTES = 2000, 1_000_000


class Mention(Struct, frozen=True):
    """A call that switches routing on."""

    file: str
    line: int
    #: Where the program begins, and not in a function: so it is run, and first.
    is_at_start: bool = False
    #: Line of the same file that makes a client before it; 0 for none.
    client_before: int = 0


def mentions(mains: Sequence[str]) -> tuple[Mention, ...]:
    """The calls in the files *mains*, where the program begins, and in the files beside them."""
    seen = [mention for main in mains for mention in _in_file(Path(main), is_main=True)]
    if not seen:
        known = {os.path.realpath(main) for main in mains}
        beside = (file for folder in _folders(mains) for file in _below(folder))
        for file in islice(beside, _MOST_FILES):
            if os.path.realpath(file) not in known:
                seen += _in_file(file, is_main=False)
    return tuple(seen)


def _folders(mains: Sequence[str]) -> list[Path]:
    """Where the program's own files are: no folder of packages, and none of the system's."""
    folders = dict.fromkeys(Path(main).resolve().parent for main in mains)
    return [folder for folder in folders if not _is_foreign(folder)]


def _is_foreign(folder: Path) -> bool:
    shared = {"bin", "Scripts", "site-packages", "dist-packages"}
    return bool(shared & {*folder.parts}) or folder in (Path("/"), Path.home(), Path("/tmp"))


def _below(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        # A virtual environment has a file of its own.
        folders[:] = sorted(
            name
            for name in folders
            if name not in _OTHERS
            and not name.startswith(".")
            and not Path(where, name, "pyvenv.cfg").exists()
        )
        yield from (Path(where, name) for name in sorted(files) if name.endswith(".py"))


def _in_file(file: Path, *, is_main: bool) -> list[Mention]:
    try:
        with open(file, "rb") as opened:
            text = opened.read(_MOST_BYTES)
        if _PACKAGE.encode() not in text:
            return []
        tree = ast.parse(text)
    except (OSError, SyntaxError, ValueError, RecursionError):  # no source of this Python's
        return []
    names = _names(tree)
    early = {id(node) for node in _at_start(tree)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    clients = [node.lineno for node in calls if id(node) in early and _makes_client(node)]
    return [
        Mention(
            str(file),
            node.lineno,
            is_main and id(node) in early,
            next((line for line in sorted(clients) if line < node.lineno), 0),
        )
        for node in calls
        if _dotted(node.func) in names
    ]


def _names(tree: ast.AST) -> set[str]:
    """What the calls are called in this file."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == _PACKAGE:
                    names |= {f"{alias.asname or _PACKAGE}.{switch}" for switch in _SWITCHES}
        elif isinstance(node, ast.ImportFrom) and node.module == _PACKAGE:
            names |= {alias.asname or alias.name for alias in node.names if alias.name in _SWITCHES}
    return names


def _at_start(node: ast.AST) -> Iterator[ast.AST]:
    """All that is run when the file is, as far as it has no conditions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield child
            yield from _at_start(child)


def _makes_client(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr in _MAKERS


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""
