"""Wheels for tests of ``refit``: with scripts, data, headers and entry points, standard and as a variant."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import samples
from variantlib.dialects import hashes
from variantlib.meta import VariantDescription
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import parse_wheel_name

__all__ = ["V3", "V4", "make_release", "read_tree"]

V3 = "x86_64 :: level :: v3"
V4 = "x86_64 :: level :: v4"


def make_release(folder: Path, name: str, *, variants: Iterable[str] = (V3,), mark: str = "") -> None:
    """Write a standard wheel of release 1.0, and its variants; each differs from the others in some of its files.

    Args:
        folder: where to.
        name: the project, a Python name.
        variants: the property of each variant.
        mark: a text in every wheel; another one makes another build.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for place in (None, *variants):
        # The same module in all of them, and one that only some have.
        own = {f"{name}_speed.py": f"LEVEL = {place!r}\n", f"{name}-1.0.data/scripts/{name}-level": _script(place)}
        own |= {f"{name}_only.py": "ONLY = True\n"} if place == V3 else {f"{name}_plain/plain.py": "PLAIN = True\n"}
        path = samples.make_wheel(folder / "plain", name, "1.0", body=f"MARK = {mark!r}\n")
        _add_files(path, folder, _common_files(name) | own, place)


def _common_files(name: str) -> dict[str, str]:
    data = f"{name}-1.0.data"
    return {
        f"{name}-1.0.dist-info/entry_points.txt": f"[console_scripts]\n{name}-main = {name}:main\n",
        f"{data}/data/share/{name}/table.txt": "1 2 3\n",
        f"{data}/headers/{name}.h": "#define ONE 1\n",
        f"{data}/scripts/{name}-same": "#!python\nprint('the same')\n",
        f"{data}/purelib/{name}_pure.py": "PURE = True\n",
    }


def _script(place: str | None) -> str:
    return f"#!python\nprint({place!r})\n"


def _add_files(path: Path, folder: Path, files: Mapping[str, str], place: str | None) -> None:
    """Write a wheel again with more files, as a variant if it has a property."""
    name = parse_wheel_name(path.name)
    content = io.BytesIO()
    with WheelArchive(path) as archive:
        archive.rewrite(content, {path: text.encode() for path, text in files.items()})
    path.unlink()
    if place is None:
        (folder / path.name).write_bytes(content.getvalue())
        return
    description = VariantDescription.from_strings([place])
    with WheelArchive(content, name) as source, (folder / name.hash_filename(description.hexdigest)).open("wb") as new:
        hashes.write_wheel(source, description, new)


def read_tree(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Every file below a folder, with whether it can be executed; of compiled modules only that they are there.

    Their content has the time at which the module was written.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[path.relative_to(folder).as_posix()] = (str(path.readlink()).encode(), False)
        elif path.is_file():
            content = b"" if path.suffix == ".pyc" else path.read_bytes()
            found[path.relative_to(folder).as_posix()] = (content, bool(path.stat().st_mode & 0o100))
    return found
