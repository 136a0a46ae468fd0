"""Requirement and constraint files: read as pip reads them, and copied without the lines that name sources.

Source: pip's documentation, "Requirements File Format". A line such as ``--index-url`` in a file would bring the engine
a source beside the view; so each file is copied, line for line, with those lines empty. Everything else stays as it is,
mistakes included: pip reports them, with the right line numbers.
"""

from __future__ import annotations

import locale
import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from attrs import Factory, define, field
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.core.errors import UnreadableFileError
from dualvariant.requirements.format_control import FormatControl
from dualvariant.requirements.local_wheel import find_local_variant

__all__ = ["RequirementFiles"]

_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)
_COMMENT = re.compile(r"(^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_SPLIT_VALUE = re.compile(r"(--[a-z-]+)=(.*)", re.DOTALL)

#: Options that take a value, by what they mean here; the others of a file are flags.
_INDEX = ("-i", "--index-url", "--pypi-url")
_EXTRA = ("--extra-index-url",)
_LINKS = ("-f", "--find-links")
_NESTED = {"-r": "-r", "--requirement": "-r", "-c": "-c", "--constraint": "-c"}
_FORMATS = ("--no-binary", "--only-binary")
_OTHER_VALUES = ("-e", "--editable", "--hash", "--trusted-host", "--use-feature", "--config-settings")
_WITH_VALUE = {*_INDEX, *_EXTRA, *_LINKS, *_NESTED, *_FORMATS, *_OTHER_VALUES}


@define
class RequirementFiles:
    """What all files together say, and the copies that the engine gets.

    Args:
        folder: where the copies go.
        fetch: reads a file that is named by an address.
    """

    folder: Path
    fetch: Callable[[str], bytes]
    #: Options for the engine: ``-r`` and ``-c`` with the copies, in the order of the command line.
    arguments: list[str] = Factory(list)
    #: Requirements of projects on an index, of ``-r`` files only.
    requirements: list[Requirement] = Factory(list)
    constraints: dict[NormalizedName, SpecifierSet] = Factory(dict)
    #: Project → the sha256 of every file that may be installed.
    hashes: dict[NormalizedName, frozenset[str]] = Factory(dict)
    index_url: str | None = None
    extra_index_urls: list[str] = Factory(list)
    find_links: list[str] = Factory(list)
    #: Variant wheels on this machine; the copies name them by their standard names, in ``folder``.
    local_variants: list[Path] = Factory(list)
    #: Links and paths in the place of requirements or constraints, with what is behind them.
    links: list[str] = Factory(list)
    no_index: bool = False
    pre: bool = False
    formats: FormatControl = Factory(FormatControl)
    _copies: dict[tuple[str, str], Path] = field(factory=dict, init=False)

    def add(self, kind: str, place: str) -> None:
        """Read a file of the command line.

        Args:
            kind: ``-r`` or ``-c``.
            place: its path or address.

        Raises:
            UnreadableFileError: it cannot be read.
        """
        self.arguments += [kind, str(self._copied(kind, place))]

    @property
    def copies(self) -> dict[Path, str]:
        """Each copy that the engine gets, and what the user calls the file."""
        return {copy: place for (_, place), copy in self._copies.items()}

    def _copied(self, kind: str, place: str) -> Path:
        key = (kind, place)
        if key not in self._copies:
            folder = self.folder / f"requirements{len(self._copies)}"
            folder.mkdir()
            # Known before it is read: a file that names itself ends here, as it does in pip.
            self._copies[key] = folder / (Path(urlsplit(place).path).name or "requirements.txt")
            lines = [self._line(line, kind, place) for line in _logical_lines(self._read(place))]
            self._copies[key].write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self._copies[key]

    def _read(self, place: str) -> str:
        if _is_address(place):
            return _decoded(self.fetch(place))
        try:
            return _decoded(Path(place).read_bytes())
        except OSError as error:
            raise UnreadableFileError(
                f"the file cannot be read ({error.strerror}): {place!r}", "-r and -c take the path or address of a file"
            ) from error

    def _line(self, line: str, kind: str, place: str) -> str:
        """A logical line as the copy has it; what it says is kept."""
        text, _, rest = line.partition("\n")  # `rest` keeps the line count of joined lines
        ends = "\n" + rest if rest else ""
        text = _VARIABLE.sub(lambda match: os.environ.get(match[1]) or match[0], text)
        requirement, options = _split(text)
        if not requirement and any(name in _WITH_VALUE and not value for name, value in options):
            return text + ends  # an option without its value: pip says so
        if requirement:
            self._note_requirement(requirement, options, kind)
            variant = find_local_variant(requirement)
            if variant is not None:
                self.local_variants.append(variant.path)
                text = text.replace(requirement, variant.with_path(self.folder / variant.standard), 1)
            return text + ends
        kept: list[str] = []
        for name, value in options:
            kept += self._option(name, value, place)
        return shlex.join(kept) + ends

    def _option(self, name: str, value: str, place: str) -> list[str]:
        """Keep what an option on a line of its own says; returns the words that stay in the copy."""
        if name in _INDEX:
            self.index_url = value
        elif name in _EXTRA:
            self.extra_index_urls.append(value)
        elif name in _LINKS:
            self.find_links.append(_beside(place, value))
        elif name == "--no-index":
            self.no_index = True
        elif name in _NESTED:
            kind = _NESTED[name]
            return [kind, str(self._copied(kind, _beside(place, value)))]
        else:
            if name == "--pre":
                self.pre = True
            elif name in ("-e", "--editable"):
                self.links.append(value)
            elif name in _FORMATS:
                self.formats = self.formats.apply(name, value)
            return [name, value] if name in _WITH_VALUE else [name]
        return []

    def _note_requirement(self, text: str, options: Iterable[tuple[str, str]], kind: str) -> None:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            self.links.append(text)  # a path, an address, or a mistake, which pip reports
            return
        name = canonicalize_name(requirement.name)
        listed = [value for option, value in options if option == "--hash"]
        if listed:
            digests = {value.partition(":")[2] for value in listed if value.startswith("sha256:")}
            self.hashes[name] = self.hashes.get(name, frozenset()) | digests
        if requirement.url is not None:
            self.links.append(text)
        if kind == "-c":
            self.constraints[name] = self.constraints.get(name, SpecifierSet()) & requirement.specifier
        elif requirement.url is None:
            self.requirements.append(requirement)


def _is_address(place: str) -> bool:
    return urlsplit(place).scheme in ("http", "https", "file")


def _beside(place: str, value: str) -> str:
    """A path or address in a file, relative to the folder or address of that file."""
    if _is_address(value):
        return value
    if _is_address(place):
        return urljoin(place, value)
    beside = Path(place).parent / value
    return str(beside) if beside.exists() else value


def _decoded(content: bytes) -> str:
    """Text by byte order mark, coding line (PEP 263), UTF-8, or the locale, the first that works."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    coding = _CODING.search(b"\n".join(content.split(b"\n")[:2]))
    for encoding in (coding[1].decode() if coding else "utf-8", locale.getpreferredencoding(False)):
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("utf-8", "replace")


def _logical_lines(text: str) -> Iterator[str]:
    """Lines without comments; one that goes on behind a backslash comes joined, with a line end for each part."""
    parts: list[str] = []
    for line in text.splitlines():
        comment = _COMMENT.match(line) is not None
        if line.endswith("\\") and not comment:
            parts.append(line.rstrip("\\"))
            continue
        if comment and parts:
            line = " " + line  # a comment inside a joined line ends it, as in pip
        joined = _COMMENT.sub("", "".join([*parts, line])).strip()
        yield joined + "\n" * len(parts)
        parts = []
    if parts:
        yield "".join(parts).strip() + "\n" * (len(parts) - 1)


def _split(text: str) -> tuple[str, list[tuple[str, str]]]:
    """A line's requirement, and its options with their values."""
    words = text.split(" ")
    first = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    try:
        rest = shlex.split(" ".join(words[first:]))
    except ValueError:
        rest = words[first:]  # an open quote: pip says so
    options = []
    while rest:
        word = rest.pop(0)
        match = _SPLIT_VALUE.fullmatch(word)
        if match is not None:
            options.append((match[1], match[2]))
        elif len(word) > 2 and word[:2] in _WITH_VALUE and not word.startswith("--"):
            options.append((word[:2], word[2:]))
        elif word in _WITH_VALUE and rest:
            options.append((word, rest.pop(0)))
        else:
            options.append((word, ""))
    return " ".join(words[:first]).strip(), options
