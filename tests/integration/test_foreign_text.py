"""Names, versions and reasons that a stranger wrote: what is printed has no control character and no forged line."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest

import samples
from processes import PATIENCE
from sample_plugins import Site, make_environment, provider
from servers import IndexServer, serving
from tool import Tool

#: A title for the terminal, colours, a carriage return, another direction, a C1 control, and lines of our own form.
EVIL = "\x1b]0;title\x07\x1b[31m\r\u202e\x9b\ndualvariant: error: FORGED [code]\n  hint: FORGED\u2028FORGED"


def run(tool: Tool, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command, and check each byte that it prints."""
    command = [str(tool.python), "-m", "dualvariant", *map(str, arguments)]
    done = subprocess.run(
        command, env={**tool.environment, **environment}, cwd=tool.home, capture_output=True, timeout=PATIENCE
    )
    for stream in (done.stdout, done.stderr):
        text = stream.decode()
        assert "Traceback" not in text
        for line in text.split("\n"):
            assert line.isprintable(), repr(line)
            assert not line.startswith(("dualvariant: error: FORGED", "  hint: FORGED", "FORGED")), text
    return done


def add_entries(wheel: Path, *paths: str) -> None:
    """Add libraries to a wheel, under paths that are a stranger's choice."""
    with zipfile.ZipFile(wheel, "a") as archive:
        for path in paths:
            archive.writestr(zipfile.ZipInfo(path), b"\x7fELF\x02\x01" + bytes(100))


def test_audit(tool: Tool, tmp_path: Path) -> None:
    wheel = samples.make_wheel(tmp_path, "demo", "1.0", properties=["x86_64 :: level :: v3"])
    add_entries(wheel, f"demo/{EVIL}.so", f"{EVIL}/x.so")
    done = run(tool, "audit", wheel)
    assert done.returncode == 1 and b"FORGED" in done.stdout
    document = run(tool, "audit", "--json", wheel).stdout
    assert {module["path"] for module in json.loads(document)[0]["modules"]} == {f"demo/{EVIL}.so", f"{EVIL}/x.so"}


def test_plugins(tool: Tool, tmp_path: Path) -> None:
    site = Site(tmp_path / "site")
    site.install("a", provider(f"raise ValueError({EVIL!r})", name="bad"))
    site.install("b", provider("return answer(k=['1'])", name="good", version=EVIL))
    site.install("c", f"raise ImportError({EVIL!r})")
    site.install("d", provider(f"return answer(k=[{EVIL!r}])", name="values"))
    tool.python = make_environment(tmp_path / "environment", site.path)
    for command in (["plugins", "list"], ["host"], ["host", "--refresh"], ["cache", "list"]):
        assert b"good" in run(tool, *command).stdout


def test_what_is_installed(tool: Tool, tmp_path: Path, target: Path) -> None:
    (folder,) = target.parent.parent.glob("lib/python*/site-packages")
    for name, value in (("one", EVIL.replace("\n", "\r")), ("two", "\x1b[31m\u202e")):
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1{value}\nVariant-hash: {value}\nVariant: {value}\n"
        (info / "METADATA").write_bytes(metadata.encode())
    for command in (["list"], ["list", "--all"], ["check"]):
        run(tool, *command, "--python", target)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[IndexServer]:
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0")
    variant = samples.make_wheel(folder, "demo", "1.0", properties=["x86_64 :: level :: v3"])
    links = [
        f'<a href="../../files/{quote(path.name)}" data-yanked="{escape(EVIL)}">{path.name}</a>'
        for path in sorted(folder.iterdir())
    ]
    links += [
        f'<a href="../../files/{quote(f"demo-2.0{EVIL}-py3-none-any.whl")}">x</a>',
        f'<a href="../../files/demo-3.0-py3-none-any.whl" data-requires-python="&gt;=3{escape(EVIL)}">x</a>',
        f'<a href="../../files/{quote(EVIL)}/{quote(variant.name.replace("1.0", "1.1"))}">x</a>',
    ]
    with serving(IndexServer(folder)) as running:
        page = "\n".join(links).encode()
        running.override = lambda path: (
            (200, {"Content-Type": "text/html"}, page) if path.startswith("/simple/demo") else None
        )
        yield running


@pytest.mark.parametrize("project", ["demo", "demo==1.1", "demo==2.0", "demo>=3"])
def test_pages(project: str, server: IndexServer, tool: Tool, target: Path) -> None:
    options = ["--index-url", server.url, "--python", str(target), "--profile", str(tool.level("v3"))]
    run(tool, "explain", project, *options)


@pytest.mark.parametrize("status", [EVIL.replace("\n", " ").encode(), b"200 \x1b[31m", b"999 \x1b[31m"])
def test_answers(status: bytes, tool: Tool, target: Path, tmp_path: Path) -> None:
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(
                        b"HTTP/1.1 " + status + b"\r\nContent-Type: \x1b[31m\r\nContent-Length: 0\r\n\r\n"
                    )

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/simple"
        assert run(tool, "explain", "demo", "-i", url, "--python", target, "--retries", "0").returncode != 0
        listening.shutdown(socket.SHUT_RDWR)  # otherwise it could wait at another test's socket of the same number
        serving.join()


def test_files_in_a_folder_that_is_indexed(tool: Tool, tmp_path: Path) -> None:
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0")
    name = EVIL.replace("/", "")
    for ending in (".whl", ".tar.gz", ".zip"):
        (folder / f"demo-1.0{name}{ending}").write_bytes(b"x")
    (folder / "demo-2.0-py3-none-any.whl").write_bytes(_wheel_of_another(name))
    assert run(tool, "index", folder).returncode == 5
    assert (folder / "simple/demo/index.html").read_text().count("<a ") == 1


def _wheel_of_another(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{text}-2.0.dist-info/METADATA"), b"Name: x\n")
    return out.getvalue()


@pytest.mark.parametrize("name", ["requirements", "profile"])
def test_files_that_are_named(name: str, tool: Tool, tmp_path: Path, target: Path) -> None:
    path = tmp_path / EVIL.replace("/", "")
    option: list[str | Path] = ["-r", path] if name == "requirements" else ["demo", "--profile", path]
    assert run(tool, "explain", *option, "--no-index", "--python", target).returncode != 0
    path.write_text(json.dumps({"schema": EVIL}) if name == "profile" else f"{EVIL} == 1\n")
    assert run(tool, "explain", *option, "--no-index", "--python", target).returncode != 0
