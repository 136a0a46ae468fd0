"""Sample wheels in pure Python: the projects of the WheelNext engineering review, and whatever a test asks for.

As a script, ``python tests/support/samples.py DIR`` writes the review's ``sandbox_project`` and ``dummy_project`` into
DIR.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

from variantlib.dialects import hashes
from variantlib.meta import VariantDescription
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import parse_wheel_name

__all__ = [
    "DEEPTHOUGHT",
    "DUMMY_PROJECT",
    "HAL9000",
    "SANDBOX_PROJECT",
    "SUPERPOSITION",
    "TARS",
    "dummy_project",
    "find_decimal_label",
    "make_wheel",
    "sandbox_project",
]

#: ``36266d4d``, printed in the review. The sample provider fictional_hw does not support it: its values are others.
HAL9000 = (
    "fictional_hw :: architecture :: HAL9000",
    "fictional_hw :: compute_accuracy :: 0",
    "fictional_hw :: compute_capability :: 6",
    "fictional_hw :: humor :: 2",
)

#: ``6b4c8391``, printed in the review, where the quantum foam is in lower case and its hash is not. No sample provider
#: supports it.
DEEPTHOUGHT = (
    "fictional_hw :: architecture :: deepthought",
    "fictional_hw :: compute_accuracy :: 10",
    "fictional_hw :: compute_capability :: 10",
    "fictional_hw :: humor :: 0",
    "fictional_tech :: quantum :: FOAM",
)

#: ``9091cdc4``, the winner in the review's log. The sample provider fictional_tech supports it.
SUPERPOSITION = (
    "fictional_tech :: quantum :: SUPERPOSITION",
    "fictional_tech :: risk_exposure :: 25",
    "fictional_tech :: technology :: auto_chef",
)

#: As many properties as :data:`SUPERPOSITION`, all supported by fictional_hw: the user's priorities decide which of the
#: two wins.
TARS = (
    "fictional_hw :: architecture :: tars",
    "fictional_hw :: compute_capability :: 2",
    "fictional_hw :: humor :: 15",
)

#: The variants of each sample project, by hash; each project has a standard wheel as well.
SANDBOX_PROJECT = {"36266d4d": HAL9000, "9091cdc4": SUPERPOSITION}
DUMMY_PROJECT = {
    "36266d4d": HAL9000,
    "6b4c8391": DEEPTHOUGHT,
    "9091cdc4": SUPERPOSITION,
    "b453dea9": TARS,
}

_BEGINNING = (1980, 1, 1, 0, 0, 0)  # of time in zip archives: the same call gives the same bytes


def make_wheel(
    directory: Path,
    name: str,
    version: str,
    *,
    properties: Iterable[str] | None = None,
    requires: Iterable[str] = (),
    build: str | None = None,
    tag: str = "py3-none-any",
    body: str | None = None,
    more: Iterable[str] = (),
    headers: Iterable[str] = (),
    called: Iterable[str] = (),
) -> Path:
    """Write a wheel with one module, and return where it is.

    Args:
        directory: where to; it is made if need be.
        name: the project's name; the module is called the same, with underscores.
        version: its version.
        properties: ``provider :: key :: value`` strings that make it a ``~hash`` variant; None for a standard wheel.
        requires: its dependencies.
        build: a build number.
        tag: python, abi and platform tags.
        body: the module's source. By default it has ``PROPERTIES`` and ``__version__`` of its wheel.
        more: the names of further files, all empty.
        headers: further lines of its METADATA.
        called: the names of the variant.
    """
    listed = [] if properties is None else sorted(properties)
    module = name.replace("-", "_")
    if body is None:
        body = f"__version__ = {version!r}\nPROPERTIES = {listed!r}\n"
    release = f"{module}-{version}" if build is None else f"{module}-{version}-{build}"
    standard = parse_wheel_name(f"{release}-{tag}.whl")
    lines = [*(f"Requires-Dist: {requirement}" for requirement in requires), *headers]
    content = _standard_wheel(module, name, version, lines, build, tag, body, more)
    directory.mkdir(parents=True, exist_ok=True)
    if not listed:
        path = directory / standard.filename
        path.write_bytes(content)
        return path
    description = VariantDescription.from_strings(listed).with_names(called)
    path = directory / standard.hash_filename(description.hexdigest)
    with WheelArchive(io.BytesIO(content), standard) as source, path.open("wb") as target:
        hashes.write_wheel(source, description, target)
    return path


def find_decimal_label() -> list[str]:
    """Properties whose hash has eight decimal digits and does not begin with 0."""
    for number in range(10_000):
        listed = [f"sample :: number :: {number}"]
        label = VariantDescription.from_strings(listed).hexdigest
        if label.isdigit() and label[0] != "0":
            return listed
    raise AssertionError("there is none")


def _standard_wheel(
    module: str,
    name: str,
    version: str,
    headers: Iterable[str],
    build: str | None,
    tag: str,
    body: str,
    more: Iterable[str],
) -> bytes:
    """The bytes of a wheel by the binary distribution format, RECORD with every hash included."""
    info = f"{module}-{version}.dist-info"
    pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
    pure = "true" if platforms == ["any"] else "false"
    wheel = ["Wheel-Version: 1.0", "Generator: samples", f"Root-Is-Purelib: {pure}"]
    wheel += [f"Build: {build}"] if build is not None else []
    wheel += [f"Tag: {p}-{a}-{o}" for p in pythons for a in abis for o in platforms]
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *headers]
    entries = {
        f"{module}.py": body,
        **dict.fromkeys(more, ""),
        f"{info}/METADATA": "\n".join(metadata) + "\n",
        f"{info}/WHEEL": "\n".join(wheel) + "\n",
    }
    entries[f"{info}/RECORD"] = _record(entries, f"{info}/RECORD")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in entries.items():
            entry = zipfile.ZipInfo(path, _BEGINNING)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return out.getvalue()


def _record(entries: dict[str, str], itself: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for path, text in entries.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        writer.writerow([path, f"sha256={digest.decode()}", len(text.encode())])
    writer.writerow([itself, "", ""])
    return out.getvalue()


def sandbox_project(directory: Path) -> list[Path]:
    """The review's ``sandbox_project`` 0.0.1: standard, ``36266d4d``, ``9091cdc4``."""
    return _project(directory, "sandbox_project", SANDBOX_PROJECT)


def dummy_project(directory: Path) -> list[Path]:
    """The review's ``dummy_project`` 0.0.1, with a wheel for each provider that fits equally well."""
    return _project(directory, "dummy_project", DUMMY_PROJECT)


def _project(directory: Path, name: str, variants: dict[str, tuple[str, ...]]) -> list[Path]:
    return [make_wheel(directory, name, "0.0.1", properties=properties) for properties in (None, *variants.values())]


def main() -> int:
    """Write both projects and print the file names."""
    if len(sys.argv) != 2:
        print("usage: python tests/support/samples.py DIR", file=sys.stderr)
        return 2
    directory = Path(sys.argv[1])
    for path in [*sandbox_project(directory), *dummy_project(directory)]:
        print(path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
