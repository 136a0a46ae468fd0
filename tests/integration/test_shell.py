"""What the shell and the working directory do to every command: we are never worse off than pip is."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import clients
import samples
from messages import error_code
from processes import PATIENCE
from tool import Tool

V3 = "x86_64 :: level :: v3"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0")
    samples.make_wheel(folder, "demo", "1.0", properties=[V3])
    return folder


def _label(tool: Tool, target: Path) -> str | None:
    """What is installed: the variant's label, ``standard``, or None."""
    found = json.loads(tool("list", "--all", "--python", target, "--json").stdout)
    labels = [d["label"] or "standard" for d in found if d["name"] == "demo"]
    return labels[0] if labels else None


# --- PYTHONPATH

#: What dualvariant imports from others, and what they have in common with it.
IMPORTED = ["attr", "attrs", "cpuinfo", "filelock", "packaging", "platformdirs", "tomli", "urllib3", "variantlib"]
#: Modules of the standard library that are not imported before our entry point.
OF_PYTHON = ["typing", "json", "argparse", "subprocess", "socket", "dualvariant_providers"]


def _make_strangers(folder: Path, names: list[str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / f"{name}.py").write_text("raise ImportError('a stranger was imported')\n")
    return folder


def _start(tool: Tool, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does, not by ``python -m``, which imports more of the standard library itself."""
    program = Path(sys.executable).with_name("dualvariant")
    return subprocess.run(
        [str(program), *map(str, command)], env=tool.environment, cwd=tool.home, capture_output=True, text=True
    )


def test_other_versions_on_the_python_path(tool: Tool, wheels: Path, target: Path, tmp_path: Path) -> None:
    """As HPC modules, ROS and pixi have them."""
    tool.environment["PYTHONPATH"] = str(_make_strangers(tmp_path / "strangers", IMPORTED))
    tool("install", "demo", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3"))
    assert _label(tool, target) not in (None, "standard")
    tool("explain", "demo", "--no-index", "-f", wheels, "--python", target)
    assert json.loads(tool("host", "--json", "--refresh").stdout)["evidence"]["failures"] == {}


#: Settings with which Python shows errors that it ignores otherwise, or takes them for errors.
STRICT = [{"PYTHONDEVMODE": "1"}, {"PYTHONWARNINGS": "error", "PYTHONWARNDEFAULTENCODING": "1"}]


@pytest.mark.parametrize("settings", STRICT, ids=["development", "errors"])
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("install demo --no-index -f {wheels} --python {target}", 0),
        ("install demo --no-index -f {wheels} --python {target} --engine uv", 0),
        ("install nothing --no-index -f {wheels} --python {target}", 3),
        ("install demo --misspelt", 2),
        ("download demo --no-index -f {wheels} -d {folder} --python {target}", 0),
        ("explain demo --no-index -f {wheels} --python {target}", 0),
        ("exec -- {target} -m pip install demo --no-index -f {wheels}", 0),
        ("refit --no-index -f {wheels} --python {target}", 0),
        ("check --python {target}", 0),
        ("list --python {target}", 0),
        ("index {folder}", 0),
        ("tag {wheels}/demo-1.0-py3-none-any.whl -p x86_64::level::v3 -o {folder}/tagged", 0),
        ("audit {wheels}/demo-1.0-py3-none-any.whl", 0),
        ("host --refresh", 0),
        ("plugins list", 0),
        ("profile show x86_64_v3", 0),
        ("cache list", 0),
        ("doctor", 0),
    ],
)
@pytest.mark.usefixtures("uv_on_path")
def test_the_warnings_of_python_find_nothing(
    settings: dict[str, str], command: str, code: int, tool: Tool, wheels: Path, target: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(wheels, folder)
    words = command.format(wheels=wheels, target=target, folder=folder).split()
    done = tool(*words, code=code, environment=settings)
    assert "Warning" not in done.stderr, done.stderr


def test_modules_of_python_on_the_python_path(tool: Tool, tmp_path: Path) -> None:
    """The processes of the providers do not see them either."""
    tool.environment["PYTHONPATH"] = str(_make_strangers(tmp_path / "strangers", IMPORTED + OF_PYTHON))
    result = _start(tool, "host", "--json", "--refresh")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["evidence"]["failures"] == {}


def test_modules_in_the_working_directory(tool: Tool) -> None:
    """``python -m`` puts it first."""
    _make_strangers(tool.home, IMPORTED + OF_PYTHON)
    assert json.loads(tool("host", "--json", "--refresh").stdout)["evidence"]["failures"] == {}


def test_what_is_installed_keeps_the_variable(tool: Tool, target: Path, tmp_path: Path) -> None:
    """The target's pip sees PYTHONPATH as it does without dualvariant: what is there counts as installed."""
    folder = tmp_path / "more"
    tool.run(target, "-m", "pip", "install", "-q", "--target", folder, samples.make_wheel(tmp_path, "other", "1.0"))
    tool.environment["PYTHONPATH"] = str(folder)
    samples.make_wheel(tmp_path / "wheels", "needs", "1.0", requires=["other"])
    tool("install", "needs", "--no-index", "-f", tmp_path / "wheels", "--python", target)
    found = json.loads(tool("list", "--all", "--python", target, "--json").stdout)
    assert {"needs", "other"} <= {d["name"] for d in found}


_SHOW_PATH = """
import json, sys
from dualvariant.__main__ import drop_foreign_paths
before = list(sys.path)
drop_foreign_paths()
print(json.dumps([before, sys.path]))
"""


def _paths(tool: Tool, *options: str, **variables: str) -> tuple[list[str], list[str]]:
    done = subprocess.run(
        [sys.executable, *options, "-c", _SHOW_PATH],
        env={**tool.environment, **variables},
        cwd=tool.home,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    before, after = json.loads(done.stdout)
    return before, after


def test_the_path_is_the_one_without_the_variable(tool: Tool, tmp_path: Path) -> None:
    """Against Python's own -E, and -I, which leave it out from the beginning."""
    one, two = _make_strangers(tmp_path / "one", ["attr"]), _make_strangers(tmp_path / "two", ["attr"])
    tool.environment.pop("PYTHONPATH", None)
    for value in (str(one), f"{one}{os.pathsep}{two}{os.pathsep}", f"{one}/../one", "relative", os.pathsep, "/missing"):
        _, after = _paths(tool, PYTHONPATH=value)
        _, expected = _paths(tool, "-E", PYTHONPATH=value)
        assert after == expected
        assert str(one) not in after and "" not in after


def test_a_path_that_names_our_own_folders_loses_none(tool: Tool) -> None:
    """As where a module system names the whole installation."""
    _, usual = _paths(tool)
    for folder in usual:
        _, after = _paths(tool, PYTHONPATH=folder)
        assert sorted(after) == sorted(usual)


def test_an_installation_that_is_only_on_the_python_path(tool: Tool, tmp_path: Path) -> None:
    """Its dependencies may be in any folder there, so all of them stay."""
    import dualvariant

    target = clients.make_target(tmp_path / "bare", pip=None)
    home, more = tmp_path / "home-of-it", tmp_path / "dependencies"
    shutil.copytree(Path(dualvariant.__file__).parent, home / "dualvariant")
    more.mkdir()
    done = subprocess.run(
        [target, "-c", _SHOW_PATH],
        env={**tool.environment, "PYTHONPATH": f"{more}{os.pathsep}{home}"},
        cwd=tool.home,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[1][:2] == [str(more), str(home)]


@pytest.mark.parametrize("options", [("-P",), ("-I",)])
def test_safe_paths_lose_nothing_of_their_own(options: tuple[str, ...], tool: Tool) -> None:
    if sys.version_info < (3, 11) and "-P" in options:
        pytest.skip("-P is new in Python 3.11")
    tool.environment.pop("PYTHONPATH", None)
    before, after = _paths(tool, *options)
    assert before == after


# --- standard streams

STREAMS = ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>&1"]


def _run_shell(tool: Tool, redirection: str, *command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f'"$@" {redirection}', "sh", *map(str, command)],
        env=tool.environment,
        cwd=tool.home,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has /dev/full")
@pytest.mark.parametrize("redirection", STREAMS)
def test_streams_that_cannot_be_used(redirection: str, tool: Tool, wheels: Path, target: Path) -> None:
    """pip's own exit code, and the variant is installed."""
    options: list[str | Path] = ["install", "demo", "--no-index", "-f", wheels, "--force-reinstall"]
    expected = _run_shell(tool, redirection, target, "-m", "pip", *options)
    tool.environment["DUALVARIANT_X86_64"] = "v3"
    found = _run_shell(tool, redirection, sys.executable, "-m", "dualvariant", *options, "--python", target)
    assert found.returncode == expected.returncode, found.stderr
    assert _label(tool, target) not in (None, "standard")


@pytest.mark.parametrize("redirection", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["host --refresh", "--version", "--help", "plugins list"])
def test_closed_streams_are_no_error(command: str, redirection: str, tool: Tool) -> None:
    result = _run_shell(tool, redirection, sys.executable, "-m", "dualvariant", *command.split())
    assert (result.returncode, result.stderr) == (0, ""), result.stderr


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def buffering(request: pytest.FixtureRequest, tool: Tool) -> None:
    """Python writes when a buffer is full, or at once, as in most containers."""
    tool.environment.pop("PYTHONUNBUFFERED", None)
    if request.param:
        tool.environment["PYTHONUNBUFFERED"] = request.param


@pytest.mark.usefixtures("buffering")
@pytest.mark.parametrize(
    "command",
    [
        "host",
        "host --json",
        "--version",
        "--help",
        "plugins list",
        "cache list",
        "hots --json",
        "explain --json",
        "build",
    ],
)
@pytest.mark.parametrize("redirection", [">/dev/full", "| true"])
def test_data_that_nobody_gets_is_no_traceback(command: str, redirection: str, tool: Tool) -> None:
    result = _run_shell(tool, redirection, sys.executable, "-m", "dualvariant", *command.split())
    assert "Traceback" not in result.stderr and "Exception ignored" not in result.stderr
    assert result.returncode in (0, 1, 2)


@pytest.mark.usefixtures("buffering")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has /dev/full")
@pytest.mark.parametrize("command", ["--version", "--help", "install -h", "host"])
def test_a_disk_that_is_full_is_named(command: str, tool: Tool) -> None:
    result = _run_shell(tool, ">/dev/full", sys.executable, "-m", "dualvariant", *command.split())
    assert (result.returncode, error_code(result.stderr)) == (1, "no-space"), result.stderr


#: A tool that notes which of its standard streams are open, with an environment to be asked for.
NOTES_STREAMS = """#!{python}
import os, sys
def find(number):
    try:
        return os.readlink(f"/proc/self/fd/{{number}}").partition(":")[0]
    except OSError:
        return "closed"
with open({notes!r}, "a") as file:
    print(*map(find, range(3)), file=file)
if "--quiet" in sys.argv:
    print({environment!r})
sys.exit(7 if sys.argv[-1] == "x" else 0)
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Linux lists the open files of a process")
@pytest.mark.parametrize("closed", ["", "0", "1", "2", "01", "02", "12", "012"])
@pytest.mark.parametrize("words", ["other x", "pip install x", "pip-compile x", "uv sync x", "uv run x"])
def test_what_a_tool_runs_with_where_streams_are_closed(
    words: str, closed: str, tool: Tool, target: Path, tmp_path: Path
) -> None:
    """Everything that ``exec`` runs has three open streams, and the exit code is the tool's."""
    notes, name = tmp_path / "notes", words.split()[0]
    (tmp_path / name).write_text(
        NOTES_STREAMS.format(python=tool.python, notes=str(notes), environment=str(target.parents[1]))
    )
    (tmp_path / name).chmod(0o755)
    redirection = " ".join(f"{number}>&-" for number in closed)
    command: list[str | Path] = [tool.python, "-m", "dualvariant", "exec", "--", tmp_path / name, *words.split()[1:]]
    done = _run_shell(tool, redirection, *command)
    assert done.returncode == 7, done.stderr
    assert "Traceback" not in done.stderr and "error:" not in done.stderr
    lines = [line.split() for line in notes.read_text().splitlines()]
    assert len(lines) == (3 if words == "uv run x" else 1)
    for line in lines:
        assert all(said in ("/dev/null", "pipe") for said in line), lines
    assert [said == "/dev/null" for said in lines[-1][1:]] == ["1" in closed, "2" in closed]


def test_no_file_gets_the_number_of_a_closed_stream(tool: Tool, wheels: Path, target: Path) -> None:
    """Or what pip prints would be written into a lock file or a wheel."""
    found = _run_shell(
        tool, ">&- 2>&-", sys.executable, "-m", "dualvariant", "install", "demo", "--no-index", "-f", wheels,
        "--python", target,
    )  # fmt: skip
    assert found.returncode == 0
    for lock in (tool.home / ".local/state/dualvariant/locks").iterdir():
        assert lock.read_text() == ""


@pytest.mark.parametrize(
    ("place", "code", "lines"), [("main", -signal.SIGINT, 0), ("import_module", 130, 1)], ids=["outside", "inside"]
)
def test_ctrl_c_is_no_traceback(place: str, code: int, lines: int, tool: Tool) -> None:
    """Where nothing has to be cleaned up, it ends the process, as it ends other programs."""
    script = (
        "import os, signal, sys, dualvariant.cli as cli, dualvariant.__main__ as entry\n"
        "def interrupt(*_):\n    os.kill(os.getpid(), signal.SIGINT)\n    signal.pause()\n"
        f"signal.signal(signal.SIGINT, signal.default_int_handler)\ncli.{place} = interrupt\nsys.exit(entry.main())\n"
    )
    command: list[str | Path] = [tool.python, "-c", script, "host"]
    done = subprocess.run(command, env=tool.environment, cwd=tool.home, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stderr.count("[interrupted]")) == (code, lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
@pytest.mark.parametrize("interrupted", [False, True])
def test_a_signal_after_the_end_of_the_command_leaves_its_exit_code(
    number: signal.Signals, interrupted: bool, tool: Tool
) -> None:
    """Python itself takes a while to end."""
    script = (
        "import atexit, os, signal, sys, dualvariant.cli as cli, dualvariant.__main__ as entry\n"
        f"atexit.register(lambda: os.kill(os.getpid(), {int(number)}))\n"
        "def interrupt(*_):\n    os.kill(os.getpid(), signal.SIGTERM)\n    signal.pause()\n"
        f"cli.import_module = interrupt if {interrupted} else cli.import_module\nsys.exit(entry.main())\n"
    )
    command: list[str | Path] = [tool.python, "-c", script, "cache", "list"]
    done = subprocess.run(command, env=tool.environment, cwd=tool.home, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("[interrupted]")) == ((130, 1) if interrupted else (0, 0))


# --- names and folders


def test_a_working_directory_that_is_gone(tool: Tool, wheels: Path, target: Path) -> None:
    """``install`` is not among them: pip itself needs a working directory."""
    for command in (["explain", "demo"], ["host"], ["list"]):
        more: list[str | Path] = ["--python", target] if command[0] != "host" else ["--refresh"]
        more += ["--no-index", "-f", wheels] if command[-1] == "demo" else []
        gone = tool.home / "gone"
        gone.mkdir()
        result = subprocess.run(
            [
                "sh",
                "-c",
                'rmdir ../gone; exec "$@"',
                "sh",
                sys.executable,
                "-m",
                "dualvariant",
                *map(str, command + more),
            ],
            env=tool.environment,
            cwd=gone,
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stderr
        assert "Traceback" not in result.stderr


def test_names_that_are_not_utf_8(tool: Tool, wheels: Path, target: Path) -> None:
    """pip itself cannot read such a folder: its own traceback is all that ``install`` could have."""
    strange = tool.home / os.fsdecode(b"nb\xff\xfe")
    shutil.copytree(wheels, strange)
    standard = strange / "demo-1.0-py3-none-any.whl"
    tool("index", strange)
    tool("tag", standard, "-p", "x86_64 :: level :: v4", "-o", strange / "out")
    tool("audit", standard)
    tool("explain", "demo", "--profile", strange / "missing", code=2)
    tool("explain", os.fsdecode(b"demo\xff"), "--no-index", "-f", wheels, "--python", target, code=2)


def test_an_environment_that_is_gone(tool: Tool, wheels: Path, target: Path) -> None:
    """pip on PATH is another interpreter's then."""
    tool.environment["VIRTUAL_ENV"] = str(tool.home / "gone")
    tool.environment["PATH"] = f"{target.parent}{os.pathsep}{tool.environment['PATH']}"
    (target.parent / "python3").unlink(missing_ok=True)
    (target.parent / "python3").symlink_to("python")
    result = tool("install", "demo", "--no-index", "-f", wheels)
    assert "VIRTUAL_ENV" in result.stderr
    assert _label(tool, target) is not None
