"""``refit`` in environments that pip and uv have made: the variant, the way back, and what is left alone."""

from __future__ import annotations

import csv
import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import clients
import samples
from long_form import rounds
from messages import error_code
from processes import PATIENCE, wait_until
from refit_wheels import V3, V4, make_release, read_tree
from servers import IndexServer, serving
from tool import Tool


@pytest.fixture
def tool(tool: Tool) -> Tool:
    """The command, with uv on PATH."""
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    return tool


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """One release with a standard wheel and a variant."""
    folder = tmp_path / "wheels"
    make_release(folder, "demo")
    return folder


def make_environment(folder: Path, maker: str, wheels: Path | str, *names: str, tool: Tool) -> Path:
    """An environment that pip or uv has made and filled, and that has never met us; returns its interpreter."""
    python = clients.make_target(folder, "26.3" if maker == "pip" else None)
    source: list[str | Path] = ["--find-links", wheels] if isinstance(wheels, Path) else ["--index-url", wheels]
    source = ["--no-index", *source] if isinstance(wheels, Path) else source
    if maker == "pip":
        tool.run(python, "-m", "pip", "install", "-q", *source, *names)
    else:
        tool.run(clients.uv(), "pip", "install", "-q", "--python", python, *source, *names)
    return python


def refit(tool: Tool, python: Path, wheels: Path, *options: str | Path, code: int = 0) -> str:
    """Run ``refit`` for a CPU of level v3, and return what it says."""
    source: list[str | Path] = ["--no-index", "-f", wheels] if "-i" not in options else []
    done = tool("refit", "--python", python, *source, "--profile", level(tool, "v3"), *options, code=code)
    return done.stderr + done.stdout


def level(tool: Tool, name: str) -> Path:
    """The profile of a CPU level; written once."""
    path = tool.home / f"{name}.json"
    return path if path.exists() else tool.level(name)


def site_of(python: Path) -> Path:
    (site,) = python.parents[1].glob("lib/python3*/site-packages")
    return site


def labels(tool: Tool, python: Path) -> dict[str, list[str]]:
    """The properties of each installed distribution."""
    shown = json.loads(tool("list", "--all", "--json", "--python", python).stdout)
    return {entry["name"]: entry["properties"] for entry in shown if entry["name"] != "pip"}


def assert_whole(site: Path) -> None:
    """Every distribution has every file that its RECORD lists, as it lists it."""
    for info in site.glob("*.dist-info"):
        if info.name.startswith("pip-"):
            continue
        for name, digest, _ in csv.reader((info / "RECORD").read_text().splitlines()):
            if name.endswith(".pyc") or not digest:
                continue
            content = (site / name).read_bytes()
            assert digest == f"sha256={urlsafe_b64encode(sha256(content).digest()).rstrip(b'=').decode()}", name


@pytest.mark.parametrize(("maker", "engine"), [("uv", "pip"), ("pip", "uv"), ("uv", "uv"), ("pip", "pip")])
def test_the_variant_and_the_way_back(maker: str, engine: str, tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", maker, wheels, "demo", tool=tool)
    site = site_of(python)
    before = read_tree(tmp_path / "env")
    assert "would exchange demo 1.0" in refit(tool, python, wheels, "--dry-run")
    assert read_tree(tmp_path / "env") == before

    assert "exchanged demo 1.0" in refit(tool, python, wheels, "--engine", engine)
    assert labels(tool, python) == {"demo": [V3]}
    assert_whole(site)
    after = read_tree(tmp_path / "env")
    assert tool.run(python, python.with_name("demo-level")).stdout == f"{V3}\n"
    assert after["bin/demo-level"][1] >= before["bin/demo-level"][1]  # uv makes every script executable
    assert not (site / "demo_plain").exists()
    assert after["bin/demo-main"] == before["bin/demo-main"]
    for name in ("INSTALLER", "REQUESTED"):
        key = f"{(site / 'demo-1.0.dist-info').relative_to(tmp_path / 'env')}/{name}"
        assert after.get(key) == before.get(key)
    assert "exchanged by refit; installed was demo-1.0-py3-none-any.whl" in tool("list", "--python", python).stdout

    assert "nothing is exchanged" in refit(tool, python, wheels, "--engine", engine)
    assert read_tree(tmp_path / "env") == after

    assert "exchanged demo 1.0" in refit(tool, python, wheels, "--undo", "--engine", engine)
    assert read_tree(tmp_path / "env") == before
    assert "nothing is exchanged" in refit(tool, python, wheels, "--undo")


def test_an_environment_of_an_older_pip(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    """It lists scripts otherwise than newer ones do."""
    python = clients.make_target(tmp_path / "env", clients.PIPS[0])
    tool.run(python, "-m", "pip", "install", "-q", "--no-index", "--find-links", wheels, "demo")
    before = read_tree(tmp_path / "env")
    assert "exchanged demo 1.0" in refit(tool, python, wheels)
    assert labels(tool, python) == {"demo": [V3]}
    assert "exchanged demo 1.0" in refit(tool, python, wheels, "--undo")
    assert read_tree(tmp_path / "env") == before


def test_what_uv_has_compiled_is_compiled_afterwards(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    tool.environment["UV_COMPILE_BYTECODE"] = "1"
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    before = read_tree(tmp_path / "env")
    assert any(name.endswith(".pyc") for name in before)
    refit(tool, python, wheels)
    assert list((site_of(python) / "__pycache__").glob("demo_only.*.pyc"))
    refit(tool, python, wheels, "--undo")
    assert read_tree(tmp_path / "env") == before


def test_a_python_that_is_older_than_ours(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    found = shutil.which("python3.8")
    if found is None or subprocess.run([found, "-c", ""], capture_output=True).returncode:
        pytest.skip("no Python 3.8 here")
    python = clients.make_target(tmp_path / "env", "23.1.2", found)
    tool.run(python, "-m", "pip", "install", "-q", "--no-index", "--find-links", wheels, "demo")
    assert "exchanged demo 1.0" in refit(tool, python, wheels)
    assert labels(tool, python) == {"demo": [V3]}


def test_a_wheel_that_is_gone_keeps_no_other_from_its_way_back(tool: Tool, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    for name in ("demo", "other", "third"):
        make_release(wheels, name)
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", "other", "third", tool=tool)
    refit(tool, python, wheels)
    (wheels / "other-1.0-py3-none-any.whl").unlink()
    said = refit(tool, python, wheels, "--undo", code=1)
    assert "other 1.0 is left alone" in said
    assert labels(tool, python) == {"demo": [], "other": [V3], "third": []}
    assert_whole(site_of(python))


def test_an_engine_that_fails_once_is_no_failure_in_the_end(tool: Tool, tmp_path: Path) -> None:
    """The wheels come by smaller runs, and everything is exchanged."""
    wheels = tmp_path / "wheels"
    for name in ("demo", "other"):
        make_release(wheels, name)
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", "other", tool=tool)
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "uv"
    failed = shlex.quote(str(tmp_path / "failed"))
    text = f'case "$*" in *--prefix*) [ -e {failed} ] || {{ touch {failed}; exit 2; }};; esac\n'
    program.write_text(f'#!/bin/sh\n{text}exec {shlex.quote(str(clients.uv()))} "$@"\n')
    program.chmod(0o755)
    tool.environment["PATH"] = f"{folder}{os.pathsep}{tool.environment['PATH']}"
    said = refit(tool, python, wheels, "--engine", "uv")
    assert (tmp_path / "failed").exists()
    assert "left alone" not in said
    assert labels(tool, python) == {"demo": [V3], "other": [V3]}


def test_a_reinstallation_by_anybody_removes_the_note(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    before = read_tree(tmp_path / "env")
    refit(tool, python, wheels)
    source: list[str | Path] = ["--no-index", "-f", wheels]
    tool.run(clients.uv(), "pip", "install", "-q", "--python", python, *source, "demo")  # it is satisfied
    assert labels(tool, python) == {"demo": [V3]}
    tool.run(clients.uv(), "pip", "install", "-q", "--python", python, *source, "--reinstall", "demo")
    assert read_tree(tmp_path / "env") == before


def test_other_machines_get_what_runs_there(tool: Tool, tmp_path: Path) -> None:
    """An image that moves to a lesser CPU, and back to a standard wheel, which is then the first one again."""
    wheels = tmp_path / "wheels"
    make_release(wheels, "demo", variants=(V3, V4))
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    before = read_tree(tmp_path / "env")
    command: list[str | Path] = ["refit", "--python", python, "--no-index", "-f", wheels]
    tool(*command, "--profile", level(tool, "v4"))
    assert labels(tool, python) == {"demo": [V4]}
    said = tool(*command, "--profile", level(tool, "v3")).stderr
    assert "does not run on this host" in said
    assert labels(tool, python) == {"demo": [V3]}
    tool(*command, "--profile", level(tool, "v1"))
    assert read_tree(tmp_path / "env") == before
    tool(*command, "--profile", level(tool, "v4"))
    tool(*command, "--no-variant")
    assert read_tree(tmp_path / "env") == before


def test_what_does_not_run_gives_way_to_the_next_best(tool: Tool, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "demo", "1.0")
    samples.make_wheel(wheels, "demo", "1.0", properties=[V3])
    samples.make_wheel(wheels, "demo", "1.0", properties=[V4], body="import os\nos.kill(os.getpid(), 4)\n")
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    tool.environment["DUALVARIANT_X86_64"] = "v4"
    command: list[str | Path] = ["refit", "--python", python, "--no-index", "-f", wheels]
    said = tool(*command, "--verify").stderr
    assert "does not run on this CPU" in said
    assert labels(tool, python) == {"demo": [V3]}
    assert "nothing is exchanged" in tool(*command).stderr  # what has failed is known


def on_v3(tool: Tool, python: Path, wheels: Path) -> list[str | Path]:
    """The options for an environment, a folder of wheels and a host of level v3."""
    return ["--python", python, "--no-index", "-f", wheels, "--profile", level(tool, "v3")]


def test_check_says_what_refit_would_do(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    command = ["check", *on_v3(tool, python, wheels)]
    done = tool(*command, code=1)  # options that say which wheels count ask the sources too
    assert done.stdout == tool(*command, "--refit", code=1).stdout
    assert "would exchange demo 1.0" in done.stdout
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("to exchange: dualvariant ")]
    repeated = shlex.split(line.removeprefix("to exchange: dualvariant "))
    assert repeated[0] == "refit" and {"--no-index", "--find-links", str(wheels)} <= {*repeated}
    secret = ["-i", "https://me:secret@index.example/simple"]
    assert "secret" not in tool(*command, *secret, "--refit", code=1).stderr
    alone: list[str | Path] = ["check", "--python", python, "--profile", level(tool, "v3")]
    for options in ([], ["--json"]):
        (line,) = [line for line in tool(*alone, *options).stderr.splitlines() if "no source was asked" in line]
        asks = shlex.split(line.partition("dualvariant ")[2])
        assert asks == [*map(str, alone[:1]), "--refit", "--profile", str(alone[4]), "--python", str(python)]
    assert "no source was asked" not in done.stderr
    (shown,) = json.loads(tool(*command, "--refit", "--json", code=1).stdout)
    assert shown["to_refit"]["action"] == "exchange"
    tool(*repeated)
    tool(*command, "--refit")
    assert "no source was asked" in tool(*alone).stderr  # with a variant installed, too


def test_the_documents_of_refit_and_list(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    command: list[str | Path] = [
        "refit",
        "--json",
        "--python",
        python,
        "--no-index",
        "-f",
        wheels,
        "--profile",
        level(tool, "v3"),
    ]
    (found,) = json.loads(tool(*command).stdout)["distributions"]
    assert (found["name"], found["action"], found["done"]) == ("demo", "exchange", True)
    (shown,) = json.loads(tool("list", "--json", "--python", python).stdout)
    standard = sha256((wheels / "demo-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    assert shown["refit"]["installed"]["sha256"] == standard
    assert shown["refit"]["exchanged_for"]["filename"] == found["wheel"]
    assert shown["refit"]["exchanged_for"]["index"] == wheels.as_uri() or str(wheels) in json.dumps(shown)


def test_an_index_is_read_by_ranges_and_only_where_there_are_variants(tool: Tool, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    make_release(wheels, "demo")
    samples.make_wheel(wheels, "plain", "1.0")
    index = IndexServer(wheels, "json", ranges=True)
    with serving(index):
        url = index.url
        python = make_environment(tmp_path / "env", "uv", url, "demo", "plain", tool=tool)
        index.requests.clear()
        refit(tool, python, wheels, "-i", url)
    assert labels(tool, python) == {"demo": [V3], "plain": []}
    fetched = [path for path, headers in index.requests if path.endswith(".whl") and "range" in headers]
    assert any("demo-1.0-py3" in path for path in fetched)
    assert not any("plain" in path for path, _ in index.requests if path.endswith(".whl"))


def test_a_project_of_uv_keeps_its_lock_and_the_variant(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    index = IndexServer(wheels, "json", ranges=True)
    project = tmp_path / "project"
    project.mkdir()
    with serving(index):
        text = f'[[tool.uv.index]]\nurl = "{index.url}"\ndefault = true\n[project]\nname = "app"\nversion = "1"\n'
        text += 'requires-python = ">=3.10"\ndependencies = ["demo"]\n'
        (project / "pyproject.toml").write_text(text)
        sync: list[str | Path] = [clients.uv(), "sync", "--project", project, "--python", sys.executable]
        tool.run(*sync)
        lock = (project / "uv.lock").read_bytes()
        before = read_tree(project / ".venv")
        python = project / ".venv" / "bin" / "python"
        profile = level(tool, "v3")
        command: list[str | Path] = ["refit", "--python", python, "--profile", profile, "-i", index.url]
        tool(*command)
        assert labels(tool, python) == {"demo": [V3]}
        after = read_tree(project / ".venv")
        tool.run(*sync, "--locked", "--exact")
        assert read_tree(project / ".venv") == after
        assert (project / "uv.lock").read_bytes() == lock
        tool(*command, "--undo")
        assert read_tree(project / ".venv") == before
        (project / "uv.lock").write_bytes(lock.replace(b"sha256:", b"sha256:0000"))
        assert "other hashes for this release" in tool(*command).stderr


def edit_record(python: Path, change: Callable[[str], str]) -> None:
    record = site_of(python) / "demo-1.0.dist-info" / "RECORD"
    record.write_text(change(record.read_text()))


def make_cases() -> Iterator[Any]:
    """What is left alone: a name, what is done to the environment and its sources, and the words of the reason."""

    def patch(python: Path, wheels: Path) -> None:
        path = site_of(python) / "demo_speed.py"
        text = path.read_text() + "# patched\n"
        path.unlink()  # uv's cache has the same file
        path.write_text(text)

    def lock(python: Path, wheels: Path) -> None:
        text = f'[[package]]\nname = "demo"\nversion = "1.0"\nfiles = [{{file = "x", hash = "sha256:{"0" * 64}"}}]\n'
        (python.parents[2] / "poetry.lock").write_text(text)

    def upload_again(python: Path, wheels: Path) -> None:
        shutil.rmtree(wheels)
        make_release(wheels, "demo", mark="uploaded again")

    def need_more(python: Path, wheels: Path) -> None:
        shutil.rmtree(wheels)
        samples.make_wheel(wheels, "demo", "1.0")
        samples.make_wheel(wheels, "demo", "1.0", properties=[V3], requires=["other"])

    def remove_record(python: Path, wheels: Path) -> None:
        (site_of(python) / "demo-1.0.dist-info" / "RECORD").unlink()

    def duplicate(python: Path, wheels: Path) -> None:
        standard = wheels / "demo-1.0-py3-none-any.whl"
        shutil.copy(standard, wheels / "demo-1.0-1-py3-none-any.whl")
        with (wheels / "demo-1.0-1-py3-none-any.whl").open("ab") as file:
            file.write(b"\0")

    yield pytest.param(patch, "'demo_speed.py' was changed after the installation", id="patched")
    yield pytest.param(lock, "has other hashes for this release", id="lock")
    yield pytest.param(upload_again, "uploaded again since", id="uploaded-again")
    yield pytest.param(need_more, "uploaded again since", id="other-wheels")
    yield pytest.param(remove_record, "its RECORD cannot be used: it is missing", id="no-record")
    yield pytest.param(duplicate, "two different wheels of the sources have its files", id="two")
    for name, change, words in (
        ("cut", lambda text: text.replace("demo_speed.py", "demo_sped.py"), "has its files"),
        ("more", lambda text: f"{text}extra.py,sha256=x,1\n", "has its files"),
        ("twice", lambda text: f"{text}demo_speed.py,,\n", "lists a path twice"),
        ("outside", lambda text: f"{text}../../../../../x,,\n", "outside of the environment"),
    ):
        yield pytest.param(
            lambda python, wheels, change=change: edit_record(python, change), words, id=f"record-{name}"
        )


@pytest.mark.parametrize(("act", "words"), [*make_cases()])
def test_what_is_left_alone(
    act: Callable[[Path, Path], None], words: str, tool: Tool, wheels: Path, tmp_path: Path
) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    act(python, wheels)
    before = read_tree(tmp_path / "env")
    said = refit(tool, python, wheels)
    assert "demo 1.0 is left alone" in said
    assert words in said
    assert read_tree(tmp_path / "env") == before
    refit(tool, python, wheels, "demo", code=1)  # what is named is meant


def test_a_variant_with_other_dependencies_is_left_alone(tool: Tool, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "demo", "1.0")
    samples.make_wheel(wheels, "demo", "1.0", properties=[V3], requires=["other>=1"])
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    assert "needs 'other>=1', which is not installed" in refit(tool, python, wheels)
    samples.make_wheel(wheels, "other", "1.0")
    tool.run(clients.uv(), "pip", "install", "-q", "--python", python, "--no-index", "-f", wheels, "other")
    refit(tool, python, wheels)
    assert labels(tool, python)["demo"] == [V3]


def test_links_files_and_source_trees_are_left_alone(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    wheel = wheels / "demo-1.0-py3-none-any.whl"
    tool.run(clients.uv(), "pip", "install", "-q", "--python", python, "--no-index", "--reinstall", wheel)
    assert "demo 1.0 is left alone: installed from an address or a file" in refit(tool, python, wheels)
    url = site_of(python) / "demo-1.0.dist-info" / "direct_url.json"
    url.write_text(json.dumps({"url": "file:///src", "dir_info": {"editable": True}}))
    assert "demo 1.0 is left alone: editable" in refit(tool, python, wheels)


def test_two_indexes_with_different_builds(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    """The variant is of the build of the other index."""
    other = tmp_path / "other"
    make_release(other, "demo", mark="another build")
    for variant in wheels.glob("*~*"):
        variant.unlink()
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    said = refit(tool, python, wheels, "-f", other)
    assert "two builds of one release are not exchanged" in said
    assert labels(tool, python) == {"demo": []}


def test_an_interpreter_outside_of_an_environment(tool: Tool, wheels: Path) -> None:
    tool("refit", "--python", sys.base_prefix, "--no-index", "-f", wheels, code=2, error="not-virtual")


def test_a_name_that_is_not_installed(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    done = tool("refit", "demmo", "--python", python, "--no-index", "-f", wheels, code=2, error="not-installed")
    assert "did you mean 'demo'?" in done.stderr


def in_namespace(script: str) -> list[str | Path]:
    """The beginning of a command that runs in a mount namespace of its own, after a line of shell."""
    namespace = ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*namespace, "true"], capture_output=True).returncode:
        pytest.skip("no private mount namespace here")
    return [*namespace, "sh", "-c", script, "sh"]


def test_a_read_only_environment(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    """As on a file system that is mounted to be read, which stops root, too."""
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    before = read_tree(tmp_path / "env")
    place = shlex.quote(str(tmp_path / "env"))
    prefix = in_namespace(f'mount --bind {place} {place} && mount -o remount,bind,ro {place} && exec "$@"')
    prefix += [sys.executable, "-m", "dualvariant", "refit", *on_v3(tool, python, wheels)]
    done = tool.run(*prefix, code=2)
    assert error_code(done.stderr) == "unwritable"
    assert "would exchange demo" in tool.run(*prefix, "--dry-run").stderr
    assert read_tree(tmp_path / "env") == before


def test_a_process_of_the_environment_goes_on(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "pip", wheels, "demo", tool=tool)
    program = "import sys, demo\nprint('ready', flush=True)\nsys.stdin.readline()\n"
    program += "import demo_speed\nprint(demo_speed.LEVEL)\n"
    with subprocess.Popen([python, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        refit(tool, python, wheels)
        out, _ = process.communicate("\n", timeout=PATIENCE)
    assert out == f"{V3}\n"
    assert process.returncode == 0


def test_two_at_once(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    command = ["refit", *on_v3(tool, python, wheels)]
    runs = [tool.popen(*command) for _ in range(2)]
    said = [run.communicate(timeout=PATIENCE)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert sorted("exchanged demo" in text for text in said) == [False, True], said
    assert labels(tool, python) == {"demo": [V3]}
    assert_whole(site_of(python))


#: Copies an environment to a small file system and fills that, but for some blocks; refits, makes room, refits again.
FULL_DISK = """
place=$1; blocks=$2; shift 2
mount -t tmpfs -o size=32m none "$place/full" && cp -a "$place/env/." "$place/full" || exit 99
cat /dev/zero > "$place/full/filler" 2> "$place/said"
truncate -s "-${blocks}k" "$place/full/filler"
"$@"; echo "code $?"
diff -r --exclude=filler --exclude=__pycache__ "$place/env" "$place/full" && echo unchanged
rm "$place/full/filler"
"$@"; echo "code $?"
cp -a "$place/full" "$place/after"
"""


@pytest.mark.parametrize("blocks", [4, 12])
def test_a_full_disk(blocks: int, tool: Tool, wheels: Path, tmp_path: Path) -> None:
    """It ends before anything is exchanged, or where there is room enough, with the variant; never in between."""
    make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    (tmp_path / "full").mkdir()
    prefix = [*in_namespace(FULL_DISK), tmp_path, str(blocks), sys.executable, "-m", "dualvariant", "refit"]
    said = tool.run(*prefix, *on_v3(tool, tmp_path / "full" / "bin" / "python", wheels)).stdout
    assert "Traceback" not in said
    first, *_, last = [line for line in said.splitlines() if line.startswith("code ")]
    assert last == "code 0"
    assert ("unchanged" in said) == (first != "code 0"), said
    assert_whole(site_of(tmp_path / "after" / "bin" / "python"))
    assert labels(tool, tmp_path / "after" / "bin" / "python") == {"demo": [V3]}


NEEDED = [f"part{number}" for number in range(6)]


def of_session(leader: int) -> Iterator[int]:
    """The processes of a session; each run has one of its own."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                yield int(path.parent.name)


INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize(
    ("numbers", "engine"), [((signal.SIGKILL,), "uv"), (INTERRUPTIONS, "uv"), (INTERRUPTIONS, "pip")], ids=str
)
def test_kills_and_interruptions_at_random_moments(
    numbers: tuple[signal.Signals, ...], engine: str, tool: Tool, tmp_path: Path
) -> None:
    """The next run heals what a kill has left; after an interruption, and several, there is nothing to heal."""
    wheels = tmp_path / "wheels"
    for name in NEEDED:
        make_release(wheels, name)
    python = make_environment(tmp_path / "env", "pip", wheels, *NEEDED, tool=tool)
    site = site_of(python)
    before = read_tree(tmp_path / "env")
    command: list[str | Path] = ["refit", "--python", python, "--no-index", "-f", wheels, "--engine", engine]
    command += ["--profile", level(tool, "v3")]
    begun = time.monotonic()
    tool(*command)
    usual = time.monotonic() - begun
    moments = random.Random(f"refit {engine}")
    forth = False
    for count in range(rounds(4, night=40)):
        again = [*command, *([] if forth else ["--undo"])]
        forth = not forth
        run = tool.popen(*again, start_new_session=True, stdout=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.3 * usual, usual))
        for _ in range(1 if signal.SIGKILL in numbers else moments.randint(1, 3)):
            for victim in [run.pid] if count % 2 else list(of_session(run.pid)):
                with suppress(ProcessLookupError):
                    os.kill(victim, moments.choice(numbers))
            time.sleep(moments.choice([0, 0.01, 0.1]))
        said = run.communicate(timeout=PATIENCE)[1]
        assert wait_until(lambda run=run: not list(of_session(run.pid)))  # type: ignore[misc]
        if signal.SIGKILL not in numbers:
            assert run.returncode in (0, 130, *(-number for number in numbers)), said
            assert said.count("[interrupted]") == (run.returncode == 130), said
            assert "Traceback" not in said and "KeyboardInterrupt" not in said
            assert_whole(site)
            assert not (site / ".dualvariant-refit").exists()
        said = tool(*again).stderr
        assert signal.SIGKILL in numbers or "the old files are back" not in said
        assert_whole(site)
        expected = [] if "--undo" in again else [V3]
        assert labels(tool, python) == dict.fromkeys(NEEDED, expected)
        assert not (site / ".dualvariant-refit").exists()
    tool(*command, "--undo")
    assert read_tree(tmp_path / "env") == before
    assert list(tool.temporary.iterdir()) == []
