"""A server's name is looked up once in a run, however many connections there are."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dualvariant.network.client import Client
from dualvariant.network.concurrency import map_parallel
from dualvariant.network.failures import SourceError
from dualvariant.network.transport import Transport
from processes import PATIENCE
from servers import IndexServer, serving

NAME = "files.example"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[IndexServer]:
    (tmp_path / "demo-1.0.tar.gz").write_bytes(b"demo")
    with serving(IndexServer(tmp_path)) as server:
        yield server


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every name that is looked up; NAME is this machine."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, *arguments: Any, **more: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == NAME else host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    return asked


def test_many_connections_look_a_name_up_once(server: IndexServer, lookups: list[str]) -> None:
    client = Client(Transport(timeout=PATIENCE, retries=0))
    url = server.url.replace("127.0.0.1", NAME).replace("/simple", "/files/demo-1.0.tar.gz")
    assert map_parallel(lambda number: client.read(url), range(40), 20) == [b"demo"] * 40
    assert len({*server.clients}) > 1
    assert lookups.count(NAME) == 1


def test_an_address_that_does_not_answer_is_not_the_last_one(
    server: IndexServer, lookups: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = socket.getaddrinfo

    def look_up(host: str, port: Any, *arguments: Any, **more: Any) -> Any:
        if host == NAME and port is None:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.9.9.9", 0))]
        return found(host, port, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    url = server.url.replace("127.0.0.1", NAME).replace("/simple", "/files/demo-1.0.tar.gz")
    assert Client(Transport(timeout=PATIENCE, retries=0)).read(url) == b"demo"
    assert NAME in lookups


def test_a_name_that_cannot_be_looked_up_is_named(lookups: list[str]) -> None:
    with pytest.raises(SourceError, match=r"no-such-host\.invalid"):
        Client(Transport(timeout=5, retries=0)).read("http://no-such-host.invalid/x")
