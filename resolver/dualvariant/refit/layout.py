"""What an exchange does to the files of a distribution: which change, which stay, and what RECORD says afterwards.

A file that both wheels have with the same digest is not touched, and neither is what the first installer has written
into ``.dist-info`` (``INSTALLER``, ``REQUESTED``) or made of entry points that both wheels have.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from attrs import field, frozen

from dualvariant.core.files import open_regular
from dualvariant.refit.failures import LeftAloneError
from dualvariant.refit.files import InstalledFiles, has_digest
from dualvariant.target.file_exchange import Change
from dualvariant.target.record import RecordRow, parse_record
from dualvariant.target.refit_note import NOTE_NAME, KeptFile, RefitNote

__all__ = ["Layout", "lay_out", "lay_out_undo"]


@frozen
class Layout:
    """The plan of one exchange, without RECORD and without the note.

    Args:
        changes: the files that change.
        rows: the lines of RECORD afterwards, without those of RECORD and of the note.
        kept: the files that only the first installer can make, and that change, by their paths in RECORD.
        modules: the modules that have to be compiled, as they were before.
    """

    changes: list[Change] = field(factory=list)
    rows: list[RecordRow] = field(factory=list)
    kept: dict[str, KeptFile] = field(factory=dict)
    modules: list[Path] = field(factory=list)


class _Side(NamedTuple):
    """One side of an exchange.

    Args:
        files: the installation.
        wheel: the lines of the wheel's own RECORD, by the paths of the installation.
    """

    files: InstalledFiles
    wheel: Mapping[str, RecordRow]

    @property
    def entry_points(self) -> str | None:
        """The digest of the file from which an installer makes scripts."""
        row = self.wheel.get(f"{self.files.info.name}/entry_points.txt")
        return None if row is None else row.digest


def lay_out(
    old: InstalledFiles, old_wheel: Mapping[str, RecordRow], new: InstalledFiles, new_wheel: Mapping[str, RecordRow]
) -> Layout:
    """Plan the exchange of an installation for one that an engine has made in another folder.

    Args:
        old: the installation.
        old_wheel: the lines of its wheel's RECORD, by its paths.
        new: the one that takes its place.
        new_wheel: the lines of its wheel's RECORD, by its paths.

    Raises:
        LeftAloneError: the two name their ``.dist-info`` differently, the new one has a file that is not its own, or a
            file has an unknown kind of digest.
    """
    if old.info.name != new.info.name:
        raise LeftAloneError(f"the other wheel calls its .dist-info otherwise: {new.info.name!r}")
    before, after = _Side(old, old_wheel), _Side(new, new_wheel)
    layout = Layout()
    same_scripts = before.entry_points == after.entry_points
    translate = _Translation(new, old, old.rows)
    brought = {translate(path): path for path in new.rows if _comes_along(path, after)}
    for path, source in brought.items():
        row = old.rows.get(path)
        if row is None and not path.endswith(".pyc") and os.path.lexists(old.locate(path)):
            raise LeftAloneError(f"the other wheel brings {path!r}, and something else has put such a file there")
        if row is not None and _stays(before.wheel.get(path), after.wheel.get(source), same_scripts=same_scripts):
            layout.rows.append(row)
            continue
        if row is not None:
            _keep(layout, path, before)
        layout.rows.append(new.rows[source]._replace(path=path))
        layout.changes.append(Change(old.locate(path), new.locate(source)))
    for path, row in old.rows.items():
        if path in brought or (row.is_bytecode and path not in before.wheel):
            continue
        if path in (f"{old.info.name}/RECORD", f"{old.info.name}/{NOTE_NAME}"):
            continue
        made = path not in before.wheel
        if made and (old.is_in_info(path) or same_scripts):
            layout.rows.append(row)
        else:
            _keep(layout, path, before)
            layout.changes.append(Change(old.locate(path), None))
    _lay_out_bytecode(layout, old, {old.locate(path) for path in brought}, {*before.wheel, *brought})
    return layout


def _stays(old: RecordRow | None, new: RecordRow | None, *, same_scripts: bool) -> bool:
    """Whether a file that is on both sides stays, by its lines in the wheels; an installer has made one without."""
    if old is None and new is None:
        return same_scripts
    return old is not None and new is not None and old.digest == new.digest


def _comes_along(path: str, new: _Side) -> bool:
    """Whether a file of the new side has a place in the environment: what its installer says of itself has none."""
    if new.files.rows[path].is_bytecode:
        return path in new.wheel
    return path in new.wheel or not new.files.is_in_info(path)


def _keep(layout: Layout, path: str, old: _Side) -> None:
    """Keep a file that no wheel has in this form: one that its installer has made, or changed."""
    wheel = old.wheel.get(path)
    if wheel is None or wheel.digest != old.files.rows[path].digest or old.files.is_script_of_wheel(path):
        place = old.files.locate(path)
        with open_regular(place) as file:
            layout.kept[path] = KeptFile(file.read(), os.access(place, os.X_OK))


class _Translation:
    """The paths in one RECORD for those in that of an installation in another folder of the same shape.

    Args:
        elsewhere: the installation in the other folder.
        here: the installation in the environment.
        paths: the paths in its RECORD, of which some may be absolute.
    """

    def __init__(self, elsewhere: InstalledFiles, here: InstalledFiles, paths: Iterable[str]) -> None:
        self._elsewhere = elsewhere
        self._here = here
        self._paths = {here.locate(path): path for path in paths}

    def __call__(self, path: str) -> str:
        """The path here for one elsewhere."""
        place = self._elsewhere.locate(path)
        if place.is_relative_to(self._elsewhere.site):
            real = self._here.site / place.relative_to(self._elsewhere.site)
        else:
            real = self._here.prefix / place.relative_to(self._elsewhere.prefix)
        return self._paths.get(real) or Path(os.path.relpath(real, self._here.site)).as_posix()


def _lay_out_bytecode(layout: Layout, old: InstalledFiles, remaining: set[Path], of_wheels: set[str]) -> None:
    """Remove what was compiled of modules that change: Python compares only their size and the second of the change.

    Where every module was compiled, each that comes is compiled too: an installer may have compiled them (``uv`` does
    not list that in RECORD), or each was imported once. The two look the same, and a compiled module does no harm.

    Args:
        layout: the plan so far.
        old: the installation.
        remaining: the files that it has afterwards.
        of_wheels: the paths of files that a wheel has brought: a compiled module among them is a file like any other.
    """
    changed = {change.path for change in layout.changes}
    if _is_compiled(old):
        layout.modules.extend(c.path for c in layout.changes if c.source is not None and _is_module(old, c.path))
    removed = {place for change in layout.changes for place in _find_bytecode(change.path)}
    removed -= {old.locate(path) for path in of_wheels}
    layout.changes.extend(Change(place, None) for place in sorted(removed - changed))
    for path, row in old.rows.items():
        place = old.locate(path)
        if not row.is_bytecode or path in of_wheels or place in changed:
            continue
        module = _find_module(place)
        if module in remaining:
            layout.rows.append(row)
            if module in changed:
                layout.modules.append(module)
        elif place not in removed:
            layout.changes.append(Change(place, None))


def _is_module(files: InstalledFiles, place: Path) -> bool:
    return place.suffix == ".py" and place.is_relative_to(files.site)


def _is_compiled(files: InstalledFiles) -> bool:
    """Whether each module has a compiled form on the disk."""
    modules = [place for place in map(files.locate, files.rows) if _is_module(files, place)]
    return bool(modules) and all(any(_find_bytecode(module)) for module in modules)


def _find_module(bytecode: Path) -> Path:
    """The module that a compiled file is of: ``a/__pycache__/b.cpython-311.opt-1.pyc`` is of ``a/b.py``.

    Sources: PEP 3147 and PEP 488.
    """
    if bytecode.parent.name != "__pycache__":
        return bytecode.with_suffix(".py")
    tagged = re.sub(r"\.opt-\w*$", "", bytecode.name.removesuffix(".pyc"))
    return bytecode.parent.with_name(f"{tagged.rpartition('.')[0]}.py")


def _find_bytecode(module: Path) -> Iterator[Path]:
    """The compiled forms of a module on the disk."""
    if module.suffix == ".py":
        found = (module.parent / "__pycache__").glob(f"{module.stem}.*.pyc")
        yield from (place for place in found if _find_module(place) == module)


def lay_out_undo(current: InstalledFiles, note: RefitNote, first: InstalledFiles, scratch: Path) -> Layout:
    """Plan the way back to what the first installer had left, byte for byte.

    Args:
        current: what is there.
        note: what was there.
        first: an installation of the first wheel in another folder.
        scratch: an empty folder for the kept files.

    Raises:
        LeftAloneError: a file is neither there nor in the wheel, or has an unknown kind of digest.
    """
    layout = Layout()
    original = parse_record(note.record)
    translate = _Translation(first, current, {**original, **current.rows})
    of_wheel = {translate(path): path for path in first.rows}
    for path, row in original.items():
        if path == f"{current.info.name}/RECORD" or _is_compiled_here(row):
            continue
        place, now = current.locate(path), current.rows.get(path)
        if now is not None and now.digest == row.digest:
            continue
        if path in note.kept:
            source = _write_kept(note.kept[path], scratch)
        elif path in of_wheel and has_digest(first.locate(of_wheel[path]), row):
            source = first.locate(of_wheel[path])
        else:
            raise LeftAloneError(f"{path!r} is not in the wheel that was there first ({note.installed.filename})")
        layout.changes.append(Change(place, source))
    layout.changes.extend(
        Change(current.locate(path), None)
        for path, row in current.rows.items()
        if path not in original and not _is_compiled_here(row)
    )
    of_wheels = {path for path, row in {**current.rows, **original}.items() if not _is_compiled_here(row)}
    _lay_out_bytecode(layout, current, {current.locate(path) for path in original}, of_wheels)
    _find_uncompiled(layout, current, original.values())
    return layout


def _is_compiled_here(row: RecordRow) -> bool:
    """Whether an installer has compiled it: it lists no digest of such a module, and one of each file of a wheel."""
    return row.is_bytecode and not row.digest


def _write_kept(kept: KeptFile, scratch: Path) -> Path:
    """A file with the content that the first installer had made."""
    path = scratch / f"kept{len(list(scratch.iterdir()))}"
    path.write_bytes(kept.content)
    path.chmod(0o755 if kept.executable else 0o644)
    return path


def _find_uncompiled(layout: Layout, current: InstalledFiles, rows: Iterable[RecordRow]) -> None:
    """Compiled modules that the first RECORD lists, and that are not there."""
    removed = {change.path for change in layout.changes}
    for row in rows:
        place = current.locate(row.path)
        if _is_compiled_here(row) and (place in removed or not place.exists()):
            layout.modules.append(_find_module(place))
