"""Wheels for NVIDIA's GPUs, for CPUs and for every machine: the best one that fits, in both dialects, as in uv."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import samples
from dualvariant.testing import ask, make_profile
from dualvariant_providers.nvidia import FORCE_ARCHITECTURE, FORCE_VERSION, NvidiaProvider, config_of
from label_documents import CPU_PROVIDER, document, make_label_wheel, write_index_file
from nvidia_machines import MACHINES, build_driver, needs_compiler, write_nvidia_smi
from property_tests import examples
from servers import IndexServer, serving
from tool import Tool
from uv_preview import find_order, our_order
from variantlib.profile import HostProfile

#: uv answers for the package where the place of the plugin is named, too; ours needs no such place.
NVIDIA_PROVIDER = {
    "requires": ["nvidia-variant-provider >=0.0.1,<1"],
    "plugin-api": "nvidia_variant_provider.plugin:NvidiaVariantPlugin",
}

#: What the wheels of one release are made for; the standard wheel comes on top.
VARIANTS: dict[str, dict[str, dict[str, list[str]]]] = {
    "cu12_sm90": {"nvidia": {"cuda_version_lower_bound": ["12.0"], "sm_arch": ["90_real"]}},
    "cu12": {"nvidia": {"cuda_version_lower_bound": ["12.0"]}},
    "cu11": {"nvidia": {"cuda_version_lower_bound": ["11.4"], "cuda_version_upper_bound": ["12"]}},
    "x86_64_v3": {"x86_64": {"level": ["v3"]}},
}


def write_label_wheels(folder: Path, variants: dict[str, Any]) -> None:
    """``labelled`` 1.0: a standard wheel, and a label wheel for each variant."""
    text = document({"nvidia": NVIDIA_PROVIDER, "x86_64": CPU_PROVIDER}, variants)
    samples.make_wheel(folder, "labelled", "1.0")
    for label in variants:
        make_label_wheel(folder, "labelled", "1.0", label, text)
    write_index_file(folder, "labelled", "1.0", text)


def write_hash_wheels(folder: Path) -> None:
    """``hashed`` 1.0: the same wheels in the other dialect."""
    samples.make_wheel(folder, "hashed", "1.0")
    for namespaces in VARIANTS.values():
        properties = [
            f"{namespace} :: {feature} :: {value}"
            for namespace, features in namespaces.items()
            for feature, values in features.items()
            for value in values
        ]
        samples.make_wheel(folder, "hashed", "1.0", properties=properties)


def name_variant(properties: list[str]) -> str | None:
    """The key of :data:`VARIANTS` for a wheel's properties; None for a standard wheel."""
    found = {tuple(text.split(" :: ")) for text in properties}
    for label, namespaces in VARIANTS.items():
        if found == {(n, f, v) for n, features in namespaces.items() for f, values in features.items() for v in values}:
            return label
    assert not properties
    return None


@needs_compiler
@pytest.mark.parametrize(
    ("machine", "level", "expected"),
    [
        ("one H100, driver 550", "v3", "cu12_sm90"),
        ("A100, driver 535", "v3", "cu12"),
        ("RTX 3090 and A100", "v1", "cu12"),
        ("K80, driver 470", "v3", "cu11"),
        ("a GPU that CUDA_VISIBLE_DEVICES hides", "v3", "x86_64_v3"),
        ("updated libraries, old kernel module", "v3", "x86_64_v3"),
        ("a driver without a GPU", "v1", None),
    ],
)
def test_gpu_then_cpu_then_standard(
    machine: str, level: str, expected: str | None, tool: Tool, target: Path, tmp_path: Path
) -> None:
    """The driver library is asked, as on a host; both dialects give the same wheel."""
    wheels = tmp_path / "wheels"
    write_label_wheels(wheels, VARIANTS)
    write_hash_wheels(wheels)
    library = build_driver(tmp_path / "driver", MACHINES[machine])
    tool.environment |= {"LD_LIBRARY_PATH": str(library), "DUALVARIANT_X86_64": level}
    options = ["--no-index", "-f", str(wheels), "--python", str(target), "--provider-priority", "nvidia,x86_64"]
    said = json.loads(tool("explain", "labelled", "hashed", *options, "--json").stdout)
    for project in said["projects"]:
        best = project["candidates"][0]
        assert best["verdict"] == "chosen"
        assert name_variant(best["properties"]) == expected, (project["name"], best)


def test_the_variables_of_the_plugin_install_a_wheel(tool: Tool, target: Path, tmp_path: Path) -> None:
    write_label_wheels(tmp_path / "wheels", VARIANTS)
    tool.environment |= {FORCE_VERSION: "12.4", FORCE_ARCHITECTURE: "9.0"}
    tool("install", "labelled", "--no-index", "-f", tmp_path / "wheels", "--python", target)
    assert "cu12_sm90" in tool("list", "--python", target).stdout


# --- the order of uv


def compare(variants: dict[str, Any], profile: HostProfile) -> None:
    """The whole order, ours and uv's, of a release with a wheel for each variant."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_label_wheels(folder / "wheels", variants)
        with serving(IndexServer(folder / "wheels", "json")) as server:
            ours = our_order(server, "labelled", profile)
            assert ours == find_order(server, "labelled", folder / "target"), variants


#: One GPU, or several of one kind: of several kinds uv counts the newest alone.
ONE_KIND = [
    "one H100, driver 550",
    "RTX 4090, driver 570",
    "B200, driver 580",
    "K80, driver 470",
    "a driver without a GPU",
]


@needs_compiler
@pytest.mark.parametrize("machine", ONE_KIND)
def test_a_recorded_machine_gives_the_order_of_uv(
    machine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our provider asks the driver library, and uv asks ``nvidia-smi``."""
    answer = ask(
        NvidiaProvider, environment={"LD_LIBRARY_PATH": str(build_driver(tmp_path / "lib", MACHINES[machine]))}
    )
    assert answer.failure is None
    smi = write_nvidia_smi(tmp_path / "bin", MACHINES[machine])
    monkeypatch.setenv("PATH", str(smi), prepend=":")
    of_gpus = {label: variant for label, variant in VARIANTS.items() if "nvidia" in variant}
    more = {"ptx": {"nvidia": {"sm_arch": ["80_virtual"]}}, "ada": {"nvidia": {"sm_arch": ["86_real"]}}}
    compare({**of_gpus, **more}, make_profile({"nvidia": answer.values} if answer.values else {}))


BOUNDS = [f"{major}{minor}" for major in (11, 12, 13) for minor in ("", ".0", ".4", ".8")]
ARCHITECTURES = ["80_real", "86_real", "89_real", "90_real", "80_virtual", "90_virtual", "100_virtual"]
FEATURES = st.fixed_dictionaries(
    {},
    optional={
        "cuda_version_lower_bound": st.lists(st.sampled_from(BOUNDS), min_size=1, max_size=2, unique=True),
        "cuda_version_upper_bound": st.lists(st.sampled_from(BOUNDS), min_size=1, max_size=2, unique=True),
        "sm_arch": st.lists(st.sampled_from(ARCHITECTURES), min_size=1, max_size=3, unique=True),
    },
).filter(bool)


@pytest.mark.parametrize(("version", "capability"), [((12, 4), (8, 9)), ((13, 0), (9, 0))])
def test_random_wheels_have_the_order_of_uv(
    version: tuple[int, int], capability: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """3 releases on each machine, 30 at night."""
    monkeypatch.setenv(FORCE_VERSION, f"{version[0]}.{version[1]}")
    monkeypatch.setenv(FORCE_ARCHITECTURE, f"{capability[0]}.{capability[1]}")
    config = config_of(version, [capability])
    assert config is not None

    @examples(3)
    @given(st.lists(FEATURES, min_size=2, max_size=5))
    def check(variants: list[dict[str, list[str]]]) -> None:
        compare({f"l{number}": {"nvidia": one} for number, one in enumerate(variants)}, HostProfile([config]))

    check()


@pytest.mark.parametrize(
    ("provider", "fits", "fits_uv"),
    [
        (NVIDIA_PROVIDER, True, True),
        ({"requires": NVIDIA_PROVIDER["requires"]}, True, False),
        ({**NVIDIA_PROVIDER, "plugin-api": "nvidia_variant_provider.plugin"}, False, False),
    ],
)
def test_uv_needs_the_place_of_the_plugin(
    provider: dict[str, Any], fits: bool, fits_uv: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deliberate difference: the package alone says what is meant. Its documents are written with the place."""
    monkeypatch.setenv(FORCE_VERSION, "12.4")
    text = document({"nvidia": provider}, {"cu12": VARIANTS["cu12"]})
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "demo", "1.0")
    make_label_wheel(wheels, "demo", "1.0", "cu12", text)
    write_index_file(wheels, "demo", "1.0", text)
    config = config_of((12, 4), [])
    assert config is not None
    with serving(IndexServer(wheels, "json")) as server:
        assert our_order(server, "demo", HostProfile([config]))[0].endswith("-cu12.whl") == fits
        assert find_order(server, "demo", tmp_path / "target")[0].endswith("-cu12.whl") == fits_uv
