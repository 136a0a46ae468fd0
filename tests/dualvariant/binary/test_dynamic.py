"""What a loader reads of an ELF file, compared with nm and readelf."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dualvariant.binary.dynamic import read_dynamic
from fusing import LINKED, MULTI, compile_library, module_source

HELPER = "const char *helper_level(void) { return LEVEL; }\nstatic int hidden(void) { return 1; }\nint number = 3;\n"


@pytest.fixture
def linked(tmp_path: Path) -> bytes:
    """A module that is linked to a library with a SONAME."""
    flags = ("-Wl,-soname,libhelper.so.1",)
    (tmp_path / "libhelper.so").write_bytes(compile_library(tmp_path, HELPER, "none", *flags))
    return compile_library(tmp_path, module_source("_linked", LINKED), "none", str(tmp_path / "libhelper.so"))


def test_names_and_needs_are_those_that_binutils_show(linked: bytes, tmp_path: Path) -> None:
    if shutil.which("nm") is None or shutil.which("readelf") is None:
        pytest.skip("there are no binutils")
    module = compile_library(tmp_path, module_source("_multi", MULTI), "none")
    helper = (tmp_path / "libhelper.so").read_bytes()
    for content in (linked, module, helper):
        path = tmp_path / "file.so"
        path.write_bytes(content)
        found = read_dynamic(content)
        assert found is not None and not found.program
        names = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True, check=True).stdout
        functions = {line.split()[2] for line in names.splitlines() if line.split()[1] in "TWi"}
        assert functions == found.exported
        shown = subprocess.run(["readelf", "-dW", path], capture_output=True, text=True, check=True).stdout
        assert tuple(re.findall(r"\(NEEDED\).*\[(.*)\]", shown)) == found.needed
        assert (re.findall(r"\(SONAME\).*\[(.*)\]", shown) or [None])[0] == found.soname


def test_a_program_is_one(tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc")
    (tmp_path / "main.c").write_text("int main(void) { return 0; }\n")
    for flag in ("-pie", "-no-pie"):
        subprocess.run(["gcc", flag, "main.c", "-o", "program"], cwd=tmp_path, check=True)
        found = read_dynamic((tmp_path / "program").read_bytes())
        assert found is not None and found.program


def test_a_broken_file_raises_nothing(linked: bytes) -> None:
    chance = random.Random(1)
    assert read_dynamic(b"") is None and read_dynamic(b"#!/bin/sh\n") is None
    for _ in range(400):
        broken = bytearray(linked[: chance.choice([len(linked), chance.randrange(len(linked))])])
        for _ in range(chance.randrange(8)):
            if broken:
                broken[chance.randrange(min(len(broken), chance.choice([128, len(broken)])))] = chance.randrange(256)
        read_dynamic(bytes(broken))
