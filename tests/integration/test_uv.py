"""uv as the engine, in real environments and with a real cache."""

from __future__ import annotations

import json
import os
import socket
import stat
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import clients
import samples
from messages import error_code
from processes import PATIENCE
from servers import IndexServer, serving
from tool import Tool

LEVEL = "x86_64 :: level :: {}"

pytestmark = pytest.mark.usefixtures("uv_on_path")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The interpreter of an environment without pip, as ``uv venv`` makes them."""
    return clients.make_target(tmp_path / "bare", pip=None)


@pytest.fixture
def decoys(tmp_path: Path) -> Path:
    """Newer releases of everything, for a source that must not be read."""
    folder = tmp_path / "decoys"
    for name in ("demo", "helper", "plain"):
        samples.make_wheel(folder, name, "9.0")
    return folder


def installed(target: Path, tool: Tool) -> dict[str, str]:
    """Project → version and what its variant needs, by ``dualvariant list``."""
    shown = json.loads(tool("list", "--all", "--python", target, "--json").stdout)
    return {d["name"]: " ".join([d["version"], *[p.rpartition(" ")[2] for p in d["properties"]]]) for d in shown}


def kept_address(tool: Tool, state: Path | None = None) -> Path:
    return (state or tool.home / ".local" / "state") / "dualvariant" / "view.json"


# --- what it installs


def test_a_variant_and_its_dependency_as_variants(tool: Tool, wheels: Path, bare: Path) -> None:
    with serving(IndexServer(wheels)) as server:
        options: list[str | Path] = ["-i", server.url, "--python", bare, "--profile", tool.level("v3")]
        result = tool("install", "demo", "plain", "--engine", "uv", *options)
        assert installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0 v3", "plain": "3.0"}
        for wheel in ("demo-1.0~*", "helper-2.0~*"):
            labels = {path.name.partition("~")[2][:8] for path in wheels.glob(wheel)}
            assert any(label in result.stderr for label in labels)
        # uv itself fetches files from an http index, but no page.
        asked = {path.partition("~")[0].partition("-")[0] for path in server.paths("uv/")}
        assert asked == {"/files/demo", "/files/helper", "/files/plain"}


def test_only_options_exchange_an_installed_variant(tool: Tool, wheels: Path, bare: Path) -> None:
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", bare, "--engine", "uv"]
    v2, v4 = tool.level("v2"), tool.level("v4")
    tool("install", "demo", *options, "--profile", v2)
    result = tool("install", "demo", *options, "--profile", v4)
    assert "--force-reinstall" in result.stderr
    assert installed(bare, tool) == {"demo": "1.0 v2", "helper": "2.0 v2"}
    tool("install", "demo", *options, "--profile", v4, "--variant", LEVEL.format("v3"))
    assert installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0 v2"}
    tool("install", "demo", *options, "--no-variant")
    assert installed(bare, tool) == {"demo": "1.0", "helper": "2.0 v2"}
    tool("install", "demo", *options, "--profile", v4, "--variant", f"helper={LEVEL.format('v3')}", "--force-reinstall")
    assert installed(bare, tool) == {"demo": "1.0 v4", "helper": "2.0 v3"}


def test_nothing_stays_open(tool: Tool, wheels: Path, bare: Path) -> None:
    """Where Python's warnings are errors, a pipe that nobody closes shows a traceback."""
    tool.environment["PYTHONWARNINGS"] = "error"
    tool("install", "demo", "--no-index", "-f", wheels, "--python", bare, "--engine", "uv")


def test_a_dry_run_installs_nothing(tool: Tool, wheels: Path, bare: Path) -> None:
    result = tool("install", "demo", "--no-index", "-f", wheels, "--python", bare, "--engine", "uv", "--dry-run")
    assert {"demo==1.0", "helper==2.0"} <= set(result.stderr.split())
    assert installed(bare, tool) == {}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--", "--no-deps"], {"demo": "1.0 v3"}),
        (["--no-deps", "-q"], {"demo": "1.0 v3"}),
        (["-U", "--pre", "--only-binary", ":all:"], {"demo": "1.0 v3", "helper": "2.0 v3"}),
        (["--only-binary", "demo,helper"], {"demo": "1.0 v3", "helper": "2.0 v3"}),
        (["-I"], {"demo": "1.0 v3", "helper": "2.0 v3"}),
    ],
)
def test_options_of_pip_that_uv_has_too(
    options: list[str], expected: dict[str, str], tool: Tool, wheels: Path, bare: Path
) -> None:
    place: list[str | Path] = ["--no-index", "-f", wheels, "--python", bare, "--profile", tool.level("v3")]
    tool("install", "demo", "--engine", "uv", *place, *options)
    assert installed(bare, tool) == expected


def test_requirement_and_constraint_files(tool: Tool, wheels: Path, bare: Path, tmp_path: Path) -> None:
    """dualvariant reads the index that a file names; uv does not."""
    samples.make_wheel(wheels, "helper", "2.1", properties=[LEVEL.format("v3")])
    (tmp_path / "limits.txt").write_text("helper<2.1\n")
    (tmp_path / "more.txt").write_text("plain ; python_version > '3'\nabsent ; python_version < '3'\n")
    with serving(IndexServer(wheels)) as server:
        text = f"--index-url {server.url}\n-c limits.txt\n-r more.txt\ndemo  # the payload\n"
        (tmp_path / "needs.txt").write_text(text)
        options: list[str | Path] = ["--python", bare, "--profile", tool.level("v3"), "--engine", "uv"]
        tool("install", "-r", tmp_path / "needs.txt", *options)
        assert installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0 v3", "plain": "3.0"}
        assert [path for path in server.paths("uv/") if path.startswith("/simple")] == []


def test_hashes_of_a_requirement_file_are_those_of_the_variant(
    tool: Tool, wheels: Path, bare: Path, tmp_path: Path
) -> None:
    from dualvariant.core.files import sha256_of

    listed = {str(sha256_of(path)): path for path in wheels.glob("helper-*.whl")}
    lines = " ".join(f"--hash=sha256:{digest}" for digest in listed)
    (tmp_path / "needs.txt").write_text(f"helper==2.0 {lines}\n")
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", bare, "--engine", "uv", "--require-hashes"]
    tool("install", "-r", tmp_path / "needs.txt", *options, "--profile", tool.level("v3"))
    assert installed(bare, tool) == {"helper": "2.0 v3"}


def test_a_local_variant_wheel(tool: Tool, wheels: Path, bare: Path, tmp_path: Path) -> None:
    wheel = samples.make_wheel(tmp_path / "local", "solo", "1.0", properties=[LEVEL.format("v3")])
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", bare, "--engine", "uv"]
    tool("install", wheel, *options, "--profile", tool.level("v2"), code=3, error="does-not-fit")
    tool("install", wheel, *options, "--profile", tool.level("v3"))
    assert installed(bare, tool) == {"solo": "1.0 v3"}


def test_an_index_with_credentials_is_passed_through(tool: Tool, wheels: Path, bare: Path) -> None:
    import base64

    expected = "Basic " + base64.b64encode(b"me:secret").decode()
    with serving(IndexServer(wheels)) as server:

        def guard(path: str) -> tuple[int, dict[str, str], bytes] | None:
            return None if server.requests[-1][1].get("authorization") == expected else (401, {}, b"who are you")

        server.override = guard
        url = server.url.replace("http://", "http://me:secret@")
        options: list[str | Path] = ["-i", url, "--python", bare, "--profile", tool.level("v3"), "--engine", "uv"]
        result = tool("install", "demo", "plain", *options)
        assert installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0 v3", "plain": "3.0"}
        assert "secret" not in result.stdout + result.stderr
        assert server.paths("uv/") == []


# --- when it is the engine, and when it cannot be


def installer_of(target: Path) -> str:
    """The installer of ``plain``, as its INSTALLER file names it."""
    (info,) = target.parents[1].glob("lib/python3*/site-packages/plain-3.0.dist-info")
    return (info / "INSTALLER").read_text().strip()


def test_it_is_not_the_engine_where_nobody_asked_for_it(tool: Tool, wheels: Path, bare: Path) -> None:
    """Not even where the target has no pip: our own installs, and uv's sources, which do not count, are named."""
    (tool.home / "uv.toml").write_text('find-links = ["./decoys"]\n')
    environment = {"UV_INDEX_URL": "http://127.0.0.1:9/simple"}
    result = tool("install", "plain", "--no-index", "-f", wheels, "--python", bare, environment=environment)
    assert installer_of(bare) == "pip"
    (note,) = [line for line in result.stderr.splitlines() if "--engine uv" in line]
    assert "UV_INDEX_URL" in note and "configuration files" in note
    assert "127.0.0.1:9" not in result.stderr


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (None, "uv"),
        ("variant.toml", '[variantlib]\nengine = "uv"\n'),
        ("pyproject.toml", '[tool.variantlib]\nengine = "uv"\n'),
        (".config/dualvariant/variant.toml", '[variantlib]\nengine = "uv"\n'),
    ],
)
def test_settings_that_ask_for_it(place: str | None, text: str, tool: Tool, wheels: Path, bare: Path) -> None:
    if place is None:
        tool.environment["DUALVARIANT_ENGINE"] = text
    else:
        (tool.home / place).parent.mkdir(parents=True, exist_ok=True)
        (tool.home / place).write_text(text)
    tool("install", "plain", "--no-index", "-f", wheels, "--python", bare)
    assert installer_of(bare) == "uv"
    tool("install", "plain", "--no-index", "-f", wheels, "--python", bare, "--engine", "pip", "--force-reinstall")
    assert installer_of(bare) == "pip"


def test_a_setting_that_asks_for_no_installer(tool: Tool, wheels: Path, bare: Path) -> None:
    tool.environment["DUALVARIANT_ENGINE"] = "poetry"
    tool("install", "plain", "--no-index", "-f", wheels, "--python", bare, code=2, error="invalid-setting")


def test_our_own_pip_writes_verdicts(tool: Tool, wheels: Path, bare: Path) -> None:
    """--json needs pip's report, which is what a target without pip gets unless uv is asked for."""
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", bare, "--profile", tool.level("v3")]
    document = json.loads(tool("install", "demo", *options, "--json").stdout)
    assert [project["name"] for project in document["projects"]] == ["demo", "helper"]
    assert installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0 v3"}


@pytest.mark.parametrize(
    ("options", "lacking"),
    [
        (["--json"], "--json"),
        (["--user"], "--user"),
        (["--root", "there"], "--root"),
        (["--", "--root=there"], "--root"),
        (["--report", "it.json"], "--report"),
        (["--upgrade-strategy", "eager"], "--upgrade-strategy"),
    ],
)
def test_an_option_that_uv_lacks_is_an_error_before_it_starts(
    options: list[str], lacking: str, tool: Tool, wheels: Path, bare: Path
) -> None:
    place: list[str | Path] = ["--no-index", "-f", wheels, "--python", bare]
    result = tool("install", "plain", "--engine", "uv", *place, *options, code=2, error="engine-lacks-option")
    assert lacking in result.stderr and "--engine pip" in result.stderr
    if lacking == "--json":
        error = json.loads(result.stdout)["error"]
        assert (error["code"], error["next"]) == ("engine-lacks-option", "--engine pip")
    else:
        assert result.stdout == ""
    assert installed(bare, tool) == {}


def test_without_uv(tool: Tool, wheels: Path, bare: Path, tmp_path: Path) -> None:
    """Another Python's command, so that there is no uv beside it."""
    elsewhere = clients.make_target(tmp_path / "elsewhere", pip=None)
    (site,) = (tmp_path / "elsewhere").glob("lib/python3*/site-packages")
    (site / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    folders = tool.environment["PATH"].split(os.pathsep)
    tool.environment["PATH"] = os.pathsep.join(f for f in folders if not Path(f, "uv").exists())
    command: list[str | Path] = ["-m", "dualvariant", "install", "plain", "--no-index", "-f", wheels, "--python", bare]
    result = tool.run(elsewhere, *command, "--engine", "uv", code=2)
    assert error_code(result.stderr) == "engine-not-found" and "'pip install uv'" in result.stderr
    tool.run(elsewhere, *command)  # with our pip
    assert installed(bare, tool) == {"plain": "3.0"}


@pytest.mark.parametrize("variable", [None, "UV_PYTHON"])
def test_without_an_active_environment_it_is_that_of_uv(
    variable: str | None, tool: Tool, wheels: Path, bare: Path
) -> None:
    """The one that uv alone installs into."""
    environment = bare.parents[1] if variable else clients.make_target(tool.home / ".venv", pip=None).parents[1]
    tool.environment.update({variable: str(environment)} if variable else {})
    place: list[str | Path] = ["--no-index", "-f", wheels]
    tool.run(clients.uv(), "pip", "install", *place, "plain")
    python = environment / "bin" / "python"
    assert installed(python, tool) == {"plain": "3.0"}
    tool("install", "demo", "--engine", "uv", *place, "--profile", tool.level("v3"))
    assert installed(python, tool)["demo"] == "1.0 v3"


def test_its_exit_code_is_passed_on(tool: Tool, wheels: Path, bare: Path) -> None:
    limits = tool.home / "limits.txt"
    limits.write_text("helper==99\n")  # a dependency of demo
    options: list[str | Path] = ["-c", limits, "--no-index", "-f", wheels, "--python", bare, "--engine", "uv"]
    result = tool("install", "demo", *options, code=1)
    assert "helper" in result.stderr and error_code(result.stderr) is None  # the message is uv's


# --- what would bypass the view (its own sources: test_uv_sources.py)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("UV_CONFIG_FILE", "uv.toml"),
        ("UV_NO_INDEX", "1"),
        ("UV_TORCH_BACKEND", "cpu"),
        ("UV_SYSTEM_PYTHON", "1"),
        ("UV_PYTHON", "3.99"),
        ("UV_TARGET", "elsewhere"),
        ("UV_INDEX_STRATEGY", "unsafe-best-match"),
        ("ALL_PROXY", "http://127.0.0.1:9"),
        ("HTTP_PROXY", "http://127.0.0.1:9"),
    ],
)
def test_variables_that_would_bypass_the_view_or_the_target(
    variable: str, value: str, tool: Tool, wheels: Path, bare: Path
) -> None:
    (tool.home / "uv.toml").write_text("find-links = []\n")
    _takes_only_the_view(tool, wheels, bare, {variable: value})


def _takes_only_the_view(tool: Tool, wheels: Path, bare: Path, environment: Mapping[str, str]) -> None:
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", bare, "--profile", tool.level("v3")]
    tool("install", "demo", "plain", "--engine", "uv", *options, environment=environment)
    assert installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0 v3", "plain": "3.0"}


# --- the address, which is the same in each run


def test_port_and_segment_are_kept_for_this_user_only(tool: Tool, wheels: Path, bare: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    tool.environment["XDG_STATE_HOME"] = str(state)
    install: list[str | Path] = ["install", "plain", "--engine", "uv", "--no-index", "-f", wheels, "--python", bare]
    tool(*install)
    kept = kept_address(tool, state)
    first = kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert sorted(path.name for path in kept.parent.iterdir()) == ["locks", "view.json"]
    seen = _index_address(tool, wheels, bare)
    document = json.loads(first)
    assert seen.startswith(f"http://127.0.0.1:{document['port']}/{document['segment']}/")
    assert _index_address(tool, wheels, bare) == seen
    assert kept.read_text() == first


def _index_address(tool: Tool, wheels: Path, bare: Path) -> str:
    """The address of the view in the environment of uv."""
    shim = tool.home / "shim"
    shim.mkdir(exist_ok=True)
    (shim / "uv").write_text(f'#!/bin/sh\necho "$UV_DEFAULT_INDEX" > {shim}/address\nexec {clients.uv()} "$@"\n')
    (shim / "uv").chmod(0o755)
    environment = {"PATH": f"{shim}{os.pathsep}{tool.environment['PATH']}"}
    options: list[str | Path] = ["--engine", "uv", "--no-index", "-f", wheels, "--python", bare]
    tool("install", "plain", *options, environment=environment)
    return (shim / "address").read_text().strip()


def test_an_address_that_others_may_read_is_not_used(tool: Tool, wheels: Path, bare: Path) -> None:
    install: list[str | Path] = ["install", "plain", "--engine", "uv", "--no-index", "-f", wheels, "--python", bare]
    tool(*install)
    kept = kept_address(tool)
    known = json.loads(kept.read_text())
    kept.chmod(0o644)
    tool(*install)
    assert json.loads(kept.read_text())["segment"] != known["segment"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "[]", "null", '{"segment": "../..", "port": 80}', '{"segment": 1, "port": "x"}'])
def test_a_damaged_address_is_replaced(text: str, tool: Tool, wheels: Path, bare: Path) -> None:
    kept = kept_address(tool)
    kept.parent.mkdir(parents=True)
    kept.write_text(text)
    kept.chmod(0o600)
    tool("install", "plain", "--engine", "uv", "--no-index", "-f", wheels, "--python", bare)
    document = json.loads(kept.read_text())
    assert len(document["segment"]) >= 16 and document["port"] > 0


def test_another_port_when_the_kept_one_is_taken(tool: Tool, wheels: Path, bare: Path) -> None:
    seen = _index_address(tool, wheels, bare)
    kept = kept_address(tool)
    document = json.loads(kept.read_text())
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", document["port"]))
        other.listen()
        meanwhile = _index_address(tool, wheels, bare)
    assert f":{document['port']}/" not in meanwhile
    assert meanwhile.split("/")[3:] == seen.split("/")[3:]  # the segment, and the digest of the choice
    assert json.loads(kept.read_text()) == document
    assert _index_address(tool, wheels, bare) == seen


def test_two_at_once_with_one_cache(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    """Each has its own view, and its own wheel."""
    pythons = {level: clients.make_target(tmp_path / f"target-{level}", pip=None) for level in ("v2", "v3", "v4")}
    place: list[str | Path] = ["--engine", "uv", "--no-index", "-f", wheels]
    for _ in range(3):
        running = [
            tool.popen("install", "demo", *place, "--python", python, "--profile", tool.level(level), "-I")
            for level, python in pythons.items()
        ]
        for process in running:
            stdout, stderr = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, stdout + stderr
        for level, python in pythons.items():
            assert installed(python, tool) == {"demo": f"1.0 {level}", "helper": f"2.0 {level}"}


# --- its cache


@pytest.mark.parametrize("kind", ["file", "http", "http without hashes"])
def test_one_cache_and_every_change_that_must_change_the_wheel(
    kind: str, tool: Tool, bare: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "changing"
    samples.make_wheel(folder, "demo", "1.0", body="WHICH = 'standard'\n")
    for level in ("v2", "v3", "v4"):
        samples.make_wheel(folder, "demo", "1.0", properties=[LEVEL.format(level)], body=f"WHICH = {level!r}\n")
    both = [LEVEL.format("v2"), "x86_64 :: avx2 :: on"]
    samples.make_wheel(folder, "demo", "1.0", properties=both, body="WHICH = 'v2+avx2'\n")
    samples.make_wheel(folder, "demo", "1.0", properties=["other :: thing :: on"], body="WHICH = 'other'\n")
    rich = tool.profile("rich", {"x86_64": {"level": ["v4", "v3", "v2"]}, "other": {"thing": ["on"]}})
    mixed = tmp_path / "mixed"
    samples.make_wheel(mixed, "demo", "1.0", properties=[LEVEL.format("v4")], body="WHICH = 'v4 of another source'\n")

    with serving(IndexServer(folder, hashes=kind == "http")) as server:
        place: list[str | Path] = ["--no-index", "-f", folder] if kind == "file" else ["-i", server.url]

        def take(*options: str | Path, place: Sequence[str | Path] = place) -> str:
            tool("install", "demo", *place, "--python", bare, "--engine", "uv", "--force-reinstall", *options)
            (module,) = bare.parents[1].glob("lib/python3*/site-packages/demo.py")
            return module.read_text().partition("'")[2].rstrip().rstrip("'")

        v2, v3, v4 = (tool.level(level) for level in ("v2", "v3", "v4"))
        steps: list[tuple[list[str | Path], str]] = [
            (["--profile", v4], "v4"),
            (["--profile", v2], "v2"),
            (["--profile", v3], "v3"),
            (["--no-variant"], "standard"),
            (["--profile", v4, "--variant", LEVEL.format("v2")], "v2"),
            (["--profile", v2, "--variant", LEVEL.format("v4"), "--force"], "v4"),
            (["--profile", tool.level("v1")], "standard"),
            (["--profile", rich], "v4"),
            (["--profile", rich, "--provider-priority", "other"], "other"),
            (["--profile", rich, "--variant", "other :: thing :: on"], "other"),
        ]
        for options, expected in [*steps, *reversed(steps)]:
            assert take(*options) == expected, options

        # Another source has the same file name.
        assert take("--profile", v4, place=["--no-index", "-f", mixed]) == "v4 of another source"
        assert take("--profile", v4) == "v4"

        # The same versions, uploaded again with other content.
        samples.make_wheel(folder, "demo", "1.0", properties=[LEVEL.format("v4")], body="WHICH = 'v4 again'\n")
        assert take("--profile", v4) == "v4 again"
        samples.make_wheel(folder, "demo", "1.0", body="WHICH = 'standard again'\n")
        assert take("--no-variant") == "standard again"
        assert take("--profile", v4) == "v4 again"


def test_the_cache_is_used(tool: Tool, wheels: Path, bare: Path, tmp_path: Path) -> None:
    """The address is the same in each run, so uv fetches no byte of a wheel again for another environment."""
    another = clients.make_target(tmp_path / "another", pip=None)
    with serving(IndexServer(wheels)) as server:

        def lasting(path: str) -> tuple[int, dict[str, str], bytes] | None:
            """Answer as PyPI does: the content under a file's URL does not change."""
            if not path.startswith("/files/"):
                return None
            content = (wheels / path.rpartition("/")[2].replace("%7E", "~")).read_bytes()
            return 200, {"Cache-Control": "max-age=365000000, immutable, public"}, content

        server.override = lasting
        options: list[str | Path] = ["--engine", "uv", "-i", server.url, "--profile", tool.level("v3")]
        tool("install", "demo", *options, "--python", bare)
        before = server.paths("uv/")
        tool("install", "demo", *options, "--python", another)
        assert server.paths("uv/") == before != []
        assert installed(another, tool) == installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0 v3"}


def test_no_temporary_file_is_left(tool: Tool, wheels: Path, bare: Path) -> None:
    options: list[str | Path] = ["--engine", "uv", "--no-index", "-f", wheels, "--python", bare]
    tool("install", "demo", *options)
    tool("install", "demo", *options, "--variant", "00000000", code=3, error="variant-not-found")
    tool("install", "absent", *options, code=3, error="no-such-project")
    (tool.home / "limits.txt").write_text("helper==99\n")
    tool("install", "demo", "-c", "limits.txt", "--force-reinstall", *options, code=1)
    assert list(tool.temporary.iterdir()) == []


def test_uv_reads_the_place_from_its_files(tool: Tool, wheels: Path, bare: Path) -> None:
    """What the environment has already is no reason not to install into the target folder, and stays as it is."""
    options: list[str | Path] = ["--engine", "uv", "--no-index", "-f", wheels, "--python", bare]
    tool("install", "plain", *options)
    (tool.home / "uv.toml").write_text('[pip]\ntarget = "there"\n')
    result = tool("install", "helper", *options, "--profile", tool.level("v3"))
    assert (tool.home / "there" / "helper-2.0.dist-info").is_dir()
    assert "installed helper 2.0" in result.stderr


# --- how it starts


def test_what_only_variants_need_is_imported_for_them_alone(tool: Tool, bare: Path, wheels: Path) -> None:
    """uv is ready at once, so each module that is imported before it starts costs the user its time."""
    rooms = (
        "dualvariant.selection.chooser",
        "variantlib.dialects",
        "variantlib.selection",
        "variantlib.verdict",
        "variantlib.wheel_archive",
    )

    def imported(project: str) -> set[str]:
        command = ["install", "--engine", "uv", "--dry-run", project, "-i", server.url, "--python", str(bare)]
        result = tool(*command, environment={"PYTHONPROFILEIMPORTTIME": "1"})
        return {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}

    with serving(IndexServer(wheels)) as server:
        assert not imported("plain").intersection(rooms)
        assert imported("demo").issuperset(rooms)
