"""Every way to name a library in a command: the record has the archives that the real linker took, and no others."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dualvariant.builder.toolchain.commands import Command, read_commands
from dualvariant.builder.toolchain.compilers import find_local_toolchain
from dualvariant.builder.toolchain.driver import install_driver
from dualvariant.builder.toolchain.linking import read_link
from dualvariant.builder.toolchain.reach import find_reach
from dualvariant.builder.toolchain.response_files import expand_words, split_arguments
from dualvariant.core.platforms import find_host_platform
from property_tests import examples

pytestmark = pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="its flags are for Linux on x86-64")

V3 = {"CFLAGS": ("-march=x86-64-v3",), "RUSTFLAGS": ("-Ctarget-cpu=x86-64-v3",)}
ZIG_V3 = {"CFLAGS": ("-mcpu=x86_64_v3",)}
#: The libraries, and which of them have a shared library beside the archive.
LIBRARIES, SHARED = ("p", "q", "r", "s", "t"), ("q", "r", "s")
FOLDERS = ("one", "it is")


class Workshop:
    """Archives and shared libraries that no driver saw, and a driver in front of the compiler."""

    def __init__(self, folder: Path, compiler: str) -> None:
        self.folder = folder
        self.toolchain = find_local_toolchain("linux_x86_64", {**os.environ, "CC": compiler})
        for place in FOLDERS:
            (folder / place).mkdir()
            for name in LIBRARIES:
                symbol = f"{place[:2]}_{name}"
                source = f"int {symbol}(void) {{ return 1; }} int {name}(void) {{ return {symbol}(); }}\n"
                (folder / f"{name}.c").write_text(source)
                self._run("gcc", "-fPIC", "-c", f"{name}.c")
                self._run("ar", "rcs", f"{place}/lib{name}.a", f"{name}.o")
                if name in SHARED:
                    self._run("gcc", "-shared", f"{name}.o", "-o", f"{place}/lib{name}.so")
        calls = [f"{name}()" for name in LIBRARIES]
        lines = [f"int {call.replace('()', '(void)')};" for call in calls]
        (folder / "b.c").write_text("\n".join([*lines, f"int b(void) {{ return {' + '.join(calls)}; }}\n"]))
        (folder / "lib.rs").write_text(
            'unsafe extern "C" {' + "".join(f"fn {name}() -> i32;" for name in LIBRARIES) + "}\n"
            '#[unsafe(no_mangle)] pub extern "C" fn b() -> i32 { unsafe { ' + " + ".join(calls) + " } }\n"
        )

    def _run(self, *words: str, **more: Any) -> None:
        subprocess.run(words, cwd=self.folder, check=True, **more)

    def link(self, words: Sequence[str], program: str = "$CC") -> tuple[set[str], set[str]]:
        """The archives whose members are in the module by its symbols, and those that the record names."""
        environ = self.toolchain.environment()
        flags = ZIG_V3 if self.toolchain.kind == "zig" else V3
        with tempfile.TemporaryDirectory() as place:
            driver = install_driver(self.toolchain, flags, environ, Path(place) / "driver")
            command = f'set -- {shlex.join(words)}; exec {program} "$@" -o m.so'
            self._run("sh", "-c", command, env=driver.environ)
            commands = read_commands(driver.record)
        found = find_reach(commands, ["m.so"], driver.levels, self.toolchain.list_library_folders())
        done = subprocess.run(["nm", "m.so"], cwd=self.folder, check=True, capture_output=True, text=True)
        defined = re.findall(r" [Tt] ((?:on|it)_.)$", done.stdout, re.MULTILINE)
        archives = {path for command in commands for path in _list_archives(command)}
        assert {Path(path).name for path in archives} == set(found.unknown)
        return {f"{symbol[:2]}_lib{symbol[-1]}.a" for symbol in defined}, {
            f"{Path(path).parent.name[:2]}_{Path(path).name}" for path in archives
        }


def _list_archives(command: Command) -> list[str]:
    link = read_link(command)
    return [path for path in (*link.files, *link.find_archives(())) if path.endswith(".a")]


@pytest.fixture(scope="module", params=["gcc", "clang"])
def workshop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """One for each compiler that is here."""
    for program in ("gcc", "ar", "nm", request.param):
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program}")
    return Workshop(tmp_path_factory.mktemp("workshop"), request.param)


# --- generated command lines

#: What changes which kind of library the linker takes, and what restores it.
STATES = (
    ["-Bstatic"], ["-Bdynamic"], ["-dn"], ["-dy"], ["-static"], ["-non_shared"], ["--push-state"], ["--pop-state"],
    ["--push-state", "-Bstatic"], ["--whole-archive", "--no-whole-archive"], ["-rpath", "/x.a"], ["-z", "now"],
)  # fmt: skip


@st.composite
def _carried(draw: st.DrawFn, words: Sequence[str]) -> list[str]:
    """The linker's words as a compiler takes them."""
    if draw(st.booleans()):
        return ["-Wl," + ",".join(words)]
    return [carried for word in words for carried in ("-Xlinker", word)]


@st.composite
def _requests(draw: st.DrawFn) -> list[str]:
    """Options that ask for some of the libraries, each once, in many spellings."""
    words: list[str] = []
    depth = 0
    for folder in draw(st.permutations(FOLDERS)):
        spelling = draw(st.sampled_from(["-L{}", "-L {}", "--library-path={}", "--library-path {}", "--library-pa={}"]))
        option = spelling.format(folder) if "=" in spelling or spelling == "-L{}" else ""
        pair = [option] if option else [spelling.split(" ")[0], folder]
        is_compilers = pair[0].startswith("-L")
        words += pair if is_compilers and draw(st.booleans()) else draw(_carried(pair))
    for name in draw(st.permutations(LIBRARIES))[: draw(st.integers(1, len(LIBRARIES)))]:
        for state in draw(st.lists(st.sampled_from(STATES), max_size=2)):
            depth += state.count("--push-state") - state.count("--pop-state")
            if depth < 0:
                depth = 0
                continue
            words += draw(_carried(state))
        asked = draw(
            st.sampled_from(
                [
                    [f"-l{name}"],
                    ["-l", name],
                    [f"-l:lib{name}.a"],
                    [f"--library={name}"],
                    ["--library", name],
                    [f"one/lib{name}.a"],
                    [f"--library=:lib{name}.a"],
                ]
            )
        )
        is_linkers = asked[0].startswith("--")
        words += draw(_carried(asked)) if is_linkers or draw(st.booleans()) else asked
    return words


def quote(word: str, style: str) -> str:
    """A word as it may be in a file of arguments."""
    if style == "\\":
        return re.sub(r"([\s'\"\\])", r"\\\1", word)
    return f"{style}{word}{style}"


@st.composite
def _files(draw: st.DrawFn) -> list[tuple[int, int, str]]:
    """Which part of the words goes to a file, several times, so that files name files; and its quotes."""
    return draw(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 8), st.sampled_from("\\'\"")), max_size=3))


def move_to_files(words: list[str], files: list[tuple[int, int, str]], folder: Path) -> list[str]:
    """The words, some of them in files."""
    for number, (start, count, style) in enumerate(files):
        part = words[start : start + count]
        if part:
            text = "\n".join(quote(word, style) for word in part)
            (folder / f"arguments {number}").write_text(text)
            words = [*words[:start], f"@arguments {number}", *words[start + count :]]
    return words


@examples(25)
@example(words=["-Lone", "-Xlinker", "-Lit is", "-lp", "-lq", "-Xlinker", "-static", "-lt"], files=[])
@given(words=_requests(), files=_files())
def test_the_record_names_the_archives_that_the_linker_took(
    workshop: Workshop, words: list[str], files: list[tuple[int, int, str]]
) -> None:
    taken, recorded = workshop.link(
        ["-fPIC", "-shared", "b.c", "-nostdlib", *move_to_files(words, files, workshop.folder)]
    )
    assert recorded == taken


#: Options of rustc in several spellings; the library is in a folder, and for some a shared one is beside it.
RUST = (
    ["-Lnative=one", "-lstatic=q"],
    ["-L", "native=one", "-l", "static:-bundle=q", "-lt"],
    ["-L", "one", "-l", "p"],
    ["-L", "all=one", "-lstatic:+verbatim=libq.a"],
    ["-Clink-arg=one/libq.a"],
    ["-C", "link-arg=-Lone", "-C", "link-arg=-lp"],
    ["-Clink-args=-Lone -Wl,-Bstatic -lq -Wl,-Bdynamic"],
    ["-C", "link_args=-Lone -lp", "--codegen=link-arg=-l:libr.a"],
    ["--codegen", "link-arg=-Wl,-Lone,--library=p"],
    ["-Clink-arg=@words"],
    ["-Clink-arg=-Wl,@words"],
    ["-L", "dependency=one", "-Lnative=it is", "-lp"],
    ["@options"],
)


@pytest.mark.parametrize("options", RUST, ids=" ".join)
@pytest.mark.parametrize("linker", [[], ["-Clinker=/usr/bin/cc"]], ids=["the driver", "another path"])
@pytest.mark.parametrize("workshop", ["gcc"], indirect=True)
def test_the_record_names_the_archives_that_a_crate_links(
    workshop: Workshop, options: list[str], linker: list[str]
) -> None:
    """rustc links by the driver under the name cc, or by a compiler that the driver does not see."""
    if shutil.which("rustc") is None:
        pytest.skip("there is no rustc")
    (workshop.folder / "words").write_text("'-Lone' -lp \"-l:libq.a\"")
    (workshop.folder / "options").write_text("-Lnative=it is\n-l\nstatic=q\n")
    given = ["--crate-name", "m", "--edition=2024", "--crate-type", "cdylib", "-Cpanic=abort", "lib.rs"]
    taken, recorded = workshop.link([*given, *linker, *options, "-Clink-arg=-Wl,-zlazy"], "rustc")
    assert recorded == taken
    assert taken


@pytest.mark.parametrize("options", [["-Lone", "-lp"], ["-Lone", "-l:libq.a"], ["one/libr.a"], ["@words"]])
def test_zig(tmp_path: Path, options: list[str], zig: None) -> None:
    """zig refuses the linker's options for folders and libraries, so that only the compiler's are left."""
    (zig_folder,) = import_module("ziglang").__path__
    workshop = Workshop(tmp_path, f"{zig_folder}/zig cc")
    (tmp_path / "words").write_text("-Lone '-lp'")
    taken, recorded = workshop.link(["-fPIC", "-shared", "b.c", *options])
    assert recorded == taken
    assert taken


# --- files of arguments


@examples(100)
@given(st.lists(st.tuples(st.text("ab,'\"\\ \n", max_size=5), st.sampled_from("\\'\""))))
def test_a_quoted_word_is_read_again(words: list[tuple[str, str]]) -> None:
    usable = [(word, style if style not in word and "\\" not in word else "\\") for word, style in words if word]
    text = " ".join(quote(word, style) for word, style in usable)
    assert split_arguments(text) == [word for word, _ in usable]


def test_files_that_name_themselves_and_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("-x @a")
    (tmp_path / "b").write_text("-y @c")
    (tmp_path / "c").write_text("-Wl,-z,@d @c2")
    (tmp_path / "d").write_text("one,two\n@e")
    os.mkfifo(tmp_path / "e")
    folder = str(tmp_path)
    assert len(expand_words(["@a"], folder=folder)) == 2001
    linked = [word for part in ("-z", "one,two", "@e") for word in ("-Xlinker", part)]
    assert expand_words(["@b", "@missing", "@"], folder=folder) == ["-y", *linked, "@c2", "@missing", "@"]
    (tmp_path / "b").write_text("-C\nlink-arg=a b\n@c\n")
    assert expand_words(["@b"], "rust", folder) == ["-C", "link-arg=a b", "@c"]  # as rustc, which reads one file
