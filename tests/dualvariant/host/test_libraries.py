"""Libraries that a provider loads: its answer depends on them, and its author has done nothing for it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dualvariant.host.detect import Detection, detect
from kept_answers import install, posix
from sample_plugins import Site

#: A provider that has something to say where a library is there, written as its author would.
_USES_LIBRARY = """
import ctypes
try:
    library = ctypes.CDLL({name!r})
except OSError:
    return None
return answer(value=[str(library.get_value())])
"""


def make_library(folder: Path, value: int) -> Path:
    """Compile a shared library with one function."""
    folder.mkdir(exist_ok=True)
    source = folder / "sample.c"
    source.write_text(f"int get_value(void) {{ return {value}; }}")
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")
    part = folder / "part"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(part), str(source)], check=True)
    return part.replace(folder / "libsample_driver.so.1")


def values(detection: Detection) -> list[str]:
    return [value for p in detection.profile.providers for config in p.configs for value in config.values]


@posix
@pytest.mark.parametrize("by_path", [False, True])
def test_a_library_that_comes_changes_and_goes(
    by_path: bool, site: Site, tmp_path: Path, runs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider's author has done nothing for it."""
    folder = tmp_path / "lib"
    name = str(folder / "libsample_driver.so.1") if by_path else "libsample_driver.so.1"
    install(site, tmp_path / "runs", run=_USES_LIBRARY.format(name=name))
    monkeypatch.setenv("LD_LIBRARY_PATH", str(folder))
    seen = [values(detect()), values(detect())]
    for value in (1, 2):
        make_library(folder, value)
        seen += [values(detect()), values(detect())]
    (folder / "libsample_driver.so.1").unlink()
    seen += [values(detect()), values(detect())]
    assert seen == [[], [], ["1"], ["1"], ["2"], ["2"], [], []]
    assert runs() == 4


@posix
def test_a_library_that_a_variable_shows(
    site: Site, tmp_path: Path, runs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_library(tmp_path / "lib", 3)
    install(site, tmp_path / "runs", run=_USES_LIBRARY.format(name="libsample_driver.so.1"))
    seen = []
    for folders in (None, tmp_path / "lib", tmp_path / "lib", None):
        if folders is None:
            monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
        else:
            monkeypatch.setenv("LD_LIBRARY_PATH", f"/nonexistent:{folders}")
        seen.append(values(detect()))
    assert seen == [[], ["3"], ["3"], []]
    assert runs() == 3


@posix
def test_a_library_that_makes_it_fail(
    site: Site, tmp_path: Path, runs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure ends with its reason, not minutes later."""
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path / "lib"))
    run = "import ctypes\nreturn answer(value=[str(ctypes.CDLL('libsample_driver.so.1').get_value())])"
    install(site, tmp_path / "runs", run=run)
    assert (len(detect().failures), len(detect().failures)) == (1, 1)
    make_library(tmp_path / "lib", 4)
    assert values(detect()) == ["4"]
    assert runs() == 2


#: Ways to end without an answer: by itself, by the system, by the supervisor.
_ENDS = {
    "a crash": "os.kill(os.getpid(), 11)",
    "an exit": "os._exit(3)",
    "a hang": "time.sleep(1000)",
    "a large answer": "os.write(1, b'x')\nreturn answer(a=['x' * 2_000_000])",
}


@posix
@pytest.mark.parametrize("end", _ENDS)
def test_a_provider_that_ends_without_an_answer_is_asked_again_when_a_cause_changes(
    end: str, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it names, the library that it was about to load, and where libraries and programs are found."""
    monkeypatch.setenv("DUALVARIANT_PROVIDER_TIMEOUT", "1" if end == "a hang" else "30")
    folder = tmp_path / "lib"
    folder.mkdir()
    load = "import ctypes\ntry:\n    ctypes.CDLL('libsample_driver.so.1')\nexcept OSError:\n    pass\n"
    named = f"__depends_on__ = ['env:SAMPLE_DEVICES', {str(tmp_path / 'device')!r}]"
    install(site, tmp_path / "runs", more=named, run=load + _ENDS[end])
    changes: list[Callable[[], object]] = [
        lambda: None,
        lambda: monkeypatch.setenv("LD_LIBRARY_PATH", str(folder)),
        lambda: monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin"),
        lambda: monkeypatch.setenv("SAMPLE_DEVICES", "1"),
        (tmp_path / "device").touch,
        lambda: (folder / "libsample_driver.so.1").write_text("no library"),
    ]
    for change in changes[:2] if end == "a hang" else changes:  # where it hangs before it has told what it names
        change()
        (first,), (second,) = detect().failures, detect().failures
        assert (first.source, second.source) == ("run", "cache")
