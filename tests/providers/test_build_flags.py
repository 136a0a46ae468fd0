"""The flags that the providers hand to builders, tried on the compilers that this machine has."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from cpu_models import ARM_VERSIONS, X86_LEVELS
from dualvariant_providers.aarch64 import AArch64Provider
from dualvariant_providers.x86_64 import X8664Provider
from variantlib.cpu.tables import X8664Feature, load_x86_64
from zig import need_zig

#: What a compiler predefines when it may use a feature.
MACROS = {
    "abm": "__LZCNT__", "adx": "__ADX__", "aes": "__AES__", "avx": "__AVX__", "avx2": "__AVX2__",
    "avx512bw": "__AVX512BW__", "avx512cd": "__AVX512CD__", "avx512dq": "__AVX512DQ__",
    "avx512f": "__AVX512F__", "avx512ifma": "__AVX512IFMA__", "avx512vbmi": "__AVX512VBMI__",
    "avx512vl": "__AVX512VL__", "avx512_bf16": "__AVX512BF16__",
    "avx512_bitalg": "__AVX512BITALG__", "avx512_vbmi2": "__AVX512VBMI2__",
    "avx512_vnni": "__AVX512VNNI__", "avx512_vp2intersect": "__AVX512VP2INTERSECT__",
    "avx512_vpopcntdq": "__AVX512VPOPCNTDQ__", "avx_vnni": "__AVXVNNI__", "bmi1": "__BMI__",
    "bmi2": "__BMI2__", "clflushopt": "__CLFLUSHOPT__", "clwb": "__CLWB__",
    "clzero": "__CLZERO__", "cx16": "__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16", "f16c": "__F16C__",
    "fma": "__FMA__", "fsgsbase": "__FSGSBASE__", "gfni": "__GFNI__", "lahf_lm": "__LAHF_SAHF__",
    "mmx": "__MMX__", "movbe": "__MOVBE__", "movdir64b": "__MOVDIR64B__",
    "movdiri": "__MOVDIRI__", "pclmulqdq": "__PCLMUL__", "popcnt": "__POPCNT__",
    "rdpid": "__RDPID__", "rdrand": "__RDRND__", "rdseed": "__RDSEED__", "sha_ni": "__SHA__",
    "sse": "__SSE__", "sse2": "__SSE2__", "sse3": "__SSE3__", "sse4_1": "__SSE4_1__",
    "sse4_2": "__SSE4_2__", "sse4a": "__SSE4A__", "ssse3": "__SSSE3__", "vaes": "__VAES__",
    "vpclmulqdq": "__VPCLMULQDQ__", "xsave": "__XSAVE__", "xsavec": "__XSAVEC__",
    "xsaveopt": "__XSAVEOPT__",
}  # fmt: skip
X86 = X8664Provider()
ARM = AArch64Provider()


def compiler(name: str, target: str) -> list[str]:
    """The command of a compiler for ``x86_64`` or ``aarch64`` Linux; skips the test where there is none."""
    native = {"x86_64": "x86-64", "aarch64": "aarch64"}[target]
    match name:
        case "zig":
            need_zig()
            return [sys.executable, "-m", "ziglang", "cc", "-target", f"{target}-linux-gnu.2.17"]
        case "clang":
            path = shutil.which("clang")
            if path is None:
                pytest.skip("no clang here")
            return [path, f"--target={target}-linux-gnu"]
    for command in (f"{target}-linux-gnu-gcc", "gcc"):
        path = shutil.which(command)
        if path is not None and native in _target_of(path):
            return [path]
    pytest.skip(f"no gcc for {target} here")


@cache
def _target_of(gcc: str) -> str:
    done = subprocess.run([gcc, "-dumpmachine"], capture_output=True, text=True)
    return done.stdout.replace("x86_64", "x86-64")


def predefined(command: list[str], flags: list[str], source: Path) -> frozenset[str]:
    """The macros that a compiler predefines; it must accept the flags without a word."""
    line = [*command, *flags, "-dM", "-E", "-x", "c", str(source)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return frozenset(row.split()[1] for row in done.stdout.splitlines() if row.strip())


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    path = tmp_path / "empty.c"
    path.write_text("")
    return path


def enabled(command: list[str], flags: list[str], source: Path) -> set[str]:
    macros = predefined(command, flags, source)
    return {name for name, macro in MACROS.items() if macro in macros}


def closure(feature: X8664Feature) -> set[str]:
    """The feature, all that it implies, and what every x86-64 processor has."""
    by_name = {f.name: f for f in load_x86_64().features}
    found = {feature.name} | load_x86_64().of_level("v1")
    pending = [feature]
    while pending:
        for name in pending.pop().implies - found:
            found.add(name)
            pending.append(by_name[name])
    return found


class TestX86:
    def test_a_level_names_compiler_and_linker_flags(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "linux")
        assert X86.build_flags("level", "v3", "gcc") == {
            "CFLAGS": ["-march=x86-64-v3"],
            "CXXFLAGS": ["-march=x86-64-v3"],
            "LDFLAGS": ["-Wl,-z,x86-64-v3"],
        }

    def test_v1_and_zig_get_no_elf_note(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "linux")
        plain = {"CFLAGS": ["-march=x86-64"], "CXXFLAGS": ["-march=x86-64"]}
        assert plain == X86.build_flags("level", "v1", "gcc")
        zig = {"CFLAGS": ["-mcpu=x86_64_v3"], "CXXFLAGS": ["-mcpu=x86_64_v3"]}
        assert zig == X86.build_flags("level", "v3", "zig")

    def test_linkers_of_other_systems_get_no_elf_note(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "darwin")
        plain = {"CFLAGS": ["-march=x86-64-v3"], "CXXFLAGS": ["-march=x86-64-v3"]}
        assert plain == X86.build_flags("level", "v3", "clang")

    def test_a_feature_has_its_flag(self) -> None:
        expected = {"CFLAGS": ["-mavx2"], "CXXFLAGS": ["-mavx2"]}
        assert expected == X86.build_flags("avx2", "on", "gcc")

    @pytest.mark.parametrize(
        ("key", "value", "name"),
        [
            ("level", "v5", "gcc"),
            ("level", "on", "gcc"),
            ("avx2", "off", "gcc"),
            ("warp", "on", "gcc"),
            ("cppc", "on", "gcc"),
            ("level", "v3", "msvc"),
            ("avx2", "on", "msvc"),
        ],
    )
    def test_what_is_unknown_has_none(self, key: str, value: str, name: str) -> None:
        assert X86.build_flags(key, value, name) is None

    def test_an_answer_belongs_to_the_caller(self) -> None:
        first = X86.build_flags("avx2", "on", "gcc")
        assert first is not None
        first["CFLAGS"].append("-O3")
        assert (X86.build_flags("avx2", "on", "gcc") or {})["CFLAGS"] == ["-mavx2"]

    @pytest.mark.parametrize("name", ["gcc", "clang", "zig"])
    @pytest.mark.parametrize("level", X86_LEVELS)
    def test_compilers_make_of_a_level_what_the_table_says(self, name: str, level: str, empty: Path) -> None:
        flags = X86.build_flags("level", level, name)
        assert flags is not None
        needs = set(load_x86_64().of_level(level))
        assert needs == enabled(compiler(name, "x86_64"), flags["CFLAGS"], empty)

    @pytest.mark.parametrize("name", ["gcc", "clang", "zig"])
    @pytest.mark.parametrize("feature", [f for f in load_x86_64().features if f.flags], ids=lambda f: f.name)
    def test_compilers_enable_with_a_feature_no_more_than_the_table_says(
        self, name: str, feature: X8664Feature, empty: Path
    ) -> None:
        flags = X86.build_flags(feature.name, "on", name)
        assert flags is not None
        found = enabled(compiler(name, "x86_64"), flags["CFLAGS"], empty)
        assert feature.name in found
        assert found <= closure(feature)

    @pytest.mark.parametrize("level", X86_LEVELS)
    def test_gcc_links_with_the_flags_of_a_level(self, level: str, tmp_path: Path) -> None:
        command = compiler("gcc", "x86_64")
        flags = X86.build_flags("level", level, "gcc")
        assert flags is not None
        source, library = tmp_path / "f.c", tmp_path / "f.so"
        source.write_text("int f(int x) { return x + 1; }\n")
        line = [*command, *flags["CFLAGS"], "-shared", "-fPIC", str(source), "-o", str(library)]
        done = subprocess.run([*line, *flags.get("LDFLAGS", [])], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")

    @pytest.mark.parametrize("name", ["gcc", "clang", "zig"])
    def test_v4_uses_the_wide_registers(self, name: str, tmp_path: Path) -> None:
        command = compiler(name, "x86_64")
        flags = X86.build_flags("level", "v4", name)
        assert flags is not None
        source, assembly = tmp_path / "f.c", tmp_path / "f.s"
        source.write_text(
            "void f(float *restrict y, const float *restrict x, long n)"
            " { for (long i = 0; i < n; i++) y[i] += 2 * x[i]; }\n"
        )
        line = [*command, *flags["CFLAGS"], "-O3", "-S", str(source), "-o", str(assembly)]
        subprocess.run(line, check=True)
        assert "zmm" in assembly.read_text()


class TestArm:
    def test_a_version_has_its_flag(self) -> None:
        expected = {"CFLAGS": ["-march=armv8.2-a"], "CXXFLAGS": ["-march=armv8.2-a"]}
        assert expected == ARM.build_flags("version", "8.2a", "gcc")
        zig = {"CFLAGS": ["-mcpu=generic+v8_2a"], "CXXFLAGS": ["-mcpu=generic+v8_2a"]}
        assert zig == ARM.build_flags("version", "8.2a", "zig")

    def test_what_is_unknown_has_none(self) -> None:
        assert ARM.build_flags("version", "9a", "gcc") is None
        assert ARM.build_flags("level", "8.2a", "gcc") is None
        assert ARM.build_flags("version", "8.2a", "msvc") is None

    @pytest.mark.parametrize("name", ["gcc", "clang", "zig"])
    @pytest.mark.parametrize("version", ARM_VERSIONS)
    def test_compilers_make_of_a_version_what_the_table_says(
        self, name: str, version: str, empty: Path, tmp_path: Path
    ) -> None:
        flags = ARM.build_flags("version", version, name)
        assert flags is not None
        command = compiler(name, "aarch64")
        macros = predefined(command, flags["CFLAGS"], empty)
        steps = {
            "8.1a": {"__ARM_FEATURE_ATOMICS", "__ARM_FEATURE_CRC32", "__ARM_FEATURE_QRDMX"},
            "8.3a": {"__ARM_FEATURE_COMPLEX", "__ARM_FEATURE_JCVT"},
        }
        reached = set(ARM_VERSIONS[ARM_VERSIONS.index(version) :])
        for step, names in steps.items():
            assert (names if step in reached else set()) == names & macros
        assert "__ARM_FEATURE_FP16_VECTOR_ARITHMETIC" not in macros, "optional in every version"
        # clang 14 knows the instruction of 8.4 and has no macro for it.
        (tmp_path / "dot.c").write_text('void f(void) { __asm__("udot v0.4s, v1.16b, v2.16b"); }\n')
        words = [*command, *flags["CFLAGS"], "-c", str(tmp_path / "dot.c"), "-o", str(tmp_path / "dot.o")]
        assert (subprocess.run(words, capture_output=True).returncode == 0) == ("8.4a" in reached)

    @pytest.mark.parametrize("name", ["gcc", "clang", "zig"])
    def test_atomics_become_one_instruction_from_8_1(self, name: str, tmp_path: Path) -> None:
        command = compiler(name, "aarch64")
        source, assembly = tmp_path / "f.c", tmp_path / "f.s"
        source.write_text("long f(long *p) { return __atomic_fetch_add(p, 1, 5); }\n")
        found = {}
        for version in ("8a", "8.1a", "8.2a"):
            flags = (ARM.build_flags("version", version, name) or {})["CFLAGS"]
            line = [*command, *flags, "-O2", "-S", str(source), "-o", str(assembly)]
            subprocess.run(line, check=True)
            text = assembly.read_text()
            found[version] = "\tldaddal\t" in text
        assert found == {"8a": False, "8.1a": True, "8.2a": True}
