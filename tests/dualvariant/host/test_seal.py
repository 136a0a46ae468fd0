"""Values of environment variables cannot be read or guessed from the cache."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dualvariant.host.detect import detect
from kept_answers import install, source, the_file
from sample_plugins import Site


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
