"""The login for each URL: from the URL, its index, netrc, or a keyring."""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

import pytest

from dualvariant.network.client import AccessNeeds, Client
from dualvariant.network.failures import LoginRequiredError
from dualvariant.network.transport import Transport
from http_reads import HTML, ONCE, basic, sent
from processes import PATIENCE
from servers import Answer, IndexServer


def test_each_index_on_a_host_has_its_own_login(server: IndexServer) -> None:
    root = server.url.removesuffix("/simple").replace("//", "//{}@")
    client = Client(ONCE, [f"{root.format('a:1')}/team-a/simple", f"{root.format('b:2')}/team-b/simple"])
    server.override = lambda path: (200, HTML, b"")
    plain = server.url.removesuffix("/simple")
    for path in ("team-b/simple/x/", "team-a/files/x.whl", "team-b/files/x.whl"):
        client.fetch_page(f"{plain}/{path}", "*/*")
    assert sent(server) == [basic("b:2"), basic("a:1"), basic("b:2")]


def test_escapes_and_tokens_in_a_url(server: IndexServer) -> None:
    server.override = lambda path: (200, HTML, b"")
    for userinfo in ("me%40home:p%3Aw", "token", "m:", "é:ü"):
        Client(ONCE).fetch_page(server.url.replace("//", f"//{userinfo}@"), "*/*")
    assert sent(server)[:3] == [basic("me@home:p:w"), basic("token:"), basic("m:")]
    assert sent(server)[3] == "Basic " + base64.b64encode("é:ü".encode("latin-1")).decode()


def test_a_login_of_https_is_not_sent_over_http() -> None:
    client = Client(ONCE, ["https://me:secret@host/simple"])
    assert client.access_needs("https://host/files/x.whl") == AccessNeeds(login=True)
    assert client.access_needs("http://host/files/x.whl") == AccessNeeds()


# --- netrc


def test_netrc(server: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.override = lambda path: (200, HTML, b"")
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.netrc").write_text("machine 127.0.0.1 login me password secret\n")
    client = Client(ONCE)
    client.fetch_page(server.url, "*/*")
    client.fetch_page(server.url.replace("//", "//you:other@"), "*/*")
    assert client.access_needs("http://127.0.0.1:1/x") == AccessNeeds()  # installers read the same netrc
    (tmp_path / "other").write_text("default login any password one\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "other"))
    Client(ONCE).fetch_page(server.url, "*/*")
    (tmp_path / "other").write_text("this is } no netrc")
    Client(ONCE).fetch_page(server.url, "*/*")
    assert sent(server) == [basic("me:secret"), basic("you:other"), basic("any:one"), None]


def test_a_user_without_a_home_directory_has_no_netrc(server: IndexServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in containers that run with any uid."""

    def fail() -> Path:
        raise RuntimeError("Could not determine home directory.")

    server.override = lambda path: (200, HTML, b"")
    monkeypatch.setattr(Path, "home", fail)
    assert Client(ONCE).fetch_page(server.url, "*/*") is not None
    assert sent(server) == [None]


# --- keyrings


KEYRING = """#!/bin/sh
echo "$@" >> {log}
case "$*" in
  "get {service} me") echo secret;;
  "--mode=creds --output=json get {service}") echo '{{"username": "me", "password": "secret"}}';;
  *) exit 1;;
esac
"""


def _keyring(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder.mkdir()
    program = folder / "keyring"
    program.write_text(text.replace("{log}", str(folder / "log")))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder / "log"


def _guarded(server: IndexServer) -> None:
    def guard(path: str) -> Answer | None:
        known = server.requests[-1][1].get("authorization") == basic("me:secret")
        return (200, HTML, b"in") if known else (401, {}, b"")

    server.override = guard


@pytest.mark.parametrize("user", ["", "me@"])
@pytest.mark.parametrize("by_host", [False, True])
def test_a_keyring_is_asked_once_after_a_refusal(
    user: str, by_host: bool, server: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _guarded(server)
    service = server.url.split("/")[2] if by_host else f"{server.url}/"
    log = _keyring(tmp_path / "bin", KEYRING.format(log="{log}", service=service), monkeypatch)
    transport = Transport(timeout=PATIENCE, retries=0, keyring_provider="subprocess", no_input=True)
    client = Client(transport, [server.url.replace("//", f"//{user}")])
    for _ in range(3):
        page = client.fetch_page(f"{server.url}/demo/", "*/*")
        assert page is not None and page.text == "in"
    assert client.access_needs(f"{server.url}/x.whl") == AccessNeeds(login=True)
    assert len(log.read_text().splitlines()) == (2 if by_host else 1)
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("provider", "no_input", "asked"),
    [("auto", False, True), ("auto", True, False), ("disabled", False, False), ("import", False, False)],
)
def test_a_keyring_is_called_when_pip_calls_its_program(
    provider: str, no_input: bool, asked: bool, server: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _guarded(server)
    log = _keyring(tmp_path / "bin", KEYRING.format(log="{log}", service="other"), monkeypatch)
    transport = Transport(timeout=PATIENCE, retries=0, keyring_provider=provider, no_input=no_input)
    with pytest.raises(LoginRequiredError):
        Client(transport, [server.url]).fetch_page(server.url, "*/*")
    assert log.exists() == asked


#: The package ``keyring`` of a target, of several kinds.
PACKAGE = """
from types import SimpleNamespace
print("Welcome!")
def get_credential(service, user):
    return SimpleNamespace(username=user or "me", password="secret")
"""
OLD_PACKAGE = """
def get_password(service, user):
    return {"me": "secret"}.get(user)
"""


@pytest.mark.parametrize(
    ("text", "user", "provider"),
    [
        (PACKAGE, "", "import"),
        (PACKAGE, "me@", "import"),
        (PACKAGE, "", "auto"),
        (OLD_PACKAGE, "me@", "auto"),
        ("raise RuntimeError", "", "auto"),  # the program is asked instead
    ],
)
def test_the_keyring_of_the_target_is_asked(
    text: str, user: str, provider: str, server: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _guarded(server)
    log = _keyring(tmp_path / "bin", KEYRING.format(log="{log}", service=f"{server.url}/"), monkeypatch)
    (tmp_path / "keyring.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    transport = ONCE._replace(keyring_provider=provider, keyring_python=Path(sys.executable))
    client = Client(transport, [server.url.replace("//", f"//{user}")])
    page = client.fetch_page(f"{server.url}/demo/", "*/*")
    assert page is not None and page.text == "in"
    assert log.exists() == ("raise" in text)


@pytest.mark.parametrize(
    ("text", "user", "provider", "no_input"),
    [
        (OLD_PACKAGE, "", "import", False),
        (OLD_PACKAGE, "you@", "import", False),
        ("def get_credential(service, user): return None", "", "auto", False),
        ("def get_credential(service, user): raise OSError", "", "auto", False),
        ("raise ImportError", "", "import", False),
        (PACKAGE, "", "subprocess", False),
        (PACKAGE, "", "disabled", False),
        (PACKAGE, "", "auto", True),
    ],
)
def test_a_keyring_without_a_login_or_that_does_not_count(
    text: str,
    user: str,
    provider: str,
    no_input: bool,
    server: IndexServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The program does not have the login either."""
    _guarded(server)
    _keyring(tmp_path / "bin", KEYRING.format(log="{log}", service="other"), monkeypatch)
    (tmp_path / "keyring.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    transport = ONCE._replace(keyring_provider=provider, no_input=no_input, keyring_python=Path(sys.executable))
    with pytest.raises(LoginRequiredError):
        Client(transport, [server.url.replace("//", f"//{user}")]).fetch_page(server.url, "*/*")


@pytest.mark.parametrize(
    ("text", "timeout"), [(f"sleep {PATIENCE}", 0.5), ("echo }", PATIENCE), ("echo '[]'", PATIENCE)]
)
def test_a_message_about_a_missing_login_names_a_keyring_that_fails(
    text: str, timeout: float, server: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dualvariant.network.keyring.KEYRING_TIMEOUT", timeout)
    _guarded(server)
    _keyring(tmp_path / "bin", f"#!/bin/sh\nexec {text}\n", monkeypatch)
    with pytest.raises(LoginRequiredError) as caught:
        Client(Transport(timeout=PATIENCE, retries=0, keyring_provider="subprocess"), [server.url]).fetch_page(
            server.url, "*/*"
        )
    assert "keyring" in str(caught.value)
