"""Print the measured table of dialects into the documentation.

usage: python -m tools.dialect_table [--check]

Reads tests/data/dialects.json, which ``python tests/support/dialect_table.py`` measures, and writes
docs/reference/dialects.md; with --check it writes nothing, and ends with 1 if the page is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.generated_page import make_table, run

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "data" / "dialects.json"
PAGE = ROOT / "docs" / "reference" / "dialects.md"
CLIENTS = (
    "pip 21.3", "pip 22.2.2", "pip 23.2.1", "pip 24.3.1", "pip 26.3", "uv", "Poetry", "uv preview", "dualvariant, pip",
    "dualvariant, uv",
)  # fmt: skip

HEAD = """\
# Which installer takes which dialect

Every cell was measured: the project was installed, and the file that arrived says which wheel it is from.
`tests/integration/test_dialect_table.py` measures some of them each time and all of them at night, and compares;
`python -m tools.dialect_table` writes this page from the same data, `tests/data/dialects.json`. uv is 0.13.9, *uv
preview* is uv with `--preview-features wheel-variants`, Poetry is 2.5.1. dualvariant has pip 26.3 or uv as its engine.

All variants need level v1 of x86-64, which every such host has. The label wheels have one platform tag. In *standard +
label, bad document*, the `-variants.json` has an unknown key. *nothing* means that the installer ends with an error.
pip 21.3 does not read JSON pages. *–* means that the installer has no such source: Poetry has no find-links. Poetry has
the static index from a web server, the others read it as a folder.

No musl system was measured.
"""


def rendered(table: dict[str, dict[str, list[str]]]) -> str:
    """The page."""
    parts = [HEAD]
    for source, rows in table.items():
        parts.append("\n## " + make_table(source, CLIENTS, rows))
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(run("tools.dialect_table", DATA, PAGE, rendered))
