"""Run-time dispatch, judged for a whole wheel: who asks, what may be chosen, and what runs at import in any case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dualvariant.audit import Kind, WheelAudit, audit_wheel
from dualvariant.audit.declared import PROPERTY, RECORD, Declared, format_declared
from dualvariant.binary.version_names import is_named_version
from natives import LOOPS, V3, compiled, native_wheel

pytest.importorskip("iced_x86", reason="iced-x86 is not installed (extra dualvariant[audit])")

#: Asks the processor, and has nothing of its own to choose.
DETECTOR = """
#include <cpuid.h>
int has_avx2(void) { unsigned a, b = 0, c, d; __get_cpuid_count(7, 0, &a, &b, &c, &d); return b >> 5 & 1; }
"""

HEAD = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <cpuid.h>
static int table[64];
static int known;
__attribute__((target("avx2"), optimize("O3"), noinline))
static void fill(int *a) { for (int i = 0; i < 64; i++) a[i] = a[i] * 3 + 1; }
__attribute__((noinline)) static void fill_slowly(int *a) { for (volatile int i = 0; i < 64; i++) a[i] = a[i] * 3 + 1; }
static int ask(void) { unsigned a, b = 0, c, d; __get_cpuid_count(7, 0, &a, &b, &c, &d); return b >> 5 & 1; }
"""
SINGLE = """
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "tiny", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_tiny(void) { START return PyModule_Create(&module); }
"""
MULTI = """
static int run(PyObject *m) { START return 0; }
static PyModuleDef_Slot slots[] = {{Py_mod_exec, run}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "tiny", NULL, 0, NULL, slots};
PyMODINIT_FUNC PyInit_tiny(void) { return PyModuleDef_Init(&module); }
"""
CONSTRUCTOR = """
__attribute__((constructor)) static void begin(void) { START }
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "tiny", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_tiny(void) { return PyModule_Create(&module); }
"""
ENTRIES = {"single-phase": SINGLE, "multi-phase": MULTI, "constructor": CONSTRUCTOR}
#: What stands at the beginning, and whether it runs AVX2 code without a question.
STARTS = {
    "no question": ("fill(table);", True),
    "a question afterwards": ("fill(table); known = ask();", True),
    "a question before": ("if (ask()) fill(table); else fill_slowly(table);", False),
    "the compiler's question before": ('if (__builtin_cpu_supports("avx2")) fill(table);', False),
    "an answer from a variable": ("if (known) fill(table);", False),
    "elsewhere": ("fill_slowly(table);", False),
}
#: A constructor of its own asks, and writes the answer down; a function that nothing at import calls has the code too.
ASKS_FIRST = (
    "__attribute__((constructor(101))) static void first(void) { known = ask(); }\nvoid later(void) { fill(table); }\n"
)


def kinds(audit: WheelAudit) -> tuple[set[Kind], set[Kind]]:
    return {finding.kind for finding in audit.errors}, {finding.kind for finding in audit.warnings}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("flags", [("-O2", "-fno-plt"), ("-O0", "-fcf-protection=full")], ids=" ".join)
def test_what_runs_at_import(tmp_path: Path, entry: str, start: str, flags: tuple[str, ...]) -> None:
    statement, runs = STARTS[start]
    source = HEAD + ASKS_FIRST + ENTRIES[entry].replace("START", statement)
    audit = audit_wheel(native_wheel(tmp_path, {"tiny.so": compiled(tmp_path / "c", *flags, source=source)}))
    if runs:
        assert audit.verdict == "mislabelled"
        assert kinds(audit) == ({Kind.UNGUARDED}, {Kind.RUN_TIME_DISPATCH})
        (error,) = [error for error in audit.errors if "avx2" in str(error)]
        assert "in fill at" in str(error) or "fill" in str(error)
    else:
        assert (audit.verdict, audit.errors) == ("not judged", [])


def test_one_file_asks_for_another(tmp_path: Path) -> None:
    files = {
        "pkg/detector.so": compiled(tmp_path / "a", source=DETECTOR),
        "pkg/kernels.so": compiled(tmp_path / "b", "-mavx2"),
    }
    audit = audit_wheel(native_wheel(tmp_path, files))
    assert (audit.verdict, audit.errors) == ("not judged", [])
    assert kinds(audit)[1] == {Kind.RUN_TIME_DISPATCH}
    assert any("pkg/kernels.so" in str(w) and "pkg/detector.so asks" in str(w) for w in audit.warnings)
    assert {finding.kind for finding in audit.reasons_not_judged} == {Kind.RUN_TIME_DISPATCH}
    assert audit.in_brief()["not_judged"]
    assert audit.find_beyond() == {"pkg/kernels.so": ["avx", "avx2"]}


def test_a_copied_library_asks_for_itself(tmp_path: Path) -> None:
    files = {
        "native.libs/libopenblas-1234.so": compiled(tmp_path / "a", source=DETECTOR),
        "pkg/kernels.so": compiled(tmp_path / "b", "-mavx2"),
    }
    audit = audit_wheel(native_wheel(tmp_path, files))
    assert (audit.verdict, kinds(audit)[0]) == ("mislabelled", {Kind.BEYOND_LABEL})
    assert audit.reasons_not_judged == []


@pytest.mark.parametrize("place", ["pkg", "native.libs"])
def test_a_plain_library_beside_it_does_not_make_it_true(tmp_path: Path, place: str) -> None:
    """As in simsimd 6.5: the module asks and holds AVX-512, and a library of the compiler is plain code."""
    asks = compiled(tmp_path / "a", source=HEAD + SINGLE.replace("START", STARTS["a question before"][0]))
    plain = compiled(tmp_path / "b")
    audit = audit_wheel(native_wheel(tmp_path, {f"{place}/asks.so": asks, "pkg/plain.so": plain}))
    assert (audit.verdict, audit.errors, audit.level_found) == ("not judged", [], "v1")
    assert audit.find_beyond() == {f"{place}/asks.so": ["avx", "avx2"]}


@pytest.mark.parametrize(
    "text", [b"import cpuinfo\n", b"open('/proc/cpuinfo')\n", b"from numpy import __cpu_features__\n"]
)
def test_python_asks(tmp_path: Path, text: bytes) -> None:
    files = {"pkg/__init__.py": text, "pkg/kernels.so": compiled(tmp_path / "b", "-mavx2")}
    audit = audit_wheel(native_wheel(tmp_path, files))
    assert (audit.verdict, audit.errors) == ("not judged", [])
    files["pkg/__init__.py"] = b"import sys\n"
    assert audit_wheel(native_wheel(tmp_path / "other", files)).verdict == "mislabelled"


def test_a_version_is_imported_only_where_it_fits(tmp_path: Path) -> None:
    """A whole file that is compiled for AVX2 has it in its PyInit too; its name says what it is."""
    source = HEAD + SINGLE.replace("START", "fill(table);")
    content = compiled(tmp_path / "b", "-mavx2", source=source.replace("static int ask", "int unused; static int ask"))
    detector = compiled(tmp_path / "a", source=DETECTOR)
    silent = content  # it has CPUID in it, so it asks; the file beside it does not
    assert audit_wheel(native_wheel(tmp_path / "1", {"d.so": detector, "pkg/tiny.so": silent})).verdict == "mislabelled"
    plain = compiled(
        tmp_path / "c", "-mavx2", source=LOOPS.replace("PyInit_tiny(void) {", "PyInit_tiny(void) { dot_of(2);")
    )
    wheel = native_wheel(tmp_path / "2", {"d.so": detector, "pkg/tiny.so": plain})
    assert kinds(audit_wheel(wheel))[0] == {Kind.UNGUARDED}
    wheel = native_wheel(tmp_path / "3", {"d.so": detector, "pkg/tiny_avx2.so": plain})
    assert audit_wheel(wheel).verdict == "not judged"
    alone = native_wheel(tmp_path / "4", {"pkg/tiny_avx2.so": plain})
    assert audit_wheel(alone).verdict == "mislabelled", "nobody asks"


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("rapidfuzz/fuzz_cpp_avx2.cpython-311-x86_64-linux-gnu.so", True),
        ("Crypto/Cipher/_raw_aesni.abi3.so", True),
        ("Crypto/Hash/_ghash_clmul.abi3.so", True),
        ("pkg/kernels-haswell.so", True),
        ("pkg/SSE4_kernels.so", True),
        ("pkg/assets.so", False),
        ("pkg/avxel/core.so", False),
        ("pkg/zenith.so", False),
        ("pkg/core.cpython-311-x86_64-linux-gnu.so", False),
    ],
)
def test_names_of_versions(path: str, version: bool) -> None:
    assert is_named_version(path) == version


def test_what_the_project_declares(tmp_path: Path) -> None:
    declared = [Declared("pkg/kernels.so", feature, "pkg.pick looks first") for feature in ("avx", "avx2")]
    properties = [{"name": PROPERTY, "value": value} for value in format_declared(declared)]
    record = json.dumps({"metadata": {"component": {"properties": properties}}}).encode()
    files = {"pkg/kernels.so": compiled(tmp_path / "b", "-mavx2"), f"native-1.0.dist-info/{RECORD}": record}
    audit = audit_wheel(native_wheel(tmp_path, files))
    assert (audit.verdict, kinds(audit)) == ("not judged", (set(), {Kind.DECLARED}))
    assert any("pkg.pick looks first" in str(warning) for warning in audit.warnings)
    files["pkg/other.so"] = files["pkg/kernels.so"]
    assert [error.module for error in audit_wheel(native_wheel(tmp_path / "2", files)).errors] == ["pkg/other.so"] * 2
    files = {f"native-1.0.dist-info/{RECORD}": b"[[[", "pkg/kernels.so": files["pkg/kernels.so"]}
    assert audit_wheel(native_wheel(tmp_path / "3", files)).verdict == "mislabelled"


def test_a_mismatch_never_becomes_true(tmp_path: Path) -> None:
    """A v3 wheel with AVX-512 in one file, and a question in another."""
    files = {
        "a.so": compiled(tmp_path / "a", "-march=x86-64-v3", source=DETECTOR),
        "b.so": compiled(tmp_path / "b", "-march=x86-64-v4"),
        "c.so": compiled(tmp_path / "c", "-march=x86-64-v3"),
    }
    audit = audit_wheel(native_wheel(tmp_path, files, (V3,)))
    assert (audit.verdict, audit.errors, audit.level_found) == ("not judged", [], "v3")
