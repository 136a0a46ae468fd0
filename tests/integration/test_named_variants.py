"""A name that the project gives to a variant: from the declaration into wheels and indexes, and to the user."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from label_documents import CPU_PROVIDER, document, make_label_wheel
from samples import make_wheel
from servers import IndexServer, serving
from tool import Tool
from variantlib.dialects import hashes
from variantlib.wheel_archive import WheelArchive, rewrite_wheel

V3, V4 = "x86_64 :: level :: v3", "x86_64 :: level :: v4"
HASH3, HASH4 = "a496bd9c", "fe168163"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``demo`` 1.0: standard, v3 called ``small``, v4 called ``fast``; no index."""
    folder = tmp_path / "wheels"
    make_wheel(folder, "demo", "1.0")
    make_wheel(folder, "demo", "1.0", properties=[V3], called=["small"])
    make_wheel(folder, "demo", "1.0", properties=[V4], called=["fast"])
    return folder


@pytest.fixture(params=["static index", "find-links", "server"])
def source(request: pytest.FixtureRequest, tool: Tool, wheels: Path) -> Iterator[list[str | Path]]:
    """The ways by which a name is known: ``~variants.json``, and the wheels themselves."""
    if request.param == "find-links":
        yield ["--no-index", "-f", wheels]
        return
    if request.param == "static index":
        tool("index", wheels)
        yield ["-i", wheels / "simple"]
        return
    with serving(IndexServer(wheels, "json", ranges=True)) as server:
        yield ["-i", server.url]


def test_a_name_is_known_to_every_command(tool: Tool, source: list[str | Path], target: Path) -> None:
    host: list[str | Path] = ["--python", target, "--profile", tool.level("v4")]
    shown = tool("explain", "demo", *source, *host).stdout
    assert "called fast" in shown and "called small" in shown
    (project,) = json.loads(tool("explain", "demo", *source, *host, "--json").stdout)["projects"]
    assert [one.get("names") for one in project["candidates"]] == [["fast"], ["small"], None]
    done = tool("install", "demo", *source, *host, "--variant", "small")
    assert f"variant {HASH3}, called small ({V3})" in done.stderr
    assert f"{HASH3}  {V3}  (called small)" in tool("list", "--python", target).stdout
    (entry,) = [e for e in json.loads(tool("list", "--json", "--python", target).stdout) if e["name"] == "demo"]
    assert (entry["label"], entry["names"]) == (HASH3, ["small"])
    done = tool("install", "demo", *source, *host, "--variant", "quick", code=3, error="variant-not-found")
    assert f"{HASH4} (called fast)  {V4}" in done.stderr


def test_the_index_has_the_names_and_the_founding_fields_as_before(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    tool("index", wheels)
    found = json.loads((wheels / "demo-1.0~variants.json").read_text())
    assert found == {
        "schema": "dualvariant/hashes/1",
        "variants": {HASH3: [V3], HASH4: [V4]},
        "names": {"fast": HASH4, "small": HASH3},
    }
    # A later run takes the names of files that it does not read again from their METADATA.
    make_wheel(wheels, "demo", "2.0")
    tool("index", wheels)
    assert json.loads((wheels / "demo-1.0~variants.json").read_text()) == found


@pytest.mark.parametrize("other", ["hash", "label"])
def test_one_name_for_two_variants_leaves_the_project_as_it_was(tool: Tool, wheels: Path, other: str) -> None:
    tool("index", wheels)
    before = (wheels / "simple" / "demo" / "index.json").read_bytes()
    if other == "hash":
        properties = ["x86_64 :: level :: v2"]
        clash = make_wheel(wheels, "demo", "1.0", properties=properties, called=["fast"])
    else:
        text = document({"x86_64": CPU_PROVIDER}, {"fast": {"x86_64": {"level": ["v2"]}}})
        clash = make_label_wheel(wheels, "demo", "1.0", "fast", text)
    done = tool("index", wheels, code=5)
    assert "are both called 'fast'" in done.stderr and clash.name in done.stderr and f"~{HASH4}" in done.stderr
    assert (wheels / "simple" / "demo" / "index.json").read_bytes() == before


def test_a_name_of_two_variants_is_never_guessed(tool: Tool, wheels: Path, target: Path) -> None:
    clash = make_wheel(wheels, "demo", "1.0", properties=["x86_64 :: level :: v2"], called=["fast"])
    line: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v4")]
    done = tool("install", "demo", *line, "--variant", "fast", code=5, error="unusable-variants")
    assert "different variants called 'fast'" in done.stderr and clash.name in done.stderr
    assert f"variant {HASH4}" in tool("install", "demo", *line, "--variant", HASH4).stderr


def test_a_bad_name_costs_the_wheel(tool: Tool, wheels: Path, target: Path, tmp_path: Path) -> None:
    make_wheel(wheels, "demo", "2.0")
    good = make_wheel(tmp_path, "demo", "2.0", properties=[V4], called=["fast"])
    with WheelArchive(good) as archive:
        metadata = {archive.metadata_path: archive.read_metadata().replace(b": fast", b": Fast")}
    bad = rewrite_wheel(good, wheels / good.name, metadata)
    line: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v4")]
    shown = " ".join(tool("explain", "demo", *line).stdout.split())
    assert "the name of a variant may have only 0-9, a-z, _ and .: 'Fast'" in shown
    assert bad.name in tool("index", wheels, code=5).stderr


def test_names_go_there_and_back_again(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    """Hash to label to hash, and label to hash to label, are equal byte for byte, with and without a name."""
    make_wheel(wheels, "demo", "1.0", properties=["x86_64 :: level :: v2"])
    for wheel in wheels.glob("*~*.whl"):
        labelled = Path(tool("convert", wheel, "-o", tmp_path / "label").stdout.strip())
        description = hashes.read_wheel(wheel)
        assert description is not None
        assert labelled.name.endswith(f"-any-{next(iter(description.names), 'x86_64_v2')}.whl")
        back = Path(tool("convert", labelled, "-o", tmp_path / "back").stdout.strip())
        assert (back.name, back.read_bytes()) == (wheel.name, wheel.read_bytes())
        again = Path(tool("convert", back, "-o", tmp_path / "again").stdout.strip())
        assert (again.name, again.read_bytes()) == (labelled.name, labelled.read_bytes())


def test_tag_gives_a_hash_wheel_a_name(tool: Tool, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo", "1.0")
    line: list[str | Path] = ["tag", wheel, "-p", V3, "-o", tmp_path / "out"]
    named = Path(tool(*line, "--name", "small").stdout.strip())
    description = hashes.read_wheel(named)
    assert description is not None and description.names == ("small",)
    shutil.rmtree(tmp_path / "out")
    assert "the name of a variant looks like a hash: 'deadbeef'" in tool(*line, "--name", "deadbeef", code=2).stderr
    assert "may have only" in tool(*line, "--name", "Small", code=2).stderr
    assert "--label" in tool(*line, "--name", "small", "--dialect", "label", code=2).stderr
