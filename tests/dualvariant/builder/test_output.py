"""Under which name a wheel lies in the output folder."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from dualvariant.builder.run.output import find, remove, settle, store
from dualvariant.core.report import Reporter
from dualvariant.static_index import write_index
from natives import V3
from samples import make_wheel

NAME = "tiny-1.0-py3-none-any.whl"


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_wheel_has_its_name_when_it_is_proven(tmp_path: Path) -> None:
    path = store(tmp_path, NAME, b"wheel")
    assert files(tmp_path) == [f"{NAME}.unproven"]
    assert settle(path, NAME, good=True).name == NAME
    assert files(tmp_path) == [NAME]


def test_one_that_is_not_what_it_says_has_another(tmp_path: Path) -> None:
    path = settle(store(tmp_path, NAME, b"wheel"), NAME, good=False)
    assert files(tmp_path) == [f"{NAME}.refused"]
    assert settle(path, NAME, good=False) == path
    assert settle(path, NAME, good=True).name == NAME
    assert files(tmp_path) == [NAME]


def test_what_an_earlier_run_made_does_not_stay_beside_it(tmp_path: Path) -> None:
    settle(store(tmp_path, NAME, b"old"), NAME, good=True)
    path = store(tmp_path, NAME, b"new")
    assert files(tmp_path) == [f"{NAME}.unproven"]
    (tmp_path / NAME).write_bytes(b"another")
    settle(path, NAME, good=False)
    assert files(tmp_path) == [f"{NAME}.refused"]


def test_it_is_found_by_what_is_in_it_whatever_it_is_called(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"wheel").hexdigest()
    assert find(tmp_path, NAME, digest) is None
    for path in (store(tmp_path, NAME, b"wheel"), tmp_path / NAME, tmp_path / f"{NAME}.refused"):
        remove(tmp_path, NAME)
        path.write_bytes(b"wheel")
        assert find(tmp_path, NAME, digest) == path
        assert find(tmp_path, NAME, "0" * 64) is None


def test_no_index_takes_what_is_not_proven(tmp_path: Path) -> None:
    standard = make_wheel(tmp_path, "tiny", "1.0")
    for ending in (".unproven", ".refused"):
        variant = make_wheel(tmp_path, "tiny", "1.0", properties=[V3])
        variant.rename(variant.with_name(variant.name + ending))
    assert write_index(tmp_path, Reporter()).wheels == 1
    page = (tmp_path / "simple" / "tiny" / "index.html").read_text()
    assert standard.name in page and "~" not in page


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """On a file system of its own, in a namespace."""
    mount = f"mount -t tmpfs -o size=64k none {tmp_path}"
    shell = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-c"]
    if subprocess.run([*shell, mount], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here in a namespace")
    code = (
        "import sys; from pathlib import Path; from dualvariant.builder.run.output import store\n"
        "folder, name = Path(sys.argv[1]), sys.argv[2]\n"
        "(folder / name).write_bytes(b'old')\n"
        "try:\n    store(folder, name, bytes(100_000))\n"
        "except OSError as error:\n    print(error.strerror, sorted(p.name for p in folder.iterdir()))\n"
    )
    script = f'{mount} && exec "$@"'
    command = [*shell, script, "sh", sys.executable, "-c", code, str(tmp_path), NAME]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"No space left on device ['{NAME}']\n"
