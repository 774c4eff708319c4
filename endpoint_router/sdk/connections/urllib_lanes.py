"""The lanes of a client that sends by urllib3: made by :mod:`.pinning`, closed with its session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...process import importing
from .. import seams_urllib3
from ..stand_in import StandIn
from .lanes import Lanes

if TYPE_CHECKING:
    from .lane import Lane

__all__ = ["UrllibLanes"]


class UrllibLanes(Lanes):
    """The lanes of a client that sends by urllib3."""

    #: In the place of the session's ``close``, from the first lane on.
    _close: StandIn | None = None

    def _open(self, name: str) -> Lane:
        close = StandIn(self._own_session.made(), "close")
        # Threads may come here at once: the first one's stays, and putting it twice does no harm.
        vars(self).setdefault("_close", close).put(self.close)
        with importing:
            from .pinning import UrllibLane

        lane = UrllibLane(self._connections, self._own_session, name)
        kept: Lane = self._lanes.setdefault(name, lane)
        return kept

    def close(self) -> None:
        """Stands for ``URLLib3Session.close``, which ``client.close()`` calls."""
        self._close_all()
        if self._close is not None:
            self._close.original(self._close.owner())

    def undo(self) -> None:
        """Close every lane and leave the session as it was found."""
        self._close_all()
        super().undo()
        if self._close is not None:
            self._close.undo()
            del self._close

    def _close_all(self) -> None:
        for lane in list(self._lanes.values()):
            seams_urllib3.close_direct_session(lane.session)
