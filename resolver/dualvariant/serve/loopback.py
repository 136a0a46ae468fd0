"""A small HTTP server on the loopback interface that serves a view to one user's installer.

It adds a port, a path segment that cannot be guessed, and nothing else. docs/explanation/view.md says why it is this
server: the time that it takes to start is a part of every install. ``http.server`` alone would add 19 ms, most of it
for ``email`` and ``ssl``.
"""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from socketserver import ThreadingTCPServer

from dualvariant.core.errors import DualvariantError
from dualvariant.selection.view import View
from dualvariant.serve.addresses import Address, read_address, write_address
from dualvariant.serve.handover import ClientAbilities
from dualvariant.serve.peers import is_ours
from dualvariant.serve.published_view import PublishedView
from dualvariant.serve.strangers import Strangers
from dualvariant.serve.view_connection import ViewConnection
from dualvariant.serve.waiting import INTERVAL, Waiting

__all__ = ["LoopbackServer", "NoLoopbackError"]

#: The most connections of clients that have not asked for anything below the secret segment.
_MOST_STRANGERS = 64


#: What the system says of a process or machine that has no more room; an installer would have none either.
_LIMITS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})


class NoLoopbackError(DualvariantError):
    """Nobody can listen or connect on the loopback interface, so that no installer reaches a view."""

    code = "no-loopback"


class LoopbackServer:
    """Serves views on 127.0.0.1 until the block ends.

    The socket is bound at once, and requests wait in it until :meth:`serve` is called.

    Args:
        warn: called with a message about what went wrong while an installer was waiting for an answer.
        stable: keep port and segment from run to run, for an installer that caches by them; another port if that one is
            taken.

    Raises:
        NoLoopbackError: nobody can connect to it.
    """

    def __init__(self, warn: Callable[[str], None], *, stable: bool = False) -> None:
        self.warn = warn
        #: Whether an installer's cache finds what it has kept of an earlier run.
        self.stable = stable
        #: The view that was served last.
        self.published: PublishedView | None = None
        #: What is served, by the digest in the addresses.
        self._views: dict[str, PublishedView] = {}
        #: Which view the pages are of, by the User-Agent of the client; None for the one in the address.
        self.choose_view: Callable[[str], PublishedView | None] = lambda agent: None
        kept = read_address() if stable else None
        address = kept or Address.generate()
        self.segment = address.segment
        self._httpd = self._listen(address.port)
        if stable and kept is None:
            write_address(Address(self.segment, self._httpd.server_address[1]))
        host, port = self._httpd.server_address[:2]
        self.address = f"http://{host!s}:{port}/{self.segment}"
        self._thread: threading.Thread | None = None
        self._ended = False

    def serve(self, view: View, abilities: ClientAbilities) -> PublishedView:
        """Start to serve a view, beside those that are served already.

        Args:
            view: the view.
            abilities: what the installer can do with our settings for the network.

        Returns:
            The view with its URLs: the engine gets its ``index_url``.
        """
        published = PublishedView(view, view.sources.client, self.address, abilities)
        self.published = self._views[published.digest] = published
        if self._thread is None:
            self._thread = threading.Thread(target=self._accept, daemon=True)
            self._thread.start()
        return published

    def serve_again(self, before: PublishedView) -> PublishedView:
        """Go on with what is chosen now in a view, for the same installer.

        Args:
            before: the view as it is served.
        """
        published = self.serve(before.view, before.abilities)
        published.on_offer = before.on_offer
        return published

    def find_view(self, digest: str) -> PublishedView | None:
        """The view whose addresses have a digest, if it is served."""
        return self._views.get(digest)

    def _listen(self, port: int) -> Httpd:
        """A server on this port, or on another one if it is taken."""
        try:
            with suppress(OSError):
                return Httpd(self, port)
            return Httpd(self, 0)
        except OSError as error:
            if error.errno in _LIMITS:
                raise
            raise NoLoopbackError(
                f"the loopback interface cannot be used ({error.strerror}), where an installer reads what was chosen",
                "bring it up, as by 'ip link set lo up'; or let pip or uv install standard wheels by itself",
            ) from error

    def __enter__(self) -> LoopbackServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        if self._thread is not None:
            # It wakes the thread, which would otherwise have to look every few milliseconds. Other ways to connect look
            # for the address's name, and import the encoding for that.
            with suppress(OSError), socket.socket(socket.AF_INET) as waking:
                waking.settimeout(1)
                waking.connect(self._httpd.own_address)
            self._thread.join(1)
        self._httpd.server_close()

    def _accept(self) -> None:
        told = time.monotonic()
        while not self._ended:
            self._httpd.handle_request()
            if time.monotonic() - told >= INTERVAL:
                self._httpd.waiting.tell()
                told = time.monotonic()


class Httpd(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 64
    timeout = INTERVAL  # of handle_request()

    def __init__(self, server: LoopbackServer, port: int) -> None:
        self.server = server
        self.strangers = Strangers(_MOST_STRANGERS)
        self.waiting = Waiting()
        super().__init__(("127.0.0.1", port), ViewConnection)
        self.own_address = ("127.0.0.1", self.server_address[1])
        self._check_reachable()

    def _check_reachable(self) -> None:
        """Look for a way to ourselves; for a datagram socket the system does nothing else when it is connected."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(self.own_address)
            except OSError:
                self.server_close()
                raise

    def verify_request(self, request: object, client_address: tuple[str, int]) -> bool:
        """Whether a connection is answered: another user of the machine may have read the address somewhere."""
        return is_ours(client_address, self.own_address)

    def handle_error(self, request: object, client_address: object) -> None:
        import sys

        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):  # an installer may close its connection at any time
            self.server.warn(f"serving the view failed ({error!r})")
