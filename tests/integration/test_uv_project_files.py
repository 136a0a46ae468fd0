"""Projects and scripts that uv takes besides requirement files, and ``[tool.uv]``: uv alone is run on each case too."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import clients
import samples
from tool import Tool

#: A build backend in the project that reads what the project requires from a file beside it.
BACKEND = """\
from pathlib import Path

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    info = Path(metadata_directory, "project-1.0.dist-info")
    info.mkdir()
    requires = Path("requires.txt").read_text().split()
    lines = ["Metadata-Version: 2.1", "Name: project", "Version: 1.0", *(f"Requires-Dist: {each}" for each in requires)]
    (info / "METADATA").write_text("\\n".join(lines) + "\\n")
    return info.name
"""
BUILT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
SCRIPT = '# /// script\n# dependencies = ["demo<2"]\n# ///\nprint(1)\n'
PROJECT = '[project]\nname = "project"\nversion = "1.0"\ndependencies = ["demo<2", "beside"]\n'
#: Files of a project, by their names.
PROJECTS = {
    "static": {"pyproject.toml": PROJECT.replace(', "beside"', "")},
    "path": {
        "pyproject.toml": f'{PROJECT}[tool.uv.sources]\nbeside = {{ path = "wheels/beside-1.0-py3-none-any.whl" }}\n'
    },
    "dynamic": {
        "pyproject.toml": f'[project]\nname = "project"\nversion = "1.0"\ndynamic = ["dependencies"]\n{BUILT}',
        "backend.py": BACKEND,
        "requires.txt": "demo<2\n",
    },
    "setup.py": {"setup.py": "", "pyproject.toml": PROJECT.replace(', "beside"', "")},
    "setup.cfg": {"setup.cfg": "[metadata]\n", "pyproject.toml": PROJECT.replace(', "beside"', "")},
    "script": {"script.py": SCRIPT},
    "script.PYW": {"script.PYW": SCRIPT},
    "script without an ending": {"script": SCRIPT},
    "script without metadata": {"script.py": "print(1)\n"},
    "requirements without an ending": {"asked": "demo<2\n"},
    "script that is called requirements": {"asked.txt": SCRIPT},
    "other TOML": {"other.toml": PROJECT},
    "Conda": {"environment.yml": "demo<2\n"},
}


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The interpreter of an environment without pip."""
    return clients.make_target(tmp_path / "bare", pip=None)


@pytest.fixture
def wheels(tool: Tool) -> Path:
    """``demo`` 1.0 and 2.0, and beside the project ``beside``, which no source has."""
    folder = tool.home / "project" / "wheels"
    samples.make_wheel(folder, "beside", "1.0")
    for version in ("1.0", "2.0"):
        samples.make_wheel(tool.home / "wheels", "demo", version)
    return tool.home / "wheels"


def compare(tool: Tool, bare: Path, folder: Path, *arguments: str, stdin: str | None = None) -> tuple[int, list[str]]:
    """The exit code and what would be installed, of uv alone and of dualvariant, which must not differ."""
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    ours = [str(tool.python), "-m", "dualvariant", "install", "--engine", "uv"]
    found = []
    for command in ([str(clients.uv()), "pip", "install"], ours):
        command = [*command, "--dry-run", "--python", str(bare), *arguments]
        done = subprocess.run(
            command, env=tool.environment, cwd=folder, input=stdin or "", capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr and "passed over" not in done.stderr
        # What uv does not accept as an argument, or as a file, we may refuse ourselves.
        found.append((done.returncode, [line for line in done.stderr.splitlines() if line.startswith(" + ")]))
    assert found[0] == found[1], arguments
    return found[0]


@pytest.mark.parametrize("place", ["{name}", "{folder}/{name}", "./{name}"])
@pytest.mark.parametrize("kind", PROJECTS)
def test_files_are_what_uv_takes_them_for(kind: str, place: str, tool: Tool, bare: Path, wheels: Path) -> None:
    folder = tool.home / "project"
    for name, text in PROJECTS[kind].items():
        (folder / name).write_text(text)
    named = place.format(name=next(iter(PROJECTS[kind])), folder=folder)
    code, found = compare(tool, bare, folder, "--no-index", "--find-links", str(wheels), "-r", named)
    if kind in ("static", "path", "dynamic", "script", "script without an ending"):
        assert code == 0 and " + demo==1.0" in found


@pytest.mark.parametrize("option", ["-r", "-c"])
@pytest.mark.parametrize("text", ["demo<2\n", SCRIPT, "-r nested.txt\n", ""])
def test_standard_input(text: str, option: str, tool: Tool, bare: Path, wheels: Path) -> None:
    folder = tool.home / "project"
    (folder / "nested.txt").write_text("demo<2\n")
    more = ["demo"] if option == "-c" else []
    compare(tool, bare, folder, "--no-index", "--find-links", str(wheels), *more, option, "-", stdin=text)


@pytest.mark.parametrize("text", ["demo<2\n", SCRIPT])
def test_a_pipe_is_read_once(text: str, tool: Tool, bare: Path, wheels: Path) -> None:
    """As in ``-r <(command)``: the name of a pipe has no ending, so uv looks for a script in it."""
    read, write = os.pipe()
    with os.fdopen(write, "w") as file:
        file.write(text)
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    options = ["--engine", "uv", "--dry-run", "--no-index", "--find-links", str(wheels)]
    command = [str(tool.python), "-m", "dualvariant", "install", *options, "--python", str(bare)]
    with os.fdopen(read):
        done = subprocess.run(
            [*command, "-r", f"/dev/fd/{read}"],
            env=tool.environment,
            pass_fds=[read],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0 and " + demo==1.0" in done.stderr, done.stderr


@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize(
    "table",
    [
        'no-index = true\nfind-links = ["{up}wheels"]\n',
        'no-index = true\nfind-links = ["{up}wheels"]\nconstraint-dependencies = ["demo<2"]\n',
        'find-links = ["{up}wheels"]\nno-index = true\nrequired-version = ">=0.1"\n',
        'find-links = ["{up}wheels"]\nno-index = true\nrequired-version = ">=99"\n',
        'index = [{{ url = "{up}wheels", format = "flat", default = true }}]\n',
    ],
)
def test_relative_paths_of_a_project(table: str, depth: int, tool: Tool, bare: Path, wheels: Path) -> None:
    folder = Path(tool.home, *"abc"[:depth])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text("[tool.uv]\n" + table.format(up="../" * depth))
    code, found = compare(tool, bare, folder, "demo")
    assert code == 0 or "99" in table
    assert bool(found) is (code == 0)
