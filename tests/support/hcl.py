"""As much of HCL as the plan writes, read back strictly: blocks, attributes, quoted templates."""

from __future__ import annotations

import re

_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_ESCAPE = re.compile(r'\\(?:(["\\nrt])|u([0-9a-f]{4})|U([0-9a-f]{8}))|(\$\$\{)|(%%\{)|([$%]\{|\\)')
_BLOCK = re.compile(r'^(data|resource|variable|output) (?:"([^"]+)" )?"([^"]+)" \{$', re.M)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def unquote(text: str) -> str:
    """The value of a quoted template (HCL native syntax, "Template Expressions").

    :raises ValueError: it is none, or something in it would be interpolated.
    """
    whole = _STRING.fullmatch(text)
    if not whole:
        raise ValueError(f"no string: {text!r}")

    def one(found: re.Match[str]) -> str:
        simple, short, long, dollar, percent, bad = found.groups()
        if bad:
            raise ValueError(f"{bad!r} in {text!r}")
        if simple:
            return {"n": "\n", "r": "\r", "t": "\t"}.get(simple, simple)
        if short or long:
            return chr(int(short or long, 16))
        return "${" if dollar else "%{" if percent else ""

    return _ESCAPE.sub(one, whole[1])


def blocks(text: str) -> dict[tuple[str, str, str], dict[str, str]]:
    """Attributes as written, by kind, type and name of each block.

    :raises ValueError: a name twice, or one that is none; braces that do not match.
    """
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    bare = _STRING.sub("", code)
    if bare.count("{") != bare.count("}") or bare.count("[") != bare.count("]"):
        raise ValueError("brackets do not match")
    for match in _BLOCK.finditer(code):
        key = (match[1], match[2] or "", match[3])
        if key in found or not _NAME.fullmatch(match[3]):
            raise ValueError(f"block {key}")
        body = code[match.end() : code.index("\n}", match.end())]
        found[key] = dict(re.findall(r"^ +(\w+) += (.+)$", body, re.M))
    return found
