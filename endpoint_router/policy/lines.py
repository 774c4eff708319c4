"""On which line of a TOML or JSON text each key path stands, and in which column.

The parsers of both languages forget places; this scanner finds them again, for error texts and
origins. It runs only on texts that a real parser has accepted, reads keys as they are spelled, and
decides nothing: a path that it misses has no place, that is all.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .paths import Path

# "#" opens a comment in TOML and cannot stand outside of a string in JSON.
_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r]+|\#[^\n]*)
    | (?P<newline>\n\s*)
    | (?P<text>\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    | (?P<mark>[\[\]{}=:,.])
    | (?P<bare>[^\s\[\]{}=:,.\#"']+)
    """,
    re.VERBOSE | re.DOTALL,
)
#: The model is four levels deep; what is nested deeper has been refused or will be.
_DEPTH = 6


class Spot(NamedTuple):
    """A place in a text; both are counted from 1, the column in characters."""

    line: int
    column: int


class _Token(NamedTuple):
    kind: str
    text: str
    spot: Spot


_END = _Token("end", "", Spot(0, 0))


def spots(text: str, language: str) -> dict[Path, Spot]:
    """Where each key path and list item stands in *text*; *language*: toml or json."""
    scanner = _Scanner(text)
    if language == "json":
        scanner.value(())
    else:
        scanner.statements()
    return scanner.found


class _Scanner:
    def __init__(self, text: str) -> None:
        self.found: dict[Path, Spot] = {}
        self._tokens: list[_Token] = []
        self._at = 0
        line, begins = 1, 0
        for match in _TOKEN.finditer(text):
            kind, taken = match.lastgroup or "", match.group()
            if kind != "space":
                self._tokens.append(_Token(kind, taken, Spot(line, match.start() - begins + 1)))
            if "\n" in taken:
                line += taken.count("\n")
                begins = match.start() + taken.rindex("\n") + 1

    def statements(self) -> None:
        """TOML: headers and ``key = value`` lines."""
        table: Path = ()
        items: dict[Path, int] = {}
        while (token := self._peek(skip_newlines=True)) is not _END:
            if token.text == "[":
                table = self._header(items)
            else:
                path = table + self._key()
                self._record(path, token.spot, above=len(table))
                self.value(path)
            while self._peek().kind not in ("newline", "end"):
                self._next()

    def value(self, path: Path) -> None:
        """Any value of either language, up to what ends it."""
        token = self._peek(skip_newlines=True)
        if len(path) >= _DEPTH or token.text not in ("[", "{"):
            self._skip()
        elif self._next().text == "[":
            self._list(path)
        else:
            self._table(path)

    def _list(self, path: Path) -> None:
        index = 0
        while (token := self._peek(skip_newlines=True)) is not _END:
            if token.text in ("]", "}"):
                self._next()
                return
            if token.text == ",":
                self._next()
                index += 1
                continue
            self._record((*path, index), token.spot, above=len(path))
            self.value((*path, index))

    def _table(self, path: Path) -> None:
        while (token := self._peek(skip_newlines=True)) is not _END:
            if token.text in ("]", "}"):
                self._next()
                return
            if token.text == ",":
                self._next()
                continue
            inner = path + self._key()
            self._record(inner, token.spot, above=len(path))
            self.value(inner)

    def _header(self, items: dict[Path, int]) -> Path:
        """``[a.b]`` or ``[[a.b]]``: the path that the keys below it belong to."""
        spot = self._next().spot
        many = self._peek().text == "["
        if many:
            self._next()
        path: Path = ()
        parts = self._key()
        for depth, part in enumerate(parts, start=1):
            path = (*path, part)
            if many and depth == len(parts):
                items[path] = items.get(path, 0) + 1
            if path in items:
                path = (*path, items[path] - 1)
        self._record(path, spot, above=0)
        return path

    def _key(self) -> Path:
        """The parts of a dotted key, and what follows them (``=``, ``:``, ``]``) is consumed."""
        parts: list[str] = []
        while (token := self._peek()).kind in ("text", "bare") or token.text == ".":
            self._next()
            if token.kind == "text":
                parts.append(token.text[1:-1])
            elif token.kind == "bare":
                parts.append(token.text)
        self._peek(skip_newlines=True)
        self._next()
        return tuple(parts)

    def _record(self, path: Path, spot: Spot, above: int) -> None:
        """Note *path*, and the tables that a dotted key opens below the first *above* steps."""
        for depth in range(above + 1, len(path) + 1):
            self.found.setdefault(path[:depth], spot)

    def _skip(self) -> None:
        """A scalar, or a value nested too deep to matter: up to the separator that follows it."""
        depth = 0
        self._peek(skip_newlines=True)
        while (token := self._peek()) is not _END:
            if not depth and (token.kind == "newline" or token.text in (",", "]", "}")):
                return
            depth += (token.text in ("[", "{")) - (token.text in ("]", "}"))
            self._next()

    def _peek(self, *, skip_newlines: bool = False) -> _Token:
        while skip_newlines and self._at < len(self._tokens):
            if self._tokens[self._at].kind != "newline":
                break
            self._at += 1
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token
