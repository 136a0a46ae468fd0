"""What a stub adds to an import: the same module from its own wheel and from the fused wheel, in turn.

usage: python benchmarks/fused.py FUSED-WHEEL VARIANT-WHEEL MODULE-FILE [ROUNDS]

Each measurement is a fresh process that opens and initialises the module once; the two wheels take turns, and the
differences of the pairs are reported. The files are in the page cache. MODULE-FILE is the module's path in the wheel;
VARIANT-WHEEL is the wheel of the variant that this host loads. The modules of dual_autodiff import nothing else.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CODE = """
import sys, time
from _imp import create_dynamic
from importlib.machinery import ExtensionFileLoader, ModuleSpec
name, path = sys.argv[1:]
spec = ModuleSpec(name, ExtensionFileLoader(name, path), origin=path)
start = time.perf_counter()
create_dynamic(spec)
print(time.perf_counter() - start)
"""


def measure(folder: Path, module: str) -> float:
    """The microseconds of one import in a fresh process."""
    name = module.partition(".")[0].replace("/", ".")
    command = [sys.executable, "-I", "-S", "-c", CODE, name, str(folder / module)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) * 1e6


def main() -> int:
    """Measure and print a line of Markdown."""
    if len(sys.argv) not in (4, 5):
        print(__doc__.splitlines()[2], file=sys.stderr)
        return 2
    fused, variant, module = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) == 5 else 200
    with tempfile.TemporaryDirectory() as name:
        folders = {}
        for key, wheel in (("fused", fused), ("variant", variant)):
            folders[key] = Path(name, key)
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folders[key])
        for folder in folders.values():
            measure(folder, module)
        pairs = [(measure(folders["fused"], module), measure(folders["variant"], module)) for _ in range(rounds)]
    differences = [one - other for one, other in pairs]
    quarters = statistics.quantiles(differences, n=4)
    medians = [statistics.median(column) for column in zip(*pairs, strict=True)]
    print(
        f"| {Path(module).name} | {medians[0]:.0f} µs | {medians[1]:.0f} µs "
        f"| {quarters[1]:.0f} µs ({quarters[0]:.0f} to {quarters[2]:.0f}) | {rounds} |"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
