"""Symbols are taken out of libraries before anything else is done to them, or left where that would break them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from dualvariant.binary.elf import ElfFile, read_elf, read_mapped_segments
from dualvariant.binary.isa_note import add_isa_note
from dualvariant.builder.declaration.job import Job
from dualvariant.builder.finish.note import add_level_note
from dualvariant.builder.finish.repair import repair
from dualvariant.builder.finish.strip import find_strip_program, strip_wheel
from dualvariant.builder.toolchain.compilers import Toolchain, find_local_toolchain, find_zig_toolchain
from natives import LOOPS, V3, compiled, native_wheel
from variantlib.meta import VariantDescription
from zig import CACHES, KEPT, need_zig

IMPORT = "import sys; sys.path.insert(0, sys.argv[1]); import tiny; print(tiny.dot(1.0))"


@pytest.fixture
def local() -> Toolchain:
    """This machine's compiler."""
    if shutil.which("strip") is None:
        pytest.skip("there is no strip (binutils)")
    return find_local_toolchain("linux_x86_64", {"PATH": os.environ["PATH"], "CC": "gcc"})


def library(wheel: Path) -> tuple[bytes, ElfFile]:
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read("tiny.so")
    elf = read_elf(content)
    assert elf is not None
    return content, elf


def imported(folder: Path, content: bytes) -> str:
    folder.mkdir()
    (folder / "tiny.so").write_bytes(content)
    return subprocess.run([sys.executable, "-c", IMPORT, folder], capture_output=True, text=True, check=True).stdout


def run(wheel: Path, toolchain: Toolchain, folder: Path) -> tuple[Path, str]:
    """The stripped wheel, and what the log says."""
    folder.mkdir()
    log = folder / "log"
    log.touch()
    (folder / "out").mkdir()
    return strip_wheel(wheel, toolchain, folder / "out", log), log.read_text()


def test_symbols_and_debug_information_go_and_what_runs_stays(tmp_path: Path, local: Toolchain) -> None:
    content = compiled(tmp_path / "c", "-g")
    before = read_elf(content)
    assert before is not None and before.symbols and b".debug_info" in content
    wheel, said = run(native_wheel(tmp_path, {"tiny.so": content}), local, tmp_path / "strip")
    new, elf = library(wheel)
    assert (elf.symbols, said, len(new) < len(content)) == (False, "stripped: tiny.so\n", True)
    assert (elf.code, read_mapped_segments(new)) == (before.code, read_mapped_segments(content))
    assert imported(tmp_path / "new", new) == imported(tmp_path / "old", content)


def test_what_has_none_is_the_same_wheel(tmp_path: Path, local: Toolchain) -> None:
    wheel = native_wheel(tmp_path, {"tiny.so": compiled(tmp_path / "c", "-s"), "tiny.txt": b"text"})
    assert run(wheel, local, tmp_path / "strip") == (wheel, "")


def test_a_static_library_keeps_what_linkers_need(tmp_path: Path, local: Toolchain) -> None:
    compiled(tmp_path / "c", "-g")
    subprocess.run(["gcc", "-g", "-c", "-I", sysconfig.get_path("include"), "tiny.c"], cwd=tmp_path / "c", check=True)
    wheel = native_wheel(tmp_path, {"tiny.o": (tmp_path / "c" / "tiny.o").read_bytes()})
    assert run(wheel, local, tmp_path / "strip") == (wheel, "")


def test_before_patchelf_and_the_note_and_the_result_is_imported(tmp_path: Path, local: Toolchain) -> None:
    if find_spec("auditwheel") is None:
        pytest.skip("auditwheel is not installed (extra dualvariant[build])")
    content = compiled(tmp_path / "c", "-g")
    wheel, _ = run(native_wheel(tmp_path, {"tiny.so": content}), local, tmp_path / "strip")
    (tmp_path / "repaired").mkdir()
    (tmp_path / "noted").mkdir()
    job = Job("linux_x86_64", VariantDescription.from_strings([V3]))
    done = add_level_note(repair(wheel, job, tmp_path / "repaired"), job, tmp_path / "noted")
    new, elf = library(done)
    assert (elf.symbols, elf.isa_needed) == (False, 4)
    assert imported(tmp_path / "old", content) == imported(tmp_path / "new", new)


def test_what_gnu_strip_would_break_is_left_as_it_is_and_told_of(tmp_path: Path, local: Toolchain) -> None:
    """Program headers at the end of a file, as patchelf writes them too: strip leaves their addresses behind."""
    content = add_isa_note(compiled(tmp_path / "c", "-g"), "v3")
    wheel, said = run(native_wheel(tmp_path, {"tiny.so": content}), local, tmp_path / "strip")
    assert library(wheel)[0] == content
    assert said.startswith("not stripped: tiny.so (")


def test_a_strip_of_the_user_s_own(tmp_path: Path, local: Toolchain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIP", "no-such-strip --quiet")
    assert find_strip_program(local) == ["no-such-strip", "--quiet"]
    content = compiled(tmp_path / "c", "-g")
    wheel, said = run(native_wheel(tmp_path, {"tiny.so": content}), local, tmp_path / "strip")
    assert library(wheel)[0] == content
    assert "not stripped: tiny.so" in said and "no-such-strip" in said


def test_for_arm_only_by_a_program_that_knows_arm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_zig()
    monkeypatch.setenv("STRIP", "strip")  # the host's, which does not
    zig = find_zig_toolchain("linux_aarch64", {"PATH": os.environ["PATH"]}, CACHES)
    source = LOOPS.split("static PyObject")[0].replace("#include <Python.h>", "")
    (tmp_path / "tiny.c").write_text(source)
    command = [*zig.cc, "-O1", "-g", "-shared", "-fPIC", "tiny.c", "-o", "tiny.so"]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, **KEPT}, check=True)
    content = (tmp_path / "tiny.so").read_bytes()
    wheel = native_wheel(tmp_path, {"tiny.so": content})
    if find_strip_program(zig) is not None:
        new, elf = library(run(wheel, zig, tmp_path / "strip")[0])
        assert (elf.symbols, read_mapped_segments(new)) == (False, read_mapped_segments(content))
    monkeypatch.setenv("PATH", "/nowhere")
    same, said = run(wheel, zig, tmp_path / "without")
    assert library(same)[0] == content
    assert said == "not stripped: tiny.so (no program here strips for that machine; llvm-strip does)\n"
