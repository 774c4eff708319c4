"""Activates the router in every Python that ``endpoint-router run`` starts.

Python imports ``sitecustomize`` before the program. A failure here must stop the program, which
would otherwise run unrouted: ``site`` prints ordinary exceptions and goes on, so this exits hard.
"""

import importlib
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


def _activate() -> None:
    try:
        import endpoint_router

        endpoint_router.install()
    except Exception as error:
        print(
            f"endpoint-router: {error}\nendpoint-router: the program is not started.",
            file=sys.stderr,
        )
        sys.stderr.flush()
        os._exit(2)


def _chain() -> None:
    """Run the sitecustomize that this one hides, if the environment has one."""
    here = [path for path in sys.path if os.path.abspath(path or ".") == _HERE]
    for path in here:
        sys.path.remove(path)
    ours = sys.modules.pop("sitecustomize", None)
    try:
        importlib.import_module("sitecustomize")
    except ModuleNotFoundError as error:
        if error.name != "sitecustomize":
            raise
        if ours is not None:
            sys.modules["sitecustomize"] = ours
    finally:
        sys.path[:0] = here


_activate()
_chain()
