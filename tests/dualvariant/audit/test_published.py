"""Wheels of PyPI: what is said of them, and whether it holds on an emulated CPU. Skipped where PyPI is away."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import emulation
from downloads import BUILD_FOLDER, fetch_all
from dualvariant.audit import audit_wheel
from dualvariant.builder.declaration.job import Job
from dualvariant.builder.verify.smoke import smoke_test
from dualvariant.core.platforms import find_host_platform
from dualvariant.core.processes import Children
from variantlib.wheel_name import parse_wheel_name

pytest.importorskip("iced_x86", reason="iced-x86 is not installed (extra dualvariant[audit])")
pytest.importorskip("capstone", reason="capstone is not installed (extra dualvariant[audit])")

FOLDER = BUILD_FOLDER / "published"


def fetch(requirement: str, machine: str) -> Path:
    """A wheel of PyPI for Python 3.11."""
    name = requirement.partition("==")[0]
    pattern = f"{name.replace('-', '_')}-*_{machine}.whl"
    words = ["--no-deps", "--only-binary", ":all:", "--python-version", "3.11"]
    for tag in ("manylinux2014", "manylinux_2_17", "manylinux_2_26", "manylinux_2_27", "manylinux_2_28"):
        words += ["--platform", f"{tag}_{machine}"]
    fetch_all(FOLDER, {pattern: requirement}, *words)
    return next(FOLDER.glob(pattern))


@pytest.mark.parametrize("requirement", ["pycryptodome==4.4.0", "rapidfuzz==3.14.6", "orjson==3.13.0"])
def test_dispatch_that_works_is_not_called_wrong(tmp_path: Path, requirement: str) -> None:
    """They ask in one file or in themselves, keep AVX2, AES or AVX-512, and run on the CPUs of 2003."""
    wheel = fetch(requirement, "x86_64")
    audit = audit_wheel(wheel)
    assert (audit.verdict, audit.errors) == ("not judged", [])
    if not requirement.startswith("orjson"):
        assert audit.find_beyond()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    if python != "3.11" or find_host_platform() != "linux_x86_64":
        pytest.skip("the wheels are for Python 3.11 on x86-64")
    emulation.x86("qemu64", "true")
    result = smoke_test(
        wheel,
        parse_wheel_name(wheel.name),
        Job("linux_x86_64", None),
        tmp_path,
        tmp_path,
        Children(),
        audit.find_beyond(),
    )
    assert result.is_proof, result.summary


@pytest.mark.parametrize(
    ("requirement", "verdict", "needs"),
    [("pyzmq==27.3.0", "not judged", "8a"), ("orjson==3.13.0", "not judged", None)],
)
def test_wheels_for_arm(requirement: str, verdict: str, needs: str | None) -> None:
    audit = audit_wheel(fetch(requirement, "aarch64"))
    assert (audit.verdict, audit.level_found, audit.errors) == (verdict, needs, [])
