"""What the wheels hold. DUAL_AUTODIFF_WHEEL names the files, several as in PATH."""

import os
import zipfile
from pathlib import Path

import dual_autodiff as df
import pytest

WHEELS = [Path(p) for p in os.environ.get("DUAL_AUTODIFF_WHEEL", "").split(os.pathsep) if p]
#: What is compiled is no source of a wheel, and neither is what it is compiled from.
SOURCES = (".pyx", ".pxd", ".pxi", ".c", ".h", ".cpp")
pytestmark = pytest.mark.skipif(not WHEELS, reason="DUAL_AUTODIFF_WHEEL names no wheel")


def plain(wheel: Path) -> bool:
    return wheel.name.endswith("-py3-none-any.whl")


@pytest.mark.parametrize("wheel", WHEELS, ids=lambda path: path.name)
class TestContents:
    def test_no_source_of_what_is_compiled(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
        assert [name for name in names if name.endswith(SOURCES)] == []
        assert {"dual_autodiff/__init__.py", "dual_autodiff/py.typed"} <= set(names)
        folders = {name.partition("/")[0] for name in names}
        assert {"dual_autodiff"} == {folder for folder in folders if not folder.endswith(".dist-info")}

    def test_compiled_modules_with_their_types_or_none_at_all(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
        compiled = {name.partition(".")[0] for name in names if name.endswith((".so", ".pyd"))}
        modules = {f"dual_autodiff/{name}" for name in ("_core", "_engine", "pipeline/trace")}
        assert compiled == (set() if plain(wheel) else modules)
        assert all(f"{name}.pyi" in names or f"{name}.py" in names for name in compiled)

    def test_carries_no_debug_information(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            modules = [archive.read(name) for name in archive.namelist() if name.endswith(".so")]
        assert [module for module in modules if b".debug_info" in module] == []

    def test_carries_its_licence_and_needs_numpy_alone(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            (metadata,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
            fields = archive.read(metadata).decode()
            assert any(name.endswith(".dist-info/licenses/LICENSE") for name in archive.namelist())
        assert "License-Expression: MIT\n" in fields
        needs = [line for line in fields.splitlines() if line.startswith("Requires-Dist:")]
        assert len(needs) == 1
        assert needs[0].startswith("Requires-Dist: numpy")


def test_the_wheel_is_what_runs() -> None:
    """The compiled wheel where its modules are, plain Python from the other: the first that is named is installed."""
    assert df.build_info().backend == ("python" if plain(WHEELS[0]) else "compiled")
