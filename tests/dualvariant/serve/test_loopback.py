"""The loopback server: what it answers, what it does not, and which address it keeps."""

from __future__ import annotations

import errno
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import samples
from dualvariant.network.client import Client
from dualvariant.network.transport import Transport
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.page import JSON_TYPE
from dualvariant.repository.sources import Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.selection.choice import Choice
from dualvariant.selection.view import View
from dualvariant.serve import http_connection
from dualvariant.serve.addresses import Address, read_address, write_address
from dualvariant.serve.handover import ClientAbilities
from dualvariant.serve.loopback import LoopbackServer, NoLoopbackError
from processes import PATIENCE
from servers import IndexServer, serving
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.profile import HostProfile

STANDARD = "demo-1.0-py3-none-any.whl"
V3 = HostProfile([ProviderConfig("x86_64", [KeyConfig("level", ["v3"])])])


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxies, and a state directory of its own."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``demo`` 1.0 with a v3 variant."""
    samples.make_wheel(tmp_path / "wheels", "demo", "1.0")
    samples.make_wheel(tmp_path / "wheels", "demo", "1.0", properties=["x86_64 :: level :: v3"])
    return tmp_path / "wheels"


def make_view(settings: SourceSettings, cache: Path) -> View:
    client = Client(Transport(timeout=PATIENCE, retries=0), settings.indexes)
    reader = MetadataReader(client, ContentCache(cache))
    return View(Sources(settings, client), Choice(V3, ("py3-none-any",), "3.11.7"), lambda: reader)


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def server(wheels: Path, tmp_path: Path, warnings: list[str]) -> Iterator[LoopbackServer]:
    """Serves the folder of wheels."""
    with LoopbackServer(warnings.append) as running:
        view = make_view(SourceSettings(find_links=(str(wheels),), no_index=True), tmp_path / "cache")
        running.serve(view, ClientAbilities())
        yield running


def ask(url: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    parts = urlsplit(url)
    connection = HTTPConnection(str(parts.hostname), parts.port or 80, timeout=PATIENCE)
    connection.request(method, parts.path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def index_url(server: LoopbackServer) -> str:
    assert server.published is not None
    return server.published.index_url


def file_url(server: LoopbackServer) -> str:
    _, body = ask(f"{index_url(server)}/demo/", Accept=JSON_TYPE)
    (file,) = json.loads(body)["files"]
    return str(file["url"])


def test_a_page_in_both_forms(server: LoopbackServer) -> None:
    response, body = ask(f"{index_url(server)}/Demo/", Accept=JSON_TYPE)
    assert (response.status, response.getheader("Content-Type")) == (200, JSON_TYPE)
    assert [file["filename"] for file in json.loads(body)["files"]] == [STANDARD]
    response, body = ask(f"{index_url(server)}/demo/")
    assert response.status == 200 and f'">{STANDARD}</a>'.encode() in body
    response, body = ask(f"{index_url(server)}/demo/", "HEAD")
    assert (response.status, body) == (200, b"")


def test_a_file_is_streamed_from_a_folder(server: LoopbackServer, wheels: Path) -> None:
    (variant,) = wheels.glob("*~*.whl")
    response, body = ask(file_url(server))
    assert (response.status, response.getheader("Cache-Control")) == (200, "no-store")
    assert body == variant.read_bytes()


def test_a_file_on_a_server_is_redirected_to(wheels: Path, tmp_path: Path, warnings: list[str]) -> None:
    with serving(IndexServer(wheels)) as index, LoopbackServer(warnings.append) as server:
        server.serve(make_view(SourceSettings(index.url), tmp_path / "cache"), ClientAbilities())
        response, _ = ask(file_url(server))
        assert response.status == 302
        assert "~" in str(response.getheader("Location"))


@pytest.mark.parametrize("ranges", [True, False])
def test_a_head_request_is_not_redirected(ranges: bool, wheels: Path, tmp_path: Path, warnings: list[str]) -> None:
    """pip asks so for the length of a wheel, and whether it can be read in parts (``fast-deps``)."""
    (variant,) = wheels.glob("*~*.whl")
    with serving(IndexServer(wheels, ranges=ranges)) as index, LoopbackServer(warnings.append) as server:
        server.serve(make_view(SourceSettings(index.url), tmp_path / "cache"), ClientAbilities())
        response, body = ask(file_url(server), "HEAD")
        assert (response.status, body) == (200, b"")
        assert response.getheader("Content-Length") == str(variant.stat().st_size)
        assert response.getheader("Accept-Ranges") == ("bytes" if ranges else None)


@pytest.mark.parametrize("status", [200, 203])
def test_a_file_behind_a_login_is_streamed(status: int, wheels: Path, tmp_path: Path, warnings: list[str]) -> None:
    """A proxy that has changed something answers 203."""
    with serving(IndexServer(wheels)) as index, LoopbackServer(warnings.append) as server:
        contents = {f"/files/{path.name}": path.read_bytes() for path in wheels.iterdir()}
        index.override = lambda path: (status, {}, contents[unquote(path)]) if unquote(path) in contents else None
        settings = SourceSettings(index.url.replace("//", "//me:secret@"))
        server.serve(make_view(settings, tmp_path / "cache"), ClientAbilities())
        response, body = ask(file_url(server))
        (variant,) = wheels.glob("*~*.whl")
        assert (response.status, body) == (200, variant.read_bytes())


def test_what_has_no_answer(server: LoopbackServer, warnings: list[str]) -> None:
    root, index = server.address, index_url(server)
    urls = [
        root.rpartition("/")[0] + "/",
        root.replace(server.segment, "x" * len(server.segment)) + index.removeprefix(root) + "/demo/",
        f"{root}/{'0' * 16}/simple/demo/",
        f"{index}/other/",
        f"{index}/demo",
        f"{index.removesuffix('simple')}files/{'0' * 64}/{STANDARD}",
    ]
    assert [ask(url)[0].status for url in urls] == [404] * len(urls)
    assert ask(f"{index}/demo/", "POST")[0].status == 405
    assert warnings == []


def test_a_file_that_disappears_is_a_warning_and_not_found(
    server: LoopbackServer, wheels: Path, warnings: list[str]
) -> None:
    """pip would repeat the request after any other status than 404."""
    url = file_url(server)
    (variant,) = wheels.glob("*~*.whl")
    variant.unlink()
    response, _ = ask(url)
    assert response.status == 404
    assert len(warnings) == 1 and variant.name in warnings[0]


# --- pages as they are, and what an installer may keep


def _plain(index: IndexServer, tmp_path: Path, **headers: str) -> bytes:
    """Make the index answer with a page without variants."""
    body = b'{"files": [{"filename": "x-1.0.tar.gz", "url": "https://f.example/x-1.0.tar.gz", "hashes": {}, "odd": 7}]}'
    index.override = lambda path: (200, {"Content-Type": JSON_TYPE, **headers}, body)
    return body


def test_a_page_without_variants_is_passed_on_as_it_is(wheels: Path, tmp_path: Path, warnings: list[str]) -> None:
    with serving(IndexServer(wheels)) as index, LoopbackServer(warnings.append) as server:
        body = _plain(index, tmp_path)
        server.serve(make_view(SourceSettings(index.url), tmp_path / "cache"), ClientAbilities())
        response, seen = ask(f"{index_url(server)}/x/", Accept=JSON_TYPE)
        assert (seen, response.getheader("Cache-Control")) == (body, "no-store")
        assert len(index.requests) == 1
        response, seen = ask(f"{index_url(server)}/x/", Accept="text/html")  # pip before 22.2
        assert b'href="https://f.example/x-1.0.tar.gz"' in seen
        assert len(index.requests) == 1


def test_a_page_whose_files_need_our_login_is_not(wheels: Path, tmp_path: Path, warnings: list[str]) -> None:
    with serving(IndexServer(wheels)) as index, LoopbackServer(warnings.append) as server:
        host = index.url.removesuffix("/simple")
        body = f'{{"files": [{{"filename": "x-1.0.tar.gz", "url": "{host}/x-1.0.tar.gz", "hashes": {{}}}}]}}'
        index.override = lambda path: (200, {"Content-Type": JSON_TYPE}, body.encode())
        settings = SourceSettings(index.url.replace("//", "//me:secret@"))
        server.serve(make_view(settings, tmp_path / "cache"), ClientAbilities())
        _, seen = ask(f"{index_url(server)}/x/", Accept=JSON_TYPE)
        assert json.loads(seen)["files"][0]["url"].startswith(server.address)
        assert b"secret" not in seen


def test_what_an_installer_with_a_stable_address_may_keep(wheels: Path, tmp_path: Path, warnings: list[str]) -> None:
    """A page without variants as long as its server says; it asks for a page with variants each time, by its ETag."""
    with serving(IndexServer(wheels)) as index, LoopbackServer(warnings.append, stable=True) as server:
        server.serve(make_view(SourceSettings(index.url), tmp_path / "cache"), ClientAbilities())
        response, _ = ask(f"{index_url(server)}/demo/", Accept=JSON_TYPE)
        assert response.getheader("Cache-Control") == "no-cache"
        etag = str(response.getheader("ETag"))
        response, again = ask(f"{index_url(server)}/demo/", Accept=JSON_TYPE, **{"If-None-Match": etag})
        assert (response.status, again) == (304, b"")
        response, again = ask(f"{index_url(server)}/demo/", Accept="text/html", **{"If-None-Match": etag})
        assert response.status == 200
        _plain(index, tmp_path, **{"Cache-Control": "max-age=600", "Age": "100"})
        response, _ = ask(f"{index_url(server)}/x/", Accept=JSON_TYPE)
        control = str(response.getheader("Cache-Control"))
        assert control.startswith("max-age=") and 0 < int(control.removeprefix("max-age=")) <= 500


# --- the address


def test_a_stable_address_is_the_same_in_the_next_run(warnings: list[str]) -> None:
    with LoopbackServer(warnings.append, stable=True) as first:
        address = first.address
        with LoopbackServer(warnings.append, stable=True) as meanwhile:
            assert meanwhile.address != address  # the port is taken
            assert meanwhile.segment == first.segment
    with LoopbackServer(warnings.append, stable=True) as second:
        assert second.address == address
    with LoopbackServer(warnings.append) as other:
        assert other.segment != first.segment


@pytest.mark.parametrize("text", ["", "[]", "7", "{}", '{"segment": "short", "port": 7}', '{"segment": 7, "port": 7}'])
def test_a_damaged_address_is_ignored(text: str, tmp_path: Path) -> None:
    write_address(Address("x" * 22, 4711))
    assert read_address() == Address("x" * 22, 4711)
    (path,) = (tmp_path / "state").rglob("view.json")
    path.write_text(text)
    assert read_address() is None


def test_an_address_that_other_users_can_read_is_ignored(tmp_path: Path) -> None:
    write_address(Address("x" * 22, 4711))
    (path,) = (tmp_path / "state").rglob("view.json")
    assert path.stat().st_mode & 0o077 == 0
    path.chmod(0o644)
    assert read_address() is None


def connect(server: LoopbackServer) -> socket.socket:
    parts = urlsplit(server.address)
    return socket.create_connection((str(parts.hostname), parts.port or 80), timeout=PATIENCE)


@pytest.mark.parametrize("said", [b"", b"GET /", b"GET / HTTP/1.1\r\nHost: x"])
def test_a_connection_on_which_nothing_comes_ends(
    said: bytes, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "IDLE_LIMIT", 0.2)
    with connect(server) as idle:
        idle.sendall(said)
        assert idle.recv(1) == b""
    assert ask(f"{index_url(server)}/demo/")[0].status == 200


def test_a_slow_reader_is_not_idle(server: LoopbackServer, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip may be stopped by the user (Ctrl-Z) in the middle of a download."""
    url = file_url(server)
    monkeypatch.setattr(http_connection, "IDLE_LIMIT", 0.1)
    (variant,) = wheels.glob("*~*.whl")
    content = variant.read_bytes() + bytes(8 << 20)
    variant.write_bytes(content)
    with connect(server) as slow:
        slow.sendall(f"GET {urlsplit(url).path} HTTP/1.0\r\n\r\n".encode())
        received = slow.recv(1)
        time.sleep(0.5)
        with slow.makefile("rb") as file:
            received += file.read()
    assert received.partition(b"\r\n\r\n")[2] == content


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_a_client_that_waits_for_a_slow_index_is_told_so(
    version: str, wheels: Path, tmp_path: Path, warnings: list[str]
) -> None:
    """pip gives up a server that is silent for 15 seconds, and its read begins anew with each interim answer."""
    released = threading.Event()

    def wait(path: str) -> None:
        released.wait(PATIENCE)

    with serving(IndexServer(wheels)) as index, LoopbackServer(warnings.append) as server:
        index.override = wait
        server.serve(make_view(SourceSettings(index.url), tmp_path / "cache"), ClientAbilities())
        with connect(server) as client, client.makefile("rb") as answer:
            client.sendall(f"GET {urlsplit(index_url(server)).path}/demo/ HTTP/{version}\r\n\r\n".encode())
            if version == "1.1":
                assert answer.readline() == b"HTTP/1.1 100 Continue\r\n"
            released.set()
            while (line := answer.readline()) in (b"\r\n", b"HTTP/1.1 100 Continue\r\n"):
                assert version == "1.1"
            assert line == b"HTTP/1.1 200 OK\r\n"


def test_strangers_do_not_take_all_connections(server: LoopbackServer) -> None:
    """The oldest of them are ended; the installer's connection, which is older than all, is not."""
    parts = urlsplit(index_url(server))
    installer = HTTPConnection(str(parts.hostname), parts.port or 80, timeout=PATIENCE)
    installer.request("GET", f"{parts.path}/demo/")
    assert installer.getresponse().read()
    mine = installer.sock
    strangers = [connect(server) for _ in range(100)]
    try:
        assert strangers[0].recv(1) == b""
        installer.request("GET", f"{parts.path}/demo/")
        assert installer.getresponse().read() and installer.sock is mine
        assert ask(f"{index_url(server)}/demo/")[0].status == 200
        strangers[-1].sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert strangers[-1].recv(12) == b"HTTP/1.1 404"
    finally:
        installer.close()
        for stranger in strangers:
            stranger.close()


@pytest.mark.parametrize("step", ["bind", "listen", "connect"])
@pytest.mark.parametrize("number", [errno.EPERM, errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.EMFILE])
def test_a_system_that_closes_the_interface(step: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As sandboxes do; a limit of the process is its own error, as an installer would meet it too."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, step, refuse)
    with pytest.raises(OSError if number == errno.EMFILE else NoLoopbackError, match=os.strerror(number)):
        LoopbackServer(pytest.fail)
