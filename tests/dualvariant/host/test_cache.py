"""An answer is kept while all it depends on is the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dualvariant.host import cache as cache_module
from dualvariant.host import identity
from dualvariant.host.cache import LONGEST_LIFE, SHORT_LIFE, cache_directory
from dualvariant.host.detect import detect
from kept_answers import install, posix, source, the_file
from sample_plugins import Site, provider


def make_older(path: Path, seconds: float) -> None:
    """Set back the time at which the answer in a file was given."""
    document = json.loads(path.read_text())
    document["detected_at"] -= seconds
    path.write_text(json.dumps(document))


def test_later_uses_run_no_provider(runs: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    first = detect()
    assert (runs(), source(first)) == (1, "run")

    def no_process(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", no_process)
    second = detect()
    assert (runs(), source(second)) == (1, "cache")
    assert first.profile == second.profile
    assert first.profile.digest == second.profile.digest
    assert first.detected_at == second.detected_at


def test_refresh_runs_it_and_keeps_the_new_answer(runs: Callable[[], int]) -> None:
    before = detect().detected_at
    assert source(detect(refresh=True)) == "run"
    after = detect()
    assert (runs(), source(after)) == (2, "cache")
    assert before is not None
    assert after.detected_at is not None
    assert before < after.detected_at


def test_nothing_to_say_is_kept(site: Site, tmp_path: Path) -> None:
    install(site, tmp_path / "runs", run="return None")
    assert detect().profile.providers == ()
    assert source(detect()) == "cache"
    assert (tmp_path / "runs").read_text() == "."


def test_a_failure_is_kept_and_says_its_age(site: Site, tmp_path: Path) -> None:
    install(site, tmp_path / "runs", run="raise ValueError('boom')")
    (first,), (second,) = detect().failures, detect().failures
    assert (tmp_path / "runs").read_text() == "."
    assert (first.source, second.source) == ("run", "cache")
    assert "ValueError: boom" in str(second) and "--refresh" in str(second) and "--refresh" not in str(first)
    assert (first.reason, first.detected_at) == (second.reason, second.detected_at)
    detect(refresh=True)
    assert (tmp_path / "runs").read_text() == ".."


def test_a_hanging_provider_costs_its_time_once(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until somebody changes the limit: it may have been too short."""
    install(site, tmp_path / "runs", run="time.sleep(1000)")
    for limit, runs in [("1", 1), ("1", 1), ("1.5", 2), ("1.5", 2)]:
        monkeypatch.setenv("DUALVARIANT_PROVIDER_TIMEOUT", limit)
        (failure,) = detect().failures
        assert f"longer than {limit} s" in failure.reason
        assert len((tmp_path / "runs").read_text()) == runs


def test_a_process_that_cannot_be_started_is_no_failure_to_keep(
    site: Site, tmp_path: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, tmp_path / "runs")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", str(tmp_path / "missing"))
        assert len(detect().failures) == 1
    assert not cache_folder.exists() or list(cache_folder.iterdir()) == []
    assert source(detect()) == "run"


def test_an_editable_install_is_asked_each_time(site: Site, cache_folder: Path) -> None:
    site.install("sample", provider("return answer(a=['1'])"), editable=True)
    assert [source(detect()), source(detect())] == ["run", "run"]
    assert detect().notes == ()
    assert not cache_folder.exists()


@pytest.mark.parametrize("part", ["cpu", "kernel", "boot", "python"])
def test_another_host_or_interpreter(runs: Callable[[], int], monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    detect()
    key = identity.make_host_key()
    assert key[part] != ""
    monkeypatch.setattr(cache_module, "make_host_key", lambda: {**key, part: "another"})
    assert source(detect()) == "run"
    assert source(detect()) == "cache"
    monkeypatch.setattr(cache_module, "make_host_key", lambda: key)
    assert source(detect()) == "cache"  # the first machine's answer is still there
    assert runs() == 2


def test_another_version_or_other_files(site: Site, tmp_path: Path, runs: Callable[[], int]) -> None:
    detect()
    install(site, tmp_path / "runs", version="1.1")
    assert source(detect()) == "run"
    install(site, tmp_path / "runs", version="1.1", run="return  answer(a=['2'])")
    assert source(detect()) == "run"
    assert runs() == 3


def test_another_entry_point(site: Site, tmp_path: Path, runs: Callable[[], int]) -> None:
    detect()
    points = site.path / "sample_plugin-1.dist-info" / "entry_points.txt"
    points.write_text(points.read_text().replace("sample = sample:P", "renamed = sample:P"))
    assert source(detect()) == "run"
    assert runs() == 2


@pytest.mark.parametrize("run", ["return None", "raise ValueError"])
@pytest.mark.parametrize(("age", "again"), [(SHORT_LIFE + 10, True), (SHORT_LIFE - 60, False), (-10, True)])
def test_nothing_and_failures_are_kept_for_minutes(
    run: str, age: float, again: bool, site: Site, tmp_path: Path, cache_folder: Path
) -> None:
    install(site, tmp_path / "runs", run=run)
    detect()
    make_older(the_file(cache_folder), age)
    detect()
    assert len((tmp_path / "runs").read_text()) == 1 + again


@pytest.mark.parametrize("age", [LONGEST_LIFE + 10, -10])
def test_age(runs: Callable[[], int], cache_folder: Path, monkeypatch: pytest.MonkeyPatch, age: float) -> None:
    """Too old, or from the future, as after a clock was set back."""
    detect()
    make_older(the_file(cache_folder), age)
    assert source(detect()) == "run"
    assert source(detect()) == "cache"
    assert runs() == 2


def test_nearly_a_day_is_not_too_old(runs: Callable[[], int], cache_folder: Path) -> None:
    detect()
    make_older(the_file(cache_folder), LONGEST_LIFE - 600)
    assert source(detect()) == "cache"


@posix
@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"DUALVARIANT_CACHE_DIR": "/x"}, "/x/providers"),
        ({"XDG_CACHE_HOME": "/y"}, None if sys.platform == "darwin" else "/y/dualvariant/providers"),
    ],
)
def test_where_it_is(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str | None) -> None:
    monkeypatch.delenv("DUALVARIANT_CACHE_DIR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    if expected is not None:
        assert Path(expected) == cache_directory()


def test_no_home(runs: Callable[[], int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user without a home directory has no cache, and none appears in the working directory."""
    import platformdirs

    monkeypatch.delenv("DUALVARIANT_CACHE_DIR")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: "~/.cache/dualvariant")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*.json"))
    assert None is cache_directory()
    assert [source(detect()), source(detect())] == ["run", "run"]
    assert detect().notes == ()
    assert before == sorted(tmp_path.rglob("*.json"))


def test_old_files_are_removed(runs: Callable[[], int], cache_folder: Path) -> None:
    """Those of ours, and no other."""
    detect()
    dead = cache_folder / f"sample-{'0' * 24}.json"
    half = cache_folder / f".{dead.name}.abc_123.part"
    foreign = cache_folder / "notes.json"
    for path in (dead, half, foreign):
        path.write_text("x")
        os.utime(path, (0, time.time() - LONGEST_LIFE - 60))
    young = cache_folder / f"sample-{'1' * 24}.json"
    young.write_text("x")
    young.chmod(0o600)
    detect(refresh=True)
    assert (dead.exists(), half.exists()) == (False, False)
    assert (foreign.exists(), young.exists()) == (True, True)


@posix
def test_readable_files_of_0_1_0_are_removed(runs: Callable[[], int], cache_folder: Path) -> None:
    detect()
    old = cache_folder / f"sample-{'2' * 24}.json"
    old.write_text("{}")
    old.chmod(0o644)
    detect(refresh=True)
    assert not old.exists()


@posix
def test_only_the_user_can_read_the_answers(site: Site, tmp_path: Path, cache_folder: Path) -> None:
    install(site, tmp_path / "runs", more="__depends_on__ = ('env:HOME',)")
    before = os.umask(0)
    try:
        detect()
    finally:
        os.umask(before)
    (key,) = (tmp_path / "state").rglob("*.key")
    for path in (cache_folder, the_file(cache_folder), key):
        assert path.stat().st_mode & 0o077 == 0


def test_many_processes_at_once(site: Site, runs: Callable[[], int], cache_folder: Path) -> None:
    """Some refresh, some read: all get the answer, and what stays is one whole file."""
    script = f"""
import sys
from dualvariant.host import detect as module
from dualvariant.host.discovery import installed_distributions
module.installed_distributions = lambda: installed_distributions([{str(site.path)!r}])
for _ in range(5):
    found = module.detect(refresh=sys.argv[1] == "refresh")
    assert not found.failures and not found.notes, found
    print(found.profile.digest)
"""
    path = os.pathsep.join([str(site.path), *filter(None, [os.environ.get("PYTHONPATH")])])
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, what],
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for what in ["refresh", "read"] * 3
    ]
    told = [process.communicate() for process in processes]
    assert {""} == {error for _, error in told}
    assert [5 * f"{detect().profile.digest}\n"] * 6 == [out for out, _ in told]
    the_file(cache_folder)
