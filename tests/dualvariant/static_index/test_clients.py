"""A static index, read by unmodified installers: from disk, from a web server, as find-links."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import clients
from dualvariant.core.report import Reporter
from dualvariant.static_index import write_index
from samples import make_wheel, sandbox_project
from tool import Tool


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index of the review's sandbox_project, and of a project that needs it."""
    folder = tmp_path / "my index"
    sandbox_project(folder)
    make_wheel(folder, "needs_it", "1.0", requires=["sandbox_project"])
    write_index(folder, Reporter())
    return folder


class _Server(SimpleHTTPRequestHandler):
    requests: list[str]

    def log_message(self, format: str, *args: object) -> None:
        self.requests.append(self.path)


@pytest.fixture
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The folder on a plain web server, and the paths that were asked for."""
    handler = type("Handler", (_Server,), {"requests": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler.requests  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


def options(kind: str, folder: Path, address: str) -> list[str]:
    return {
        "file": ["--index-url", (folder / "simple").as_uri()],
        "http": ["--index-url", f"{address}/simple/"],
        "find-links": ["--no-index", "--find-links", str(folder)],
        "find-links-page": ["--no-index", "--find-links", f"{address}/simple/sandbox-project/"],
    }[kind]


@pytest.mark.parametrize("version", clients.PIPS)
@pytest.mark.parametrize("kind", ["file", "http", "find-links", "find-links-page"])
def test_plain_pip_takes_the_standard_wheel(
    tmp_path: Path, tool: Tool, folder: Path, served: tuple[str, list[str]], kind: str, version: str
) -> None:
    python = clients.make_target(tmp_path / "target", version)
    at = tmp_path / "at"
    tool.run(python, "-m", "pip", "install", "--target", at, *options(kind, folder, served[0]), "sandbox_project")
    assert "PROPERTIES = []" in (at / "sandbox_project.py").read_text()


@pytest.mark.parametrize("kind", ["file", "http", "find-links"])
def test_plain_uv_takes_the_standard_wheel(
    tmp_path: Path, tool: Tool, folder: Path, served: tuple[str, list[str]], kind: str
) -> None:
    python = clients.make_target(tmp_path / "target", None)
    at = tmp_path / "at"
    tool.run(
        clients.uv(), "pip", "install", "--python", python, "--target", at,
        *options(kind, folder, served[0]), "needs_it",
    )  # fmt: skip
    assert "PROPERTIES = []" in (at / "sandbox_project.py").read_text()


def test_pip_takes_metadata_from_its_own_file(
    tool: Tool, target: Path, folder: Path, served: tuple[str, list[str]]
) -> None:
    """PEP 658: the dependency is found without the wheel; the pages' hashes of the metadata are right."""
    address, requests = served
    report = tool.run(
        target, "-m", "pip", "install", "--dry-run", "--quiet", "--report", "-", *options("http", folder, address),
        "needs_it",
    ).stdout  # fmt: skip
    assert '"sandbox_project"' in report
    assert any(path.endswith("needs_it-1.0-py3-none-any.whl.metadata") for path in requests)
    assert not [path for path in requests if path.endswith(".whl")]


def test_pip_accepts_the_hashes(tmp_path: Path, tool: Tool, target: Path, folder: Path) -> None:
    """pip download checks each file against the fragment of its link."""
    index = options("file", folder, "")
    tool.run(target, "-m", "pip", "download", "--no-deps", "-d", tmp_path / "got", *index, "sandbox_project")
    page = folder / "simple" / "sandbox-project" / "index.html"
    page.write_text(page.read_text().replace("#sha256=", "#sha256=0000"))
    tool.run(target, "-m", "pip", "download", "--no-deps", "-d", tmp_path / "no", *index, "sandbox_project", code=1)
