"""What moto is shown of a routed request: the standard host, which is all that it knows.

Only of what the policy allows, and where it goes to the host that was decided on: what is to be
refused stays what moto cannot answer. Nothing is weakened where moto has merely been imported: the
request keeps its own URL, and passes the guard if nobody answers it.
"""

from __future__ import annotations

from typing import Any

from .route import ROUTE, Route

__all__ = ["standard_url"]


def standard_url(request: Any) -> str:
    """The URL of *request* with its standard host; its own, where it is on no route of ours."""
    url = str(request.url)
    route: Route | None = (getattr(request, "context", None) or {}).get(ROUTE)
    if route is None or not route.allowed or not url.startswith(route.target_slash):
        return url
    return route.standard + url[len(route.target) :]
