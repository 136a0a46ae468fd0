"""The compiler driver: what becomes of each command line, and what its record shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from dualvariant.builder.toolchain.commands import read_commands
from dualvariant.builder.toolchain.compilers import Toolchain, find_local_toolchain, find_zig_toolchain
from dualvariant.builder.toolchain.driver import Driver, install_driver
from dualvariant.builder.toolchain.reach import Reach, find_reach
from dualvariant.builder.toolchain.response_files import split_arguments
from dualvariant.core.platforms import find_host_platform
from zig import CACHES, KEPT

pytestmark = pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="its flags are for Linux on x86-64")

V3 = {"CFLAGS": ("-march=x86-64-v3",), "CXXFLAGS": ("-march=x86-64-v3",), "RUSTFLAGS": ("-Ctarget-cpu=x86-64-v3",)}
LEVEL = ["-march=x86-64", "-march=x86-64-v3"]
RUST_LEVEL = ["-Ctarget-cpu=x86-64", "-Ctarget-cpu=x86-64-v3"]


class Bench:
    """A folder with a driver in it, in front of programs that write their own arguments down."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder, programs = folder, folder / "programs"
        programs.mkdir()
        for name in names:
            path = programs / name
            path.write_text('#!/bin/sh\nprintf "%s\\n" "$0" "$@" > "$SEEN"\nexit 7\n')
            path.chmod(0o755)
        (folder / "it's").mkdir()
        self.environ = {"PATH": f"{programs}:/usr/bin:/bin", "SEEN": str(folder / "seen")}
        toolchain = Toolchain("linux_x86_64", "gcc", ("gcc",), {}, {})
        self.driver = install_driver(toolchain, V3, self.environ, folder / "driver")

    def run(self, *words: str, **environ: str) -> list[str]:
        """What the program got; the first word is the program's path."""
        env = {**self.environ, **self.driver.environ, **environ}
        done = subprocess.run(words, cwd=self.folder, env=env, stderr=subprocess.PIPE, text=True)
        assert (done.returncode, done.stderr) == (7, "")  # as the program itself ends
        return (self.folder / "seen").read_text().splitlines()


@pytest.mark.parametrize("name", ["gcc", "cc", "clang", "gcc-12", "x86_64-linux-gnu-gcc-12", "g++", "clang++-16"])
def test_the_levels_flags_come_first_and_native_becomes_the_level(tmp_path: Path, name: str) -> None:
    bench = Bench(tmp_path, name)
    program, *words = bench.run(name, "-O3", "-march=native", "-mtune=native", "-mavx2", "-DX=a b", "-c", "it's/a.cpp")
    assert program == str(tmp_path / "programs" / name)
    assert words == [*LEVEL, "-O3", *LEVEL, "-mtune=generic", "-mavx2", "-DX=a b", "-c", "it's/a.cpp"]


@pytest.mark.parametrize("name", ["gfortran", "gfortran-12", "f95", "f77"])
@pytest.mark.parametrize("ending", ["f", "f90", "F", "for"])
def test_fortran(tmp_path: Path, name: str, ending: str) -> None:
    bench = Bench(tmp_path, name)
    assert bench.run(name, "-c", f"a.{ending}", "-mcpu=native")[1:] == [*LEVEL, "-c", f"a.{ending}", *LEVEL]
    has_gfortran = name == "gfortran" or shutil.which("gfortran", path="/usr/bin:/bin") is not None
    assert ("FC" in bench.driver.environ) == has_gfortran


@pytest.mark.parametrize(
    "words", [["--version"], ["-dumpmachine"], ["-print-file-name=libc.a"], ["-shared", "a.o", "-o", "a.so"], []]
)
def test_where_nothing_is_compiled_no_flags_are_added(tmp_path: Path, words: list[str]) -> None:
    assert Bench(tmp_path, "gcc").run("gcc", *words)[1:] == words


@pytest.mark.parametrize("words", [["-E", "-dM", "-"], ["-x", "c", "/dev/null"], ["-flto", "a.o", "-o", "a.so"]])
def test_what_compiles_without_a_source_of_a_known_name(tmp_path: Path, words: list[str]) -> None:
    assert Bench(tmp_path, "gcc").run("gcc", *words)[1:] == [*LEVEL, *words]


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        (["-C", "target-cpu=native"], ["-C", "target-cpu=x86-64-v3"]),
        (["-Ctarget-cpu=native"], ["-Ctarget-cpu=x86-64-v3"]),
        (["--codegen=target-cpu=native"], ["--codegen=target-cpu=x86-64-v3"]),
        (["--codegen", "target-cpu=native"], ["--codegen", "target-cpu=x86-64-v3"]),
        (["--cfg", "target-cpu=native"], ["--cfg", "target-cpu=native"]),
        (["-Ctarget_cpu=native"], ["-Ctarget_cpu=x86-64-v3"]),
        (
            ["-C", "target_cpu=native", "-C", "target-cpu=native"],
            ["-C", "target_cpu=x86-64-v3", "-C", "target-cpu=x86-64-v3"],
        ),
        (["-Ztune-cpu=native"], ["-Ztune-cpu=generic"]),
        (["-Z", "tune_cpu=native"], ["-Z", "tune-cpu=generic"]),
        (["-Ctarget-cpu=haswell", "-Ctarget-feature=+avx2"], ["-Ctarget-cpu=haswell", "-Ctarget-feature=+avx2"]),
    ],
)
@pytest.mark.parametrize("chain", ["", "sccache"])
def test_rustc_behind_cargo(tmp_path: Path, asked: list[str], got: list[str], chain: str) -> None:
    bench = Bench(tmp_path, "rustc", "sccache")
    if chain:
        shutil.rmtree(tmp_path / "driver")
        environ = {**bench.environ, "RUSTC_WRAPPER": str(tmp_path / "programs" / chain)}
        bench.driver = install_driver(
            Toolchain("linux_x86_64", "gcc", ("gcc",), {}, {}), V3, environ, tmp_path / "driver"
        )
    rustc = str(tmp_path / "programs" / "rustc")
    seen = bench.run(bench.driver.environ["RUSTC_WRAPPER"], rustc, "lib.rs", *asked)
    before = [str(tmp_path / "programs" / chain), rustc] if chain else [rustc]
    assert seen == [*before, "-Ctarget-cpu=x86-64", "-Ctarget-cpu=x86-64-v3", "lib.rs", *got]


@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_native_in_a_file_of_arguments(tmp_path: Path, quote: str) -> None:
    bench = Bench(tmp_path, "gcc")
    (tmp_path / "a.rsp").write_text(f"-O3\n{quote}-march=native{quote} -c a.c -o 'b c.o'")
    (file,) = bench.run("gcc", "@a.rsp")[1:]
    assert split_arguments(Path(file[1:]).read_text()) == [*LEVEL, "-O3", *LEVEL, "-c", "a.c", "-o", "b c.o"]
    (command,) = read_commands(bench.driver.record)
    assert command.outputs == (str(tmp_path / "b c.o"),)
    assert command.natives == 1
    assert (tmp_path / "a.rsp").read_text().startswith("-O3\n")  # the project's own file is as it was


@pytest.mark.parametrize("style", ["'", '"', "\\"])
def test_native_in_files_that_files_of_arguments_name(tmp_path: Path, style: str) -> None:
    """The words that the compiler gets are those of the files, with the level in place of ``native``."""
    bench = Bench(tmp_path, "g++")
    word = '-DTEXT="a b"'
    quoted = {"'": f"'{word}'", '"': '"-DTEXT=\\"a b\\""', "\\": '-DTEXT=\\"a\\ b\\"'}[style]
    texts = {
        "one": f"-O3 @two {quoted}",
        "two": "-mtune=native\n'@it is'",
        "it is": f"-march=native {quoted} it\\'s.cpp",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (file,) = bench.run("g++", "-c", "@one", "-Wl,-z,@missing")[1:]
    words = [
        *LEVEL,
        "-c",
        "-O3",
        "-mtune=generic",
        *LEVEL,
        word,
        "it's.cpp",
        word,
        "-Xlinker",
        "-z",
        "-Xlinker",
        "@missing",
    ]
    assert split_arguments(Path(file[1:]).read_text()) == words
    assert Path(file[1:]).parent == bench.driver.record
    (command,) = read_commands(bench.driver.record)
    assert (list(command.words), command.natives) == (words, 2)
    assert texts == {name: (tmp_path / name).read_text() for name in texts}


def test_files_of_arguments_without_native_stay(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "gcc")
    (tmp_path / "one").write_text("-mavx2 @two")
    (tmp_path / "two").write_text("-c 'a b.c'")
    assert bench.run("gcc", "-O3", "@one")[1:] == [*LEVEL, "-O3", "@one"]
    (command,) = read_commands(bench.driver.record)
    assert command.words == (*LEVEL, "-O3", "-mavx2", "-c", "a b.c")


def test_native_in_a_file_of_arguments_of_rustc(tmp_path: Path) -> None:
    """cargo writes such a file, of one argument a line, where a command is too long."""
    bench = Bench(tmp_path, "rustc")
    (tmp_path / "one").write_text("--cfg\na b\n-C\ntarget-cpu=native\n-Clink-arg=@two\n")
    seen = bench.run(bench.driver.environ["RUSTC_WRAPPER"], str(tmp_path / "programs" / "rustc"), "@one")
    words = ["--cfg", "a b", "-C", "target-cpu=x86-64-v3", "-Clink-arg=@two"]
    assert Path(seen[1][1:]).read_text().splitlines() == [*RUST_LEVEL, *words]


def test_rustc_without_cargo(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "rustc", "rustc-1.85")
    for name in ("rustc", "rustc-1.85"):
        assert bench.run(name, "-Ctarget-cpu=native", "a.rs")[1:] == [*RUST_LEVEL, "-Ctarget-cpu=x86-64-v3", "a.rs"]
    assert bench.run("rustc", "+nightly", "a.rs")[1:] == ["+nightly", *RUST_LEVEL, "a.rs"]
    wrapper = bench.driver.environ["RUSTC_WRAPPER"]
    rustc = str(tmp_path / "programs" / "rustc")
    assert bench.run(wrapper, "rustc", "a.rs") == [rustc, *RUST_LEVEL, "a.rs"]  # by cargo, which has no path of it
    assert len(read_commands(bench.driver.record)) == 4


def test_in_a_build_for_another_machine_what_runs_here_gets_no_level(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "rustc")
    shutil.rmtree(tmp_path / "driver")
    toolchain = Toolchain("linux_aarch64", "zig", ("gcc",), {}, {})
    flags = {"RUSTFLAGS": ("-Ctarget-cpu=neoverse-n1",)}
    bench.driver = install_driver(toolchain, flags, bench.environ, tmp_path / "driver")
    wrapper, rustc = bench.driver.environ["RUSTC_WRAPPER"], str(tmp_path / "programs" / "rustc")
    assert bench.run(wrapper, rustc, "build.rs", "-Ctarget-cpu=native")[1:] == ["build.rs", "-Ctarget-cpu=generic"]
    seen = bench.run(wrapper, rustc, "lib.rs", "--target", "aarch64-unknown-linux-gnu")
    assert seen[-4:-2] == ["-Ctarget-cpu=neoverse-n1", "lib.rs"]


CARGO = """
[package]
name = "m"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]
"""


@pytest.mark.skipif(shutil.which("cargo") is None, reason="there is no cargo")
@pytest.mark.parametrize("table", ["build", "target.x86_64-unknown-linux-gnu", "target.'cfg(unix)'"])
@pytest.mark.parametrize(
    ("options", "expected", "own"),
    [
        (["-C", "target-cpu=native"], ["avx2"], {}),
        (["-Ctarget-cpu=core2"], ["ssse3"], {"m": ("target-cpu=core2",)}),
        (["--codegen", "target-feature=-avx2"], ["avx", "sse4.2"], {"m": ("target-feature=-avx2",)}),
    ],
)
def test_the_flags_of_cargos_own_configuration_stay(
    tmp_path: Path, table: str, options: list[str], expected: list[str], own: dict[str, tuple[str, ...]]
) -> None:
    """The level and the user's RUSTFLAGS come first; ``native`` is the level; the project's other flags count."""
    (tmp_path / "src").mkdir()
    (tmp_path / ".cargo").mkdir()
    (tmp_path / "Cargo.toml").write_text(CARGO)
    (tmp_path / ".cargo" / "config.toml").write_text(f"[{table}]\nrustflags = {[*options, '--cfg', 'projects']!r}\n")
    wanted = ["projects", "users", *(f'target_feature="{feature}"' for feature in expected)]
    (tmp_path / "src" / "lib.rs").write_text(
        "".join(f'#[cfg(not({each}))] compile_error!("{each[:8]}");\n' for each in wanted)
        + f'#[cfg(all(target_feature="avx2", {"any()" if "avx2" in expected else "all()"}))] compile_error!("avx2");\n'
    )
    toolchain = find_local_toolchain("linux_x86_64", {**os.environ, "RUSTFLAGS": "--cfg users"})
    driver = install_driver(toolchain, V3, toolchain.environment(V3), tmp_path / "driver")
    command = ["cargo", "build", "--release", "--offline", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, env=driver.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = find_reach(read_commands(driver.record), ["m.abi3.so"], driver.levels)
    assert (found.unknown, found.own, found.natives) == ((), own, 1 if "native" in options[-1] else 0)
    assert found.is_whole == (options[-1] != "-Ctarget-cpu=core2")


def test_a_compiler_of_another_place_is_called_by_the_driver(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "gcc", "ccache")
    other = tmp_path / "other" / "gcc"
    other.parent.mkdir()
    shutil.copy(tmp_path / "programs" / "gcc", other)
    shutil.rmtree(tmp_path / "driver")
    environ = {**bench.environ, "CC": f"ccache {other}", "LDSHARED": f"{other} -shared"}
    bench.driver = install_driver(Toolchain("linux_x86_64", "gcc", ("gcc",), {}, {}), V3, environ, tmp_path / "driver")
    seen = bench.run("sh", "-c", "exec $CC -c a.c")
    assert seen == [str(tmp_path / "programs" / "ccache"), str(other), *LEVEL, "-c", "a.c"]
    assert bench.run("sh", "-c", "exec $LDSHARED a.o")[0] == str(other)


@pytest.mark.parametrize(
    "words", ["env A=1 gcc -pthread", "env gcc", "nice /usr/bin/gcc", "PYTHON -m ziglang cc", "ZIG cc"]
)
def test_a_compiler_that_another_program_starts(tmp_path: Path, words: str, request: pytest.FixtureRequest) -> None:
    """The level's flags come behind the compiler's name, and the driver sees the command once."""
    is_zig = words.endswith(" cc")
    if is_zig:
        request.getfixturevalue("zig")
        (zig,) = import_module("ziglang").__path__
        words = words.replace("PYTHON", sys.executable).replace("ZIG", f"{zig}/zig")
    elif shutil.which("gcc", path="/usr/bin") is None:
        pytest.skip("there is no gcc")
    toolchain = find_local_toolchain("linux_x86_64", {"PATH": os.environ["PATH"], **KEPT, "CC": words})
    assert toolchain.kind == ("zig" if is_zig else "gcc")
    assert toolchain.identity().startswith(toolchain.kind)
    flags = ("-mcpu=x86_64_v3",) if is_zig else ("-march=x86-64-v3",)
    environ = toolchain.environment()
    driver = install_driver(toolchain, {"CFLAGS": flags}, environ, tmp_path / "driver")
    (tmp_path / "a.c").write_text("int a(void) { return 1; }\n")
    lines = "$CC -march=native -fPIC -c a.c -o a.o && $LDSHARED -nostdlib a.o -o a.so"
    subprocess.run(["sh", "-c", lines], cwd=tmp_path, env={**environ, **driver.environ}, check=True)
    found = find_reach(read_commands(driver.record), ["a.so"], driver.levels)
    assert found == Reach(objects=1, natives=1)


@pytest.mark.parametrize(
    ("words", "got"),
    [
        ("env OMPI_CC=/usr/bin/gcc ccache gcc", "gcc"),
        ("env -u cc gcc", "gcc"),
        ("env --unset cc -C cc gcc", "gcc"),
        ("env -i PATH=$PATH SEEN=$SEEN gcc -B cc", "gcc -B cc"),
        ("ccache gcc", "gcc"),
        ("ccache env A=1 gcc", "gcc"),
        ("ccache zig-0.13 cc", "zig-0.13 cc"),
        ("zig cc -target x86_64-linux-gnu", "zig cc -target x86_64-linux-gnu"),
    ],
)
def test_the_flags_come_behind_the_compiler_whatever_starts_it(tmp_path: Path, words: str, got: str) -> None:
    """The programs are stand-ins; that of ccache starts the rest of its command, as ccache does."""
    bench = Bench(tmp_path, "gcc", "cc", "zig", "zig-0.13")
    (tmp_path / "cc").mkdir()  # where "env -C cc" goes
    ccache = tmp_path / "programs" / "ccache"
    ccache.write_text('#!/bin/sh\nexec "$@"\n')
    ccache.chmod(0o755)
    shutil.rmtree(tmp_path / "driver")
    words = words.replace("$PATH", bench.environ["PATH"]).replace("$SEEN", bench.environ["SEEN"])
    environ = {**bench.environ, "CC": words, "CXX": "ccache g++"}  # so that a driver of ccache is on PATH
    bench.driver = install_driver(Toolchain("linux_x86_64", "gcc", ("gcc",), {}, {}), V3, environ, tmp_path / "driver")
    program, *seen = bench.run("sh", "-c", "exec $CC -c a.c")
    name, *fixed = got.split()
    before = fixed[:1] if name.startswith("zig") else []
    assert program == str(tmp_path / "programs" / name)
    assert seen == [*before, *LEVEL, *fixed[len(before) :], "-c", "a.c"]
    (command,) = read_commands(bench.driver.record)
    assert command.words == (*LEVEL, *fixed[len(before) :], "-c", "a.c")


def test_a_name_that_is_a_link_to_ccache_is_passed_over(tmp_path: Path) -> None:
    """ccache looks for the compiler on PATH, and would find the driver, which would call ccache."""
    links = tmp_path / "links"
    links.mkdir()
    bench = Bench(tmp_path, "gcc", "ccache")
    (links / "gcc").symlink_to(tmp_path / "programs" / "ccache")
    shutil.rmtree(tmp_path / "driver")
    environ = {**bench.environ, "PATH": f"{links}:{bench.environ['PATH']}"}
    bench.driver = install_driver(Toolchain("linux_x86_64", "gcc", ("gcc",), {}, {}), V3, environ, tmp_path / "driver")
    assert bench.run("gcc", "-c", "a.c")[0] == str(tmp_path / "programs" / "gcc")


# --- real compilers


def compile_native(toolchain: Toolchain, flags: Mapping[str, tuple[str, ...]], folder: Path) -> tuple[Driver, str]:
    """The macros of a file that was compiled with ``native``, and the driver that did it."""
    environ = toolchain.environment()
    driver = install_driver(toolchain, flags, {**environ, "PATH": os.environ["PATH"]}, folder / "driver")
    command = "exec $CC -march=native -mtune=native -E -dM -x c /dev/null"
    if toolchain.kind == "zig":
        command = "exec $CC -march=native -E -dM -x c /dev/null"
    env = {**environ, **driver.environ}
    done = subprocess.run(["sh", "-c", command], env=env, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return driver, done.stdout


@pytest.mark.parametrize("compiler", ["gcc", "zig"])
def test_native_of_a_real_compiler_is_the_label(tmp_path: Path, compiler: str, request: pytest.FixtureRequest) -> None:
    if compiler == "zig":
        request.getfixturevalue("zig")
        toolchain = find_zig_toolchain("linux_x86_64", dict(os.environ), CACHES)
        v2 = ("-mcpu=x86_64_v2",)
    elif shutil.which("gcc") is None:
        pytest.skip("there is no gcc")
    else:
        toolchain = find_local_toolchain("linux_x86_64", {"PATH": os.environ["PATH"], "CC": "gcc"})
        v2 = ("-march=x86-64-v2",)
    for name, flags, there, missing in (
        ("standard", {}, "__SSE2__", "__SSE3__"),
        ("v2", {"CFLAGS": v2}, "__SSE4_2__", "__AVX__"),
    ):
        (tmp_path / name).mkdir()
        driver, macros = compile_native(toolchain, flags, tmp_path / name)
        assert f"#define {there} 1" in macros
        assert f"#define {missing} 1" not in macros
        (command,) = read_commands(driver.record)
        assert command.natives >= 1
