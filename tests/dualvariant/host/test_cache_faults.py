"""A fault of the cache only costs a detection: damaged files, a place that cannot be written, a full disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dualvariant.host.detect import detect
from kept_answers import posix, source, the_file
from sample_plugins import Site


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
        ("depends on something of another form", with_(answer={**answer, "depends_on": {"relative": None}})),
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
    """The write fails in the middle: nothing of it stays, and the answer is used."""
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
