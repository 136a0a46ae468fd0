"""How uv reaches the network: proxies, certificates, logins and its cache, with the real uv as the oracle."""

from __future__ import annotations

import json
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import clients
from http_reads import basic
from processes import PATIENCE
from servers import Answer, IndexServer, Proxy, proxying, serving
from socks_proxy import SocksProxy, proxying_socks
from tool import Tool

pytestmark = pytest.mark.usefixtures("uv_on_path")

V3 = "x86_64 :: level :: v3"

#: Runs ``dualvariant install`` with more arguments.
Install = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tool: Tool, target: Path) -> Install:
    """``install`` for a v3 CPU, with one attempt for each request."""
    tool.environment.update(PIP_TIMEOUT=str(int(PATIENCE)), PIP_RETRIES="0", UV_HTTP_RETRIES="0")

    def install(*arguments: str | Path, code: int = 0, error: str | None = None) -> subprocess.CompletedProcess[str]:
        return tool("install", *arguments, "--python", target, "--profile", tool.level("v3"), code=code, error=error)

    return install


def _assert_best(tool: Tool, target: Path) -> None:
    """Both projects have the variant that is the best one for a v3 CPU."""
    found = json.loads(tool("list", "--python", target, "--json").stdout)
    assert {each["name"]: each["properties"] for each in found} == {"demo": [V3], "helper": [V3]}


def _refuse(server: IndexServer, login: str) -> Answer | None:
    """The answer to a request without this login."""
    return None if server.requests[-1][1].get("authorization") == login else (401, {}, b"who are you")


def test_a_login_that_uv_has_stored(tool: Tool, run: Install, wheels: Path, target: Path) -> None:
    """Nobody has written it anywhere else; without it, uv and we end with an error."""
    tool.environment.pop("UV_CREDENTIALS_DIR", None)
    with serving(IndexServer(wheels)) as server:
        server.override = lambda path: _refuse(server, basic("me:secret"))
        tool.run(clients.uv(), "auth", "login", server.url, "--username", "me", "--password", "secret")
        run("demo", "-i", server.url, "--engine", "uv")
        _assert_best(tool, target)
        tool.run(clients.uv(), "auth", "logout", server.url, "--username", "me")
        again = ["--force-reinstall", "-i", server.url, "--engine", "uv"]
        run("demo", *again, code=5, error="index-login-required")


@pytest.mark.parametrize("engine", ["pip", "uv"])
def test_everything_goes_through_a_socks_proxy(engine: str, tool: Tool, wheels: Path, target: Path) -> None:
    """pip has PySocks in its environment, as it needs; uv is its own client."""
    if engine == "pip":
        tool.run(target, "-m", "pip", "install", "--quiet", "pysocks")
    with serving(IndexServer(wheels)) as server, proxying_socks(SocksProxy(("me", "p:w"))) as proxy:
        tool.environment["ALL_PROXY"] = f"socks5h://me:p%3Aw@{proxy.address}"
        url = server.url.replace("127.0.0.1", "index.invalid")
        variables = {"PIP_TRUSTED_HOST": "index.invalid", "UV_INSECURE_HOST": "index.invalid"}
        arguments: list[str | Path] = ["-i", url, "--python", target, "--profile", tool.level("v3")]
        result = tool("install", "demo", *arguments, "--engine", engine, environment=variables)
    _assert_best(tool, target)
    assert "p%3Aw" not in result.stderr
    assert set(proxy.requests) == {"index.invalid"}


@pytest.mark.parametrize("on_line", [False, True], ids=["uv.toml", "--proxy beats uv.toml"])
def test_the_proxies_of_uvs_files(on_line: bool, tool: Tool, run: Install, wheels: Path, target: Path) -> None:
    """The view on this machine is reached without them."""
    with serving(IndexServer(wheels)) as server, proxying(Proxy()) as used, proxying(Proxy()) as unused:
        of_file = unused if on_line else used
        (tool.home / "uv.toml").write_text(f'http-proxy = "{of_file.url}"\nno-proxy = ["other.invalid"]\n')
        tool.environment.update(HTTP_PROXY=unused.url, UV_INSECURE_HOST="index.invalid")
        url = server.url.replace("127.0.0.1", "index.invalid")
        run("demo", "-i", url, "--engine", "uv", *(["--proxy", used.url] if on_line else []))
    _assert_best(tool, target)
    assert used.requests and all("index.invalid" in path for path in used.requests)
    assert unused.requests == []


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
@pytest.mark.parametrize("engine", ["pip", "uv"])
def test_the_exceptions_of_the_user_stay_beside_ours(
    engine: str, name: str, tool: Tool, run: Install, wheels: Path, target: Path
) -> None:
    """Whichever of the two variables has them."""
    with serving(IndexServer(wheels)) as server, proxying(Proxy()) as proxy:
        tool.environment.update({"http_proxy": proxy.url, name: "localhost"})
        for other in {"no_proxy", "NO_PROXY"} - {name}:
            tool.environment.pop(other, None)
        run("demo", "-i", server.url.replace("127.0.0.1", "localhost"), "--engine", engine)
    _assert_best(tool, target)
    assert proxy.requests == []


@pytest.mark.parametrize("way", ["a folder", "a variable of pip's", "the client's", "none of the client's"])
def test_certificates_of_uv(
    way: str, tool: Tool, run: Install, wheels: Path, target: Path, certificate: Path, tmp_path: Path
) -> None:
    """As uv itself reads the variables."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR"):
        tool.environment.pop(name, None)
    tool.environment["SSL_CERT_FILE"] = str(certificate)
    if way == "a folder":
        del tool.environment["SSL_CERT_FILE"]
        folder = tmp_path / "certificates"
        folder.mkdir()
        (folder / "ours.crt").write_bytes(certificate.read_bytes())
        (folder / "README").write_text("not a certificate")
        tool.environment["SSL_CERT_DIR"] = str(folder)
    elif way == "a variable of pip's":
        tool.environment["REQUESTS_CA_BUNDLE"] = str(tmp_path / "gone.pem")
    elif way == "the client's":
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificate)
        tool.environment["SSL_CLIENT_CERT"] = str(certificate)
    else:
        tool.environment["SSL_CLIENT_CERT"] = str(tmp_path / "gone.pem")
    with serving(IndexServer(wheels), context) as server:
        alone: list[str | Path] = ["--default-index", server.url, "--python", target, "--no-cache", "--dry-run"]
        tool.run(clients.uv(), "pip", "install", "demo", *alone)
        run("demo", "-i", server.url, "--engine", "uv")
    _assert_best(tool, target)


@pytest.mark.parametrize("way", ["variable", "file"])
def test_offline_uv_installs_variants_from_folders(way: str, tool: Tool, target: Path, wheels: Path) -> None:
    _set_offline(tool, way)
    run_uv: list[str | Path] = ["--python", target, "--engine", "uv", "--profile", tool.level("v3")]
    tool("install", "demo", "--no-index", "--find-links", wheels, *run_uv)
    _assert_best(tool, target)


@pytest.mark.parametrize("way", ["variable", "file"])
def test_offline_uv_installs_from_its_cache_what_indexes_have(
    way: str, tool: Tool, target: Path, wheels: Path, tmp_path: Path
) -> None:
    """No server is asked for anything, not even by us."""
    tool.environment["UV_CACHE_DIR"] = str(tmp_path / "cache")
    with serving(IndexServer(wheels)) as server:
        other = clients.make_target(tmp_path / "other", pip=None)
        tool.run(clients.uv(), "pip", "install", "demo", "--python", other, "--default-index", server.url)
        server.requests.clear()
        _set_offline(tool, way)
        arguments: list[str | Path] = ["-i", server.url, "--python", target, "--engine", "uv"]
        done = tool("install", "demo", *arguments)
        assert "uv is offline" in done.stderr
        tool("install", "demo", "--variant", "1590f027", *arguments, code=5, error="offline")
        tool("explain", "demo", *arguments, code=5, error="offline")
        assert server.requests == []
    assert "demo" in tool.run(clients.uv(), "pip", "list", "--python", target).stdout


def _set_offline(tool: Tool, way: str) -> None:
    if way == "variable":
        tool.environment["UV_OFFLINE"] = "1"
    else:
        (tool.home / "uv.toml").write_text("offline = true\n")
