"""Where PyInstaller finds this package's hook: the entry point ``pyinstaller40`` names it.

A frozen program has no ``sitecustomize`` and no packages but its own, so ``run`` and botocore's
variable come to nothing unless the router was built in. Nothing here runs in such a program.
"""

from __future__ import annotations

from pathlib import Path


def hook_dirs() -> list[str]:
    """Folders of hooks, for PyInstaller."""
    return [str(Path(__file__).parent)]
