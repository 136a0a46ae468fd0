"""Arm's machine code against ``aarch64 :: version``: wheels that zig compiles here, and some of PyPI."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualvariant.audit import Kind, WheelAudit, audit_wheel
from dualvariant.audit.arm import find_arm_feature
from natives import native_wheel
from zig import WITHOUT_LIBRARY, zig_cc

pytest.importorskip("capstone", reason="capstone is not installed (extra dualvariant[audit])")

TAG = "cp311-cp311-manylinux_2_17_aarch64"
V82 = "aarch64 :: version :: 8.2a"
#: Loops, and a count that several threads share.
SOURCE = """
double a[512]; int counter; _Float16 halves[64]; unsigned char bytes[256]; int sums[64];
void add(double s) { for (int i = 0; i < 512; i++) a[i] = a[i] * s + 1; }
int count(int by) { return __atomic_fetch_add(&counter, by, __ATOMIC_SEQ_CST); }
int swap(int to) { return __atomic_exchange_n(&counter, to, __ATOMIC_ACQUIRE); }
MORE
"""
HALVES = "void half(void) { for (int i = 0; i < 64; i++) halves[i] = halves[i] * halves[i] + (_Float16)1; }"
DOT = """
#include <arm_neon.h>
uint32x4_t dot(uint32x4_t s, uint8x16_t x, uint8x16_t y) { return vdotq_u32(s, x, y); }
"""
CRC = "unsigned crc(unsigned c, unsigned char b) { return __builtin_arm_crc32b(c, b); }"
AES = "#include <arm_neon.h>\nuint8x16_t aes(uint8x16_t a, uint8x16_t k) { return vaeseq_u8(a, k); }"
#: As <sys/auxv.h> declares it; 16 is AT_HWCAP.
ASKS = "unsigned long getauxval(unsigned long);\nunsigned long has(void) { return getauxval(16); }"


def compiled(folder: Path, *flags: str, more: str = "") -> bytes:
    """A library for Arm that zig made, with the C library if the flags ask for something in it."""
    folder.mkdir(parents=True)
    (folder / "tiny.c").write_text(SOURCE.replace("MORE", more))
    alone = () if "-moutline-atomics" in flags else WITHOUT_LIBRARY
    words = ("-O3", "-shared", "-fPIC", "-s", *flags, *alone, "tiny.c", "-o", "tiny.so")
    zig_cc(folder, "aarch64-linux-gnu.2.17", *words)
    return (folder / "tiny.so").read_bytes()


def audited(folder: Path, *flags: str, more: str = "", properties: tuple[str, ...] = ()) -> WheelAudit:
    content = compiled(folder / "c", *flags, more=more)
    return audit_wheel(native_wheel(folder, {"tiny.so": content}, properties, tag=TAG))


def test_the_baseline_is_what_every_processor_has(tmp_path: Path) -> None:
    audit = audited(tmp_path, "-mcpu=generic+v8a", "-mno-outline-atomics")
    assert (audit.verdict, audit.level_found, audit.findings) == ("true", "8a", ())


def test_atomics_of_8_1_are_beyond_a_standard_wheel_and_true_in_a_variant(tmp_path: Path) -> None:
    audit = audited(tmp_path, "-mcpu=generic+v8_1a")
    assert (audit.verdict, audit.level_found) == ("mislabelled", "8.1a")
    assert [finding.kind for finding in audit.errors] == [Kind.BEYOND_LABEL]
    assert "FEAT_LSE" in str(audit.errors[0]) and ("ldaddal" in str(audit.errors[0]) or "swpa" in str(audit.errors[0]))
    audit = audited(tmp_path / "v", "-mcpu=generic+v8_2a", properties=(V82,))
    assert (audit.verdict, audit.level_found, audit.errors) == ("true", "8.1a", [])


def test_outline_atomics_ask_for_themselves(tmp_path: Path) -> None:
    """The helpers hold LSE behind a condition; the library is for every processor."""
    audit = audited(tmp_path, "-mcpu=generic+v8a", "-moutline-atomics")
    assert audit.errors == []
    assert not any("FEAT_LSE" in need.feature for module in audit.modules for need in module.needs)


@pytest.mark.parametrize(
    ("flags", "more", "feature"),
    [
        ("-mcpu=generic+v8_2a+fullfp16", HALVES, "FEAT_FP16"),
        ("-mcpu=generic+v8_2a+dotprod", DOT, "FEAT_DotProd"),
        ("-mcpu=generic+v8a+aes", AES, "FEAT_AES"),
        ("-mcpu=generic+v8_2a+sve", "", "FEAT_SVE"),
        ("-mcpu=generic+v8a+crc", CRC, "FEAT_CRC32"),
    ],
)
def test_a_feature_beyond_the_label(tmp_path: Path, flags: str, more: str, feature: str) -> None:
    label = () if feature == "FEAT_CRC32" else (V82,)
    audit = audited(tmp_path, flags, more=more, properties=label)
    assert audit.verdict == "mislabelled"
    assert {word for error in audit.errors for word in str(error).split() if "FEAT_" in word} == {f"{feature},"}


def test_dotprod_belongs_to_8_4(tmp_path: Path) -> None:
    label = ("aarch64 :: version :: 8.4a",)
    audit = audited(tmp_path, "-mcpu=generic+v8_4a", more=DOT, properties=label)
    assert (audit.verdict, audit.level_found, audit.errors) == ("true", "8.4a", [])


def test_a_library_that_asks_is_not_judged(tmp_path: Path) -> None:
    audit = audited(tmp_path, "-mcpu=generic+v8_2a+sve", more=ASKS)
    assert (audit.verdict, audit.errors) == ("not judged", [])
    assert any("getauxval" in str(warning) and "FEAT_SVE" in str(warning) for warning in audit.warnings)


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("fmul v0.4s, v1.4s, v2.4s", None),
        ("fcvtn v0.4h, v1.4s", None),  # half precision as a format is in every Armv8
        ("fcvt s0, h1", None),
        ("fmul v0.8h, v1.8h, v2.8h", "FEAT_FP16"),
        ("fadd h0, h1, h2", "FEAT_FP16"),
        ("fcvtzs w0, h1", "FEAT_FP16"),
        ("add v0.8h, v1.8h, v2.8h", None),
        ("cnt v0.8b, v1.8b", None),
        ("cnt x0, x1", "FEAT_CSSC"),
        ("casal w0, w1, [x2]", "FEAT_LSE"),
        ("stadd w0, [x2]", "FEAT_LSE"),
        ("ldset x0, x1, [x2]", "FEAT_LSE"),
        ("udot v0.4s, v1.16b, v2.16b", "FEAT_DotProd"),
        ("sqrdmlah v0.4s, v1.4s, v2.4s", "FEAT_RDM"),
        ("add z0.s, z1.s, z2.s", "FEAT_SVE"),
        ("mul z0.s, p0/m, z0.s, z2.s", "FEAT_SVE"),
        ("mul z0.s, z1.s, z2.s", "FEAT_SVE2"),
        ("bsl z0.d, z0.d, z1.d, z2.d", "FEAT_SVE2"),
        ("whilelo p0.s, w0, w1", "FEAT_SVE"),
        ("pmull v0.1q, v1.1d, v2.1d", "FEAT_PMULL"),
        ("pmull v0.8h, v1.8b, v2.8b", None),
        ("paciasp ", None),  # older processors take it for nothing
        ("retaa ", "FEAT_PAuth"),
        ("bti c", None),
        ("dc cvap, x0", "FEAT_DPB"),
        ("dc civac, x0", None),
        ("ldapr w0, [x1]", "FEAT_LRCPC"),
        ("ldar w0, [x1]", None),
    ],
)
def test_features_of_instructions(text: str, feature: str | None) -> None:
    mnemonic, _, operands = text.partition(" ")
    assert find_arm_feature(mnemonic, operands) == feature
