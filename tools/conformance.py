"""Print the conformance table of the tests into the documentation.

usage: python -m tools.conformance [--check]

Reads tests/data/conformance.json and writes docs/reference/conformance.md; with --check it writes nothing, and ends
with 1 if the page is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tools.generated_page import make_table, run

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "data" / "conformance.json"
PAGE = ROOT / "docs" / "reference" / "conformance.md"

HEAD = """\
# Which installer gets which wheel

Every cell was measured: `tests/integration/test_conformance.py` installs the project with the released installer and
compares. `python -m tools.conformance` writes this page from the same data, `tests/data/conformance.json`.

There are three situations:

- **standard + variants**: the release has a standard wheel, and variants that need levels v2, v3 and v4 of x86-64
- **only variants**: its only wheel is a variant that needs v3
- **older standard**: 1.0 has a standard wheel; the only wheel of 2.0, the newest release, is a variant that needs v3

There are four kinds of source: a server with HTML pages (PEP 503), a server with JSON pages only (PEP 691), a folder
given with `--find-links`, and the static index of `dualvariant index` as a `file:` URL.
"""

ENGINE = """
## Through dualvariant

`dualvariant install`, with the installer as its engine. A *v3 host* offers the levels v1 to v3, a *v1 host* only v1.
*nothing fits* is exit code 3, before the engine starts. Where 1.0 is installed because no wheel of 2.0 fits, a message
says so.
"""

PLAIN = """
## The installer alone

Users without `dualvariant` get the standard wheel. Where there is none, pip finds *no distribution* and uv *no
solution*. pip 21.3 does not read JSON pages; through `dualvariant` it gets HTML.
"""


def rendered(table: dict[str, Any]) -> str:
    """The page."""
    parts = [HEAD]
    for mode, text in (("engine", ENGINE), ("plain", PLAIN)):
        parts.append(text)
        for source, rows in table[mode].items():
            parts.append("\n### " + make_table(source, table["clients"], rows))
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(run("tools.conformance", DATA, PAGE, rendered))
