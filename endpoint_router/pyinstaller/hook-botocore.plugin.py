"""A program with botocore's plugins in it gets the router, which they may name, as well.

``hook-botocore.py`` is another's; and an older botocore has no plugins, nor use for this.
"""

from PyInstaller.utils.hooks import collect_submodules

_NOT_AT_WORK = tuple(f"endpoint_router.{name}" for name in ("cli", "lab", "plan", "pyinstaller"))

hiddenimports = collect_submodules(
    "endpoint_router", filter=lambda name: not name.startswith(_NOT_AT_WORK)
)
