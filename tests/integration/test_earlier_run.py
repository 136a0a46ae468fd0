"""What an installer asked for when it was to install the same is asked for at once, and nothing else is."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import samples
from processes import PATIENCE
from servers import Answer, IndexServer, serving
from tool import Tool

#: Each project needs the next one.
CHAIN = ("demo", "middle", "last")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[IndexServer]:
    for name, *needs in (CHAIN[place : place + 2] for place in range(len(CHAIN))):
        samples.make_wheel(tmp_path / "wheels", name, "1.0", requires=needs)
    with serving(IndexServer(tmp_path / "wheels")) as server:
        yield server


def install(tool: Tool, target: Path, server: IndexServer, engine: str, *arguments: str) -> list[str]:
    """The projects that the index is asked for in a dry run, sorted."""
    server.requests.clear()
    tool("install", "--dry-run", "--engine", engine, "--python", target, "-i", server.url, *(arguments or ("demo",)))
    return sorted(path.split("/")[2] for path in server.paths() if path.startswith("/simple/"))


class Together:
    """Makes a server hold the first page of the chain back until it is asked for the last one."""

    def __init__(self, server: IndexServer) -> None:
        self._last = threading.Event()
        self.came = False
        server.override = self._answer

    def _answer(self, path: str) -> Answer | None:
        if path == f"/simple/{CHAIN[-1]}/":
            self._last.set()
        elif path == f"/simple/{CHAIN[0]}/":
            self.came = self._last.wait(PATIENCE)
        return None


@pytest.mark.usefixtures("uv_on_path")
@pytest.mark.parametrize("engine", ["pip", "uv"])
def test_the_pages_of_an_earlier_run_are_asked_for_together(
    engine: str, index: IndexServer, tool: Tool, target: Path
) -> None:
    assert install(tool, target, index, engine) == sorted(CHAIN)
    together = Together(index)
    assert install(tool, target, index, engine) == sorted(CHAIN)
    assert together.came


def test_other_requests_expect_nothing_of_it(index: IndexServer, tool: Tool, target: Path) -> None:
    assert install(tool, target, index, "pip") == sorted(CHAIN)
    assert install(tool, target, index, "pip", "middle") == ["last", "middle"]
    assert install(tool, target, index, "pip", "demo", "--no-deps") == ["demo"]


def test_what_is_no_longer_needed_is_expected_once_more(
    index: IndexServer, tool: Tool, target: Path, tmp_path: Path
) -> None:
    assert install(tool, target, index, "pip") == sorted(CHAIN)
    samples.make_wheel(tmp_path / "wheels", "demo", "2.0")
    assert install(tool, target, index, "pip") == sorted(CHAIN)
    assert install(tool, target, index, "pip") == ["demo"]


@pytest.mark.usefixtures("uv_on_path")
def test_fresh_pages_are_not_asked_for_and_still_belong_to_it(
    index: IndexServer, tool: Tool, target: Path, tmp_path: Path
) -> None:
    tool.environment["UV_CACHE_DIR"] = str(tmp_path / "uv-cache")
    index.kind = "json"

    def answer(path: str) -> Answer | None:
        if not path.startswith("/simple/"):
            return None
        headers = {"Content-Type": "application/vnd.pypi.simple.v1+json", "ETag": '"1"', "Cache-Control": "max-age=600"}
        page = index.page(path.split("/")[2])  # uv keeps what is passed on as it is: all links are absolute
        return 200, headers, page.replace(b"../../files", index.url.encode().replace(b"/simple", b"/files"))

    index.override = answer
    assert install(tool, target, index, "uv") == sorted(CHAIN)
    assert install(tool, target, index, "uv") == []
    # Later: what uv keeps is gone, and of ours nothing is fresh.
    shutil.rmtree(tmp_path / "uv-cache")
    for page in (tool.home / ".cache" / "dualvariant" / "pages").iterdir():
        os.utime(page, (1, 1))
    together = Together(index)
    assert install(tool, target, index, "uv") == sorted(CHAIN)
    assert together.came


@pytest.mark.usefixtures("uv_on_path")
def test_an_index_behind_the_first_is_not_asked_for_the_projects_of_the_first(
    index: IndexServer, tool: Tool, target: Path, tmp_path: Path
) -> None:
    """Nor at any other time: a private name would be shown to the public index."""
    samples.make_wheel(tmp_path / "public", "demo", "9.0")
    with serving(IndexServer(tmp_path / "public")) as public:
        tool.environment |= {"UV_INDEX": index.url, "UV_DEFAULT_INDEX": public.url}
        for _ in range(2):
            tool("install", "--dry-run", "--engine", "uv", "--python", target, "demo")
        assert public.requests == []
        assert len(index.requests) >= 2 * len(CHAIN)


def test_a_damaged_note_of_an_earlier_run_costs_nothing_but_time(index: IndexServer, tool: Tool, target: Path) -> None:
    assert install(tool, target, index, "pip") == sorted(CHAIN)
    folder = tool.home / ".cache" / "dualvariant" / "requests"
    assert folder.stat().st_mode & 0o077 == 0, "others could read the names of private projects"
    for note in folder.iterdir():
        note.write_bytes(note.read_bytes()[:-9])
    assert install(tool, target, index, "pip") == sorted(CHAIN)
    assert install(tool, target, index, "pip") == sorted(CHAIN)


def test_what_is_kept_of_earlier_runs_does_not_grow(index: IndexServer, tool: Tool, target: Path) -> None:
    """The oldest go; a file that is not ours is never removed."""
    folder = tool.home / ".cache" / "dualvariant" / "requests"
    folder.mkdir(parents=True)
    for age, name in enumerate(["README.md", "0" * 64, "a" * 64, "f" * 64]):
        (folder / name).write_bytes(b"x" * 600_000)
        os.utime(folder / name, (age, age))
    assert install(tool, target, index, "pip") == sorted(CHAIN)
    kept = {path.name for path in folder.iterdir()}
    assert len(kept) == 3
    assert {"README.md", "f" * 64} < kept
