"""The ELF note that is added after linking, before the real loader."""

from __future__ import annotations

import itertools
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import emulation
from dualvariant.binary.elf import ISA_LEVELS, read_elf
from dualvariant.binary.isa_note import add_isa_note
from natives import LOOPS, compiled
from zig import zig_cc

RESULT = float(sum((i % 17) ** 2 + 1 for i in range(512)))
IMPORT = "import sys; sys.path.insert(0, sys.argv[1]); import tiny; print(tiny.dot(1.0))"


def zig_compiled(folder: Path) -> bytes:
    """The same library by zig, whose linker cannot write the note."""
    import sysconfig

    (folder / "tiny.c").write_text(LOOPS)
    words = ["-mcpu=x86_64_v3", "-O3", "-s", "-shared", "-fPIC", "-I", sysconfig.get_path("include")]
    zig_cc(folder, "x86_64-linux-gnu.2.17", *words, "tiny.c", "-o", "tiny.so")
    return (folder / "tiny.so").read_bytes()


@pytest.mark.parametrize("level", ["v2", "v3", "v4"])
def test_the_note_is_read_again_and_nothing_else_has_changed(tmp_path: Path, level: str) -> None:
    before = compiled(tmp_path)
    after = add_isa_note(before, level)
    old, new = read_elf(before), read_elf(after)
    assert old is not None and new is not None
    assert (old.isa_needed, new.isa_needed) == (None, ISA_LEVELS[level])
    assert (new.code, new.functions, new.imports) == (old.code, old.functions, old.imports)
    assert add_isa_note(after, level) == after


def test_what_a_linker_wrote_stays(tmp_path: Path) -> None:
    content = compiled(tmp_path, "-Wl,-z,x86-64-v3")
    assert add_isa_note(content, "v3") == content


def test_what_is_no_library_for_x86_64_stays(tmp_path: Path) -> None:
    arm = bytearray(compiled(tmp_path))
    arm[18] = 183
    for content in (b"", b"text", bytes(arm)):
        assert add_isa_note(content, "v3") == content


def test_readelf_and_patchelf_understand_the_file(tmp_path: Path) -> None:
    if shutil.which("readelf") is None:
        pytest.skip("readelf is not installed (binutils)")
    path = tmp_path / "noted.so"
    path.write_bytes(add_isa_note(compiled(tmp_path), "v3"))
    told = subprocess.run(["readelf", "-W", "-n", "-l", path], capture_output=True, text=True, check=True)
    assert "x86 ISA needed: x86-64-v3" in told.stdout
    assert "Warning" not in told.stdout + told.stderr


def test_segments_are_in_order_and_within_the_file(tmp_path: Path) -> None:
    content = add_isa_note(compiled(tmp_path), "v3")
    (offset,) = struct.unpack_from("<Q", content, 32)
    (count,) = struct.unpack_from("<H", content, 56)
    headers = [struct.unpack_from("<IIQQQQQQ", content, offset + 56 * number) for number in range(count)]
    loads = [header for header in headers if header[0] == 1]
    assert [header[3] for header in loads] == sorted(header[3] for header in loads)
    for before, after in itertools.pairwise(loads):
        assert before[3] + before[6] <= after[3]
    for _, _, at, address, _, length, _, align in loads:
        assert at + length <= len(content)
        assert at % align == address % align


@pytest.mark.parametrize("linker", ["gcc", "zig"])
def test_the_loader_refuses_it_on_a_lesser_cpu_and_runs_it_on_its_own(tmp_path: Path, linker: str) -> None:
    """Without the note the process dies of an illegal instruction: the reason for all this."""
    lesser, own = emulation.x86("Nehalem", sys.executable), emulation.x86("Haswell", sys.executable)
    content = compiled(tmp_path, "-march=x86-64-v3", "-s") if linker == "gcc" else zig_compiled(tmp_path)
    codes = {}
    for kind, library in {"plain": content, "noted": add_isa_note(content, "v3")}.items():
        folder = tmp_path / kind
        folder.mkdir()
        (folder / "tiny.so").write_bytes(library)
        done = {
            name: subprocess.run([*cpu, "-c", IMPORT, folder], capture_output=True, text=True)
            for name, cpu in {"lesser": lesser, "own": own}.items()
        }
        assert done["own"].stdout == f"{RESULT}\n", done["own"].stderr
        codes[kind] = done["lesser"].returncode
        if kind == "noted":
            assert "CPU ISA level is lower than required" in done["lesser"].stderr
    assert codes["noted"] == 1
    assert codes["plain"] in (-4, 132)
