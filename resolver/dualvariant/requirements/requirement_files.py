"""Requirement and constraint files: read as pip reads them, and copied without the lines that name sources.

Source: pip's documentation, "Requirements File Format", and ``pip._internal.req.req_file``, with which tests compare.
A line such as ``--index-url`` in a file would bring the engine a source beside the view; so each file is copied, line
for line, with those lines empty. Everything else stays as it is, mistakes included: pip reports them, with the right
line numbers.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import Factory, define, field
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.core.errors import UnreadableFileError
from dualvariant.core.files import exists, read_named
from dualvariant.network.urls import Url, is_address, join_url, redact_path, redact_url
from dualvariant.requirements.allowed_hashes import AllowedHashes
from dualvariant.requirements.format_control import FORMAT_OPTIONS, FormatControl
from dualvariant.requirements.local_wheel import find_local_variant
from dualvariant.requirements.overrides import Overrides
from dualvariant.requirements.pipes import can_be_read_twice, read_standard_input
from dualvariant.requirements.project_files import is_read_in_place
from dualvariant.requirements.release_rules import RELEASE_FLAGS, RELEASE_OPTIONS, ReleaseRules
from dualvariant.requirements.requirement_lines import (
    Line,
    decode,
    expand_variables,
    parse_line,
    split_lines,
    write_option,
)

__all__ = ["RequirementFiles"]

#: The most bytes of a file that are read.
LARGEST_FILE = 64 << 20
#: Standard input, to uv. To pip it is a file of that name.
STANDARD_INPUT = "-"

_SCHEME = re.compile(r"(http|https|file):", re.IGNORECASE)
#: Options that name sources: they stay out of the copies.
_SOURCES = frozenset({"--index-url", "--extra-index-url", "--find-links", "--no-index"})
#: The kinds of files whose hashes, and limits, are about what is installed.
_LIMITING = frozenset({"-r", "-c", "--overrides"})
#: How many files one file may name, those that they name included.
_MAX_FILES = 1_000


@define
class RequirementFiles:
    """What all files together say, and the copies that the engine gets.

    Args:
        folder: where the copies go.
        fetch: reads a file that is named by an address.
        applies: whether a requirement's marker admits the target: of others, neither limits nor hashes count.
        leave_pipes: take what cannot be read twice for an empty file, because somebody else is to read it.
        find_pip: finds the version of the pip that is to read the copies; None is the newest.
    """

    folder: Path
    fetch: Callable[[str], bytes]
    applies: Callable[[Requirement], bool] = lambda requirement: True
    leave_pipes: bool = False
    find_pip: Callable[[], str | None] = lambda: None
    #: Options for the engine: ``-r`` and ``-c`` with the copies, in the order of the command line.
    arguments: list[str] = Factory(list)
    #: Requirements of projects on an index, of ``-r`` files only.
    requirements: list[Requirement] = Factory(list)
    constraints: dict[NormalizedName, SpecifierSet] = Factory(dict)
    #: Project → the hashes of every file that may be installed.
    hashes: dict[NormalizedName, AllowedHashes] = Factory(dict)
    #: The index that takes the place of all that were named before it.
    index_url: str | None = None
    #: Indexes beside it.
    extra_index_urls: list[str] = Factory(list)
    find_links: list[str] = Factory(list)
    #: Hosts that count as safe without a certificate.
    trusted_hosts: list[str] = Factory(list)
    #: Variant wheels on this machine; the copies name them by their standard names, in ``folder``.
    local_variants: list[Path] = Factory(list)
    #: Links and paths in the place of requirements or constraints, and files that only the engine reads.
    links: list[str] = Factory(list)
    #: What uv's files say in the place of requirements.
    overrides: Overrides = Factory(Overrides)
    no_index: bool = False
    formats: FormatControl = Factory(FormatControl)
    rules: ReleaseRules = Factory(ReleaseRules)
    #: Each copy that the engine gets, and what the user calls the file.
    copies: dict[Path, str] = Factory(dict)
    _count: int = field(default=0, init=False)
    #: The files that are being read: place → copy.
    _open: dict[str, Path] = field(factory=dict, init=False)
    #: What was read: place → text. A pipe gives what it has only once.
    _texts: dict[str, str] = field(factory=dict, init=False)

    def apply(self, option: str, value: str = "", *, of_file: bool = False) -> None:
        """Take an option that says which releases and files count, by its full name; others change nothing."""
        if option in FORMAT_OPTIONS:
            self.formats = self.formats.apply(option, value, of_file=of_file)
        elif option in RELEASE_OPTIONS | RELEASE_FLAGS:
            self.rules = self.rules.apply(option, value, of_file=of_file)

    def add(self, kind: str, place: str) -> None:
        """Read a file of the command line.

        A lock file (``pylock.toml``) is no file with requirements, and neither are the projects and scripts that uv
        takes: the engine gets such a file as it is, and where it is, since its paths are relative to it.

        Args:
            kind: ``-r``, ``-c``, or uv's ``--overrides`` or ``--excludes``; of another option, the file is only copied.
            place: its path or address.

        Raises:
            InvalidUrlError: it is named by an address that is not a URL.
            UnreadableFileError: it cannot be read.
        """
        # uv takes a script on standard input for constraints too.
        may_be_other = kind == "-r" or place == STANDARD_INPUT
        if may_be_other and is_read_in_place(place, lambda: self._read(place), as_uv=self.rules.as_uv):
            self.arguments += [kind, self._place_for_engine(place)]
            self.links.append(place)
            return
        self.arguments += [kind, str(self._copied(kind, place, _absolute(place)))]

    def note(self, kind: str, text: str, hashes: Sequence[str] = ()) -> None:
        """Keep what a line says that asks for a project, or limits one.

        Args:
            kind: as for :meth:`add`.
            text: the requirement.
            hashes: the values of its ``--hash`` options.
        """
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            self.links.append(text)  # a path, an address, or a mistake, which pip reports
            return
        if requirement.url is not None:
            self.links.append(text)
        if kind == "--overrides":
            self.overrides.override(requirement)
        elif kind == "--excludes":
            self.overrides.exclude(requirement)
        elif kind == "-r" and requirement.url is None:
            self.requirements.append(requirement)
        if kind in _LIMITING and self.applies(requirement):
            self._limit(requirement, kind, hashes)

    def _limit(self, requirement: Requirement, kind: str, hashes: Sequence[str]) -> None:
        name = canonicalize_name(requirement.name)
        if hashes and (not self.rules.as_uv or _is_pinned(requirement.specifier)):
            allowed, before = AllowedHashes.from_options(hashes), self.hashes.get(name)
            self.hashes[name] = allowed if before is None else before.restrict(allowed)
        if kind == "-c":
            self.constraints[name] = self.constraints.get(name, SpecifierSet()) & requirement.specifier

    def _copied(self, kind: str, place: str, key: str) -> Path:
        """The copy of a file.

        Args:
            kind: ``-r`` or ``-c``.
            place: its path or address.
            key: the name by which pip knows whether it is already reading it.
        """
        if key in self._open:
            return self._open[key]  # it names itself: pip says so
        with self._reading(place, key) as copy:
            lines = [self._copy(line, kind, place) for line in split_lines(self._read(place))]
            copy.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return copy

    @contextmanager
    def _reading(self, place: str, key: str) -> Iterator[Path]:
        """The path for the copy of a file, which counts as open meanwhile."""
        self._count += 1
        if self._count > _MAX_FILES:
            raise UnreadableFileError(
                f"requirement files include more than {_MAX_FILES:,} files, and this one is the next: {_show(place)}",
                "name each file once",
            )
        folder = self.folder / f"requirements{self._count}"
        folder.mkdir()
        self._open[key] = folder / _name_copy(place)
        self.copies[self._open[key]] = place
        try:
            yield self._open[key]
        finally:
            del self._open[key]

    def _place_for_engine(self, place: str) -> str:
        """The place of a file that the engine reads as it is: its own, or that of a copy of what came from a pipe."""
        if place == STANDARD_INPUT or place not in self._texts or can_be_read_twice(place):
            return place
        with self._reading(place, place) as copy:
            copy.write_text(self._texts[place], encoding="utf-8")
        return str(copy)

    def _read(self, place: str) -> str:
        if place not in self._texts:
            self._texts[place] = self._read_anew(place)
        return self._texts[place]

    def _read_anew(self, place: str) -> str:
        if self.leave_pipes and not can_be_read_twice(place):
            return ""
        try:
            if place == STANDARD_INPUT and self.rules.as_uv:
                return decode(read_standard_input(LARGEST_FILE))
            if _SCHEME.match(place):
                return decode(self.fetch(place))
            return decode(read_named(Path(place), LARGEST_FILE))
        except OSError as error:
            raise UnreadableFileError(
                f"the file cannot be read ({error.strerror}): {_show(place)}",
                "-r and -c take the path or address of a file",
            ) from error
        except (UnicodeDecodeError, LookupError) as error:
            raise UnreadableFileError(
                f"the file has another encoding than it says, or than UTF-8 ({error}): {_show(place)}",
                "pip cannot read it either",
            ) from error

    def _copy(self, line: str, kind: str, place: str) -> str:
        """A logical line as the copy has it; what it says is kept."""
        text, _, rest = line.partition("\n")  # `rest` keeps the line count of joined lines
        ends = "\n" + rest if rest else ""
        text = expand_variables(text)
        parsed = parse_line(text, self.find_pip)
        if parsed is None:
            return text + ends  # a mistake: pip reports it
        for name, value in parsed.options:
            if name not in RELEASE_FLAGS:
                self.apply(name, value or "", of_file=True)  # pip's parser does so on every line
        if parsed.asks:
            return self._copy_requirement(parsed, kind) + ends
        if parsed.has("--requirement") or parsed.has("--constraint"):
            return self._copy_nested(parsed, place) + ends
        return self._copy_options(parsed, place) + ends

    def _copy_requirement(self, line: Line, kind: str) -> str:
        if not line.requirement:
            self.links += line.values("--editable")
            return line.text
        self.note(kind, line.requirement, line.values("--hash"))
        variant = find_local_variant(line.requirement)
        if variant is None:
            return line.text
        self.local_variants.append(variant.path)
        return line.text.replace(line.requirement, variant.with_path(self.folder / variant.standard), 1)

    def _copy_nested(self, line: Line, place: str) -> str:
        """A line that names another file: pip reads the first one, and ignores most other options."""
        kind = "-r" if line.has("--requirement") else "-c"
        named = line.values("--requirement" if kind == "-r" else "--constraint")[0]
        if _SCHEME.match(place):
            named = join_url(place, named)
        elif not _SCHEME.match(named):
            named = _absolute(Path(place).parent / named)
        left_out = _SOURCES | {
            "--requirement",
            "--constraint",
        }  # what is ignored may still have a value that pip refuses
        kept = [write_option(name, value) for name, value in line.options if name not in left_out]
        return " ".join([*kept, kind, shlex.quote(str(self._copied(kind, named, named)))])

    def _copy_options(self, line: Line, place: str) -> str:
        """A line of options only: what it says of sources is kept here, and the rest stays in the copy."""
        for flag in RELEASE_FLAGS:
            if line.has(flag):
                self.apply(flag, of_file=True)
        self._note_sources(line, place)
        self.trusted_hosts += line.values("--trusted-host")
        return " ".join(write_option(name, value) for name, value in line.options if name not in _SOURCES)

    def _note_sources(self, line: Line, place: str) -> None:
        self.no_index = self.no_index or line.has("--no-index")
        index_url = next(reversed(line.values("--index-url")), "")
        if index_url:
            self.index_url = index_url
            self.extra_index_urls.clear()
        self.extra_index_urls += line.values("--extra-index-url")
        for value in line.values("--find-links")[:1]:
            beside = Path(_absolute(place)).parent / value
            self.find_links.append(str(beside) if exists(beside) else value)


def _name_copy(place: str) -> str:
    """The name of the copy of a file: its own, if it has one.

    Raises:
        InvalidUrlError: it is named by an address that is not a URL.
    """
    path = Url.parse(place).path if _SCHEME.match(place) else place
    return Path(path).name or "requirements.txt"


def _show(place: str) -> str:
    """A place as a message names it; the address of a file may have a login."""
    return repr(redact_url(place) if is_address(place) else redact_path(place))


def _is_pinned(specifier: SpecifierSet) -> bool:
    """Whether it is one exact version; uv 0.13.9 reads the hashes of other requirements, and compares none of them."""
    operators = [spec.operator for spec in specifier if not spec.version.endswith(".*")]
    return len(specifier) == 1 and operators in (["=="], ["==="])


def _absolute(path: str | Path) -> str:
    """An absolute path without ``..``, links in it followed or not, as pip makes it."""
    return os.path.normpath(Path(path).absolute())
