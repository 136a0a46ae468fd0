"""Finished wheels on the processor that they claim and on one below."""

from __future__ import annotations

import platform
import sys
import zipfile
from pathlib import Path

import pytest

import emulation
from dualvariant.binary.isa_note import add_isa_note
from dualvariant.builder.declaration.job import BuildSettings, Job
from dualvariant.builder.verify.cpus import name_host
from dualvariant.builder.verify.results import SmokeResult
from dualvariant.builder.verify.smoke import smoke_test
from dualvariant.core.processes import Children
from natives import V3, compiled, native_wheel
from samples import make_wheel
from variantlib.meta import VariantDescription
from variantlib.wheel_name import parse_wheel_name

TAG = f"cp{sys.version_info.major}{sys.version_info.minor}"
TAGS = f"{TAG}-{TAG}-linux_x86_64"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the wheels are for Linux on x86-64"
)


@pytest.fixture(autouse=True)
def plain_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed needs no index."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


@pytest.fixture
def emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is an emulator."""
    emulation.x86("Haswell", sys.executable)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is none."""
    monkeypatch.delenv("DUALVARIANT_EMULATORS", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")


def job(*properties: str, machine: str = "linux_x86_64") -> Job:
    return Job(machine, VariantDescription.from_strings(properties) if properties else None)


def tried(folder: Path, content: bytes, *properties: str, command: str | None = None) -> SmokeResult:
    wheel = native_wheel(folder, {"tiny.so": content}, properties, tag=TAGS)
    return tried_wheel(folder, wheel, job(*properties), command)


def tried_wheel(
    folder: Path, wheel: Path, what: Job, command: str | None = None, requires: tuple[str, ...] = ()
) -> SmokeResult:
    place = folder / "smoke"
    place.mkdir()
    what = what.with_settings(BuildSettings(test_command=command, test_requires=requires))
    return smoke_test(wheel, parse_wheel_name(wheel.name), what, folder, place, Children())


def detected_here(level: str) -> bool:
    from dualvariant_providers.x86_64 import X8664Provider

    config = X8664Provider().run()
    return config is not None and level in next(each.values for each in config.configs if each.key == "level")


def outcomes(result: SmokeResult) -> dict[str, str]:
    return {run.what: run.outcome for run in result.runs}


@pytest.mark.usefixtures("emulated")
class TestEmulated:
    def test_a_v3_wheel_runs_on_v3_and_is_refused_below_by_its_note(self, tmp_path: Path) -> None:
        result = tried(tmp_path, add_isa_note(compiled(tmp_path / "c", "-march=x86-64-v3"), "v3"), V3)
        assert outcomes(result) == {"claimed": "ran", "below": "refused"}
        assert not result.failed
        assert "ran on v3" in result.summary and "refused on v2" in result.summary

    def test_a_wheel_that_nothing_refuses_below_is_told_of(self, tmp_path: Path) -> None:
        result = tried(tmp_path, compiled(tmp_path / "c"), V3)
        assert outcomes(result) == {"claimed": "ran", "below": "ran"}
        assert not result.failed
        assert "may ask for more than it needs" in result.summary

    def test_avx2_at_import_without_a_note_is_an_illegal_instruction(self, tmp_path: Path) -> None:
        source = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "tiny", NULL, -1, NULL};
volatile int a[64];
PyMODINIT_FUNC PyInit_tiny(void) {
    __asm__ volatile("vpaddd %ymm0, %ymm0, %ymm0");
    return PyModule_Create(&module);
}
"""
        result = tried(tmp_path, compiled(tmp_path / "c", source=source), V3)
        assert outcomes(result) == {"claimed": "ran", "below": "illegal instruction"}

    def test_a_standard_wheel_with_avx2_at_import_fails_where_it_claims_to_run(self, tmp_path: Path) -> None:
        content = add_isa_note(compiled(tmp_path / "c", "-march=x86-64-v3"), "v3")
        result = tried(tmp_path, content)
        assert outcomes(result) == {"claimed": "refused"}
        assert result.failed and result.reason is not None

    def test_a_dependency_that_does_not_run_there_is_not_the_wheel_s_fault(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        content = add_isa_note(compiled(tmp_path / "c", "-march=x86-64-v3"), "v3")
        native_wheel(tmp_path, {"tiny.so": content}, tag=TAGS)
        monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "standard"))
        wheel = make_wheel(tmp_path, "user", "1.0", requires=["native"], body="import tiny\n")
        if not detected_here("v3"):
            pytest.skip("this host is below v3")
        result = tried_wheel(tmp_path, wheel, job())
        assert outcomes(result) == {"claimed": "ran"}
        assert "this host (v" in result.summary and "because tiny, which it needs, does not run there" in result.summary

    def test_an_import_that_raises_is_a_failure_with_its_reason(self, tmp_path: Path) -> None:
        wheel = make_wheel(tmp_path, "broken", "1.0", body="raise RuntimeError('no luck')\n")
        result = tried_wheel(tmp_path, wheel, job())
        assert result.failed
        assert "RuntimeError: no luck" in result.summary

    def test_arm(self, tmp_path: Path) -> None:
        emulation.arm("cortex-a57", emulation.arm_python())
        wheel = make_wheel(tmp_path, "pure", "1.0")
        result = tried_wheel(tmp_path, wheel, job("aarch64 :: version :: 8.2a", machine="linux_aarch64"))
        assert outcomes(result) == {"claimed": "ran", "below": "ran"}
        assert [run.cpu.split()[0] for run in result.runs] == ["8.2a", "8a"]


class TestCommands:
    def test_the_package_s_own_test_runs_with_the_wheel_installed(self, tmp_path: Path) -> None:
        command = "python -c 'import tiny; assert tiny.dot(1.0) > 0'"
        result = tried(tmp_path, compiled(tmp_path / "c"), command=command)
        assert outcomes(result)["test-command"] == "ran"
        assert not result.failed

    def test_one_that_fails_makes_the_wheel_fail(self, tmp_path: Path) -> None:
        result = tried(tmp_path, compiled(tmp_path / "c"), command="exit 3")
        assert result.failed
        assert "test command: failed (exit code 3)" in result.summary

    @pytest.mark.usefixtures("emulated")
    def test_where_the_host_lacks_something_calls_of_python_are_emulated(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DUALVARIANT_X86_64", "v2")
        monkeypatch.setenv("DUALVARIANT_CACHE_DIR", str(tmp_path / "cache"))
        content = compiled(tmp_path / "c", "-march=x86-64-v3")
        commands = {
            "python -c 'import tiny' && python3 -c 'print(1)'": ("ran", None),
            "python -c 'import tiny' > log": ("not run", "only calls of Python can be emulated"),
            "true": ("not run", "only calls of Python can be emulated"),
            "python -c 'import no_such_module'": ("failed", "exit code 1"),
        }
        for number, (command, expected) in enumerate(commands.items()):
            run = tried(tmp_path / str(number), content, V3, command=command).runs[-1]
            assert (run.what, run.cpu, run.outcome, run.reason) == ("test-command", "v3 (Haswell, emulated)", *expected)

    @pytest.mark.usefixtures("bare")
    def test_without_a_processor_that_has_it_a_test_is_not_run(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DUALVARIANT_X86_64", "v2")
        monkeypatch.setenv("DUALVARIANT_CACHE_DIR", str(tmp_path / "cache"))
        result = tried_wheel(tmp_path, make_wheel(tmp_path, "pure", "1.0"), job(V3), "exit 3")
        assert outcomes(result)["test-command"] == "not run"
        assert not result.failed

    def test_on_arm_its_requirements_are_installed_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        emulation.arm("cortex-a57", emulation.arm_python())
        make_wheel(tmp_path / "links", "helper", "1.0")
        monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
        wheel = make_wheel(tmp_path, "pure", "1.0")
        command = "python -c 'import helper, pure, platform; assert platform.machine() == \"aarch64\"'"
        result = tried_wheel(tmp_path, wheel, job(machine="linux_aarch64"), command, ("helper",))
        assert outcomes(result) == {"claimed": "ran", "test-command": "ran"}, result.summary


class TestNotRun:
    @pytest.mark.usefixtures("bare")
    def test_without_an_emulator_the_host_itself_is_used_if_it_can(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wheel = make_wheel(tmp_path, "pure", "1.0")
        result = tried_wheel(tmp_path, wheel, job())
        assert [str(run) for run in result.runs] == [f"ran on {name_host('x86_64')}"]

    @pytest.mark.usefixtures("bare")
    def test_a_host_that_lacks_something_is_a_reason(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DUALVARIANT_X86_64", "v2")
        monkeypatch.setenv("DUALVARIANT_CACHE_DIR", str(tmp_path / "cache"))
        wheel = make_wheel(tmp_path, "pure", "1.0")
        result = tried_wheel(tmp_path, wheel, job(V3))
        assert outcomes(result) == {"claimed": "not run", "below": "not run"}
        assert not result.failed
        assert "no emulator" in result.summary and "v3" in result.summary

    def test_another_system(self, tmp_path: Path) -> None:
        wheel = make_wheel(tmp_path, "pure", "1.0")
        result = tried_wheel(tmp_path, wheel, job(machine="macosx_arm64"), "python -m pytest")
        assert outcomes(result) == {"claimed": "not run", "test-command": "not run"}
        assert "macosx_arm64" in result.summary

    def test_dependencies_that_are_not_to_be_had(self, tmp_path: Path) -> None:
        wheel = make_wheel(tmp_path, "pure", "1.0", requires=["no-such-project-at-all"])
        result = tried_wheel(tmp_path, wheel, job())
        assert outcomes(result) == {"claimed": "not run"}
        assert not result.failed
        assert "its dependencies cannot be installed" in result.summary

    def test_another_python(self, tmp_path: Path) -> None:
        wheel = make_wheel(tmp_path, "pure", "1.0", tag="cp36-cp36m-linux_x86_64")
        result = tried_wheel(tmp_path, wheel, job())
        assert outcomes(result) == {"claimed": "not run"}
        assert "it is for cp36" in result.summary

    def test_a_wheel_that_pip_refuses_has_failed(self, tmp_path: Path) -> None:
        wheel = make_wheel(tmp_path, "pure", "1.0")
        with zipfile.ZipFile(wheel) as archive:
            files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/METADATA")}
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        result = tried_wheel(tmp_path, wheel, job())
        assert result.failed
        assert "it cannot be installed" in result.summary
