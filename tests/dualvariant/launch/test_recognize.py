"""Which command line is which tool, and what it gets."""

from __future__ import annotations

import inspect
import re
import subprocess
from pathlib import Path

import pytest

import clients
from dualvariant.launch import environments
from dualvariant.launch.recognize import recognize
from dualvariant.launch.table import TOOLS, Way

V, R, A, X = Way.VIEW, Way.REFIT, Way.AS_IT_IS, Way.RUN


@pytest.mark.parametrize(
    ("line", "name", "way"),
    [
        ("pip install numpy", "pip", V),
        ("/opt/env/bin/pip3.12 -q --python 3 install numpy", "pip", V),
        ("python3.11 -I -m pip download numpy", "pip", V),
        ("pip lock numpy", "pip", A),
        ("pip list", "pip", A),
        ("pip --version", "pip", A),
        ("uv pip install numpy", "uv", V),
        ("uv --project x pip sync r.txt", "uv", V),
        ("uv pip compile r.in", "uv", A),
        ("uv pip list", "uv", A),
        ("uv lock", "uv", A),
        ("uv --directory sync lock", "uv", A),
        ("uv sync --locked", "uv", R),
        ("uv --project=x add numpy", "uv", R),
        ("uv sync --dry-run", "uv", A),
        ("uv sync --check", "uv", A),
        ("uv sync --frozen", "uv", R),
        ("uv sync --no-cache -n", "uv", R),
        ("uv add --no-sync numpy", "uv", A),
        ("uv add numpy --frozen", "uv", A),
        ("uv add -- --frozen", "uv", R),
        ("uv remove --frozen numpy", "uv", A),
        ("uv remove --no-sync numpy", "uv", A),
        ("poetry add --lock numpy", "poetry", A),
        ("poetry update --lock", "poetry", A),
        ("poetry update -n", "poetry", R),
        ("pdm add --no-sync numpy", "pdm", A),
        ("pdm install --check", "pdm", R),
        ("pdm sync --dry-run", "pdm", A),
        ("poetry install --help", "poetry", A),
        ("uv run pytest", "uv", X),
        ("uv tool run ruff", "uv", V),
        ("uv tool list", "uv", A),
        ("uvx ruff check", "uvx", V),
        ("pipx run black", "pipx", V),
        ("pipx list", "pipx", A),
        ("python -m tox -e py", "tox", V),
        ("nox -s tests", "nox", V),
        ("hatch -e x run t", "hatch", V),
        ("hatch build", "hatch", A),
        ("poetry -C d install", "poetry", R),
        ("poetry lock", "poetry", A),
        ("poetry run pytest", "poetry", X),
        ("pdm install", "pdm", R),
        ("pip-compile r.in", "pip-compile", A),
        ("pip-sync r.txt", "pip-sync", R),
        ("pip-sync --dry-run r.txt", "pip-sync", A),
        ("pip-sync r.txt -n", "pip-sync", A),
        ("pip-sync --help", "pip-sync", A),
        ("pip-sync -qn r.txt", "pip-sync", A),
        ("pip-sync -qfnews r.txt", "pip-sync", R),
        ("uv sync -qh", "uv", A),
        ("uv sync -qphere", "uv", R),
        ("python -m piptools sync -n r.txt", "pip-sync", A),
        ("python -X dev -m pip install numpy", "pip", V),
        ("python -Xdev -W error -bImpip install numpy", "pip", V),
        ("python -IX dev --check-hash-based-pycs always -mpip install numpy", "pip", V),
        ("python -Ic pip -m pip install", None, R),
        ("python -- -m pip install", None, R),
        ("python -W -m pip", None, R),
        ("python -m", None, R),
        ("python -m piptools sync r.txt", "pip-sync", R),
        ("python -m piptools compile", "pip-compile", A),
        ("python script.py pip install", None, R),
        ("python -c pip", None, R),
        ("make env", None, R),
    ],
)
def test_what_a_command_line_gets(line: str, name: str | None, way: Way) -> None:
    found = recognize(line.split())
    assert (found.name, found.way) == (name, way)


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("uv run pytest -x", "pytest"),
        ("uv run --extra a --with=b -p 3.12 -- pytest --extra b", "pytest"),
        ("uv --project x run --frozen python -m a", "python"),
        ("uv --python-preference only-system run --config-settings a=b pytest", "pytest"),
        ("poetry run pytest", "pytest"),
        ("pdm run -p d pytest", "pytest"),
    ],
)
def test_where_the_program_of_a_run_begins(line: str, program: str) -> None:
    found = recognize(line.split())
    assert found.command[found.find_program()] == program


def test_an_option_of_the_program_is_none_of_the_tools() -> None:
    assert recognize(["uv", "run", "pytest", "--project", "x"]).value_of("--project") is None
    assert recognize(["uv", "run", "--project", "y", "pytest", "--project", "x"]).value_of("--project") == "y"


@pytest.mark.parametrize(
    ("line", "names", "value"),
    [
        ("uv run -qp3.12 x -p 3", ("-p", "--python"), "3.12"),
        ("uv run -p=../python x", ("-p", "--python"), "../python"),
        ("uv run --python=3.12 x", ("-p", "--python"), "3.12"),
        ("uv run -w-p x", ("-p",), None),
        ("pdm run -vp../here x", ("-p",), "../here"),
        ("pdm run -vp ../here x", ("-p",), "../here"),
        ("poetry -C/there run x", ("-C", "--directory"), "/there"),
        ("hatch -pname run x", ("-p", "--project"), "name"),
        ("tox -rcsub/tox.ini -e py", ("-c", "--conf"), "sub/tox.ini"),
        ("tox -epy-c", ("-c", "--conf"), None),
        ("nox -fsub/noxfile.py", ("-f", "--noxfile"), "sub/noxfile.py"),
        ("nox -- -fsub/noxfile.py", ("-f", "--noxfile"), None),
        ("uv run -p", ("-p",), None),
    ],
)
def test_the_value_of_an_option_in_each_way_to_write_it(line: str, names: tuple[str, ...], value: str | None) -> None:
    assert recognize(line.split()).value_of(*names) == value


def test_every_entry_of_the_table_is_complete() -> None:
    finders = {name.removeprefix("_") for name, _ in inspect.getmembers(environments, inspect.isfunction)}
    for name, tool in TOOLS.items():
        ways = {*tool.commands.values(), tool.otherwise}
        assert (V in ways) == bool(tool.installers), name
        assert bool(ways & {R, X}) == bool(tool.environment), name
        assert {*tool.installers} <= {"pip", "uv"}
        assert not tool.environment or tool.environment in finders
        assert tool.otherwise is A or not tool.commands, name


@pytest.mark.parametrize(("block", "options"), [("uv", TOOLS["uv"].valued), ("uv__run", TOOLS["uv"].run_valued)])
def test_uv_itself_says_which_options_take_a_value(block: str, options: frozenset[str]) -> None:
    """Its completion for bash has those that its help does not name; second names of options are not there."""
    script = subprocess.run(
        [clients.uv(), "generate-shell-completion", "bash"], capture_output=True, text=True, check=True
    ).stdout
    body = re.search(rf"^        {block}\)$(.*?)^            esac", script, re.DOTALL | re.MULTILINE)
    assert body is not None
    named = set(re.findall(r"^ +(-[\w-]+)\)$", body[1], re.MULTILINE))
    assert "--project" in named
    assert named - options == set()
    assert options - named <= {"--trusted-host", "--preview-feature", "--config-settings"}


def test_the_documentation_has_the_table() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/howto/exec.md").read_text()
    rows = {row[0]: row[1:] for row in (re.findall(r"[^|]+", line) for line in page.splitlines()) if len(row) == 4}
    documented = {name.strip().strip("`"): [cell.strip() for cell in cells] for name, cells in rows.items()}
    for name, tool in TOOLS.items():
        by_way = {
            way: {command for command, found in tool.commands.items() if found is way}
            | ({"every command"} if tool.otherwise is way and way is not A else set())
            for way in (V, R, X)
        }
        for cell, way in zip(documented[name], (V, R, X), strict=True):
            found = {word.strip("` ") for word in cell.split(",")} - {"–"}
            assert found == by_way[way], (name, way)
