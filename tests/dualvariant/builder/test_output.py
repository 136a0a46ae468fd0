"""The names of wheels in the output folder."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from dualvariant.builder.run.output import find_wheel, remove_wheel, rename_wheel, store_wheel
from dualvariant.core.report import Reporter
from dualvariant.static_index import write_index
from natives import V3
from samples import make_wheel

NAME = "tiny-1.0-py3-none-any.whl"
ENDINGS = (".pending", ".rejected")
ENDINGS_OF_0_1_0 = (".unproven", ".refused")


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_accepted_wheel_gets_its_name(tmp_path: Path) -> None:
    path = store_wheel(tmp_path, NAME, b"wheel")
    assert files(tmp_path) == [f"{NAME}.pending"]
    assert rename_wheel(path, NAME, accepted=True).name == NAME
    assert files(tmp_path) == [NAME]


def test_a_rejected_wheel_keeps_another_name_until_it_is_accepted(tmp_path: Path) -> None:
    path = rename_wheel(store_wheel(tmp_path, NAME, b"wheel"), NAME, accepted=False)
    assert files(tmp_path) == [f"{NAME}.rejected"]
    assert rename_wheel(path, NAME, accepted=False) == path
    assert rename_wheel(path, NAME, accepted=True).name == NAME
    assert files(tmp_path) == [NAME]


def test_a_new_wheel_replaces_all_files_of_an_earlier_one(tmp_path: Path) -> None:
    rename_wheel(store_wheel(tmp_path, NAME, b"old"), NAME, accepted=True)
    path = store_wheel(tmp_path, NAME, b"new")
    assert files(tmp_path) == [f"{NAME}.pending"]
    (tmp_path / NAME).write_bytes(b"another")
    rename_wheel(path, NAME, accepted=False)
    assert files(tmp_path) == [f"{NAME}.rejected"]


@pytest.mark.parametrize("ending", ["", *ENDINGS, *ENDINGS_OF_0_1_0])
def test_a_wheel_is_found_by_its_content_under_each_ending(tmp_path: Path, ending: str) -> None:
    digest = hashlib.sha256(b"wheel").hexdigest()
    assert find_wheel(tmp_path, NAME, digest) is None
    path = tmp_path / f"{NAME}{ending}"
    path.write_bytes(b"wheel")
    assert find_wheel(tmp_path, NAME, digest) == path
    assert find_wheel(tmp_path, NAME, "0" * 64) is None
    remove_wheel(tmp_path, NAME)
    assert files(tmp_path) == []


@pytest.mark.parametrize("ending", ENDINGS_OF_0_1_0)
def test_files_of_0_1_0_do_not_stay_beside_new_ones(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"{NAME}{ending}").write_bytes(b"old")
    store_wheel(tmp_path, NAME, b"new")
    assert files(tmp_path) == [f"{NAME}.pending"]


def test_an_index_skips_wheels_that_are_not_accepted(tmp_path: Path) -> None:
    standard = make_wheel(tmp_path, "tiny", "1.0")
    for ending in (*ENDINGS, *ENDINGS_OF_0_1_0):
        variant = make_wheel(tmp_path, "tiny", "1.0", properties=[V3])
        variant.rename(variant.with_name(variant.name + ending))
    assert write_index(tmp_path, Reporter()).wheels == 1
    page = (tmp_path / "simple" / "tiny" / "index.html").read_text()
    assert standard.name in page and "~" not in page


def test_a_full_disk_leaves_the_earlier_files(tmp_path: Path) -> None:
    """On a file system of its own, in a namespace."""
    mount = f"mount -t tmpfs -o size=64k none {tmp_path}"
    shell = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-c"]
    if subprocess.run([*shell, mount], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here in a namespace")
    code = (
        "import sys; from pathlib import Path; from dualvariant.builder.run.output import store_wheel\n"
        "folder, name = Path(sys.argv[1]), sys.argv[2]\n"
        "(folder / name).write_bytes(b'old')\n"
        "try:\n    store_wheel(folder, name, bytes(100_000))\n"
        "except OSError as error:\n    print(error.strerror, sorted(p.name for p in folder.iterdir()))\n"
    )
    script = f'{mount} && exec "$@"'
    command = [*shell, script, "sh", sys.executable, "-c", code, str(tmp_path), NAME]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"No space left on device ['{NAME}']\n"
