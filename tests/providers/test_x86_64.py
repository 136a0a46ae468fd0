"""The provider x86_64 on recorded hardware, and each source that stands in where CPUID may not be asked."""

from __future__ import annotations

import platform
import subprocess
import sys
from typing import Any

import pytest

from cpu_dumps import DATA, read_json, values_of, x86_dump
from cpu_models import X86_LEVELS, X86_MODELS
from dualvariant_providers import _x86_64_probes as probes
from dualvariant_providers.x86_64 import OVERRIDE, X8664Provider, config_from, config_of
from variantlib.cpu import probes as cpu
from variantlib.cpu.tables import COMPILERS, load_x86_64
from variantlib.provider import FlagProvider, Provider

MACOS = read_json("sysctl/macos_x86_64.json")


@pytest.fixture(autouse=True)
def without_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OVERRIDE, raising=False)


@pytest.fixture
def on_x86_64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


@pytest.fixture
def no_executable_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu, "_native_cache", [None])


def test_it_obeys_the_contract() -> None:
    provider = X8664Provider()
    assert isinstance(provider, Provider)
    assert isinstance(provider, FlagProvider)
    assert provider.__depends_on__ == ("env:DUALVARIANT_X86_64",)


@pytest.mark.parametrize("model", X86_MODELS)
def test_recorded_models_have_their_level(model: str) -> None:
    level, avx2 = X86_MODELS[model]
    dump = x86_dump(model)
    config = config_from(dump.registers, dump.xcr0, dump.hwcap2)
    assert config.provider == "x86_64"
    assert X86_LEVELS[X86_LEVELS.index(level) :] == values_of(config, "level")
    assert (["on"] if avx2 else []) == values_of(config, "avx2")


def test_level_comes_first_and_features_in_the_order_of_the_load_x86_64() -> None:
    dump = x86_dump("xeon-avx512")
    keys = [entry.key for entry in config_from(dump.registers, dump.xcr0, dump.hwcap2).configs]
    order = ["level", *(feature.name for feature in load_x86_64().features)]
    assert keys == [key for key in order if key in keys]
    assert keys[:3] == ["level", "avx_vnni", "tsc_adjust"]


def test_a_processor_with_avx512_is_v4_and_has_what_its_kernel_lists() -> None:
    dump = x86_dump("xeon-avx512")
    config = config_from(dump.registers, dump.xcr0, dump.hwcap2)
    assert values_of(config, "level") == X86_LEVELS
    missing = {f.name for f in load_x86_64().features} - {entry.key for entry in config.configs}
    assert missing == {
        "avx512_vp2intersect", "clzero", "cppc", "flush_l1d", "ibrs_enhanced", "sse4a"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("xcr0", "level"),
    [
        (0xE7, "v4"),
        (0x67, "v3"),  # ZMM16 to ZMM31 are not saved
        (0x27, "v3"),
        (0x07, "v3"),
        (0x03, "v2"),
        (0x01, "v2"),
        (None, "v2"),
    ],
)
def test_without_the_state_of_the_operating_system_the_bits_do_not_count(xcr0: int | None, level: str) -> None:
    dump = x86_dump("xeon-avx512")
    config = config_from(dump.registers, xcr0, dump.hwcap2)
    assert level == values_of(config, "level")[0]
    assert (level in ("v3", "v4")) == bool(values_of(config, "avx"))
    assert (level == "v4") == bool(values_of(config, "avx512_vnni"))
    assert values_of(config, "bmi2") == ["on"], "VEX on general registers needs no state"


def test_fsgsbase_counts_when_the_kernel_allows_it() -> None:
    dump = x86_dump("xeon-avx512")
    assert values_of(config_from(dump.registers, dump.xcr0, 0x2), "fsgsbase") == ["on"]
    assert values_of(config_from(dump.registers, dump.xcr0, 0x0), "fsgsbase") == []


def test_a_feature_is_dropped_with_what_its_compiler_flag_implies() -> None:
    """``-mavx2`` lets a compiler use SSE4.2 and POPCNT: a machine that hides POPCNT cannot run it."""
    registers = dict(x86_dump("Haswell").registers)
    eax, ebx, ecx, edx = registers[0x1, 0]
    registers[0x1, 0] = cpu.Registers((eax, ebx, ecx & ~(1 << 23), edx))
    keys = {entry.key for entry in config_from(registers, 0x7).configs}
    assert not keys & {"popcnt", "abm", "sse4_2", "avx", "avx2", "fma"}
    assert {"sse4_1", "movbe", "bmi2"} <= keys


def test_no_registers_at_all_are_still_v1() -> None:
    assert values_of(config_from({}, None), "level") == ["v1"]


def test_a_foreign_machine_has_nothing_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert X8664Provider().run() is None


@pytest.mark.parametrize("name", ["x86_64", "AMD64", "amd64"])
def test_every_name_of_the_machine_is_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: name)
    monkeypatch.setattr(probes, "PROBES", (lambda: frozenset({"sse3"}),))
    assert values_of(X8664Provider().run(), "sse3") == ["on"]


class TestOverride:
    """DUALVARIANT_X86_64 takes the place of detection."""

    def test_a_level_brings_the_levels_below_and_its_own_features(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(OVERRIDE, "v3")
        config = X8664Provider().run()
        assert values_of(config, "level") == ["v3", "v2", "v1"]
        assert values_of(config, "avx2") == ["on"]
        assert values_of(config, "avx512f") == []
        assert values_of(config, "aes") == [], "no level is made of it"

    @pytest.mark.parametrize("level", X86_LEVELS)
    def test_each_answer_is_consistent(self, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(OVERRIDE, level)
        names = load_x86_64().of_level(level)
        assert names == load_x86_64().usable(names, load_x86_64().states)
        assert config_of(names) == X8664Provider().run()

    def test_it_holds_on_any_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(platform, "machine", lambda: "aarch64")
        monkeypatch.setenv(OVERRIDE, "v2")
        assert values_of(X8664Provider().run(), "level") == ["v2", "v1"]

    def test_none_hides_the_provider(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(OVERRIDE, "none")
        assert X8664Provider().run() is None

    def test_another_text_is_refused_with_what_exists(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(OVERRIDE, "v5")
        message = r"^DUALVARIANT_X86_64 must be one of v4, v3, v2, v1, none: 'v5'$"
        with pytest.raises(ValueError, match=message):
            X8664Provider().run()

    def test_empty_is_unset(self, monkeypatch: pytest.MonkeyPatch, on_x86_64: None) -> None:
        monkeypatch.setenv(OVERRIDE, "")
        monkeypatch.setattr(probes, "PROBES", (lambda: frozenset({"sse3"}),))
        assert values_of(X8664Provider().run(), "sse3") == ["on"]


class TestFallbacks:
    """Where executable memory is forbidden the loader answers, then py-cpuinfo, then nobody."""

    def test_the_first_that_answers_wins(self, monkeypatch: pytest.MonkeyPatch) -> None:
        never = pytest.fail
        found = frozenset({"sse3"})
        monkeypatch.setattr(probes, "PROBES", (lambda: None, lambda: found, lambda: never("asked too late")))
        assert found == probes.detect()

    def test_forbidden_executable_memory_is_no_answer(self, no_executable_memory: None) -> None:
        assert probes.from_instructions() is None

    @pytest.mark.parametrize(
        ("recorded", "level"),
        [
            ("glibc-2.41-v4", "v4"),
            ("glibc-2.36-v4", "v4"),
            ("glibc-2.36-Haswell", "v3"),
            ("glibc-2.36-Nehalem", "v2"),
            ("glibc-2.36-qemu64", "v1"),
        ],
    )
    def test_the_loader_tells_the_level_and_its_features(self, recorded: str, level: str) -> None:
        text = (DATA / f"loader/{recorded}.txt").read_text(encoding="utf-8")
        features = probes.from_loader_help(text)
        assert features == load_x86_64().of_level(level)
        assert level == values_of(config_of(features), "level")[0]

    def test_a_loader_without_levels_is_no_answer(self) -> None:
        """glibc before 2.33, whose loader takes ``--help`` for a program, and musl."""
        assert probes.from_loader_help("") is None
        assert probes.from_loader_help("musl libc (x86_64)\nVersion 1.2.4\n") is None

    def test_a_loader_that_is_not_there_is_no_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(probes, "LOADER", "/nowhere/ld-linux-x86-64.so.2")
        assert probes.from_loader() is None

    def test_a_loader_that_hangs_or_fails_is_no_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def hangs(*args: object, **kwargs: object) -> None:
            raise subprocess.TimeoutExpired("ld.so", 5)

        monkeypatch.setattr(subprocess, "run", hangs)
        assert probes.from_loader() is None

    @pytest.mark.skipif(sys.platform != "linux", reason="needs glibc")
    def test_loader_and_processor_agree_here(self) -> None:
        loader, instructions = probes.from_loader(), probes.from_instructions()
        if loader is None or instructions is None:
            pytest.skip("this system lacks one of the two sources")
        assert values_of(config_of(loader), "level") == values_of(config_of(instructions), "level")

    def test_without_executable_memory_the_provider_asks_the_loader(
        self, monkeypatch: pytest.MonkeyPatch, on_x86_64: None, no_executable_memory: None
    ) -> None:
        text = (DATA / "loader/glibc-2.36-Haswell.txt").read_text(encoding="utf-8")

        def answers(command: list[str], **kwargs: Any) -> subprocess.CompletedProcess[str]:
            assert command == ["/lib64/ld-linux-x86-64.so.2", "--help"]
            assert kwargs["env"] == {}
            return subprocess.CompletedProcess(command, 0, stdout=text)

        monkeypatch.setattr(subprocess, "run", answers)
        assert values_of(X8664Provider().run(), "level") == ["v3", "v2", "v1"]
        assert "cpuinfo" not in sys.modules, "its second is not paid on Linux"

    @pytest.mark.parametrize(
        ("recorded", "level", "has", "lacks"),
        [
            ("darwin-mojave-haswell", "v3", ["avx2", "abm", "rdrand"], ["fsgsbase", "adx"]),
            ("darwin-mojave-skylake", "v3", ["adx", "clflushopt"], ["avx512f"]),
            ("linux-rhel7-haswell", "v3", ["movbe", "aes", "xsaveopt"], ["rdseed"]),
            ("linux-rocky9-zen5", "v4", ["cppc", "ibrs_enhanced", "sse4a", "sha_ni"], []),
            ("linux-scientific7-k10", "v1", ["sse4a", "abm", "popcnt"], ["ssse3", "avx"]),
        ],
    )
    def test_py_cpuinfo_flags_of_recorded_machines(
        self, recorded: str, level: str, has: list[str], lacks: list[str]
    ) -> None:
        data = read_json(f"flags/{recorded}.json")
        config = config_of(probes.from_flags(data["flags"].split(), data["system"]))
        keys = {entry.key for entry in config.configs}
        assert level == values_of(config, "level")[0]
        assert set(has) <= keys
        assert not set(lacks) & keys

    @pytest.mark.parametrize("machine", MACOS)
    def test_recorded_macs_have_their_level(self, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """What their kernels answer, in C's strings; py-cpuinfo's second is not paid."""
        recorded = MACOS[machine]
        monkeypatch.setattr(platform, "machine", lambda: "x86_64")
        monkeypatch.setattr(cpu, "cpuid", lambda leaf, subleaf=0: None)
        monkeypatch.setattr(cpu, "sysctl", lambda name: f"{recorded[name]}\0".encode() if name in recorded else None)
        monkeypatch.setattr(probes, "LOADER", "/nowhere/ld.so")
        monkeypatch.setitem(sys.modules, "cpuinfo", None)
        assert values_of(config_of(probes.detect()), "level")[0] == recorded["level"]

    def test_off_macos_the_kernel_is_no_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cpu, "sysctl", lambda name: None)
        assert probes.from_sysctl() is None

    def test_off_linux_avx_needs_osxsave_and_avx512_is_not_believed(self) -> None:
        flags = read_json("flags/linux-rocky9-zen5.json")["flags"].split()
        levels = [
            values_of(config_of(probes.from_flags(words, "Windows")), "level")[0]
            for words in (flags, [*flags, "osxsave"])
        ]
        assert levels == ["v2", "v3"]

    def test_py_cpuinfo_that_fails_is_no_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Broken:
            @staticmethod
            def get_cpu_info() -> dict[str, object]:
                raise Exception("py-cpuinfo currently only works on X86 and some ARM CPUs.")

        monkeypatch.setitem(sys.modules, "cpuinfo", Broken)
        assert probes.from_py_cpuinfo() is None
        monkeypatch.setitem(sys.modules, "cpuinfo", None)
        assert probes.from_py_cpuinfo() is None

    def test_py_cpuinfo_that_answers_is_believed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data = read_json("flags/darwin-mojave-haswell.json")

        class Recorded:
            @staticmethod
            def get_cpu_info() -> dict[str, object]:
                return {"arch": "X86_64", "flags": data["flags"].split()}

        monkeypatch.setitem(sys.modules, "cpuinfo", Recorded)
        monkeypatch.setattr(platform, "system", lambda: "Darwin")
        features = probes.from_py_cpuinfo()
        assert features is not None
        assert "avx2" in features

    def test_where_nobody_answers_the_machine_is_v1(self, monkeypatch: pytest.MonkeyPatch, on_x86_64: None) -> None:
        monkeypatch.setattr(probes, "PROBES", (lambda: None, probes.baseline))
        assert values_of(X8664Provider().run(), "level") == ["v1"]


class TestTable:
    """x86_64.json holds together."""

    def test_names_and_bits_are_unique(self) -> None:
        features = load_x86_64().features
        assert len(features) == len({f.name for f in features})
        assert len(features) == len({(f.leaf, f.register, f.bit) for f in features})

    def test_every_name_that_is_mentioned_exists(self) -> None:
        names = {feature.name for feature in load_x86_64().features}
        assert names >= {need for level in load_x86_64().levels for need in level.needs}
        assert names >= {implied for feature in load_x86_64().features for implied in feature.implies}
        assert {*load_x86_64().states, None} >= {feature.state for feature in load_x86_64().features}

    def test_aliases_mean_one_feature_each(self) -> None:
        aliases = [alias for feature in load_x86_64().features for alias in feature.aliases]
        names = {feature.name for feature in load_x86_64().features}
        assert len(aliases) == len(set(aliases))
        assert not names & set(aliases)

    def test_each_level_has_flags_for_each_compiler(self) -> None:
        for level in load_x86_64().levels:
            assert set(COMPILERS) == set(level.flags), level.value
