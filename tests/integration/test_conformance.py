"""The conformance table, cell by cell: which wheel each installer takes, as the engine and on its own.

The expected cells are in ``tests/data/conformance.json``, which ``tools/conformance.py`` prints into the
documentation.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

import clients
import samples
from cpu_dumps import read_json
from servers import IndexServer, serving
from tool import Tool

ROOT = Path(__file__).resolve().parents[2]
LEVEL = "x86_64 :: level :: {}"
TABLE = read_json("conformance.json")

#: Outcome in the table → how to recognize it on standard error: our own error by its code, others by their words.
ERRORS = {
    "error: nothing fits": "[nothing-fits]",
    "error: no distribution": "ERROR: No matching distribution found",
    "error: no solution": "No solution found when resolving dependencies",
}
#: The situations of the table and the projects that are in them.
PROJECTS = {"standard + variants": "both", "only variants": "only", "older standard": "older"}


@cache
def client_names() -> list[str]:
    names: list[str] = TABLE["clients"]
    return names


class Setting:
    """The wheels, every kind of index over them, and an environment for each client."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.tool = Tool(folder / "home")
        self.folder = folder
        self._runs = 0
        wheels = folder / "wheels"
        samples.make_wheel(wheels, "both", "1.0")
        for level in ("v2", "v3", "v4"):
            samples.make_wheel(wheels, "both", "1.0", properties=[LEVEL.format(level)])
        samples.make_wheel(wheels, "only", "1.0", properties=[LEVEL.format("v3")])
        samples.make_wheel(wheels, "older", "1.0")
        samples.make_wheel(wheels, "older", "2.0", properties=[LEVEL.format("v3")])
        self.tool("index", wheels)
        self.places = {
            "HTML over http": stack.enter_context(serving(IndexServer(wheels, "html"))).url,
            "JSON over http": stack.enter_context(serving(IndexServer(wheels, "json"))).url,
            "find-links folder": str(wheels),
            "file: index": (wheels / "simple").as_uri(),
        }
        self.targets: dict[str, Path] = {}

    def target(self, client: str) -> Path:
        """The interpreter that has the client; uv needs none of its own."""
        if client not in self.targets:
            pip = None if client == "uv" else client.removeprefix("pip ")
            self.targets[client] = clients.make_target(self.folder / client.replace(" ", "-"), pip)
        return self.targets[client]

    def install(self, client: str, source: str, *projects: str, host: str | None) -> dict[str, str]:
        """What becomes of the projects in one run: through the tool for a host, or by the client alone."""
        self._runs += 1
        into = self.folder / f"into{self._runs}"
        place = self.places[source]
        target = self.target(client)
        links = source == "find-links folder"
        command: list[str | Path]
        if host is not None:
            command = [sys.executable, "-m", "dualvariant", "install", "--python", target]
            command += ["--engine", client.partition(" ")[0], "--profile", self.tool.level(host)]
            command += ["--no-index", "-f", place] if links else ["-i", place]
        elif client == "uv":
            command = [clients.uv(), "pip", "install", "--python", target]
            command += ["--no-index", "--find-links", place] if links else ["--default-index", place]
        else:
            command = [target, "-m", "pip", "install"]
            command += ["--no-index", "-f", place] if links else ["-i", place]
        command += ["--target", into, *projects]
        done = subprocess.run(
            list(map(str, command)), env=self.tool.environment, cwd=self.tool.home, capture_output=True, text=True
        )
        assert "Traceback" not in done.stderr, done.stderr
        if done.returncode == 0:
            return {project: _found(into / f"{project}.py") for project in projects}
        words = " ".join(done.stderr.split())  # uv breaks its lines
        (error,) = [name for name, phrase in ERRORS.items() if phrase in words] or [words]
        return dict.fromkeys(projects, error)


def _found(module: Path) -> str:
    names: dict[str, object] = {}
    exec(module.read_text(), names)
    properties = names["PROPERTIES"]
    assert isinstance(properties, list)
    kind = f"variant {properties[0].rpartition(' ')[2]}" if properties else "standard"
    return f"{names['__version__']} {kind}"


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    with ExitStack() as stack:
        environment = pytest.MonkeyPatch()
        stack.callback(environment.undo)
        environment.setenv("PATH", str(clients.uv().parent), prepend=":")
        yield Setting(tmp_path_factory.mktemp("conformance"), stack)


def expected(mode: str, source: str, client: str) -> dict[str, str]:
    """Row → outcome of one column of the table."""
    column = client_names().index(client)
    return {row: cells[column] for row, cells in TABLE[mode][source].items()}


SOURCES = ["HTML over http", "JSON over http", "find-links folder", "file: index"]


@pytest.mark.parametrize("client", client_names())
@pytest.mark.parametrize("source", SOURCES)
def test_as_the_engine(source: str, client: str, setting: Setting) -> None:
    fits = setting.install(client, source, "both", "only", "older", host="v3")
    does_not = setting.install(client, source, "both", "older", host="v1")
    does_not |= setting.install(client, source, "only", host="v1")
    found = {f"{what}, v3 host": fits[project] for what, project in PROJECTS.items()}
    found |= {f"{what}, v1 host": does_not[project] for what, project in PROJECTS.items()}
    assert found == expected("engine", source, client)


@pytest.mark.parametrize("client", client_names())
@pytest.mark.parametrize("source", SOURCES)
def test_as_a_plain_client(source: str, client: str, setting: Setting) -> None:
    """Other installers keep getting the standard wheel, or report that there is none."""
    found = setting.install(client, source, "both", "older", host=None)
    found |= setting.install(client, source, "only", host=None)
    assert {what: found[project] for what, project in PROJECTS.items()} == expected("plain", source, client)


def test_the_table_is_whole() -> None:
    assert client_names() == ["pip 21.3", "pip 23.2.1", "pip 26.3", "uv"]
    for mode, rows in (("engine", 6), ("plain", 3)):
        assert [*TABLE[mode]] == SOURCES
        for cells in TABLE[mode].values():
            assert len(cells) == rows
            assert {len(outcomes) for outcomes in cells.values()} == {len(client_names())}


def test_the_page_of_the_documentation_is_up_to_date() -> None:
    command = [sys.executable, "-m", "tools.conformance", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
