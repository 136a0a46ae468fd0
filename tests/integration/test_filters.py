"""What an installer filters files by costs a variant, and never the release: real installs, pip and uv."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import clients
import samples
from dualvariant.repository.page import JSON_TYPE
from servers import Answer, IndexServer, serving
from tool import Tool

V3 = "x86_64 :: level :: v3"
STANDARD = "demo-1.0-py3-none-any.whl"
#: When the files were uploaded: the variant after everything else.
TIMES = {"0.9": "2026-01-01T00:00:00Z", "1.0": "2026-02-01T00:00:00Z", "~": "2026-06-01T00:00:00Z"}


class Page:
    """A JSON page of ``demo`` whose hashes and times a test decides.

    Args:
        folder: its files.
        algorithms: the hashes of each file.
        times: the upload time of each file whose name has the text; none for the others.
    """

    def __init__(self, folder: Path, algorithms: tuple[str, ...], times: Mapping[str, str]) -> None:
        self.folder, self.algorithms, self.times = folder, algorithms, times

    def answer(self, path: str) -> Answer | None:
        if path != "/simple/demo/":
            return None
        entries = []
        for file in sorted(self.folder.glob("demo*.whl")):
            times = [time for text, time in self.times.items() if text in file.name]
            entries.append(
                {
                    "filename": file.name,
                    "url": f"/files/{file.name}",
                    "hashes": {name: hashlib.new(name, file.read_bytes()).hexdigest() for name in self.algorithms},
                    **({"upload-time": times[-1]} if times else {}),
                }
            )
        body = json.dumps({"meta": {"api-version": "1.1"}, "name": "demo", "files": entries}).encode()
        return 200, {"Content-Type": JSON_TYPE}, body


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``demo`` 0.9, and 1.0 with a v3 variant."""
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "0.9")
    samples.make_wheel(folder, "demo", "1.0")
    samples.make_wheel(folder, "demo", "1.0", properties=[V3])
    return folder


@pytest.fixture
def index(wheels: Path) -> Iterator[IndexServer]:
    """An index of them, whose pages are those of :class:`Page` if a test sets one."""
    with serving(IndexServer(wheels, "json")) as index:
        yield index


def installed(tool: Tool, target: Path) -> tuple[str, str]:
    """Version and dialect of the installed ``demo``."""
    listed = json.loads(tool("list", "--all", "--python", target, "--json").stdout)
    (found,) = [(entry["version"], entry["dialect"]) for entry in listed if entry["name"] == "demo"]
    return found


@pytest.mark.parametrize("on_server", [False, True])
def test_the_hash_of_a_file_counts_and_not_what_its_page_claims(
    on_server: bool, tool: Tool, index: IndexServer, wheels: Path, target: Path, tmp_path: Path
) -> None:
    """pip does not believe a page: it prefers a file for what the page says, and compares what it has read."""
    digest, claimed = hashlib.sha256((wheels / STANDARD).read_bytes()).hexdigest(), "0" * 64
    place, base = wheels / "page.html", f"{index.url.replace('simple', 'files')}/" if on_server else ""
    links = [f'<a href="{base}{path.name}#sha256={claimed}">{path.name}</a>' for path in wheels.glob("demo-1.0*.whl")]
    place.write_text("".join(links))
    listed = tmp_path / "listed.txt"
    listed.write_text(f"demo==1.0 --hash=sha256:{digest}\n")
    command = ["install", "--no-index", "--find-links", str(place), "-r", str(listed)]
    pip = subprocess.run([target, "-m", "pip", *command, "--dry-run"], env=tool.environment, capture_output=True)
    assert pip.returncode == 0, pip.stderr
    tool(*command, "--python", target)
    assert installed(tool, target) == ("1.0", "standard")


@pytest.mark.parametrize(
    ("algorithm", "on_page", "expected"),
    [
        ("sha512", ("sha256",), "standard"),
        ("sha384", ("sha512",), "standard"),
        ("sha256", (), "standard"),
        ("sha256", ("md5",), "standard"),
        ("sha512", ("sha256", "sha512"), "hash"),
    ],
)
def test_a_listed_hash_that_the_page_does_not_have(
    algorithm: str, on_page: tuple[str, ...], expected: str, tool: Tool, index: IndexServer, wheels: Path, target: Path
) -> None:
    """Both wheels are listed; the variant is taken only if the page shows that it is one of them."""
    index.override = Page(wheels, on_page, {}).answer
    listed = [f"--hash={algorithm}:{hashlib.new(algorithm, f.read_bytes()).hexdigest()}" for f in wheels.glob("*-1.0*")]
    assert len(listed) == 2
    path = tool.home / "requirements.txt"
    path.write_text(f"demo==1.0 {' '.join(listed)}\n")
    options: list[str | Path] = ["-r", path, "-i", index.url, "--python", target]
    tool("install", *options, "--profile", tool.level("v3"))
    assert installed(tool, target) == ("1.0", expected)


@pytest.mark.usefixtures("uv_on_path")
@pytest.mark.parametrize("engine", ["pip", "uv"])
def test_files_of_which_none_has_a_listed_hash(engine: str, tool: Tool, wheels: Path, target: Path) -> None:
    """Nothing is downloaded, and the hint is about the hashes: the host has nothing to do with it."""
    path = tool.home / "requirements.txt"
    path.write_text(f"demo==1.0 --hash=sha256:{'0' * 64}\n")
    options: list[str | Path] = ["-r", path, "--no-index", "-f", wheels, "--python", target, "--engine", engine]
    asked = tool("install", *options, code=3)
    assert "demo-1.0-py3-none-any.whl: its hash (sha256) is not among those" in asked.stderr
    assert "hint: these may be other files than those whose hashes are listed" in asked.stderr
    assert "not among those" in tool("explain", *options, code=3).stdout


@pytest.mark.usefixtures("uv_on_path")
def test_a_lowest_release_that_is_asked_for_says_nothing_of_newer_ones(tool: Tool, wheels: Path, target: Path) -> None:
    asked: list[str | Path] = ["explain", "demo", "--no-index", "-f", wheels, "--python", target, "--engine", "uv"]
    explained = tool(*asked, environment={"UV_RESOLUTION": "lowest"})
    assert "demo 0.9" in explained.stdout
    assert "can be installed here" not in explained.stderr


def test_hashes_of_files_on_this_machine_are_computed(tool: Tool, wheels: Path, target: Path) -> None:
    (variant,) = wheels.glob("*~*.whl")
    path = tool.home / "requirements.txt"
    path.write_text(f"demo --hash=sha384:{hashlib.sha384(variant.read_bytes()).hexdigest()}\n")
    options: list[str | Path] = ["-r", path, "--no-index", "-f", wheels, "--python", target]
    tool("install", *options, "--profile", tool.level("v3"))
    assert installed(tool, target) == ("1.0", "hash")


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("2026-03-01T00:00:00Z", ("1.0", "standard")),
        ("2026-07-01", ("1.0", "hash")),
        ("2026-01-15", ("0.9", "standard")),
    ],
)
def test_a_limit_of_pip_on_upload_times(
    limit: str, expected: tuple[str, str], tool: Tool, index: IndexServer, wheels: Path, target: Path
) -> None:
    index.override = Page(wheels, ("sha256",), TIMES).answer
    options: list[str | Path] = [
        "demo",
        "-i",
        index.url,
        "--python",
        target,
        "--profile",
        tool.level("v3"),
    ]
    environment = {"PIP_UPLOADED_PRIOR_TO": limit}
    document = json.loads(tool("explain", *options, "--json", environment=environment).stdout)
    (project,) = document["projects"]
    (chosen,) = [c["dialect"] for c in project["candidates"] if c["verdict"] == "chosen"]
    assert (project["version"], chosen) == expected
    tool("install", *options, environment=environment)
    assert installed(tool, target) == expected


def test_a_limit_behind_the_dashes(tool: Tool, index: IndexServer, wheels: Path, target: Path) -> None:
    index.override = Page(wheels, ("sha256",), TIMES).answer
    options: list[str | Path] = [
        "demo",
        "-i",
        index.url,
        "--python",
        target,
        "--profile",
        tool.level("v3"),
    ]
    tool("install", *options, "--", "--uploaded-prior-to", "2026-03-01")
    assert installed(tool, target) == ("1.0", "standard")


def test_a_page_without_upload_times_ends_as_with_pip(
    tool: Tool, index: IndexServer, wheels: Path, target: Path
) -> None:
    """pip ends with an error of its own, and files on this machine have no limit."""
    index.override = Page(wheels, ("sha256",), {}).answer
    environment = {"PIP_UPLOADED_PRIOR_TO": "2026-03-01"}
    options: list[str | Path] = ["demo", "--python", target, "--profile", tool.level("v3")]
    result = tool("install", *options, "-i", index.url, code=1, environment=environment)
    assert "upload-time" in result.stderr
    tool("install", *options, "--no-index", "-f", wheels, environment=environment)
    assert installed(tool, target) == ("1.0", "standard")


@pytest.mark.parametrize(
    ("limit", "expected"), [("2026-03-01", ("1.0", "standard")), ("2026-07-01T00:00:00Z", ("1.0", "hash"))]
)
def test_a_limit_of_uv_on_upload_times(
    limit: str, expected: tuple[str, str], tool: Tool, index: IndexServer, wheels: Path, target: Path
) -> None:
    index.override = Page(wheels, ("sha256",), TIMES).answer
    tool.environment["PATH"] = f"{clients.uv().parent}:{tool.environment['PATH']}"
    options: list[str | Path] = [
        "demo",
        "-i",
        index.url,
        "--python",
        target,
        "--profile",
        tool.level("v3"),
    ]
    tool("install", *options, "--engine", "uv", environment={"UV_EXCLUDE_NEWER": limit})
    assert installed(tool, target) == expected


def test_uv_applies_no_limit_to_find_links(tool: Tool, wheels: Path, target: Path) -> None:
    tool.environment["PATH"] = f"{clients.uv().parent}:{tool.environment['PATH']}"
    options: list[str | Path] = ["demo", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    tool("install", *options, "--engine", "uv", environment={"UV_EXCLUDE_NEWER": "2026-03-01"})
    assert installed(tool, target) == ("1.0", "hash")


def test_a_variant_whose_tilde_was_replaced_is_named_and_not_taken(tool: Tool, wheels: Path, target: Path) -> None:
    """Eight decimal digits make a release, and a build, of it: its METADATA says what it is."""
    (variant,) = wheels.glob("*~*.whl")
    label = variant.name.partition("~")[2][:8]
    variant.rename(variant.with_name(variant.name.replace("~", ".")))
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    document = json.loads(tool("explain", "demo", *options, "--json").stdout)
    (project,) = document["projects"]
    verdicts = {c["filename"]: (c["verdict"], c["label"]) for c in project["candidates"]}
    assert verdicts == {STANDARD: ("chosen", None), f"demo-1.0.{label}-py3-none-any.whl": ("rejected", label)}
    digits = samples.find_decimal_label()
    for separator in ("-", "."):
        made = samples.make_wheel(wheels, "demo", "1.0", properties=digits)
        odd = made.with_name(made.name.replace("~", separator))
        made.rename(odd)
        result = tool("explain", "demo", *options, "--json")
        (project,) = json.loads(result.stdout)["projects"]
        (chosen,) = [c["filename"] for c in project["candidates"] if c["verdict"] == "chosen"]
        assert (project["version"], chosen) == ("1.0", STANDARD)
        assert odd.name in result.stdout + result.stderr
        tool("install", "demo", *options)
        assert installed(tool, target) == ("1.0", "standard")
        odd.unlink()


def test_explain_and_install_agree_about_wheels_for_another_python(tool: Tool, wheels: Path, target: Path) -> None:
    """A folder does not say which Python its wheels are for; pip reads it in them, and takes an older release."""
    newer = samples.make_wheel(wheels, "demo", "2.0", headers=["Requires-Python: >=3.99"])
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v1")]
    result = tool("explain", "demo", *options, "--json")
    (project,) = json.loads(result.stdout)["projects"]
    assert project["version"] == "1.0" and newer.name in result.stderr
    tool("install", "demo", *options)
    assert installed(tool, target) == ("1.0", "standard")


def test_a_request_whose_marker_excludes_the_target(tool: Tool, wheels: Path, target: Path) -> None:
    """It asks for nothing, so ``explain`` and ``install`` have nothing to find."""
    options: list[str | Path] = ["demo>9; python_version < '3'", "--no-index", "-f", wheels, "--python", target]
    assert json.loads(tool("explain", *options, "--json").stdout)["projects"] == []
    tool("install", *options)


def test_an_older_release_may_have_no_wheel_at_all(tool: Tool, wheels: Path, target: Path, tmp_path: Path) -> None:
    """The warning about the newer one claims none. What pip then makes of the sources is pip's affair."""
    (tmp_path / "sources" / "demo-0.9").mkdir(parents=True)
    shutil.make_archive(str(wheels / "demo-0.9"), "gztar", tmp_path / "sources")
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    result = tool("install", "demo", *options, "--no-binary", "demo", code=1)
    assert "demo 1.0 cannot be installed here (the newest release that can is 0.9)" in result.stderr


def test_metadata_that_a_page_promises_and_does_not_have(
    tool: Tool, index: IndexServer, wheels: Path, target: Path
) -> None:
    """pip ends where it is missing; that of a variant is read from the variant."""
    (variant,) = wheels.glob("*~*.whl")
    entries = [
        {"filename": file.name, "url": f"/files/{file.name}", "hashes": {}, "core-metadata": file == variant}
        for file in wheels.glob("demo-1.0*.whl")
    ]
    body = json.dumps({"meta": {"api-version": "1.0"}, "name": "demo", "files": entries}).encode()
    index.override = lambda path: (200, {"Content-Type": JSON_TYPE}, body) if path == "/simple/demo/" else None
    tool("install", "demo", "-i", index.url, "--python", target, "--profile", tool.level("v3"))
    assert installed(tool, target) == ("1.0", "hash")


def test_unusable_variants_of_a_newer_release_cost_that_release(tool: Tool, wheels: Path, target: Path) -> None:
    samples.make_wheel(wheels, "demo", "2.0", properties=[V3])
    (wheels / "demo-2.0~variants.json").write_text("not json")
    options: list[str | Path] = ["demo", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    tool("install", *options)
    assert installed(tool, target) == ("1.0", "hash")
    tool("install", *options, "--strict", code=5, error="unusable-variants")


PLATFORM = "manylinux2014_aarch64"


@pytest.fixture
def for_arm(tmp_path: Path) -> Path:
    """Wheels for another platform, with a variant, and a variant for x86_64 that says nothing of a platform."""
    folder = tmp_path / "arm"
    samples.make_wheel(folder, "demo", "1.0", tag=f"cp312-cp312-{PLATFORM}")
    samples.make_wheel(folder, "demo", "1.0", tag=f"cp312-cp312-{PLATFORM}", properties=["aarch64 :: version :: v8_2a"])
    samples.make_wheel(folder, "demo", "1.0", properties=[V3])
    return folder


@pytest.mark.parametrize("behind", [False, True])
def test_wheels_for_another_machine(behind: bool, tool: Tool, for_arm: Path, target: Path, tmp_path: Path) -> None:
    """With its profile the best variant, without one the standard wheel; never one for this host."""
    other = ["--platform", PLATFORM, "--python-version", "3.12"]
    options: list[str | Path] = ["--only-binary", ":all:", "--no-index", "-f", for_arm, "--python", target]
    options += ["--", *other] if behind else other
    tool("download", "-d", tmp_path / "plain", "demo", *options)
    assert [path.name for path in (tmp_path / "plain").iterdir()] == [f"demo-1.0-cp312-cp312-{PLATFORM}.whl"]
    profile = tool.profile("arm", {"aarch64": {"version": ["v8_2a"]}})
    tool("download", "-d", tmp_path / "best", "demo", "--profile", profile, *options)
    (best,) = (tmp_path / "best").iterdir()
    assert "~" in best.name and PLATFORM in best.name
    if not behind:
        document = json.loads(tool("explain", "demo", "--profile", profile, "--json", *options).stdout)
        (chosen,) = [c for c in document["projects"][0]["candidates"] if c["verdict"] == "chosen"]
        assert chosen["filename"] == best.name
        tool("install", "demo", "--profile", profile, "--target", tmp_path / "image", *options)
        assert (tmp_path / "image" / "demo.py").is_file()


def test_settings_for_another_machine(tool: Tool, for_arm: Path, target: Path, tmp_path: Path) -> None:
    options: list[str | Path] = ["--only-binary", ":all:", "--no-index", "-f", for_arm, "--python", target]
    environment = {"PIP_PLATFORM": PLATFORM, "PIP_PYTHON_VERSION": "3.12"}
    tool("download", "-d", tmp_path / "d", "demo", *options, environment=environment)
    assert [path.name for path in (tmp_path / "d").iterdir()] == [f"demo-1.0-cp312-cp312-{PLATFORM}.whl"]


def test_the_oldest_python_is_a_target(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = shutil.which("python3.9")
    if python is None or not (Path(python).exists() and _works(tool, python)):
        pytest.skip("there is no Python 3.9 on PATH")
    target = clients.make_target(tmp_path / "old", pip="23.2.1", python=python)
    tool("install", "demo", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3"))
    assert installed(tool, target) == ("1.0", "hash")


def _works(tool: Tool, python: str) -> bool:
    try:
        return bool(tool.run(python, "-c", "print(1)").stdout)
    except AssertionError:
        return False
