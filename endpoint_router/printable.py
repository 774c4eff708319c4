"""Text from elsewhere in one line that shows everything and does nothing.

A rule's ``reason``, a path, a DNS answer or a line of a log may hold what a terminal obeys (escape
sequences, carriage returns) or what turns its line around (bidirectional controls). Whatever a
person reads goes through here; JSON has escapes of its own. This module imports none of ours.
"""

from __future__ import annotations

__all__ = ["printable"]


def printable(text: str) -> str:
    r"""*text* with all that is no visible character spelled out (``\x1b``, ``\n``, ``\u202e``).

    What is visible is left alone, a backslash too: this is for people, and nothing reads it back.
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )
