"""Which wheel each installer takes of releases with label wheels and hash wheels: the cells of the table in the docs.

As a script, ``python tests/support/dialect_table.py`` measures every cell and writes ``tests/data/dialects.json``.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import clients
import samples
from label_documents import CPU_PROVIDER, document, make_label_wheel, write_index_file
from servers import IndexServer, serving
from tool import Tool

__all__ = ["CLIENTS", "DATA", "NOT_THERE", "SITUATIONS", "SOURCES", "Measurement", "read_table"]

DATA = Path(__file__).parent.parent / "data" / "dialects.json"

PIPS = ("21.3", "22.2.2", "23.2.1", "24.3.1", "26.3")
CLIENTS = (*(f"pip {version}" for version in PIPS), "uv", "Poetry", "uv preview", "dualvariant, pip", "dualvariant, uv")
#: Situation → project.
SITUATIONS = {
    "standard + label": "labels",
    "standard + hash": "hashes",
    "standard + both": "both",
    "only label": "onlylabels",
    "only hash": "onlyhashes",
    "standard + label, bad document": "baddocument",
}
SOURCES = ("HTML over http", "JSON over http", "find-links", "static index")

#: A level that every x86-64 CPU has: uv looks at the CPU that the test runs on.
LEVEL = "v1"
TEXT = document({"x86_64": CPU_PROVIDER}, {LEVEL: {"x86_64": {"level": [LEVEL]}}})
#: The cell of a client that has no such source.
NOT_THERE = "–"
_KIND = re.compile(r"KIND = '(\w+)'")
_POETRY_PROJECT = """\
[project]
name = "app"
version = "1.0"
requires-python = ">=3.10,<4"
dependencies = ["{project}"]
[tool.poetry]
package-mode = false
[[tool.poetry.source]]
name = "measured"
url = "{url}"
"""


def read_table() -> dict[str, dict[str, list[str]]]:
    """The recorded cells: source → situation → a cell for each client."""
    table: dict[str, dict[str, list[str]]] = json.loads(DATA.read_text("utf-8"))
    return table


class Measurement:
    """The wheels, every kind of source of them, and an environment for each client.

    Args:
        folder: an empty folder.
        stack: closes the servers.
    """

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.tool = Tool(folder / "home")
        wheels = folder / "wheels"
        for situation, project in SITUATIONS.items():
            if "standard" in situation:
                samples.make_wheel(wheels, project, "1.0", body="KIND = 'standard'\n")
            if "hash" in situation or "both" in situation:
                properties = [f"x86_64 :: level :: {LEVEL}"]
                samples.make_wheel(wheels, project, "1.0", properties=properties, body="KIND = 'hash'\n")
            if "label" in situation or "both" in situation:
                make_label_wheel(wheels, project, "1.0", LEVEL, TEXT, body="KIND = 'label'\n")
                write_index_file(wheels, project, "1.0", TEXT)
        self.tool("index", wheels)
        bad = TEXT[:-1] + ', "more": 1}'
        static = folder / "static"
        shutil.copytree(wheels, static)
        for place in (wheels, static):  # what the static index lists is then another file than its sha256 says
            write_index_file(place, "baddocument", "1.0", bad)
        self.static_url = stack.enter_context(_serving_folder(static)) + "/simple/"
        self.places = {
            "HTML over http": ["--index-url", stack.enter_context(serving(IndexServer(wheels, "html"))).url],
            "JSON over http": ["--index-url", stack.enter_context(serving(IndexServer(wheels, "json"))).url],
            "find-links": ["--no-index", "--find-links", str(self._without_pages(wheels))],
            "static index": ["--index-url", (static / "simple").as_uri()],
        }

    def _without_pages(self, wheels: Path) -> Path:
        """The same files as a folder that is no index."""
        folder = self.folder / "links"
        folder.mkdir()
        for path in wheels.iterdir():
            if path.name.endswith((".whl", "variants.json")):
                shutil.copy(path, folder / path.name)
        return folder

    def cell(self, client: str, source: str, situation: str) -> str:
        """What the client installs: ``standard``, ``label``, ``hash``, ``nothing``; or that it has no such source."""
        project = SITUATIONS[situation]
        target = Path(tempfile.mkdtemp(dir=self.folder))
        if client == "Poetry":
            return self._poetry_cell(source, project, target)
        return self._run(self._command(client, source, project, target), target / f"{project}.py")

    def _run(self, command: list[str | Path], module: Path, folder: Path | None = None) -> str:
        """What is in the module that an installer has installed."""
        environment, place = self.tool.environment, folder or self.tool.home
        if folder is not None:  # Poetry installs into the active environment
            environment = {**environment, "VIRTUAL_ENV": str(folder), "POETRY_CACHE_DIR": str(folder / "cache")}
        done = subprocess.run(command, env=environment, cwd=place, capture_output=True, text=True)
        assert "Traceback" not in done.stderr, done.stderr
        if done.returncode != 0 or not module.exists():
            return "nothing"
        found = _KIND.search(module.read_text("utf-8"))
        assert found is not None
        return found[1]

    def _poetry_cell(self, source: str, project: str, folder: Path) -> str:
        """What Poetry installs from a source of the project; it has no find-links, and reads http alone."""
        if source == "find-links":
            return NOT_THERE
        clients.make_target(folder, None)
        url = self.static_url if source == "static index" else self.places[source][1]
        (folder / "pyproject.toml").write_text(_POETRY_PROJECT.format(project=project, url=url), "utf-8")
        (site,) = folder.glob("lib/python3*/site-packages")
        return self._run([clients.poetry(), "install", "--no-interaction"], site / f"{project}.py", folder)

    def _command(self, client: str, source: str, project: str, target: Path) -> list[str | Path]:
        place = self.places[source]
        name, _, how = client.partition(" ")
        if name == "pip":
            python = self._environment(how)
            return [python, "-m", "pip", "install", "-q", *place, "--no-deps", "--target", target, project]
        program = str(clients.uv())
        if name == "uv":
            preview = ["--preview-features", "wheel-variants"] if how else []
            options = ["--no-config", "--no-cache", "--no-deps", "-q", "--python", sys.executable]
            return [program, "pip", "install", *preview, *options, *place, "--target", target, project]
        command: list[str | Path] = [self.tool.python, "-m", "dualvariant", "install", project, *place]
        if how == "pip":
            return [*command, "--python", self._environment("26.3"), "--", "--no-deps", "--target", target]
        self.tool.environment["PATH"] = f"{Path(program).parent}:{self.tool.environment['PATH']}"
        return [*command, "--engine", "uv", "--python", self._environment("26.3"), "--", "--target", target]

    def _environment(self, pip: str) -> Path:
        folder = self.folder / f"pip-{pip}"
        return folder / "bin" / "python" if folder.exists() else clients.make_target(folder, pip)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def _serving_folder(folder: Path) -> Iterator[str]:
    """The address of a folder on a server of the standard library."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def main() -> int:
    """Measure every cell and write the table."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        measurement = Measurement(Path(name), stack)
        table = {
            source: {
                situation: [measurement.cell(client, source, situation) for client in CLIENTS]
                for situation in SITUATIONS
            }
            for source in SOURCES
        }
    DATA.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
