"""The whole way on CPUs that this machine does not have: dual_autodiff built here, chosen there, run there."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import clients
import emulation
from shared import make_once
from tool import Tool

PAYLOAD = Path(__file__).resolve().parents[2] / "dual_core"
#: The report's function at 1.5: value and derivative, to the last bit, whatever the CPU.
CODE = "from dual_autodiff import Dual; x = Dual(1.5, 1); y = x.sin().log() + x * x * x.cos(); print(y.real, y.dual)"
ANSWER = "0.15665054756073515 -1.9612372705533612\n"

#: Behind it: the names of the files of variants that the process has mapped.
SHOW = """
names = {line.split()[-1].rpartition("/")[2] for line in open("/proc/self/maps") if "dual_autodiff" in line}
print(*{name for name in names if name.count(".") > 2 and name.endswith(".so")})
"""

#: What can differ from CPU to CPU, in the payload's own tests. None starts a child: it would run natively.
SUITE = ["-q", "-c", str(PAYLOAD / "pyproject.toml"), "-p", "no:cacheprovider"]
SUITE += [str(PAYLOAD / "tests" / f"test_{name}.py") for name in ("array_accuracy", "functions", "dual")]

LEVEL = "x86_64 :: level :: {}"
#: CPU model → the level whose wheel it gets; there is a standard wheel, a v3 and a v4.
MODELS = {
    "qemu64": "v1",
    "kvm64": "v1",
    "core2duo": "v1",
    "Nehalem": "v2",
    "Westmere": "v2",
    "SandyBridge": "v2",
    "IvyBridge": "v2",
    "Haswell": "v3",
    "Skylake-Client": "v3",
    "EPYC": "v3",
    "max": "v3",
    "Haswell,-avx2": "v2",
    "Haswell,-fma": "v2",
    "Haswell,-movbe": "v2",
    "Haswell,-bmi2": "v2",
    "Haswell,-abm": "v2",
    "Haswell,-xsave": "v2",
}
#: The payload needs NumPy for its arrays, which no index here has and no emulated CPU below v2 runs.
ALONE = ("--", "--no-deps")
#: What the whole command needs to run on an Arm Python: pure Python all of it.
PACKAGES = ("dualvariant", "variantlib", "dualvariant_providers", "attr", "packaging", "platformdirs", "cpuinfo")


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every wheel that the payload declares, built by ``dualvariant build``, as a static index."""
    if (platform.system(), *platform.python_version_tuple()[:2]) != ("Linux", "3", "11"):
        pytest.skip("the emulated Arm Python is 3.11 on Linux, so the wheels are built there")
    return make_once(tmp_path_factory, "payload_index", _build_index) / "wheels" / "simple"


def _build_index(folder: Path) -> None:
    tool = Tool(folder / "home")
    tool.environment.pop("PIP_CONFIG_FILE")  # the build needs the registry as this machine reaches it
    tool.environment.update({"HOME": str(Path.home())})
    tool("build", PAYLOAD, "-o", folder / "wheels")
    tool("index", folder / "wheels")


@pytest.fixture(scope="session")
def fused(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the payload's fused wheels, one for x86-64 and one for Arm."""
    return make_once(tmp_path_factory, "payload_fused", lambda folder: _fuse(index.parent, folder)) / "wheels"


def _fuse(wheels: Path, folder: Path) -> None:
    tool = Tool(folder / "home")
    tool("fuse", *wheels.glob("*.whl"), "-o", folder / "wheels")


def host_profile(tool: Tool, command: list[str], **variables: str) -> Path:
    """The profile that ``dualvariant host --json`` prints when this command runs it, in a file."""
    environment = {**tool.environment, **variables}
    result = subprocess.run(command, env=environment, cwd=tool.home, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    path = tool.home / "other-host.json"
    path.write_text(result.stdout)
    return path


def installed_properties(tool: Tool, python: Path) -> list[str]:
    """The properties of the one variant that is installed, or none."""
    found = json.loads(tool("list", "--python", python, "--json").stdout)
    return found[0]["properties"] if found else []


@pytest.mark.parametrize("model", MODELS)
def test_each_cpu_gets_the_best_wheel_that_runs_on_it(model: str, tool: Tool, index: Path, target: Path) -> None:
    """Detected on the emulated CPU, installed natively with that profile, imported on the emulated CPU."""
    asked = emulation.x86_tree(model, sys.executable, "-m", "dualvariant", "host", "--json", "--strict")
    profile = host_profile(tool, asked)
    (provider,) = json.loads(profile.read_text())["providers"]
    assert provider["configs"][0]["values"][0] == MODELS[model]
    tool("install", "dual_autodiff", "-i", index, "--python", target, "--profile", profile, *ALONE)
    expected = [LEVEL.format("v3")] if MODELS[model] == "v3" else []
    assert installed_properties(tool, target) == expected
    ran = subprocess.run(emulation.x86(model, target, "-c", CODE), capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, ANSWER), ran.stderr


def test_one_cpu_with_everything_emulated(tool: Tool, index: Path, target: Path) -> None:
    """Provider processes, pip and the import, all of them on a Nehalem."""
    command = ["install", "dual_autodiff", "-i", str(index), "--python", str(target), *ALONE]
    tool.run(*emulation.x86_tree("Nehalem", sys.executable, "-m", "dualvariant", *command))
    assert installed_properties(tool, target) == []
    ran = tool.run(*emulation.x86_tree("Nehalem", target, "-c", CODE))
    assert ran.stdout == ANSWER


@pytest.mark.parametrize(
    ("nodes", "expected"), [(["Haswell", "EPYC"], [LEVEL.format("v3")]), (["EPYC", "Nehalem", "Haswell"], [])]
)
def test_a_mixed_cluster_shares_one_environment(
    nodes: list[str], expected: list[str], tool: Tool, index: Path, target: Path
) -> None:
    """Each node says what it is, the intersection is what is installed for, and each node runs what is installed."""
    profiles = []
    for model in nodes:
        asked = emulation.x86_tree(model, sys.executable, "-m", "dualvariant", "host", "--json", "--strict")
        profiles.append(host_profile(tool, asked).rename(tool.home / f"{model}.json"))
    common = tool.home / "cluster.json"
    common.write_text(tool("profile", "intersect", *profiles, "--name", "cluster").stdout)
    tool("install", "dual_autodiff", "-i", index, "--python", target, "--profile", common, *ALONE)
    assert installed_properties(tool, target) == expected
    for model in nodes:
        ran = subprocess.run(emulation.x86(model, target, "-c", CODE), capture_output=True, text=True)
        assert (ran.returncode, ran.stdout) == (0, ANSWER), (model, ran.stderr)


def test_an_entry_point_gets_words_in_the_place_of_a_signal(tool: Tool, index: Path, target: Path) -> None:
    """What 'check' is put in front of runs where everything fits, and does not start where something does not."""
    tool("install", "dual_autodiff", "-i", index, "--python", target, "--profile", tool.level("v3"), *ALONE)
    check = [sys.executable, "-m", "dualvariant", "check", "--python", str(target), "--", str(target), "-c", CODE]
    old = subprocess.run(
        emulation.x86_tree("Nehalem", *check), env=tool.environment, cwd=tool.home, capture_output=True, text=True
    )
    assert (old.returncode, old.stdout) == (1, "")
    assert "needs 'x86_64 :: level :: v3', provider x86_64 says v2, v1" in old.stderr
    new = tool.run(*emulation.x86_tree("Haswell", *check))
    assert new.stdout == ANSWER


def test_the_wrong_wheel_would_be_noticed(tool: Tool, index: Path, target: Path) -> None:
    """The control: a v3 wheel forced onto a Nehalem does not run, so the tests above mean something."""
    options: list[str | Path] = ["--profile", tool.level("v2"), "--variant", LEVEL.format("v3"), "--force"]
    tool("install", "dual_autodiff", "-i", index, "--python", target, *options, *ALONE)
    ran = subprocess.run(emulation.x86("Nehalem", target, "-c", CODE), capture_output=True, text=True)
    assert ran.returncode != 0
    assert ran.returncode < 0 or "CPU ISA level is lower than required" in ran.stderr, ran.stderr


def test_this_machine_runs_what_it_chooses(tool: Tool, index: Path, target: Path) -> None:
    """Without emulation: the wheel chosen here, v4 where the machine has AVX-512, is imported here."""
    tool("install", "dual_autodiff", "-i", index, "--python", target, *ALONE)
    ran = subprocess.run([target, "-I", "-c", CODE], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, ANSWER), ran.stderr


@pytest.mark.parametrize(("model", "version"), [("cortex-a53", None), ("neoverse-n1", "8.2a"), ("max", "8.2a")])
def test_arm_gets_the_best_arm_wheel(model: str, version: str | None, tool: Tool, index: Path, tmp_path: Path) -> None:
    """Detected, installed and imported on an emulated Arm; the tool itself runs natively for the install."""
    python = emulation.arm_python()
    asked = emulation.arm_tree(model, python, "-m", "dualvariant", "host", "--json", "--strict")
    profile = host_profile(tool, asked, PYTHONPATH=emulation.environment(*PACKAGES)["PYTHONPATH"])
    (provider,) = json.loads(profile.read_text())["providers"]
    assert provider["provider"] == "aarch64"
    folder = tmp_path / "arm"
    command = ["install", "dual_autodiff", "-i", str(index), "--python", str(python), "--target", str(folder)]
    tool.run(*emulation.arm_tree(model, sys.executable, "-m", "dualvariant", *command, "--profile", profile, *ALONE))
    metadata = next(folder.glob("dual_autodiff-*.dist-info/METADATA")).read_text()
    assert ("Variant: aarch64 :: version :: 8.2a" in metadata) == (version is not None)
    ran = subprocess.run(
        emulation.arm(model, python, "-c", CODE), env={"PYTHONPATH": str(folder)}, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout) == (0, ANSWER), ran.stderr


def test_one_fused_wheel_serves_every_cpu(tool: Tool, fused: Path, target: Path) -> None:
    """Installed once, by plain pip, and imported on each of them: one environment for unlike machines."""
    (wheel,) = fused.glob("*_x86_64.whl")
    with zipfile.ZipFile(wheel) as archive:
        records = {name.rpartition("/")[2] for name in archive.namelist() if "/sboms/" in name}
    assert records == {"dualvariant.cdx.json", "dualvariant-v3.cdx.json", "dualvariant-v4.cdx.json"}
    tool.run(target, "-m", "pip", "install", "--no-index", "--no-deps", wheel)
    for model, level in MODELS.items():
        ran = subprocess.run(emulation.x86(model, target, "-c", CODE + SHOW), capture_output=True, text=True)
        answer, mapped = ran.stdout.splitlines()
        assert f"{answer}\n" == ANSWER, (model, ran.stderr)
        assert {"v3" if level == "v3" else "none"} == {name.split(".")[-2] for name in mapped.split()}, model
    ran = subprocess.run([target, "-c", CODE + SHOW], capture_output=True, text=True)
    assert ran.stdout.startswith(ANSWER), ran.stderr
    names = {name.split(".")[-2] for name in ran.stdout.splitlines()[1].split()}
    active = json.loads(tool("list", "--python", target, "--json").stdout)[0]["fused"]["active"]
    assert names == {active}, "on this machine too, where 'list' says which"


@pytest.mark.parametrize(("model", "level"), [("cortex-a53", "none"), ("neoverse-n1", "8.2a"), ("max", "8.2a")])
def test_one_fused_wheel_serves_every_arm(model: str, level: str, fused: Path, tmp_path: Path) -> None:
    (wheel,) = fused.glob("*_aarch64.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    command = emulation.arm(model, emulation.arm_python(), "-c", CODE + SHOW)
    ran = subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    answer, mapped = ran.stdout.splitlines()
    assert f"{answer}\n" == ANSWER, ran.stderr
    assert {".".join(name.split("gnu.")[-1].split(".")[:-1]) for name in mapped.split()} == {level}


def test_the_payload_passes_its_own_tests_on_a_haswell(tool: Tool, index: Path, target: Path, tmp_path: Path) -> None:
    """The v3 wheel on the CPU that it is for, with NumPy and pytest, all of it emulated."""
    tool("install", "dual_autodiff", "-i", index, "--python", target, "--profile", tool.level("v3"), *ALONE)
    assert installed_properties(tool, target) == [LEVEL.format("v3")]
    _fetch_test_packages(tmp_path)
    command = emulation.x86("Haswell", target, "-m", "pytest", *SUITE)
    ran = subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_payload_passes_its_own_tests_on_arm(index: Path, tmp_path: Path) -> None:
    """The standard aarch64 wheel, with NumPy's own."""
    command = emulation.arm("max", emulation.arm_python(), "-m", "pytest", *SUITE)
    systems = ("manylinux_2_28", "manylinux_2_27", "manylinux2014", "manylinux_2_17")
    options = [option for system in systems for option in ("--platform", f"{system}_aarch64")]
    _fetch_test_packages(tmp_path, *options, "--python-version", "3.11")
    (wheel,) = index.parent.glob("dual_autodiff-[0-9].[0-9].[0-9]-*_aarch64.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    environment = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def _fetch_test_packages(folder: Path, *options: str) -> None:
    """What the payload's tests need, for another machine if the options ask for it."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--only-binary=:all:", "--target", str(folder)]
    subprocess.run([*pip, *options, "numpy", "pytest", "mpmath"], check=True)


def test_plain_clients_take_the_standard_wheel_of_the_payload(tool: Tool, index: Path, tmp_path: Path) -> None:
    """pip 26.3, pip 23.2.1 and uv, from the very index that the variants are on."""
    for pip in ("26.3", "23.2.1"):
        target = clients.make_target(tmp_path / pip, pip)
        tool.run(target, "-m", "pip", "install", "--no-deps", "-i", index.as_uri(), "dual_autodiff")
        assert installed_properties(tool, target) == []
    target = clients.make_target(tmp_path / "uv")
    command: list[str | Path] = ["pip", "install", "--no-deps", "--python", target, "dual_autodiff"]
    tool.run(clients.uv(), *command, "--default-index", index.as_uri())
    assert installed_properties(tool, target) == []
