"""The HTTP session of one client: the one that botocore made, for as long as nobody replaces it.

Tracing and test libraries put theirs in its place, or in the place of its ``send``, long after the
client was made. Such a session connects as it likes, so what relies on an address is not for it.
Here lives what is true of the session by now; decides nothing.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from .. import seams_sending, seams_urllib3
from ..stand_in import StandIn, is_ours

__all__ = ["OwnSession"]


class OwnSession:
    """The HTTP session of the client that sends by *endpoint*. Holds neither."""

    def __init__(
        self,
        endpoint: Any,
        pinnable: Callable[[Any], object] = seams_urllib3.can_have_direct_session,
        forwards_https: Callable[[Any], bool] = seams_sending.forwards_https,
    ) -> None:
        """
        :param pinnable: can the connections of such a session be told where to dial?
        :param forwards_https: would such a session have a proxy that speaks TLS end it?
        """
        self._pinnable, self._forwards_https = pinnable, forwards_https
        self._endpoint = weakref.ref(endpoint)
        #: The session that the client was made with.
        self.made = weakref.ref(endpoint.http_session)
        #: Where requests are handed to it.
        self.sending = StandIn(endpoint, "_send")
        # Somebody else's ``_send`` need not hand anything to the session.
        self._is_used = not self.sending.replaced or is_ours(endpoint._send)

    @property
    def endpoint(self) -> Any:
        """The client's; ``None`` when it is gone."""
        return self._endpoint()

    @property
    def now(self) -> Any:
        """The session that the client has by now; ``None`` when both are gone."""
        endpoint = self._endpoint()
        return None if endpoint is None else endpoint.http_session

    def can_pin(self) -> bool:
        """Can its connections be told where to dial?"""
        made = self.made()
        return (
            self._is_used and made is not None and made is self.now and bool(self._pinnable(made))
        )

    def verifies(self) -> bool:
        """Does it check the server's certificate?"""
        endpoint = self._endpoint()
        return endpoint is None or seams_sending.verifies(endpoint.http_session)

    def forwards_https(self) -> bool:
        """Would it have a proxy that speaks TLS itself end it, and see what is sent?"""
        endpoint = self._endpoint()
        return endpoint is not None and self._forwards_https(endpoint.http_session)

    def ends_tls_at_proxy(self, url: str) -> bool:
        """Would a proxy end TLS of a request to *url*, by what the session has now?"""
        if not self.forwards_https():
            return False
        proxy = seams_sending.proxy_configuration(self.now).proxy_url_for(url)
        return bool(proxy) and proxy.startswith("https:") and url.startswith("https:")
