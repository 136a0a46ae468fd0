"""What the answer about a host costs: with ten providers that are all asked, and with all of them kept.

usage: python benchmarks/detection.py [ROUNDS]

Run it with the Python of an environment that has dualvariant. Beside the built-in providers there are ten others, of
which one sleeps for a second. Each round is a fresh process with an empty cache: it asks all of them, and then takes
the kept answers 50 times. The time of these is processor time: one thread reads files, and waits for nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RESULTS = Path(__file__).with_name("results-detection.md")

#: Seconds that the slowest provider sleeps.
SLOWEST = 1.0

MODULE = """
import time
from types import SimpleNamespace as Namespace

class Provider:
    __provider_name__ = "{name}"
    __version__ = "1"
    def run(self):
        time.sleep({sleep})
        return Namespace(provider="{name}", configs=[Namespace(key="k", values=["yes"])])
"""

CODE = """
import json, time
from dualvariant.host.detect import detect
start = time.perf_counter()
found = detect()
asked = time.perf_counter() - start
assert sum(answer.source == "run" for answer in found.answers) >= 10, found
start = time.process_time()
for _ in range(50):
    again = detect()
kept = (time.process_time() - start) / 50
assert again.profile == found.profile and all(answer.source == "cache" for answer in again.answers), again
print(json.dumps([asked, kept]))
"""


def install(site: Path, name: str, sleep: float) -> None:
    """Write a provider and its metadata, with a RECORD, so that its answer is kept."""
    source = MODULE.format(name=name, sleep=sleep).encode()
    (site / f"{name}.py").write_bytes(source)
    info = site / f"{name}-1.dist-info"
    info.mkdir()
    digest = base64.urlsafe_b64encode(hashlib.sha256(source).digest()).rstrip(b"=").decode()
    (info / "RECORD").write_text(f"{name}.py,sha256={digest},{len(source)}\n")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[variantlib.plugins]\n{name} = {name}:Provider\n")


def measure(site: Path) -> tuple[float, float]:
    """Seconds of the first answer, and of processor time of a kept one."""
    with tempfile.TemporaryDirectory() as home:
        own = {"HOME": home, "XDG_CACHE_HOME": f"{home}/cache", "XDG_STATE_HOME": f"{home}/state"}
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(site), **own}
        command = [sys.executable, "-c", CODE]
        done = subprocess.run(command, env=environment, cwd=home, check=True, capture_output=True, text=True)
    asked, kept = json.loads(done.stdout)
    return asked, kept


def main() -> int:
    """Measure, and write a page."""
    rounds = int(sys.argv[1]) if len(sys.argv) == 2 else 11
    with tempfile.TemporaryDirectory() as name:
        for number in range(10):
            install(Path(name), f"provider{number}", SLOWEST if number == 0 else 0)
        found = [measure(Path(name)) for _ in range(rounds)]
    installed = sum(len(list(Path(folder).glob("*.dist-info"))) for folder in sys.path if Path(folder).is_dir()) + 10
    above = [asked - SLOWEST for asked, _ in found]
    kept = [1e3 * one for _, one in found]
    page = f"""# What the answer about a host costs

Ten providers beside the built-in ones, one of which sleeps for {SLOWEST:.0f} s; {installed} distributions in the
environment; {rounds} fresh processes, median and range. CPython {sys.version.split()[0]}, {os.cpu_count()} cores.

| | target | measured |
|---|---|---|
| all are asked, above the slowest one | 0.5 s | {_show(above, 2)} s |
| all answers are kept, in process (processor time) | 2 ms | {_show(kept, 2)} ms |

Again: `python benchmarks/detection.py`
"""
    print(page)
    RESULTS.write_text(page)
    return 0 if statistics.median(above) <= 0.5 and statistics.median(kept) <= 2 else 1


def _show(values: list[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


if __name__ == "__main__":
    sys.exit(main())
