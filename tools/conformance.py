"""Print the conformance table of the tests into the documentation.

usage: python tools/conformance.py [--check]

Reads tests/data/conformance.json and writes docs/reference/conformance.md; with --check it writes nothing, and ends
with 1 if the page is out of date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "data" / "conformance.json"
PAGE = ROOT / "docs" / "reference" / "conformance.md"

HEAD = """\
# Which installer gets which wheel

Every cell was measured: `tests/integration/test_conformance.py` installs the project with the released installer and
compares. `python tools/conformance.py` writes this page from the same data, `tests/data/conformance.json`.

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
            lines = [f"\n### {source[0].upper()}{source[1:]}\n", "| |" + "".join(f" {c} |" for c in table["clients"])]
            lines.append("|---|" + "---|" * len(table["clients"]))
            lines += [f"| {row} |" + "".join(f" {cell} |" for cell in cells) for row, cells in rows.items()]
            parts.append("\n".join(lines) + "\n")
    return "".join(parts)


def main() -> int:
    """Write the page, or check it."""
    page = rendered(json.loads(DATA.read_text(encoding="utf-8")))
    if sys.argv[1:] == ["--check"]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page:
            return 0
        print(f"{PAGE.name} is out of date: 'python tools/conformance.py' writes it", file=sys.stderr)
        return 1
    if sys.argv[1:]:
        print("usage: python tools/conformance.py [--check]", file=sys.stderr)
        return 2
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
