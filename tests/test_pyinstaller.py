"""PyInstaller is told of the hook. What it then builds is a row of ``tests/consumers``."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import botocore


def test_the_hook_is_for_a_module_of_botocores() -> None:
    """It runs where that is built in, and there is another for ``botocore`` itself."""
    (found,) = [it for it in entry_points(group="pyinstaller40") if "endpoint_router" in it.value]
    assert found.name == "hook-dirs"
    (folder,) = found.load()()
    (hook,) = Path(folder).glob("hook-*.py")
    assert hook.name == "hook-botocore.plugin.py"
    compile(hook.read_text(), hook, "exec")
    numbers = tuple(int(part) for part in botocore.__version__.split(".")[:3])
    assert (Path(botocore.__file__).parent / "plugin.py").exists() == (numbers >= (1, 39, 9))
