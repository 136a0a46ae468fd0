"""What the wheel holds. DUAL_AUTODIFF_WHEEL names the file, or several, as in PATH."""

import os
import zipfile
from pathlib import Path

import pytest

WHEELS = [Path(p) for p in os.environ.get("DUAL_AUTODIFF_WHEEL", "").split(os.pathsep) if p]
needs_wheel = pytest.mark.skipif(not WHEELS, reason="DUAL_AUTODIFF_WHEEL names no wheel")


@needs_wheel
@pytest.mark.parametrize("wheel", WHEELS, ids=lambda path: path.name)
def test_holds_the_compiled_module_its_stubs_and_no_source(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    compiled = [name for name in names if name.endswith((".so", ".pyd"))]
    assert len(compiled) == 1
    assert compiled[0].startswith("dual_autodiff/dual.")
    assert {"__init__.py", "dual.pyi", "py.typed", Path(compiled[0]).name} == {
        name.removeprefix("dual_autodiff/") for name in names
    }


@needs_wheel
@pytest.mark.parametrize("wheel", WHEELS, ids=lambda path: path.name)
def test_carries_its_licence_and_needs_nothing(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        fields = archive.read(metadata).decode()
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in archive.namelist())
    assert "License-Expression: MIT\n" in fields
    assert "Requires-Dist:" not in fields
