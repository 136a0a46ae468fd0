"""``dualvariant exec`` with real tools: the variant is installed, and no file of the project changes by it.

Each tool is in an environment of its own, in the release that docs/howto/exec.md was written with.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

import clients
import samples
from foreign_tools import make_tool_environment
from messages import error_code
from processes import PATIENCE
from refit_wheels import read_tree
from servers import IndexServer, serving
from tool import Tool

V3 = "x86_64 :: level :: v3"
SHOW = "import demo; print(demo.PROPERTIES)"
STANDARD, VARIANT = "[]", f"['{V3}']"

#: The releases of the tools, and what else their environments need.
RELEASES = {
    "hatch": ["hatch==1.18.2"],
    "nox": ["nox==2026.10.20"],
    "pdm": ["pdm==2.29.4", "hishel<2"],  # it does not work with hishel 2
    "pip-tools": ["pip-tools==7.6.2"],
    "pipx": ["pipx==1.18.4"],
    "tox": ["tox==4.67.15"],
}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[IndexServer]:
    """An index with ``demo`` 1.0, standard and for v3, another project, and a pip for the tools that install one."""
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "tests-only", "1.0")
    samples.make_wheel(wheels, "demo", "1.0")
    samples.make_wheel(wheels, "demo", "1.0", properties=[V3])
    shutil.copy(clients.pip_wheel("26.3"), wheels)
    with serving(IndexServer(wheels, "json", ranges=True)) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, tool: Tool, index: IndexServer) -> Path:
    """A folder for a project; pip and uv know the index by their variables, and uv is on PATH."""
    folder = tmp_path / "project"
    folder.mkdir()
    tool.environment.update(
        PATH=f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}",
        PIP_INDEX_URL=index.url,
        UV_DEFAULT_INDEX=index.url,
        UV_PYTHON=sys.executable,
        UV_NO_PYTHON_DOWNLOADS="1",
        DUALVARIANT_PROFILE=str(tool.level("v3")),
    )
    return folder


def program_of(name: str, program: str | None = None) -> Path:
    """A program of one of the tools; the test is skipped, by the tool's name, where it cannot be fetched."""
    return make_tool_environment(name, *RELEASES[name]).with_name(program or name)


def run(tool: Tool, folder: Path, *command: str | Path, code: int = 0, options: tuple[str, ...] = ()) -> str:
    """Run a tool by ``dualvariant exec`` in a folder; returns what it prints."""
    process = tool.popen("exec", *options, "--", *command, cwd=folder)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, f"{command}\n{out}\n{err}"
    assert "Traceback" not in err, err
    return out + err


def plain(tool: Tool, folder: Path, *command: str | Path) -> str:
    """Run a tool without us."""
    line = list(map(str, command))
    done = subprocess.run(line, cwd=folder, env=tool.environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def installed(environment: Path) -> str:
    """Which ``demo`` an environment has."""
    python = environment / "bin" / "python"
    return subprocess.run([python, "-c", SHOW], capture_output=True, text=True, check=True).stdout.strip()


def files_of(environment: Path) -> Mapping[str, object]:
    """The files of an environment's distributions, and its programs; of pip, not what is compiled when it runs."""
    (site,) = environment.glob("lib/python3*/site-packages")
    files = {**read_tree(site), **read_tree(environment / "bin")}
    return {name: files[name] for name in files if not (name.startswith("pip/") and "__pycache__" in name)}


def test_where_the_end_of_children_is_ignored(tool: Tool, tmp_path: Path) -> None:
    """Children inherit that, and nobody could tell how they end."""
    ignore = "import os, sys; from signal import *; signal(SIGCHLD, SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    command: list[str | Path] = [tool.python, "-m", "dualvariant", "exec", "--", "sh", "-c", "exit 5"]
    done = subprocess.run([tool.python, "-c", ignore, *command], env=tool.environment, cwd=tmp_path)
    assert done.returncode == 5


# --- tools without a lock


def test_pip(tool: Tool, project: Path, target: Path) -> None:
    pip: list[str | Path] = [target, "-m", "pip"]
    run(tool, project, *pip, "install", "demo")
    assert installed(target.parents[1]) == VARIANT
    run(tool, project, *pip, "install", "--force-reinstall", "demo", options=("--no-variant",))
    assert installed(target.parents[1]) == STANDARD


def test_a_file_with_the_standard_hash_gets_the_standard_wheel(
    tool: Tool, project: Path, target: Path, index: IndexServer
) -> None:
    """As without us: a chosen variant would have another hash, and pip would end with an error."""
    standard = hashlib.sha256((index.folder / "demo-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    (project / "locked.txt").write_text(f"demo==1.0 --hash=sha256:{standard}\n")
    run(tool, project, target, "-m", "pip", "install", "--require-hashes", "-r", "locked.txt")
    assert installed(target.parents[1]) == STANDARD
    elsewhere = tool.home / "elsewhere"
    elsewhere.mkdir()
    options = ("--reinstall", "--require-hashes", "--directory", project, "-r", "locked.txt")
    run(tool, elsewhere, "uv", "pip", "install", "--python", target, *options)
    assert installed(target.parents[1]) == STANDARD


@pytest.mark.parametrize("option", ["--project", "--directory", "UV_WORKING_DIR", "UV_WORKING_DIRECTORY"])
def test_the_settings_are_those_of_the_project_that_uv_is_told(
    tool: Tool, project: Path, target: Path, index: IndexServer, option: str
) -> None:
    """A relative name of a profile is ours, and is found from where we are."""
    del tool.environment["UV_DEFAULT_INDEX"]
    tool.environment["DUALVARIANT_PROFILE"] = os.path.relpath(tool.level("v3"), project.parent)
    (project / "pyproject.toml").write_text(
        '[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["demo"]\n'
        f'[[tool.uv.index]]\nurl = "{index.url}"\ndefault = true\n'
    )
    place = (option, project.name) if option.startswith("-") else ()
    tool.environment.update({option: project.name} if not place else {})
    run(tool, project.parent, "uv", *place, "pip", "install", "--python", target, "demo")
    assert installed(target.parents[1]) == VARIANT
    run(tool, project.parent, "uv", "sync", *place)
    assert installed(project / ".venv") == VARIANT
    (project / "own.py").write_text("# /// script\n# dependencies = []\n# ///\nprint('own')\n")
    name = "project/own.py" if option == "--project" else "own.py"
    assert "own" in (said := run(tool, project.parent, "uv", "run", *place, name))
    assert "the command runs as it is" in said


def test_the_settings_are_those_that_the_command_line_of_uv_names(
    tool: Tool, project: Path, target: Path, index: IndexServer
) -> None:
    (project / "uv.toml").write_text('constraint-dependencies = ["demo<1"]\n')
    run(tool, project, "uv", "--no-config", "pip", "install", "--python", target, "demo")
    assert installed(target.parents[1]) == VARIANT
    del tool.environment["UV_DEFAULT_INDEX"]
    (project / "named.toml").write_text(f'index-url = "{index.url}"\n')
    options = ("--config-file", "named.toml", "--reinstall")
    run(tool, project, "uv", "pip", "install", *options, "--python", target, "demo")
    assert installed(target.parents[1]) == VARIANT
    (project / "pyproject.toml").write_text(
        '[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["demo"]\n'
    )
    run(tool, project, "uv", "sync", *options)
    assert installed(project / ".venv") == VARIANT


@pytest.mark.parametrize("place", ["variable", "file"])
def test_settings_that_ask_for_another_platform_are_not_ours(
    tool: Tool, project: Path, target: Path, place: str
) -> None:
    if place == "variable":
        tool.environment["UV_PYTHON_PLATFORM"] = "linux"
    else:
        (project / "uv.toml").write_text('[pip]\npython-platform = "linux"\n')
    said = run(tool, project, "uv", "pip", "install", "--python", target, "demo")
    assert "python-platform" in said and "uv runs as it is" in said
    assert installed(target.parents[1]) == STANDARD


@pytest.mark.parametrize("text", ["unknown = 1\n", "index = [\n"])
def test_a_file_that_uv_refuses_is_uv_s_affair(tool: Tool, project: Path, target: Path, text: str) -> None:
    """nox may use pip alone, which does not read it; and uv says itself what is wrong."""
    (project / "uv.toml").write_text(text)
    (project / "noxfile.py").write_text("import nox\n\n@nox.session(venv_backend='none')\ndef ok(session):\n    pass\n")
    run(tool, project, program_of("nox"), "-s", "ok")
    command = ("exec", "--", "uv", "pip", "install", "--python", target, "demo")
    process = tool.popen(*command, cwd=project)
    assert "Failed to parse" in process.communicate(timeout=PATIENCE)[1] and process.returncode == 2


def test_the_files_of_a_project_mean_nothing_to_the_tools_of_a_user(
    tool: Tool, project: Path, index: IndexServer, tmp_path: Path
) -> None:
    """uv reads the user's settings alone for ``uvx`` and ``uv tool``, and a project may not name their index."""
    del tool.environment["UV_DEFAULT_INDEX"]
    settings = tool.home / ".config" / "uv" / "uv.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'index-url = "{index.url}"\n')
    tool.environment.update(UV_TOOL_DIR=str(tmp_path / "tools"), UV_TOOL_BIN_DIR=str(tmp_path / "bin"))
    samples.make_wheel(tmp_path / "decoys", "demo", "9.0")
    with serving(IndexServer(tmp_path / "decoys", "json")) as decoy:
        for name, text in (
            ("uv.toml", f'extra-index-url = ["{decoy.url}"]\n'),
            ("pyproject.toml", f'[project]\nname = "p"\nversion = "1"\n[[tool.uv.index]]\nurl = "{decoy.url}"\n'),
        ):
            (project / name).write_text(text)
            for command in (("uvx",), ("uv", "tool", "run")):
                words = (*command, "--python", sys.executable, "--with", "demo", "--from", "pip", "python", "-c", SHOW)
                assert STANDARD in plain(tool, project, *words)
                assert VARIANT in run(tool, project, *words)
            run(tool, project, "uv", "tool", "install", "--force", "--with", "demo", "pip")
            assert installed(tmp_path / "tools" / "pip") == VARIANT
            (project / name).unlink()
        assert decoy.requests == []


def test_a_requirement_file_that_is_a_pipe(tool: Tool, project: Path, target: Path) -> None:
    (project / "names.txt").write_text("-r /dev/stdin\n")
    for code, name in ((0, "names.txt"), (0, "/dev/stdin"), (1, "missing.txt")):
        pip = (target, "-m", "pip", "install", "-r", name)
        process = tool.popen("exec", "--", *pip, cwd=project, stdin=subprocess.PIPE)
        out, err = process.communicate("demo\n", timeout=PATIENCE)
        assert process.returncode == code, out + err
    assert "Could not open requirements file" in err and "dualvariant: error" not in err
    assert installed(target.parents[1]) == VARIANT


def test_uv_pip_and_an_exec_inside_of_an_exec(tool: Tool, project: Path, target: Path) -> None:
    """The inner one sees the user's own index, so what it is told counts."""
    inner = [sys.executable, "-m", "dualvariant", "exec", "--no-variant", "--"]
    script = project / "nox"
    script.write_text(f"#!/bin/sh\nexec {' '.join(inner)} uv pip install --python {target} demo\n")
    script.chmod(0o755)
    run(tool, project, script)
    assert installed(target.parents[1]) == STANDARD
    run(tool, project, "uv", "pip", "install", "--reinstall", "--python", target, "demo")
    assert installed(target.parents[1]) == VARIANT


def test_each_python_gets_wheels_for_itself(tool: Tool, project: Path, target: Path, index: IndexServer) -> None:
    """A view is chosen for one Python; an installer that works for another one sees another view."""
    version = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    other = "cp310" if version != "cp310" else "cp312"
    samples.make_wheel(index.folder, "both", "1.0", tag="py3-none-any")
    for python in (version, other):
        samples.make_wheel(index.folder, "both", "1.0", tag=f"{python}-none-any", properties=[V3])
    script = project / "nox"
    code = f"""
import json, os, urllib.request
for python in ({sys.version.split()[0]!r}, {f"3.{other[3:]}.1"!r}):
    agent = "pip/26.3 " + json.dumps({{"implementation": {{"name": "CPython"}}, "python": python}})
    headers = {{"User-Agent": agent, "Accept": "application/vnd.pypi.simple.v1+json"}}
    page = urllib.request.urlopen(urllib.request.Request(os.environ["PIP_INDEX_URL"] + "/both/", headers=headers))
    print(*[file["filename"] for file in json.load(page)["files"]])
"""
    (project / "ask.py").write_text(code)
    script.write_text(f"#!/bin/sh\nexec {sys.executable} ask.py\n")
    script.chmod(0o755)
    lines = run(tool, project, script).splitlines()
    assert f"both-1.0-{version}-none-any.whl" in lines[0].split()
    assert f"both-1.0-{other}-none-any.whl" in lines[1].split()
    assert len(lines[0].split()) == len(lines[1].split()) == 1


@pytest.mark.parametrize("folder", ["project", "home"])
def test_a_lock_that_gets_the_address_is_put_back(tool: Tool, project: Path, folder: str) -> None:
    """A session of nox that locks, say, in the folder or in one that is named: its exit code was 0, and ours is not."""
    (project / "pyproject.toml").write_text('[project]\nname = "p"\nversion = "1"\ndependencies = ["demo"]\n')
    plain(tool, project, "uv", "lock", "-q")
    before = (project / "uv.lock").read_bytes()
    script = project / "nox"
    script.write_text(f"#!/bin/sh\ncd {project} && exec uv lock -q --upgrade --refresh\n")
    script.chmod(0o755)
    named = [] if folder == "project" else [f"-f{project}/nox"]
    said = run(tool, project if folder == "project" else tool.home, script, *named, code=1)
    assert error_code(said) == "view-in-lock"
    assert (project / "uv.lock").read_bytes() == before


def test_tox(tool: Tool, project: Path) -> None:
    (project / "tox.ini").write_text(
        "[tox]\nskipsdist = true\n[testenv]\ndeps = demo\ncommands = python -c '" + SHOW + "'\n"
    )
    assert VARIANT in run(tool, project, program_of("tox"), "-q", "-e", "py")
    assert VARIANT in run(tool, project, program_of("tox"), "-q", "-e", "py")


def test_nox(tool: Tool, project: Path) -> None:
    session = f"""
import nox
@nox.session(venv_backend="BACKEND")
def show(session):
    session.install("demo")
    session.run("python", "-c", {SHOW!r})
"""
    for backend in ("uv", "virtualenv"):
        (project / "noxfile.py").write_text(session.replace("BACKEND", backend))
        assert VARIANT in run(tool, project, program_of("nox"), "-s", "show")


def test_pipx(tool: Tool, project: Path) -> None:
    tool.environment.update(PIPX_HOME=str(project / "pipx"), PIPX_BIN_DIR=str(project / "bin"))
    pipx = program_of("pipx")
    run(tool, project, pipx, "install", "--include-deps", "--python", sys.executable, "pip")
    run(tool, project, pipx, "inject", "pip", "demo")
    assert installed(project / "pipx" / "venvs" / "pip") == VARIANT


def test_hatch(tool: Tool, project: Path) -> None:
    (project / "hatch.toml").write_text('[envs.default]\nskip-install = true\ndependencies = ["demo"]\n')
    (project / "pyproject.toml").write_text('[project]\nname = "p"\nversion = "1"\n')
    tool.environment["HATCH_PYTHON"] = sys.executable
    assert VARIANT in run(tool, project, program_of("hatch"), "run", "python", "-c", SHOW)


def test_uvx(tool: Tool, project: Path) -> None:
    said = run(
        tool, project, "uvx", "--python", sys.executable, "--with", "demo", "--from", "pip", "python", "-c", SHOW
    )
    assert VARIANT in said


# --- tools with a lock


def test_uv_project(tool: Tool, project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.10"\n')
    run(tool, project, "uv", "add", "-q", "demo")
    assert installed(project / ".venv") == VARIANT
    assert b"127.0.0.1" in (project / "uv.lock").read_bytes()  # the test's own index
    shutil.rmtree(project / ".venv")
    assert_variant_stays(tool, project, "uv", ("sync", "-q", "--locked"), "uv.lock")
    tool("refit", "--undo", "--python", project / ".venv")
    assert VARIANT in run(tool, project, "uv", "run", "-q", "--no-sync", "python", "-c", SHOW)
    tool.run(clients.uv(), "pip", "uninstall", "-q", "--python", project / ".venv", "demo")
    find = "from importlib.util import find_spec; print('found:', find_spec('demo'))"
    assert "found: None" in run(tool, project, "uv", "run", "-q", "--no-sync", "python", "-c", find)
    run(tool, project, "uv", "run", "-q", "--with", "demo", "-m", "demo")
    (project / "own.py").write_text("# /// script\n# dependencies = []\n# ///\nprint('own')\n")
    assert "own" in run(tool, project, "uv", "run", "-q", "own.py")
    run(tool, project, "uv", "run", "-q", "python", "-c", "raise SystemExit(9)", code=9)


def test_a_program_runs_although_its_environment_cannot_be_refitted(tool: Tool, project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.10"\n')
    tool.environment["DUALVARIANT_PROFILE"] = str(project / "missing.json")
    said = run(tool, project, "uv", "run", "-q", "python", "-c", "print('it', 'ran')")
    assert "it ran" in said and "was not refitted (the profile cannot be read" in said


def assert_variant_stays(tool: Tool, project: Path, program: str | Path, sync: Sequence[str], lock_name: str) -> None:
    """A sync brings the variant, and another one leaves it there; what was there comes back; a run brings it again.

    The run finds an environment without anything of the project.
    """
    lock, environment = (project / lock_name).read_bytes(), project / ".venv"
    plain(tool, project, program, *sync)
    assert installed(environment) == STANDARD
    never_met = files_of(environment)
    run(tool, project, program, *sync)
    assert installed(environment) == VARIANT
    files = files_of(environment)
    plain(tool, project, program, *sync)
    assert files_of(environment) == files
    tool("refit", "--undo", "--python", environment)
    assert files_of(environment) == never_met
    tool.run(clients.uv(), "pip", "uninstall", "-q", "--python", environment, "demo", "tests-only")
    show = ("run", "python", "-c", f"import sys; {SHOW}; print(sys.stdin.read())")
    process = tool.popen("exec", "--", program, *show, cwd=project, stdin=subprocess.PIPE)
    out, err = process.communicate("read by the program", timeout=PATIENCE)
    assert out == f"{VARIANT}\nread by the program\n", err
    assert files_of(environment) == files
    assert (project / lock_name).read_bytes() == lock


def assert_what_was_left_out_stays_out(
    tool: Tool, project: Path, program: str | Path, install: Sequence[str], lock_name: str
) -> None:
    """An environment without the group ``dev`` is refitted for a run, and gets no more packages."""
    lock, environment = (project / lock_name).read_bytes(), project / ".venv"
    tool.run(clients.uv(), "pip", "uninstall", "-q", "--python", environment, "demo", "tests-only")
    plain(tool, project, program, *install)
    assert installed(environment) == STANDARD
    assert VARIANT in run(tool, project, program, "run", "python", "-c", SHOW)
    assert not list(environment.glob("lib/*/site-packages/tests_only*"))
    assert (project / lock_name).read_bytes() == lock


def test_poetry(tool: Tool, project: Path, index: IndexServer) -> None:
    poetry = clients.poetry()
    tool.environment.update(POETRY_VIRTUALENVS_IN_PROJECT="true", POETRY_CACHE_DIR=str(project / "cache"))
    (project / "pyproject.toml").write_text(
        '[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["demo"]\n'
        '[tool.poetry.group.dev.dependencies]\ntests-only = "1.0"\n'
        f'[tool.poetry]\npackage-mode = false\n[[tool.poetry.source]]\nname = "own"\nurl = "{index.url}/"\n'
    )
    plain(tool, project, poetry, "lock")
    assert_variant_stays(tool, project, poetry, ["sync"], "poetry.lock")
    assert_what_was_left_out_stays_out(tool, project, poetry, ["install", "--only", "main"], "poetry.lock")


def test_pdm(tool: Tool, project: Path, index: IndexServer) -> None:
    pdm = program_of("pdm")
    tool.environment["PDM_CHECK_UPDATE"] = "0"
    python = clients.make_target(project / ".venv")
    (project / "pyproject.toml").write_text(
        '[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["demo"]\n'
        '[dependency-groups]\ndev = ["tests-only"]\n[tool.pdm]\ndistribution = false\n'
        f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{index.url}/"\nverify_ssl = false\n'
    )
    plain(tool, project, pdm, "use", "-f", python)
    plain(tool, project, pdm, "lock")
    assert_variant_stays(tool, project, pdm, ["sync"], "pdm.lock")
    assert_what_was_left_out_stays_out(tool, project, pdm, ["sync", "--prod"], "pdm.lock")


def test_pip_tools(tool: Tool, project: Path, target: Path) -> None:
    (project / "requirements.in").write_text("demo\n")
    run(tool, project, program_of("pip-tools", "pip-compile"), "-q", "--generate-hashes", "requirements.in")
    lock = (project / "requirements.txt").read_bytes()
    sync: list[str | Path] = [program_of("pip-tools", "pip-sync"), "--python-executable", target, "requirements.txt"]
    environment = target.parents[1]
    plain(tool, project, *sync)
    never_met = files_of(environment)
    run(tool, project, *sync)
    assert installed(environment) == VARIANT
    files = files_of(environment)
    plain(tool, project, *sync)
    assert files_of(environment) == files
    assert (project / "requirements.txt").read_bytes() == lock
    tool("refit", "--undo", "--python", environment)
    assert files_of(environment) == never_met


def test_an_unknown_tool_and_the_active_environment(tool: Tool, project: Path, target: Path) -> None:
    tool.environment["VIRTUAL_ENV"] = str(target.parents[1])
    run(tool, project, "sh", "-c", f"{target} -m pip install -q demo")
    assert installed(target.parents[1]) == VARIANT
    assert "hello" in run(tool, project, "echo", "hello")
    run(tool, project, "sh", "-c", "exit 3", code=3)
    run(tool, project, "no-such-program", code=127)
    said = tool("list", "--python", target, "--json").stdout
    assert [each["name"] for each in json.loads(said)] == ["demo"]
