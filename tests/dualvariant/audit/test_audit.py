"""``audit`` on wheels whose libraries were compiled a moment ago, with flags that fit their labels or not."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from dualvariant.audit import Kind, WheelAudit, audit_set, audit_wheel
from dualvariant.binary.elf import GUESTS
from dualvariant.builder.finish.check import check_wheel
from dualvariant.core.errors import BadDataError, UsageError
from elf_files import make_library
from natives import V3, compiled, native_wheel
from samples import make_wheel
from tool import Tool
from variantlib.errors import WheelFileError, WheelNameError
from zig import WITHOUT_LIBRARY, zig_cc

pytest.importorskip("iced_x86", reason="iced-x86 is not installed (extra dualvariant[audit])")

NOTE = "-Wl,-z,x86-64-v3"
V4 = "x86_64 :: level :: v4"

#: Ways to ask the processor, each with AVX2 code behind it, and the word by which it is known.
ASKING = {
    "__builtin_cpu_supports, in libgcc's own code": (
        "CPUID",
        """
__attribute__((target("avx2"))) static void fast(int *a) { for (int i = 0; i < 64; i++) a[i] *= 3; }
void run(int *a) { if (__builtin_cpu_supports("avx2")) fast(a); }
""",
    ),
    "versions of one function, made by the compiler": (
        "indirect functions",
        """
__attribute__((target_clones("avx2", "default"))) void run(int *a) { for (int i = 0; i < 64; i++) a[i] *= 3; }
""",
    ),
    "an instruction of its own": (
        "CPUID",
        """
#include <cpuid.h>
__attribute__((target("avx2"))) static void fast(int *a) { for (int i = 0; i < 64; i++) a[i] *= 3; }
void run(int *a) { unsigned x, b = 0, c, d; __get_cpuid_count(7, 0, &x, &b, &c, &d); if (b & 32) fast(a); }
""",
    ),
    "the loader": (
        "indirect functions",
        """
__attribute__((target("avx2"))) static void fast(int *a) { for (int i = 0; i < 64; i++) a[i] *= 3; }
static void slow(int *a) { for (int i = 0; i < 64; i++) a[i] *= 3; }
extern int which;
static void *chosen(void) { return which ? (void *)fast : (void *)slow; }
void run(int *a) __attribute__((ifunc("chosen")));
""",
    ),
}


ARM_TAG = "cp311-cp311-manylinux_2_17_aarch64"


def compiled_for_arm(folder: Path) -> bytes:
    """A library that zig made for the other architecture."""
    (folder / "tiny.c").write_text("int seven(int x) { return x * 7; }\n")
    zig_cc(folder, "aarch64-linux-gnu.2.17", *WITHOUT_LIBRARY, "-shared", "-fPIC", "-s", "tiny.c", "-o", "tiny.so")
    return (folder / "tiny.so").read_bytes()


def kinds(audit: WheelAudit) -> tuple[set[Kind], set[Kind]]:
    return {finding.kind for finding in audit.errors}, {finding.kind for finding in audit.warnings}


def audited(folder: Path, *flags: str, properties: tuple[str, ...] = (), source: str | None = None) -> WheelAudit:
    content = compiled(folder / "c", *flags, **({"source": source} if source else {}))
    return audit_wheel(native_wheel(folder, {"tiny.so": content}, properties))


class TestLevels:
    def test_a_standard_wheel_of_baseline_code(self, tmp_path: Path) -> None:
        audit = audited(tmp_path)
        assert (audit.verdict, audit.level_found, audit.findings) == ("true", "v1", ())

    def test_a_true_v3_wheel(self, tmp_path: Path) -> None:
        audit = audited(tmp_path, "-march=x86-64-v3", NOTE, properties=(V3,))
        assert (audit.verdict, audit.level_found, audit.findings) == ("true", "v3", ())
        assert {"avx", "avx2", "fma"} <= {*audit.needs}

    def test_a_true_v4_wheel(self, tmp_path: Path) -> None:
        audit = audited(tmp_path, "-march=x86-64-v4", "-Wl,-z,x86-64-v4", properties=(V4,))
        assert (audit.verdict, audit.level_found, audit.findings) == ("true", "v4", ())

    def test_a_standard_wheel_with_avx_is_a_lie_and_the_place_is_named(self, tmp_path: Path) -> None:
        audit = audited(tmp_path, "-mavx2")
        assert (audit.verdict, audit.level_found) == ("mislabelled", "v3")
        assert kinds(audit) == ({Kind.BEYOND_LABEL}, set())
        (module,) = audit.modules
        need = next(need for need in module.needs if need.feature == "avx2")
        assert need.count == sum(place.count for place in need.places)
        assert [place.symbol for place in need.places] == ["dot_of"]
        assert need.places[0].instruction.startswith("v")
        assert any("avx2" in str(error) and "dot_of" in str(error) for error in audit.errors)

    def test_v3_with_avx512_is_a_lie(self, tmp_path: Path) -> None:
        audit = audited(tmp_path, "-march=x86-64-v4", NOTE, properties=(V3,))
        assert kinds(audit) == ({Kind.BEYOND_LABEL}, set())
        assert all("avx512" in str(error) for error in audit.errors)

    def test_flags_that_never_reached_the_compiler_are_a_lie(self, tmp_path: Path) -> None:
        audit = audited(tmp_path, NOTE, properties=(V3,))
        assert kinds(audit) == ({Kind.NOTHING_ABOVE_BASELINE}, set())

    def test_less_than_the_label_is_a_warning(self, tmp_path: Path) -> None:
        audit = audited(tmp_path, "-march=x86-64-v3", "-Wl,-z,x86-64-v4", properties=(V4,))
        assert (audit.verdict, audit.level_found) == ("true", "v3")
        assert kinds(audit) == (set(), {Kind.LESS_THAN_LABEL})

    def test_a_variant_of_the_baseline_promises_nothing_and_needs_nothing(self, tmp_path: Path) -> None:
        assert audited(tmp_path, properties=("x86_64 :: level :: v1",)).findings == ()

    def test_properties_beside_the_level_allow_what_they_say(self, tmp_path: Path) -> None:
        audit = audited(tmp_path, "-mavx2", properties=("x86_64 :: avx2 :: on",))
        assert (audit.verdict, audit.findings) == ("true", ())

    def test_a_property_that_no_instruction_shows(self, tmp_path: Path) -> None:
        both = (V3, "x86_64 :: avx512_bf16 :: on")
        audit = audited(tmp_path, "-march=x86-64-v3", NOTE, properties=both)
        assert kinds(audit) == (set(), {Kind.LESS_THAN_LABEL})

    def test_what_no_level_has_is_beyond_every_level(self, tmp_path: Path) -> None:
        source = "#include <wmmintrin.h>\n__m128i round_of(__m128i a, __m128i b) { return _mm_aesenc_si128(a, b); }\n"
        audit = audited(tmp_path, "-march=x86-64-v3", "-maes", NOTE, properties=(V3,), source=source)
        assert Kind.BEYOND_LABEL in kinds(audit)[0]
        assert any("aes" in str(error) and "round_of" in str(error) for error in audit.errors)


class TestTraps:
    def test_rep_bsf_is_no_bmi(self, tmp_path: Path) -> None:
        source = "int first(unsigned long x) { return __builtin_ctzl(x); }\n"
        content = compiled(tmp_path / "c", source=source)
        assert bytes.fromhex("f3480fbcc7") in content  # rep bsf rax, rdi: the bytes of tzcnt
        assert audit_wheel(native_wheel(tmp_path, {"tiny.so": content})).findings == ()

    def test_lzcnt_counts_because_older_processors_compute_another_number(self, tmp_path: Path) -> None:
        source = "int leading(unsigned long x) { return __builtin_clzl(x); }\n"
        audit = audited(tmp_path, "-mlzcnt", source=source)
        assert [need.feature for need in audit.modules[0].needs] == ["abm"]
        assert kinds(audit) == ({Kind.BEYOND_LABEL}, set())

    def test_branch_protection_is_no_level(self, tmp_path: Path) -> None:
        content = compiled(tmp_path / "c", "-fcf-protection=full")
        assert bytes.fromhex("f30f1efa") in content  # endbr64
        assert audit_wheel(native_wheel(tmp_path, {"tiny.so": content})).findings == ()

    @pytest.mark.parametrize("how", ASKING)
    def test_run_time_dispatch_is_told_of_and_not_judged(self, tmp_path: Path, how: str) -> None:
        word, source = ASKING[how]
        audit = audited(tmp_path, "-O3", source=source)
        assert (audit.verdict, audit.level_found) == ("not judged", None)
        assert kinds(audit) == (set(), {Kind.RUN_TIME_DISPATCH})
        (warning,) = audit.warnings
        assert word in str(warning) and "avx2" in str(warning)

    def test_the_same_code_without_a_question_is_mislabelled(self, tmp_path: Path) -> None:
        """The difference is that one asks at all; an audit cannot see whether it heeds the answer."""
        source = ASKING["an instruction of its own"][1].replace("__get_cpuid_count(7, 0, &x, &b, &c, &d);", "b = 32;")
        audit = audited(tmp_path, "-O3", source=source)
        assert kinds(audit) == ({Kind.BEYOND_LABEL}, set())
        asked = source.replace("b = 32;", "__cpuid(0, x, b, c, d); b = 32;")
        audit = audited(tmp_path / "asked", "-O3", source=asked)
        assert kinds(audit) == (set(), {Kind.RUN_TIME_DISPATCH}), "the price that docs/explanation/audit.md names"

    def test_data_among_code_is_a_doubt_and_no_lie(self, tmp_path: Path) -> None:
        # vaddps ymm0, ymm0, ymm0 between bytes that are no instruction in 64-bit mode.
        data = "0x06,0x06,0x06,0x06,0xc5,0xfc,0x58,0xc0,0x06,0x06"
        source = f'__asm__(".text\\n.byte {data}\\n");\nint one(void) {{ return 1; }}\n'
        audit = audited(tmp_path, source=source)
        assert kinds(audit) == (set(), {Kind.DOUBTFUL})
        assert (audit.verdict, audit.level_found) == ("true", "v1")


class TestNotes:
    def test_a_missing_note_is_a_warning(self, tmp_path: Path) -> None:
        audit = audited(tmp_path, "-march=x86-64-v3", properties=(V3,))
        assert (audit.verdict, kinds(audit)) == ("true", (set(), {Kind.NOTE_MISSING}))

    def test_a_note_that_says_less_is_a_warning(self, tmp_path: Path) -> None:
        audit = audited(tmp_path, "-march=x86-64-v3", "-Wl,-z,x86-64-v2", properties=(V3,))
        assert kinds(audit) == (set(), {Kind.NOTE_BELOW})

    def test_a_note_that_refuses_whom_the_label_serves_is_a_lie(self, tmp_path: Path) -> None:
        assert kinds(audited(tmp_path, NOTE)) == ({Kind.NOTE_ABOVE_LABEL}, set())


class TestOtherFiles:
    def test_another_architecture_than_the_tag(self, tmp_path: Path) -> None:
        content = bytearray(compiled(tmp_path / "c"))
        content[18] = 243  # EM_RISCV
        audit = audit_wheel(native_wheel(tmp_path, {"tiny.so": bytes(content)}))
        assert kinds(audit) == ({Kind.OTHER_ARCHITECTURE}, {Kind.NOT_JUDGED})

    def test_a_cross_built_library_in_a_wheel_for_this_machine(self, tmp_path: Path) -> None:
        content = compiled_for_arm(tmp_path)
        audit = audit_wheel(native_wheel(tmp_path, {"tiny.so": content}))
        assert (audit.verdict, kinds(audit)[0]) == ("mislabelled", {Kind.OTHER_ARCHITECTURE})
        assert str(audit.errors[0]) == "tiny.so: it is for aarch64, the wheel for linux_x86_64"
        wheel = native_wheel(tmp_path / "arm", {"tiny.so": content}, tag=ARM_TAG)
        assert audit_wheel(wheel).errors == []
        here = native_wheel(tmp_path / "here", {"tiny.so": compiled(tmp_path / "c")}, tag=ARM_TAG)
        assert kinds(audit_wheel(here))[0] == {Kind.OTHER_ARCHITECTURE}, "and the other way round"

    def test_an_architecture_that_is_not_read_is_not_judged_and_says_so(self, tmp_path: Path) -> None:
        content = bytearray(compiled(tmp_path / "c"))
        content[18] = 243
        wheel = native_wheel(tmp_path, {"tiny.so": bytes(content)}, tag="cp311-cp311-manylinux_2_39_riscv64")
        audit = audit_wheel(wheel)
        assert (audit.verdict, kinds(audit)) == ("not judged", (set(), {Kind.NOT_JUDGED}))

    @pytest.mark.parametrize("machine", GUESTS)
    @pytest.mark.parametrize("bits", [32, 64])
    def test_code_for_something_beside_the_cpu_is_data(self, machine: int, bits: int, tmp_path: Path) -> None:
        """A GPU's kernels, in wheels for any machine: neither audit nor build takes them for another CPU's code."""
        content = bytearray(make_library(b"", machine=machine))
        content[4] = bits // 32
        for tag in ("cp311-cp311-linux_x86_64", ARM_TAG):
            wheel = native_wheel(tmp_path, {"data/kernel.bin": bytes(content)}, tag=tag)
            audit = audit_wheel(wheel)
            assert (audit.verdict, kinds(audit)) == ("not judged", (set(), {Kind.NOT_JUDGED}))
            assert GUESTS[machine] in str(audit.warnings[0])
            check_wheel(wheel, "linux_aarch64" if tag == ARM_TAG else "linux_x86_64")

    @pytest.mark.parametrize(
        ("path", "content", "kind"),
        [
            ("tiny.so", b"\xcf\xfa\xed\xfe" + bytes(28), "Mach-O"),
            ("tiny.pyd", b"MZ" + bytes(62), "PE"),
            ("tiny.a", b"!<arch>\n" + bytes(60), "archive"),
            ("tiny.so", b"\x7fELF\x02\x01\x01" + bytes(20), "ELF"),
        ],
    )
    def test_what_cannot_be_read_is_named(self, tmp_path: Path, path: str, content: bytes, kind: str) -> None:
        audit = audit_wheel(native_wheel(tmp_path, {path: content}))
        assert (audit.modules[0].format, kinds(audit)) == (kind, (set(), {Kind.NOT_JUDGED}))

    def test_a_pure_wheel_is_true_and_as_a_v3_variant_a_lie(self, tmp_path: Path) -> None:
        assert audit_wheel(make_wheel(tmp_path, "pure", "1.0")).verdict == "true"
        audit = audit_wheel(make_wheel(tmp_path, "pure", "1.0", properties=[V3]))
        assert kinds(audit) == ({Kind.NOT_COMPILED}, set())

    def test_properties_of_others_are_not_judged(self, tmp_path: Path) -> None:
        audit = audit_wheel(make_wheel(tmp_path, "pure", "1.0", properties=["fictional_hw :: humor :: 2"]))
        assert kinds(audit) == (set(), {Kind.NOT_JUDGED})


class TestReleases:
    def test_a_v3_wheel_that_equals_the_baseline(self, tmp_path: Path) -> None:
        content = compiled(tmp_path / "c")
        variant = native_wheel(tmp_path, {"tiny.so": content}, [V3])
        standard = tmp_path / "standard" / "native-1.0-cp311-cp311-linux_x86_64.whl"
        first, second = audit_set([standard, variant])
        assert (first.verdict, first.path) == ("true", standard)
        assert Kind.EQUALS_STANDARD in kinds(second)[0]
        assert standard.name in " ".join(map(str, second.errors))

    def test_the_same_code_behind_another_note(self, tmp_path: Path) -> None:
        """The files differ, because of the note; what is executed does not."""
        variant = native_wheel(tmp_path / "v3", {"tiny.so": compiled(tmp_path / "a", NOTE)}, [V3])
        standard = native_wheel(tmp_path / "std", {"tiny.so": compiled(tmp_path / "b")})
        assert Kind.EQUALS_STANDARD in kinds(audit_set([variant, standard])[0])[0]

    def test_two_variants_with_one_code(self, tmp_path: Path) -> None:
        content = compiled(tmp_path / "c", "-march=x86-64-v3", NOTE)
        v3 = native_wheel(tmp_path / "v3", {"tiny.so": content}, [V3])
        v4 = native_wheel(tmp_path / "v4", {"tiny.so": content}, [V4])
        for wheels in ([v3, v4], [v4, v3]):
            found = {audit.path: audit for audit in audit_set(wheels)}
            assert (found[v3].verdict, kinds(found[v4])[0]) == ("true", {Kind.EQUALS_VARIANT})

    def test_a_variant_of_the_baseline_is_of_no_use_and_no_lie(self, tmp_path: Path) -> None:
        variant = native_wheel(tmp_path, {"tiny.so": compiled(tmp_path / "c")}, ["x86_64 :: level :: v1"])
        standard = tmp_path / "standard" / "native-1.0-cp311-cp311-linux_x86_64.whl"
        audit, _ = audit_set([variant, standard])
        assert kinds(audit) == (set(), {Kind.EQUALS_STANDARD})

    def test_a_variant_for_a_later_arm_may_have_no_use_for_it(self, tmp_path: Path) -> None:
        content = compiled_for_arm(tmp_path)
        variant = native_wheel(tmp_path, {"tiny.so": content}, ["aarch64 :: version :: 8.2a"], tag=ARM_TAG)
        audit, _ = audit_set([variant, tmp_path / "standard" / f"native-1.0-{ARM_TAG}.whl"])
        assert kinds(audit) == (set(), {Kind.EQUALS_STANDARD})

    def test_different_code_is_different(self, tmp_path: Path) -> None:
        variant = native_wheel(tmp_path / "v3", {"tiny.so": compiled(tmp_path / "a", "-march=x86-64-v3", NOTE)}, [V3])
        standard = native_wheel(tmp_path / "std", {"tiny.so": compiled(tmp_path / "b")})
        assert [audit.findings for audit in audit_set([variant, standard])] == [(), ()]


class TestBadInput:
    def test_no_such_wheel(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no such wheel"):
            audit_wheel(tmp_path / "native-1.0-py3-none-any.whl")

    def test_no_wheel_name(self, tmp_path: Path) -> None:
        with pytest.raises(WheelNameError):
            audit_wheel(tmp_path / "native.zip")

    @pytest.mark.parametrize("keep", [0.5, 0.9])
    def test_a_wheel_that_is_cut_off(self, tmp_path: Path, keep: float) -> None:
        wheel = native_wheel(tmp_path, {"tiny.so": compiled(tmp_path / "c")})
        content = wheel.read_bytes()
        wheel.write_bytes(content[: int(len(content) * keep)])
        with pytest.raises(WheelFileError):
            audit_wheel(wheel)

    def test_a_library_whose_bytes_are_damaged(self, tmp_path: Path) -> None:
        wheel = native_wheel(tmp_path, {"tiny.so": compiled(tmp_path / "c")})
        with zipfile.ZipFile(wheel) as archive:
            at = archive.getinfo("tiny.so").header_offset + 60
        content = bytearray(wheel.read_bytes())
        content[at : at + 8] = b"garbage!"
        wheel.write_bytes(content)
        with pytest.raises(WheelFileError):
            audit_wheel(wheel)

    def test_a_zip_bomb_is_not_unpacked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        wheel = native_wheel(tmp_path, {"tiny.so": b"\x7fELF\x02\x01" + bytes(1 << 20)})
        monkeypatch.setattr("dualvariant.audit.wheel.LARGEST_FILE", 1 << 16)
        assert "larger than" in str(audit_wheel(wheel).warnings[0])
        monkeypatch.undo()
        monkeypatch.setattr("dualvariant.audit.wheel.USUAL_FILE", 1 << 16)
        assert "times its size" in str(audit_wheel(wheel).warnings[0])
        monkeypatch.setattr("dualvariant.audit.wheel.LARGEST_WHEEL", 1 << 18)
        with pytest.raises(BadDataError, match="unpacks to more than"):
            audit_wheel(wheel)

    def test_hostile_headers_end_in_a_word(self, tmp_path: Path) -> None:
        whole = compiled(tmp_path / "c", "-march=x86-64-v3")
        sections = int.from_bytes(whole[40:48], "little")
        for at in [*range(16, 64), *range(sections, sections + 640, 7)]:
            broken = whole[:at] + b"\xff" + whole[at + 1 :]
            audit_wheel(native_wheel(tmp_path, {"tiny.so": broken}))


class TestCommand:
    def test_a_table_and_the_findings(self, tmp_path: Path, tool: Tool) -> None:
        wheel = native_wheel(tmp_path, {"tiny.so": compiled(tmp_path / "c", "-mavx2")})
        said = tool("audit", wheel, code=1).stdout
        assert "needs x86-64-v3, which its tag cannot say" in said.splitlines()[1]
        assert "tiny.so: needs avx2" in said
        said = tool("audit", native_wheel(tmp_path / "v", {"tiny.so": compiled(tmp_path / "d")}, [V3]), code=1).stdout
        assert "mislabelled" in said.splitlines()[1]

    def test_json(self, tmp_path: Path, tool: Tool) -> None:
        content = compiled(tmp_path / "c", "-march=x86-64-v3", NOTE)
        wheel = native_wheel(tmp_path, {"tiny.so": content}, [V3])
        (audit,) = json.loads(tool("audit", wheel, "--json").stdout)
        assert (audit["verdict"], audit["level_found"], audit["errors"]) == ("true", "v3", [])
        assert audit["lies"] == audit["errors"]  # the key's name in 0.1, kept for one release
        (module,) = audit["modules"]
        assert (module["path"], module["note"], module["judged"]) == ("tiny.so", "v3", True)
        assert {"feature", "count", "places"} == {*module["needs"][0]}

    def test_bad_wheels_are_one_message(self, tmp_path: Path, tool: Tool) -> None:
        assert "no such wheel" in tool("audit", tmp_path / "a-1.0-py3-none-any.whl", code=2).stderr
        bad = tmp_path / "a-1.0-py3-none-any.whl"
        bad.write_bytes(b"no zip")
        assert "not a complete zip" in tool("audit", bad, code=5).stderr

    def test_one_bad_wheel_costs_the_others_nothing(self, tmp_path: Path, tool: Tool) -> None:
        good = make_wheel(tmp_path, "good", "1.0")
        bad = tmp_path / "bad-1.0-py3-none-any.whl"
        bad.write_bytes(b"no zip")
        result = tool("audit", bad, tmp_path / "none-1.0-py3-none-any.whl", good, code=2)
        assert good.name in result.stdout
        assert "not a complete zip" in result.stderr and "no such wheel" in result.stderr
