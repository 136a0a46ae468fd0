"""The table of dialects in the documentation, cell by cell: which wheel each installer takes.

Some clients are measured with one source each time; all of them with all sources by the profile ``night``.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from dialect_table import CLIENTS, NOT_THERE, SITUATIONS, SOURCES, Measurement, read_table
from property_tests import USUAL_EXAMPLES

ROOT = Path(__file__).resolve().parents[2]
#: What is measured each time.
USUAL_SOURCE = "static index"
USUAL_CLIENTS = ("pip 22.2.2", "uv", "Poetry", "uv preview", "dualvariant, pip", "dualvariant, uv")
#: Poetry takes seconds for each cell.
USUAL_OF_POETRY = ("standard + both", "only label")


@pytest.fixture(scope="module")
def measurement(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measurement]:
    with ExitStack() as stack:
        yield Measurement(tmp_path_factory.mktemp("dialects"), stack)


def test_the_table_has_every_cell() -> None:
    table = read_table()
    assert [*table] == [*SOURCES]
    assert all([*rows] == [*SITUATIONS] for rows in table.values())
    assert all(len(cells) == len(CLIENTS) for rows in table.values() for cells in rows.values())


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_installed(client: str, source: str, measurement: Measurement) -> None:
    is_usual = source == USUAL_SOURCE and client in USUAL_CLIENTS
    if not is_usual and settings().max_examples <= USUAL_EXAMPLES:
        pytest.skip("measured at night")
    is_slim = client == "Poetry" and settings().max_examples <= USUAL_EXAMPLES
    situations = USUAL_OF_POETRY if is_slim else tuple(SITUATIONS)
    at, rows = CLIENTS.index(client), read_table()[source]
    found = {situation: measurement.cell(client, source, situation) for situation in situations}
    assert found == {situation: rows[situation][at] for situation in situations}


@pytest.mark.parametrize("source", SOURCES)
def test_what_the_table_says_is_what_is_promised(source: str) -> None:
    """Whatever the index: dualvariant takes a variant, label wheels first; others never take a hash wheel."""
    rows = read_table()[source]
    for client in ("dualvariant, pip", "dualvariant, uv"):
        at = CLIENTS.index(client)
        assert [cells[at] for cells in rows.values()] == ["label", "hash", "label", "label", "hash", "standard"]
    for client in CLIENTS[: CLIENTS.index("uv preview")]:
        at = CLIENTS.index(client)
        assert {cells[at] for cells in rows.values()} <= {"standard", "nothing", NOT_THERE}


def test_the_page_of_the_documentation_is_up_to_date() -> None:
    command = [sys.executable, "-m", "tools.dialect_table", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
