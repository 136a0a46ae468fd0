"""Wheels for NVIDIA's GPUs, for CPUs and for every machine: the right one in both dialects, and the one uv takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_same_as_uv_preview import compare

import samples
from dualvariant_providers.nvidia import FORCE_ARCHITECTURE, FORCE_VERSION, config_of
from label_documents import document
from tool import Tool
from variantlib.profile import HostProfile

#: What the host of each case has: the newest CUDA version and the compute capability of its GPU.
HOSTS = [((12, 4), (9, 0)), ((12, 8), (8, 9)), ((11, 8), (7, 5)), ((13, 0), (10, 0))]

VARIANTS = {
    "cu12": {"nvidia": {"cuda_version_lower_bound": ["12.0"], "cuda_version_upper_bound": ["13"]}},
    "cu126": {"nvidia": {"cuda_version_lower_bound": ["12.6"]}},
    "cu11": {"nvidia": {"cuda_version_lower_bound": ["11"]}},
    "hopper": {"nvidia": {"cuda_version_lower_bound": ["12.0"], "sm_arch": ["90_real", "100_real"]}},
    "ada": {"nvidia": {"sm_arch": ["80_real", "70_virtual"]}},
    "ptx": {"nvidia": {"sm_arch": ["90_virtual"]}},
}


@pytest.mark.parametrize(("version", "capability"), HOSTS)
def test_the_order_is_uvs(version: tuple[int, int], capability: tuple[int, int]) -> None:
    text = document({"nvidia": {"requires": ["nvidia-variant-provider"]}}, VARIANTS)
    config = config_of(version, [capability])
    assert config is not None
    words = [f"{FORCE_VERSION}={version[0]}.{version[1]}", f"{FORCE_ARCHITECTURE}={capability[0]}.{capability[1]}"]
    compare(text, HostProfile([config]), ("env", *words))


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({FORCE_VERSION: "12.4", FORCE_ARCHITECTURE: "9.0", "DUALVARIANT_X86_64": "v3"}, "nvidia"),
        ({FORCE_VERSION: "11.8", FORCE_ARCHITECTURE: "9.0", "DUALVARIANT_X86_64": "v3"}, "x86_64"),
        ({"DUALVARIANT_HOST_NVIDIA": "none", "DUALVARIANT_X86_64": "v3"}, "x86_64"),
        ({"DUALVARIANT_HOST_NVIDIA": "none", "DUALVARIANT_X86_64": "v1"}, None),
    ],
)
def test_gpu_then_cpu_then_standard(
    environment: dict[str, str], expected: str | None, tool: Tool, target: Path, tmp_path: Path
) -> None:
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "demo", "1.0")
    samples.make_wheel(wheels, "demo", "1.0", properties=["x86_64 :: level :: v3"])
    samples.make_wheel(wheels, "demo", "1.0", properties=["nvidia :: cuda_version_lower_bound :: 12.0"])
    tool.environment |= environment
    order = ["--provider-priority", "nvidia,x86_64"]
    said = tool("explain", "demo", "--no-index", "-f", wheels, "--python", target, *order, "--json")
    best = json.loads(said.stdout)["projects"][0]["candidates"][0]
    assert best["verdict"] == "chosen"
    assert [text.split(" :: ")[0] for text in best["properties"]] == ([expected] if expected else [])
