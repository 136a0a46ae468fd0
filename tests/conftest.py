"""Fixtures that many tests share; the modules in ``support`` are on pytest's path."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import clients
from processes import undo_ignored_signals
from property_tests import choose_seed, register_profiles
from tool import Tool

#: The variable that lets the tests import the source tree (``nox -s quick`` sets it).
TEST_TREE = "DUALVARIANT_TEST_TREE"

undo_ignored_signals()
register_profiles()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed of the property tests before Hypothesis reads it; a worker of pytest-xdist gets it from here."""
    seed = getattr(config, "workerinput", {}).get("hypothesis_seed") or config.getoption("hypothesis_seed")
    config.option.hypothesis_seed = choose_seed(config.getoption("hypothesis_profile"), seed)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give the seed to a worker of pytest-xdist."""
    node.workerinput["hypothesis_seed"] = node.config.option.hypothesis_seed


def pytest_report_header(config: pytest.Config) -> str | None:
    """Print the seed, so that a run can be repeated."""
    seed = config.getoption("hypothesis_seed")
    return None if seed is None else f"property tests: --hypothesis-seed={seed} repeats this run"


#: The longest tests begin first: else one worker is still at them when the others have nothing left.
LONGEST = frozenset({"law", "test_other_cpus.py", "test_real_packages.py"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first.

    Those of the wheel are left out where the source tree is tested: building it takes longer than they do.
    """
    items.sort(key=lambda item: LONGEST.isdisjoint(item.path.parts))
    if not os.environ.get(TEST_TREE):
        return
    for item in items:
        if "built_wheel" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=f"{TEST_TREE} is set: no wheel is built"))


@pytest.fixture(autouse=True)
def _same_signals() -> Iterator[None]:
    """A test leaves signals as they were: the processes of all later tests inherit those that are ignored."""
    before = _handlers()
    yield
    after = _handlers()
    for number in before:
        signal.signal(number, before[number])
    assert after == before


@pytest.fixture(autouse=True)
def _same_tracer() -> Iterator[None]:
    """A test leaves the trace function as it was: otherwise, nothing that its worker runs later counts as covered."""
    before = sys.gettrace()
    yield
    after = sys.gettrace()
    if after is not before:
        sys.settrace(before)
    assert after is before


def _handlers() -> dict[int, Any]:
    names = ("SIGTERM", "SIGHUP", "SIGINT", "SIGCHLD", "SIGPIPE")  # SIGALRM is pytest-timeout's
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    return {number: signal.getsignal(number) for number in numbers}


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the answers of this machine's providers are kept."""
    return tmp_path_factory.mktemp("answers")


@pytest.fixture
def tool(tmp_path: Path, answers: Path) -> Iterator[Tool]:
    """The command under test; a process that the test leaves behind is ended with the test."""
    tool = Tool(tmp_path / "home")
    tool.share_answers(answers)
    yield tool
    tool.end_processes()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """The interpreter of a new environment with the newest pip."""
    return clients.make_target(tmp_path / "target")


@pytest.fixture(scope="session", autouse=True)
def installed_wheel() -> None:
    """Check that the tests import the installed wheel, not the source tree."""
    import dualvariant

    root = Path(__file__).resolve().parent.parent
    tree = Path(dualvariant.__file__).is_relative_to(root / "resolver")
    assert not tree or os.environ.get(TEST_TREE), (
        "dualvariant is imported from the source tree: install its wheel ('make test' does), or set"
        f" {TEST_TREE}=1 to test the tree"
    )


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxies of this machine do not count."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
