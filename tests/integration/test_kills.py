"""``kill -9`` at any moment, of the command, the engine or both: the next run repairs what is left behind."""

from __future__ import annotations

import csv
import hashlib
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import clients
import samples
from dualvariant.target.installed import find_distributions
from long_form import rounds
from processes import PATIENCE, is_alive, wait_until
from servers import IndexServer, serving
from tool import Tool

V3 = "x86_64 :: level :: v3"
#: With many distributions, much of a run is the time in which the engine changes the environment.
NEEDED = [f"part{number}" for number in range(8)]


@pytest.fixture
def tool(tool: Tool) -> Tool:
    """The command, with uv on PATH and an engine that does not wait long for a view that has gone."""
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    tool.environment["PIP_RETRIES"] = "0"
    return tool


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    for name in ["demo", *NEEDED]:
        requires = NEEDED if name == "demo" else []
        samples.make_wheel(folder, name, "1.0", requires=requires)
        samples.make_wheel(folder, name, "1.0", requires=requires, properties=[V3])
    return folder


def _site(target: Path) -> Path:
    (site,) = target.parents[1].glob("lib/python3*/site-packages")
    return site


def _assert_whole(target: Path) -> None:
    """Every distribution is there, as a variant, with every file that it lists, and no other distribution is."""
    site = _site(target)
    shown = {found.name: found.properties for found in find_distributions([site]) if found.name != "pip"}
    assert shown == dict.fromkeys(["demo", *NEEDED], (V3,))
    assert [path.name for path in site.iterdir() if path.name.startswith("~")] == []
    for info in site.glob("*-1.0.dist-info"):
        for name, digest, _ in csv.reader((info / "RECORD").read_text().splitlines()):
            if name.endswith(".pyc"):
                continue  # Python makes it again: whether one is there does not matter
            content = (site / name).read_bytes()
            if digest:
                algorithm, _, expected = digest.partition("=")
                assert algorithm == "sha256"
                assert urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode() == expected


def _of_session(leader: int) -> Iterator[int]:
    """The processes of a session; each of our runs has one of its own."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                yield int(path.parent.name)


def _has_ended(leader: int) -> bool:
    """Wait for the end of a session."""
    return wait_until(lambda: not list(_of_session(leader)))


@pytest.mark.parametrize(
    ("engine", "whom"), [("pip", "us"), ("pip", "engine"), ("pip", "all"), ("uv", "us"), ("uv", "all")]
)
def test_kills_at_random_moments(engine: str, whom: str, tool: Tool, wheels: Path, target: Path) -> None:
    moments = random.Random(f"{engine} {whom}")
    command: list[str | Path] = ["install", "demo", "--engine", engine, "--no-index", "-f", wheels, "--python", target]
    command += ["--profile", tool.level("v3")]
    begun = time.monotonic()
    tool(*command)
    usual = time.monotonic() - begun
    for number in range(rounds(10, night=60)):
        again = [*command, "--force-reinstall"]
        run = tool.popen(*again, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.05, 1.2 * usual))
        victims = {
            "us": [run.pid],
            "engine": [pid for pid in _of_session(run.pid) if pid != run.pid],
            "all": list(_of_session(run.pid)),
        }[whom]
        for victim in victims:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        if number % 2:  # the next run may come before the orphan has ended, or after
            run.wait(PATIENCE)
            assert _has_ended(run.pid)
        result = tool(*command)
        assert "Traceback" not in result.stderr
        run.wait(PATIENCE)
        _assert_whole(target)
        assert _has_ended(run.pid)
    assert list(tool.temporary.iterdir()) == []


#: In the target's site folder it has pip end itself before it puts a file into a ``.dist-info`` for the n-th time: of
#: each distribution INSTALLER, then RECORD.
_END_WHILE_INSTALLING = """\
import os
if "END_AT" in os.environ:
    left, real = [int(os.environ["END_AT"])], os.replace
    def replace(source, target):
        left[0] -= "dist-info" in str(target)
        if left[0] == 0:
            os.kill(os.getpid(), 9)
        return real(source, target)
    os.replace = replace
"""


@pytest.mark.parametrize(
    ("moment", "place"),
    [
        *((moment, ()) for moment in (1, 2, 3, 4)),
        *((moment, ("--prefix", "there")) for moment in (2, 4)),
        *((moment, ("--root=there",)) for moment in (2, 4)),
        *((moment, ("--prefix=/inner", "--root", "there")) for moment in (2, 4)),
    ],
)
def test_an_installation_without_its_record_counts_as_none(
    moment: int, place: tuple[str, ...], tool: Tool, tmp_path: Path
) -> None:
    """pip itself trusts METADATA, and would never repair half a distribution."""
    target = clients.make_target(tmp_path / "target")
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "solo", "1.0", requires=["other"])
    samples.make_wheel(wheels, "other", "1.0")
    (_site(target) / "end_itself.py").write_text(_END_WHILE_INSTALLING)
    (_site(target) / "end_itself.pth").write_text("import end_itself\n")
    command: list[str | Path] = ["install", "solo", "--no-index", "-f", wheels, "--python", target, *place]
    tool(*command, code=128 + 9, environment={"END_AT": str(moment)})
    result = tool(*command)
    assert f"{'other' if moment < 3 else 'solo'}-1.0" in result.stderr  # a warning names what was incomplete
    for name in ("solo", "other"):
        (info,) = (tool.home / "there" if place else target.parents[1]).rglob(f"{name}-1.0.dist-info")
        assert (info / "INSTALLER").read_text() == "pip\n"
        assert f"{info.name}/INSTALLER," in (info / "RECORD").read_text()
    assert "-1.0" not in tool(*command).stderr


#: In the target's site folder it has pip end itself as soon as it has set that file aside.
_END_WHILE_REMOVING = """\
import os
if "END_AFTER" in os.environ:
    real = os.rename
    def rename(source, target, **options):
        real(source, target, **options)
        if os.path.basename(source) == os.environ["END_AFTER"]:
            os.kill(os.getpid(), 9)
    os.rename = rename
"""


def test_a_distribution_that_was_half_removed_counts_as_none(tool: Tool, tmp_path: Path) -> None:
    """What comes before its ``.dist-info`` has gone, what comes after it is there, and so is its whole ``RECORD``."""
    target = clients.make_target(tmp_path / "target")
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "solo", "1.0", more=["a_first.txt"])
    samples.make_wheel(wheels, "solo", "2.0")
    samples.make_wheel(wheels, "other", "1.0", more=["other.txt"])
    site = _site(target)
    (site / "end_itself.py").write_text(_END_WHILE_REMOVING)
    (site / "end_itself.pth").write_text("import end_itself\n")
    command: list[str | Path] = ["install", "--no-index", "-f", wheels, "--python", target]
    tool(*command, "solo==1.0", "other")
    shutil.rmtree(site / "__pycache__")  # as in many containers
    tool(*command, "solo==2.0", code=128 + 9, environment={"END_AFTER": "a_first.txt"})
    assert not (site / "a_first.txt").exists() and (site / "solo-1.0.dist-info/RECORD").exists()
    result = tool(*command, "solo==1.0")
    assert "solo-1.0" in result.stderr and "other" not in result.stderr
    assert (site / "a_first.txt").exists()
    assert "solo-1.0" not in tool(*command, "solo==1.0").stderr


def test_two_runs_in_one_environment_take_turns(tool: Tool, wheels: Path, target: Path, tmp_path: Path) -> None:
    """The second waits while the first downloads, and prints the folder that it waits for; both install everything."""
    command: list[str | Path] = ["install", "demo", "--python", target, "--profile", tool.level("v3")]
    downloading, go_on = threading.Event(), threading.Event()
    output = tmp_path / "second.txt"
    with serving(IndexServer(wheels)) as server, output.open("w") as stderr:

        def hold(path: str) -> None:
            if path.endswith(".whl") and server.paths("pip/"):
                downloading.set()
                go_on.wait(PATIENCE)

        server.override = hold
        try:
            first = tool.popen(*command, "-i", server.url)
            assert downloading.wait(PATIENCE)
            second = tool.popen(*command, "--no-index", "-f", wheels, "--force-reinstall", stderr=stderr)
            assert wait_until(lambda: str(_site(target)) in output.read_text() or second.poll() is not None)
            assert second.poll() is None, output.read_text()
        finally:
            go_on.set()
        _, stderrs = first.communicate(timeout=PATIENCE)
        second.communicate(timeout=PATIENCE)
    assert (first.returncode, second.returncode) == (0, 0), stderrs + output.read_text()
    assert str(_site(target)) not in stderrs
    _assert_whole(target)


def test_elsewhere_is_another_place(tool: Tool, wheels: Path, target: Path, tmp_path: Path) -> None:
    command: list[str | Path] = ["install", "demo", "--no-index", "-f", wheels, "--python", target, "-t"]
    runs = [tool.popen(*command, tmp_path / f"into{number}") for number in range(2)]
    stderrs = [run.communicate(timeout=PATIENCE)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], stderrs
    assert not any(str(tmp_path / f"into{number}") in stderr for number, stderr in enumerate(stderrs))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "[" * 100_000,
        '{"scratch": "/", "place": [], "started": 0}',
        '{"scratch": "/dualvariant-\\u0000", "started": 0}',
        '{"started": "x"}',
    ],
    ids=["half", "list", "deep", "no place", "no path", "no time"],
)
def test_a_damaged_note_of_an_earlier_run_is_ignored(text: str, tool: Tool, wheels: Path, target: Path) -> None:
    command: list[str | Path] = ["install", "demo", "--no-index", "-f", wheels, "--python", target]
    tool(*command)
    (note,) = (tool.home / ".local/state/dualvariant/locks").iterdir()
    assert note.read_text() == ""
    note.write_text(text)
    tool(*command)
    assert note.read_text() == ""


# --- commands without an installer


def _scratch(*folders: Path) -> list[Path]:
    """What a run that was killed has left in these folders."""
    return [
        path
        for folder in folders
        for path in folder.iterdir()
        if "scratch" in path.name or path.name.endswith(".part") or path.name.startswith("build-env")
    ]


def _kill_at(tool: Tool, moment: float, *command: str | Path) -> None:
    """Start a command in a session of its own and kill the whole session after some seconds, unless it has ended."""
    run = tool.popen(*command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with suppress(subprocess.TimeoutExpired):
        run.wait(moment)
    for victim in _of_session(run.pid):
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
    run.wait(PATIENCE)


def _kill_while_writing(tool: Tool, folder: Path, *command: str | Path) -> None:
    """Kill a command as soon as it has something in a folder that it would have to remove."""
    for _ in range(20):
        run = tool.popen(*command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while run.poll() is None and not _scratch(folder):
            time.sleep(0.001)
        run.kill()
        run.wait(PATIENCE)
        if _scratch(folder):
            return  # else it had ended before we looked again
    pytest.fail("the command has always ended before it could be killed")


def _measure(tool: Tool, *command: str | Path) -> float:
    begun = time.monotonic()
    tool(*command)
    return time.monotonic() - begun


def test_a_killed_tag_leaves_nothing_to_the_next(tool: Tool, tmp_path: Path) -> None:
    """A wheel of 20 MB takes a moment."""
    wheel = samples.make_wheel(tmp_path, "large", "1.0", body=f"x = {os.urandom(10_000_000).hex()!r}\n")
    moments = random.Random("tag")
    command: list[str | Path] = ["tag", wheel, "-p", "x86_64 :: level :: v3", "-o", tmp_path / "out"]
    usual = _measure(tool, *command)
    made = next((tmp_path / "out").glob("*.whl"))
    expected = hashlib.sha256(made.read_bytes()).digest()
    made.unlink()
    _kill_while_writing(tool, made.parent, *command)
    assert _scratch(made.parent)
    tool(*command)
    for _ in range(rounds(6, night=30)):
        assert _scratch(made.parent) == []
        made.unlink()
        _kill_at(tool, moments.uniform(0.3, 1.0) * usual, *command)
        assert not made.exists() or hashlib.sha256(made.read_bytes()).digest() == expected
        tool(*command)
        assert [made] == list(made.parent.iterdir())
        assert hashlib.sha256(made.read_bytes()).digest() == expected


def test_a_killed_index_leaves_nothing_to_the_next(tool: Tool, tmp_path: Path) -> None:
    for number in range(15):
        samples.make_wheel(tmp_path / "w", f"part{number}", "1.0")
        samples.make_wheel(tmp_path / "w", f"part{number}", "1.0", properties=[V3])
    moments = random.Random("index")
    command: list[str | Path] = ["index", tmp_path / "w", "--check-all"]
    usual = _measure(tool, *command)
    expected = {path: path.read_bytes() for path in (tmp_path / "w/simple").rglob("*.*")}
    for _ in range(rounds(4, night=30)):
        shutil.rmtree(tmp_path / "w/simple")
        _kill_at(tool, moments.uniform(0.3, 1.0) * usual, *command)
        tool(*command)
        assert {path: path.read_bytes() for path in (tmp_path / "w/simple").rglob("*.*")} == expected
        assert list((tmp_path / "w").rglob("*.part")) == []
    assert list(tool.temporary.iterdir()) == []


def test_a_killed_run_leaves_no_uv(tool: Tool, wheels: Path, target: Path, tmp_path: Path) -> None:
    """uv and what it has started end with us; pip is told by its channel to us, and cleans up."""
    pids, program = tmp_path / "pids", tmp_path / "programs" / "uv"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nsleep 300 &\necho $$ $! > {pids}\nwait\n")
    program.chmod(0o755)
    tool.environment["PATH"] = f"{program.parent}{os.pathsep}{tool.environment['PATH']}"
    run = tool.popen("install", "--engine", "uv", "demo", "--no-index", "-f", wheels, "--python", target)
    assert wait_until(lambda: pids.exists() and pids.read_text().endswith("\n"))
    engine = [int(pid) for pid in pids.read_text().split()]
    run.kill()
    run.communicate(timeout=PATIENCE)
    assert wait_until(lambda: not any(map(is_alive, engine)))


def test_a_killed_run_leaves_no_interpreter_that_hangs(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    pids, python = tmp_path / "pids", tmp_path / "python"
    python.write_text(f"#!/bin/sh\nsleep 300 &\necho $$ $! > {pids}\nwait\n")
    python.chmod(0o755)
    run = tool.popen("explain", "demo", "--no-index", "-f", wheels, "--python", python)
    assert wait_until(lambda: pids.exists() and pids.read_text().endswith("\n"))
    interpreter = [int(pid) for pid in pids.read_text().split()]
    run.kill()
    run.communicate(timeout=PATIENCE)
    assert wait_until(lambda: not any(map(is_alive, interpreter)))


def test_a_killed_explain_leaves_nothing_to_the_next(tool: Tool, wheels: Path, target: Path) -> None:
    """Requirement files from a server are read while the folder for their copies is there."""
    asked, go_on = threading.Event(), threading.Event()
    with serving(IndexServer(wheels)) as server:

        def hold(path: str) -> tuple[int, dict[str, str], bytes]:
            asked.set()
            go_on.wait(PATIENCE)
            return 200, {}, b"demo"

        server.override = hold
        try:
            run = tool.popen("explain", "-r", f"{server.url}requirements.txt", "--no-index", "-f", wheels)
            assert asked.wait(PATIENCE)
            assert len(list(tool.temporary.iterdir())) == 1
            run.kill()
            run.communicate(timeout=PATIENCE)
        finally:
            go_on.set()
    assert len(list(tool.temporary.iterdir())) == 1
    tool("explain", "demo", "--no-index", "-f", wheels, "--python", target)
    assert list(tool.temporary.iterdir()) == []
