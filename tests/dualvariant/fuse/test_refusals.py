"""What cannot be fused is refused, and the message names the file or the property and says why."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fusing import SINGLE, TAG, compile_library, make_wheels, module_source
from samples import make_wheel
from tool import Tool

V3 = "x86_64 :: level :: v3"
Files = dict[str, dict[str, bytes]]

#: A function beside the entry point, which a program can call that opens the file by its path.
EXPORTING = SINGLE + "int compute(int number) { return number + 1; }\n"
PROGRAM = "int main(void) { return sizeof LEVEL; }\n"


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], bytes]:
    """Compile a source for a level, once."""
    folder = tmp_path_factory.mktemp("libraries")
    known: dict[tuple[str, str], bytes] = {}

    def compiled(source: str, level: str) -> bytes:
        if (source, level) not in known:
            known[source, level] = compile_library(folder, source, level)
        return known[source, level]

    return compiled


def module_files(libraries: Callable[[str, str], bytes], end: str = SINGLE) -> Files:
    return {level: {"pkg/_a.so": libraries(module_source("_a", end), level)} for level in ("none", "v3")}


def refuse(tool: Tool, folder: Path, files: Mapping[str, Mapping[str, bytes]], *words: str, option: str = "") -> None:
    wheels = make_wheels(folder, files).values()
    line: list[str | Path] = ["fuse", *wheels, "-o", folder / "out", *option.split()]
    message = tool(*line, code=5, error="cannot-fuse").stderr
    for word in words:
        assert word in message, message
    assert not list((folder / "out").glob("*.whl"))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("pkg/table.bin", ("'pkg/table.bin' differs between 'none' and 'v3'", "data")),
        ("pkg/_config.py", ("'pkg/_config.py' differs between 'none' and 'v3'", "Python source")),
        ("pkg/_a.pyi", ("'pkg/_a.pyi' differs",)),
        ("pkg_demo-1.0.data/scripts/run", ("'pkg_demo-1.0.data/scripts/run' differs",)),
        ("pkg_demo-1.0.dist-info/entry_points.txt", ("'entry_points.txt' of .dist-info differs",)),
    ],
)
def test_a_file_that_is_no_module(
    path: str, words: tuple[str, ...], tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]
) -> None:
    files = module_files(libraries)
    for level, contents in files.items():
        contents[path] = level.encode()
    refuse(tool, tmp_path, files, *words)


@pytest.mark.parametrize("path", ["pkg/only.py", "pkg/only.so", "pkg_demo-1.0.dist-info/only.txt"])
@pytest.mark.parametrize("level", ["none", "v3"])
def test_a_file_that_only_one_wheel_has(
    level: str, path: str, tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]
) -> None:
    files = module_files(libraries)
    files[level][path] = libraries(module_source("only"), level) if path.endswith(".so") else b"1\n"
    refuse(tool, tmp_path, files, path.rpartition(".dist-info/")[2], f"'{level}'")


def test_a_program(tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]) -> None:
    files = module_files(libraries)
    for level, contents in files.items():
        (tmp_path / "program.c").write_text(PROGRAM)
        command = ["gcc", f'-DLEVEL="{level}"', "program.c", "-o", "program"]
        subprocess.run(command, cwd=tmp_path, check=True)
        contents["pkg/bin/program"] = (tmp_path / "program").read_bytes()
    refuse(tool, tmp_path, files, "'pkg/bin/program' is a program")


def test_a_library_that_is_opened_by_its_path(
    tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]
) -> None:
    files = module_files(libraries)
    for level, contents in files.items():
        contents["pkg/libfast.so"] = libraries("const char *level(void) { return LEVEL; }\n", level)
    refuse(tool, tmp_path, files, "'pkg/libfast.so'", "opened by its path", "no entry point")


def test_a_module_that_may_be_opened_by_its_path(
    tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]
) -> None:
    """A module by its entry point, and ctypes may open it for another function. --imported says that it is not so."""
    files = module_files(libraries, EXPORTING)
    quiet = tmp_path / "quiet"
    tool("fuse", *make_wheels(quiet, files).values(), "-o", quiet / "out")  # nobody here opens anything by path
    for contents in files.values():
        contents["pkg/_load.py"] = b"import ctypes\n"
    refuse(tool, tmp_path, files, "'pkg/_a.so' may be opened by its path", "compute", "'pkg/_load.py'", "--imported")
    refuse(tool, tmp_path / "other", files, "--imported", option="--imported pkg/_b*")
    wheels = make_wheels(tmp_path / "agreed", files)
    tool("fuse", *wheels.values(), "-o", tmp_path / "agreed/out", "--imported", "pkg/_a*")


@pytest.mark.parametrize(
    ("code", "opens"),
    [
        ("from cffi import FFI\nffi = FFI()\nffi.set_source('_a', '')\n", False),
        ("from cffi import FFI\nffi = FFI()\nlib = ffi.dlopen('_a.so')\n", True),
        ("from pkg import ffi\nopen = ffi.dlopen\n", True),
        ("from numpy.ctypeslib import load_library\n", True),
    ],
)
def test_cffi_opens_a_library_by_dlopen_alone(
    tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes], code: str, opens: bool
) -> None:
    """A script that compiles a module with cffi, as many packages keep beside the module, opens nothing."""
    files = module_files(libraries, EXPORTING)
    for contents in files.values():
        contents["pkg/_build.py"] = code.encode()
    if opens:
        refuse(tool, tmp_path, files, "'pkg/_a.so' may be opened by its path", "'pkg/_build.py'")
    else:
        tool("fuse", *make_wheels(tmp_path, files).values(), "-o", tmp_path / "out")


def test_a_module_that_others_are_linked_to(tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]) -> None:
    files = module_files(libraries, EXPORTING)
    for level, contents in files.items():
        (tmp_path / "_a.so").write_bytes(contents["pkg/_a.so"])
        user = compile_library(tmp_path, module_source("_b"), level, "-Wl,--no-as-needed", "-L.", "-l:_a.so")
        contents["pkg/_b.so"] = user
    refuse(tool, tmp_path, files, "'pkg/_b.so'", "is linked to the module 'pkg/_a.so'")


def test_a_variant_that_differs_in_nothing(tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]) -> None:
    same = {"pkg/_a.so": libraries(module_source("_a"), "none")}
    refuse(tool, tmp_path, {"none": same, "v3": same}, "'v3' has the machine code of the standard wheel")


def test_every_reason_is_named(tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]) -> None:
    files = module_files(libraries)
    for level, contents in files.items():
        contents |= {f"pkg/data{number}.bin": level.encode() for number in range(20)}
    refuse(tool, tmp_path, files, "'pkg/data0.bin'", "'pkg/data1.bin'", "and 8 more")


def test_other_metadata(tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]) -> None:
    files = module_files(libraries)
    one = make_wheels(tmp_path / "one", files)
    other = make_wheels(tmp_path / "other", files, headers=["Requires-Dist: numpy"])
    message = tool("fuse", one["none"], other["v3"], "-o", tmp_path / "out", code=5, error="cannot-fuse").stderr
    assert "'METADATA' of .dist-info differs between 'none' and 'v3'" in message


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        (TAG.replace("x86_64", "aarch64"), "its tags are"),
        (TAG.replace("manylinux_2_17", "musllinux_1_2"), "glibc or musl"),
        (TAG.replace("cp3", "cp2"), "its tags are"),
        (TAG.replace("manylinux_2_17", "linux"), "its tags are"),
        (TAG.replace("2_17", "2_28"), "needs a newer C library (manylinux_2_28_x86_64)"),
    ],
)
def test_other_tags(tag: str, words: str, tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]) -> None:
    files = module_files(libraries)
    standard = make_wheels(tmp_path / "one", files)["none"]
    variant = make_wheels(tmp_path / "other", files, tag=tag)["v3"]
    message = tool("fuse", standard, variant, "-o", tmp_path / "out", code=5, error="cannot-fuse").stderr
    assert words in message and (variant.name in message or standard.name in message)


def test_an_older_c_library_and_other_spellings_of_the_tag(
    tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]
) -> None:
    """auditwheel writes several tags; what needs an older C library runs where the standard wheel does."""
    files = module_files(libraries)
    standard = make_wheels(tmp_path / "one", files, tag=TAG + ".manylinux2014_x86_64")["none"]
    for number, spelling in enumerate(("manylinux2014", "manylinux_2_5", "manylinux1")):
        tag = TAG.replace("manylinux_2_17", spelling)
        variant = make_wheels(tmp_path / spelling, files, tag=tag)["v3"]
        made = tool("fuse", standard, variant, "-o", tmp_path / f"out{number}").stdout.strip()
        assert Path(made).name == standard.name


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("cp311-cp311-win_amd64", "64-bit Linux"),
        ("cp311-cp311-macosx_11_0_arm64", "64-bit Linux"),
        ("py3-none-any", "64-bit Linux"),
        ("cp311-cp311-manylinux_2_17_i686", "64-bit Linux"),
        ("pp310-pypy310_pp73-manylinux_2_17_x86_64", "CPython"),
    ],
)
def test_platforms_that_have_no_stubs(tag: str, words: str, tool: Tool, tmp_path: Path) -> None:
    wheels = make_wheels(tmp_path, {"none": {}, "v3": {}}, tag=tag)
    message = tool("fuse", *wheels.values(), "-o", tmp_path / "out", code=5, error="cannot-fuse").stderr
    assert words in message and wheels["none"].name in message


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        (["nvidia :: cuda :: 12"], "'nvidia :: cuda :: 12', which a stub cannot ask an x86_64 processor for"),
        (["x86_64 :: level :: v9"], "'x86_64 :: level :: v9'"),
        (["x86_64 :: avx2 :: off"], "did you mean 'x86_64 :: avx2 :: on'?"),
        (["aarch64 :: version :: 8.2a"], "'aarch64 :: version :: 8.2a'"),
        ([V3, "blas :: lib :: mkl"], "'blas :: lib :: mkl'"),
    ],
)
def test_properties_that_no_stub_can_ask_for(properties: list[str], words: str, tool: Tool, tmp_path: Path) -> None:
    standard = make_wheel(tmp_path, "pkg-demo", "1.0", tag=TAG)
    variant = make_wheel(tmp_path, "pkg-demo", "1.0", tag=TAG, properties=properties)
    message = tool("fuse", standard, variant, "-o", tmp_path / "out", code=5, error="cannot-fuse").stderr
    assert words in message and variant.name in message


def test_wheels_that_do_not_belong_together(tool: Tool, tmp_path: Path) -> None:
    standard = make_wheel(tmp_path, "pkg-demo", "1.0", tag=TAG)
    other = make_wheel(tmp_path, "pkg-demo", "1.1", tag=TAG, properties=[V3])
    out = ("-o", tmp_path / "out")
    message = tool("fuse", standard, other, *out, code=5, error="cannot-fuse").stderr
    assert "no standard wheel of pkg-demo 1.1" in message
    stranger = make_wheel(tmp_path, "pkg-dema", "1.0", tag=TAG, properties=[V3])
    assert "did you mean 'pkg-demo'?" in tool("fuse", standard, stranger, *out, code=5, error="cannot-fuse").stderr
    assert "nothing to fuse" in tool("fuse", standard, *out, code=2, error="usage").stderr
    assert "no such wheel" in tool("fuse", tmp_path / "x-1-py3-none-any.whl", *out, code=2, error="usage").stderr


def test_the_standard_wheel_is_not_replaced(tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]) -> None:
    wheels = make_wheels(tmp_path, module_files(libraries))
    before = wheels["none"].read_bytes()
    message = tool("fuse", *wheels.values(), "-o", wheels["none"].parent, code=2, error="usage").stderr
    assert "would replace it" in message and before == wheels["none"].read_bytes()
    made = tool("fuse", *wheels.values(), "-o", tmp_path / "out").stdout.strip()
    assert made == tool("fuse", *wheels.values(), "-o", tmp_path / "out").stdout.strip()  # the same bytes
    Path(made).write_bytes(b"other")
    assert "another file" in tool("fuse", *wheels.values(), "-o", tmp_path / "out", code=2, error="usage").stderr


def test_a_fused_wheel_is_not_fused_again(tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]) -> None:
    wheels = make_wheels(tmp_path, module_files(libraries))
    made = tool("fuse", *wheels.values(), "-o", tmp_path / "out").stdout.strip()
    message = tool("fuse", made, wheels["v3"], "-o", tmp_path / "again", code=5, error="cannot-fuse").stderr
    assert "the standard wheel is a fused one already" in message


def test_a_compiler_that_does_not_work(tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]) -> None:
    wheels = make_wheels(tmp_path, module_files(libraries))
    line: list[str | Path] = ["fuse", *wheels.values(), "-o", tmp_path / "out"]
    assert "no-such-gcc" in tool(*line, code=2, error="no-compiler", environment={"CC": "no-such-gcc"}).stderr
    assert sys.platform == "linux" and shutil.which("gcc")
    assert tool(*line, "--compiler", "zig").stdout


def test_a_library_of_one_name_that_only_variants_have(
    tool: Tool, tmp_path: Path, libraries: Callable[[str, str], bytes]
) -> None:
    """auditwheel names what it copies after its content; here two variants have one name for two libraries."""
    files = {"none": {"pkg/_a.so": libraries(module_source("_a"), "none")}}
    for level in ("v2", "v3"):
        library = libraries("const char *helper_level(void) { return LEVEL; }\n", level)
        (tmp_path / "libhelper.so").write_bytes(library)
        link = ("-Wl,--no-as-needed", "-L.", "-l:libhelper.so", "-Wl,-rpath,$ORIGIN")
        files[level] = {
            "pkg/libhelper.so": library,
            "pkg/_a.so": compile_library(tmp_path, module_source("_a"), level, *link),
        }
    refuse(tool, tmp_path, files, "the library 'pkg/libhelper.so' differs between 'v3' and 'v2'")
    same = tmp_path / "same"
    files["v2"]["pkg/libhelper.so"] = files["v3"]["pkg/libhelper.so"]
    tool("fuse", *make_wheels(same, files).values(), "-o", same / "out")
