"""Label wheels from the index to the environment: every command, with pip and uv as engines."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import clients
import samples
from label_documents import CPU_PROVIDER, document, make_label_wheel, static, write_index_file
from servers import IndexServer, serving
from tool import Tool

LEVELS = {f"x86_64_{level}": {"x86_64": {"level": [level]}} for level in ("v2", "v3", "v4")}
TEXT = document({"x86_64": CPU_PROVIDER, "blas": static({"lib": ["openblas", "mkl"]})}, {**LEVELS, "null": {}})
DEMO = "demo-1.0-py3-none-any"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``demo`` 1.0: standard, a hash wheel, and label wheels for v2, v3, v4 and nothing."""
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0")
    samples.make_wheel(folder, "demo", "1.0", properties=["x86_64 :: level :: v3"])
    for label in [*LEVELS, "null"]:
        make_label_wheel(folder, "demo", "1.0", label, TEXT)
    write_index_file(folder, "demo", "1.0", TEXT)
    return folder


@pytest.fixture
def server(wheels: Path) -> Iterator[IndexServer]:
    with serving(IndexServer(wheels, "json")) as server:
        yield server


def installed_label(python: Path) -> str:
    """The label of the installed demo, by its module."""
    code = "import demo; print(getattr(demo, 'LABEL', 'none'))"
    return subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def listed(tool: Tool, target: Path) -> tuple[str, str | None]:
    (entry,) = [
        d for d in json.loads(tool("list", "--all", "--json", "--python", target).stdout) if d["name"] == "demo"
    ]
    return entry["dialect"], entry["label"]


@pytest.mark.parametrize("pip", clients.PIPS)
def test_every_pip_installs_the_best_label_wheel(pip: str, tool: Tool, server: IndexServer, tmp_path: Path) -> None:
    target = clients.make_target(tmp_path / "old", pip)
    tool("install", "demo", "-i", server.url, "--python", target, "--profile", tool.level("v3"))
    assert installed_label(target) == "x86_64_v3"
    assert listed(tool, target) == ("label", "x86_64_v3")


@pytest.mark.parametrize(("level", "label"), [("v4", "x86_64_v4"), ("v3", "x86_64_v3"), ("v1", "null")])
def test_uv_installs_the_best_label_wheel(
    level: str, label: str, tool: Tool, server: IndexServer, target: Path
) -> None:
    """Also with its own preview switched on: the view shows it nothing to choose from."""
    tool.environment["PATH"] = f"{clients.uv().parent}:{tool.environment['PATH']}"
    for preview in ("", "1"):
        tool(
            *(
                "install",
                "demo",
                "--engine",
                "uv",
                "-i",
                server.url,
                "--python",
                target,
                "--profile",
                tool.level(level),
            ),
            *("--", "--reinstall"),
            environment={"UV_PREVIEW": preview} if preview else None,
        )
        assert installed_label(target) == label


@pytest.mark.parametrize(
    ("options", "label"),
    [
        (["--variant", "x86_64_v2"], "x86_64_v2"),
        (["--variant", "demo=null"], "null"),
        (["--variant", "gone,x86_64 :: level :: v2"], "x86_64_v2"),
        (["--variant", "x86_64_v4", "--force"], "x86_64_v4"),
        (["--no-variant"], "none"),
    ],
)
def test_the_user_may_ask_for_another(options: list[str], label: str, tool: Tool, wheels: Path, target: Path) -> None:
    source: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    tool("install", "demo", *source)
    assert installed_label(target) == "x86_64_v3"
    tool("install", "demo", *source, *options)
    assert installed_label(target) == label


def test_a_label_that_does_not_fit_or_exist_ends_before_the_engine_starts(
    tool: Tool, wheels: Path, target: Path
) -> None:
    source: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    result = tool("install", "demo", *source, "--variant", "x86_64_v4", code=3, error="does-not-fit")
    assert "needs 'x86_64 :: level :: v4', provider x86_64 says v3, v2, v1" in result.stderr
    assert "--force installs it anyway" in result.stderr
    result = tool("install", "demo", *source, "--variant", "x86_64_v5", code=3, error="variant-not-found")
    assert "x86_64_v3  x86_64 :: level :: v3" in result.stderr


def test_explain_says_the_order_of_both_dialects_and_what_the_next_better_needs(
    tool: Tool, wheels: Path, target: Path
) -> None:
    source: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    (project,) = json.loads(tool("explain", "demo", *source, "--json").stdout)["projects"]
    assert [(c["dialect"], c["label"], c["verdict"]) for c in project["candidates"]] == [
        ("label", "x86_64_v3", "chosen"),
        ("label", "x86_64_v2", "beaten"),
        ("hash", "a496bd9c", "beaten"),
        ("label", "null", "beaten"),
        ("standard", None, "beaten"),
        ("label", "x86_64_v4", "rejected"),
    ]
    assert project["candidates"][0]["properties"] == ["x86_64 :: level :: v3"]
    assert "avx512f" in project["candidates"][-1]["reason"]
    text = " ".join(tool("explain", "demo", *source).stdout.split())
    assert "label variants by their most important difference (namespaces x86_64, in this order" in text
    assert "; then more properties first; then the features x86_64 :: level, in this order" in text
    assert "x86_64_v4 needs 'x86_64 :: level :: v4'" in text


@pytest.mark.parametrize(("command", "option"), [("download", "--dest"), ("wheel", "--wheel-dir")])
def test_a_downloaded_label_wheel_keeps_its_name_and_can_be_installed(
    command: str, option: str, tool: Tool, server: IndexServer, target: Path, tmp_path: Path
) -> None:
    profile: list[str | Path] = ["--python", target, "--profile", tool.level("v2")]
    folder = tmp_path / "kept"
    tool(command, "demo", "-i", server.url, *profile, option, folder)
    (kept,) = folder.iterdir()
    assert kept.name == f"{DEMO}-x86_64_v2.whl"
    tool("install", kept, *profile)
    assert listed(tool, target) == ("label", "x86_64_v2")


def test_a_local_label_wheel_that_does_not_fit_is_refused(tool: Tool, wheels: Path, target: Path) -> None:
    path = wheels / f"{DEMO}-x86_64_v4.whl"
    options: list[str | Path] = ["--python", target, "--profile", tool.level("v2")]
    result = tool("install", path, *options, code=3, error="does-not-fit")
    assert "needs 'x86_64 :: level :: v4'" in result.stderr
    tool("install", path, *options, "--force")
    assert installed_label(target) == "x86_64_v4"


def test_check_judges_an_installed_label_wheel_by_its_own_document(tool: Tool, wheels: Path, target: Path) -> None:
    source: list[str | Path] = ["--no-index", "-f", wheels, "--python", target]
    tool("install", "demo", *source, "--profile", tool.level("v3"))
    assert "runs here" in tool("check", "--python", target, "--profile", tool.level("v4")).stdout
    (entry,) = json.loads(tool("check", "--python", target, "--profile", tool.level("v2"), "--json", code=1).stdout)
    assert (entry["dialect"], entry["label"], entry["runs"]) == ("label", "x86_64_v3", False)
    assert entry["reason"] == "needs 'x86_64 :: level :: v3', provider x86_64 says v2, v1"
    (site,) = (target.parent.parent).glob("lib/python3*/site-packages")
    (site / "demo-1.0.dist-info" / "variant.json").write_text("{")
    assert "its variant.json: not JSON" in tool("check", "--python", target, code=1).stdout


def test_a_dependency_gets_its_best_label_wheel_too(tool: Tool, wheels: Path, target: Path) -> None:
    samples.make_wheel(wheels, "app", "1.0", requires=["demo"])
    tool("install", "app", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v2"))
    assert installed_label(target) == "x86_64_v2"


def test_bad_metadata_is_said_and_costs_the_label_wheels_alone(tool: Tool, wheels: Path, target: Path) -> None:
    make_label_wheel(wheels, "demo", "0.9", "x86_64_v3", TEXT)
    write_index_file(wheels, "demo", "1.0", TEXT[:-1] + ', "x": 1}')
    source: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    result = tool("install", "demo", *source)
    assert "demo-1.0-variants.json: $: unknown key 'x'" in result.stderr
    assert listed(tool, target) == ("hash", "a496bd9c")


def test_a_marker_that_no_installer_evaluates_costs_its_wheel(tool: Tool, wheels: Path, target: Path) -> None:
    (wheels / f"{DEMO}-x86_64_v3.whl").unlink()
    make_label_wheel(
        wheels,
        "demo",
        "1.0",
        "x86_64_v3",
        TEXT,
        requires=["app; 'x86_64' in variant_namespaces", "b; extra == 'variant_label'"],
    )
    source: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    result = tool("install", "demo", *source)
    assert "no installer evaluates the marker 'variant_namespaces'" in result.stderr
    assert installed_label(target) == "x86_64_v2"


def test_a_wheel_that_is_not_what_the_index_says_is_passed_over(tool: Tool, wheels: Path, target: Path) -> None:
    other = document(
        {"x86_64": CPU_PROVIDER, "blas": static({"lib": ["openblas", "mkl"]})},
        {**LEVELS, "null": {}, "x86_64_v2": {"x86_64": {"level": ["v3"]}}},
    )
    write_index_file(wheels, "demo", "1.0", other)
    source: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    result = tool("install", "demo", *source)
    assert f"{DEMO}-x86_64_v2.whl is passed over: its variant.json has other properties than the index says" in (
        result.stderr
    )
    assert installed_label(target) == "x86_64_v3"


# --- who answers


@pytest.fixture
def debug(tmp_path: Path) -> Path:
    """``demo`` 1.0 with a label wheel of an optional provider, and one of a package that nobody stands in for."""
    folder = tmp_path / "debug"
    text = document(
        {"dbg": {**static({"on": ["1"]}), "optional": True}, "acme": {"requires": ["acme-variant-provider >=1"]}},
        {"debug": {"dbg": {"on": ["1"]}}, "acme": {"acme": {"f": ["good"]}}},
    )
    samples.make_wheel(folder, "demo", "1.0")
    for label in ("debug", "acme"):
        make_label_wheel(folder, "demo", "1.0", label, text)
    write_index_file(folder, "demo", "1.0", text)
    return folder


def test_an_optional_provider_counts_where_the_user_asks_for_it(tool: Tool, debug: Path, target: Path) -> None:
    source: list[str | Path] = ["--no-index", "-f", debug, "--python", target, "--profile", tool.profile("none", {})]
    tool("install", "demo", *source)
    assert installed_label(target) == "none"
    tool("install", "demo", *source, "--force-reinstall", "--enable-provider", "dbg")
    assert installed_label(target) == "debug"
    assert "--enable-provider dbg" in tool("check", "--python", target, code=1).stdout
    (tool.home / "variant.toml").write_text('[variantlib]\nenabled_providers = ["dbg"]\n')
    assert "runs here" in tool("check", "--python", target).stdout


def test_the_profile_that_the_user_names_is_the_users_list(tool: Tool, debug: Path, target: Path) -> None:
    profile = tool.profile("acme", {"acme": {"f": ["good"]}})
    tool("install", "demo", "--no-index", "-f", debug, "--python", target, "--profile", profile)
    assert installed_label(target) == "acme"


def test_trust_is_never_taken_from_the_working_directory(tool: Tool, debug: Path, target: Path) -> None:
    source: list[str | Path] = ["--no-index", "-f", debug, "--python", target]
    setting = '[variantlib]\nstand_in = { acme = "acme-variant-provider" }\n'
    (tool.home / "variant.toml").write_text(setting)
    assert "stand_in has no effect here" in tool("explain", "demo", *source).stderr


def test_static_lists_and_null_are_chosen_for_an_unknown_machine(tool: Tool, wheels: Path, target: Path) -> None:
    """What a list in the release supports, it supports everywhere."""
    source: list[str | Path] = ["--no-index", "-f", wheels, "--python", target]
    (project,) = json.loads(
        tool(
            "explain", "demo", *source, "--platform", "manylinux_2_17_x86_64", "--only-binary", ":all:", "--json"
        ).stdout
    )["projects"]
    assert project["candidates"][0]["label"] == "null"
