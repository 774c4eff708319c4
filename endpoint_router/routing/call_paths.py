"""By which path a decided call goes, in one word: what is counted, where hosts would be too many.

Pure. What proves a path is said by the decision itself, in full; a word proves nothing.
"""

from __future__ import annotations

from typing import Literal, get_args

from .case import Decision

__all__ = ["PATHS", "Path", "Support", "path_of", "support_of"]

Path = Literal["interface", "gateway", "private", "public", "proxy", "custom", "undeclared", "none"]
PATHS: tuple[Path, ...] = get_args(Path)

#: What DNS contributed: ``stale`` before ``failed`` before ``fresh``; ``none``: nothing was asked.
Support = Literal["stale", "failed", "fresh", "none"]


def path_of(decision: Decision) -> Path:
    """The path of the call; ``none`` where it is refused."""
    chosen = decision.chosen
    if chosen is None:
        return "none"
    if chosen.kind == "interface" or chosen.kind == "custom" or chosen.kind == "undeclared":
        return chosen.kind
    if chosen.proxy:
        return "proxy"
    if chosen.gateway:
        return "gateway"
    private = decision.pin is not None or any(
        finding.question.name == chosen.probe_name and finding.verdict == "private-address"
        for finding in decision.evidence
    )
    return "private" if private else "public"


def support_of(decision: Decision) -> Support:
    """What the answers that led to *decision* were worth."""
    answers = [finding.answer for finding in decision.evidence]
    if any(answer.stale for answer in answers):
        return "stale"
    if any(answer.status == "failed" for answer in answers):
        return "failed"
    return "fresh" if answers else "none"
