"""The tests of HIPS autograd, with dual_autodiff in autograd's place: first derivatives in forward mode, none wrong.

The tests come from autograd's source distribution, fetched by pip when the test runs; nothing of it is kept here. The
folder ``autograd_suite`` has the stand-in for autograd.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="NumPy is not installed")
pytestmark = pytest.mark.xdist_group("autograd")

VERSION = "1.8.0"
SHA256 = "107374ded5b09fc8643ac925348c0369e7b0e73bbed9565ffd61b8fd04425683"

#: The files whose subject are derivatives of numbers and arrays. The others test autograd's own containers, its graphs
#: of reverse mode, and its wrappers of SciPy.
FILES = [
    "binary_ops",
    "complex",
    "core",
    "direct",
    "fft",
    "graphs",
    "jacobian",
    "linalg",
    "numpy",
    "scalar_ops",
    "systematic",
    "truediv",
    "wrappers",
]
#: What is no derivative: names and documentation of autograd's functions.
NO_DERIVATIVES = ["test_wrappers.py::test_wrapped_name_and_docs"]

#: Where dual_autodiff states another convention than autograd.
CONVENTIONS = {
    "test_scalar_ops.py::test_abs": "the derivative of abs at 0 is nan, because none exists; autograd's is 0",
    "test_graphs.py::test_assignment_raises_error": "elements of an array can be assigned; autograd refuses it",
}
#: How many of the tests are right; a higher number is an improvement to be written here.
RIGHT = 348

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def tests_of_autograd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of autograd's tests, fetched by pip; the module is skipped where it cannot be fetched."""
    folder = tmp_path_factory.mktemp("autograd")
    wanted = folder / "requirements.txt"
    wanted.write_text(f"autograd=={VERSION} --hash=sha256:{SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-binary", "autograd", "--require-hashes", "--dest", str(folder), "-r", str(wanted)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if "HASHES" in result.stderr:
        pytest.fail(result.stderr)
    if result.returncode != 0:
        pytest.skip(f"autograd {VERSION} cannot be fetched: {result.stderr.strip().splitlines()[-1]}")
    with tarfile.open(folder / f"autograd-{VERSION}.tar.gz") as archive:
        inside = f"autograd-{VERSION}/tests/"
        members = [member for member in archive.getmembers() if member.isfile() and member.name.startswith(inside)]
        for member in members:
            source = archive.extractfile(member)
            assert source is not None
            (folder / Path(member.name).name).write_bytes(source.read())
    return folder


@pytest.fixture(scope="session")
def verdicts(tests_of_autograd: Path) -> dict[str, dict[str, str]]:
    """Test → verdict and message, of one run in a process of its own."""
    output = tests_of_autograd / "verdicts.json"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--tb=no",
        "-W",
        "ignore",
        "-p",
        "plugin",
        "-p",
        "no:cacheprovider",
    ]
    command += ["-c", os.devnull, "--rootdir", ".", *(f"test_{name}.py" for name in FILES)]
    command += [f"--deselect={test}" for test in NO_DERIVATIVES]
    path = os.pathsep.join([str(HERE / "autograd_suite"), str(HERE), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, "DUAL_AUTODIFF_VERDICTS": str(output)}
    result = subprocess.run(command, cwd=tests_of_autograd, env=env, capture_output=True, text=True, check=False)
    assert output.is_file(), result.stdout + result.stderr
    found: dict[str, dict[str, str]] = json.loads(output.read_text())
    return {test: {"verdict": "convention"} if test in CONVENTIONS else one for test, one in found.items()}


def listed(verdicts: dict[str, dict[str, str]], kind: str) -> list[str]:
    return [f"{test}: {one['message'][:200]}" for test, one in verdicts.items() if one["verdict"] == kind]


def test_no_derivative_is_wrong(verdicts: dict[str, dict[str, str]]) -> None:
    assert listed(verdicts, "wrong") == []


def test_every_refusal_is_meant(verdicts: dict[str, dict[str, str]]) -> None:
    assert listed(verdicts, "broken") == []


def test_most_tests_are_right(verdicts: dict[str, dict[str, str]]) -> None:
    counts = Counter(one["verdict"] for one in verdicts.values())
    assert counts["right"] >= RIGHT, counts
    assert set(CONVENTIONS) <= set(verdicts)
