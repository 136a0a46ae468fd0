"""uv's own sources, where uv was asked for: uv alone is run on each case too, and its index servers see the same."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import clients
import samples
from servers import IndexServer, serving
from tool import Tool

V3 = "x86_64 :: level :: v3"
#: The variables that send uv's index for Python's packages to a server of ours: no test asks the real one.
PUBLIC = "UV_DEFAULT_INDEX"


@pytest.fixture
def tool(tool: Tool) -> Tool:
    """The command, with uv on PATH."""
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    tool.environment["UV_HTTP_RETRIES"] = "0"
    return tool


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The interpreter of an environment without pip."""
    return clients.make_target(tmp_path / "bare", pip=None)


@pytest.fixture
def indexes(tmp_path: Path) -> Iterator[dict[str, IndexServer]]:
    """``private`` has ``demo`` 1.0, also as a variant; ``public`` has what an attacker put there: ``demo`` 9.0."""
    samples.make_wheel(tmp_path / "private", "demo", "1.0", requires=["helper"])
    samples.make_wheel(tmp_path / "private", "demo", "1.0", properties=[V3], requires=["helper"])
    samples.make_wheel(tmp_path / "public", "demo", "9.0", requires=["helper"])
    samples.make_wheel(tmp_path / "public", "helper", "2.0")
    samples.make_wheel(tmp_path / "public", "helper", "2.0", properties=[V3])
    with ExitStack() as stack:
        yield {name: stack.enter_context(serving(IndexServer(tmp_path / name))) for name in ("private", "public")}


def resolve_with_uv(tool: Tool, bare: Path, *arguments: str) -> tuple[int, dict[str, str]]:
    """What uv alone would install: its exit code, and project → version."""
    command = [str(clients.uv()), "pip", "install", "--dry-run", "--no-cache", "--python", str(bare), *arguments]
    done = subprocess.run(command, env=tool.environment, cwd=tool.home, capture_output=True, text=True, check=False)
    lines = [line[3:].partition("==") for line in done.stderr.splitlines() if line.startswith(" + ")]
    return done.returncode, {name: version for name, _, version in lines}


def installed(target: Path, tool: Tool) -> dict[str, str]:
    """Project → version and what its variant needs, by ``dualvariant list``."""
    shown = json.loads(tool("list", "--all", "--python", target, "--json").stdout)
    return {d["name"]: " ".join([d["version"], *[p.rpartition(" ")[2] for p in d["properties"]]]) for d in shown}


def asked_pages(indexes: dict[str, IndexServer], agent: str) -> dict[str, set[str]]:
    """The projects that a client asked each server for."""
    return {
        name: {path.split("/")[2] for path in server.paths(agent) if path.startswith("/simple/")}
        for name, server in indexes.items()
    }


#: Files and variables that name the two servers; ``{private}`` and ``{public}`` are their addresses.
CASES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "UV_INDEX": ({}, {"UV_INDEX": "{private}", PUBLIC: "{public}"}),
    "UV_INDEX with a name": ({}, {"UV_INDEX": "corp={private}", PUBLIC: "{public}"}),
    "UV_EXTRA_INDEX_URL": ({}, {"UV_EXTRA_INDEX_URL": "{private}", "UV_INDEX_URL": "{public}"}),
    "several": ({}, {"UV_INDEX": "{private} corp={public}", PUBLIC: "{public}"}),
    "uv.toml": ({"uv.toml": '[[index]]\nurl = "{private}"\n'}, {PUBLIC: "{public}"}),
    "both in uv.toml": (
        {"uv.toml": '[[index]]\nurl = "{public}"\ndefault = true\n[[index]]\nurl = "{private}"\nname = "corp"\n'},
        {},
    ),
    "the user's": ({".config/uv/uv.toml": 'index-url = "{public}"\nextra-index-url = ["{private}"]\n'}, {}),
    "[tool.uv]": (
        {"pyproject.toml": '[project]\nname = "p"\nversion = "1"\n[[tool.uv.index]]\nurl = "{private}"\n'},
        {PUBLIC: "{public}"},
    ),
    "[tool.uv.pip]": ({"pyproject.toml": '[tool.uv.pip]\nextra-index-url = ["{private}"]\n'}, {PUBLIC: "{public}"}),
    "UV_CONFIG_FILE": (
        {"named.toml": '[[index]]\nurl = "{private}"\n', "uv.toml": 'index-url = "{public}"\n'},
        {"UV_CONFIG_FILE": "named.toml", PUBLIC: "{public}"},
    ),
    "UV_NO_CONFIG": (
        {"uv.toml": 'extra-index-url = ["{private}"]\n'},
        {"UV_NO_CONFIG": "1", PUBLIC: "{public}"},
    ),
    "explicit": (
        {"uv.toml": '[[index]]\nname = "corp"\nurl = "{private}"\nexplicit = true\n'},
        {PUBLIC: "{public}"},
    ),
    "unsafe-best-match": ({}, {"UV_INDEX": "{private}", PUBLIC: "{public}", "UV_INDEX_STRATEGY": "unsafe-best-match"}),
    "UV_WORKING_DIR": (
        {"there/uv.toml": '[[index]]\nurl = "{private}"\n', "uv.toml": 'extra-index-url = ["{public}"]\n'},
        {"UV_WORKING_DIR": "there", PUBLIC: "{public}"},
    ),
    "UV_WORKING_DIRECTORY": (
        {"there/uv.toml": '[[index]]\nurl = "{private}"\n', "uv.toml": 'extra-index-url = ["{public}"]\n'},
        {"UV_WORKING_DIRECTORY": "there", PUBLIC: "{public}"},
    ),
    "UV_WORKING_DIR before UV_WORKING_DIRECTORY": (
        {"there/uv.toml": '[[index]]\nurl = "{private}"\n'},
        {"UV_WORKING_DIR": "there", "UV_WORKING_DIRECTORY": ".", PUBLIC: "{public}"},
    ),
    "UV_WORKING_DIR and a named file": (
        {"there/named.toml": '[[index]]\nurl = "{private}"\n', "named.toml": 'extra-index-url = ["{public}"]\n'},
        {"UV_WORKING_DIR": "there", "UV_CONFIG_FILE": "named.toml", PUBLIC: "{public}"},
    ),
    "a file that uv passes over": (
        {"pyproject.toml": '[tool.uv]\nunknown = 1\nextra-index-url = ["{private}"]\n'},
        {PUBLIC: "{public}"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_same_release_from_the_same_index(
    case: str, tool: Tool, bare: Path, indexes: dict[str, IndexServer]
) -> None:
    """Where uv takes the private ``demo``, nobody asks the public index for that name."""
    addresses = {name: server.url for name, server in indexes.items()}
    files, variables = CASES[case]
    for place, text in files.items():
        path = tool.home / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format_map(addresses))
    tool.environment.update({name: value.format_map(addresses) for name, value in variables.items()})

    code, versions = resolve_with_uv(tool, bare, "demo")
    assert code == 0 and versions.keys() == {"demo", "helper"}
    tool("install", "demo", "--engine", "uv", "--python", bare, "--profile", tool.level("v3"))

    expected = {name: f"{version} v3" if version != "9.0" else version for name, version in versions.items()}
    assert installed(bare, tool) == expected
    assert asked_pages(indexes, "dualvariant/") == asked_pages(indexes, "uv/")
    shown = json.loads(tool("explain", "demo", "--engine", "uv", "--json", "--profile", tool.level("v3")).stdout)
    assert [project["version"] for project in shown["projects"]] == [versions["demo"]]


def test_paths_are_relative_to_the_folder_that_uv_goes_to(
    tool: Tool, bare: Path, indexes: dict[str, IndexServer]
) -> None:
    """Those of interpreter, wheels, requirement files, and what these name: the working directory has none of them."""
    there = bare.parent.parent / "there"
    there.mkdir()
    (there / "env").symlink_to(bare.parent.parent)
    (there / "wheels").symlink_to(indexes["private"].folder)
    (there / "more").symlink_to(indexes["public"].folder)
    (there / "asked.txt").write_text("-c limits.txt\n--find-links wheels\n./more/helper-2.0-py3-none-any.whl\ndemo\n")
    (there / "limits.txt").write_text("demo<2\n")
    words = ["--no-index", "-f", "more", "-r", "asked.txt"]
    tool.environment["UV_WORKING_DIR"] = str(there)
    code, versions = resolve_with_uv(tool, Path("env/bin/python"), *words)
    assert code == 0 and versions["demo"] == "1.0" and len(versions) == 2
    profile = tool.level("v3")
    tool("explain", "demo", *words, "--engine", "uv", "--python", "env", "--profile", profile)
    tool("install", *words, "--engine", "uv", "--python", "env", "--profile", profile)
    assert installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0"}


@pytest.mark.parametrize("folder", ["gone", ""])
def test_a_folder_that_uv_cannot_go_to_ends_the_run(folder: str, tool: Tool, bare: Path) -> None:
    tool.environment["UV_WORKING_DIR"] = folder
    assert resolve_with_uv(tool, bare, "demo")[0] == 2
    for command in ("install", "explain"):
        tool(command, "demo", "--engine", "uv", "--python", bare, code=2, error="invalid-setting")
    tool("refit", "--engine", "uv", "--python", bare, code=2, error="invalid-setting")


@pytest.mark.parametrize("mistake", ['authenticate = "junk"', 'cache-control = "junk"'])
def test_a_mistake_in_a_file_shows_no_login_of_it(mistake: str, tool: Tool, bare: Path) -> None:
    """uv quotes the line with the mistake: the user's, which has no login."""
    (tool.home / "uv.toml").write_text(f'[[index]]\nname = "corp"\nurl = "http://me:secret@one.test/"\n{mistake}\n')
    assert resolve_with_uv(tool, bare, "demo")[0] == 2
    for command in ("install", "explain"):
        done = tool(command, "demo", "--engine", "uv", "--python", bare, code=2, error="invalid-setting")
        assert "secret" not in done.stderr and str(tool.home / "uv.toml") in done.stderr


@pytest.mark.parametrize("place", ["variable", "option"])
def test_an_index_strategy_that_uv_refuses_ends_the_run(
    place: str, tool: Tool, bare: Path, indexes: dict[str, IndexServer]
) -> None:
    tool.environment[PUBLIC] = indexes["public"].url
    tool.environment.update({"UV_INDEX_STRATEGY": "junk"} if place == "variable" else {})
    options = ["--index-strategy", "junk"] if place == "option" else []
    assert resolve_with_uv(tool, bare, "demo", *options)[0] == 2
    for command in ("install", "explain"):
        tool(command, "demo", *options, "--engine", "uv", "--python", bare, code=2, error="invalid-setting")


def test_the_command_line_counts_as_in_uv(tool: Tool, bare: Path, indexes: dict[str, IndexServer]) -> None:
    """--extra-index-url comes before --index-url, and the variable of an option no longer counts."""
    options = ["--extra-index-url", indexes["private"].url, "--index-url", indexes["public"].url]
    tool.environment["UV_EXTRA_INDEX_URL"] = "http://127.0.0.1:9/simple"
    assert resolve_with_uv(tool, bare, "demo", *options) == (0, {"demo": "1.0", "helper": "2.0"})
    tool("install", "demo", *options, "--engine", "uv", "--python", bare, "--profile", tool.level("v3"))
    assert installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0 v3"}
    assert "demo" not in asked_pages(indexes, "")["public"]


def test_options_of_uv(tool: Tool, bare: Path, indexes: dict[str, IndexServer]) -> None:
    options = ["--index", f"corp={indexes['private'].url}", "--default-index", indexes["public"].url]
    tool("install", "demo", *options, "--engine", "uv", "--python", bare, "--profile", tool.level("v3"))
    assert installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0 v3"}
    tool("install", "demo", *options, "--python", bare, code=2, error="conflicting-options")
    tool("install", "demo", "--engine", "uv", "--python", bare, "--", *options, code=2, error="refused-option")


def test_pips_sources_do_not_count(tool: Tool, bare: Path, indexes: dict[str, IndexServer]) -> None:
    config = tool.home / "pip.conf"
    config.write_text(f"[global]\nindex-url = {indexes['private'].url}\nplatform = win_amd64\n")
    tool.environment.update(
        PIP_CONFIG_FILE=str(config), PIP_EXTRA_INDEX_URL=indexes["private"].url, UV_DEFAULT_INDEX=indexes["public"].url
    )
    tool("install", "demo", "--engine", "uv", "--python", bare, "--profile", tool.level("v3"))
    assert installed(bare, tool) == {"demo": "9.0", "helper": "2.0 v3"}
    assert indexes["private"].requests == []


def test_a_login_of_an_index_by_its_name(tool: Tool, bare: Path, indexes: dict[str, IndexServer]) -> None:
    import base64

    expected = "Basic " + base64.b64encode(b"me:se/cret").decode()
    private = indexes["private"]
    private.override = lambda path: (
        None if private.requests[-1][1].get("authorization") == expected else (401, {}, b"who are you")
    )
    (tool.home / "uv.toml").write_text(f'[[index]]\nname = "my-corp"\nurl = "{private.url}"\n')
    tool.environment.update(
        UV_DEFAULT_INDEX=indexes["public"].url, UV_INDEX_MY_CORP_USERNAME="me", UV_INDEX_MY_CORP_PASSWORD="se/cret"
    )
    result = tool("install", "demo", "--engine", "uv", "--python", bare, "--profile", tool.level("v3"))
    assert installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0 v3"}
    assert "cret" not in result.stdout + result.stderr


def test_an_index_that_is_to_get_no_login(tool: Tool, bare: Path, indexes: dict[str, IndexServer]) -> None:
    """Such a server may be another's, who must not read the password, wherever that is kept."""
    private = indexes["private"]
    netrc = tool.home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    (tool.home / "uv.toml").write_text(f'[[index]]\nname = "my-corp"\nurl = "{private.url}"\nauthenticate = "never"\n')
    tool.environment.update(
        UV_DEFAULT_INDEX=indexes["public"].url, UV_INDEX_MY_CORP_USERNAME="me", UV_INDEX_MY_CORP_PASSWORD="secret"
    )
    assert resolve_with_uv(tool, bare, "demo") == (0, {"demo": "1.0", "helper": "2.0"})
    tool("install", "demo", "--engine", "uv", "--python", bare, "--profile", tool.level("v3"))
    assert installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0 v3"}
    tool("explain", "demo", "--engine", "uv", "--python", bare, "--profile", tool.level("v3"))
    assert not any("authorization" in headers for _, headers in private.requests)
    assert any("authorization" in headers for _, headers in indexes["public"].requests)


def test_an_index_that_is_not_to_be_asked_without_a_login(
    tool: Tool, bare: Path, indexes: dict[str, IndexServer]
) -> None:
    """Without one, it could come to know which names are private; it is not even asked for a file."""
    public = indexes["public"]
    index = f'[[index]]\nname = "open"\nurl = "{public.url}"\ndefault = true\nauthenticate = "always"\n'
    (tool.home / "uv.toml").write_text(index)
    run: list[str | Path] = ["--engine", "uv", "--python", bare, "--profile", tool.level("v3")]
    assert resolve_with_uv(tool, bare, "demo")[0] == 2
    for command in ("install", "explain"):
        tool(command, "demo", *run, code=5, error="index-login-required")
    assert public.requests == []
    tool.environment.update(UV_INDEX_OPEN_USERNAME="me", UV_INDEX_OPEN_PASSWORD="secret")
    tool("install", "demo", *run)
    assert installed(bare, tool) == {"demo": "9.0", "helper": "2.0 v3"}
    assert all("authorization" in headers for _, headers in public.requests)


# --- its other settings still reach uv


def test_other_settings_of_its_files_count(tool: Tool, bare: Path, indexes: dict[str, IndexServer]) -> None:
    """The engine gets a copy of all files together, without their sources."""
    samples.make_wheel(indexes["public"].folder, "helper", "3.0")
    (tool.home / "uv.toml").write_text(
        f'override-dependencies = ["helper<3"]\n[pip]\nextra-index-url = ["{indexes["private"].url}"]\nstrict = true\n'
    )
    tool.environment["UV_DEFAULT_INDEX"] = indexes["public"].url
    assert resolve_with_uv(tool, bare, "demo") == (0, {"demo": "1.0", "helper": "2.0"})
    tool("install", "demo", "--engine", "uv", "--python", bare, "--profile", tool.level("v3"))
    assert installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0 v3"}


#: The general limit, that of the private index and one for ``demo`` → whether the variant is early enough.
LIMITS: list[tuple[str | None, str | None, str | None, bool]] = [
    (None, '"2026-02-10"', None, False),
    (None, '"2026-02-20"', None, True),
    ("2026-01-20", '"2026-02-20"', None, True),
    ("2026-03-20", '"2026-02-10"', None, False),
    ("2026-01-20", "false", None, True),
    ("2026-01-20", '"2026-01-20"', "2026-02-20", True),
    ("2026-03-20", '"2026-03-20"', "2026-01-20", False),
]


@pytest.mark.parametrize(("general", "of_index", "of_project", "early"), LIMITS)
def test_an_index_may_have_its_own_limit_on_upload_times(
    general: str | None,
    of_index: str | None,
    of_project: str | None,
    early: bool,
    tool: Tool,
    bare: Path,
    indexes: dict[str, IndexServer],
) -> None:
    samples.make_wheel(indexes["private"].folder, "demo", "2.0", requires=["helper"])
    for release in ("1.0", "2.0"):  # without a variant, so that the page could be shown as it is
        samples.make_wheel(indexes["private"].folder, "plain", release)
    for server in indexes.values():
        server.kind = "json"
    days = {"demo-1.0-": "01-15", "demo-1.0~": "02-15", "demo-2": "03-15", "plain-1": "01-15", "plain-2": "03-15"}
    indexes["private"].times = {start: f"2026-{day}T00:00:00Z" for start, day in days.items()}
    indexes["public"].times = {"helper": "2026-01-10T00:00:00Z"}
    lines = [f'exclude-newer = "{general}"'] if general else []
    lines += [f'exclude-newer-package = {{ demo = "{of_project}" }}'] if of_project else []
    lines += ["[[index]]", f'url = "{indexes["private"].url}"', f"exclude-newer = {of_index}"]
    (tool.home / "uv.toml").write_text("\n".join(lines))
    tool.environment[PUBLIC] = indexes["public"].url

    code, versions = resolve_with_uv(tool, bare, "demo", "plain")
    assert code == 0
    options: list[str | Path] = ["--engine", "uv", "--python", bare, "--profile", tool.level("v3"), "demo", "plain"]
    explained = json.loads(tool("explain", "--json", *options).stdout)["projects"]
    tool("install", *options)
    found = installed(bare, tool)
    assert found["demo"] == versions["demo"] + (" v3" if early and versions["demo"] == "1.0" else "")
    assert (found["helper"], found["plain"]) == ("2.0 v3", versions["plain"])
    assert {project["name"]: project["version"] for project in explained} == {
        name: versions[name] for name in ("demo", "plain")
    }

    tool.environment["DUALVARIANT_PROFILE"] = str(tool.level("v3"))
    other = clients.make_target(tool.home / "other", pip=None)
    tool("exec", "--", "uv", "pip", "install", "--python", other, "demo", "plain")
    assert installed(other, tool) == found


@pytest.mark.parametrize("variable", ["UV_CONSTRAINT", "UV_OVERRIDE"])
def test_files_of_variables_count_without_their_sources(
    variable: str, tool: Tool, bare: Path, indexes: dict[str, IndexServer]
) -> None:
    samples.make_wheel(indexes["public"].folder, "helper", "3.0")
    with serving(IndexServer(bare.parent)) as other:
        (tool.home / "limits.txt").write_text(f"--extra-index-url {other.url}\nhelper<3\n")
        tool.environment.update(
            {variable: "limits.txt", "UV_INDEX": indexes["private"].url, "UV_DEFAULT_INDEX": indexes["public"].url}
        )
        tool("install", "demo", "--engine", "uv", "--python", bare, "--profile", tool.level("v3"))
        assert installed(bare, tool) == {"demo": "1.0 v3", "helper": "2.0 v3"}
        assert other.paths("uv/") == []


@pytest.mark.parametrize("text", ["index = [", "unknown = 1\n", "index-url = 3\n"])
def test_a_uv_toml_that_uv_refuses_ends_the_run(
    text: str, tool: Tool, bare: Path, indexes: dict[str, IndexServer]
) -> None:
    (tool.home / "uv.toml").write_text(text)
    tool.environment["UV_DEFAULT_INDEX"] = indexes["public"].url
    assert resolve_with_uv(tool, bare, "demo")[0] == 2
    asked = text.startswith("unknown")  # only uv knows which settings there are
    tool("install", "demo", "--engine", "uv", "--python", bare, code=2 if asked else 5)
    assert installed(bare, tool) == {}


@pytest.mark.parametrize("setting", ['python-platform = "linux"', 'python-version = "3.9"'])
def test_a_setting_that_asks_for_other_wheels_is_refused(setting: str, tool: Tool, bare: Path) -> None:
    (tool.home / "uv.toml").write_text(f"[pip]\n{setting}\n")
    tool("install", "demo", "--engine", "uv", "--python", bare, code=2, error="refused-option")


# --- an index that is away


def test_an_index_that_is_away_ends_the_run_as_in_uv(tool: Tool, bare: Path, indexes: dict[str, IndexServer]) -> None:
    """uv never goes on to the next index, where an attacker could have the name."""
    tool.environment.update(UV_INDEX="http://127.0.0.1:9/simple", UV_DEFAULT_INDEX=indexes["public"].url)
    assert resolve_with_uv(tool, bare, "demo")[0] != 0
    tool("install", "demo", "--engine", "uv", "--python", bare, code=5, error="index-unreachable")
    assert indexes["public"].requests == [] and installed(bare, tool) == {}


def test_an_index_may_say_which_codes_mean_nothing(tool: Tool, bare: Path, indexes: dict[str, IndexServer]) -> None:
    indexes["private"].override = lambda path: (403, {}, b"")
    text = f'[[index]]\nurl = "{indexes["private"].url}"\n'
    (tool.home / "uv.toml").write_text(text)
    tool.environment["UV_DEFAULT_INDEX"] = indexes["public"].url
    assert resolve_with_uv(tool, bare, "demo")[0] != 0
    tool("install", "demo", "--engine", "uv", "--python", bare, code=5, error="index-forbidden")
    (tool.home / "uv.toml").write_text(f"{text}ignore-error-codes = [403]\n")
    assert resolve_with_uv(tool, bare, "demo") == (0, {"demo": "9.0", "helper": "2.0"})
    tool("install", "demo", "--engine", "uv", "--python", bare, "--profile", tool.level("v3"))
    assert installed(bare, tool) == {"demo": "9.0", "helper": "2.0 v3"}
