"""``dualvariant install`` with released pips as engines, in real environments."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import clients
import samples
from messages import error_code
from processes import PATIENCE, wait_until
from servers import IndexServer, serving
from tool import Tool

LEVEL = "x86_64 :: level :: {}"


@pytest.fixture
def index(wheels: Path, tool: Tool) -> Path:
    """The wheels as a static index."""
    tool("index", wheels)
    return wheels / "simple"


def installed(target: Path, module: str) -> list[str]:
    """The properties that the installed sample module has as data; it is imported for that."""
    code = f"import json, {module}; print(json.dumps({module}.PROPERTIES))"
    result = subprocess.run([target, "-I", "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    found: list[str] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("pip", clients.PIPS)
def test_each_pip_installs_the_variant_and_its_dependency_as_variants(
    pip: str, tool: Tool, index: Path, tmp_path: Path
) -> None:
    target = clients.make_target(tmp_path / "target", pip)
    result = tool("install", "demo", "-i", index, "--python", target, "--profile", tool.level("v3"))
    assert installed(target, "demo") == [LEVEL.format("v3")]
    assert installed(target, "helper") == [LEVEL.format("v3")]
    shown = json.loads(tool("list", "--python", target, "--json").stdout)
    assert [(d["name"], d["dialect"], d["properties"]) for d in shown] == [
        ("demo", "hash", [LEVEL.format("v3")]),
        ("helper", "hash", [LEVEL.format("v3")]),
    ]
    # What is chosen is announced: project, version and label on one line.
    for found in shown:
        what = (f"{found['name']} {found['version']}", found["label"])
        assert any(all(text in line for text in what) for line in result.stderr.splitlines()), result.stderr


@pytest.mark.parametrize("pip", clients.PIPS)
def test_plain_pip_takes_the_standard_wheel_from_the_same_index(
    pip: str, tool: Tool, index: Path, tmp_path: Path
) -> None:
    target = clients.make_target(tmp_path / "target", pip)
    tool.run(target, "-m", "pip", "install", "-i", index.as_uri(), "demo")
    assert installed(target, "demo") == []


def test_plain_uv_takes_the_standard_wheel_from_the_same_index(tool: Tool, index: Path, target: Path) -> None:
    tool.run(clients.uv(), "pip", "install", "--python", target, "--default-index", index.as_uri(), "demo")
    assert installed(target, "demo") == []


def test_without_a_pip_in_the_target_our_own_pip_installs(tool: Tool, index: Path, tmp_path: Path) -> None:
    target = clients.make_target(tmp_path / "target", pip=None)
    tool("install", "demo", "-i", index, "--python", target, "--profile", tool.level("v2"))
    assert installed(target, "demo") == [LEVEL.format("v2")]


@pytest.mark.parametrize("level", ["v1", "v2", "v3", "v4"])
def test_the_profile_decides(level: str, tool: Tool, index: Path, target: Path) -> None:
    tool("install", "helper", "-i", index, "--python", target, "--profile", tool.level(level))
    assert installed(target, "helper") == ([] if level == "v1" else [LEVEL.format(level)])


def test_every_kind_of_source_gives_the_same_choice(tool: Tool, wheels: Path, index: Path, tmp_path: Path) -> None:
    """A file: index, HTML and JSON over http, and folders with and without metadata."""
    bare = tmp_path / "bare"
    bare.mkdir()
    for wheel in wheels.glob("*.whl"):
        (bare / wheel.name).write_bytes(wheel.read_bytes())
    with (
        serving(IndexServer(wheels)) as html,
        serving(IndexServer(wheels, "json")) as page,
        serving(IndexServer(bare, ranges=True)) as ranges,
        serving(IndexServer(bare, hashes=False)) as whole,
    ):
        for number, source in enumerate(
            [
                ["-i", str(index)],
                ["-i", index.as_uri()],
                ["-i", html.url],
                ["-i", page.url],
                ["-i", ranges.url],
                ["-i", whole.url],
                ["--no-index", "-f", str(wheels)],
                ["--no-index", "-f", str(bare)],
                ["--no-index", "-f", f"{html.url}/helper/"],
            ]
        ):
            folder = tmp_path / f"into{number}"
            tool("install", "helper", *source, "--target", folder, "--profile", tool.level("v3"))
            assert LEVEL.format("v3") in (folder / "helper.py").read_text(), source


def test_files_on_http_are_redirected_to_and_not_passed_through(
    tool: Tool, wheels: Path, index: Path, target: Path
) -> None:
    with serving(IndexServer(wheels)) as server:
        tool("install", "helper", "-i", server.url, "--python", target, "--profile", tool.level("v3"))
        fetched = [path for path in server.paths("pip/") if path.endswith(".whl")]
        assert len(fetched) == 1 and "~" in fetched[0].replace("%7E", "~")
        ours = [asked for asked in server.requests if asked[1].get("user-agent", "").startswith("dualvariant/")]
        assert {headers.get("range") for path, headers in ours if path.endswith(".whl")} == {"bytes=0-0"}


def test_pip_reads_only_the_view(tool: Tool, wheels: Path, target: Path) -> None:
    """An index of pip's own configuration is read by us, and never by the engine."""
    with serving(IndexServer(wheels)) as server:
        (tool.home / "pip.conf").write_text(f"[global]\nindex-url = {server.url}\ntimeout = 7\n")
        environment = {"PIP_CONFIG_FILE": str(tool.home / "pip.conf"), "PIP_EXTRA_INDEX_URL": server.url}
        tool("install", "helper", "--python", target, "--profile", tool.level("v3"), environment=environment)
        assert installed(target, "helper") == [LEVEL.format("v3")]
        assert [path for path in server.paths("pip/") if path.startswith("/simple")] == []
        assert [path for path in server.paths("dualvariant/") if path.startswith("/simple")] != []


def test_credentials_of_an_index_are_never_shown(tool: Tool, wheels: Path, target: Path) -> None:
    """pip has them in a file of its own, and gets the files that need them from where they are."""
    import base64

    expected = "Basic " + base64.b64encode(b"me:se cret").decode()
    with serving(IndexServer(wheels)) as server:

        def guard(path: str) -> tuple[int, dict[str, str], bytes] | None:
            headers = server.requests[-1][1]
            return None if headers.get("authorization") == expected else (401, {}, b"who are you")

        server.override = guard
        url = server.url.replace("http://", "http://me:se%20cret@")
        result = tool("install", "demo", "plain", "-i", url, "--python", target, "--profile", tool.level("v3"))
        assert installed(target, "demo") == [LEVEL.format("v3")]
        assert installed(target, "plain") == []
        assert "se%20cret" not in result.stdout + result.stderr
        asked = server.paths("pip/")
        assert asked and all(path.startswith("/files/") for path in asked)


def test_projects_without_variants_keep_their_own_addresses(
    tool: Tool, wheels: Path, target: Path, tmp_path: Path
) -> None:
    """pip's caches are keyed by address: a project that has no variants must still hit them."""
    with serving(IndexServer(wheels)) as server:
        report = tmp_path / "report.json"
        tool("install", "plain", "-i", server.url, "--python", target, "--", "--report", report)
        (item,) = json.loads(report.read_text())["install"]
        assert item["download_info"]["url"].startswith(server.url.removesuffix("simple"))
    assert installed(target, "plain") == []


def test_dry_run_json_is_json_and_nothing_is_installed(tool: Tool, index: Path, target: Path) -> None:
    result = tool(
        "install", "demo", "-i", index, "--python", target, "--profile", tool.level("v3"), "--dry-run", "--json"
    )
    document = json.loads(result.stdout)
    chosen = {
        project["name"]: [c["properties"] for c in project["candidates"] if c["verdict"] == "chosen"]
        for project in document["projects"]
    }
    assert chosen == {"demo": [[LEVEL.format("v3")]], "helper": [[LEVEL.format("v3")]]}
    assert subprocess.run([target, "-I", "-c", "import demo"], capture_output=True).returncode != 0


def test_options_after_the_dashes_reach_pip(tool: Tool, index: Path, target: Path) -> None:
    tool("install", "demo", "-i", index, "--python", target, "--profile", tool.level("v3"), "--", "--no-deps")
    assert subprocess.run([target, "-I", "-c", "import helper"], capture_output=True).returncode != 0


def test_the_exit_code_of_pip_is_passed_on(tool: Tool, index: Path, target: Path) -> None:
    limits = tool.home / "limits.txt"
    limits.write_text("helper==99\n")  # a dependency of demo
    result = tool("install", "demo", "-c", limits, "-i", index, "--python", target, code=1)
    assert "ResolutionImpossible" in result.stderr and error_code(result.stderr) is None  # the message is pip's


class TestVariantOption:
    def test_a_hash_a_property_and_a_name(self, tool: Tool, index: Path, target: Path) -> None:
        v2 = next(
            name for name in json.loads((index / "demo/index.json").read_text())["files"] if "~" in name["filename"]
        )
        label = v2["filename"].partition("~")[2][:8]
        options: list[str | Path] = ["-i", index, "--python", target, "--profile", tool.level("v4")]
        tool("install", "demo", *options, "--variant", label)
        assert installed(target, "demo") == [LEVEL.format(_level_of(index, label))]
        assert installed(target, "helper") == [LEVEL.format("v4")]  # never to dependencies
        tool("install", "demo", *options, "--variant", LEVEL.format("v3"))
        assert installed(target, "demo") == [LEVEL.format("v3")]
        tool("install", "demo", *options, "--variant", f"helper={LEVEL.format('v2')}", "--", "--force-reinstall")
        assert installed(target, "demo") == [LEVEL.format("v4")]
        assert installed(target, "helper") == [LEVEL.format("v2")]

    def test_the_first_that_exists_is_installed(self, tool: Tool, index: Path, target: Path) -> None:
        wish = f"00000000,{LEVEL.format('v2')},{LEVEL.format('v3')}"
        tool("install", "demo", "-i", index, "--python", target, "--profile", tool.level("v4"), "--variant", wish)
        assert installed(target, "demo") == [LEVEL.format("v2")]

    def test_one_that_does_not_exist_names_those_that_do(self, tool: Tool, index: Path, target: Path) -> None:
        arguments: list[str | Path] = ["demo", "-i", index, "--python", target, "--variant", "00000000"]
        result = tool("install", *arguments, code=3, error="variant-not-found")
        assert "'00000000'" in result.stderr
        for level in ("v2", "v3", "v4"):
            assert LEVEL.format(level) in result.stderr
        assert result.stdout == ""  # pip has not begun

    def test_one_that_this_host_cannot_run_needs_force(self, tool: Tool, index: Path, target: Path) -> None:
        options: list[str | Path] = [
            "-i",
            index,
            "--python",
            target,
            "--profile",
            tool.level("v2"),
            "--variant",
            LEVEL.format("v4"),
        ]
        result = tool("install", "demo", *options, code=3, error="does-not-fit")
        assert f"'{LEVEL.format('v4')}'" in result.stderr and "--force" in result.stderr
        tool("install", "demo", *options, "--force")
        assert installed(target, "demo") == [LEVEL.format("v4")]
        assert installed(target, "helper") == [LEVEL.format("v2")]

    def test_no_variant_is_for_dependencies_too(self, tool: Tool, index: Path, target: Path) -> None:
        tool("install", "demo", "-i", index, "--python", target, "--no-variant")
        assert installed(target, "demo") == [] and installed(target, "helper") == []

    def test_an_installed_variant_is_exchanged_only_on_request(self, tool: Tool, index: Path, target: Path) -> None:
        options: list[str | Path] = ["-i", index, "--python", target]
        tool("install", "demo", *options, "--profile", tool.level("v2"))
        (kept,) = [d for d in json.loads(tool("list", "--python", target, "--json").stdout) if d["name"] == "demo"]
        result = tool("install", "demo", *options, "--profile", tool.level("v4"))
        assert kept["label"] in result.stderr and "--force-reinstall" in result.stderr
        assert installed(target, "demo") == [LEVEL.format("v2")]
        shown = tool("install", "demo", *options, "--no-variant", "--dry-run", "--json").stdout
        (project,) = json.loads(shown)["projects"]
        assert [c["label"] for c in project["candidates"] if c["verdict"] == "chosen"] == [None]
        assert installed(target, "demo") == [LEVEL.format("v2")]  # that was dry
        tool("install", "demo", *options, "--no-variant")
        assert installed(target, "demo") == []
        assert installed(target, "helper") == [LEVEL.format("v2")]


def _level_of(index: Path, label: str) -> str:
    variants = json.loads((index.parent / "demo-1.0~variants.json").read_text())["variants"]
    text: str = variants[label][0]
    return text.rpartition(" ")[2]


def test_a_local_variant_wheel_is_checked_and_installed(tool: Tool, wheels: Path, target: Path, tmp_path: Path) -> None:
    wheel = samples.make_wheel(tmp_path / "local", "solo", "1.0", properties=[LEVEL.format("v3")])
    result = tool(
        *("install", wheel, "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v2")),
        code=3,
        error="does-not-fit",
    )
    assert wheel.name in result.stderr and f"'{LEVEL.format('v3')}'" in result.stderr
    tool("install", wheel, "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3"))
    assert installed(target, "solo") == [LEVEL.format("v3")]


def test_a_better_platform_tag_of_the_standard_wheel_does_not_beat_the_variant(
    tool: Tool, target: Path, tmp_path: Path
) -> None:
    """pip ranks by tags: next to the chosen wheel it must not see another one that it could take."""
    folder = tmp_path / "tags"
    samples.make_wheel(folder, "tagged", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64")
    samples.make_wheel(folder, "tagged", "1.0", build="7")
    samples.make_wheel(folder, "tagged", "1.0", properties=[LEVEL.format("v3")])
    samples.make_wheel(folder, "tagged", "1.0", tag="cp27-cp27m-win32")
    tool("install", "tagged", "--no-index", "-f", folder, "--python", target, "--profile", tool.level("v3"))
    assert installed(target, "tagged") == [LEVEL.format("v3")]


def test_an_older_release_is_taken_if_the_newest_has_only_variants_that_do_not_fit(
    tool: Tool, target: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "older"
    samples.make_wheel(folder, "thing", "1.0")
    samples.make_wheel(folder, "thing", "2.0", properties=[LEVEL.format("v4")])
    result = tool("install", "thing", "--no-index", "-f", folder, "--python", target, "--profile", tool.level("v3"))
    (found,) = [
        d for d in json.loads(tool("list", "--all", "--python", target, "--json").stdout) if d["name"] == "thing"
    ]
    assert found["version"] == "1.0"
    assert "thing 2.0" in result.stderr and f"'{LEVEL.format('v4')}'" in result.stderr


def test_no_temporary_file_is_left(tool: Tool, index: Path, target: Path) -> None:
    tool("install", "demo", "-i", index, "--python", target)
    tool("install", "demo", "-i", index, "--python", target, "--variant", "00000000", code=3)
    tool("install", "no-such-project", "-i", index, "--python", target, code=3)
    (tool.home / "limits.txt").write_text("helper==99\n")
    tool("install", "demo", "-c", "limits.txt", "-i", index, "--python", target, code=1)
    assert list(tool.temporary.iterdir()) == []


@contextmanager
def _held_download(wheels: Path) -> Iterator[tuple[IndexServer, threading.Event]]:
    """An index that never sends a wheel to pip, and an event that is set when pip has requested one."""
    asked, end = threading.Event(), threading.Event()
    with serving(IndexServer(wheels)) as server:

        def hold(path: str) -> None:
            if path.endswith(".whl") and server.paths("pip/"):
                asked.set()
                end.wait(PATIENCE)

        server.override = hold
        try:
            yield server, asked
        finally:
            end.set()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_install_ends_with_130_and_leaves_no_file_or_process(
    number: signal.Signals, tool: Tool, wheels: Path, target: Path
) -> None:
    """Half-way: the wheel is being downloaded."""
    with _held_download(wheels) as (server, asked):
        process = tool.popen("install", "helper", "-i", server.url, "--python", target, start_new_session=True)
        assert asked.wait(PATIENCE)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, stdout + stderr
    assert error_code(stderr) == "interrupted"
    assert "Traceback" not in stderr
    assert list(tool.temporary.iterdir()) == []
    assert _processes_of(target) == []


def test_a_terminal_that_is_closed_ends_all(tool: Tool, wheels: Path, target: Path) -> None:
    """The system sends SIGHUP to the whole group, pip included."""
    with _held_download(wheels) as (server, asked):
        process = tool.popen("install", "helper", "-i", server.url, "--python", target, start_new_session=True)
        assert asked.wait(PATIENCE)
        os.killpg(process.pid, signal.SIGHUP)
        stdout, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, stdout + stderr
    assert "Traceback" not in stderr
    assert list(tool.temporary.iterdir()) == []
    assert _processes_of(target) == []


def test_nohup_goes_on(tool: Tool, wheels: Path, target: Path) -> None:
    with serving(IndexServer(wheels)) as server:
        hung_up = threading.Event()

        def hang_up(path: str) -> None:
            if path.endswith(".whl") and server.paths("pip/") and not hung_up.is_set():
                hung_up.set()
                os.killpg(process.pid, signal.SIGHUP)

        server.override = hang_up
        command = [sys.executable, "-m", "dualvariant", "install", "helper", "-i", server.url, "--python", str(target)]
        process = subprocess.Popen(
            ["nohup", *command],
            env=tool.environment,
            cwd=tool.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        output, _ = process.communicate(timeout=PATIENCE)
    assert hung_up.is_set()
    assert process.returncode == 0, output


def test_pip_does_not_outlive_us(tool: Tool, wheels: Path, target: Path) -> None:
    """After ``kill -9`` there is no view any more: pip is interrupted, and its temporary files are the next run's."""
    tool.environment["PIP_DEFAULT_TIMEOUT"] = "1000"  # pip itself would wait longer than this test
    with _held_download(wheels) as (server, asked):
        process = tool.popen("install", "helper", "-i", server.url, "--python", target)
        assert asked.wait(PATIENCE)
        process.kill()
        process.communicate(timeout=PATIENCE)  # pip has the same pipes: they end with it
        assert wait_until(lambda: _processes_of(target) == [])
    assert len(list(tool.temporary.iterdir())) <= 1
    tool("install", "helper", "--no-index", "-f", wheels, "--python", target)
    assert list(tool.temporary.iterdir()) == []


def test_an_engine_that_is_killed_leaves_no_file(tool: Tool, wheels: Path, target: Path) -> None:
    with _held_download(wheels) as (server, asked):
        process = tool.popen("install", "helper", "-i", server.url, "--python", target)
        assert asked.wait(PATIENCE)
        for pid in _processes_of(target):
            os.kill(pid, signal.SIGKILL)
        stdout, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + 9, stdout + stderr
    assert list(tool.temporary.iterdir()) == []


def _processes_of(target: Path) -> list[int]:
    """The processes that run the target's interpreter."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if command[0] == str(target).encode():
            found.append(int(entry.parent.name))
    return found
