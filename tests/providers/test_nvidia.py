"""The provider nvidia, over a driver library that the tests build, and that does what a real one was seen to do."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualvariant.testing import Answer, ask
from dualvariant_providers.nvidia import FORCE_ARCHITECTURE, FORCE_VERSION, NvidiaProvider, config_of
from nvidia_machines import MACHINES, VISIBLE, build_driver, needs_compiler
from variantlib.provider import FlagProvider, Provider, ReasonProvider


def ask_with(folder: Path, **environment: str) -> Answer:
    return ask(NvidiaProvider, environment={"LD_LIBRARY_PATH": str(folder), **environment})


def test_a_library_that_cannot_be_loaded_is_no_missing_driver(tmp_path: Path) -> None:
    (tmp_path / "libcuda.so.1").write_bytes(b"\x7fELF, cut off")
    answer = ask_with(tmp_path)
    assert answer.failure is not None and "the driver library cannot be loaded" in answer.failure


@needs_compiler
def test_a_driver_without_a_library_that_it_needs_is_no_missing_driver(tmp_path: Path) -> None:
    needed, driver = tmp_path / "libneeded.so", build_driver(tmp_path / "lib", MACHINES[min(MACHINES)])
    subprocess.run(
        ["gcc", "-shared", "-o", str(needed), "-Wl,-soname,libneeded.so", "-x", "c", "/dev/null"], check=True
    )
    command = ["gcc", "-shared", "-o", str(driver / "libcuda.so.1"), "-Wl,--no-as-needed", str(driver / "driver.c")]
    (driver / "libcuda.so.1").unlink()
    subprocess.run([*command, "-fPIC", str(needed)], check=True)
    needed.unlink()
    answer = ask_with(driver)
    assert answer.failure is not None and "libneeded.so" in answer.failure


@needs_compiler
@pytest.mark.parametrize("name", MACHINES)
def test_a_machine(name: str, tmp_path: Path) -> None:
    machine = MACHINES[name]
    answer = ask_with(build_driver(tmp_path / "lib", machine))
    if "failure" in machine:
        assert answer.failure is not None and machine["failure"] in answer.failure
        return
    assert answer.failure is None, answer.traceback
    if machine["newest"] is None:
        assert answer.values is None
        return
    assert answer.values is not None
    assert answer.values["cuda_version_lower_bound"][0] == machine["newest"]
    assert answer.values.get("sm_arch") == machine["sm_arch"]


@needs_compiler
@pytest.mark.parametrize(
    ("visible", "expected"),
    [("0", "75_real"), ("1", "80_real"), ("1,0", "70_virtual"), ("", None)],
)
def test_the_gpus_that_programs_may_use(visible: str, expected: str | None, tmp_path: Path) -> None:
    folder = build_driver(tmp_path / "lib", MACHINES["T4 and A100"])
    answer = ask_with(folder, CUDA_VISIBLE_DEVICES=visible)
    assert answer.failure is None
    assert (answer.values or {}).get("sm_arch", [None])[0] == expected


@needs_compiler
def test_the_library_of_the_tests_does_what_a_recorded_driver_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = ctypes.CDLL(str(build_driver(tmp_path / "lib", MACHINES["H200, recorded"]) / "libcuda.so.1"))
    found = {}
    for visible in VISIBLE:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        found[visible] = driver.cuInit(0)
    assert found == VISIBLE


@needs_compiler
def test_a_gpu_that_is_named_twice(tmp_path: Path) -> None:
    answer = ask_with(build_driver(tmp_path / "lib", MACHINES["H200, recorded"]), CUDA_VISIBLE_DEVICES="0,0")
    assert answer.failure is not None and "CUDA_VISIBLE_DEVICES names a GPU twice" in answer.failure


def test_no_driver() -> None:
    if any(Path(folder, "libcuda.so.1").exists() for folder in ("/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib64")):
        pytest.skip("this machine has a driver")
    answer = ask(NvidiaProvider, environment={"LD_LIBRARY_PATH": ""})
    assert (answer.values, answer.failure) == (None, None)


@needs_compiler
def test_a_file_that_is_no_library(tmp_path: Path) -> None:
    """It costs the provider, with the loader's own words, or counts as none; never another provider."""
    (tmp_path / "libcuda.so.1").write_text("text")
    answer = ask_with(tmp_path)
    assert answer.values is None


def reference(version: tuple[int, int]) -> tuple[set[str], set[str]]:
    """The bounds by their meaning, in another way than the provider makes them: every version that can be named."""
    named = {f"{major}.{minor}": major * 100 + minor for major in range(11, 16) for minor in range(21)}
    named |= {str(major): major * 100 for major in range(11, 16)}
    host = version[0] * 100 + version[1]
    return {text for text, one in named.items() if one <= host}, {text for text, one in named.items() if one > host}


@given(version=st.tuples(st.integers(11, 15), st.integers(0, 20)))
def test_bounds_mean_what_they_say(version: tuple[int, int]) -> None:
    config = config_of(version, [])
    assert config is not None
    found = {item.key: item.values for item in config.configs}
    lower, upper = reference(version)
    assert set(found["cuda_version_lower_bound"]) == lower
    assert set(found.get("cuda_version_upper_bound", [])) == upper
    assert found["cuda_version_lower_bound"][0] in (f"{version[0]}.{version[1]}", str(version[0]))


CAPABILITIES = st.tuples(st.integers(5, 12), st.integers(0, 9))


@given(capabilities=st.lists(CAPABILITIES, min_size=1, max_size=4))
def test_what_is_offered_runs_on_every_gpu(capabilities: list[tuple[int, int]]) -> None:
    config = config_of((12, 8), capabilities)
    assert config is not None
    offered = {item.key: item.values for item in config.configs}.get("sm_arch", [])
    for name in offered:
        number, kind = name.split("_")
        for major, minor in capabilities:
            assert int(number) <= 10 * major + minor
            assert kind == "virtual" or int(number) // 10 == major
    assert offered or len({major for major, _ in capabilities}) > 1
    assert config == config_of((12, 8), capabilities[::-1])


@pytest.mark.parametrize("version", [(10, 2), (16, 0)])
def test_versions_that_cannot_be_named(version: tuple[int, int]) -> None:
    assert config_of(version, [(8, 0)]) is None


def test_the_variables_of_the_plugin_that_uv_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FORCE_VERSION, "12.8")
    monkeypatch.setenv(FORCE_ARCHITECTURE, "9.0")
    assert NvidiaProvider().run() == config_of((12, 8), [(9, 0)])
    monkeypatch.setenv(FORCE_ARCHITECTURE, "nine")
    with pytest.raises(ValueError, match=f"{FORCE_ARCHITECTURE} must be a version, as in 12.8: 'nine'"):
        NvidiaProvider().run()


def test_they_reach_a_provider_in_its_process() -> None:
    answer = ask(NvidiaProvider, environment={FORCE_VERSION: "12.8", FORCE_ARCHITECTURE: "9.0"})
    assert answer.values is not None and answer.values["sm_arch"] == ["90_real", "90_virtual"]


def test_the_contract() -> None:
    provider = NvidiaProvider()
    assert (
        isinstance(provider, Provider) and isinstance(provider, FlagProvider) and isinstance(provider, ReasonProvider)
    )
    assert provider.build_flags("sm_arch", "90_real", "gcc") == {"CUDAARCHS": ["90-real"]}
    assert provider.build_flags("cuda_version_lower_bound", "12.8", "gcc") == {}
    assert provider.build_flags("sm_arch", "x", "gcc") is None
    supported = {"cuda_version_lower_bound": ["12.2", "12.1"], "sm_arch": ["80_real"]}
    assert provider.why_not("cuda_version_lower_bound", "12.8", supported) == (
        "the driver supports CUDA 12.2 and no newer one"
    )
    assert provider.why_not("sm_arch", "90_real", supported) == "the GPUs run code for 80_real"


def test_order_is_the_plugins_own() -> None:
    """As its comments say for a driver that supports 12.7."""
    config = config_of((12, 7), [(8, 9)])
    assert config is not None
    assert [item.key for item in config.configs] == ["cuda_version_lower_bound", "cuda_version_upper_bound", "sm_arch"]
    lower, upper = config.configs[0].values, config.configs[1].values
    assert lower[:3] == ["12.7", "12.6", "12.5"] and lower[7:11] == ["12.0", "12", "11.20", "11.19"]
    assert lower[-2:] == ["11.0", "11"]
    assert upper[0] == "15.20" and upper[20:22] == ["15.0", "15"] and upper[-2:] == ["12.9", "12.8"]
