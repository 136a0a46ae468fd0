"""A second call of the installer in one run: other wheels of the same releases, at the addresses of the new choice."""

from __future__ import annotations

from collections.abc import Callable

from dualvariant.engines.protocol import InstallOrder
from dualvariant.install.ending import Ending
from dualvariant.serve.loopback import LoopbackServer

__all__ = ["Reinstallation"]


class Reinstallation:
    """Calls the installer again after the choice has changed.

    Args:
        server: serves the view.
        run_engine: carries out an order; returns the installer's exit code.
        order: what was ordered first.
        ending: what was known before that.

    Attributes:
        ending: the same, with the addresses that count now.
    """

    def __init__(
        self, server: LoopbackServer, run_engine: Callable[[InstallOrder], int], order: InstallOrder, ending: Ending
    ) -> None:
        self.ending = ending
        self._server = server
        self._run_engine = run_engine
        self._order = order

    def install(self, requirements: list[str]) -> int:
        """Install again; returns the installer's exit code.

        Args:
            requirements: ``NAME==VERSION`` for each distribution that gets another wheel.
        """
        before = self.ending.addresses.published
        published = self._server.serve_again(before)
        self.ending = self.ending._replace(addresses=self.ending.addresses.move_to(published))
        replaces = [] if self.ending.place.target is None else ["--upgrade"]  # else pip leaves what is there
        return self._run_engine(
            self._order._replace(
                index_url=published.index_url,
                options=[*self._order.options, *replaces],
                exchanges=requirements,
                only_exchanges=True,
                translation=self.ending.addresses.translation,
            )
        )
