"""What the driver's record shows: which commands made a module, and whether the level's flags reached all of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dualvariant.builder.toolchain.commands import Command, format_commands, read_commands
from dualvariant.builder.toolchain.compilers import find_local_toolchain
from dualvariant.builder.toolchain.driver import install_driver
from dualvariant.builder.toolchain.reach import Reach, find_reach
from dualvariant.core.platforms import find_host_platform

pytestmark = pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="its flags are for Linux on x86-64")

V3 = {"CFLAGS": ("-march=x86-64-v3",)}
#: An archive that is not empty.
ARCHIVE = b"!<arch>\nmore"


def build(folder: Path, lines: str, *modules: str, compiler: str = "gcc") -> Reach:
    """What the record says of modules that a shell script compiled from ``a.c`` to ``d.c``."""
    if shutil.which(compiler) is None or shutil.which("ar") is None:
        pytest.skip(f"there is no {compiler}")
    toolchain = find_local_toolchain("linux_x86_64", {"PATH": os.environ["PATH"], "CC": compiler})
    environ = toolchain.environment()
    driver = install_driver(toolchain, V3, environ, folder / "driver")
    for name in "abcd":
        (folder / f"{name}.c").write_text(f"int {name}(void) {{ return 1; }}\n")
    for name in ("it is", "one", "two"):
        (folder / name).mkdir()
    env = {**environ, **driver.environ, "UNSEEN": str(shutil.which(compiler)), "AR": str(shutil.which("ar"))}
    subprocess.run(["sh", "-ec", lines], cwd=folder, env=env, check=True)
    return find_reach(
        read_commands(driver.record), modules or ["m.so"], driver.levels, toolchain.list_library_folders()
    )


@pytest.mark.parametrize(
    "lines",
    [
        "gcc -fPIC -c a.c b.c; gcc -shared a.o b.o -o m.so",
        "gcc -fPIC -c a.c -oa.o; gcc -fPIC -c b.c -o b.o; gcc -shared a.o b.o -om.so",
        "gcc -fPIC -shared a.c b.c -o m.so",
        "gcc -fPIC -c a.c b.c; ar rcs 'it is/libq.a' a.o b.o; gcc -shared -L 'it is' -l:libq.a -o m.so",
        "gcc -fPIC -c a.c b.c; ar rcs libq.a a.o b.o; gcc -shared -L. -lq -o m.so",
        "gcc -fPIC -c a.c b.c; ar rcs q.a a.o b.o; gcc -shared -Wl,--whole-archive,q.a,--no-whole-archive -o m.so",
        "gcc -fPIC -c a.c b.c; ar rcs libq.a a.o b.o; gcc -shared -Xlinker libq.a -o m.so",
        # setuptools' build_clib and cc's crate fill an archive in several commands
        "gcc -fPIC -c a.c b.c; ar cq libq.a a.o; ar cq libq.a b.o; ar s libq.a; gcc -shared libq.a -o m.so",
        "gcc -fPIC -xc - -c -o a.o <a.c; gcc -fPIC -S b.c -o b.s; gcc -c b.s -o b.o; gcc -shared a.o b.o -o m.so",
    ],
)
def test_each_way_to_an_object_is_followed(tmp_path: Path, lines: str) -> None:
    found = build(tmp_path, lines)
    assert found.unknown == ()
    assert found.objects == (1 if "a.c b.c" in lines else 2)
    assert found.is_whole


@pytest.mark.parametrize(
    ("lines", "missed"),
    [
        ("$UNSEEN -fPIC -c a.c; gcc -fPIC -shared b.c a.o -o m.so", "a.o"),
        ("$UNSEEN -fPIC -c a.c; ar rcs libq.a a.o; gcc -fPIC -shared b.c libq.a -o m.so", "a.o"),
        ("$UNSEEN -fPIC -c a.c; $AR rcs libq.a a.o; gcc -fPIC -shared b.c -L. -lq -o m.so", "libq.a"),
        ("$UNSEEN -fPIC -c a.c; $AR rcs libq.a a.o; gcc -fPIC -shared b.c -L . -l :libq.a -o m.so", "libq.a"),
        ("$UNSEEN -fPIC -c a.c; $AR rcs libq.a a.o; gcc -fPIC -shared b.c -Wl,libq.a -o m.so", "libq.a"),
        ("$UNSEEN -fPIC -c a.c; gcc -fPIC -c b.c; ld -r a.o b.o -o q.o; gcc -shared q.o -o m.so", "q.o"),
        ("$UNSEEN -fPIC -c a.c; $AR rcs libq.a a.o; ar s libq.a; gcc -fPIC -shared b.c libq.a -o m.so", "libq.a"),
        ("$UNSEEN -fPIC -shared a.c -o m.so", "m.so"),
    ],
)
def test_what_went_round_the_driver_is_named(tmp_path: Path, lines: str, missed: str) -> None:
    found = build(tmp_path, lines)
    assert found.unknown == (missed,)
    assert not found.is_whole


def test_of_a_static_and_a_shared_library_that_were_there_the_linker_takes_the_shared_one(tmp_path: Path) -> None:
    made = "$UNSEEN -fPIC -c a.c; $AR rcs libq.a a.o; $UNSEEN -shared a.o -o libq.so"
    assert build(tmp_path, f"{made}; gcc -fPIC -shared b.c -L. -lq -o m.so").is_whole


@pytest.mark.parametrize(
    ("options", "is_archive"),
    [
        ("-l:libq.a", True),
        ("-Wl,-l:libq.a", True),
        ("-Wl,-Bstatic -lq", True),
        ("-Wl,-Bstatic -l q -Wl,-Bdynamic", True),
        ("-Wl,-Bstatic,-lq,-Bdynamic", True),
        ("-Xlinker -Bstatic -lq", True),
        ("-Wl,--push-state,-dn -lq -Wl,--pop-state", True),
        ("-Wl,-lq", False),
        ("-lq -Wl,-Bstatic", False),
        ("-Wl,-Bstatic -Wl,-Bdynamic -lq", False),
        ("-Wl,--push-state,-Bstatic -Wl,--pop-state -lq", False),
        ("-Bstatic -lq", False),
    ],
)
def test_an_archive_beside_a_shared_library_that_a_command_asks_for(
    tmp_path: Path, options: str, is_archive: bool
) -> None:
    """What the linker took is read from the symbols of the module: a shared library's are not defined in it."""
    made = "$UNSEEN -fPIC -c a.c; $AR rcs libq.a a.o; $UNSEEN -shared a.o -o libq.so; echo 'int a(void);' >it.h"
    used = "echo 'int e(void) { return a(); }' >>b.c"
    found = build(tmp_path, f"{made}; {used}; gcc -fPIC -include it.h -shared b.c -nostdlib -L. {options} -o m.so")
    symbols = subprocess.run(["nm", "-D", "m.so"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert is_archive == (" T a\n" in symbols)
    assert found.unknown == (("libq.a",) if is_archive else ())
    assert found.is_whole is not is_archive


@pytest.mark.parametrize("words", [("-static", "-lq"), ("-lq", "-static"), ("-static-pie", "-l", "q")])
def test_static_concerns_all_libraries(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "libq.a").write_bytes(ARCHIVE)
    (tmp_path / "libq.so").write_bytes(b"")
    command = Command(str(tmp_path), "c", 0, ("a.c", "-L.", *words, "-o", "m"))
    assert find_reach([command], ["m"], {}).unknown == ("libq.a",)


@pytest.mark.parametrize(
    ("words", "beside", "unknown"),
    [
        (("-l", "static=q"), ("libq.a", "libq.so"), ("libq.a",)),
        (("-lstatic:+whole-archive=p:q",), ("libq.a", "libq.so"), ("libq.a",)),
        (("-ldylib=q",), ("libq.a", "libq.so"), ()),
        (("-l", "q"), ("libq.a", "libq.so"), ()),
        (("-l", "q"), ("libq.a",), ("libq.a",)),  # rustc passes -lq on, and the linker finds nothing else
    ],
)
def test_libraries_of_a_crate(
    tmp_path: Path, words: tuple[str, ...], beside: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    for name in beside:
        (tmp_path / name).write_bytes(ARCHIVE)
    crate = ("--crate-name", "m", "lib.rs", "--crate-type", "cdylib", "-L", f"native={tmp_path}")
    found = find_reach([Command("/p", "rust", 0, (*crate, *words))], ["pkg/m.abi3.so"], {})
    assert found.unknown == unknown


def test_llvms_intermediate_files_are_followed(tmp_path: Path) -> None:
    lines = "clang -fPIC -emit-llvm -c a.c; clang -fPIC -c a.bc -o a.o; clang -fPIC -shared b.c a.o -o m.so"
    (tmp_path / "seen").mkdir()
    found = build(tmp_path / "seen", lines, compiler="clang")
    assert (found.objects, found.unknown) == (2, ())
    (tmp_path / "unseen").mkdir()
    found = build(tmp_path / "unseen", lines.replace("clang", "$UNSEEN", 1), compiler="clang")
    assert (found.objects, found.unknown) == (1, ("a.bc",))


def test_modules_of_one_name_are_all_followed(tmp_path: Path) -> None:
    lines = "gcc -fPIC -march=core2 -c a.c; gcc -shared a.o -o one/m.so; gcc -fPIC -c b.c; gcc -shared b.o -o two/m.so"
    found = build(tmp_path, lines, "one/m.so", "two/m.so")
    assert (found.objects, found.overridden, found.is_whole) == (2, ("a.c",), False)


def test_c_code_that_a_crate_links_is_followed(tmp_path: Path) -> None:
    """Crates such as zstd-sys compile C by the ``cc`` crate, in commands of their own, and link the archive."""
    (tmp_path / "libgiven.a").write_bytes(ARCHIVE)
    given, own = ("-march=x86-64-v3",), ("-march=x86-64-v3", "-march=core2")
    commands = [
        Command("/p", "c", 0, (*given, "-c", "a.c", "-o", "out/a.o")),
        Command("/p", "c", 0, (*own, "-c", "b.c", "-o", "out/b.o")),
        Command("/p", "archive", 0, ("cq", "/p/out/libz.a", "/p/out/a.o")),
        Command("/p", "archive", 0, ("cq", "/p/out/libz.a", "/p/out/b.o")),
        Command("/p", "archive", 0, ("s", "/p/out/libz.a")),
        Command(
            "/p", "rust", 0, ("--crate-name", "z", "z.rs", "-L", "native=/p/out", "-l", "static=z", "-l", "dylib=m")
        ),
        Command("/p", "rust", 0, ("--crate-name", "g", "g.rs", "-L", f"native={tmp_path}", "-lstatic:-bundle=given")),
        Command("/p", "rust", 0, ("--crate-name", "m", "lib.rs", "--crate-type", "cdylib")),
    ]
    found = find_reach(commands, ["pkg/m.abi3.so"], {"CFLAGS": given})
    assert (found.objects, found.overridden, found.unknown) == (5, ("b.c",), ("libgiven.a",))


def test_the_record_follows_a_module_through_archives(tmp_path: Path) -> None:
    if shutil.which("gcc") is None or shutil.which("ar") is None:
        pytest.skip("there is no gcc")
    toolchain = find_local_toolchain("linux_x86_64", {"PATH": os.environ["PATH"], "CC": "gcc"})
    environ = toolchain.environment()
    driver = install_driver(toolchain, V3, environ, tmp_path / "driver")
    for name in "abcd":
        (tmp_path / f"{name}.c").write_text(f"int {name}(void) {{ return 1; }}\n")
    subprocess.run(["gcc", "-fPIC", "-c", "d.c"], cwd=tmp_path, check=True)  # an object that nobody watched
    lines = (
        "gcc -fPIC -march=native -c a.c && gcc -fPIC -mavx512f -c b.c -o x/b.o && ar rcs libb.a x/b.o"
        " && gcc -shared a.o c.c -L. -lb -o one.so && gcc -shared a.o d.o -o two.so"
    )
    (tmp_path / "x").mkdir()
    subprocess.run(["sh", "-c", lines], cwd=tmp_path, env={**environ, **driver.environ}, check=True)
    commands = read_commands(driver.record)
    one = find_reach(commands, ["pkg/one.so"], driver.levels)
    assert (one.objects, one.unknown, one.natives, one.own) == (3, (), 1, {"b.c": ("-mavx512f",)})
    assert one.is_whole
    two = find_reach(commands, ["pkg/two.so", "pkg/three.so"], driver.levels)
    assert (two.objects, two.unknown, two.is_whole) == (1, ("d.o", "pkg/three.so"), False)
    assert "-mavx512f" in format_commands(commands)


def test_a_compilation_without_the_levels_flags_is_not_reached(tmp_path: Path) -> None:
    """A project that chooses another CPU for all of its code overrides the level."""
    commands = [
        Command("/p", "c", 0, ("-march=x86-64-v3", "-march=core2", "-c", "a.c")),
        Command("/p", "c", 0, ("-shared", "a.o", "-o", "a.so")),
    ]
    found = find_reach(commands, ["a.so"], V3)
    assert found.own == {"a.c": ("-march=core2",)}
    assert not found.is_whole
