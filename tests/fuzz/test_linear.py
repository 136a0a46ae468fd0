"""The cost of reading grows with the size of what is read, also for data that were made to be expensive.

Each input is read in two sizes, one eight times the other. Time of the processor is compared, not time on the clock,
and the bound is half-way between linear (8 times) and quadratic (64 times): a busy machine fails no test.
"""

from __future__ import annotations

import gc
import io
import json
import resource
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dualvariant.binary.elf import parse_elf, read_elf
from dualvariant.core.printable import printable_message
from dualvariant.core.sdist_reader import read_root_file
from dualvariant.core.toml import parse_toml
from dualvariant.network.urls import redact_url
from dualvariant.requirements.local_wheel import find_local_variant
from dualvariant.requirements.requirement_files import RequirementFiles
from dualvariant.settings.pip_config import read_pip_config
from elf_files import make_library
from fuzz_documents import LABELS
from variantlib.dialects import hashes
from variantlib.dialects.labels.document import parse_document
from variantlib.meta import VariantDescription
from variantlib.profile import HostProfile
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import parse_wheel_name

FACTOR = 8
#: Half-way between linear and quadratic, on a scale of ratios.
BOUND = FACTOR**1.5
#: Seconds of the small input, of which the fixed costs are a small part.
ENOUGH = 0.02
#: What disturbs a measurement makes it longer, so the shortest of some counts.
ATTEMPTS = 5

LEVEL = VariantDescription.from_strings(["x86_64 :: level :: v3"])
NAME = parse_wheel_name("demo-1.0-py3-none-any.whl")


def _zip(size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("demo-1.0.dist-info/METADATA", "Name: demo")
        for number in range(size):
            archive.writestr(f"{number:x}", b"")
    return out.getvalue()


def _sections(size: int) -> bytes:
    """An ELF file with many symbol tables, each as large as the file."""
    content = bytearray(make_library(b"\xc3"))
    content += bytes(-len(content) % 8)
    table = struct.pack("<IIQQQQIIQQ", 0, 2, 0, 0, 0, 1 << 20, 1, 0, 8, 24) * size
    struct.pack_into("<Q", content, 40, len(content))
    struct.pack_into("<HHH", content, 58, 64, min(size, 65000), 0)
    return bytes(content) + table


def _notes(size: int) -> bytes:
    """An ELF file with many segments of notes, each as large as the file."""
    content = bytearray(make_library(b"\xc3")[:64])
    count = min(size, 65000)
    struct.pack_into("<Q", content, 32, 64)
    struct.pack_into("<HH", content, 54, 56, count)
    return bytes(content) + struct.pack("<IIQQQQQQ", 4, 4, 0, 0, 0, 56 * count, 56 * count, 8) * count


def _requirement_file(text: str, folder: Path) -> None:
    path, copies = folder / "r.txt", folder / f"copies{time.perf_counter_ns()}"
    path.write_text(text)
    copies.mkdir()
    RequirementFiles(copies, lambda url: b"").add("-r", str(path))


def _pip_config(text: str, folder: Path) -> None:
    (folder / "pip.conf").write_text(f"[global]\n{text}")
    read_pip_config(folder)


def _wheel(content: bytes) -> None:
    with WheelArchive(io.BytesIO(content), NAME) as archive:
        archive.read_metadata()
        archive.find_damaged_entry()


CASES: dict[str, tuple[Callable[[int], object], Callable[..., object]]] = {
    "headers": (lambda size: "Variant: x\n" * size, hashes.parse_headers),
    "continued headers": (lambda size: "A: x\n" + " y\n" * size, hashes.parse_headers),
    "blank lines": (lambda size: "A: x\r" + "\r" * size, hashes.parse_headers),
    "a long header": (lambda size: "A" * size, hashes.parse_headers),
    "entries of a zip archive": (_zip, _wheel),
    "entries of a zip sdist": (_zip, lambda content: read_root_file(io.BytesIO(content), "demo-1.0.zip", "PKG-INFO")),
    "overlapping symbol tables": (_sections, read_elf),
    "overlapping notes": (_notes, read_elf),
    "overlapping dynamic sections": (_notes, parse_elf),
    "variants": (
        lambda size: hashes.dump_index({f"{number:08x}": LEVEL for number in range(size)}),
        lambda text: _ignoring(hashes.parse_index, text),
    ),
    "labels": (
        lambda size: json.dumps({**LABELS, "variants": {f"l{n}": {"x86_64": {"level": ["v3"]}} for n in range(size)}}),
        lambda text: _ignoring(parse_document, text),
    ),
    "a document with a key twice": (
        lambda size: "{" + "".join(f'"{n}": 1,' for n in range(size)) + f'"{size - 1}": 1}}',
        lambda text: _ignoring(parse_document, text),
    ),
    "a document with a value twice": (
        lambda size: json.dumps(
            {**LABELS, "default-priorities": {"namespace": [f"n{number}" for number in range(size)] + [f"n{size - 1}"]}}
        ),
        lambda text: _ignoring(parse_document, text),
    ),
    "a profile": (
        lambda size: json.dumps({"schema": "dualvariant/profile/1", "providers": [{"provider": "a"}] * size}),
        lambda text: _ignoring(HostProfile.from_json, text),
    ),
    "a long wheel name": (lambda size: "demo-" * size + ".whl", lambda text: _ignoring(parse_wheel_name, text)),
    "a version of many digits": (
        lambda size: f"demo-{'1' * size}-py3-none-any.whl", lambda text: _ignoring(parse_wheel_name, text)
    ),
    "a long requirement": (lambda size: "demo @ " * size + "x.whl", find_local_variant),
    "a long address": (lambda size: "http://" + "u:p@" * size + "/\x1b", redact_url),
    "control characters": (lambda size: "\x1b\n" * size, printable_message),
    "a deep TOML table": (lambda size: f"a = {'[' * size}", lambda text: _ignoring(lambda t: parse_toml(t, "x"), text)),
}  # fmt: skip

FILES: dict[str, tuple[Callable[[int], str], Callable[[str, Path], object]]] = {
    "blanks in a requirement file": (lambda size: f"demo{' ' * size}x", _requirement_file),
    "continued lines": (lambda size: "demo \\\n" * size, _requirement_file),
    "options": (lambda size: "demo " + "--hash=sha256:a " * size, _requirement_file),
    "many requirements": (lambda size: "demo>=1\n" * size, _requirement_file),
    "many settings": (lambda size: "".join(f"a{n} = x\n" for n in range(size)), _pip_config),
    "a continued setting": (lambda size: "a = x\n" + "  y\n" * size, _pip_config),
}


def _ignoring(work: Callable[[str], object], text: str) -> None:
    try:
        work(text)
    except ValueError:
        pass
    except Exception as error:  # BadDataError is no ValueError
        assert hasattr(error, "next_step"), error


def _cost(work: Callable[[], object]) -> float:
    """Seconds of the processor in our own code; those of the system depend on how much memory others use."""
    gc.disable()  # the command makes it run rarely (dualvariant.cli)
    try:
        begun = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        work()
        return resource.getrusage(resource.RUSAGE_SELF).ru_utime - begun
    finally:
        gc.enable()


def _assert_linear(make: Callable[[int], object], read: Callable[[object], object]) -> None:
    """Find a size that costs enough to be measured; eight times the size costs less than 23 times as much."""
    size = 500
    while size < 1 << 18:
        small = make(size)
        if _cost(lambda small=small: read(small)) > ENOUGH:  # type: ignore[misc]
            break
        size *= 2
    large = make(FACTOR * size)
    before = after = float("inf")
    for _ in range(ATTEMPTS):
        before, after = min(before, _cost(lambda: read(small))), min(after, _cost(lambda: read(large)))
        if after < max(BOUND * before, FACTOR * ENOUGH):
            return
    pytest.fail(f"{size}: {before:.4f} s, {FACTOR * size}: {after:.4f} s")


@pytest.mark.parametrize("case", CASES)
def test_data_of_a_size_cost_what_the_size_says(case: str) -> None:
    _assert_linear(*CASES[case])


@pytest.mark.parametrize("case", FILES)
def test_files_of_a_size_cost_what_the_size_says(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    make, read = FILES[case]
    _assert_linear(make, lambda text: read(str(text), tmp_path))
