"""An answer is kept while all it depends on is the same; whatever is wrong with the cache only costs a detection."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dualvariant.host import cache as cache_module
from dualvariant.host import identity
from dualvariant.host._depends import read_state
from dualvariant.host.cache import LONGEST_LIFE, SHORT_LIFE, cache_directory
from dualvariant.host.detect import Detection, detect
from sample_plugins import Site, provider
from variantlib.cpu import probes as cpu

posix = pytest.mark.skipif(os.name != "posix", reason="a POSIX file system")


@pytest.fixture
def runs(site: Site, tmp_path: Path) -> Callable[[], int]:
    """Install a provider that notes each run; returns how often it was run."""
    log = tmp_path / "runs"
    log.touch()
    install(site, log)
    return lambda: len(log.read_text())


def install(site: Site, log: Path, *, more: str = "", run: str = "", version: str = "1.0") -> None:
    note = f"with open({str(log)!r}, 'a') as file:\n    file.write('.')\n"
    source = provider(f"{note}{run or 'return answer(a=[{!r}])'.format('1')}", more=more)
    site.install("sample", source, version=version)


def source(detection: Detection) -> str:
    [answer] = detection.answers
    assert detection.failures == ()
    return answer.source


def the_file(folder: Path) -> Path:
    [path] = folder.iterdir()
    return path


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


def test_the_cpu_is_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity.make_host_key()
    monkeypatch.setattr(cpu, "identity", lambda: b"another")
    after = identity.make_host_key()
    assert {"cpu"} == {part for part in before if before[part] != after[part]}


@posix
def test_the_spelling_of_the_interpreter_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment has one key, by whatever path it is reached; another environment has another."""
    paths = {}
    for name in ("one", "two"):
        folder = tmp_path / name / "bin"
        folder.mkdir(parents=True)
        (folder / "python").symlink_to(sys.executable)  # as in a virtual environment
        paths[name] = str(folder / "python")
    (tmp_path / "link").symlink_to(tmp_path / "one")
    spellings = [paths["one"], f"{tmp_path}/one/bin/../bin/python", f"{tmp_path}/link/bin/python", paths["two"]]

    def key(path: str) -> str:
        monkeypatch.setattr(sys, "executable", path)
        return identity.make_host_key()["python"]

    one, dotted, linked, two = map(key, spellings)
    assert one == dotted == linked != two
    assert one.startswith(os.path.realpath(tmp_path))
    assert key("") == f" {sys.version}"


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


def test_values_of_variables_are_in_no_file(
    site: Site, tmp_path: Path, cache_folder: Path, runs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor can a guess be checked with the cache alone; a state directory that cannot be used costs a detection."""
    install(site, tmp_path / "runs", more="__depends_on__ = ('env:SAMPLE_TOKEN',)")
    monkeypatch.setenv("SAMPLE_TOKEN", "hunter2")
    assert [source(detect()), source(detect())] == ["run", "cache"]
    content = the_file(cache_folder).read_bytes()
    (key,) = (tmp_path / "state").rglob("*.key")
    assert b"hunter2" not in content
    for secret in (b"hunter2", b"env:SAMPLE_TOKEN=hunter2"):
        for algorithm in hashlib.algorithms_guaranteed - {"shake_128", "shake_256"}:
            assert hashlib.new(algorithm, secret).hexdigest().encode() not in content
    key.write_bytes(os.urandom(32))
    assert [source(detect()), source(detect())] == ["run", "cache"]
    key.write_bytes(b"damaged")
    assert [source(detect()), source(detect())] == ["run", "cache"]
    shutil.rmtree(tmp_path / "state")
    (tmp_path / "state").write_text("in the way")
    assert [source(detect()), source(detect())] == ["run", "run"]
    monkeypatch.delenv("SAMPLE_TOKEN")
    assert [source(detect()), source(detect())] == ["run", "cache"]  # there is no value to keep


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


@posix
def test_readable_files_of_0_1_0_are_removed(runs: Callable[[], int], cache_folder: Path) -> None:
    detect()
    old = cache_folder / f"sample-{'2' * 24}.json"
    old.write_text("{}")
    old.chmod(0o644)
    detect(refresh=True)
    assert not old.exists()


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


def spoiled(path: Path) -> list[tuple[str, bytes]]:
    """Everything that may stand in a file of ours without being an answer."""
    good = path.read_bytes()
    document = json.loads(good)
    key, answer = document["key"], document["answer"]

    def with_(**changes: object) -> bytes:
        return json.dumps({**document, **changes}).encode()

    config = answer["config"]
    return [
        ("empty", b""),
        ("half-written", good[: len(good) // 2]),
        ("all but the end", good[:-1]),
        ("binary", bytes(range(256))),
        ("no UTF-8", b'"\xff"'),
        ("deep", b"[" * 100_000),
        ("null", b"null"),
        ("a list", b"[]"),
        ("a number", b"3"),
        ("an empty object", b"{}"),
        ("of version 0.1.0", with_(key={name: value for name, value in key.items() if name != "contract"})),
        ("another schema", with_(schema="dualvariant/provider-answer/0")),
        ("another key", with_(key={**key, "cpu": "another"})),
        ("a key that is a list", with_(key=[])),
        ("time as text", with_(detected_at="now")),
        ("time not a number", with_(detected_at=float("nan"))),
        ("time without end", with_(detected_at=float("inf"))),
        ("time too large", with_(detected_at=10**400)),
        ("answer null", with_(answer=None)),
        ("answer without a name", with_(answer={**answer, "name": None})),
        ("answer of another", with_(answer={**answer, "name": "other"})),
        ("version a number", with_(answer={**answer, "version": 1})),
        ("depends on a list", with_(answer={**answer, "depends_on": []})),
        ("depends on nonsense", with_(answer={**answer, "depends_on": {"relative": None}})),
        ("depends on a zero byte", with_(answer={**answer, "depends_on": {"/\0": None}})),
        ("config a list", with_(answer={**answer, "config": []})),
        ("config of text", with_(answer={**answer, "config": "x"})),
        ("config without keys", with_(answer={**answer, "config": {**config, "configs": []}})),
        (
            "a value that is none",
            with_(
                answer={
                    **answer,
                    "config": {**config, "configs": [{"key": "a", "values": ["x y"]}]},
                }
            ),
        ),
        ("too large", good + b" " * (5 << 20)),
    ]


def test_a_spoiled_file_costs_a_detection(runs: Callable[[], int], cache_folder: Path) -> None:
    expected = detect().profile
    path = the_file(cache_folder)
    for number, (what, content) in enumerate(spoiled(path), 2):
        path.write_bytes(content)
        again = detect()
        assert (source(again), again.notes) == ("run", ()), what
        assert expected == again.profile, what
        assert number == runs(), what
        assert source(detect()) == "cache", f"{what}: not repaired"


def spoil_with_folder(path: Path) -> None:
    path.unlink()
    (path / "x").mkdir(parents=True)


def spoil_with_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def spoil_with_dead_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def spoil_with_endless_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


@posix
@pytest.mark.parametrize(
    "spoil",
    [spoil_with_folder, spoil_with_pipe, spoil_with_dead_link, spoil_with_endless_device],
)
def test_something_that_is_no_file(runs: Callable[[], int], cache_folder: Path, spoil: Callable[[Path], None]) -> None:
    detect()
    spoil(the_file(cache_folder))
    assert source(detect()) == "run"
    assert runs() == 2


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else(runs: Callable[[], int], cache_folder: Path) -> None:
    detect()
    os.chown(the_file(cache_folder), 12345, -1)
    assert source(detect()) == "run"
    assert os.geteuid() == the_file(cache_folder).stat().st_uid


def test_the_cache_is_a_file(runs: Callable[[], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("in the way")
    for number in (1, 2):
        detection = detect()
        assert ("run", number) == (source(detection), runs())
        [note] = detection.notes
        assert str(tmp_path / "cache") in note


@posix
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a place where root cannot write")
def test_a_place_where_nobody_can_write(runs: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALVARIANT_CACHE_DIR", "/proc/self/cache")
    detection = detect()
    assert source(detection) == "run"
    assert len(detection.notes) == 1


def test_a_kept_answer_in_a_read_only_folder(runs: Callable[[], int], cache_folder: Path) -> None:
    detect()
    cache_folder.chmod(0o555)
    try:
        assert (source(again := detect()), again.notes) == ("cache", ())
    finally:
        cache_folder.chmod(0o755)


@posix
def test_a_full_disk(site: Site, runs: Callable[[], int], cache_folder: Path) -> None:
    """The write fails half-way: nothing half-written stays, and the answer is used all the same."""
    script = f"""
import resource, sys
from dualvariant.host import detect as module
from dualvariant.host.discovery import installed_distributions
module.installed_distributions = lambda: installed_distributions([{str(site.path)!r}])
resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
found = module.detect()
print(found.profile.names, len(found.notes), found.failures)
"""
    path = os.pathsep.join([str(site.path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-B", "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("['sample'] 1 ()\n", "", 0)
    assert list(cache_folder.iterdir()) == []


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
