"""Write what follows from the table of operations into the files that hold it, between ``<generated: …>`` marks.

``python tools/generate.py`` after a change of ``operations.py``; with ``--check`` nothing is written, and the exit
status says whether something would be.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable

from texts import arrays, compiled, plain, stub
from texts.table import SOURCES

_REGION = re.compile(r"(?P<first>[ ]*# <generated: (?P<what>[^>]+)>\n).*?(?P<last>[ ]*# </generated>\n)", re.DOTALL)


PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "_core.pyx": {"names": compiled.names_of_module},
    **{
        f"core/{file}.pxi": {
            f"methods of {kind}": lambda kind=kind: compiled.methods(kind),
            f"operators of {kind}": lambda kind=kind: compiled.operators(kind),
        }
        for file, kind in (("dual", "Dual"), ("multi_dual", "MultiDual"))
    },
    "scalars/values.py": {"kernels": plain.kernels},
    "_core.pyi": {
        "names": compiled.names_of_module,
        "functions": stub.functions,
        **{f"methods of {kind}": lambda kind=kind: stub.methods(kind) for kind in ("Dual", "MultiDual")},
        **{f"operators of {kind}": lambda kind=kind: stub.operators(kind) for kind in ("Dual", "MultiDual")},
    },
    "arrays/operators.py": {
        "methods": arrays.methods,
        "operators": arrays.operators,
    },
    "pipeline/trace.py": {"operators": arrays.recorded_operators},
}


#: Files that are generated as a whole; ``_core.pyx`` includes its own, but Cython includes nothing inside a class.
WHOLE: dict[str, Callable[[], str]] = {
    "generated/functions.pxi": compiled.functions,
    "generated/kernels.pxi": compiled.kernels,
    "generated/never_plain.pxi": compiled.never_plain,
    "scalars/never_plain.py": plain.never_plain,
    "scalars/plain/operators.py": plain.operators,
    "scalars/plain/functions.py": plain.functions,
}
_HEAD = "# Made by tools/generate.py from operations.py.\n\n"


def generated(file: str, text: str) -> str:
    """*text* with what stands between its marks made anew."""

    def fresh(match: re.Match[str]) -> str:
        text = PARTS[file][match["what"]]()
        inside = match["first"].startswith(" ")
        # What a formatter puts before the mark that ends methods or functions.
        lines = 0 if "def " not in text else 1 if inside or file.endswith(".pyi") else 2
        blank = "" if inside and file.endswith(".pyi") else lines * "\n"
        return match["first"] + text + blank + match["last"]

    return _REGION.sub(fresh, text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file is not up to date")
    check = parser.parse_args().check
    stale = []
    for file in [*PARTS, *WHOLE]:
        path = SOURCES / file
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        after = generated(file, before) if file in PARTS else _HEAD + WHOLE[file]()
        if after != before:
            stale.append(file)
            if not check:
                path.write_text(after, encoding="utf-8")
    if check and stale:
        print(f"not up to date: {', '.join(stale)}: run python tools/generate.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
