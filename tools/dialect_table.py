"""Print the measured table of dialects into the documentation.

usage: python tools/dialect_table.py [--check]

Reads tests/data/dialects.json, which ``python tests/support/dialect_table.py`` measures, and writes
docs/reference/dialects.md; with --check it writes nothing, and ends with 1 if the page is out of date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

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
`python tools/dialect_table.py` writes this page from the same data, `tests/data/dialects.json`. uv is 0.13.9, *uv
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
        lines = [f"\n## {source[0].upper()}{source[1:]}\n", "| |" + "".join(f" {client} |" for client in CLIENTS)]
        lines.append("|---|" + "---|" * len(CLIENTS))
        lines += [f"| {row} |" + "".join(f" {cell} |" for cell in cells) for row, cells in rows.items()]
        parts.append("\n".join(lines) + "\n")
    return "".join(parts)


def main() -> int:
    """Write the page, or check it."""
    page = rendered(json.loads(DATA.read_text(encoding="utf-8")))
    if sys.argv[1:] == ["--check"]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page:
            return 0
        print(f"{PAGE.name} is out of date: 'python tools/dialect_table.py' writes it", file=sys.stderr)
        return 1
    if sys.argv[1:]:
        print("usage: python tools/dialect_table.py [--check]", file=sys.stderr)
        return 2
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
