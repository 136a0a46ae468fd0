"""The provider aarch64 on recorded hardware: HWCAP words, and what the macOS kernel says."""

from __future__ import annotations

import platform

import pytest

from cpu_dumps import HWCAP_NAMES, hwcap_of, read_json, values_of
from cpu_models import ARM_MODELS, ARM_VERSIONS
from dualvariant_providers.aarch64 import OVERRIDE, AArch64Provider, config_from
from variantlib.cpu import probes as cpu
from variantlib.cpu.tables import load_aarch64, read_table
from variantlib.provider import FlagProvider, Provider, ReasonProvider

MACHINES = read_json("hwcap/machines.json")
MACOS = read_json("sysctl/macos_arm64.json")


@pytest.fixture(autouse=True)
def without_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OVERRIDE, raising=False)


@pytest.fixture
def on_aarch64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")


def versions_down_from(version: str) -> list[str]:
    return ARM_VERSIONS[ARM_VERSIONS.index(version) :]


def test_it_obeys_the_contract() -> None:
    provider = AArch64Provider()
    assert isinstance(provider, Provider)
    assert isinstance(provider, FlagProvider)
    assert provider.__depends_on__ == ("env:DUALVARIANT_AARCH64",)


@pytest.mark.parametrize("model", ARM_MODELS)
def test_recorded_models_have_their_version(model: str) -> None:
    config = config_from(int(read_json(f"hwcap/{model}.json")["hwcap"], 16))
    assert config.provider == "aarch64"
    assert [entry.key for entry in config.configs] == ["version"]
    expected = "8.3a" if model == "max" else next(iter(ARM_MODELS[model]))
    assert versions_down_from(expected) == values_of(config, "version")


@pytest.mark.parametrize("machine", MACHINES)
def test_real_machines_have_their_version(machine: str) -> None:
    """Among them Kunpeng 920, an 8.2 with half of 8.3, and kernels that hide pointer authentication, which cost 8.3."""
    config = config_from(hwcap_of(MACHINES[machine]["features"]))
    assert versions_down_from(MACHINES[machine]["version"]) == values_of(config, "version")


@pytest.mark.parametrize("feature", [f.name for f in load_aarch64().features])
def test_one_hidden_feature_lowers_the_version(feature: str) -> None:
    full = hwcap_of(MACHINES["linux-amazon-neoverse_v1"]["features"])
    hidden = next(f.hwcap for f in load_aarch64().features if f.name == feature)
    values = [version.value for version in load_aarch64().levels]
    needing = next(v.value for v in load_aarch64().levels if feature in v.needs)
    expected = values[values.index(needing) + 1 :]
    assert expected == values_of(config_from(full & ~hidden), "version")


def test_bits_are_those_of_the_kernel() -> None:
    """Both lists come from Linux: asm/hwcap.h in the table, kernel/cpuinfo.c here."""
    for entry in read_table("aarch64")["features"]:
        for name, bit in entry["hwcap"].items():
            assert name == f"HWCAP_{HWCAP_NAMES[bit].upper()}"


def test_every_need_is_a_feature() -> None:
    names = {feature.name for feature in load_aarch64().features}
    assert names == {need for version in load_aarch64().levels for need in version.needs}


def test_linux_is_asked_by_hwcap(monkeypatch: pytest.MonkeyPatch, on_aarch64: None) -> None:
    word = hwcap_of(MACHINES["linux-amazon-neoverse_n1"]["features"])
    monkeypatch.setattr(cpu, "hwcap", lambda: (word, 0))
    assert values_of(AArch64Provider().run(), "version") == ["8.2a", "8.1a", "8a"]


def test_macos_is_asked_by_sysctl(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {feature.sysctl for feature in load_aarch64().features}
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.setattr(cpu, "hwcap", lambda: None)
    monkeypatch.setattr(cpu, "sysctl", lambda name: b"\1\0\0\0" if name in names else None)
    assert versions_down_from("8.4a") == values_of(AArch64Provider().run(), "version")
    monkeypatch.setattr(cpu, "sysctl", lambda name: b"\0\0\0\0" if "LSE" in name else b"\1\0\0\0")
    assert values_of(AArch64Provider().run(), "version") == ["8a"]


@pytest.mark.parametrize("machine", MACOS)
def test_recorded_macs_have_their_version(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What their kernels print for ``sysctl hw.optional``; one of them does not report all that the CPU has."""
    recorded = {f"hw.optional.{name}" for name in MACOS[machine]["features"].split()}
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.setattr(cpu, "hwcap", lambda: None)
    monkeypatch.setattr(cpu, "sysctl", lambda name: b"\1\0\0\0" if name in recorded else None)
    assert versions_down_from(MACOS[machine]["version"]) == values_of(AArch64Provider().run(), "version")


def test_why_a_version_is_missing() -> None:
    provider = AArch64Provider()
    assert isinstance(provider, ReasonProvider)
    said = provider.why_not("version", "8.4a", {"version": ["8.2a", "8.1a", "8a"]})
    assert said is not None and said.startswith("8.3a needs FEAT_FCMA, ") and said.endswith(f"set {OVERRIDE}")
    said = provider.why_not("version", "8.4a", {"version": ["8.3a"]})
    assert said is not None and said.startswith("8.4a needs FEAT_DIT, ") and OVERRIDE not in said
    for versions in ([], ["8.4a"], ["9a"]):
        assert provider.why_not("version", "8.3a", {"version": versions}) is None
    assert provider.why_not("version", "8.3a", {}) is None
    assert provider.why_not("version", "9a", {"version": ["8a"]}) is None


def test_where_nobody_answers_the_machine_is_8a(monkeypatch: pytest.MonkeyPatch, on_aarch64: None) -> None:
    monkeypatch.setattr(cpu, "hwcap", lambda: None)
    monkeypatch.setattr(cpu, "sysctl", lambda name: None)
    assert values_of(AArch64Provider().run(), "version") == ["8a"]


def test_a_foreign_machine_has_nothing_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert AArch64Provider().run() is None


class TestOverride:
    """DUALVARIANT_AARCH64 takes the place of detection."""

    @pytest.mark.parametrize("version", ARM_VERSIONS)
    def test_a_version_brings_those_below(self, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(OVERRIDE, version)
        monkeypatch.setattr(platform, "machine", lambda: "x86_64")
        assert versions_down_from(version) == values_of(AArch64Provider().run(), "version")

    def test_none_hides_the_provider(self, monkeypatch: pytest.MonkeyPatch, on_aarch64: None) -> None:
        monkeypatch.setenv(OVERRIDE, "none")
        assert AArch64Provider().run() is None

    def test_another_text_is_refused_with_what_exists(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(OVERRIDE, "armv8.2-a")
        message = r"^DUALVARIANT_AARCH64 must be one of 8.4a, .*, 8a, none: 'armv8.2-a'$"
        with pytest.raises(ValueError, match=message):
            AArch64Provider().run()
