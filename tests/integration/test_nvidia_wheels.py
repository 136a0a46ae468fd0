"""Wheels for NVIDIA's GPUs, for CPUs and for every machine: the best one that fits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import samples
from dualvariant_providers.nvidia import FORCE_ARCHITECTURE, FORCE_VERSION
from tool import Tool


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
