"""What is built is kept as long as nothing that it was made of changes, and the same sources give the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from dualvariant.builder.run.cache import CACHE_FILE, BuildCache
from dualvariant.core.platforms import find_host_platform
from processes import PATIENCE, wait_until
from tool import Tool

from .projects import write_project

pytestmark = [
    pytest.mark.usefixtures("compiler"),
    pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="builds are for Linux on x86-64"),
]


def kept(result: subprocess.CompletedProcess[str]) -> list[bool]:
    return [entry["kept"] for entry in json.loads(result.stdout)]


TWO = """
[tool.variantlib.build]
cflags = ["-O3"]
[tool.variantlib.build.linux_x86_64]
variants = ["x86_64 :: level :: v3"]
"""


def test_only_what_has_changed_is_built_again(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    """And the same sources give the same bytes, in another folder too."""
    project, out = write_project(tmp_path / "tiny", TWO), tmp_path / "out"

    def build(folder: Path = out, **environ: str) -> list[bool]:
        line = ("build", project, "-o", folder, "--json", "--no-smoke")
        return kept(tool(*line, environment={**build_environment, **environ}))

    assert build() == [False, False]
    assert build() == [True, True]
    assert build(tmp_path / "other") == [False, False]
    one, two = ({path.name: path.read_bytes() for path in folder.glob("*.whl")} for folder in (out, tmp_path / "other"))
    assert len(one) == 2 and one == two
    text = (project / "pyproject.toml").read_text()
    override = '[[tool.variantlib.build.overrides]]\nselect = "x86_64 :: level :: v3"\ncflags = ["-DSOMETHING"]\n'
    (project / "pyproject.toml").write_text(text + override)
    # pyproject.toml is a source file as well, so that all are made anew.
    assert build() == [False, False]
    (out / json.loads((out / CACHE_FILE).read_text())["wheels"]["linux_x86_64-standard"]["wheel"]).unlink()
    assert build() == [False, True]
    assert build(CFLAGS="-DOTHER") == [False, False]


@pytest.mark.parametrize("text", [b"no JSON", b"[]", b'{"schema": "dualvariant/build/1", "wheels": 7}', b"\xff", b""])
def test_a_damaged_record_is_an_empty_one(tmp_path: Path, text: bytes) -> None:
    content = b"the wheel"
    (tmp_path / "tiny-1.0-py3-none-any.whl").write_bytes(content)
    entry = {"key": "k", "wheel": "tiny-1.0-py3-none-any.whl", "sha256": hashlib.sha256(content).hexdigest()}
    BuildCache(tmp_path).put("job", entry)
    assert BuildCache(tmp_path).find("job", "k") is not None
    (tmp_path / CACHE_FILE).write_bytes(text)
    cache = BuildCache(tmp_path)
    assert cache.find("job", "k") is None and cache.get_filename("job") is None
    cache.put("job", entry)
    assert BuildCache(tmp_path).find("job", "k") is not None


def test_killed_half_way_a_second_run_goes_on(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    project, out = write_project(tmp_path / "tiny"), tmp_path / "out"
    setup = (project / "setup.py").read_text()
    # The build of v4 never ends, as long as a file is there.
    hang = tmp_path / "hang"
    hang.write_text("")
    condition = f"'v4' in os.environ.get('CFLAGS', '') and os.path.exists({str(hang)!r})"
    wait = f"import os, time\nwhile {condition}:\n    time.sleep(0.1)\n"
    (project / "setup.py").write_text(wait + setup)
    line = ("build", project, "-o", out, "--json", "--no-smoke", "-j", "1")
    run = tool.popen(*line, env={**tool.environment, **build_environment})
    deadline = time.monotonic() + 300
    while run.poll() is None and time.monotonic() < deadline and _built(out) < 2:
        time.sleep(0.05)
    (out / "..dualvariant-build.json.abcd1234.part").write_text("half of it")  # as of a write that was killed
    assert len(_scratch(out)) == 1 and len(_scratch(tool.temporary)) == 2
    run.send_signal(signal.SIGKILL)
    _, stderr = run.communicate(timeout=30)
    assert _built(out) == 2, stderr
    assert len(_scratch(out)) == 1
    assert list(out.glob("*.whl")) == [], "none is verified yet"
    assert len(list(out.glob("*.whl.pending"))) == 2
    hang.unlink()
    assert kept(tool(*line, environment=build_environment)) == [True, True, False]
    assert sorted(path.suffix for path in out.iterdir() if ".whl" in path.name) == [".whl"] * 3
    assert _scratch(out) == _scratch(tool.temporary) == list(out.glob(".*.part")) == []
    assert kept(tool(*line, environment=build_environment)) == [True, True, True]


def test_of_two_builds_in_one_folder_the_second_waits(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    """It says so, and then finds everything built."""
    project, out = write_project(tmp_path / "tiny", TWO), tmp_path / "out"
    setup = (project / "setup.py").read_text()
    hang = tmp_path / "hang"
    hang.write_text("")
    (project / "setup.py").write_text(
        f"import os, time\nwhile os.path.exists({str(hang)!r}):\n    time.sleep(0.1)\n{setup}"
    )
    line = ("build", project, "-o", out, "--json", "--no-smoke")
    environment = {**tool.environment, **build_environment}
    first = tool.popen(*line, env=environment)
    with (tmp_path / "said").open("w") as said:
        try:
            assert wait_until(lambda: out.is_dir() and _scratch(out))
            second = tool.popen(*line, env=environment, stderr=said)
            assert wait_until(lambda: str(out) in (tmp_path / "said").read_text() or second.poll() is not None)
            assert second.poll() is None
        finally:
            hang.unlink()
        outputs = [run.communicate(timeout=PATIENCE)[0] for run in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), outputs
    assert [[wheel["kept"] for wheel in json.loads(output)] for output in outputs] == [[False] * 2, [True] * 2]


def _scratch(folder: Path) -> list[Path]:
    """The temporary folders of builds in a folder."""
    return [path for path in folder.iterdir() if "scratch" in path.name or path.name.startswith("build-env")]


def _built(out: Path) -> int:
    """How many wheels the folder's record knows."""
    return len(json.loads((out / CACHE_FILE).read_text())["wheels"]) if (out / CACHE_FILE).exists() else 0


@pytest.mark.parametrize("kilobytes", [64, 700])
def test_a_full_disk_is_said_and_leaves_no_half_wheel(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str], kilobytes: int
) -> None:
    """A file system of its own, in a namespace: full at the sdist, or while the project builds."""
    project, out = write_project(tmp_path / "tiny", "[tool.variantlib.build]\nlinux_x86_64 = {}\n"), tmp_path / "out"
    (project / "ballast.h").write_bytes(os.urandom(300_000))
    (project / "MANIFEST.in").write_text("include ballast.h\n")
    out.mkdir()
    mount = 'mount -t tmpfs -o size="$1"k none "$2" && shift 2 || exit 99'
    shell = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-c"]
    if subprocess.run([*shell, f"set -- 64 {out} true; {mount}"], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here in a namespace")
    script = f'out=$2; {mount}; "$@"; code=$?; echo "left: $(ls -A "$out")"; exit $code'
    command = [sys.executable, "-m", "dualvariant", "build", str(project), "-o", str(out)]
    environment = {**tool.environment, **build_environment}
    done = subprocess.run(
        [*shell, script, "sh", str(kilobytes), str(out), *command], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "\nTraceback" not in done.stderr, "those of the project's build are indented"
    assert "No space left on device" in done.stderr
    assert ".whl" not in done.stdout and "left: logs" in done.stdout
