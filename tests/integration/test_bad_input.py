"""Mistakes of users and bad data of indexes: one error with its codes, and the environment is not changed."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import clients
import samples
from processes import PATIENCE
from servers import IndexServer, serving
from tool import Tool

LEVEL = "x86_64 :: level :: {}"


@pytest.fixture
def wheels(tmp_path: Path, tool: Tool) -> Path:
    """An indexed folder with ``demo`` 1.0: a standard wheel and a v3 variant."""
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0")
    samples.make_wheel(folder, "demo", "1.0", properties=[LEVEL.format("v3")])
    tool("index", folder)
    return folder


def assert_refused(tool: Tool, code: int, error: str, *quoted: str, arguments: list[str | Path]) -> None:
    """Run the command; it ends with one error, and the installer has not started.

    Args:
        tool: the command.
        code: the expected exit code.
        error: the expected code of the error.
        quoted: names, paths and values that the message or the next step must quote.
        arguments: the command's arguments.
    """
    result = tool(*arguments, code=code, error=error)
    assert result.stdout == ""
    assert result.stderr.count("dualvariant: error:") == 1, result.stderr
    for text in quoted:
        assert text in result.stderr, result.stderr


def assert_standard_or_refused(tool: Tool, error: str, *quoted: str, arguments: list[str | Path]) -> None:
    """Install: as with pip, the standard wheel; what is wrong with the variants is a warning, or an error by --strict.

    Args:
        tool: the command.
        error: the expected code of the error.
        quoted: what the warning and the error must quote.
        arguments: the command's arguments.
    """
    assert_refused(tool, 5, error, *quoted, arguments=[*arguments, "--strict"])
    result = tool(*arguments, "--json")
    (project,) = json.loads(result.stdout)["projects"]
    assert [c["dialect"] for c in project["candidates"] if c["verdict"] == "chosen"] == ["standard"]
    assert "dualvariant: warning:" in result.stderr
    for text in quoted:
        assert text in result.stderr, result.stderr


@pytest.mark.parametrize("text", ["not json", "[]", '{"schema": "other/1", "variants": {}}', '{"schema": 1}'])
def test_a_file_that_is_not_index_metadata(text: str, tool: Tool, wheels: Path, target: Path) -> None:
    (wheels / "demo-1.0~variants.json").write_text(text)
    assert_standard_or_refused(
        tool,
        "unusable-variants",
        "demo-1.0~variants.json",
        arguments=["install", "demo", "--no-index", "-f", wheels, "--python", target],
    )
    # It does not matter to a user who wants no variants.
    tool("install", "demo", "--no-index", "-f", wheels, "--python", target, "--no-variant")


def test_index_metadata_whose_hash_is_not_that_of_its_properties(tool: Tool, wheels: Path, target: Path) -> None:
    path = wheels / "demo-1.0~variants.json"
    document = json.loads(path.read_text())
    (label,) = document["variants"]
    document["variants"] = {label: [LEVEL.format("v2")]}
    path.write_text(json.dumps(document))
    assert_standard_or_refused(
        tool,
        "unusable-variants",
        f"variants.{label}",
        arguments=["install", "demo", "--no-index", "-f", wheels, "--python", target],
    )


def test_an_entry_without_a_wheel_and_a_wheel_without_an_entry(tool: Tool, wheels: Path, target: Path) -> None:
    """Uploads are not atomic."""
    path = wheels / "demo-1.0~variants.json"
    document = json.loads(path.read_text())
    document["variants"] = json.loads(path.read_text())["variants"]
    document["variants"]["36266d4d"] = sorted(samples.HAL9000)
    path.write_text(json.dumps(document))
    samples.make_wheel(wheels, "demo", "1.0", properties=[LEVEL.format("v4")])
    result = tool("explain", "demo", "--no-index", "-f", wheels, "--profile", tool.level("v4"), "--python", target)
    assert "  chosen    demo-1.0~" in result.stdout
    assert LEVEL.format("v4") in result.stdout.split("  chosen  ")[1]


def test_a_dependency_whose_metadata_is_unusable_is_a_warning(tool: Tool, wheels: Path, target: Path) -> None:
    """Its standard wheel is installed, and a warning names the file."""
    samples.make_wheel(wheels, "needy", "1.0", requires=["demo"])
    (wheels / "demo-1.0~variants.json").write_text("not json")
    result = tool("install", "needy", "--no-index", "-f", wheels, "--python", target)
    assert "demo-1.0~variants.json" in result.stderr
    (found,) = [
        d for d in json.loads(tool("list", "--all", "--python", target, "--json").stdout) if d["name"] == "demo"
    ]
    assert found["dialect"] == "standard"


def test_a_changed_index_metadata_file_is_not_used(tool: Tool, wheels: Path, target: Path) -> None:
    """The page lists its sha256."""
    path = wheels / "demo-1.0~variants.json"
    path.write_text(path.read_text() + "\n")
    arguments: list[str | Path] = ["install", "demo", "-i", wheels / "simple", "--python", target]
    assert_standard_or_refused(tool, "unusable-variants", path.name, "sha256", arguments=arguments)


def test_a_chosen_wheel_that_is_cut_off(tool: Tool, wheels: Path, target: Path) -> None:
    (wheel,) = wheels.glob("demo-1.0~*.whl")
    wheel.write_bytes(wheel.read_bytes()[:200])
    assert_standard_or_refused(
        tool,
        "unusable-wheel",
        wheel.name,
        arguments=["install", "demo", "-i", wheels / "simple", "--python", target, "--profile", tool.level("v3")],
    )


def test_a_cut_off_wheel_without_metadata_is_excluded_alone(tool: Tool, wheels: Path, target: Path) -> None:
    (wheels / "demo-1.0~variants.json").unlink()
    bad = samples.make_wheel(wheels, "demo", "1.0", properties=[LEVEL.format("v4")])
    bad.write_bytes(bad.read_bytes()[:200])
    result = tool(
        "explain", "demo", "--no-index", "-f", wheels, "--profile", tool.level("v4"), "--python", target, "--json"
    )
    (project,) = json.loads(result.stdout)["projects"]
    verdicts = {c["filename"]: (c["verdict"], c["reason"]) for c in project["candidates"]}
    assert verdicts[bad.name][0] == "rejected" and bad.name in verdicts[bad.name][1]
    assert project["candidates"][0]["properties"] == [LEVEL.format("v3")]


def test_a_wheel_whose_metadata_and_file_name_disagree(tool: Tool, wheels: Path, target: Path) -> None:
    (wheel,) = wheels.glob("demo-1.0~*.whl")
    label = wheel.name.partition("~")[2][:8]
    wrong = wheel.with_name(wheel.name.replace(label, "00000000"))
    wheel.rename(wrong)
    (wheels / "demo-1.0~variants.json").unlink()
    (wheels / "demo-1.0-py3-none-any.whl").unlink()
    assert_refused(
        tool,
        5,
        "unusable-wheel",
        label,
        wrong.name,
        arguments=["install", "demo", "--no-index", "-f", wheels, "--python", target],
    )


def test_only_variants_that_do_not_fit(tool: Tool, wheels: Path, target: Path) -> None:
    (wheels / "demo-1.0-py3-none-any.whl").unlink()
    samples.make_wheel(wheels, "demo", "1.0", properties=["gpu :: arch :: sm90"])
    assert_refused(
        tool,
        3,
        "nothing-fits",
        "'x86_64 :: level :: v3'",
        "'gpu :: arch :: sm90'",
        arguments=["install", "demo", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v2")],
    )


@pytest.mark.parametrize(
    ("arguments", "error", "quoted"),
    [
        (["demo", "--provider-priority", "x86_46"], "unknown-name", ["'x86_46'", "'x86_64'"]),
        (["demo =="], "invalid-requirement", ["'demo =='"]),
        (["demo>1,,2"], "invalid-requirement", ["'demo>1,,2'"]),
        (["./nowhere"], "unreadable-file", ["'./nowhere'"]),
        (["gone-1.0-py3-none-any.whl"], "unreadable-file", ["'gone-1.0-py3-none-any.whl'"]),
        (["demo", "--no-such-option"], "unknown-option", ["'--no-such-option'", "'--'"]),
        (["demo", "--indx-url", "x"], "unknown-option", ["'--indx-url'", "'--index-url'"]),
        ([], "nothing-to-do", ["-r"]),
        (["demo", "--variant", "="], "usage", ["--variant"]),
        (["demo", "--variant", "v", "--no-variant"], "conflicting-options", ["--variant", "--no-variant"]),
        (["demo", "--", "--extra-index-url", "http://x"], "refused-option", ["--extra-index-url", "'--'"]),
        (["demo", "--", "-ihttp://x"], "refused-option", ["-ihttp://x"]),
        (["demo", "--", "-r", "x.txt"], "refused-option", ["-r", "'--'"]),
        (["-r", "gone.txt"], "unreadable-file", ["'gone.txt'"]),
        (["demo", "--python", "/nowhere/python"], "no-interpreter", ["'/nowhere/python'"]),
        (["demo", "--profile", "/nowhere.json"], "unreadable-file", ["'/nowhere.json'"]),
    ],
)
def test_usage(arguments: list[str], error: str, quoted: list[str], tool: Tool, wheels: Path, target: Path) -> None:
    position = arguments.index("--") if "--" in arguments else len(arguments)
    named: list[str | Path] = [] if "--python" in arguments else ["--python", target]
    options: list[str | Path] = ["--no-index", "-f", wheels, *named]
    if "--profile" not in arguments:
        options += ["--profile", tool.level("v3")]
    assert_refused(
        tool, 2, error, *quoted, arguments=["install", *arguments[:position], *options, *arguments[position:]]
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", ""),
        ("[]", ""),
        ("{}", "schema"),
        ('{"schema": "dualvariant/profile/1", "providers": [{"provider": 7, "configs": []}]}', "providers[0]"),
        (
            '{"schema": "dualvariant/profile/1", "providers": [{"provider": "a", "configs": [{"key": "k"}]}]}',
            "providers[0].configs[0]",
        ),
    ],
)
def test_a_file_that_is_not_a_profile(text: str, place: str, tool: Tool, wheels: Path, target: Path) -> None:
    path = tool.home / "bad.json"
    path.write_text(text)
    assert_refused(
        tool,
        5,
        "bad-data",
        place,
        str(path),
        "dualvariant host --json",
        arguments=["install", "demo", "--no-index", "-f", wheels, "--python", target, "--profile", path],
    )


def test_a_program_that_is_not_an_interpreter(tool: Tool, wheels: Path) -> None:
    assert_refused(
        tool,
        2,
        "no-interpreter",
        "'/bin/true'",
        arguments=["install", "demo", "--no-index", "-f", wheels, "--python", "/bin/true"],
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("variant.toml", "not toml ="),
        ("pyproject.toml", f"x = {'[' * 1500}"),
        ("pyproject.toml", "[tool.variantlib]\nprovider_priority = 7\n"),
        ("variant.toml", '[variantlib]\nprovider_priority = "x86_64"\n'),
        ("variant.toml", '[variantlib]\nprovider-priority = ["x86_64"]\n'),
    ],
)
def test_settings_that_cannot_be_used_are_a_note(name: str, text: str, tool: Tool, wheels: Path, target: Path) -> None:
    """pip would install: nobody has asked for these files."""
    (tool.home / name).write_text(text)
    result = tool("install", "demo", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3"))
    assert result.stderr.count(name) == 1
    assert json.loads(tool("list", "--python", target, "--json").stdout)[0]["name"] == "demo"


def test_an_unknown_provider_in_a_shared_file_is_a_note(tool: Tool, wheels: Path, target: Path) -> None:
    (tool.home / "variant.toml").write_text('[variantlib]\nprovider_priority = ["turbo", "x86_64"]\n')
    result = tool("install", "demo", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3"))
    assert result.stderr.count("turbo") == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((401, {}, b"no"), "index-login-required"),
        ((500, {}, b"no"), "index-status"),
        ((200, {"Content-Type": "application/vnd.pypi.simple.v1+json"}, b"garbage"), "invalid-index-page"),
        ((200, {"Content-Type": "application/vnd.pypi.simple.v1+json"}, b'{"files": [7]}'), "invalid-index-page"),
        ((302, {"Location": "/simple/demo/"}, b""), "index-redirect"),
    ],
    ids=["401", "500", "not JSON", "not a page", "redirect loop"],
)
def test_an_index_that_does_not_work(
    answer: tuple[int, dict[str, str], bytes], error: str, tool: Tool, wheels: Path, target: Path
) -> None:
    tool.environment["PIP_RETRIES"] = "0"
    with serving(IndexServer(wheels)) as server:
        server.override = lambda path: answer
        assert_refused(
            tool, 5, error, "/simple/demo/", arguments=["install", "demo", "-i", server.url, "--python", target]
        )


def test_file_names_on_a_page_with_slashes_and_control_characters(tool: Tool, wheels: Path, target: Path) -> None:
    """Such files are passed over, and their names are not printed."""
    page = (
        b'<a href="../../files/demo-9.0-py3-none-any.whl%2F..%2F..%2Fevil.whl">x</a>'
        b'<a href="../../files/demo-9.0%1b%5b31m-py3-none-any.whl">x</a>'
        b'<a href="../../files/demo-1.0-py3-none-any.whl">x</a>'
    )
    with serving(IndexServer(wheels)) as server:
        server.override = lambda path: (
            (200, {"Content-Type": "text/html"}, page) if path.startswith("/simple") else None
        )
        result = tool("install", "demo", "-i", server.url, "--python", target)
        assert "\x1b" not in result.stderr
        shown = tool("explain", "demo", "-i", server.url, "--python", target)
        assert "\x1b" not in shown.stdout and "evil" not in shown.stdout


def test_output_into_a_closed_pipe_is_no_error(tool: Tool, wheels: Path, target: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = tool.popen("explain", "demo", "--no-index", "-f", wheels, "--python", target, stdout=writing)
    os.close(writing)
    _, stderr = command.communicate(timeout=PATIENCE)
    assert stderr == ""


def _unwritable(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o500)


def _a_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("in the way")


@pytest.mark.parametrize("spoil", [_unwritable, _a_file])
def test_a_cache_that_cannot_be_used_only_costs_time(
    spoil: Callable[[Path], None], tool: Tool, wheels: Path, target: Path
) -> None:
    cache = tool.home / "cache"
    spoil(cache)
    with serving(IndexServer(wheels)) as server:
        for _ in range(2):
            variables = {"DUALVARIANT_CACHE_DIR": str(cache)}
            tool("install", "demo", "-i", server.url, "--python", target, environment=variables)


def test_a_full_disk_ends_with_the_code_of_pip_and_leaves_no_temporary_file(
    tool: Tool, wheels: Path, target: Path
) -> None:
    """The folder to install into is a file system without room for a file."""
    full = tool.home / "full"
    full.mkdir()
    script = f'mount -t tmpfs -o nr_inodes=1 none {full} && exec "$@"'
    namespace = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    if subprocess.run([*namespace, "true"], capture_output=True).returncode != 0:
        pytest.skip("no private mount namespace here")
    command = [*namespace, sys.executable, "-m", "dualvariant", "install", "demo"]
    result = tool.run(*command, "--no-index", "-f", wheels, "--python", target, "--target", full / "x", code=2)
    assert os.strerror(errno.ENOSPC) in result.stderr
    assert list(tool.temporary.iterdir()) == []


@pytest.mark.parametrize("engine", ["pip", "uv"])
@pytest.mark.parametrize("size", ["size=4k", "ro"])
@pytest.mark.parametrize("what", ["cache", "state", "config"])
def test_a_full_or_read_only_directory_of_ours_does_not_prevent_an_install(
    what: str, size: str, engine: str, tool: Tool, wheels: Path, target: Path
) -> None:
    place = tool.home / what
    place.mkdir()
    variable = {"cache": "XDG_CACHE_HOME", "state": "XDG_STATE_HOME", "config": "XDG_CONFIG_HOME"}[what]
    fill = f"dd if=/dev/zero of={place}/filler bs=4k count=1 2>/dev/null" if size != "ro" else ":"
    command = _in_namespace(f'mount -t tmpfs -o {size} none {place} && {fill}; exec "$@"')
    tool.environment[variable] = str(place)
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    command += [sys.executable, "-m", "dualvariant", "install", "demo", "--engine", engine]
    command += ["--no-index", "-f", str(wheels), "--python", str(target), "--profile", str(tool.level("v3"))]
    if engine == "uv" and what == "cache":
        command += ["--", "--no-cache"]  # uv itself needs a cache that works
    result = tool.run(*command)
    assert "Traceback" not in result.stderr
    (found,) = json.loads(tool("list", "--python", target, "--json").stdout)
    assert found["properties"] == [LEVEL.format("v3")]


def test_a_full_temporary_directory_is_passed_over(tool: Tool, wheels: Path, target: Path) -> None:
    """Python takes the next one that works, and none of our files is left in the full one."""
    fill = f"dd if=/dev/zero of={tool.temporary}/filler bs=4k count=1 2>/dev/null"
    command = _in_namespace(
        f'mount -t tmpfs -o size=4k none {tool.temporary} && {fill}; "$@"; code=$?; ls {tool.temporary}; exit $code'
    )
    command += [sys.executable, "-m", "dualvariant", "install", "demo"]
    command += ["--no-index", "-f", str(wheels), "--python", str(target)]
    result = tool.run(*command)
    assert result.stdout.splitlines()[-1] == "filler"
    (found,) = json.loads(tool("list", "--all", "--python", target, "--json").stdout)[:1]
    assert (found["name"], found["version"]) == ("demo", "1.0")


def _in_namespace(script: str) -> list[str]:
    namespace = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    if subprocess.run([*namespace[:4], "true"], capture_output=True).returncode != 0:
        pytest.skip("no private mount namespace here")
    return namespace


MISTAKES = {
    "an unknown option": "--no-such-option\ndemo\n",
    "an option without its value": "demo\n--index-url\n",
    "an open quote": "demo --config-settings 'x\n",
    "a bad specifier": "demo=>1\n",
    "a bad marker": "demo; python_version >> '3'\n",
    "a bad hash": "demo==1.0 --hash=none\n",
    "a hash of another kind": "demo==1.0 --hash=md7:00\n",
    "a missing nested file": "-r gone.txt\n",
    "a file that names itself": "-r requirements.txt\ndemo\n",
    "a path that is none": "./nowhere\n",
    "two of one name": "demo==1.0\ndemo==2.0\n",
    "an option of the command line": "demo --user\n",
    "control characters": "demo\x00\x1b[31m\n",
    "no text at all": "\x00\x01\x02",
    "a url that is none": "demo @ http://[::1\n",
    "a variable that is not set": "${NOT_SET_ANYWHERE}\n",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_requirement_file_with_a_mistake_ends_as_it_does_in_pip(
    name: str, tool: Tool, wheels: Path, target: Path
) -> None:
    (tool.home / "requirements.txt").write_text(MISTAKES[name])
    place: list[str | Path] = ["-r", "requirements.txt", "--no-index", "-f", wheels]
    alone = subprocess.run(
        [target, "-m", "pip", "install", *place], env=tool.environment, cwd=tool.home, capture_output=True, text=True
    )
    process = tool.popen("install", *place, "--python", target)
    _, stderr = process.communicate(timeout=PATIENCE)
    assert (process.returncode == 0) == (alone.returncode == 0), stderr
    assert "\x1b" not in stderr or "\x1b" in alone.stderr  # what pip prints is not ours
    if "Traceback" not in alone.stderr:
        assert "Traceback" not in stderr
