"""The modules that a cheap command loads."""

from __future__ import annotations

import subprocess
import sys

import pytest


def loaded_by(*arguments: str, code: int = 0) -> set[str]:
    """The modules that Python loads to run this, beyond those of Python itself doing nothing."""
    return _loaded(*arguments, code=code) - _loaded("-c", "pass")


def _loaded(*arguments: str, code: int = 0) -> set[str]:
    done = subprocess.run([sys.executable, "-X", "importtime", *arguments], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines[1:]}


def strangers(modules: set[str]) -> set[str]:
    """The top levels among them that are neither the standard library's nor ours."""
    return {name.split(".")[0] for name in modules} - sys.stdlib_module_names - {"dualvariant"}


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_saying_who_we_are_loads_next_to_nothing(argument: str) -> None:
    """Not attrs, not packaging, not urllib3; not even argparse and variantlib."""
    modules = loaded_by("-m", "dualvariant", argument)
    assert strangers(modules) == set()
    assert not modules & {
        "argparse",
        "json",
        "re",
        "email",
        "http",
        "socket",
        "ssl",
        "subprocess",
        "importlib.metadata",
    }
    assert {name for name in modules if name.startswith("dualvariant")} == {"dualvariant", "dualvariant.cli"}
    assert len(modules) <= 25, sorted(modules)


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    modules = loaded_by("-c", "import dualvariant.cli")
    assert not modules & {"urllib3", "http.server", "cpuinfo", "platformdirs", "packaging", "attr", "attrs", "filelock"}


@pytest.mark.parametrize("command", ["host", "cache", "plugins"])
def test_the_help_of_a_command_that_asks_no_network_loads_no_network(command: str) -> None:
    modules = loaded_by("-m", "dualvariant", command, "--help")
    assert not modules & {"urllib3", "http.server", "http.client", "ssl", "cpuinfo", "dualvariant_providers"}


@pytest.mark.parametrize("arguments", [["list"], ["check"], ["explain", "--no-index", "-f", ".", "nothing"]])
def test_looking_at_an_interpreter_loads_no_engine(arguments: list[str]) -> None:
    code = 3 if arguments[0] == "explain" else 0
    modules = loaded_by("-m", "dualvariant", *arguments, "--python", sys.executable, code=code)
    assert "dualvariant.target.probe" in modules
    assert not {name for name in modules if name.startswith("dualvariant.engines")}
