"""Lock files: the hashes that each format has for a release."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.refit.project_locks import Locked, find_locked

KEY = (NormalizedName("demo-one"), Version("1.0"))
A, B = "a" * 64, "b" * 64
UV = f"""
version = 1
[[package]]
name = "demo-one"
version = "1.0"
source = {{ registry = "https://pypi.org/simple" }}
sdist = {{ url = "https://x/demo.tar.gz", hash = "sha256:{A}" }}
wheels = [{{ url = "https://x/demo.whl", hash = "sha256:{B}" }}]
[[package]]
name = "project"
source = {{ editable = "." }}
"""
POETRY = f"""
[[package]]
name = "Demo_One"
version = "1.0"
files = [{{file = "demo.whl", hash = "sha256:{B}"}}, {{file = "demo.tar.gz", hash = "sha256:{A.upper()}"}}]
"""
PYLOCK = f"""
lock-version = "1.0"
[[packages]]
name = "demo-one"
version = "1.0"
wheels = [{{ name = "demo.whl", url = "https://x/demo.whl", hashes = {{ sha256 = "{B}" }} }}]
sdist = {{ name = "demo.tar.gz", hashes = {{ sha256 = "{A}" }} }}
"""


@pytest.mark.parametrize(
    ("name", "text"), [("uv.lock", UV), ("poetry.lock", POETRY), ("pdm.lock", POETRY), ("pylock.toml", PYLOCK)]
)
def test_the_hashes_of_each_format(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert find_locked([tmp_path, tmp_path]) == {KEY: [Locked(tmp_path / name, frozenset({A, B}))]}


@pytest.mark.parametrize(
    "text", ["", "[[package", "package = 3", "[[package]]\nname = 3\nversion = '1'", "package = [1]"]
)
def test_a_file_that_is_no_lock_says_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text(text)
    assert find_locked([tmp_path]) == {}


def test_a_release_that_a_lock_has_twice_may_have_the_hashes_of_both(tmp_path: Path) -> None:
    """uv writes a release twice where other machines get it from another source."""
    package = '[[package]]\nname = "demo"\nversion = "1.0"\nwheels = [{{ url = "u", hash = "sha256:{}" }}]\n'
    (tmp_path / "uv.lock").write_text(package.format("a" * 64) + package.format("b" * 64))
    ((locked,),) = find_locked([tmp_path]).values()
    assert locked.sha256 == {"a" * 64, "b" * 64}
