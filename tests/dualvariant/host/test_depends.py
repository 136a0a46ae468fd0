"""What an answer depends on: variables, files and libraries that its provider names."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dualvariant.host._depends import read_state
from dualvariant.host.detect import detect
from kept_answers import install, posix, source
from sample_plugins import Site


def test_a_variable_that_it_depends_on(
    site: Site, tmp_path: Path, runs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, tmp_path / "runs", more="__depends_on__ = ('env:SAMPLE_DRIVER',)")
    monkeypatch.delenv("SAMPLE_DRIVER", raising=False)
    said = []
    for value in [None, None, "", "", "1", "1", "2", None]:
        if value is None:
            monkeypatch.delenv("SAMPLE_DRIVER", raising=False)
        else:
            monkeypatch.setenv("SAMPLE_DRIVER", value)
        said.append(source(detect()))
    assert said == ["run", "cache", "run", "cache", "run", "cache", "run", "run"]
    assert runs() == 5


def test_a_file_that_it_depends_on(site: Site, tmp_path: Path, runs: Callable[[], int]) -> None:
    version = tmp_path / "driver"
    install(site, tmp_path / "runs", more=f"__depends_on__ = [{str(version)!r}]")
    said = [source(detect()), source(detect())]
    version.write_text("1")
    said += [source(detect()), source(detect())]
    version.write_text("22")
    said += [source(detect()), source(detect())]
    os.utime(version, ns=(0, version.stat().st_mtime_ns + 1))
    said += [source(detect()), source(detect())]
    version.unlink()
    said += [source(detect()), source(detect())]
    assert said == ["run", "cache"] * 5
    assert runs() == 5


def test_a_file_that_changes_during_the_run(site: Site, tmp_path: Path) -> None:
    """The state is taken before: the answer may be from the old file."""
    version = tmp_path / "driver"
    version.write_text("1")
    run = f"open({str(version)!r}, 'a').write('2')\nreturn answer(a=['1'])"
    install(site, tmp_path / "runs", more=f"__depends_on__ = [{str(version)!r}]", run=run)
    assert [source(detect()), source(detect())] == ["run", "run"]


@posix
def test_a_library_that_the_author_names(
    site: Site, tmp_path: Path, runs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever loads it: here nothing does."""
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path / "lib"))
    install(site, tmp_path / "runs", more="__depends_on__ = ['lib:libsample_driver.so.1']")
    said = [source(detect()), source(detect())]
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/libsample_driver.so.1").write_text("1")
    said += [source(detect()), source(detect())]
    assert said == ["run", "cache"] * 2
    assert runs() == 2


@posix
def test_every_library_that_the_loader_lists_is_found() -> None:
    """Against ldconfig, which reads the same file."""
    program = shutil.which("ldconfig", path="/sbin:/usr/sbin:/bin:/usr/bin")
    if program is None:
        pytest.skip("no ldconfig")
    listed = subprocess.run([program, "-p"], capture_output=True, text=True, check=True).stdout
    pairs = [(line.split()[0], line.rpartition("=> ")[2]) for line in listed.splitlines() if "=> " in line]
    assert pairs
    for soname, path in pairs:
        state = read_state(f"lib:{soname}")
        if Path(path).exists():
            assert isinstance(state, list) and path in {entry[0] for entry in state if isinstance(entry, list)}
    assert read_state("lib:libnothing_of_that_name.so.1") is None
