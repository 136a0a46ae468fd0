"""What the installer prints and keeps has the user's own addresses, and nothing that is said is untrue at the end."""

from __future__ import annotations

import csv
import json
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

import pytest

import clients
import samples
from servers import IndexServer, serving
from tool import Tool

V3 = "x86_64 :: level :: v3"
#: The secret part of a view's address, with the digest behind it.
VIEW = re.compile(r"/[A-Za-z0-9_-]{22}/[0-9a-f]{16}")


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``demo`` 1.0 and the ``helper`` 2.0 that it requires: a standard wheel and a variant each."""
    folder = tmp_path / "wheels"
    for properties in (None, [V3]):
        samples.make_wheel(folder, "demo", "1.0", properties=properties, requires=["helper"])
        samples.make_wheel(folder, "helper", "2.0", properties=properties)
    return folder


def check(text: str, server: IndexServer) -> None:
    """Check that no address of this machine is in it but the index's own, without its password."""
    port = server.url.split(":")[2].partition("/")[0]
    assert re.findall(rf"127\.0\.0\.1:(?!{port}).*", text) == []
    assert VIEW.findall(text) == []
    assert "s3cret" not in text


@pytest.mark.parametrize("pip", [*clients.PIPS, None])
def test_all_of_pips_messages_have_the_users_addresses(
    pip: str | None, wheels: Path, tool: Tool, tmp_path: Path
) -> None:
    target = clients.make_target(tmp_path / "target", pip)
    with serving(IndexServer(wheels)) as server:
        index = server.url.replace("://", "://me:s3cret@")
        options: list[str | Path] = ["-i", index, "--python", target, "--profile", tool.level("v3"), "--engine", "pip"]
        log = tmp_path / "log"
        result = tool("install", "demo", *options, "--", "-vvv", "--log", str(log))
        for text in (result.stdout, result.stderr, log.read_text()):
            check(text, server)
        assert f"Looking in indexes: {server.url.replace('://', '://me:****@')}" in result.stdout.splitlines()
        assert "helper-2.0~a496bd9c-py3-none-any.whl" in log.read_text()
        (tmp_path / "limits").write_text("helper==9\n")
        failed = tool("install", "demo", *options, "--force-reinstall", "-c", tmp_path / "limits", "--", "-vvv", code=1)
        check(failed.stdout + failed.stderr, server)
        assert str(tool.temporary) + "/dualvariant-" not in failed.stderr


def test_the_messages_of_uv_have_them_too(wheels: Path, tool: Tool, tmp_path: Path) -> None:
    target = clients.make_target(tmp_path / "target", None)
    tool.environment["PATH"] = f"{clients.uv().parent}:{tool.environment['PATH']}"
    with serving(IndexServer(wheels)) as server:
        options: list[str | Path] = [
            "-i",
            server.url,
            "--python",
            target,
            "--profile",
            tool.level("v3"),
            "--engine",
            "uv",
        ]
        result = tool("install", "demo", *options, "--", "-v")
        check(result.stdout + result.stderr, server)


@pytest.mark.parametrize("place", ["file", "setting", "stdout"])
def test_a_report_names_the_files_on_the_users_index(
    place: str, wheels: Path, tool: Tool, target: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    with serving(IndexServer(wheels)) as server:
        options: list[str | Path] = ["-i", server.url, "--python", target, "--profile", tool.level("v3"), "-q"]
        if place == "file":
            tool("install", "demo", *options, "--report", report)
        elif place == "setting":
            tool("install", "demo", *options, environment={"PIP_REPORT": str(report)})
        text = report.read_text() if report.exists() else tool("install", "demo", *options, "--report", "-").stdout
        items = {item["metadata"]["name"]: item["download_info"] for item in json.loads(text)["install"]}
        assert {*items} == {"demo", "helper"}
        for name, info in items.items():
            (wheel,) = wheels.glob(f"{name}-*~*.whl")
            assert info["url"] == f"{server.url.removesuffix('simple')}files/{wheel.name}"
            assert info["archive_info"]["hashes"] == {"sha256": sha256(wheel.read_bytes()).hexdigest()}


def test_a_report_that_cannot_be_written_ends_the_run_before_anything_is_installed(
    wheels: Path, tool: Tool, target: Path, tmp_path: Path
) -> None:
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target]
    tool("install", "demo", *options, "--report", tmp_path / "none" / "report.json", code=1, error="os-error")
    tool("install", "demo", *options, "--report", "-", "--json", code=2, error="conflicting-options")
    assert list(tmp_path.glob("target/lib/*/site-packages/demo*")) == []


@pytest.mark.parametrize("engine", ["pip", "uv"])
def test_a_local_variant_is_recorded_by_its_own_path(engine: str, tool: Tool, target: Path, tmp_path: Path) -> None:
    wheel = samples.make_wheel(tmp_path / "local", "demo", "1.0", properties=[V3])
    tool.environment["PATH"] = f"{clients.uv().parent}:{tool.environment['PATH']}"
    # Without any source: none is needed.
    options: list[str | Path] = ["--python", target, "--no-index", "--engine", engine, "--profile", tool.level("v3")]
    result = tool("install", wheel, *options)
    assert "dualvariant-" not in result.stdout + result.stderr
    (info,) = tmp_path.glob("target/lib/*/site-packages/demo-1.0.dist-info")
    content = (info / "direct_url.json").read_bytes()
    assert json.loads(content)["url"] == wheel.as_uri()
    rows = {row[0]: row[1:] for row in csv.reader((info / "RECORD").read_text().splitlines()) if row}
    digest = urlsafe_b64encode(sha256(content).digest()).rstrip(b"=").decode()
    assert rows["demo-1.0.dist-info/direct_url.json"] == [f"sha256={digest}", str(len(content))]


class TestUnknownProjects:
    """pip would install nothing: the same answer as of ``explain``, before it starts. Else pip decides."""

    @pytest.mark.parametrize(
        ("requirement", "error"),
        [("nosuch", "no-such-project"), ("demo==9", "no-admitted-release"), ("nosuch[x]>1", "no-such-project")],
    )
    def test_nothing_meets_them(self, requirement: str, error: str, wheels: Path, tool: Tool, target: Path) -> None:
        place: list[str | Path] = ["--no-index", "-f", wheels, "--python", target]
        for command in ("install", "explain", "download", "wheel"):
            result = tool(command, requirement, *place, code=3, error=error)
            assert result.stdout == ""
        file = tool.home / "requirements.txt"
        file.write_text(f"{requirement}\n")
        tool("install", "-r", file, *place, code=3, error=error)

    def test_a_marker_excludes_them(self, wheels: Path, tool: Tool, target: Path) -> None:
        tool("install", "nosuch; python_version < '3'", "demo", "--no-index", "-f", wheels, "--python", target)

    def test_what_is_installed_meets_them(self, wheels: Path, tool: Tool, target: Path, tmp_path: Path) -> None:
        own = samples.make_wheel(tmp_path / "own", "private", "1.0")
        options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target]
        tool("install", own, *options)
        tool("install", "private", "demo", *options)
        tool("install", "private>=1", "-U", *options)
        tool("install", "private", "--no-index", "--python", target)
        tool("install", "private==2", *options, code=3, error="no-such-project")
        tool("install", "private", "--force-reinstall", *options, code=3, error="no-such-project")
        tool("download", "private", *options, code=3, error="no-such-project")

    def test_a_link_or_a_file_meets_them(self, wheels: Path, tool: Tool, target: Path, tmp_path: Path) -> None:
        own = samples.make_wheel(tmp_path / "own", "private", "1.0")
        other = samples.make_wheel(tmp_path / "own", "other", "1.0")
        options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--target"]
        tool("install", own, "private", *options, tmp_path / "a")
        tool("install", f"private @ {own.as_uri()}", "private", *options, tmp_path / "b")
        (tool.home / "limits.txt").write_text(f"private @ {own.as_uri()}\n")
        tool("install", "private", "-c", "limits.txt", *options, tmp_path / "c")
        tool("install", other, "private", *options, tmp_path / "d", code=3, error="no-such-project")


class TestWhatIsSaid:
    def test_a_damaged_variant_in_a_folder_is_named(self, wheels: Path, tool: Tool, target: Path) -> None:
        (variant,) = wheels.glob("demo-*~*.whl")
        variant.write_bytes(b"damaged")
        options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
        result = tool("install", "demo", *options)
        (warning,) = [line for line in result.stderr.splitlines() if "warning" in line]
        assert variant.name in warning

    def test_what_stays_is_said_to_stay(self, wheels: Path, tool: Tool, target: Path) -> None:
        options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target]
        tool("install", "helper", *options, "--no-variant")
        result = tool("install", "helper", *options, "--profile", tool.level("v3"))
        assert "installed helper" not in result.stderr and "--force-reinstall" in result.stderr
        result = tool("install", "helper", *options, "--profile", tool.level("v3"), "--force-reinstall")
        assert "installed helper 2.0: variant a496bd9c" in result.stderr

    def test_an_installed_variant_that_does_not_fit_is_a_warning(self, wheels: Path, tool: Tool, target: Path) -> None:
        options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target]
        tool("install", "helper", *options, "--profile", tool.level("v3"))
        result = tool("install", "helper", *options, "--profile", tool.level("v1"))
        (warning,) = [line for line in result.stderr.splitlines() if "warning" in line]
        assert "a496bd9c" in warning and "--force-reinstall" in warning

    def test_a_run_that_fails_claims_nothing(self, wheels: Path, tool: Tool, target: Path) -> None:
        (tool.home / "limits.txt").write_text("helper==9\n")
        options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
        result = tool("install", "demo", *options, "-c", "limits.txt", code=1)
        assert "a496bd9c" not in result.stderr

    def test_a_dry_run_says_what_it_would_install(self, wheels: Path, tool: Tool, target: Path) -> None:
        options: list[str | Path] = [
            "--no-index",
            "-f",
            wheels,
            "--python",
            target,
            "--profile",
            tool.level("v3"),
            "--dry-run",
        ]
        result = tool("install", "demo", *options)
        assert [line for line in result.stderr.splitlines() if "a496bd9c" in line and "would" not in line] == []
        assert "would install helper 2.0: variant a496bd9c" in result.stderr
