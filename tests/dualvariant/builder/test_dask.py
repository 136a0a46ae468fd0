"""The same tasks on a real cluster of dask.distributed: a scheduler and two workers, each a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from dualvariant.core.platforms import find_host_platform
from processes import wait_until
from tool import Tool

from .projects import write_project

pytestmark = [
    pytest.mark.usefixtures("compiler"),
    pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="builds are for Linux on x86-64"),
    pytest.mark.skipif(find_spec("distributed") is None, reason="no distributed here (extra dualvariant[dask])"),
]


class Cluster:
    """A scheduler and its workers."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder, self.environment = folder, dict(environment)
        self.processes: list[subprocess.Popen[bytes]] = []
        log = self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.address = self.wait_for(log, r"Scheduler at:\s*(tcp://\S+)")[0]
        self.workers = [self.worker(name) for name in ("one", "two")]

    def start(self, *words: str) -> Path:
        log = self.folder / f"{len(self.processes)}.log"
        with log.open("wb") as file:
            command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]]
            process = subprocess.Popen(
                command, stdout=file, stderr=file, env=self.environment, cwd=self.folder, start_new_session=True
            )
        self.processes.append(process)
        return log

    def worker(self, name: str) -> subprocess.Popen[bytes]:
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name)
        log = self.start("worker", self.address, *options, "--local-directory", str(self.folder / name))
        self.wait_for(log, r"Registered to:")
        return self.processes[-1]

    def wait_for(self, log: Path, pattern: str) -> list[str]:
        process = self.processes[-1]
        assert wait_until(lambda: re.search(pattern, log.read_text()) is not None or process.poll() is not None)
        found = re.findall(pattern, log.read_text())
        assert found, log.read_text()
        return found

    def stop(self) -> None:
        for process in self.processes:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, build_environment: Mapping[str, str]) -> Iterator[Cluster]:
    """One for all tests; the last one kills a worker."""
    folder = tmp_path_factory.mktemp("cluster")
    made = None
    try:
        made = Cluster(folder, {**Tool(folder / "home").environment, **build_environment})
        yield made
    finally:
        if made is not None:
            made.stop()


def counted(project: Path, marks: Path, slow: str = "") -> None:
    """Each compilation of the project leaves a line that says for which level, and by which process's child."""
    marks.touch()
    setup = (project / "setup.py").read_text()
    count = (
        "import os, sys, time\n"
        "if 'bdist_wheel' in sys.argv:\n"
        f"    with open({str(marks)!r}, 'a') as file:\n"
        "        file.write(' '.join(w for w in os.environ['CFLAGS'].split() if w.startswith('-march'))"
        " + ' ' + os.environ['TMPDIR'] + chr(10))\n"
        f"    {slow or 'pass'}\n"
    )
    (project / "setup.py").write_text(count + setup)


def test_artefacts_come_back_and_nothing_is_built_twice(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str], cluster: Cluster
) -> None:
    project, marks = write_project(tmp_path / "tiny"), tmp_path / "marks"
    counted(project, marks)
    line = ("build", project, "-o", tmp_path / "out", "--json", "--no-smoke", "--dask", cluster.address)
    outcomes = json.loads(tool(*line, environment=build_environment).stdout)
    assert all(Path(outcome["wheel"]).exists() for outcome in outcomes)
    assert all("CFLAGS=" in Path(outcome["log"]).read_text() for outcome in outcomes)
    assert len(marks.read_text().splitlines()) == 3
    folders = {Path(line.split()[-1]).parents[1] for line in marks.read_text().splitlines()}
    assert len(folders) == 2, "both workers built"
    tool("build", project, "-o", tmp_path / "here", "--no-smoke", environment=build_environment)
    for path in (tmp_path / "here").glob("*.whl"):
        assert path.read_bytes() == (tmp_path / "out" / path.name).read_bytes(), "the same bytes as built here"


def test_no_scheduler_answers() -> None:
    code = "from dualvariant.builder.run.dask import connect_dask; connect_dask('tcp://127.0.0.1:9', 0.2)().__enter__()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "UsageError: no dask scheduler answers at 'tcp://127.0.0.1:9'" in done.stderr


def test_a_lost_workers_job_runs_again(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str], cluster: Cluster
) -> None:
    project, marks = write_project(tmp_path / "tiny"), tmp_path / "marks"
    hang = tmp_path / "hang"
    hang.touch()
    counted(project, marks, f"\n    while os.path.exists({str(hang)!r}): time.sleep(0.05)")
    line = ("build", project, "-o", tmp_path / "out", "--json", "--no-smoke", "--dask", cluster.address)
    run = tool.popen(*line, env={**tool.environment, **build_environment})
    deadline = time.monotonic() + 300
    while run.poll() is None and time.monotonic() < deadline and len(marks.read_text().splitlines()) < 2:
        time.sleep(0.05)  # until both workers are at work, and wait
    os.killpg(cluster.workers[0].pid, signal.SIGKILL)
    hang.unlink()
    stdout, stderr = run.communicate(timeout=300)
    assert run.returncode == 0, stderr
    assert [outcome["error"] for outcome in json.loads(stdout)] == [None, None, None]
    assert len(marks.read_text().splitlines()) == 4, "the lost one twice, the others once"
