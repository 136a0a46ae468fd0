"""Wheel file names: the standard form and both dialects of variants, parsed in one place.

Sources: the binary distribution format (PEP 427 and its PyPA specification), the founding dialect ``~hash`` (WheelNext
engineering review), the label dialect ``-label`` (PEP 825). A hash is a label: both end up in ``WheelName.label``.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from attrs import field, frozen
from packaging.tags import Tag, parse_tag
from packaging.utils import BuildTag, NormalizedName, canonicalize_name
from packaging.version import Version

from variantlib.errors import WheelNameError
from variantlib.versions import try_version

__all__ = ["Dialect", "WheelName", "parse_wheel_name"]


class Dialect(str, Enum):
    """How a wheel says which variant it is."""

    STANDARD = "standard"
    HASH = "hash"
    LABEL = "label"

    def __str__(self) -> str:
        return self.value


@frozen
class CommonParts:
    """What a wheel's file name says beside its label: the variants of a release have it in common, and share it."""

    name: NormalizedName
    version: Version
    build: BuildTag
    tag_set: str
    # Distribution, version and build number as written; the other names of the same wheel repeat them.
    release: str = field(eq=False)


class WheelName(NamedTuple):
    """What a wheel's file name says.

    ``label`` is the hash (founding dialect), the label (label dialect), or None for a standard wheel; ``build`` is
    ``()`` without a build number; ``python``, ``abi`` and ``platform`` are tag sets as written, dots between
    alternatives. ``common`` is what the variants of a release share.
    """

    filename: str
    dialect: Dialect
    label: str | None
    common: CommonParts

    @property
    def name(self) -> NormalizedName:
        return self.common.name

    @property
    def version(self) -> Version:
        return self.common.version

    @property
    def build(self) -> BuildTag:
        return self.common.build

    @property
    def python(self) -> str:
        return self.common.tag_set.split("-")[0]

    @property
    def abi(self) -> str:
        return self.common.tag_set.split("-")[1]

    @property
    def platform(self) -> str:
        return self.common.tag_set.split("-")[2]

    @property
    def tag_set(self) -> str:
        """The compressed tag set as written, ``py3-none-any``."""
        return self.common.tag_set

    @property
    def tags(self) -> frozenset[Tag]:
        """Every tag of the wheel, compressed sets expanded."""
        return parse_tag(self.tag_set)

    @property
    def standard_filename(self) -> str:
        """The name the same wheel has without its label: what an installer is shown."""
        return f"{self.common.release}-{self.tag_set}.whl"

    def hash_filename(self, hexdigest: str) -> str:
        """The name the same wheel has as the variant ``hexdigest`` of the founding dialect."""
        return f"{self.common.release}~{hexdigest}-{self.tag_set}.whl"

    def label_filename(self, label: str) -> str:
        """The name the same wheel has as the variant ``label`` of the label dialect."""
        return f"{self.common.release}-{self.tag_set}-{label}.whl"


# Members of an enumeration are looked up slowly, and ten thousand names are parsed at once.
_HASH_DIALECT, _LABEL_DIALECT = Dialect.HASH, Dialect.LABEL

_HASH = re.compile(r"[0-9a-f]{8}")
_LABEL = re.compile(r"[0-9a-z_.]+")
_BUILD = re.compile(r"(\d{1,99})((?:[A-Za-z_.][A-Za-z0-9_.]*)?)", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*", re.ASCII)
_PYTHON_TAG = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*", re.ASCII)
# What packaging would strip, or take for a letter, has no place in a file name.
_VERSION = re.compile(r"[A-Za-z0-9._!+]+")
_PROJECT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._]*[A-Za-z0-9])?", re.ASCII)


def parse_wheel_name(filename: str) -> WheelName:
    """Take a wheel file name apart, in whichever dialect it is.

    Raises:
        WheelNameError: it is none; ``why`` says what exactly is wrong.
    """
    before, tilde, after = filename.partition("~")
    if tilde:
        digest, after = after[:8], after[8:]
        if after.count("-") == 3 and after[0] == "-" and _HASH.fullmatch(digest):
            parts = _parts_of_standard(before + after)
            if parts is not None:
                return WheelName(filename, _HASH_DIALECT, digest, parts)
    elif filename.count("-") >= 5:
        before, _, after = filename.rpartition("-")
        label = after[:-4]
        if after[-4:] == ".whl" and _LABEL.fullmatch(label):
            parts = _parts_of_standard(f"{before}.whl")
            if parts is not None:
                return WheelName(filename, _LABEL_DIALECT, label, parts)
    return _parse_by_parts(filename)


@lru_cache(maxsize=1024)
def _parts_of_standard(filename: str) -> CommonParts | None:
    """The parts of a standard name, cached because thousands of variants share one; None for any other name."""
    try:
        name = _parse_by_parts(filename)
    except WheelNameError:
        return None
    return name.common if name.dialect is Dialect.STANDARD else None


@lru_cache(maxsize=1024)
def _parse_release(name: str, version: str) -> tuple[NormalizedName, Version] | str:
    """Project and version, or why they are none. Cached, because the wheels of a release share them."""
    if not _PROJECT.fullmatch(name):
        return f"{name!r} is no distribution name"
    parsed = try_version(version) if _VERSION.fullmatch(version) else None
    return f"{version!r} is no version (PEP 440)" if parsed is None else (canonicalize_name(name), parsed)


@lru_cache(maxsize=1024)
def _why_bad_tag(python: str, abi: str, platform: str) -> str | None:
    for kind, tag, form in (("python", python, _PYTHON_TAG), ("abi", abi, _TAG), ("platform", platform, _TAG)):
        if not form.fullmatch(tag):
            return f"{tag!r} is no {kind} tag"
    return None


def _parse_by_parts(filename: str) -> WheelName:
    """As :func:`parse_wheel_name`, from part to part, for every dialect."""
    if not filename.endswith(".whl"):
        raise WheelNameError(filename, "it does not end in '.whl'")
    parts = filename[:-4].split("-")
    if len(parts) < 5:
        raise WheelNameError(
            filename,
            f"{len(parts)} part{'s' if len(parts) > 1 else ''} between dashes, at least 5 are needed: "
            "name-version-python-abi-platform",
        )
    # A python tag never starts with a digit, a build number always does.
    numbered = parts[2][:1].isdigit()
    last = 2 if numbered else 1  # the hash follows the version, or the build number where there is one
    parts[last], digest = _split_hash(filename, parts[last])
    build = _parse_build(filename, parts[2]) if numbered else ()
    tail = parts[last + 1 :]
    dialect, label = _find_label(filename, tail, digest, parts[2])
    why = _why_bad_tag(*tail[:3])
    if why is not None:
        raise WheelNameError(filename, why)
    release = _parse_release(parts[0], parts[1])
    if isinstance(release, str):
        raise WheelNameError(filename, release)
    common = CommonParts(*release, build, "-".join(tail[:3]), "-".join(parts[: last + 1]))
    return WheelName(filename, dialect, label, common)


def _split_hash(filename: str, part: str) -> tuple[str, str | None]:
    """The part before ``~``, and the hash behind it; None without a hash."""
    before, tilde, digest = part.partition("~")
    if tilde and not _HASH.fullmatch(digest):
        raise WheelNameError(filename, f"the hash must be 8 hexadecimal digits in lower case, not {digest!r}")
    if filename.count("~") > len(tilde):
        raise WheelNameError(filename, "'~' belongs before a hash, behind the version or the build number")
    return before, digest if tilde else None


def _parse_build(filename: str, part: str) -> BuildTag:
    match = _BUILD.fullmatch(part)
    if match is None:
        raise WheelNameError(filename, f"{part!r} is no build number")
    return int(match[1]), match[2]


def _find_label(filename: str, tail: list[str], digest: str | None, third: str) -> tuple[Dialect, str | None]:
    """The dialect of a name, and its label.

    Args:
        filename: the name.
        tail: the parts behind version and build number: python, abi, platform and perhaps a label.
        digest: the hash that was found before them.
        third: the third part of the name, which a label is most often mistaken for.
    """
    if len(tail) == 3:
        return (Dialect.STANDARD, None) if digest is None else (Dialect.HASH, digest)
    if len(tail) != 4:
        raise WheelNameError(filename, f"{len(tail)} parts where python, abi, platform and perhaps a label belong")
    label = tail[3]
    if digest is not None:
        raise WheelNameError(filename, f"both a hash and a label: '~{digest}' and '-{label}'")
    if not _LABEL.fullmatch(label):
        raise WheelNameError(filename, f"{label!r} is no label ([0-9a-z_.]+), and {third!r} is no build number")
    return Dialect.LABEL, label
