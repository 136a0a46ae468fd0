"""What docs/howto/publish.md says of servers, with the servers: a web server, pypiserver and devpi.

Each gets a standard wheel, its hash variant, its label variant and a fused wheel of another release. ``dualvariant``
chooses the variants, plain pip takes the standard wheel. devpi in the night only: it takes half a minute.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import long_form
from foreign_tools import make_tool_environment
from fusing import compile_library, make_wheels, module_source
from processes import PATIENCE, end_tree
from tool import Tool

ANY_USER = ("-u", "user", "-p", "password", "--non-interactive", "--disable-progress-bar")


@pytest.fixture
def release(tmp_path: Path, tool: Tool) -> dict[str, Path]:
    """Wheels by kind: standard, hash, label (of 1.0), fused (another project)."""
    files = {level: {"_a.so": compile_library(tmp_path, module_source("_a"), level)} for level in ("none", "v3")}
    wheels = make_wheels(tmp_path / "demo", files, name="demo")
    tool("convert", wheels["v3"], "-o", tmp_path / "labels")
    other = make_wheels(tmp_path / "other", files, name="fuseddemo")
    made = tool("fuse", *other.values(), "-o", tmp_path / "fused").stdout.strip()
    label = next((tmp_path / "labels").glob("*.whl"))
    return {"standard": wheels["none"], "hash": wheels["v3"], "label": label, "fused": Path(made)}


def find_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(command: list[str | Path], address: str, folder: Path) -> Iterator[None]:
    """A server while it answers at an address."""
    environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            list(map(str, command)), cwd=folder, env={**environ, "HOME": str(folder)}, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    try:
        limit = time.monotonic() + PATIENCE
        while not _answers(address):
            assert process.poll() is None and time.monotonic() < limit, (folder / "server.log").read_text()
            time.sleep(0.1)
        yield
    finally:
        end_tree(process.pid)
        process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def chosen(tool: Tool, target: Path, index: str, project: str = "demo") -> tuple[str, list[str]]:
    """The dialect of the wheel that ``dualvariant`` chooses on a v3 host, and those of all that it finds."""
    line: list[str | Path] = [
        "explain",
        project,
        "-i",
        index,
        "--python",
        target,
        "--profile",
        tool.level("v3"),
        "--json",
    ]
    (found,) = json.loads(tool(*line).stdout)["projects"]
    dialects = [candidate["dialect"] for candidate in found["candidates"]]
    return dialects[0], sorted(dialects)


def check_clients(tool: Tool, target: Path, index: str) -> None:
    """``dualvariant`` installs the variant, plain pip the standard wheel and the fused wheel."""
    line: list[str | Path] = ["install", "demo", "-i", index, "--python", target, "--profile", tool.level("v3")]
    tool(*line)
    (installed,) = json.loads(tool("list", "--python", target, "--json").stdout)
    assert installed["properties"] == ["x86_64 :: level :: v3"]
    tool.run(target, "-m", "pip", "install", "-q", "--force-reinstall", "-i", index, "demo", "fuseddemo")
    (fused,) = json.loads(tool("list", "--python", target, "--json").stdout)
    assert (fused["name"], fused["dialect"]) == ("fuseddemo", "standard") and fused["fused"]["active"]


def twine(wheel: Path, address: str) -> subprocess.CompletedProcess[str]:
    interpreter = make_tool_environment("twine", "twine>=6")
    command = [str(interpreter), "-m", "twine", "upload", *ANY_USER, "--repository-url", address, str(wheel)]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_plain_web_server(release: dict[str, Path], tool: Tool, target: Path, tmp_path: Path) -> None:
    folder = tmp_path / "www"
    folder.mkdir()
    for wheel in release.values():
        (folder / wheel.name).write_bytes(wheel.read_bytes())
    tool("index", folder)
    port = find_free_port()
    address = f"http://127.0.0.1:{port}/"
    command: list[str | Path] = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "-d", folder]
    with running(command, address, tmp_path):
        assert chosen(tool, target, address + "simple/") == ("label", ["hash", "label", "standard"])
        assert chosen(tool, target, address + "simple/", "fuseddemo") == ("standard", ["standard"])
        check_clients(tool, target, address + "simple/")
        for name in (release["hash"].name, release["hash"].name.replace("~", "%7E")):
            with urllib.request.urlopen(address + name, timeout=10) as answer:
                assert answer.read() == release["hash"].read_bytes()


def test_pypiserver(release: dict[str, Path], tool: Tool, target: Path, tmp_path: Path) -> None:
    interpreter = make_tool_environment("pypiserver", "pypiserver>=2.3", "setuptools<81")
    folder = tmp_path / "packages"
    folder.mkdir()
    port = find_free_port()
    address = f"http://127.0.0.1:{port}/"
    command: list[str | Path] = [interpreter.with_name("pypi-server"), "run", "-i", "127.0.0.1", "-p", str(port)]
    with running([*command, "-P", ".", "-a", ".", "--disable-fallback", folder], address, tmp_path):
        for kind in ("standard", "label", "fused"):
            result = twine(release[kind], address)
            assert result.returncode == 0, result.stdout + result.stderr
        refused = twine(release["hash"], address)
        assert refused.returncode != 0 and "variant" in (refused.stdout + refused.stderr).lower()
        assert chosen(tool, target, address + "simple/") == ("label", ["label", "standard"])
        (folder / release["hash"].name).write_bytes(release["hash"].read_bytes())
        assert chosen(tool, target, address + "simple/") == ("label", ["hash", "label", "standard"])
        (folder / release["label"].name).unlink()
        assert chosen(tool, target, address + "simple/") == ("hash", ["hash", "standard"])
        check_clients(tool, target, address + "simple/")


@pytest.mark.skipif(not os.environ.get(long_form.VARIABLE), reason=f"devpi is for the night: {long_form.VARIABLE}")
def test_devpi(release: dict[str, Path], tool: Tool, target: Path, tmp_path: Path) -> None:
    interpreter = make_tool_environment("devpi", "devpi-server>=6.10", "devpi-client>=7", "setuptools<81")
    port = find_free_port()
    address = f"http://127.0.0.1:{port}/"
    programs: Callable[[str], Path] = interpreter.with_name
    data = tmp_path / "data"
    tool.run(programs("devpi-init"), "--serverdir", data, "--no-root-pypi")
    server: list[str | Path] = [
        programs("devpi-server"),
        "--serverdir",
        data,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with running(server, address + "+api", tmp_path):
        for line in ("use " + address, "user -c user password=password", "login user --password=password",
                     "index -c dev bases= volatile=True", "use user/dev"):  # fmt: skip
            tool.run(programs("devpi"), *line.split())
        tool.run(programs("devpi"), "upload", "--no-vcs", release["standard"], release["hash"])
        refused = twine(release["hash"], address + "user/dev/")
        assert refused.returncode != 0 and "variant" in (refused.stdout + refused.stderr).lower()
        index = address + "user/dev/+simple/"
        assert chosen(tool, target, index) == ("hash", ["hash", "standard"])
        for kind in ("label", "fused"):
            result = twine(release[kind], address + "user/dev/")
            assert result.returncode == 0, result.stdout + result.stderr
        assert chosen(tool, target, index) == ("label", ["hash", "label", "standard"])
        check_clients(tool, target, index)
