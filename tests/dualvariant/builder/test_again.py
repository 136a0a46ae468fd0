"""What is built is kept as long as nothing that it was made of changes, and the same sources give the same bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from dualvariant.builder.run.cache import CACHE_FILE
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


def test_only_what_has_changed_is_built_again(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    project, out = write_project(tmp_path / "tiny"), tmp_path / "out"

    def build(**environ: str) -> list[bool]:
        return kept(tool("build", project, "-o", out, "--json", environment={**build_environment, **environ}))

    assert build() == [False, False, False]
    assert build() == [True, True, True]
    text = (project / "pyproject.toml").read_text()
    override = '[[tool.variantlib.build.overrides]]\nselect = "x86_64 :: level :: v4"\ncflags = ["-DSOMETHING"]\n'
    (project / "pyproject.toml").write_text(text + override)
    # pyproject.toml is a source file as well, so that all are made anew.
    assert build() == [False, False, False]
    (out / json.loads((out / CACHE_FILE).read_text())["wheels"]["linux_x86_64-standard"]["wheel"]).unlink()
    assert build() == [False, True, True]
    assert build(CFLAGS="-DOTHER") == [False, False, False]


def test_a_damaged_record_costs_time_and_no_more(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    project, out = write_project(tmp_path / "tiny", "[tool.variantlib.build]\nlinux_x86_64 = {}\n"), tmp_path / "out"
    line = ("build", project, "-o", out, "--json", "--no-smoke")
    tool(*line, environment=build_environment)
    for text in ("no JSON", "[]", '{"schema": "dualvariant/build/1", "wheels": 7}'):
        (out / CACHE_FILE).write_text(text)
        assert kept(tool(*line, environment=build_environment)) == [False]


def test_the_same_sources_give_the_same_bytes(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    project = write_project(tmp_path / "tiny")
    for name in ("one", "two"):
        tool("build", project, "-o", tmp_path / name, environment=build_environment)
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).glob("*.whl")} for name in ("one", "two"))
    assert len(one) == 3
    assert one == two


def test_killed_half_way_a_second_run_goes_on(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    project, out = write_project(tmp_path / "tiny"), tmp_path / "out"
    setup = (project / "setup.py").read_text()
    # The build of v4 never ends, as long as a file is there.
    hang = tmp_path / "hang"
    hang.write_text("")
    condition = f"'v4' in os.environ.get('CFLAGS', '') and os.path.exists({str(hang)!r})"
    wait = f"import os, time\nwhile {condition}:\n    time.sleep(0.1)\n"
    (project / "setup.py").write_text(wait + setup)
    line = ("build", project, "-o", out, "--json", "-j", "1")
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
    project, out = write_project(tmp_path / "tiny"), tmp_path / "out"
    setup = (project / "setup.py").read_text()
    hang = tmp_path / "hang"
    hang.write_text("")
    (project / "setup.py").write_text(
        f"import os, time\nwhile os.path.exists({str(hang)!r}):\n    time.sleep(0.1)\n{setup}"
    )
    line = ("build", project, "-o", out, "--json")
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
    assert [[wheel["kept"] for wheel in json.loads(output)] for output in outputs] == [[False] * 3, [True] * 3]


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
