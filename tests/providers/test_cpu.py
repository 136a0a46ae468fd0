"""variantlib.cpu.probes: what the processor says of itself, and what happens where it may not be asked."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from variantlib.cpu import probes as cpu
from variantlib.cpu.tables import load_x86_64

linux_x86_64 = pytest.mark.skipif(
    not (sys.platform == "linux" and os.uname().machine == "x86_64" and sys.maxsize > 2**32),
    reason="needs 64-bit x86 Linux",
)
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The executable page is made anew, and forgotten afterwards."""
    monkeypatch.setattr(cpu, "_native_cache", [])


@linux_x86_64
def test_cpuid_names_the_vendor() -> None:
    answer = cpu.cpuid(0)
    assert answer is not None
    vendor = b"".join(word.to_bytes(4, "little") for word in (answer.ebx, answer.edx, answer.ecx))
    assert vendor.decode("ascii").isprintable()
    assert answer.eax >= 1


@linux_x86_64
def test_a_leaf_above_the_highest_is_all_zero() -> None:
    """Intel processors answer it with the data of another leaf."""
    highest = cpu.cpuid(0)
    assert highest is not None
    assert cpu.Registers((0, 0, 0, 0)) == cpu.cpuid(highest.eax + 1)
    assert cpu.Registers((0, 0, 0, 0)) == cpu.cpuid(0x8FFF_FFFF)
    assert cpu.Registers((0, 0, 0, 0)) == cpu.cpuid(0x1234_0000)


@linux_x86_64
def test_xgetbv_answers_only_what_the_processor_knows() -> None:
    leaf_1 = cpu.cpuid(1)
    assert leaf_1 is not None
    xcr0 = cpu.xgetbv()
    assert bool(leaf_1.ecx >> 27 & 1) == (xcr0 is not None)
    assert xcr0 is None or xcr0 & 1, "x87 state is always on"
    assert cpu.xgetbv(7) is None


@linux_x86_64
@pytest.mark.parametrize("mapper", cpu._MAPPERS)
def test_each_way_to_map_code_gives_the_same_answers(
    mapper: Any, monkeypatch: pytest.MonkeyPatch, forgotten: None
) -> None:
    before = cpu.identity()
    monkeypatch.setattr(cpu, "_native_cache", [])
    monkeypatch.setattr(cpu, "_MAPPERS", (mapper,))
    assert before == cpu.identity()
    assert before.startswith(b"cpuid")


@linux_x86_64
def test_a_missing_memfd_costs_nothing_but_itself(monkeypatch: pytest.MonkeyPatch, forgotten: None) -> None:
    before = cpu.cpuid(1)

    def refused(*args: object) -> int:
        raise OSError("Operation not permitted")

    monkeypatch.setattr(os, "memfd_create", refused)
    monkeypatch.setattr(cpu, "_native_cache", [])
    after = cpu.cpuid(1)
    assert before is not None and after is not None
    assert before.eax == after.eax


@linux_x86_64
def test_where_no_code_can_be_mapped_nobody_answers(monkeypatch: pytest.MonkeyPatch, forgotten: None) -> None:
    monkeypatch.setattr(cpu, "_MAPPERS", (lambda libc: None,) * 3)
    assert cpu.cpuid(0) is None
    assert cpu.xgetbv() is None
    assert cpu.identity().startswith(b"platform\0x86_64\0")
    assert cpu.identity() == cpu.identity()


@linux_x86_64
def test_memory_is_never_writable_and_execuload_x86_64() -> None:
    """A process that gave up the right to make memory executable (PR_SET_MDWE) can still ask."""
    code = (
        "import ctypes, sys\n"
        "from variantlib.cpu import probes as cpu\n"
        "libc = ctypes.CDLL(None)\n"
        "if libc.prctl(65, 1, 0, 0, 0) != 0: sys.exit(77)\n"
        "assert cpu._map_anonymous(libc) is None\n"
        "assert cpu.cpuid(0) is not None\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=_environment())
    if done.returncode == 77:
        pytest.skip("this kernel has no PR_SET_MDWE (Linux 6.3)")
    assert done.returncode == 0


@linux
def test_hwcap_is_two_words() -> None:
    words = cpu.hwcap()
    assert words is not None
    assert len(words) == 2


def test_nobody_answers_on_another_system(monkeypatch: pytest.MonkeyPatch, forgotten: None) -> None:
    monkeypatch.setattr(sys, "platform", "freebsd14")
    assert cpu.cpuid(0) is None
    assert cpu.xgetbv() is None
    assert cpu.hwcap() is None
    assert cpu.sysctl("hw.optional.arm.FEAT_LSE") is None
    assert cpu.identity().startswith(b"platform\0")


def test_a_32_bit_process_does_not_read_hwcap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    assert cpu.hwcap() is None


@linux
def test_identity_is_the_same_on_every_core() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        seen = set()
        for core in allowed:
            os.sched_setaffinity(0, {core})
            seen.add(cpu.identity())
    finally:
        os.sched_setaffinity(0, allowed)
    assert {cpu.identity()} == seen


def test_identity_is_the_same_in_another_process() -> None:
    code = "import sys; from variantlib.cpu import probes as cpu; sys.stdout.buffer.write(cpu.identity())"
    done = subprocess.run([sys.executable, "-c", code], env=_environment(), capture_output=True, check=True)
    assert cpu.identity() == done.stdout


def test_identity_covers_every_leaf_that_the_provider_reads() -> None:
    """Else the provider cache would keep an answer that has changed."""
    assert load_x86_64().leaves() <= cpu.IDENTITY_LEAVES.keys()
    for feature in load_x86_64().features:
        mask = cpu.Registers(cpu.IDENTITY_LEAVES[feature.leaf])
        assert getattr(mask, feature.register) >> feature.bit & 1, feature.name


def test_importing_it_imports_nothing_heavy() -> None:
    """It keys a cache at every start: typing alone costs more than all of it."""
    code = (
        "import sys; from variantlib.cpu import probes as cpu; cpu.identity();"
        "print([m for m in ('typing', 'attrs', 'tempfile', 'subprocess') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], env=_environment(), capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def _environment() -> dict[str, str]:
    from emulation import environment

    return environment()
