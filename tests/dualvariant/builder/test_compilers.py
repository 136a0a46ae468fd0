"""Compilers: which one is taken, with which flags, in which environment."""

from __future__ import annotations

import os
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest

from dualvariant.builder.toolchain import compilers as module
from dualvariant.builder.toolchain.compilers import find_local_toolchain, find_zig_toolchain
from dualvariant.builder.toolchain.programs import find_zig_command
from dualvariant.core.errors import UsageError

HERE = {"PATH": os.environ["PATH"]}


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """A folder for compilers that say what a test wants."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def say(path: Path, macros: str, code: int = 0) -> Path:
    path.write_text(f"#!/bin/sh\necho '{macros}\n#define __x86_64__ 1\n#define __aarch64__ 1'\nexit {code}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("macros", "kind"), [("#define __GNUC__ 12", "gcc"), ("#define __GNUC__ 4\n#define __clang__ 1", "clang")]
)
def test_the_compiler_is_known_by_what_it_says(fake: Path, macros: str, kind: str) -> None:
    cc = say(fake / "cc", macros)
    found = find_local_toolchain("linux_x86_64", {**HERE, "CC": f"{cc} -pipe"})
    assert (found.kind, found.cc) == (kind, (str(cc), "-pipe"))


def test_a_compiler_may_print_bytes_that_are_no_text(fake: Path) -> None:
    """As where its maker's name is in Latin-1; what it is goes into documents in UTF-8."""
    cc = fake / "cc"
    cc.write_text("#!/bin/sh\nprintf '#define __GNUC__ 12 // G\\374nther\\n#define __x86_64__ 1\\n'\n")
    cc.chmod(0o755)
    found = find_local_toolchain("linux_x86_64", {**HERE, "CC": str(cc)})
    assert found.kind == "gcc"
    assert "G\ufffdnther" in found.identity()


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("zig cc", 1),
        ("zig-0.13 c++ -target x86_64-linux-gnu", 1),
        ("zig-0.14.0-dev.1+abc cc", 1),
        ("zig14 cc", 1),
        ("/opt/zig-0.13/zig ar", 1),
        ("./zig ranlib", 1),
        ("python-zig cc", 1),
        ("python3 -m ziglang cc", 3),
        ("ccache env A=/opt/zig B=1 zig cc", 5),
        ("gcc -I /opt/zig", 0),
        ("gcc -I /opt/zig -DX", 0),
        ("clang --sysroot=/x/zig", 0),
        ("clang --sysroot=/x/zig cc", 0),
        ("env A=/opt/zig cc", 0),
        ("zigzag cc", 0),
        ("zig", 0),
    ],
)
def test_zig_is_known_by_its_name_and_the_tool_that_follows(words: str, count: int) -> None:
    assert find_zig_command(words.split()) == words.split()[:count]


@pytest.mark.parametrize("more", ["-I /opt/zig", "--sysroot=/x/zig", "-L /opt/ziglang -pipe"])
def test_a_folder_of_zig_makes_no_zig(fake: Path, more: str) -> None:
    cc = say(fake / "cc", "#define __GNUC__ 12")
    assert find_local_toolchain("linux_x86_64", {**HERE, "CC": f"{cc} {more}"}).kind == "gcc"


def test_no_run_path_of_this_python_reaches_a_library(fake: Path) -> None:
    """A Python from pyenv has its own folder as a run path in LDSHARED."""
    cc = say(fake / "cc", "#define __GNUC__ 12")
    environ = find_local_toolchain("linux_x86_64", {**HERE, "CC": str(cc), "LD_RUN_PATH": "/opt/lib"}).environment()
    assert environ["LDSHARED"] == f"{cc} -shared"
    assert "LD_RUN_PATH" not in environ
    assert "rpath" not in environ["LDFLAGS"]


def test_flags_stand_in_the_order_in_which_later_ones_win(fake: Path) -> None:
    cc = say(fake / "cc", "#define __GNUC__ 12")
    found = find_local_toolchain("linux_x86_64", {**HERE, "CC": str(cc), "CFLAGS": "-DMINE='a b' -O1"})
    environ = found.environment({"CFLAGS": ("-O3",)}, {"CFLAGS": ("-march=x86-64-v3",), "LDFLAGS": ("-Wl,-z,x",)})
    assert shlex.split(environ["CFLAGS"]) == [
        *("-DNDEBUG", "-fwrapv", "-O3"),  # CPython's
        *("-DMINE=a b", "-O1"),  # the user's
        *("-march=x86-64", "-g0"),  # every wheel's
        "-O3",  # the project's
        "-march=x86-64-v3",  # the property's
    ]
    assert environ["LDFLAGS"] == "-s -Wl,-z,x"


@pytest.mark.parametrize("platform", ["linux_x86_64", "linux_aarch64"])
def test_a_standard_wheel_asks_for_the_baseline_in_so_many_words(fake: Path, platform: str) -> None:
    """Red Hat's gcc takes x86-64-v2 by itself, and its Python's own CFLAGS say so too."""
    cc = say(fake / "cc", "#define __GNUC__ 12")
    flags = find_local_toolchain(platform, {**HERE, "CC": str(cc)}).environment()["CFLAGS"]
    assert {"linux_x86_64": "-march=x86-64", "linux_aarch64": "-march=armv8-a"}[platform] in flags.split()


def test_what_leads_to_another_python_is_dropped(fake: Path) -> None:
    cc = say(fake / "cc", "#define __GNUC__ 12")
    stray = {"PYTHONPATH": "/x", "PYTHONHOME": "/x", "_PYTHON_HOST_PLATFORM": "x", "SETUPTOOLS_EXT_SUFFIX": ".x"}
    environ = find_local_toolchain("linux_x86_64", {**HERE, **stray, "CC": str(cc), "KEEP": "1"}).environment()
    assert not stray.keys() & environ.keys()
    assert environ["KEEP"] == "1"


@pytest.mark.parametrize("variable", ["CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CC"])
@pytest.mark.parametrize("flag", ["-march=native", "-mtune=native", "-mavx512f"])
def test_an_instruction_set_in_the_environment_is_refused(fake: Path, variable: str, flag: str) -> None:
    cc = say(fake / "cc", "#define __GNUC__ 12")
    environ = {**HERE, "CC": str(cc)}
    environ[variable] = f"{cc} {flag}" if variable == "CC" else f"-O2 {flag}"
    with pytest.raises(UsageError, match=flag) as caught:
        find_local_toolchain("linux_x86_64", environ)
    assert variable in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"CC": "no-such-compiler"}, "no C compiler: 'no-such-compiler'"),
        ({"CC": "'unbalanced"}, "CC in the environment cannot be split"),
        ({"CFLAGS": "'"}, "CFLAGS in the environment cannot be split"),
    ],
)
def test_what_cannot_be_used(environ: dict[str, str], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        find_local_toolchain("linux_x86_64", {**HERE, **environ})


def test_a_compiler_that_fails_or_is_none(fake: Path) -> None:
    broken = say(fake / "cc", "", code=1)
    with pytest.raises(UsageError, match="does not work"):
        find_local_toolchain("linux_x86_64", {**HERE, "CC": str(broken)})
    other = say(fake / "tcc", "#define __TINYC__ 1")
    with pytest.raises(UsageError, match="neither gcc nor clang"):
        find_local_toolchain("linux_x86_64", {**HERE, "CC": str(other)})


def test_without_zig_the_message_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="linux_aarch64") as caught:
        find_zig_toolchain("linux_aarch64", HERE, tmp_path)
    assert "pip install 'dualvariant[build]'" in str(caught.value.next_step)
    assert "--platform" in str(caught.value.next_step)


@pytest.mark.skipif(find_spec("ziglang") is None, reason="zig is not installed (extra dualvariant[build])")
def test_this_machines_flags_and_folders_do_not_go_abroad(tmp_path: Path) -> None:
    mine = {"CFLAGS": "-I/mine", "CPATH": "/mine", "LIBRARY_PATH": "/mine", "PKG_CONFIG_PATH": "/mine"}
    environ = find_zig_toolchain("linux_aarch64", {**HERE, **mine}, tmp_path).environment({"CFLAGS": ("-O3",)})
    assert "/mine" not in " ".join(environ.values())
    assert environ["CFLAGS"] == "-DNDEBUG -fwrapv -O3 -mcpu=baseline -g0 -O3"
    assert "-target aarch64-linux-gnu.2.17" in environ["CC"]
