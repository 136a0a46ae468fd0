"""Who is connected to the view: the kernel is asked, and another user gets no answer."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from dualvariant.serve.peers import find_owner, is_ours
from processes import PATIENCE

NOBODY = 65534


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_the_owner_of_a_connection_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        own = server.getsockname()
        with socket.create_connection(own) as client:
            assert find_owner(client.getsockname(), own) == os.geteuid()
            assert is_ours(client.getsockname(), own)


def test_a_connection_that_is_not_there_is_answered() -> None:
    """Where the kernel does not tell, the segment of the address is what keeps others away."""
    assert find_owner(("127.0.0.1", 1), ("127.0.0.1", 2)) is None
    assert is_ours(("127.0.0.1", 1), ("127.0.0.1", 2))


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_not_answered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        own = server.getsockname()
        child = os.fork()  # that user may not be able to start a program of ours
        if child == 0:
            try:
                os.setuid(NOBODY)
                with socket.create_connection(own) as client:
                    client.recv(1)
            finally:
                os._exit(0)
        connection, peer = server.accept()
        with connection:
            assert find_owner(peer, own) == NOBODY
            assert not is_ours(peer, own)
        os.waitpid(child, 0)
