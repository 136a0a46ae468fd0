"""What is said of finished wheels that are tested."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.run.acceptance import try_wheels
from dualvariant.builder.run.result import BuildResult
from dualvariant.core.platforms import find_host_platform
from dualvariant.core.processes import Children
from indexed_folders import Recorder
from samples import make_wheel


class Interrupted(Children):
    """Ctrl-C comes while the wheel is installed, which is what the second process does."""

    count = 0

    def run(self, *arguments: Any, **options: Any) -> None:
        self.count += 1
        if self.count == 2:
            self.stop()
        super().run(*arguments, **options)


@pytest.mark.parametrize(("children", "says"), [(Children(), True), (Interrupted(), False)])
def test_a_wheel_whose_test_was_interrupted_has_not_failed(children: Children, says: bool, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo", "1.0", body="raise RuntimeError")
    place = find_host_platform()
    assert place is not None
    result = BuildResult(Job(place, None), tmp_path / "build.log", 1.0, wheel.name, wheel)
    reporter = Recorder()
    (tmp_path / "scratch").mkdir()
    try_wheels([result], tmp_path / "scratch", tmp_path, 1, children, reporter, lambda *_: None)
    assert any("failed" in line for line in reporter.messages) == says
