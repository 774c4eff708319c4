"""Watches for botocore in every Python that ``endpoint-router run`` starts.

Python imports ``sitecustomize`` before the program. Programs that never use AWS pay for this as
well, and others have to change the standard library before anybody imports it (gevent, eventlet).
So only what every Python has loaded by then is imported here. Routing is switched on as soon as
botocore could make a session; where that fails, so does the import of botocore, since the program
would go on unrouted.

A Python that is too old for the package (3.6, say) reads this, too, and is none the worse for it.
"""

import os
import sys
from _thread import get_ident

TYPE_CHECKING = False  # without importing typing
if TYPE_CHECKING:
    from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__))
#: The folder that has the package in it.
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(_HERE)))

_INSTALL = "endpoint_router.sdk.activation.install"
#: What makes sessions; what a session asks whom to tell of it, and forgets when it is loaded anew;
#: and by what a program installs a policy of its own, which has to find this one in force.
_WATCHED = frozenset(["botocore.session", "botocore", _INSTALL])


class _Watch:
    """A finder that finds what the others do, and hears of it when that is loaded."""

    def __init__(self) -> None:
        self._searching: set[tuple[int, str]] = set()

    def find_spec(self, name: str, path: "Any" = None, target: "Any" = None) -> "Any":
        """What ``sys.meta_path`` is for. Asked for every module, and of no interest for most."""
        if name not in _WATCHED:
            return None
        search = get_ident(), name
        if search in self._searching:  # by another finder that watches, and searches like this one
            return None
        self._searching.add(search)
        try:
            spec = self._search(name, path, target)
        finally:
            self._searching.discard(search)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec

    def _search(self, name: str, path: "Any", target: "Any") -> "Any":
        for finder in list(sys.meta_path):
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find else None
            if spec is not None:
                return spec
        return None


class _Loader:
    """Stands for the loader of one module until it is loaded, and leaves no trace."""

    def __init__(self, loader: "Any") -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> "Any":
        return getattr(self._loader, name)

    # Both are looked for on the class as well.
    def create_module(self, spec: "Any") -> "Any":
        create = getattr(self._loader, "create_module", None)
        return create(spec) if create else None

    def exec_module(self, module: "Any") -> None:
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        # Python's lock on the module is held meanwhile: no other thread gets it unrouted.
        _loaded(module.__name__)


def _loaded(name: str) -> None:
    if name == "botocore" and "botocore.session" not in sys.modules:
        return  # nobody can make a session yet
    _switch_on("botocore_loaded")


def _switch_on(how: str) -> None:
    """Call this function of the package's.

    :raises ImportError: this Python cannot import it.
    """
    try:
        _make_importable()
        install = __import__(_INSTALL, fromlist=[how])
        from endpoint_router.errors import PolicyError
    except Exception as error:  # whatever a Python that is too old, or without msgspec, stumbles on
        why = f"endpoint-router: {sys.executable} cannot import endpoint_router ({error})"
        print(f"{why}, so it may not import botocore.", file=sys.stderr)
        raise ImportError(f"{why}: its AWS calls would not be routed") from error
    try:
        getattr(install, how)()
    except PolicyError as error:  # which every call is refused with
        print(f"endpoint-router: {error}", file=sys.stderr)


def _make_importable() -> None:
    """Last on the path, and only if need be: what lies beside the package is not the program's."""
    try:
        import endpoint_router  # noqa: F401 - cheap, and tells
    except ModuleNotFoundError:
        # It was started in its own folder, say. Packages of another Python's are left alone.
        if _ROOT.endswith("-packages"):
            raise
        sys.path.append(_ROOT)


def _chain() -> None:
    """Run the sitecustomize that this one hides, if the environment has one."""
    here = [path for path in sys.path if os.path.abspath(path or ".") == _HERE]
    for path in here:
        sys.path.remove(path)
    ours = sys.modules.pop("sitecustomize", None)
    try:
        __import__("sitecustomize")
    except ModuleNotFoundError as error:
        if error.name != "sitecustomize":
            raise
        if ours is not None:
            sys.modules["sitecustomize"] = ours
    finally:
        sys.path[:0] = here


sys.meta_path.insert(0, _Watch())
if "botocore.session" in sys.modules:  # a .pth file did that
    _switch_on("install")
_chain()
