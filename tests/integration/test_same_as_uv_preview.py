"""The same host and the same index give the same label wheel as uv's preview, down to the last one."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emulation
import samples
from label_documents import (
    CPU_PROVIDER,
    VECTORS,
    document,
    make_label_wheel,
    random_documents,
    static,
    write_index_file,
)
from property_tests import examples
from servers import IndexServer, serving
from tool import LEVELS, Tool
from uv_preview import find_order, our_order, run_with_cpu
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.profile import HostProfile

NOBODY = HostProfile([])
VECTORS_OF_ORDER = json.loads((VECTORS / "order.json").read_text("utf-8"))["vectors"]


def write_release(folder: Path, text: str, labels: list[str], *, both_dialects: bool = False) -> None:
    """``demo`` 1.0 with a standard wheel, the label wheels and their document, and perhaps a hash wheel."""
    samples.make_wheel(folder, "demo", "1.0")
    if both_dialects:
        samples.make_wheel(folder, "demo", "1.0", properties=["x86_64 :: level :: v1"])
    for label in labels:
        make_label_wheel(folder, "demo", "1.0", label, text)
    write_index_file(folder, "demo", "1.0", text)


def compare(text: str, profile: HostProfile, prefix: tuple[str, ...] = ()) -> None:
    """The whole order, ours and uv's, of a release with this document and a wheel for each of its labels."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_release(folder / "wheels", text, list(json.loads(text)["variants"]))
        with serving(IndexServer(folder / "wheels", "json")) as server:
            ours = our_order(server, "demo", profile)
            assert ours == find_order(server, "demo", folder / "target", prefix), text


@examples(40)
@given(random_documents())
def test_random_releases_with_static_providers(value: dict[str, Any]) -> None:
    """40 releases, 400 at night."""
    compare(json.dumps(value), NOBODY)


@pytest.mark.parametrize("vector", VECTORS_OF_ORDER, ids=lambda vector: vector["id"])
def test_the_known_answers_are_still_those_of_uv(vector: dict[str, Any], tmp_path: Path) -> None:
    prefix = run_with_cpu("v3", tmp_path) if "x86_64" in vector["doc"]["providers"] else ()
    compare(json.dumps(vector["doc"]), profile_of("v3"), prefix)


def profile_of(level: str) -> HostProfile:
    return HostProfile([ProviderConfig("x86_64", [KeyConfig("level", LEVELS[level])])])


LEVEL_SETS = st.lists(st.sampled_from(["v1", "v2", "v3", "v4"]), min_size=1, max_size=2, unique=True)
#: Releases that use the level of the CPU, and a static namespace before or behind it.
CPU_DOCUMENTS = st.builds(
    lambda first, listed, variants: document(
        dict(sorted({"x86_64": CPU_PROVIDER, "blas": static({"lib": listed})}.items(), reverse=first)),
        {f"l{number}": variant for number, variant in enumerate(variants)},
    ),
    st.booleans(),
    st.permutations(["openblas", "mkl"]),
    st.lists(
        st.one_of(
            st.builds(lambda levels: {"x86_64": {"level": levels}}, LEVEL_SETS),
            st.builds(lambda lib: {"blas": {"lib": [lib]}}, st.sampled_from(["openblas", "mkl"])),
            st.builds(
                lambda levels, lib: {"x86_64": {"level": levels}, "blas": {"lib": [lib]}},
                LEVEL_SETS,
                st.sampled_from(["openblas", "mkl"]),
            ),
        ),
        min_size=2,
        max_size=5,
    ),
)


@pytest.mark.parametrize("level", ["v1", "v2", "v3"])
def test_random_releases_on_each_level(level: str, tmp_path: Path) -> None:
    """7 releases on each level, 70 at night."""
    prefix = run_with_cpu(level, tmp_path)

    @examples(7)
    @given(CPU_DOCUMENTS)
    def check(text: str) -> None:
        compare(text, profile_of(level), prefix)

    check()


#: For each level a CPU of the emulator; what a profile has beyond the level, uv does not know and no release here uses.
MODELS = {"v1": "qemu64", "v2": "Nehalem", "v3": "Haswell"}


@pytest.mark.parametrize("level", MODELS)
def test_what_is_detected_on_an_emulated_cpu_gives_the_order_of_uv(level: str, tmp_path: Path, tool: Tool) -> None:
    """The same with the profile that ``host`` prints under the emulator: 3 releases, 30 at night."""
    command = emulation.x86_tree(MODELS[level], sys.executable, "-m", "dualvariant", "host", "--json", "--strict")
    profile = HostProfile.from_json(tool.run(*command).stdout)
    prefix = run_with_cpu(level, tmp_path)

    @examples(3)
    @given(CPU_DOCUMENTS)
    def check(text: str) -> None:
        compare(text, profile, prefix)

    check()


def test_a_release_with_both_dialects(tmp_path: Path) -> None:
    text = document({"blas": static({"lib": ["a", "b"]})}, {"b": {"blas": {"lib": ["b"]}}, "null": {}})
    write_release(tmp_path / "wheels", text, ["b", "null"], both_dialects=True)
    with serving(IndexServer(tmp_path / "wheels")) as server:
        ours = our_order(server, "demo", profile_of("v1"))
        assert ours == find_order(server, "demo", tmp_path / "target")
    assert len(ours) == 3


def test_label_first_then_tags_then_build_number(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    text = document({"n": static({"f": ["1", "2"]})}, {"one": {"n": {"f": ["1"]}}, "two": {"n": {"f": ["2"]}}})
    write_release(wheels, text, ["one", "two"])
    for label in ("one", "two"):
        make_label_wheel(wheels, "demo", "1.0", label, text, build="2")
        make_label_wheel(wheels, "demo", "1.0", label, text, build="1", tag="py2.py3-none-any")
    with serving(IndexServer(wheels)) as server:
        ours = our_order(server, "demo", NOBODY)
        theirs = find_order(server, "demo", tmp_path / "target")
    assert [name.rpartition("-")[2] for name in ours] == [name.rpartition("-")[2] for name in theirs]
    assert ours == theirs


def test_where_uv_drops_the_version_the_label_wheels_alone_are_lost(tmp_path: Path) -> None:
    """The deliberate difference: PEP 825 asks for it."""
    wheels = tmp_path / "wheels"
    text = document({"n": static({"f": ["1"]})}, {"one": {"n": {"f": ["1"]}}})
    write_release(wheels, text, ["one"])
    write_index_file(wheels, "demo", "1.0", text[:-1] + ', "x": 1}')
    with serving(IndexServer(wheels)) as server:
        assert our_order(server, "demo", NOBODY) == ["demo-1.0-py3-none-any.whl"]
        assert find_order(server, "demo", tmp_path / "target") == []
    shutil.rmtree(wheels)
