"""The machine code of installed distributions, standard wheels too, against a CPU: ``check --code``."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

import pytest

from dualvariant.audit.installed import Allowance, InstalledCode, read_cpu_code
from dualvariant.core.errors import BadDataError
from elf_files import make_library
from natives import LOOPS, compiled, native_wheel
from tool import Tool
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.profile import HostProfile

LEVELS = ["v4", "v3", "v2", "v1"]
#: The same loops behind a question: nothing is known to run on every CPU.
QUESTION = 'static int asked(void) { return __builtin_cpu_supports("avx2"); }\n'
ASKING = LOOPS.replace("static PyObject *dot(", f"{QUESTION}static PyObject *dot(").replace(
    "return PyArg_ParseTuple", "if (!asked()) return NULL;\n    return PyArg_ParseTuple"
)


def host(level: str) -> HostProfile:
    return HostProfile([ProviderConfig("x86_64", [KeyConfig("level", LEVELS[LEVELS.index(level) :])])])


def unpacked(folder: Path, *flags: str, source: str = LOOPS) -> Path:
    """An installed standard wheel with such a module; its ``.dist-info`` folder."""
    wheel = native_wheel(folder / "w", {"kernels/tiny.so": compiled(folder / "c", *flags, source=source)})
    site = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (metadata,) = site.glob("*.dist-info")
    return metadata


def test_a_standard_wheel_that_needs_more(tmp_path: Path) -> None:
    metadata = unpacked(tmp_path, "-march=x86-64-v3")
    found = InstalledCode.read(metadata, read_cpu_code(host("v2")), Allowance())
    assert [path for path, _ in found.missing] == ["kernels/tiny.so"]
    assert "avx2" in found.features
    assert InstalledCode.read(metadata, read_cpu_code(host("v3")), Allowance()).missing == ()


def test_code_behind_a_question_does_not_count(tmp_path: Path) -> None:
    metadata = unpacked(tmp_path, "-march=x86-64-v3", source=ASKING)
    assert InstalledCode.read(metadata, read_cpu_code(host("v1")), Allowance()).missing == ()


def test_what_would_be_too_much_is_named(tmp_path: Path) -> None:
    metadata = unpacked(tmp_path, "-march=x86-64-v3")
    found = InstalledCode.read(metadata, read_cpu_code(host("v1")), Allowance(100))
    assert (found.missing, found.unread) == ((), ("kernels/tiny.so",))


def test_a_profile_without_a_cpu() -> None:
    with pytest.raises(BadDataError, match="nothing says what the CPU has"):
        read_cpu_code(HostProfile())


def test_the_command_has_a_line_for_each_distribution(tool: Tool, tmp_path: Path, target: Path) -> None:
    wheel = native_wheel(tmp_path / "w", {"kernels/tiny.so": compiled(tmp_path / "c", "-march=x86-64-v3")})
    (site,) = target.parent.parent.glob("lib/python3*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    line = ["check", "--code", "--python", str(target)]
    found = tool(*line, "--profile", tool.level("v1"), code=1).stdout.splitlines()
    assert len(found) == 1 and found[0].startswith("native 1.0  standard  needs ") and "kernels/tiny.so" in found[0]
    document = json.loads(tool(*line, "--profile", tool.level("v1"), "--json", code=1).stdout)
    (native,) = [each for each in document if each["name"] == "native"]
    assert "avx2" in native["needs"] and native["label"] is None and native["unread"] == []
    # Without a disassembler nothing is known, and that is said.
    (tool.home / "sitecustomize.py").write_text("import sys\nsys.modules['iced_x86'] = None\n")
    missing = tool(*line, environment={"PYTHONPATH": str(tool.home)}, code=2, error="disassembler-missing")
    assert "iced-x86" in missing.stderr


def test_a_disassembler_whose_library_cannot_be_loaded_is_no_clean_bill(tool: Tool, tmp_path: Path) -> None:
    """Seen on an emulated Arm: capstone, installed for another machine, raises an OSError."""
    site = tmp_path / "site"
    wheel = native_wheel(tmp_path / "w", {"tiny.so": make_library(bytes(16), machine=183)})
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "capstone.py").write_text("raise OSError('wrong ELF class: libcapstone.so')\n")
    code = "from pathlib import Path\nfrom dualvariant.audit.installed import Allowance, CpuCode, InstalledCode\n"
    code += f"(metadata,) = Path({str(site)!r}).glob('*.dist-info')\n"
    code += "InstalledCode.read(metadata, CpuCode('aarch64', frozenset()), Allowance())"
    done = tool.run(sys.executable, "-c", f"import sys; sys.path.insert(0, {str(site)!r})\n{code}", code=1)
    last = done.stderr.strip().splitlines()[-1]
    assert "'capstone' (it cannot be imported: wrong ELF class: libcapstone.so)" in last
