"""Sources as pip has them, and servers that fail: the command, real pips, servers on this machine."""

from __future__ import annotations

import base64
import json
import os
import ssl
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import clients
import samples
from dualvariant.core.files import sha256_of
from processes import PATIENCE
from servers import Answer, IndexServer, Proxy, proxying, serving
from tool import Tool

LEVEL = "x86_64 :: level :: {}"
V3 = LEVEL.format("v3")
HTML = {"Content-Type": "text/html"}


#: Runs ``dualvariant install`` with more arguments.
Install = Callable[..., subprocess.CompletedProcess[str]]


def basic(login: str) -> str:
    return "Basic " + base64.b64encode(login.encode()).decode()


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``demo`` 1.0 and the ``helper`` that it needs, both with a v3 variant; no metadata beside them."""
    folder = tmp_path / "wheels"
    for properties in (None, [V3]):
        samples.make_wheel(folder, "demo", "1.0", properties=properties, requires=["helper"])
        samples.make_wheel(folder, "helper", "1.0", properties=properties)
    return folder


@pytest.fixture
def run(tool: Tool, target: Path) -> Install:
    """``install`` for a v3 CPU, with one attempt for each request."""
    tool.environment.update(PIP_TIMEOUT=str(int(PATIENCE)), PIP_RETRIES="0")

    def install(*arguments: str | Path, code: int = 0, error: str | None = None) -> subprocess.CompletedProcess[str]:
        return tool("install", *arguments, "--python", target, "--profile", tool.level("v3"), code=code, error=error)

    return install


def properties(target: Path, module: str) -> list[str]:
    code = f"import json, {module}; print(json.dumps({module}.PROPERTIES))"
    result = subprocess.run([str(target), "-I", "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    found: list[str] = json.loads(result.stdout)
    return found


def guard(server: IndexServer, login: str) -> None:
    """Everything on the server needs this login."""

    def check(path: str) -> Answer | None:
        return None if server.requests[-1][1].get("authorization") == basic(login) else (401, {}, b"who are you")

    server.override = check


# --- settings of pip


@pytest.mark.parametrize("place", ["user file", "site file", "PIP_CONFIG_FILE", "variable"])
def test_sources_in_each_of_pips_places(place: str, tool: Tool, run: Install, wheels: Path, target: Path) -> None:
    with serving(IndexServer(wheels)) as server:
        text = f"[global]\nindex-url = {server.url}\n"
        path = {
            "user file": tool.home / ".config/pip/pip.conf",
            "site file": target.parent.parent / "pip.conf",
            "PIP_CONFIG_FILE": tool.home / "named.conf",
            "variable": None,
        }[place]
        del tool.environment["PIP_CONFIG_FILE"]
        if path is None:
            tool.environment["PIP_INDEX_URL"] = server.url
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        if place == "PIP_CONFIG_FILE":
            tool.environment["PIP_CONFIG_FILE"] = str(path)
        run("demo")
    assert properties(target, "demo") == properties(target, "helper") == [V3]


@pytest.mark.parametrize("pip", ["21.3", "23.2.1", "26.3"])
def test_variants_from_an_extra_index_and_a_dependency_from_a_page(
    pip: str, tool: Tool, wheels: Path, tmp_path: Path
) -> None:
    """The main index has the standard wheel, the extra one the variant of it, a find-links page the dependency."""
    places = {"main": "demo-1.0-*", "extra": "demo-1.0~*", "links": "helper-*"}
    for name, pattern in places.items():
        (tmp_path / name).mkdir()
        for wheel in wheels.glob(pattern):
            (tmp_path / name / wheel.name).write_bytes(wheel.read_bytes())
    target = clients.make_target(tmp_path / "into", pip)
    with (
        serving(IndexServer(tmp_path / "main", "json")) as main,
        serving(IndexServer(tmp_path / "extra")) as extra,
        serving(IndexServer(tmp_path / "links")) as links,
    ):
        sources = ["-i", main.url, "--extra-index-url", extra.url, "-f", f"{links.url}/helper/"]
        tool("install", "demo", *sources, "--python", target, "--profile", tool.level("v3"))
    assert properties(target, "demo") == properties(target, "helper") == [V3]


# --- logins


KEYRING_PACKAGE = """
class Login:
    username, password = "me", "se cret"
def get_credential(service, user):
    return Login
"""


@pytest.mark.parametrize("pip", ["21.3", "23.2.1", "26.3"])
@pytest.mark.parametrize("way", ["address", "netrc", "keyring", "package"])
def test_an_index_that_needs_a_login(way: str, pip: str, tool: Tool, wheels: Path, tmp_path: Path) -> None:
    target = clients.make_target(tmp_path / "into", pip)
    with serving(IndexServer(wheels)) as server:
        guard(server, "me:se cret")
        url = server.url
        if way == "address":
            url = url.replace("//", "//me:se%20cret@")
        elif way == "netrc":
            (tool.home / ".netrc").write_text('machine 127.0.0.1 login me password "se cret"\n')
        elif way == "package":
            package = tmp_path / "packages" / "keyring.py"
            package.parent.mkdir()
            package.write_text(KEYRING_PACKAGE)
            tool.environment.update(PYTHONPATH=str(package.parent), PIP_KEYRING_PROVIDER="import")
        else:
            program = tool.home / "bin" / "keyring"
            program.parent.mkdir()
            program.write_text('#!/bin/sh\n[ "$1 $3" = "get me" ] && echo "se cret"\n')
            program.chmod(0o755)
            tool.environment["PATH"] = f"{program.parent}{os.pathsep}{tool.environment['PATH']}"
            tool.environment["PIP_KEYRING_PROVIDER"] = "subprocess"
            url = url.replace("//", "//me@")
        result = tool("install", "demo", "-i", url, "--python", target, "--profile", tool.level("v3"))
        assert properties(target, "demo") == properties(target, "helper") == [V3]
        assert "cret" not in result.stdout + result.stderr


@pytest.mark.parametrize("pip", ["21.3", "26.3"])
def test_pip_may_read_a_wheel_in_parts(pip: str, tool: Tool, wheels: Path, tmp_path: Path) -> None:
    target = clients.make_target(tmp_path / "into", pip)
    with serving(IndexServer(wheels, ranges=True)) as server:
        chosen: list[str | Path] = ["--python", target, "--profile", tool.level("v3")]
        tool("install", "demo", "-i", server.url, "--use-feature", "fast-deps", *chosen)
    assert properties(target, "demo") == properties(target, "helper") == [V3]


def test_without_a_login_the_next_step_names_the_places_for_one(run: Install, wheels: Path) -> None:
    with serving(IndexServer(wheels)) as server:
        guard(server, "me:secret")
        result = run("demo", "-i", server.url, code=5, error="index-login-required")
        assert result.stdout == ""
        assert "~/.netrc" in result.stderr and "--keyring-provider" in result.stderr
        assert server.paths("pip/") == []


# --- proxies and certificates


@pytest.mark.parametrize("way", ["http_proxy", "PIP_PROXY"])
@pytest.mark.parametrize("pip", ["21.3", "23.2.1", "26.3"])
def test_everything_goes_through_the_proxy(way: str, pip: str, tool: Tool, wheels: Path, tmp_path: Path) -> None:
    """Only the proxy knows where the index is; the view on this machine is reached without it."""
    target = clients.make_target(tmp_path / "into", pip)
    with serving(IndexServer(wheels)) as server, proxying(Proxy(basic("p:w"))) as proxy:
        tool.environment[way] = proxy.url.replace("//", "//p:w@")
        url = server.url.replace("127.0.0.1", "index.invalid")
        arguments: list[str | Path] = ["-i", url, "--python", target, "--profile", tool.level("v3")]
        result = tool("install", "demo", *arguments, environment={"PIP_TRUSTED_HOST": "index.invalid"})
        assert properties(target, "demo") == properties(target, "helper") == [V3]
        assert "w@" not in result.stderr
        assert proxy.requests and all("index.invalid" in path for path in proxy.requests)


@pytest.mark.parametrize("setting", ["PIP_CERT", "REQUESTS_CA_BUNDLE", "PIP_TRUSTED_HOST", None])
def test_certificates(
    setting: str | None, tool: Tool, run: Install, wheels: Path, target: Path, certificate: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        tool.environment.pop(name, None)
    if setting is not None:
        tool.environment[setting] = "127.0.0.1" if setting == "PIP_TRUSTED_HOST" else str(certificate)
    with serving(IndexServer(wheels), context) as server:
        error = None if setting else "index-insecure"
        result = run("demo", "-i", server.url, code=0 if setting else 5, error=error)
    if setting is not None:
        assert properties(target, "demo") == properties(target, "helper") == [V3]
        assert "InsecureRequestWarning" not in result.stderr.partition("Looking in indexes")[0]


def test_a_trusted_host_behind_uv(tool: Tool, run: Install, wheels: Path, target: Path, certificate: Path) -> None:
    """uv's own setting for it reaches uv, and counts for us."""
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    tool.environment["UV_INSECURE_HOST"] = "127.0.0.1"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(IndexServer(wheels), context) as server:
        run("demo", "-i", server.url, "--engine", "uv")
    assert properties(target, "demo") == properties(target, "helper") == [V3]


# --- bad behaviour


#: Name → what the server answers, the error's code, and what its message quotes.
BEHAVIOURS: dict[str, tuple[Callable[[str], Answer | None], str, str]] = {
    "403": (lambda path: (403, {}, b""), "index-forbidden", "403"),
    "429": (lambda path: (429, {"Retry-After": "9999"}, b""), "index-rate-limited", "429"),
    "500": (lambda path: (500, {}, b""), "index-status", "500"),
    "garbage": (
        lambda path: (200, {"Content-Type": "image/png"}, b"\x89PNG\x1b[31m"),
        "invalid-index-page",
        "'image/png'",
    ),
    "half a page": (lambda path: (200, {**HTML, "Content-Length": "999"}, b"<a "), "index-broke-off", "999"),
    "a redirect loop": (lambda path: (301, {"Location": path}, b""), "index-redirect", ""),
    "a redirect that is not secure": (
        lambda path: (302, {"Location": "http://example.com/"}, b""),
        "index-redirect",
        "http://example.com/",
    ),
}


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_an_index_that_misbehaves(name: str, run: Install, wheels: Path) -> None:
    """One message with the URL, code 5, and pip has not started."""
    behaviour, error, quoted = BEHAVIOURS[name]
    with serving(IndexServer(wheels)) as server:
        server.override = behaviour
        result = run("demo", "-i", server.url, code=5, error=error)
        assert result.stdout == ""
        assert quoted in result.stderr and f"{server.url}/demo/" in result.stderr
        assert "\x1b" not in result.stderr
        assert server.paths("pip/") == []


@pytest.mark.parametrize("projects", [["demo"], ["demo", "helper"]])
def test_explain_asks_an_index_that_fails_once(projects: list[str], tool: Tool, target: Path, wheels: Path) -> None:
    with serving(IndexServer(wheels)) as server:
        server.override = lambda path: (500, {}, b"")
        tool("explain", *projects, "-i", server.url, "--retries", "0", "--python", target, code=5, error="index-status")
        assert sorted(server.paths()) == [f"/simple/{name}/" for name in projects]


@pytest.mark.parametrize("form", ["html", "json"])
def test_a_page_of_another_version_of_the_simple_api(form: str, run: Install, wheels: Path, target: Path) -> None:
    """pip reads it; what its variants mean, we would have to guess (PEP 629). The login is not printed."""
    with serving(IndexServer(wheels)) as server:

        def answer(path: str) -> Answer | None:
            if not path.startswith("/simple/"):
                return None
            names = [wheel.name for wheel in sorted(wheels.glob(f"{path.split('/')[2]}-*.whl"))]
            if form == "html":
                links = "".join(f'<a href="../../files/{name}">{name}</a>' for name in names)
                return 200, HTML, f'<meta name="pypi:repository-version" content="2.0">{links}'.encode()
            files = [{"filename": name, "url": f"../../files/{name}", "hashes": {}} for name in names]
            document = {"meta": {"api-version": "2.0"}, "files": files}
            return 200, {"Content-Type": "application/vnd.pypi.simple.v1+json"}, json.dumps(document).encode()

        server.override = answer
        result = run("demo", "-i", server.url.replace("http://", "http://me:secret@"))
    (warning,) = [line for line in result.stderr.splitlines() if "'2.0'" in line]  # for demo and helper
    assert "variants on such pages do not count" in warning and f"{server.url}/demo/" in warning.replace("me:****@", "")
    assert "secret" not in result.stdout + result.stderr
    assert properties(target, "demo") == properties(target, "helper") == []


def test_an_index_that_sends_no_answer(tool: Tool, run: Install, wheels: Path) -> None:
    released = threading.Event()
    tool.environment["PIP_TIMEOUT"] = "1"

    def stay_silent(path: str) -> Answer:
        released.wait()
        return 200, HTML, b""

    with serving(IndexServer(wheels)) as server:
        server.override = stay_silent
        try:
            result = run("demo", "-i", server.url, code=5, error="index-timeout")
        finally:
            released.set()
        assert f"{server.url}/demo/" in result.stderr
        assert server.paths("pip/") == []


def test_a_port_without_a_server(run: Install) -> None:
    result = run("demo", "-i", "http://127.0.0.1:9/simple", code=5, error="index-unreachable")
    assert "http://127.0.0.1:9/simple/demo/" in result.stderr


@pytest.mark.parametrize("away", ["refused", "500", "no folder"])
def test_a_source_that_is_away_is_passed_over_as_in_pip(
    away: str, run: Install, wheels: Path, target: Path, tmp_path: Path
) -> None:
    """One warning says so, also where it is asked for a dependency; what the others have is installed."""
    (tmp_path / "extra").mkdir()
    with serving(IndexServer(wheels)) as server, serving(IndexServer(tmp_path / "extra")) as extra:
        extra.override = lambda path: (500, {}, b"")
        source = {
            "refused": ["--extra-index-url", "http://127.0.0.1:9/simple"],
            "500": ["--extra-index-url", extra.url],
            "no folder": ["--find-links", str(tmp_path / "absent")],
        }[away]
        result = run("demo", "-i", server.url, *source, "--retries", "0")
        warnings = [line for line in result.stderr.splitlines() if "--strict" in line]
        assert len(warnings) == 1
        subprocess.run([str(target), "-I", "-c", "import demo, helper"], check=True)
        subprocess.run([str(target), "-m", "pip", "uninstall", "-qy", "demo", "helper"], check=True)
        run("demo", "-i", server.url, *source, "--retries", "0", "--strict", code=5)
    assert subprocess.run([str(target), "-I", "-c", "import demo"], capture_output=True).returncode != 0


def test_an_index_that_refuses_unknown_names(run: Install, wheels: Path, target: Path, tmp_path: Path) -> None:
    """As large indexes on object stores do, which are in use as extra indexes."""
    (tmp_path / "extra").mkdir()
    with serving(IndexServer(wheels)) as server, serving(IndexServer(tmp_path / "extra")) as extra:
        extra.override = lambda path: (403, {}, b"")
        result = run("demo", "-i", server.url, "--extra-index-url", extra.url)
        host = extra.url.split("/")[2]
        assert len([line for line in result.stderr.splitlines() if host in line and "403" in line]) == 1
    assert properties(target, "demo") == properties(target, "helper") == [V3]


def test_a_wheel_that_changes_between_page_and_download(run: Install, wheels: Path, target: Path) -> None:
    """The page's hash decides: pip refuses what came instead."""
    (chosen,) = wheels.glob("helper-1.0~*.whl")
    with serving(IndexServer(wheels, ranges=True)) as server:

        def other(path: str) -> Answer | None:
            whole = "range" not in server.requests[-1][1]
            return (200, {}, b"PK\x05\x06" + b"\0" * 18) if path.endswith(chosen.name) and whole else None

        server.override = lambda path: other(path.replace("%7E", "~"))
        result = run("helper", "-i", server.url, code=1)
        assert sha256_of(chosen) in result.stderr  # pip names the hash that it expects
    assert subprocess.run([str(target), "-I", "-c", "import helper"], capture_output=True).returncode != 0


def test_half_a_wheel_is_not_installed(run: Install, wheels: Path, target: Path) -> None:
    (chosen,) = wheels.glob("helper-1.0~*.whl")
    content = chosen.read_bytes()
    with serving(IndexServer(wheels, ranges=True)) as server:

        def half(path: str) -> Answer | None:
            # Not for us: we have looked into the wheel before. And no range either, for pip would go on with it.
            agent = server.requests[-1][1]["user-agent"]
            broken = path.replace("%7E", "~").endswith(chosen.name) and agent.startswith("pip/")
            return (200, {"Content-Length": str(len(content))}, content[:300]) if broken else None

        server.override = half
        run("helper", "-i", server.url, code=1)
    assert subprocess.run([str(target), "-I", "-c", "import helper"], capture_output=True).returncode != 0


def test_a_login_is_not_sent_to_another_host(run: Install, wheels: Path, target: Path, tmp_path: Path) -> None:
    """The page needs a login, and lists files on another server: neither we nor pip send the login there."""
    with serving(IndexServer(wheels)) as files, serving(IndexServer(wheels)) as index:
        page = index.page("helper").replace(b"../../files", files.url.replace("simple", "files").encode())

        def guarded(path: str) -> Answer:
            known = index.requests[-1][1].get("authorization") == basic("me:secret")
            return (200, HTML, page) if known else (401, {}, b"")

        index.override = guarded
        run("helper", "-i", index.url.replace("//", "//me:secret@"))
        assert properties(target, "helper") == [V3]
        assert files.requests and not any("authorization" in headers for _, headers in files.requests)


def test_a_folder_is_a_source_without_a_network(run: Install, wheels: Path, target: Path) -> None:
    run("demo", "--no-index", "-f", wheels)
    assert properties(target, "demo") == properties(target, "helper") == [V3]


def test_what_was_read_over_the_network_is_cached(tool: Tool, wheels: Path, target: Path) -> None:
    with serving(IndexServer(wheels, ranges=True)) as server:
        arguments: list[str | Path] = [
            "explain",
            "demo",
            "-i",
            server.url,
            "--python",
            target,
            "--profile",
            tool.level("v3"),
        ]
        tool(*arguments)
        assert [path for path in server.paths() if path.endswith(".whl")]
        server.requests.clear()
        tool(*arguments)
        asked = [(path, headers.get("range")) for path, headers in server.requests]
        assert asked[0] == ("/simple/demo/", None)
        assert [first for _, first in asked[1:]] == ["bytes=0-0"]  # whether it is still there


def test_files_of_several_projects_are_asked_for_at_once(run: Install, wheels: Path, target: Path) -> None:
    """The server answers about neither project's wheels before it was asked about both."""
    asked, both = set[str](), threading.Event()

    def answer(path: str) -> None:
        if path.endswith(".whl"):
            asked.add(path.rpartition("/")[2].partition("-")[0])
            if len(asked) == 2:
                both.set()
            assert both.wait(PATIENCE)

    with serving(IndexServer(wheels, ranges=True)) as server:
        server.override = answer
        run("demo", "helper", "-i", server.url)
    assert properties(target, "demo") == properties(target, "helper") == [V3]
